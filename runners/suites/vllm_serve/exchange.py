"""Plain HTTP to a server on loopback, below any client library: what was really said."""

from __future__ import annotations

import http.client
import json
from typing import Any, NamedTuple  # Any: what a body holds

HOST = "127.0.0.1"
PATIENCE_SECONDS = 120.0


class Answer(NamedTuple):
    """A status and the whole body."""

    status: int
    body: bytes

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode(errors="replace")

    @property
    def json(self) -> Any:  # noqa: ANN401 - what the server says
        """The body as JSON; None where it is none."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None


def get(port: int, path: str, key: str = "", seconds: float = PATIENCE_SECONDS) -> Answer:
    """What is answered to a GET; raises OSError where nobody answers."""
    connection = http.client.HTTPConnection(HOST, port, timeout=seconds)
    try:
        connection.request("GET", path, headers=_headers(key))
        answer = connection.getresponse()
        return Answer(answer.status, answer.read())
    finally:
        connection.close()


def post(port: int, path: str, said: object, key: str = "") -> Answer:
    """What is answered to a POST of JSON, or of the very bytes; raises OSError."""
    connection = posted(port, path, said, key)
    try:
        answer = connection.getresponse()
        return Answer(answer.status, answer.read())
    finally:
        connection.close()


def posted(port: int, path: str, said: object, key: str = "") -> http.client.HTTPConnection:
    """A connection on which a POST was sent, and nothing read yet."""
    body = said if isinstance(said, bytes) else json.dumps(said).encode()
    connection = http.client.HTTPConnection(HOST, port, timeout=PATIENCE_SECONDS)
    connection.request("POST", path, body, _headers(key))
    return connection


def events(answer: Answer) -> list[str]:
    """The data of each server-sent event of a stream, in order (WHATWG HTML, section 9.2)."""
    lines = answer.text.splitlines()
    return [line[len("data:") :].strip() for line in lines if line.startswith("data:")]


def _headers(key: str) -> dict[str, str]:
    shown = {"Authorization": f"Bearer {key}"} if key else {}
    return {"Content-Type": "application/json", **shown}
