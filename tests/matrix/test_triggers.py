"""Triggers as a file declares them: what they mean, and every mistake with its place."""

from __future__ import annotations

from datetime import timedelta

import pytest

from matrix.errors import CoevoError
from matrix.load import parse
from matrix.model import Matrix
from matrix.trigger import TriggerRule
from matrix.triggering import TriggerShape

TEXT = """\
name: toys
axes: {site: [lab], accelerator: [cpu]}
suites:
  check: {command: ["true"], takes: [toy]}
stacks:
  dev: {toy: {git: "https://example.org/toy", ref: main}, other: "1.0"}
"""


def matrix(triggers: str = "", more: str = "") -> Matrix:
    section = f"triggers:\n  {triggers}\n" if triggers else ""
    return parse(TEXT + section + more, "m.yaml")


def rule(text: str) -> TriggerRule:
    (found,) = matrix(text).triggers
    return found


def test_requests_may_be_compared_in_pairs() -> None:
    assert rule("n: {pull_requests: toy, pairs: 6}").pairs == 6
    assert rule("n: {pull_requests: toy}").pairs == 0


def test_a_trigger_without_pairs_keeps_the_digest_it_had() -> None:
    plain, paired = (matrix(f"n: {{pull_requests: toy{more}}}") for more in ("", ", pairs: 6"))
    assert plain.digest != paired.digest
    shape = TriggerShape(pull_requests="toy")
    assert "pairs" not in shape.model_dump()


def test_a_time_table() -> None:
    found = rule(
        'nightly: {cron: "0 3 * * *", zone: Asia/Tokyo, select: "suite=check", timeout: 2h, '
        "env: {FLAGS: fast}}"
    )
    assert (found.name, found.kind, found.line) == ("nightly", "cron", 8)
    assert (found.cron, found.zone, found.select) == ("0 3 * * *", "Asia/Tokyo", "suite=check")
    assert (found.timeout, found.env) == (timedelta(hours=2), (("FLAGS", "fast"),))


def test_its_changes_may_hold_for_some_jobs_alone() -> None:
    found = rule('n: {cron: "0 3 * * *", when: "suite!=check", timeout: 2h}')
    assert found.when == "suite!=check"
    assert rule('n: {cron: "0 3 * * *", timeout: 2h}').when == ""


def test_one_that_holds_them_to_none_has_the_digest_that_it_had() -> None:
    plain = matrix('n: {cron: "0 3 * * *", timeout: 2h}')
    assert plain.digest == matrix('n: {cron: "0 3 * * *", timeout: 2h, when: ""}').digest
    assert plain.digest != matrix('n: {cron: "0 3 * * *", timeout: 2h, when: suite=check}').digest


def test_commits_are_those_of_the_repository_that_a_stack_names() -> None:
    found = rule('pushed: {commits: toy, branch: releases/v1, paths: ["src/**", "!docs"]}')
    assert (found.component, found.repository) == ("toy", "https://example.org/toy")
    assert (found.branch, found.paths) == ("releases/v1", ("src/**", "!docs"))
    assert found.every == timedelta(minutes=5)


def test_another_repository_may_be_named() -> None:
    found = rule("asked: {pull_requests: other, repository: https://example.org/o, every: 30s}")
    assert (found.kind, found.repository) == ("pull_requests", "https://example.org/o")
    assert found.every == timedelta(seconds=30)


def test_a_time_table_may_run_at_the_tip_of_a_branch() -> None:
    found = rule('nightly: {cron: "0 3 * * *", at: {toy: main}, owner: release}')
    assert (found.at, found.owner) == ((("toy", "main"),), "release")
    assert rule('nightly: {cron: "0 3 * * *"}').owner == "local"


def test_each_commit_may_be_wanted() -> None:
    assert rule("pushed: {commits: toy, each: true}").each
    assert not rule("pushed: {commits: toy}").each


