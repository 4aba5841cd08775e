"""The harness where suites misbehave: nesting, threads, exits, floods, and strange values."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from harnessed import spoken

from matrix.status import Status
from runners.protocol import Garbage

IN_CASE = "with harness.suite() as s:\n  with s.case('a') as c:\n    {}"


def test_cases_may_be_nested_and_each_has_its_own_end(tmp_path: Path) -> None:
    body = (
        "with harness.suite() as s:\n"
        "  with s.case('outer'):\n"
        "    with s.case('inner') as inner: inner.fail('no')"
    )
    said = spoken(tmp_path, body)
    assert said.begun == ["outer", "inner"]
    assert [(one.id, one.status) for one in said.cases] == [
        ("inner", Status.FAIL),
        ("outer", Status.PASS),
    ]


def test_an_exception_of_an_inner_case_does_not_reach_the_outer(tmp_path: Path) -> None:
    body = (
        "with harness.suite() as s:\n"
        "  with s.case('outer'):\n"
        "    with s.case('inner'): raise ValueError('x')\n"
        "    s.fact('reached', 1, 't')"
    )
    said = spoken(tmp_path, body)
    assert [one.status for one in said.cases] == [Status.FAIL, Status.PASS]
    assert "reached" in said.facts


@pytest.mark.parametrize(
    ("error", "message"),
    [
        ("ValueError('no')", "ValueError: no"),
        ("ValueError()", "ValueError"),
        ("KeyError('k')", "KeyError: 'k'"),
        ("ExceptionGroup('many', [ValueError('x')])", "ExceptionGroup: many (1 sub-exception)"),
        ("RecursionError('deep')", "RecursionError: deep"),
        ("MemoryError()", "MemoryError"),
        ("StopIteration('s')", "StopIteration: s"),
        ("UnicodeDecodeError('utf-8', b'x', 0, 1, 'bad')", "UnicodeDecodeError: 'utf-8' codec"),
    ],
)
def test_whatever_exception_a_case_raises_is_its_failure(
    tmp_path: Path, error: str, message: str
) -> None:
    said = spoken(tmp_path, IN_CASE.format(f"raise {error}"))
    (case,) = said.cases
    assert case.status is Status.FAIL
    assert case.message.startswith(message)
    assert said.said_bye


@pytest.mark.parametrize(
    ("leaving", "code"),
    [("raise SystemExit(3)", 3), ("raise KeyboardInterrupt", -2), ("import os; os._exit(4)", 4),
     ("import os; os.abort()", -6), ("import sys; sys.exit('over')", 1)],
)  # fmt: skip
def test_what_ends_the_process_leaves_its_case_open_and_says_no_bye(
    tmp_path: Path, leaving: str, code: int
) -> None:
    said = spoken(tmp_path, IN_CASE.format(leaving))
    assert said.begun == ["a"]
    assert said.cases == []
    assert not said.said_bye
    assert said.code == code


def test_a_case_may_fail_first_and_then_raise(tmp_path: Path) -> None:
    (case,) = spoken(tmp_path, IN_CASE.format("c.fail('first'); raise ValueError('then')")).cases
    assert (case.status, case.message) == (Status.FAIL, "ValueError: then")


def test_the_last_word_about_a_case_counts(tmp_path: Path) -> None:
    (case,) = spoken(tmp_path, IN_CASE.format("c.fail('no'); c.skip('not here')")).cases
    assert (case.status, case.message) == (Status.SKIP, "not here")


def test_a_long_message_is_cut(tmp_path: Path) -> None:
    (case,) = spoken(tmp_path, IN_CASE.format("c.fail('x' * 10**6)")).cases
    assert len(case.message) == 4000


@pytest.mark.parametrize("text", ["\\0", "\\ud800", "\\x1b[31mred", "line\\nline", "ü☃😀", "{"])
def test_any_text_can_be_a_message(tmp_path: Path, text: str) -> None:
    said = spoken(tmp_path, IN_CASE.format(f"c.fail('{text}')"))
    assert not any(isinstance(one, Garbage) or one is None for one in said.lines)
    assert said.cases[0].status is Status.FAIL
    assert said.said_bye


def test_threads_may_speak_at_once_and_no_line_is_torn(tmp_path: Path) -> None:
    body = (
        "import threading\n"
        "with harness.suite() as s:\n"
        "  def work(n):\n"
        "    for i in range(50): s.ended(f'{n}-{i}', 'PASS', message='x' * 3000)\n"
        "  threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]\n"
        "  [t.start() for t in threads]; [t.join() for t in threads]"
    )
    said = spoken(tmp_path, body)
    assert len({one.id for one in said.cases}) == 400
    assert {len(one.message) for one in said.cases} == {3000}
    assert not any(isinstance(one, Garbage) for one in said.lines)


def test_children_that_flood_standard_output_disturb_nothing(tmp_path: Path) -> None:
    body = (
        "import subprocess\n"
        "with harness.suite() as s:\n"
        "  p = subprocess.Popen(['sh', '-c', 'yes \"{\" | head -c 300000'])\n"
        "  for i in range(100): s.ended(str(i), 'PASS')\n"
        "  p.wait()"
    )
    said = spoken(tmp_path, body)
    assert [one.id for one in said.cases] == [str(i) for i in range(100)]
    assert said.log.count("{\n") == 150_000


@pytest.mark.parametrize(
    ("write", "log"),
    [
        ("print('p')", "p\n"),
        ("import sys; sys.stdout.write('w')", "w"),
        ("import os; os.write(1, b'o')", "o"),
        ("import sys; sys.stdout.buffer.write(b'b')", "b"),
        ("import warnings; warnings.warn('careful')", "careful"),
    ],
)
def test_whatever_way_a_suite_prints_it_is_log(tmp_path: Path, write: str, log: str) -> None:
    said = spoken(tmp_path, IN_CASE.format(write))
    assert None not in said.lines
    assert log in said.log
    assert said.said_bye


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("float('nan')", "nan"),
        ("float('-inf')", "-inf"),
        ("{1, 2} - {2}", [1]),
        ("(1, (2, 3))", [1, [2, 3]]),
        ("{None: True}", {"None": True}),
        ("b'x'", "b'x'"),
        ("2**70", 2**70),
        ("__import__('pathlib').PurePosixPath('/x')", "/x"),
        ("__import__('decimal').Decimal('1.50')", "1.50"),
        ("frozenset()", []),
        ("range(3)", "range(0, 3)"),
    ],
)
def test_a_detail_may_hold_anything(tmp_path: Path, value: str, told: object) -> None:
    (case,) = spoken(tmp_path, IN_CASE.format(f"c.fail('n', detail={{'x': {value}}})")).cases
    assert json.loads(case.detail) == {"x": told}


@pytest.mark.parametrize(
    ("said", "values"),
    [("1", (1.0,)), ("[1, 2]", (1.0, 2.0)), ("(x for x in (3, 4))", (3.0, 4.0)), ("True", (1.0,))],
)
def test_a_metric_takes_a_number_or_anything_that_yields_some(
    tmp_path: Path, said: str, values: tuple[float, ...]
) -> None:
    body = f"with harness.suite() as s: s.metric('t', {said}, unit='s', better='lower')"
    (metric,) = [one for one in spoken(tmp_path, body).lines if hasattr(one, "better")]
    assert metric.values == values


def test_asking_for_the_suite_twice_greets_once(tmp_path: Path) -> None:
    body = "plan = harness.suite()\nwith harness.suite(total=2): print(plan.device)"
    said = spoken(tmp_path, body)
    assert said.hello.total == 2
    assert sum(type(one) is type(said.hello) for one in said.lines) == 1
    assert said.log == "cpu\n"


@pytest.mark.parametrize(
    ("environ", "name"),
    [({}, "tried"), ({"COEVO_SUITE": "pytorch-ops"}, "pytorch-ops"), ({"COEVO_PROGRAM": "p"}, "p")],
)
def test_a_suite_has_the_name_it_was_given(
    tmp_path: Path, environ: dict[str, str], name: str
) -> None:
    assert spoken(tmp_path, "with harness.suite(): pass", **environ).hello.suite == name


@pytest.mark.parametrize("shards", range(1, 8))
def test_shards_are_disjoint_and_whole_and_fair(tmp_path: Path, shards: int) -> None:
    body = (
        "with harness.suite() as s:\n"
        f"  for s.shards in ({shards},):\n"
        f"    for s.shard in range(1, {shards} + 1):\n"
        "      s.fact(f'part{s.shard}', ' '.join(map(str, s.share(list(range(23))))), 't')"
    )
    facts = spoken(tmp_path, body).facts
    parts = [list(map(int, facts[f"part{n + 1}"].value.split())) for n in range(shards)]
    assert sorted(one for part in parts for one in part) == list(range(23))
    assert max(map(len, parts)) - min(map(len, parts)) <= 1


def test_a_done_file_may_name_cases_alone_or_with_their_dtype(tmp_path: Path) -> None:
    done = tmp_path / "done"
    done.write_text('"a"\n["b", "x"]\n["ü", ""]\n')
    body = (
        "with harness.suite() as s:\n"
        "  for id, dtype in (('a', ''), ('a', 'x'), ('b', ''), ('b', 'x'), ('ü', '')):\n"
        "    if s.wants(id, dtype): s.ended(id, 'PASS', dtype=dtype)"
    )
    said = spoken(tmp_path, body, COEVO_DONE=str(done))
    assert [(one.id, one.dtype) for one in said.cases] == [("a", "x"), ("b", "")]


@pytest.mark.parametrize(
    ("arguments", "trouble"),
    [(["--shard", "2"], "not enough values"), (["k"], "dictionary update"), (["--nope"], "--nope")],
)
def test_arguments_that_mean_nothing_end_the_launcher(
    tmp_path: Path, arguments: list[str], trouble: str
) -> None:
    said = spoken(tmp_path, "with harness.suite(): pass", *arguments)
    assert said.code != 0
    assert trouble in said.log


def test_a_parameter_may_hold_equals_signs_and_blanks(tmp_path: Path) -> None:
    body = "with harness.suite() as s: s.fact('p', s.parameters['k'], 't')"
    assert spoken(tmp_path, body, "k=a=b c").facts["p"].value == "a=b c"
