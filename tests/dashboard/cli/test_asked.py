"""The verbs that ask a server, over real HTTP, against one whose answers are known."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from calling import Caller
from lively import LivelyServices

from orchestrator.views import ServerStatus

pytestmark = pytest.mark.slow
COLOUR = re.compile(r"\x1b\[[0-9;]*3[0-9][0-9;]*m")
ASKING = (
    ("status",),
    ("show",),
    ("show", "--playground"),
    ("show", "lab/cpu"),
    ("show", "7"),
    ("logs", "7"),
)
CHANGING = (("run",), ("cancel", "run"), ("cancel", "9"))
EVERY = [pytest.param(words, id=" ".join(words)) for words in (*ASKING, *CHANGING)]


@pytest.mark.parametrize("words", EVERY)
def test_a_verb_that_is_answered_ends_well_and_complains_of_nothing(
    asked: Caller, words: tuple[str, ...]
) -> None:
    said = asked(*words)

    assert (said.code, said.err) == (0, "")
    assert said.out


@pytest.mark.parametrize("words", EVERY)
def test_json_is_one_document_and_nothing_else(asked: Caller, words: tuple[str, ...]) -> None:
    said = asked(*words, "--json")

    assert said.code == 0
    assert isinstance(said.document, dict | list)


@pytest.mark.parametrize("words", [each for each in EVERY if each.id != "logs 7"])
def test_a_pipe_gets_no_colours(asked: Caller, words: tuple[str, ...]) -> None:
    assert "\x1b" not in asked(*words).out


@pytest.mark.parametrize("words", [("status",), ("show",), ("show", "lab/cpu"), ("show", "7")])
def test_colours_can_be_forced_and_no_color_wins(
    asked: Caller, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    coloured = asked(*words).out
    monkeypatch.setenv("NO_COLOR", "1")

    assert COLOUR.search(coloured)
    assert not COLOUR.search(asked(*words).out)


@pytest.mark.parametrize("words", [("show",), ("show", "lab/cpu")])
def test_a_narrow_terminal_still_gets_every_word_of_the_glyphs(
    asked: Caller, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    wide = asked(*words).out
    monkeypatch.setenv("COLUMNS", "40")

    narrow = asked(*words).out

    assert max(map(len, narrow.splitlines())) <= max(map(len, wide.splitlines()))
    assert "passing" in narrow.replace("\n", "") or "PASS" in narrow


def test_the_grid_has_a_row_for_each_site(asked: Caller, services: LivelyServices) -> None:
    lines = asked("show").out.splitlines()

    for site in services.view.sites:
        assert any(line.startswith(site.label) for line in lines)


def test_the_grids_document_is_the_apis(asked: Caller, services: LivelyServices) -> None:
    found = asked("show", "--json").document

    assert [face["state"] for face in found["faces"]] == [
        face.state.value for face in services.view.faces
    ]


def test_a_simulated_grid_says_so(asked: Caller, services: LivelyServices) -> None:
    services.simulated = True
    services.view = replace(services.view, simulated=True)

    assert "SIMULATED" in asked("show").out.splitlines()[0]
    assert asked("status", "--json").document["simulated"] is True


def test_a_job_is_shown_with_the_command_that_repeats_it(
    asked: Caller, services: LivelyServices
) -> None:
    job = next(one for one in services.all_jobs if one.id == 7)

    shown = asked("show", "7").out

    assert job.name in shown
    assert f"repeat: {job.repeat}" in shown if job.repeat else "repeat" not in shown


def test_a_job_is_shown_with_its_bad_cases_alone(asked: Caller, services: LivelyServices) -> None:
    shown = asked("show", "7").out

    for case in services.all_cases:
        is_bad = case.status.value in {"FAIL", "ERROR", "MISS"}
        mark = " (expected)" if case.expected else ""
        assert (f"{case.status.value}{mark}  {case.id}" in shown) == is_bad


def test_the_log_is_printed_as_it_is(asked: Caller, services: LivelyServices) -> None:
    newest = services.job("default", 7).attempts[-1].id  # type: ignore[union-attr] # it is there

    assert asked("logs", "7").out == services.logs[newest].decode("utf-8", "replace")


def test_a_log_that_grew_is_read_on_from_where_it_was(
    asked: Caller, services: LivelyServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dashboard.cli.logstream.PIECE_BYTES", 64)
    newest = services.job("default", 7).attempts[-1].id  # type: ignore[union-attr] # it is there
    services.logs[newest] = b"".join(b"line %d\n" % number for number in range(100))

    assert asked("logs", "7").out.encode() == services.logs[newest]


def test_status_tells_problems_and_what_is_being_done(
    asked: Caller, services: LivelyServices
) -> None:
    services.state = ServerStatus(ready=False, doing=("starting Ray",), problems=("disk [full]",))

    lines = asked("status").out.splitlines()

    assert lines[0].endswith("  starting")
    assert lines[1:3] == ["… starting Ray", "! disk [full]"]


def test_a_run_is_started_with_its_selector(asked: Caller, services: LivelyServices) -> None:
    said = asked("run", "--select", "site=lab", "--json")

    assert said.document == {"run": 13}
    assert services.changed == [f"run {services.view.matrix.name} site=lab"]


def test_a_run_names_the_page_where_it_is_seen(asked: Caller) -> None:
    assert re.search(r"run 13 has begun: http://127\.0\.0\.1:\d+/m/\S+/runs/13", asked("run").out)


def test_what_the_server_refuses_is_told_in_its_words(asked: Caller) -> None:
    said = asked("run", "--select", "!!")

    assert said.code == 2
    assert "that is no selector" in said.err
    assert "write site=lab" in said.err


def test_the_latest_run_is_the_one_that_is_cancelled(
    asked: Caller, services: LivelyServices
) -> None:
    assert asked("cancel", "run", "--json").document == {"cancelled": 3}
    assert services.changed == ["cancel run 12"]


@pytest.mark.parametrize(("job", "said"), [("9", "cancelled: 1 job"), ("7", "cancelled: 0 jobs")])
def test_cancelling_a_job_counts_what_had_not_ended(asked: Caller, job: str, said: str) -> None:
    assert asked("cancel", job).out.strip() == said


OF_RELEASE = ("run", "--owner", "release")


def test_a_run_may_be_on_behalf_of_another_owner(asked: Caller, services: LivelyServices) -> None:
    name = services.view.matrix.name
    assert asked(*OF_RELEASE, "--json").code == 0
    assert asked(*OF_RELEASE, "--at", "toy=b", "--against", "a", "--json").code == 0
    assert services.changed == [
        f"run {name}  for release",
        f"pairs {name}  toy@b for release against a x1",
    ]
    assert asked("run", "--owner", "A name").code == 2


@pytest.mark.parametrize("words", CHANGING)
def test_without_the_token_nothing_is_changed(
    asked: Caller,
    services: LivelyServices,
    monkeypatch: pytest.MonkeyPatch,
    words: tuple[str, ...],
) -> None:
    monkeypatch.setenv("COEVO_TOKEN", "another")

    said = asked(*words)

    assert said.code == 2
    assert "token" in said.err
    assert services.changed == []


@pytest.mark.parametrize("words", [("show", "nowhere/cpu"), ("show", "99"), ("logs", "99")])
def test_what_is_not_there_is_a_mistake_and_no_traceback(
    asked: Caller, words: tuple[str, ...]
) -> None:
    said = asked(*words)

    assert said.code == 2
    assert said.err.startswith("coevo: ")
    assert said.out == ""
