"""`coevo matrix …` called in this process, and a server that gives one answer."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from click.testing import Result
from typer.testing import CliRunner

from dashboard.cli.matrix import app

MATRIX = """\
name: mine
label: My machines
axes:
  site: [lab, edge]
  accelerator: [gpu, tpu]
  dtype: [f32, bf16]
suites:
  smoke: {}
  speed: {command: [run], takes: [vllm], shards: 2}
  big: {command: [run], needs: {devices: 2}}
stacks: {stable: {torch: "2.13.0"}, next: {torch: "2.14.0", vllm: "0.32.0"}}
exclude:
  - {site: edge, accelerator: tpu, reason: none there}
include:
  - {site: lab, accelerator: gpu, suite: smoke, seed: 7}
"""


def coevo(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments), catch_exceptions=False)


def answer(*arguments: str) -> Any:
    """The JSON of a call that went well."""
    result = coevo(*arguments, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


@contextmanager
def serving(document: object) -> Iterator[tuple[str, list[str]]]:
    """A server that answers everything with one document, and notes what it was asked."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(json.dumps(document).encode())

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
