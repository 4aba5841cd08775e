"""What a client says when a server refuses, stumbles, lies or is not there."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple

import pytest

from matrix.errors import CoevoError
from runners.client import Client, NoServer


class Answer(NamedTuple):
    """What a server sends, whatever it is asked."""

    status: int
    body: bytes = b""
    kind: str = "application/json"
    location: str = ""


@contextmanager
def answering(answer: Answer) -> Iterator[str]:
    """A server that always answers the same; its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(answer.status)
            self.send_header("Content-Type", answer.kind)
            self.send_header("Content-Length", str(len(answer.body)))
            if answer.location:
                self.send_header("Location", answer.location)
            self.end_headers()
            self.wfile.write(answer.body)

        do_POST = do_GET  # noqa: N815 - the name that http.server looks for

        def log_message(self, *_: object) -> None:
            """Keep quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def refused(answer: Answer) -> CoevoError:
    with answering(answer) as url, Client(url) as client, pytest.raises(CoevoError) as raised:
        client.get("/api/v1/jobs/7")
    return raised.value


def problem(**said: object) -> bytes:
    return json.dumps(said).encode()


@contextmanager
def raw(first_bytes: bytes) -> Iterator[str]:
    """A server that sends these bytes to one caller and hangs up."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()

        def serve() -> None:
            caller, _ = listening.accept()
            with caller:
                caller.recv(65536)
                caller.sendall(first_bytes)

        thread = threading.Thread(target=serve)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        thread.join()


@pytest.mark.parametrize("key", ["title", "problem", "detail"])
def test_the_servers_own_sentence_is_what_people_read(key: str) -> None:
    error = refused(Answer(404, problem(**{key: "there is no job 7"})))
    assert str(error) == "GET /api/v1/jobs/7: 404 there is no job 7"


def test_a_title_counts_for_more_than_what_stands_beside_it() -> None:
    error = refused(Answer(409, problem(title="taken", detail="long", problem="other")))
    assert "409 taken" in str(error)


def test_a_hint_of_the_servers_is_the_clients_hint() -> None:
    error = refused(Answer(401, problem(title="no token", hint="ask for one")))
    assert str(error) == "GET /api/v1/jobs/7: 401 no token\n  hint: ask for one"


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 413, 422, 429, 500, 502, 503, 504])
def test_an_error_without_words_is_told_by_its_number(status: int) -> None:
    error = refused(Answer(status))
    assert str(error) == f"GET /api/v1/jobs/7: {status} {HTTPStatus(status).phrase}"
    assert error.exit_code == 2


@pytest.mark.parametrize(
    "body", [b"<html>proxy</html>", b"[]", b'"text"', b"null", b"{", b"\xff\xfe", b"{}", b"7"]
)
def test_an_error_in_anybody_elses_words_is_told_by_its_number(body: bytes) -> None:
    assert str(refused(Answer(502, body))) == "GET /api/v1/jobs/7: 502 Bad Gateway"


@pytest.mark.parametrize("body", [b"<html>", b"{", b"hello", b"\xff"])
def test_a_success_that_is_no_json_comes_from_another_program(body: bytes) -> None:
    error = refused(Answer(200, body, "text/html"))
    assert "is no Coevo server" in str(error)
    assert "another program" in str(error)


@pytest.mark.parametrize(
    ("body", "value"),
    [(b"[]", []), (b"null", None), (b"0", 0), (b'{"a": 1}', {"a": 1}), (b"", None)],
)
def test_any_json_is_handed_over_as_it_is(body: bytes, value: object) -> None:
    with answering(Answer(200, body)) as url, Client(url) as client:
        assert client.get("/") == value
        assert client.post("/") == value


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_client_is_not_sent_elsewhere_with_its_token(status: int) -> None:
    with answering(Answer(200, b'{"stolen": true}')) as elsewhere:
        error = refused(Answer(status, location=elsewhere))
    assert str(status) in str(error)


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Le",
    ],
    ids=["nothing", "half an answer", "another protocol", "half a head"],
)
def test_a_server_that_hangs_up_is_no_server(sent: bytes) -> None:
    with raw(sent) as url, Client(url, limit_seconds=5) as client, pytest.raises(NoServer) as error:
        client.get("/")
    assert error.value.exit_code == 4
    assert url in str(error.value)


def test_a_name_that_nobody_has_is_no_server() -> None:
    with Client("http://no-such-host.invalid", limit_seconds=5) as client, pytest.raises(NoServer):
        client.get("/")


def test_an_address_with_and_without_a_slash_is_one_address() -> None:
    with answering(Answer(200, b"1")) as url:
        for address in (url, f"{url}/", f"{url}//"):
            with Client(address) as client:
                assert client.url == url
                assert client.get("/x") == 1


def test_a_change_that_is_refused_names_its_method() -> None:
    with (
        answering(Answer(403, problem(title="no"))) as url,
        Client(url, "t") as client,
        pytest.raises(CoevoError, match=r"^POST /runs: 403 no$"),
    ):
        client.post("/runs", {"a": 1})


def test_a_client_may_be_asked_again_behind_an_error() -> None:
    with answering(Answer(500)) as url, Client(url) as client:
        for _ in range(3):
            with pytest.raises(CoevoError, match="500"):
                client.get("/")
