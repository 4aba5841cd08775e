"""The web server in a thread of its own: a port that is free, up before all else, down at once."""

from __future__ import annotations

import errno
import socket
import threading
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import TYPE_CHECKING, Self

import uvicorn

from matrix.errors import CoevoError

if TYPE_CHECKING:
    from fastapi import FastAPI

LOOPBACK = "127.0.0.1"
TRIED_PORTS = 50
_LAST_PORT = 65535
_BACKLOG = 256
_STOP_SECONDS = 1.0


def bound(port: int) -> socket.socket:
    """A loopback socket on that port or the next free one; port 0 takes any.

    It listens at once: who comes before the server is up waits, and nobody else gets the port.
    """
    for candidate in range(port, min(port + TRIED_PORTS, _LAST_PORT + 1)):
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        # Inherited by what is accepted; asyncio sets it only on sockets whose protocol is named,
        # and without it a small page waits 40 ms for the reader's delayed acknowledgement.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            listener.bind((LOOPBACK, candidate))
            listener.listen(_BACKLOG)
        except OSError as error:
            listener.close()
            if error.errno not in {errno.EADDRINUSE, errno.EACCES}:
                raise
        else:
            return listener
    raise CoevoError.because(
        f"no port from {port} to {port + TRIED_PORTS - 1} is free", "coevo up --port 0 takes any"
    )


def address(listener: socket.socket) -> str:
    """The page's address."""
    host, port = listener.getsockname()[:2]
    return f"http://{host}:{port}"


class _Server(uvicorn.Server):
    """Does something first when it is to end: who streams for ever must hear of it."""

    def __init__(self, settings: uvicorn.Config, before_end: Callable[[], Awaitable[None]]) -> None:
        super().__init__(settings)
        self._before_end = before_end

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Uvicorn's own end, once its streams have been told."""
        await self._before_end()
        await super().shutdown(sockets)


class Page:
    """Serves an app on a bound socket while the `with` block runs; `before_end` ends streams."""

    def __init__(
        self, app: FastAPI, listener: socket.socket, before_end: Callable[[], Awaitable[None]]
    ) -> None:
        settings = uvicorn.Config(
            app,
            log_config=None,
            log_level="warning",
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=1,
        )
        self._server = _Server(settings, before_end)
        self._thread = threading.Thread(
            target=self._server.run, args=([listener],), name="page", daemon=True
        )

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.should_exit = True
        self._thread.join(_STOP_SECONDS)
