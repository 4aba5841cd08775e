"""The harness as suites use it: started by file, read by the real parser."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from matrix.status import Status
from runners.invocation import LAUNCHER
from runners.protocol import Begin, Bye, Garbage, Hello, parse
from runners.work import CaseResult, Fact, MetricValue

HEAD = "from runners.suites import harness\n"


def run(
    folder: Path, body: str, *argv: str, **environ: str
) -> tuple[subprocess.CompletedProcess[bytes], list[object]]:
    """Run a program by a copy of the launcher; what it said, parsed."""
    suites = folder / "runners" / "suites"
    suites.mkdir(parents=True, exist_ok=True)
    (suites.parent / "__init__.py").touch()
    for name in ("__init__.py", "__main__.py", "harness.py", "observe.py"):
        (suites / name).write_bytes((LAUNCHER.parent / name).read_bytes())
    beside = "simulated_devices.py"
    (suites.parent / beside).write_bytes((LAUNCHER.parents[1] / beside).read_bytes())
    text = "".join(f"    {line}\n" for line in body.splitlines())
    (suites / "tried.py").write_text(f"{HEAD}def main():\n{text}")
    command = [sys.executable, "-I", "-S", str(suites / "__main__.py"), "tried", *argv]
    env = {"PATH": os.environ["PATH"], **environ}
    ran = subprocess.run(command, capture_output=True, env=env, check=False)
    said = [parse(line) for line in ran.stdout.splitlines()]
    assert not any(isinstance(one, Garbage) for one in said), said
    return ran, said


def cases(said: list[object]) -> dict[str, CaseResult]:
    return {one.id: one for one in said if isinstance(one, CaseResult)}


def test_a_suite_greets_tells_and_leaves(tmp_path: Path) -> None:
    ran, said = run(tmp_path, "with harness.suite(total=1) as s:\n  with s.case('a'): pass")
    assert ran.returncode == 0, ran.stderr
    hello = said[0]
    assert isinstance(hello, Hello)
    assert (hello.suite, hello.total, hello.resume) == ("tried", 1, False)
    assert hello.observed is not None
    assert [one.name for one in hello.observed] == ["python"]
    assert Begin("a") in said
    assert cases(said)["a"].status is Status.PASS
    assert said[-1] == Bye()


def test_who_asks_for_one_case_is_promised_no_others(tmp_path: Path) -> None:
    body = "with harness.suite(total=2) as s:\n  with s.case('a'): pass"
    _, said = run(tmp_path, body, "--case", "a")
    assert isinstance(said[0], Hello)
    assert said[0].total == 0


def test_facts_say_where_they_were_read(tmp_path: Path) -> None:
    _, said = run(tmp_path, "with harness.suite() as s: s.fact('x', 1, 'here')")
    facts = {one.name: one for one in said if isinstance(one, Fact)}
    assert facts["x"] == Fact("x", "1", "here")
    assert facts["kernel"].value == f"Linux {os.uname().release}"
    assert facts["kernel"].source == "uname"


@pytest.mark.parametrize(
    ("body", "status", "message"),
    [
        ("raise ValueError('no')", Status.FAIL, "ValueError: no"),
        ("assert 1 == 2", Status.FAIL, "AssertionError"),
        ("raise harness.Skipped('no bf16')", Status.SKIP, "no bf16"),
        ("c.skip('why')", Status.SKIP, "why"),
        ("c.fail('what')", Status.FAIL, "what"),
        ("c.error('test')", Status.ERROR, "test"),
        ("c.miss('machine')", Status.MISS, "machine"),
        ("c.done()", Status.DONE, ""),
        ("raise OSError(28, 'No space left on device')", Status.MISS, "OSError: [Errno 28]"),
    ],
)
def test_a_case_ends_as_its_body_does(
    tmp_path: Path, body: str, status: Status, message: str
) -> None:
    _, said = run(tmp_path, f"with harness.suite() as s:\n  with s.case('a') as c:\n    {body}")
    case = cases(said)["a"]
    assert case.status is status
    assert case.message.startswith(message)
    assert said[-1] == Bye()


def test_a_cases_numbers_may_be_anything(tmp_path: Path) -> None:
    detail = "{'x': float('nan'), 'y': [float('inf')], 'z': object, 1: {2}}"
    body = f"with harness.suite() as s:\n  with s.case('a') as c: c.fail('n', detail={detail})"
    _, said = run(tmp_path, body)
    assert json.loads(cases(said)["a"].detail) == {
        "x": "nan",
        "y": ["inf"],
        "z": "<class 'object'>",
        "1": [2],
    }


def test_a_duration_of_nothing_is_still_told(tmp_path: Path) -> None:
    _, said = run(tmp_path, "with harness.suite() as s: s.ended('a', 'PASS', seconds=0.0)")
    assert cases(said)["a"].seconds == 0.0


def test_metrics_are_one_number_or_many(tmp_path: Path) -> None:
    body = (
        "with harness.suite() as s:\n"
        "  s.metric('t', 2, unit='s', better='lower')\n"
        "  s.metric('u', [1, 2.5], unit='s', better='lower', case='a')"
    )
    _, said = run(tmp_path, body)
    assert [one for one in said if isinstance(one, MetricValue)] == [
        MetricValue("t", "s", "lower", (2.0,)),
        MetricValue("u", "s", "lower", (1.0, 2.5), "a"),
    ]


def test_a_metric_that_is_no_number_is_the_suites_mistake(tmp_path: Path) -> None:
    body = "with harness.suite() as s: s.metric('t', float('nan'), unit='s', better='lower')"
    ran, said = run(tmp_path, body)
    assert ran.returncode == 1
    assert b"metric t is not finite" in ran.stderr
    assert Bye() not in said


def test_prints_and_children_go_to_the_log(tmp_path: Path) -> None:
    body = (
        "import os\nprint('{early')\n"
        "with harness.suite() as s:\n  print('{loud')\n  os.system('echo {child')"
    )
    ran, said = run(tmp_path, body)
    assert all(one is not None for one in said)
    assert {b"{early", b"{loud", b"{child"} <= set(ran.stderr.split())


def test_an_exception_outside_a_case_leaves_without_bye(tmp_path: Path) -> None:
    ran, said = run(tmp_path, "with harness.suite() as s: raise RuntimeError('broken')")
    assert ran.returncode == 1
    assert b"RuntimeError: broken" in ran.stderr
    assert Bye() not in said


def test_what_was_asked_for_is_there(tmp_path: Path) -> None:
    body = (
        "with harness.suite() as s:\n"
        "  s.fact('asked', [s.job, s.device, s.shard, s.shards, s.parameters, s.nonce,"
        " s.deadline_seconds], 't')"
    )
    _, said = run(
        tmp_path,
        body,
        COEVO_JOB="j",
        COEVO_DEVICE="cuda",
        COEVO_SHARD="2",
        COEVO_SHARDS="3",
        COEVO_PARAMETERS='{"k": "v"}',
        COEVO_NONCE="n",
        COEVO_DEADLINE_SECONDS="1.5",
    )
    assert Fact("asked", "['j', 'cuda', 2, 3, {'k': 'v'}, 'n', 1.5]", "t") in said


EACH = """with harness.suite(resume=True) as s:
  for name in s.share(['a', 'b', 'c', 'd']):
    for dtype in ('x', 'y'):
      if s.wants(name, dtype):
        with s.case(name, dtype=dtype): pass"""


def ended(said: list[object]) -> list[str]:
    return [f"{one.id}{one.dtype}" for one in said if isinstance(one, CaseResult)]


def test_what_is_done_is_not_wanted_again(tmp_path: Path) -> None:
    done = tmp_path / "done"
    done.write_text('["a", "x"]\n["b", "x"]\n["b", "y"]\n')
    _, said = run(tmp_path, EACH, COEVO_DONE=str(done))
    assert ended(said) == ["ay", "cx", "cy", "dx", "dy"]


def test_a_person_may_run_one_case_or_one_shard_by_hand(tmp_path: Path) -> None:
    assert ended(run(tmp_path, EACH, "--case", "c")[1]) == ["cx", "cy"]
    assert ended(run(tmp_path, EACH, "--shard", "2/2")[1]) == ["bx", "by", "dx", "dy"]


def test_a_persons_parameters_and_device_arrive(tmp_path: Path) -> None:
    body = "with harness.suite() as s: s.fact('asked', [s.device, s.parameters], 't')"
    _, said = run(tmp_path, body, "samples=3", "--device", "cuda:1")
    assert Fact("asked", "['cuda:1', {'samples': '3'}]", "t") in said


def test_shards_part_the_cases_among_them(tmp_path: Path) -> None:
    parts = [ended(run(tmp_path, EACH, COEVO_SHARD=str(n), COEVO_SHARDS="3")[1]) for n in (1, 2, 3)]
    assert sorted(one for part in parts for one in part) == sorted(
        f"{n}{d}" for n in "abcd" for d in "xy"
    )


def test_the_suite_sees_nothing_of_coevos_own_installation(tmp_path: Path) -> None:
    body = (
        "import sys\n"
        "with harness.suite() as s:\n"
        "  for name in ('pydantic', 'yaml', 'matrix', 'runners.work'):\n"
        "    try: __import__(name)\n"
        "    except ImportError: s.ended(name, 'PASS')"
    )
    _, said = run(tmp_path, body)
    assert list(cases(said)) == ["pydantic", "yaml", "matrix", "runners.work"]


def test_torchs_build_tag_is_read_without_importing_it(tmp_path: Path) -> None:
    site = tmp_path / "site"
    (site / "torch").mkdir(parents=True)
    (site / "torch" / "__init__.py").write_text("raise RuntimeError('imported')")
    (site / "torch" / "version.py").write_text("__version__ = '2.13.0+cpu'\ngit_version = 'abc'\n")
    body = f"import sys\nsys.path.append({str(site)!r})\nwith harness.suite(): pass"
    _, said = run(tmp_path, body)
    hello = said[0]
    assert isinstance(hello, Hello)
    found = {one.name: one for one in hello.observed or ()}
    assert (found["torch"].version, found["torch"].build) == ("2.13.0", "cpu")
    assert found["torch.git_version"].version == "abc"
