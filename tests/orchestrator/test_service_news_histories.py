"""The news of a server over random histories, held against a plain dictionary."""

from __future__ import annotations

from contextlib import ExitStack

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.service.news import News
from orchestrator.views import ServerStatus

WORKS = ("starting Ray", "planning", "building the environment")
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("begin"), st.sampled_from(WORKS), st.just("")),
        st.tuples(st.just("say"), st.sampled_from(WORKS), st.sampled_from(["one", "two"])),
        st.tuples(st.just("end"), st.sampled_from(WORKS), st.just("")),
        st.tuples(st.just("problem"), st.just(""), st.sampled_from(["no disk", "no Ray"])),
        st.tuples(st.just("ready"), st.just(""), st.just("")),
    ),
    max_size=20,
)


class Played:
    """Plays a history into News and beside it into plain collections."""

    def __init__(self) -> None:
        self.news = News()
        self.heard: list[ServerStatus] = []
        self.news.listen(self.heard.append)
        self.expected = ServerStatus(ready=False)
        self._open: dict[str, ExitStack] = {}
        self._say: dict[str, object] = {}
        self._lines: dict[str, str] = {}
        self._problems: list[str] = []
        self._ready = False

    def step(self, kind: str, work: str, text: str) -> None:
        if kind == "begin" and work not in self._open:
            self._open[work] = ExitStack()
            self._say[work] = self._open[work].enter_context(self.news.doing(work))
            self._lines[work] = work
        elif kind == "say" and work in self._open:
            self._say[work](text)  # type: ignore[operator] # reason: what `doing` yields
            self._lines[work] = f"{work}: {text}"
        elif kind == "end" and work in self._open:
            self._open.pop(work).close()
            del self._lines[work]
        elif kind == "problem":
            self.news.problem(text)
            self._problems += [] if text in self._problems else [text]
        elif kind == "ready":
            self.news.ready()
            self._ready = True
        doing = tuple(self._lines.values())
        self.expected = ServerStatus(self._ready, doing, tuple(self._problems))


@given(STEPS)
def test_what_holds_is_what_was_told_and_not_taken_back(steps: list[tuple[str, str, str]]) -> None:
    played = Played()
    for step in steps:
        played.step(*step)
        assert played.news.status() == played.expected


@given(STEPS)
def test_whoever_listens_knows_what_holds_after_every_step(
    steps: list[tuple[str, str, str]],
) -> None:
    played = Played()
    for step in steps:
        before = played.expected
        played.step(*step)
        if played.expected != before:
            assert played.heard[-1] == played.expected


@given(STEPS)
def test_nobody_is_told_the_same_problem_or_line_again(steps: list[tuple[str, str, str]]) -> None:
    played = Played()
    for step in steps:
        before, told = played.expected, len(played.heard)
        played.step(*step)
        if played.expected == before and step[0] != "ready":
            assert len(played.heard) == told


def test_a_listener_hears_nothing_of_what_was_before_it() -> None:
    news, heard = News(), []
    news.problem("old")
    news.listen(heard.append)
    assert heard == []
    news.ready()
    assert heard == [ServerStatus(ready=True, problems=("old",))]


def test_every_listener_hears_the_same() -> None:
    news, one, other = News(), [], []
    news.listen(one.append)
    news.listen(other.append)
    with news.doing("planning") as say:
        say("half")
    assert one == other
    assert [status.doing for status in one] == [("planning",), ("planning: half",), ()]


def test_work_may_ask_what_holds_while_it_is_told() -> None:
    news, seen = News(), []
    news.listen(lambda _: seen.append(news.status()))
    news.problem("no disk")
    assert seen == [ServerStatus(ready=False, problems=("no disk",))]


def test_work_within_work_is_told_in_its_order_and_ends_alone() -> None:
    news = News()
    with news.doing("starting Ray"):
        with news.doing("planning"):
            assert news.status().doing == ("starting Ray", "planning")
        assert news.status().doing == ("starting Ray",)


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit])
def test_whatever_ends_the_work_ends_its_line(error: type[BaseException]) -> None:
    news = News()
    with pytest.raises(error), news.doing("planning"):
        raise error
    assert news.status() == ServerStatus(ready=False)
