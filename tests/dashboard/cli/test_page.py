"""The web server's port and its life."""

from __future__ import annotations

import http.client
import socket
import urllib.request

import pytest
from fastapi import FastAPI
from lively import LivelyServices

from dashboard.cli import page
from dashboard.cli.page import Page, address, bound
from dashboard.web.app import create_app
from matrix.errors import CoevoError


async def nothing() -> None:
    """What is to be done before the end of an app that streams nothing."""


def test_a_free_port_is_taken() -> None:
    with bound(0) as first:
        port = first.getsockname()[1]
    with bound(port) as again:
        assert address(again) == f"http://127.0.0.1:{port}"


def test_a_busy_port_moves_to_the_next_free_one() -> None:
    with bound(0) as first:
        first.listen()
        port = first.getsockname()[1]
        with bound(port) as second:
            assert second.getsockname()[1] > port


def test_no_free_port_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page, "TRIED_PORTS", 1)
    with bound(0) as first:
        first.listen()
        with pytest.raises(CoevoError, match=r"no port .* is free"):
            bound(first.getsockname()[1])


def test_only_this_machine_can_reach_it() -> None:
    with bound(0) as listener:
        assert listener.getsockname()[0] == "127.0.0.1"
        assert listener.family == socket.AF_INET


def test_pages_are_answered_while_the_block_runs_and_not_after() -> None:
    app = FastAPI()

    @app.get("/hello")
    def hello() -> str:
        return "hello"

    listener = bound(0)
    with (
        Page(app, listener, nothing),
        urllib.request.urlopen(f"{address(listener)}/hello", timeout=10) as answer,
    ):
        assert answer.read() == b'"hello"'
        assert "server" not in answer.headers

    assert listener.fileno() == -1


def test_an_open_stream_does_not_hold_up_the_end() -> None:
    app = create_app(LivelyServices())
    listener = bound(0)
    with Page(app, listener, app.state.tail.close):
        reader = http.client.HTTPConnection(address(listener).removeprefix("http://"), timeout=10)
        reader.request("GET", "/api/v1/events")
        answer = reader.getresponse()
        assert answer.readline() == b": connected\n"
    answer.read()  # uvicorn alone drops a stream that goes on, and this would raise
    reader.close()
