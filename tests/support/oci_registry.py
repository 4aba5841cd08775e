"""A registry of images on loopback, from which any engine pulls; it only reads."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import NamedTuple

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
NAME = "vendor/suite"


class Registry(NamedTuple):
    """A registry that answers: where it is, the image's name by digest, and what was asked."""

    host: str
    ref: str
    asked: list[str]


@contextmanager
def registry(layout: Path) -> Iterator[Registry]:
    """Serve the one image of an OCI layout, as `podman push NAME oci:FOLDER` writes it."""
    (manifest,) = json.loads((layout / "index.json").read_text())["manifests"]
    asked: list[str] = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Handler, layout, asked))
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    host = f"127.0.0.1:{server.server_port}"
    try:
        yield Registry(host, f"{host}/{NAME}@{manifest['digest']}", asked)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def allowed(host: str, folder: Path) -> dict[str, str]:
    """Variables by which podman speaks to that registry without TLS."""
    conf = folder / "registries.conf"
    conf.write_text(f'[[registry]]\nlocation = "{host}"\ninsecure = true\n')
    return {"CONTAINERS_REGISTRIES_CONF": str(conf)}


class _Handler(BaseHTTPRequestHandler):
    """The reading half of the OCI distribution specification."""

    protocol_version = "HTTP/1.1"

    def __init__(self, layout: Path, asked: list[str], *args: object) -> None:
        self._layout, self._asked = layout, asked
        super().__init__(*args)  # type: ignore[arg-type] # reason: the server's own

    def do_GET(self) -> None:
        self._asked.append(self.path)
        if self.path == "/v2/":
            return self._answer(b"{}", "application/json")
        digest = self.path.rpartition("/")[2]
        file = self._layout / "blobs" / digest.replace(":", "/")
        if not file.is_file():
            return self.send_error(404)
        data = file.read_bytes()
        assert hashlib.sha256(data).hexdigest() == digest.partition(":")[2]
        kind = MANIFEST if "/manifests/" in self.path else "application/octet-stream"
        return self._answer(data, kind)

    do_HEAD = do_GET  # noqa: N815 - the name that the server looks for

    def log_request(self, code: object = "-", size: object = "-") -> None:
        del code, size

    def _answer(self, data: bytes, kind: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(data)
