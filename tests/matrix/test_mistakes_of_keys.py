"""Unknown, missing and mistyped keys and values are told with a place and a hint."""

from __future__ import annotations

import pytest
from wrong_matrices import Wrong, assert_told, with_line

TRAIN = "name: x\naxes: {site: [lab], accelerator: [cpu]}\nsuites:\n  train: {command: [a], %s}\n"
WRONG = (
    Wrong(
        "a command of a rank that there is not",
        TRAIN % "commands: {2: [b]}, needs: {nodes: 2}",
        "4:36",
        "there is no rank 2: 2 nodes have ranks up to 1",
        "needs: {nodes: 3}",
    ),
    Wrong(
        "a command of a rank on one node",
        TRAIN % "commands: {1: [b]}",
        "4:36",
        "there is no rank 1: 1 node has ranks up to 0",
        "take it off",
    ),
    Wrong(
        "a rank that is no number",
        TRAIN % "commands: {first: [b]}, needs: {nodes: 2}",
        "4:36",
        "`first` is no rank",
        "whole numbers from 0",
    ),
    Wrong(
        "a command of a rank beside a program",
        TRAIN.replace("train: {command: [a]", "smoke: {program: smoke")
        % "commands: {1: [b]}, needs: {nodes: 2}",
        "4:38",
        "a built-in program has no commands by rank",
        "write the suite as a `command`",
    ),
    Wrong(
        "no node at all",
        TRAIN % "needs: {nodes: 0}",
        "4:40",
        "`0` is too small",
        "write 1 or more",
    ),
    Wrong(
        "a duplicate key",
        with_line("name: y"),
        "4:1",
        "the key `name` is given twice",
        "line 1",
    ),
    Wrong(
        "an unknown key at the top",
        with_line("polcies: {}"),
        "4:1",
        "unknown key `polcies`",
        "did you mean `policies`?",
    ),
    Wrong(
        "a key of later work",
        with_line("quarantine: {nightly: 3}"),
        "4:1",
        "unknown key `quarantine`",
        "known here: axes, exclude",
    ),
    Wrong(
        "an unknown key deep down",
        with_line("policies: {timout: 3m}"),
        "4:12",
        "unknown key `timout`",
        "did you mean `timeout`?",
    ),
    Wrong(
        "a mistyped axis",
        "name: x\naxes:\n  site: [a]\n  acelerator: [b]\nsuites: {smoke: {}}\n",
        "4:3",
        "the axis `accelerator` is missing",
        "did you mean `accelerator`?",
    ),
    Wrong(
        "a missing axis",
        "name: x\naxes:\n  site: [a]\nsuites: {smoke: {}}\n",
        "2:1",
        "the axis `accelerator` is missing",
        "add `accelerator",
    ),
    Wrong(
        "a missing name",
        "axes: {site: [a], accelerator: [b]}\nsuites: {smoke: {}}\n",
        "1:1",
        "`name` is missing",
        "add a line `name",
    ),
    Wrong(
        "a number where a list belongs",
        "name: x\naxes:\n  site: 5\n  accelerator: [b]\nsuites: {smoke: {}}\n",
        "3:9",
        "expected a list, found `5`",
        "write [a, b]",
    ),
    Wrong(
        "a list where a mapping belongs",
        with_line("policies: [a]"),
        "4:11",
        "expected a mapping, found a list",
        "write {key: value}",
    ),
    Wrong(
        "a word where a number belongs",
        with_line("policies: {priority: high}"),
        "4:22",
        "expected a whole number, found `high`",
        "",
    ),
    Wrong(
        "a truth value where a name belongs",
        with_line("label: true"),
        "4:8",
        "expected text, found the truth value true",
        "quotes",
    ),
    Wrong(
        "a number out of range",
        with_line("policies: {infrastructure_attempts: 0}"),
        "4:37",
        "`0` is too small",
        "write 1 or more",
    ),
    Wrong(
        "a number far out of range",
        with_line("policies: {infrastructure_attempts: 900}"),
        "4:37",
        "`900` is too large",
        "write 10 or less",
    ),
    Wrong(
        "a fraction where a whole number belongs",
        with_line("policies: {infrastructure_attempts: 2.5}"),
        "4:37",
        "`2.5` is a number with a fraction to YAML",
        "or write a whole number where one is meant",
    ),
    Wrong(
        "a bare number as a duration",
        with_line("policies: {timeout: 30}"),
        "4:21",
        "`30` is no duration",
        "90s, 30m, 36h or 30d",
    ),
    Wrong(
        "a decimal size",
        with_line("policies: {log_limit: 5 GB}"),
        "4:23",
        "`5 GB` is no size",
        "did you mean 5GiB?",
    ),
    Wrong(
        "an upper-case name",
        "name: x\naxes: {site: [Lab A], accelerator: [b]}\nsuites: {smoke: {}}\n",
        "2:15",
        "`Lab A` is no name",
        "write `lab-a`",
    ),
)


@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: wrong.what)
def test_a_key_or_value_that_does_not_fit_is_told(wrong: Wrong) -> None:
    assert_told(wrong)
