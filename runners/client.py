"""The HTTP client of a Coevo server's API: JSON in, JSON out, and errors that say what to do."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import cast

import httpx2

from matrix.errors import CoevoError

LIMIT_SECONDS = 30.0


class NoServer(CoevoError):  # noqa: N818 - a state of the world, and the word people read
    """Nobody answers at the server's address."""

    exit_code = 4


class Client:
    """Calls one server. `token` is sent as a bearer; changing requests want it."""

    def __init__(self, url: str, token: str = "", *, limit_seconds: float = LIMIT_SECONDS) -> None:
        self.url = url.rstrip("/")
        headers = {"Accept": "application/json"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        self._http = httpx2.Client(
            base_url=self.url, headers=headers, timeout=limit_seconds, follow_redirects=False
        )

    def get(
        self, path: str, params: Mapping[str, str | int | Sequence[str]] | None = None
    ) -> object:
        """The JSON that a path answers with. Raises NoServer, CoevoError."""
        return self._call("GET", path, params=dict(params or {}))

    def post(self, path: str, body: object = None) -> object:
        """The JSON that a change answers with. Raises NoServer, CoevoError."""
        return self._call("POST", path, body=body)

    def text(self, path: str, params: Mapping[str, str]) -> str:
        """What a path answers with, as it came. Raises NoServer, CoevoError."""
        return self._answer("GET", path, params=params).text

    def bring(self, path: str, target: Path, digest: str) -> None:
        """Write what a path answers with to a file, once its sha256 is right.

        Raises NoServer, CoevoError.
        """
        found = hashlib.sha256()
        draft = target.with_name(f".{target.name}.part")
        try:
            with self._http.stream("GET", path) as answer, draft.open("wb") as file:
                if not answer.is_success:
                    answer.read()
                    raise _refusal(answer)
                for piece in answer.iter_bytes():
                    found.update(piece)
                    file.write(piece)
            if found.hexdigest() != digest:
                raise CoevoError.because(f"{target.name} arrived damaged", "ask for it again")
            draft.rename(target)
        except httpx2.TransportError as error:
            raise self._silent(error) from error
        finally:
            draft.unlink(missing_ok=True)

    def close(self) -> None:
        """Let the connection go."""
        self._http.close()

    def __enter__(self) -> Client:  # noqa: PYI034 - there is no heir
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _call(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str | int | Sequence[str]] | None = None,
        body: object = None,
    ) -> object:
        return _json(self._answer(method, path, params=params, body=body), self.url)

    def _answer(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str | int | Sequence[str]] | Mapping[str, str] | None = None,
        body: object = None,
    ) -> httpx2.Response:
        try:
            answer = self._http.request(method, path, params=params, json=body)
        except httpx2.TransportError as error:
            raise self._silent(error) from error
        if answer.is_success:
            return answer
        raise _refusal(answer)

    def _silent(self, error: httpx2.TransportError) -> CoevoError:
        return NoServer.because(
            f"no Coevo server answers at {self.url} ({error or type(error).__name__})",
            "start one with `coevo up`, or set COEVO_SERVER to its address",
        )


def _json(answer: httpx2.Response, url: str) -> object:
    if not answer.content:
        return None
    try:
        return answer.json()
    except ValueError as error:
        raise CoevoError.because(
            f"what answers at {url} is no Coevo server: it sent no JSON",
            "is another program listening on that port?",
        ) from error


def _refusal(answer: httpx2.Response) -> CoevoError:
    """What the server says is wrong: `problem` and `hint`, or the `detail` of an HTTP error."""
    try:
        said = answer.json()
    except ValueError:
        said = None
    told = cast("dict[str, object]", said) if isinstance(said, dict) else {}
    problem = told.get("title") or told.get("problem") or told.get("detail") or answer.reason_phrase
    where = f"{answer.request.method} {answer.request.url.path}"
    return CoevoError.because(
        f"{where}: {answer.status_code} {problem}", str(told.get("hint") or "")
    )
