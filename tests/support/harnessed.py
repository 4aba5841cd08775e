"""Small suites written on the spot, run by a copy of the real launcher with the real harness."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

from runners.invocation import LAUNCHER
from runners.protocol import Begin, Bye, Garbage, Hello, Message, parse
from runners.work import CaseResult, Fact

_KIT = ("__init__.py", "__main__.py", "harness.py", "observe.py")
_HEAD = "from runners.suites import harness\n"


class Spoken(NamedTuple):
    """What a suite said on standard output, and how its process ended."""

    lines: tuple[Message | Garbage | None, ...]
    log: str
    code: int

    @property
    def hello(self) -> Hello:
        """The first message."""
        first = self.lines[0]
        assert isinstance(first, Hello)
        return first

    @property
    def cases(self) -> list[CaseResult]:
        """The ends of cases, in order."""
        return [one for one in self.lines if isinstance(one, CaseResult)]

    @property
    def begun(self) -> list[str]:
        """The ids of cases that began, in order."""
        return [one.id for one in self.lines if isinstance(one, Begin)]

    @property
    def facts(self) -> dict[str, Fact]:
        """Facts by name."""
        return {one.name: one for one in self.lines if isinstance(one, Fact)}

    @property
    def said_bye(self) -> bool:
        """Whether the conversation was ended in good order."""
        return isinstance(self.lines[-1], Bye)


def spoken(folder: Path, body: str, *argv: str, **environ: str) -> Spoken:
    """Run the body of a suite's `main`; `harness` is imported for it."""
    suites = folder / "runners" / "suites"
    suites.mkdir(parents=True, exist_ok=True)
    (suites.parent / "__init__.py").touch()
    for name in _KIT:
        (suites / name).write_bytes((LAUNCHER.parent / name).read_bytes())
    beside = "simulated_devices.py"
    (suites.parent / beside).write_bytes((LAUNCHER.parents[1] / beside).read_bytes())
    text = "".join(f"    {line}\n" for line in body.splitlines())
    (suites / "tried.py").write_text(f"{_HEAD}def main():\n{text}")
    command = [sys.executable, "-I", "-S", str(suites / "__main__.py"), "tried", *argv]
    env = {"PATH": os.environ["PATH"], **environ}
    ran = subprocess.run(command, capture_output=True, env=env, check=False, timeout=60)
    lines = tuple(parse(line) for line in ran.stdout.splitlines())
    return Spoken(lines, ran.stderr.decode(errors="replace"), ran.returncode)
