"""A real server started by the real command in a folder of its own, for tests and benchmarks."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from warm import Warm

COEVO = Path(sys.executable).with_name("coevo")
Process = subprocess.Popen[bytes] | Warm
PATIENCE_SECONDS = 60.0
SOON_SECONDS = 20.0  # what `make bench` holds to 5 s, with room for a machine that does much else
HELLO = """
echo '{"type": "hello", "protocol": 1, "suite": "hello", "total": 1}'
echo "this line is log"
echo '{"type": "case", "id": "one", "status": "PASS"}'
echo '{"type": "bye"}'
"""


def tiny(script: str = HELLO, extra: str = "") -> str:
    """A matrix of lab with cpu and tpu, and one suite, a program in sh that speaks the protocol."""
    return f"""
name: tiny
axes:
  site: [lab]
  accelerator: [cpu, tpu]
suites:
  hello:
    command: [sh, -c, {json.dumps(script)}]
{extra}"""


@dataclass(frozen=True, slots=True)
class Served:
    """A running `coevo up`: where it lies, where it answers."""

    folder: Path
    process: Process
    url: str
    token: str

    def get(self, path: str) -> Any:
        """A JSON answer of its API."""
        with urllib.request.urlopen(self.url + path, timeout=30) as answer:
            return json.load(answer)


def environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment of a command under test: ours, without settings for Coevo or of make."""
    ours = ("COEVO_", "MAKE", "MFLAGS", "ARGS")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    return {**kept, **(extra or {})}


def coevo(
    folder: Path, *words: str, extra: Mapping[str, str] | None = None, seconds: float = 120
) -> subprocess.CompletedProcess[str]:
    """One `coevo` command carried out in a folder."""
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        process = Warm(words, folder, environment(extra), out, err)
        try:
            code = process.wait(seconds)
        finally:
            process.kill()
        out.seek(0)
        err.seek(0)
        return subprocess.CompletedProcess(process.args, code, out.read(), err.read())


@contextmanager
def served(folder: Path, *words: str, anew: bool = False) -> Iterator[Served]:
    """`coevo up --no-ray --port 0 WORDS…` in a folder, until the block ends.

    It is forked from a process that has imported it, or started `anew` as a person does.
    """
    line = ["up", "--no-ray", "--port", "0", *words]
    with (folder / "up.log").open("w+") as log:
        start = started if anew else Warm
        process = start(line, folder, environment(), log, log)
        try:
            note = _note(folder, process)
            yield Served(folder, process, note["url"], note["token"])
        finally:
            _end(process)


def started(
    words: Sequence[str], cwd: Path, env: Mapping[str, str], out: IO[Any], err: IO[Any]
) -> subprocess.Popen[bytes]:
    """The command as a person starts it."""
    return subprocess.Popen(
        [COEVO, *words], cwd=cwd, env=env, stdout=out, stderr=err, stdin=subprocess.DEVNULL
    )


def _note(folder: Path, process: Process) -> dict[str, str]:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        for path in folder.glob(".coevo/**/server.json"):
            note: dict[str, str] = json.loads(path.read_text())
            return note
        if process.poll() is not None:
            break
        time.sleep(0.02)
    raise AssertionError(f"no server: {(folder / 'up.log').read_text()}")


def _end(process: Process) -> None:
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        raise
