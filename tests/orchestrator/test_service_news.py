"""What the server says of itself while it starts and works."""

from __future__ import annotations

import threading

import pytest

from orchestrator.service.news import News
from orchestrator.views import ServerStatus


def test_a_new_server_is_not_ready_and_does_nothing() -> None:
    assert News().status() == ServerStatus(ready=False)


def test_work_is_told_while_it_lasts() -> None:
    news = News()

    with news.doing("starting Ray"):
        assert news.status().doing == ("starting Ray",)

    assert news.status().doing == ()


def test_a_line_follows_the_work() -> None:
    news = News()

    with news.doing("building the environment") as say:
        say("torch 2.13.0")
        assert news.status().doing == ("building the environment: torch 2.13.0",)
        say("numpy 2.3")
        assert news.status().doing == ("building the environment: numpy 2.3",)


def test_work_that_breaks_is_told_no_longer() -> None:
    news = News()

    with pytest.raises(RuntimeError), news.doing("starting Ray"):
        raise RuntimeError

    assert news.status().doing == ()


def test_two_works_are_told_side_by_side() -> None:
    news = News()

    with news.doing("starting Ray"), news.doing("planning"):
        assert news.status().doing == ("starting Ray", "planning")


def test_a_problem_is_told_once() -> None:
    news = News()
    news.problem("no disk: free some")
    news.problem("no disk: free some")

    assert news.status().problems == ("no disk: free some",)


def test_listeners_hear_each_change_and_no_repetition() -> None:
    news, heard = News(), list[ServerStatus]()
    news.listen(heard.append)

    with news.doing("planning") as say:
        say("2 of 3")
        say("2 of 3")
    news.ready()

    assert [status.doing for status in heard] == [
        ("planning",),
        ("planning: 2 of 3",),
        (),
        (),
    ]
    assert heard[-1].ready


def test_threads_may_tell_at_once() -> None:
    news = News()
    gate = threading.Barrier(8)

    def work(number: int) -> None:
        with news.doing(f"work {number}") as say:
            gate.wait(10)
            for step in range(50):
                say(str(step))
            gate.wait(10)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)

    assert news.status() == ServerStatus(ready=False)
