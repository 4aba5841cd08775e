"""A hub of models on the loopback: what its client asks for to bring a model, and no more."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

NAME, COMMIT = "lab/tiny", "0123456789abcdef0123456789abcdef01234567"


@contextmanager
def hub(folder: Path) -> Iterator[tuple[str, list[str]]]:
    """Its address, and the files that were read; the model `NAME` at `COMMIT` is that folder."""
    read: list[str] = []

    class Answers(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            self._answer(is_whole=False)

        def do_GET(self) -> None:
            self._answer(is_whole=True)

        def log_message(self, *_: object) -> None:
            """Nothing: tests look at what was read."""

        def _answer(self, *, is_whole: bool) -> None:
            path = self.path.partition("?")[0]
            before, _, name = path.partition(f"/{NAME}/resolve/{COMMIT}/")
            if path == f"/api/models/{NAME}/revision/{COMMIT}":
                self._send(json.dumps(_told(folder)).encode(), is_whole=is_whole)
            elif path == f"/api/models/{NAME}/tree/{COMMIT}":
                self._send(json.dumps(_listed(folder)).encode(), is_whole=is_whole)
            elif not before and (folder / name).is_file():
                read.extend([name] * is_whole)
                self._send((folder / name).read_bytes(), is_whole=is_whole)
            else:
                self._send(b"", 404, is_whole=is_whole)

        def _send(self, body: bytes, status: int = 200, *, is_whole: bool) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("ETag", f'"{hashlib.sha256(body).hexdigest()}"')
            self.send_header("X-Repo-Commit", COMMIT)
            self.end_headers()
            if is_whole:
                self.wfile.write(body)

    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", read
        finally:
            server.shutdown()
            thread.join()


def _told(folder: Path) -> dict[str, object]:
    files = [{"rfilename": path.name} for path in sorted(folder.iterdir())]
    return {"id": NAME, "modelId": NAME, "sha": COMMIT, "siblings": files, "tags": []}


def _listed(folder: Path) -> list[dict[str, object]]:
    return [
        {"type": "file", "path": path.name, "size": path.stat().st_size, "oid": _oid(path)}
        for path in sorted(folder.iterdir())
    ]


def _oid(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
