"""A package index on loopback that wants a user and a password."""

from __future__ import annotations

import base64
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

USER, PASSWORD = "vendor", "s3cret/&pass"
SPELT = quote(PASSWORD, safe="")


class Index(NamedTuple):
    """An index that answers: its address without and with credentials, and what was asked of it."""

    bare: str
    url: str
    asked: list[tuple[str, int]]  # path and status
    seen: list[str]  # command lines in which the password stood while something was asked


@contextmanager
def private_index(folder: Path) -> Iterator[Index]:
    """Serve a folder that holds a folder of wheels for each project, as PEP 503 says."""
    asked, seen = list[tuple[str, int]](), list[str]()
    handler = partial(_Handler, asked, seen, directory=str(folder))
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    where = f"127.0.0.1:{server.server_port}/"
    try:
        known = f"{USER}:{SPELT}"
        yield Index(f"http://{where}", f"http://{known}@{where}", asked, seen)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _command_lines() -> Iterator[str]:
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            yield path.read_bytes().replace(b"\0", b" ").decode(errors="replace")


class _Handler(SimpleHTTPRequestHandler):
    def __init__(
        self, asked: list[tuple[str, int]], seen: list[str], *args: object, directory: str
    ) -> None:
        self._asked, self._seen = asked, seen
        super().__init__(*args, directory=directory)  # type: ignore[arg-type] # reason: the server's own

    def do_GET(self) -> None:
        self._seen.extend(line for line in _command_lines() if SPELT in line or PASSWORD in line)
        known = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        if self.headers.get("Authorization") == f"Basic {known}":
            return super().do_GET()
        self.send_response(401)
        self.send_header("WWW-Authenticate", 'Basic realm="vendor"')
        self.send_header("Content-Length", "0")
        return self.end_headers()

    def log_request(self, code: object = "-", size: object = "-") -> None:
        del size
        self._asked.append((self.path, int(getattr(code, "value", code))))
