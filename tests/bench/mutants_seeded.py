"""Ten faults seeded into the source, one at a time: the suite must catch each."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from tests.bench.figure import Figure

ROOT = Path(__file__).parents[2]
LEFT_BEHIND = shutil.ignore_patterns(".git", ".venv", ".coevo", "*_cache", ".hypothesis")


class Fault(NamedTuple):
    """A fault: what it breaks, where `good` becomes `bad`, and the tests that stand guard."""

    what: str
    file: str
    good: str
    bad: str
    tests: str


FAULTS = (
    Fault(
        "a stale fence is accepted",
        "orchestrator/store/recording.py",
        "        and attempt.state is AttemptState.OPEN\n"
        "        and attempt.fence == attempt.current_fence\n",
        "",
        "tests/orchestrator/store/test_queue.py",
    ),
    Fault(
        "who holds most is served first",
        "orchestrator/store/fair_order.py",
        "return rank, self._leased[owner],",
        "return rank, -self._leased[owner],",
        "tests/orchestrator/store/test_queue.py",
    ),
    Fault(
        "an old result stays green",
        "matrix/verdict.py",
        "        return State.STALE\n",
        "        return State.PASSING\n",
        "tests/matrix/test_verdict.py",
    ),
    Fault(
        "a crash inside a case counts as infrastructure",
        "runners/ledger.py",
        'status, message = Status.FAIL, f"it {how(end)} inside this case"',
        'status, message = Status.MISS, f"it {how(end)} inside this case"',
        "tests/runners/test_ledger.py",
    ),
    Fault(
        "a half-built environment is used",
        "runners/environments/shelf.py",
        "    return (folder / MARKER).exists()\n",
        "    return folder.exists()\n",
        "tests/runners/environments/test_uv.py",
    ),
    Fault(
        "what a suite forked away from itself survives it",
        "runners/guard.py",
        "        for number in (signal.SIGSTOP, signal.SIGKILL):\n",
        "        for number in (signal.SIGCONT,):\n",
        "tests/runners/test_guard.py",
    ),
    Fault(
        "a foreign Host is answered",
        "dashboard/web/safety.py",
        'if host_name(headers.get("host", "")) not in allowed:',
        "if not allowed:",
        "tests/dashboard/web/test_safety.py",
    ),
    Fault(
        "a report's text reaches the page unescaped",
        "dashboard/web/desk.py",
        "autoescape=True",
        "autoescape=False",
        "tests/dashboard/web/test_job_pages.py",
    ),
    Fault(
        "an exclude drops nothing",
        "matrix/rules.py",
        "return (1 << self.excludes) - 1",
        "return 0",
        "tests/matrix/test_expand_rules.py",
    ),
    Fault(
        "what went down with its slot is not tried again",
        "orchestrator/dispatch/losses.py",
        "reason, retry=True, node=node)",
        "reason, retry=False, node=node)",
        "tests/orchestrator/dispatch/test_dispatcher_slots.py",
    ),
)


def measure() -> list[Figure]:
    """One figure a fault, after the guards were seen to pass without any."""
    with tempfile.TemporaryDirectory(prefix="coevo-") as folder:
        copy = Path(folder) / "coevo"
        shutil.copytree(ROOT, copy, ignore=LEFT_BEHIND)
        guards = sorted({fault.tests for fault in FAULTS})
        sound = _passes(copy, *guards)
        clean = Figure("no fault", "passes" if sound else "fails", "passes", sound)
        return [clean, *(_figure(copy, fault) for fault in FAULTS)]


def _figure(copy: Path, fault: Fault) -> Figure:
    path = copy / fault.file
    text = path.read_text()
    if text.count(fault.good) != 1:
        return Figure(fault.what, f"not to be seeded in {fault.file}", "caught", met=False)
    path.write_text(text.replace(fault.good, fault.bad))
    try:
        caught = not _passes(copy, fault.tests)
    finally:
        path.write_text(text)
    return Figure(fault.what, "caught" if caught else "missed", "caught", caught)


def _passes(copy: Path, *tests: str) -> bool:
    kinds = "not ray and not browser and not torch"
    argv = [sys.executable, "-m", "pytest", "-q", "-x", "-m", kinds, "-p", "no:cacheprovider"]
    done = subprocess.run([*argv, *tests], cwd=copy, capture_output=True, check=False)
    if done.returncode not in (0, 1):
        raise RuntimeError(done.stdout.decode()[-2000:])
    return done.returncode == 0
