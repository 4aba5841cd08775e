"""The sentences of reports: one, for people, that ends with a full stop."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matrix.status import BAD, Status
from runners.ending import Exit, Way, because, how, says_no_room
from runners.wording import counted, counts, differs, has_failed, sentence
from runners.work import CaseResult, Component

LINES = st.lists(st.text(st.characters(exclude_categories=("Cs",)), max_size=20), max_size=4)


def case(name: str = "a", status: Status = Status.FAIL, message: str = "") -> CaseResult:
    return CaseResult(name, status, message=message)


@pytest.mark.parametrize(
    ("status", "verb"),
    [(Status.FAIL, "failed"), (Status.ERROR, "ended as ERROR"), (Status.MISS, "ended as MISS"),
     (Status.SKIP, "skipped")],
)  # fmt: skip
def test_a_sentence_counts_the_cases_and_names_the_first(status: Status, verb: str) -> None:
    cases = [case("a", Status.PASS), case("b", status, "why.\nmore"), case("c", status)]
    assert sentence(status, "", cases) == f"2 of 3 cases {verb}: b: why."


def test_a_case_without_a_message_is_named_alone() -> None:
    assert sentence(Status.FAIL, "", [case()]) == "1 of 1 case failed: a."


def test_what_was_foreseen_is_not_what_is_named() -> None:
    cases = [case("known")._replace(expected=True), case("new")]
    assert sentence(Status.FAIL, "", cases) == "1 of 2 cases failed: new."


@pytest.mark.parametrize("status", [Status.PASS, Status.DONE])
def test_a_good_end_needs_no_sentence(status: Status) -> None:
    assert sentence(status, "", [case()]) == ""


def test_a_reason_that_is_given_stands_as_it_is() -> None:
    assert sentence(Status.MISS, "It rained.", [case()]) == "It rained."


@pytest.mark.parametrize("status", Status)
def test_a_case_is_news_when_it_is_bad(status: Status) -> None:
    assert has_failed(case("a", status)) == (status in BAD)


@pytest.mark.parametrize("status", Status)
def test_only_failures_can_be_foreseen(status: Status) -> None:
    for kind in ({"expected": True}, {"planted": True}):
        assert counts(case("a", status)._replace(**kind)) == (status is not Status.FAIL)


@pytest.mark.parametrize(
    ("locked", "found", "said"),
    [
        ("1.0", Component("torch", "1.0"), ""),
        ("1.0", Component("torch", "1.0", "cpu"), ""),
        ("1.0+cpu", Component("torch", "1.0", "cpu"), ""),
        ("1.0+cpu", Component("torch", "1.0"), "torch is 1.0, not 1.0+cpu"),
        ("1.0+cpu", Component("torch", "1.0", "cu130"), "torch is 1.0+cu130, not 1.0+cpu"),
        ("1.0", Component("torch", "1.0.1"), "torch is 1.0.1, not 1.0"),
        ("1.0", None, "torch 1.0 was not found"),
    ],
)
def test_a_component_differs_by_version_and_by_a_build_that_was_locked(
    locked: str, found: Component | None, said: str
) -> None:
    assert differs("torch", locked, {"torch": found} if found else {}) == said


@pytest.mark.parametrize("name", ["Torch_Vision", "torch.vision", "TORCH--VISION"])
def test_names_are_compared_as_pep_503_writes_them(name: str) -> None:
    assert differs(name, "1", {"torch-vision": Component("torch-vision", "1")}) == ""


@pytest.mark.parametrize(
    ("number", "said"),
    [(0, "no case had ended"), (1, "1 case had ended"), (7, "7 cases had ended")],
)
def test_how_far_it_came_is_told_in_english(number: int, said: str) -> None:
    assert counted(number) == said


@pytest.mark.parametrize(
    ("end", "said"),
    [
        (Exit(code=3), "ended with exit code 3"),
        (Exit(code=None, signal=11), "was ended by SIGSEGV"),
        (Exit(code=None, signal=6, memory_bytes=9), "was ended by SIGABRT under its memory limit"),
        (Exit(code=None, signal=64), "was ended by SIGRTMAX"),
        (Exit(code=None, signal=50), "was ended by signal 50"),
        (Exit(Way.DEADLINE, None, 15, allowed_seconds=1.5), "did not end within 1.5 s"),
        (Exit(Way.DEADLINE, None, 9, allowed_seconds=3600), "did not end within 3600 s"),
    ],
)
def test_an_end_is_told_as_a_verb(end: Exit, said: str) -> None:
    assert how(end).startswith(said)


@given(LINES)
def test_the_last_words_are_the_last_line_that_says_anything(lines: list[str]) -> None:
    said = because(Exit(last_lines=tuple(lines)))
    spoken = [line.strip() for line in lines if line.strip()]
    assert said == (f": {spoken[-1].rstrip('.')}" if spoken else "")


@pytest.mark.parametrize(
    "line",
    [
        "OSError: [Errno 28] No space left on device: 'x'",
        "cp: x: Disk quota exceeded",
        "Errno 28",
        "processing tar file(write /zeros: no space left on device): exit status 1",
    ],
)
def test_a_full_disk_is_known_by_its_words(line: str) -> None:
    assert says_no_room(["first", line, "last"])


def test_a_sentence_that_a_tool_has_broken_is_read_as_one() -> None:
    assert says_no_room(["failed to write to file `/x/y`: No", "     space left on device"])


@pytest.mark.parametrize("line", ["", "Errno 280", "no space left in the suitcase", "errno 28"])
def test_other_words_are_no_full_disk(line: str) -> None:
    assert not says_no_room([line])