@pytest.mark.parametrize(
    ("wanted", "labels", "expected"),
    [
        ("[ready]", ["bug", "ready"], True),
        ("[ready]", ["Ready"], True),
        ("[ready]", ["ready-to-go"], False),
        ('["ready-*"]', ["ready-to-go"], True),
        ('["ready-*", run]', ["run"], True),
        ('["prio ?"]', ["prio 1"], True),
        ('["[a]"]', ["a"], False),
        ('["[a]"]', ["[a]"], True),
        ("[ready]", [], False),
        ("[]", [], True),
        ("[]", ["whatever"], True),
    ],
)
def test_labels_are_matched_by_globs(wanted: str, labels: list[str], expected: bool) -> None:
    assert rule(f"asked: {{pull_requests: toy, labels: {wanted}}}").wants(labels) is expected


def test_what_declares_no_trigger_keeps_its_digest() -> None:
    plain = matrix()
    assert plain.triggers == ()
    assert plain.digest == matrix(more="policies: {supersede: false}\n").digest
    assert plain.digest != matrix('n: {cron: "0 3 * * *"}').digest
    assert plain.digest != matrix(more="policies: {supersede: true}\n").digest


@pytest.mark.parametrize(
    ("text", "place", "problem", "hint"),
    [
        ('n: {cron: "0 25 * * *"}', "8:13", "no time table", "minute hour day"),
        ('n: {cron: "0 3 * *"}', "8:13", "no time table", "minute hour day"),
        ('n: {cron: "0 3 * * *", zone: Mars/Base}', "8:32", "no time zone", "Europe/Berlin"),
        ('n: {cron: "0 3 * * *", branch: main}', "8:6", "no `branch`", "take `branch` out"),
        ("n: {commits: toy, zone: UTC}", "8:6", "only a time table", "take `zone` out"),
        ('n: {cron: "0 3 * * *", commits: toy}', "8:6", "exactly one", "pull_requests"),
        ("n: {commits: toy, pairs: 6}", "8:6", "only pull requests", "take `pairs` out"),
        ('n: {cron: "0 3 * * *", pairs: 6}', "8:6", "only pull requests", "take `pairs` out"),
        ("n: {pull_requests: toy, pairs: 0}", "8:34", "0", ""),
        ("n: {pull_requests: toy, pairs: 101}", "8:34", "101", ""),
        ("n: {paths: [a]}", "8:6", "exactly one", "cron"),
        ("n: {commits: tyo}", "8:16", "no stack has the component `tyo`", "toy"),
        ("n: {commits: other}", "8:7", "from a repository", "add `repository:"),
        ("n: {commits: toy, repository: /tmp/toy}", "8:33", "no repository", "file:///"),
        ("n: {commits: toy, branch: ../x}", "8:29", "no branch", "main"),
        ('n: {commits: toy, paths: ["../x"]}', "8:29", "no path", "csrc/**"),
        ("n: {commits: toy, every: 5}", "8:28", "5", ""),
        ("n: {commits: toy, select: suit=check}", "8:29", "no axis `suit`", "suite"),
        ("n: {commits: toy, select: 'suite='}", "8:29", "suite", ""),
        ("n: {commits: toy, timeout: 1h, when: suit=check}", "8:40", "no axis `suit`", "suite"),
        ("n: {commits: toy, when: suite=check}", "8:6", "changes none", "add a `timeout`"),
        ("n: {commits: toy, whom: x}", "8:21", "unknown key", "known here"),
        ("n: {commits: toy, labels: [ready]}", "8:6", "only pull requests", "take `labels` out"),
        ("n: {pull_requests: toy, each: true}", "8:6", "only commits", "take `each` out"),
        ("n: {commits: toy, at: {toy: main}}", "8:6", "only a time table", "take `at` out"),
        ('n: {cron: "0 3 * * *", at: {tyo: main}}', "8:31", "the component `tyo`", "toy"),
        ("n: {pull_requests: toy, labels: ['']}", "8:36", "this is empty", ""),
        ("n: {commits: toy, owner: A b}", "8:28", "no name", "a-b"),
    ],
)
def test_a_mistake_is_told_with_its_place(text: str, place: str, problem: str, hint: str) -> None:
    with pytest.raises(CoevoError) as raised:
        matrix(text)
    (mistake,) = raised.value.mistakes
    assert str(mistake.place) == f"m.yaml:{place}"
    assert problem in mistake.problem
    assert hint in mistake.hint
