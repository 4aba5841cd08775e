"""What is wrong between the parts of a file, beside what else is wrong with it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from matrix.check_rules import MAX_JOBS
from matrix.declaration import Declaration
from matrix.document import plain, read
from matrix.errors import CoevoError, Mistake
from matrix.load import parse
from matrix.model import Matrix
from matrix.wording import Finding, findings

AXES = "axes: {site: [lab, edge], accelerator: [gpu, cpu]}\n"
SUITES = "suites: {smoke: {}, mine: {command: [run]}}\n"
HEAD = "name: x\n" + AXES + SUITES


def problems(text: str) -> list[str]:
    """`line:column problem` of each mistake; none where the file is sound."""
    try:
        parse(text, "m.yaml")
    except CoevoError as error:
        return [_short(mistake) for mistake in error.mistakes]
    return []


def _short(mistake: Mistake) -> str:
    assert mistake.place
    return f"{mistake.place.line}:{mistake.place.column} {mistake.problem}"


# --- Names stay known where their definition is wrong. -----------------------------------------


def test_a_wrong_suite_is_still_one_that_rules_may_name() -> None:
    text = HEAD.replace("{command: [run]}", "{command: run}") + "exclude: [{suite: mine}]\n"

    assert problems(text) == ["3:37 expected a list, found `run`"]


def test_a_wrong_value_does_not_hide_the_others_of_its_axis() -> None:
    text = HEAD.replace("[lab, edge]", "[lab, Edge]") + "exclude: [{site: lab}]\n"

    assert problems(text) == ["2:20 `Edge` is no name"]


def test_a_wrong_axis_is_still_an_axis() -> None:
    text = HEAD.replace("axes: {", "axes: {dtype: 7, ") + "exclude: [{dtype: f32}]\n"

    found = problems(text)

    assert found[0] == "2:15 expected a list, found `7`"
    assert not any("no axis" in problem for problem in found)


def test_a_wrong_entry_does_not_shift_the_places_of_the_ones_behind_it() -> None:
    text = HEAD + "exclude:\n  - 7\n  - {sitee: lab}\n  - [x]\n  - {site: lbb}\n"

    assert problems(text) == [
        "5:5 expected a mapping, found `7`",
        "6:6 there is no axis `sitee`",
        "7:5 expected a mapping, found a list",
        "8:12 the axis `site` lists no `lbb`",
    ]


def test_a_broken_word_is_told_once() -> None:
    text = HEAD + "stacks: {stable: {torch: 3.10}}\n"

    assert len(problems(text)) == 1


def test_rules_are_looked_at_once_all_names_are_right() -> None:
    rules = "exclude: [{site: edge}]\ninclude: [{when: {site: edge}, color: red}]\n"

    assert problems(HEAD + rules) == ["5:12 this include's `when` never selects anything"]
    assert problems(HEAD + rules + "keep: {log: 3d}\n") == ["6:8 unknown key `log`"]


# --- Suites. -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("suite", "told"),
    [
        ("t: {command: [run]}", []),
        ("t: {program: smoke}", []),
        ("smoke: {command: [run]}", []),
        ("smoke: {timeout: 3m}", []),
        ("smoke:", []),
        ("t:", ["3:10 nobody defined the suite `t`"]),
        ("t: {timeout: 3m}", ["3:10 nobody defined the suite `t`"]),
        ("t: {program: x}", ["3:23 there is no program `x`"]),
        ("t: {program: smoke, command: [run]}", ["3:10 `t` has a program and a command"]),
        ("t: {command: []}", ["3:23 this is empty"]),
        ("t: {command: run}", ["3:23 expected a list, found `run`"]),
        ("t: {command: [[run]]}", ["3:24 expected text, found a list"]),
        ("t: {command: [run, true]}", ["3:29 expected text, found the truth value true"]),
        ("t: {command: [run], env: {A B: c}}", ["3:36 `A B` is no name of a variable"]),
        ("t: {command: [run], env: {COEVO_JOB: c}}", ["3:36 `COEVO_JOB` is for Coevo to set"]),
        ("t: {command: [run], takes: [torch, 7]}", ["3:10 the suite `t` takes `7`"]),
        ("t: {command: [run], needs: {racks: 2}}", ["3:38 unknown key `racks`"]),
        ("t: {command: [run], needs: {devices: 2000}}", ["3:47 `2000` is too large"]),
        (
            "t: {command: [run], metrics: {m: {unit: s, better: more}}}",
            ["3:61 `more` is not one of"],
        ),
        ("t: {command: [run], image: x}", ["3:30 unknown key `image`"]),
    ],
)
def test_a_suite_is_sound_or_says_what_is_wrong(suite: str, told: list[str]) -> None:
    found = problems(f"name: x\n{AXES}suites: {{{suite}}}\n")

    assert len(found) == len(told)
    assert all(have.startswith(want) for have, want in zip(found, told, strict=True)), found


# --- Includes. ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("include", "told"),
    [
        ("{site: lab, color: red}", []),
        ("{color: red}", []),
        ("{timeout: 3m}", []),
        ("{site: mars, accelerator: cpu}", []),
        ("{when: {suite: smoke}, shards: 2}", []),
        ("{when: {stack: '!stable'}, shards: 2}", ["4:12 this include's `when` never"]),
        ("{site: mars}", ["4:11 this include makes a cell of its own, but names no accelerator"]),
        ("{site: Mars, accelerator: cpu}", ["4:18 `Mars` is no name"]),
        ("{suite: smok, color: red}", ["4:19 nobody defined the suite `smok`"]),
        ("{stack: next, color: red}", ["4:19 nobody defined the stack `next`"]),
        ("{takes: torch}", ["4:12 an include cannot change a suite's `takes`"]),
        ("{needs: {devices: 2}}", []),
        ("{metrics: {x: {unit: s}}}", ["4:21 expected a single value"]),
        ("{site: lab, Color: red}", ["4:23 `Color` is no name"]),
        ("{site: lab, color: a b}", ["4:30 `a b` cannot stand in a job's id"]),
        ("{site: lab, color: 'a,b'}", ["4:30 `a,b` cannot stand in a job's id"]),
        ("{site: lab, color: true}", ["4:30 expected a single value"]),
        ("{site: lab, timeouts: 3m}", ["4:23 unknown key `timeouts`"]),
        ("{site: lab, stacks: stable}", ["4:23 unknown key `stacks`"]),
        ("{site: lab, role: head}", ["4:29 `head` is not one of"]),
        ("{site: lab, priority: 5000}", ["4:33 `5000` is too large"]),
        ("{site: lab, when: {color: red}}", ["4:30 there is no axis `color`"]),
        ("{site: lab, when: site}", ["4:29 expected a mapping, found `site`"]),
        (
            "{suite: mine, environment: {requirements: ['torch=={torch}']}}",
            ["4:54 the suite does not take `torch`"],
        ),
        ("{suite: smoke, environment: {requirements: ['torch=={torch}']}}", []),
        ("{when: {suite: '!mine'}, environment: {requirements: ['torch=={torch}']}}", []),
        (
            "{site: lab, environment: {requirements: ['torch=={torch}']}}",
            ["4:52 the suite does not take `torch`"],
        ),
    ],
)
def test_an_include_is_sound_or_says_what_is_wrong(include: str, told: list[str]) -> None:
    found = problems(f"{HEAD}include: [{include}]\n")

    assert len(found) == len(told), found
    assert all(have.startswith(want) for have, want in zip(found, told, strict=True)), found


def test_an_include_of_what_was_excluded_is_sound() -> None:
    text = HEAD + "exclude: [{site: edge}]\ninclude: [{site: edge, accelerator: cpu}]\n"

    assert problems(text) == []


def test_the_same_combination_under_two_parameters_is_two_jobs() -> None:
    pair = "{site: mars, accelerator: cpu, seed: 1}, {site: mars, accelerator: cpu, seed: 2}"

    assert problems(f"{HEAD}include: [{pair}]\n") == []


# --- Limits. -----------------------------------------------------------------------------------


def test_as_many_jobs_as_the_limit_are_declared_and_one_more_is_not() -> None:
    def text(shards: int) -> str:
        sites = ", ".join(f"s{number}" for number in range(1_000))
        return (
            f"name: x\naxes: {{site: [{sites}], accelerator: [a]}}\n"
            f"suites: {{mine: {{command: [run], shards: {shards}}}}}\n"
        )

    assert MAX_JOBS == 1_000_000
    assert problems(text(1_000)) == []
    assert problems(text(1_000).replace("[a]", "[a, b]")) == ["2:1 this makes up to 2,000,000 jobs"]


def test_more_parameters_than_a_job_can_mean_are_refused() -> None:
    includes = "".join(f"  - {{p{number}: x}}\n" for number in range(65))

    assert problems(f"{HEAD}include:\n{includes}") == ["4:1 the includes name 65 parameters"]


def test_more_rules_than_can_be_decided_in_a_second_are_refused() -> None:
    sites = ", ".join(f"s{number}" for number in range(900))
    racks = ", ".join(f"r{number}" for number in range(900))
    rules = "".join(f"  - {{site: s{number}, accelerator: r1}}\n" for number in range(150))
    text = (
        f"name: x\naxes: {{site: [{sites}], accelerator: [{racks}]}}\n"
        f"suites: {{mine: {{command: [run]}}}}\nexclude:\n{rules}"
    )

    assert problems(text) == ["4:1 150 rules for 810,000 cells are too many"]


# --- Whatever is wrong, what is said stands in the file. ---------------------------------------

PARTS = st.sampled_from(
    [
        "axes: {site: [lab], accelerator: [cpu]}",
        "axes: {site: lab, acelerator: [cpu]}",
        "axes:",
        "suites: {smoke: {}}",
        "suites: {smok: {}, t: {command: 3}}",
        "suites: [smoke]",
        "stacks: {stable: {torch: 3.10}, 7: []}",
        "stacks: {}",
        "include: [{site: lab, x: 1}, 7, {when: {sit: x}}, {suite: [a]}]",
        "include: {site: lab}",
        "exclude: [{site: lbb}, {}, {reason: x}, {site: '!in('}, null]",
        "policies: {timeout: 3, priority: x, zzz: 1}",
        "keep: 7",
        "name: X",
        "name: x",
        "label: [x]",
        "triggers: {a: &b [*b]}",
    ]
)


@settings(max_examples=300)
@given(st.lists(PARTS, max_size=8))
def test_every_mistake_stands_in_the_file_and_quotes_it(parts: list[str]) -> None:
    text = "\n".join(parts)
    lines = text.split("\n")
    try:
        found: Matrix | None = parse(text, "m.yaml")
        told: tuple[Mistake, ...] = ()
    except CoevoError as error:
        found, told = None, error.mistakes

    assert found is not None or told
    for mistake in told:
        assert mistake.place is not None
        assert 1 <= mistake.place.line <= len(lines)
        assert 1 <= mistake.place.column <= len(lines[mistake.place.line - 1]) + 1
        assert mistake.excerpt in (lines[mistake.place.line - 1], "")
    assert [m.place for m in told] == sorted(m.place for m in told if m.place)


def test_findings_beyond_the_first_fifty_are_kept_short() -> None:
    root = read("".join(f"k{number}: 1\n" for number in range(100)), "m.yaml").root
    with pytest.raises(ValidationError) as caught:
        Declaration.model_validate(plain(root))

    found: list[Finding] = list(findings(root, caught.value))

    assert len(found) == 100
    assert all(finding.hint for finding in found[:50])
    assert not any(finding.hint for finding in found[50:])
