"""The client against a real server of the standard library."""

from __future__ import annotations

import hashlib
import json
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from matrix.errors import CoevoError
from runners.client import Client, NoServer

pytestmark = pytest.mark.slow

FILE = b"a wheel"


class _Answers(BaseHTTPRequestHandler):
    """Says what it was asked; some paths answer badly."""

    def do_GET(self) -> None:
        if self.path == "/text":
            self._send(200, b"<html>")
        elif self.path == "/nothing":
            self._send(204, b"")
        elif self.path == "/detail":
            self._send(404, b'{"detail": "no such job"}')
        elif self.path == "/bare":
            self._send(503, b"oops")
        elif self.path == "/file":
            self._send(200, FILE)
        elif self.path == "/cut":
            self.send_response(200)
            self.send_header("Content-Length", "100")
            self.end_headers()
            self.wfile.write(FILE)
        else:
            self._send(200, self._asked())

    def do_POST(self) -> None:
        self._send(201, self._asked())

    def _asked(self) -> bytes:
        length = int(self.headers.get("Content-Length") or 0)
        said = {
            "path": self.path,
            "token": self.headers.get("Authorization"),
            "body": self.rfile.read(length).decode(),
        }
        return json.dumps(said).encode()

    def _send(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Keep quiet."""


@pytest.fixture
def url() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Answers) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()


def test_questions_carry_parameters_and_the_token(url: str) -> None:
    with Client(url, "secret") as client:
        said = client.get("/jobs", {"state": "queued", "limit": 3})
    assert said == {"path": "/jobs?state=queued&limit=3", "token": "Bearer secret", "body": ""}


def test_a_file_is_there_whole(url: str, tmp_path: Path) -> None:
    with Client(url) as client:
        client.bring("/file", tmp_path / "a.whl", hashlib.sha256(FILE).hexdigest())
    assert [(one.name, one.read_bytes()) for one in tmp_path.iterdir()] == [("a.whl", FILE)]


@pytest.mark.parametrize(
    ("path", "said"), [("/detail", "no such job"), ("/cut", "no Coevo"), ("/file", "damaged")]
)
def test_of_a_file_that_does_not_come_nothing_stays(
    url: str, tmp_path: Path, path: str, said: str
) -> None:
    with Client(url) as client, pytest.raises(CoevoError, match=said):
        client.bring(path, tmp_path / "a.whl", "0" * 64)
    assert list(tmp_path.iterdir()) == []


def test_changes_carry_json(url: str) -> None:
    with Client(url) as client:
        said = client.post("/runs", {"select": "site=lab"})
    assert isinstance(said, dict)
    assert json.loads(said["body"]) == {"select": "site=lab"}
    assert said["token"] is None


def test_an_empty_answer_is_none(url: str) -> None:
    with Client(url) as client:
        assert client.get("/nothing") is None


def test_a_refusal_is_told_in_the_servers_words(url: str) -> None:
    with Client(url) as client:
        with pytest.raises(CoevoError, match="GET /detail: 404 no such job"):
            client.get("/detail")
        with pytest.raises(CoevoError, match="503 Service Unavailable"):
            client.get("/bare")


def test_another_program_on_the_port_is_told_from_a_server(url: str) -> None:
    with Client(url) as client, pytest.raises(CoevoError, match="is no Coevo server"):
        client.get("/text")


def test_nobody_there_is_an_error_of_its_own_that_says_what_to_do() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    with Client(f"http://127.0.0.1:{port}") as client, pytest.raises(NoServer) as raised:
        client.get("/")
    assert raised.value.exit_code == 4
    assert "coevo up" in str(raised.value)


def test_a_server_that_never_answers_is_nobody(url: str) -> None:
    del url
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen()
        address = f"http://127.0.0.1:{deaf.getsockname()[1]}"
        with Client(address, limit_seconds=0.1) as client, pytest.raises(NoServer):
            client.get("/")
