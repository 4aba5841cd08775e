"""One `vllm serve`: started, waited for, asked, ended with all that belongs to it."""

from __future__ import annotations

import signal
import socket
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any  # clients and bodies are what the library and the server make them

from runners import processes
from runners.suites.vllm_engine.group import Group
from runners.suites.vllm_engine.metadata import found_metadata
from runners.suites.vllm_engine.settings import settings, surroundings
from runners.suites.vllm_serve import exchange

NAME = "tiny"
LONGEST = 4096  # tokens of a sequence; long enough that a request can be caught while it runs
_CACHE_BYTES = 1 << 26
_READY_SECONDS = 300.0
_LOOK_SECONDS = 0.1


class NotReady(Exception):  # noqa: N818 - what it says is the server's end, not ours
    """A server that did not come up; says how it ended and its last words."""


class Server:
    """A server that can be started again and again on the same port; a context that ends it.

    `key` is what its clients have to show. `starts` are the seconds that each start took, from
    the process to the first good `/health`; `answered` is what it answered before its end.
    """

    def __init__(self, model: Path, folder: Path, device: str, key: str = "") -> None:
        self.model, self.folder, self.device, self.key = model, folder, device, key
        self.port = free_port()
        self.starts: list[float] = []
        self.answered: list[int] = []
        self._group: Group | None = None

    def __enter__(self) -> Server:  # noqa: PYI034 - Self is Python 3.11's
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    @property
    def is_up(self) -> bool:
        """Whether its process lives."""
        return self._group is not None and self._group.process.poll() is None

    @property
    def session(self) -> int:
        """The session of all its processes."""
        assert self._group is not None
        return self._group.process.pid

    def start(self) -> None:
        """Start it and wait until it is healthy; raises NotReady."""
        self.end()
        began = time.monotonic()
        variables = {**settings(self.device, self.folder), **found_metadata(self.folder)}
        if self.key:
            variables["VLLM_API_KEY"] = self.key
        log = self.folder / f"server-{len(self.starts)}.log"
        self._group = Group(self._argv(), surroundings(variables), log)
        while not self._is_healthy():
            late = time.monotonic() - began > _READY_SECONDS
            if late or not self.is_up:
                why = self._group.problem(0.0)
                self.end()
                raise NotReady(f"the server did not get ready: {why}")
            time.sleep(_LOOK_SECONDS)
        self.starts.append(time.monotonic() - began)

    def signal(self, number: signal.Signals, patience_seconds: float) -> int | None:
        """Send its first process a signal; its exit code, or None where it has not ended."""
        assert self._group is not None
        self._group.process.send_signal(number)
        return self.ended(patience_seconds)

    def ended(self, patience_seconds: float) -> int | None:
        """The exit code of its first process, once it has ended."""
        assert self._group is not None
        until = time.monotonic() + patience_seconds
        while self._group.process.poll() is None and time.monotonic() < until:
            time.sleep(_LOOK_SECONDS)
        return self._group.process.returncode

    def left(self, patience_seconds: float) -> list[str]:
        """The names of the processes of its session that still live after so long."""
        until = time.monotonic() + patience_seconds
        while processes.in_session(self.session) and time.monotonic() < until:
            time.sleep(_LOOK_SECONDS)
        return sorted(_name(pid) for pid in processes.in_session(self.session))

    def end(self) -> None:
        """End it and whatever of it is left; its log goes to ours."""
        if self._group is not None:
            self._group.end()
            self._group.show()
        self._group = None

    def ask(self, path: str, **said: object) -> Any:  # noqa: ANN401 - the server's JSON
        """What is answered to a request that is in order; raises RefusedError with the answer."""
        answer = exchange.post(self.port, path, {"model": NAME, **said}, self.key)
        if answer.status != 200 or answer.json is None:  # noqa: PLR2004 - HTTP's "OK"
            raise RefusedError(f"{path} answered {answer.status}: {answer.text[:300]}")
        return answer.json

    def client(self) -> Any:  # noqa: ANN401 - openai is not installed beside mypy
        """OpenAI's own client, which tries nothing twice."""
        from openai import OpenAI  # noqa: PLC0415 - slow, and only some cases want it

        return OpenAI(
            base_url=f"http://{exchange.HOST}:{self.port}/v1",
            api_key=self.key or "none",
            max_retries=0,
            timeout=exchange.PATIENCE_SECONDS,
        )

    def _is_healthy(self) -> bool:
        try:
            return exchange.get(self.port, "/health", seconds=5.0).status == 200  # noqa: PLR2004 - "OK"
        except OSError:
            return False

    def _argv(self) -> list[str]:
        said: Mapping[str, object] = {
            "served-model-name": NAME,
            "host": exchange.HOST,
            "port": self.port,
            "dtype": "float32",
            "max-model-len": LONGEST,
            "hf-overrides": f'{{"max_position_embeddings": {LONGEST}}}',
            "max-num-seqs": 64,
            "kv-cache-memory-bytes": _CACHE_BYTES,
            "seed": 0,
            "tool-call-parser": "hermes",
        }
        options = [f"--{name}={value}" for name, value in said.items()]
        program = Path(sys.executable).with_name("vllm")
        flags = ["--enforce-eager", "--enable-auto-tool-choice"]
        return [str(program), "serve", str(self.model), *options, *flags]


class RefusedError(Exception):
    """The server refused what is in order; says its answer."""


def free_port() -> int:
    """A port of loopback that nobody listens on now."""
    with socket.socket() as one:
        one.bind((exchange.HOST, 0))
        return int(one.getsockname()[1])


def is_free(port: int) -> bool:
    """Whether a server could listen on the port."""
    with socket.socket() as one:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            one.bind((exchange.HOST, port))
        except OSError:
            return False
        return True


def _name(pid: int) -> str:
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode().split()
    except OSError:
        return "gone"
    return " ".join(words)[:60] or "unnamed"
