"""What is found out about a program: that it says here what it said where it was made."""

from __future__ import annotations

import importlib.util
import os
import platform
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from runners.suites.executorch_edge import damage
from runners.suites.executorch_pte import given, native, vectors
from runners.suites.executorch_pte.given import Call, Given, Program
from runners.suites.executorch_pte.vectors import Tensor
from runners.suites.harness import Skipped

REPLICATES = 7
_AT_LEAST_SECONDS = 0.02  # of a replicate
_FIRST, _MOST_CALLS = 20, 50_000
_NEVER = ("libtorch", "libc10", "libpython")  # how no library that is loaded may begin


class Measured(NamedTuple):
    """A metric; a lower value is better in all of them."""

    name: str
    values: tuple[float, ...]
    unit: str


class Found(NamedTuple):
    """`problem` is "" where all is right. `is_judged`: there is something to be right about."""

    problem: str
    detail: dict[str, object]
    measured: tuple[Measured, ...] = ()
    is_judged: bool = True


def without_torch(made: Given) -> Found:
    """Whether neither this environment nor the runner has any torch."""
    importable = [name for name in ("torch", "executorch") if importlib.util.find_spec(name)]
    detail: dict[str, object] = {"tolerance": "none", "importable": importable}
    if importable:
        return Found(f"this environment has {' and '.join(importable)}", detail)
    if made.lacks:
        return Found("", detail)
    names = [Path(line.split()[0]).name for line in _linked(made)]
    bad = [name for name in names if name.startswith(_NEVER)]
    found = f"the runner is linked with {', '.join(bad)}" if bad else ""
    return Found(found, {**detail, "linked": names})


def starts(made: Given) -> Found:
    """Whether the runner's libraries are all found, beside it or with the system."""
    need_runner(made)
    linked = _linked(made)
    missing = [line for line in linked if "not found" in line]
    if not linked:
        missing = ["it does not load at all"]
    return Found("; ".join(missing), {"tolerance": "every library found", "linked": linked})


def parity(made: Given, name: str) -> Found:
    """Whether the results of its calls in turn are the right ones, and its memory as planned."""
    program = given.program(made, name)
    with _workplace():
        ran, results = _computed(made, program)
    if ran.problem:
        return Found(ran.problem, {})
    used = [_used(one, call) for one, call in zip(results, program.calls)]  # noqa: B905 - one each
    worst = max(range(len(used)), key=used.__getitem__)
    problems = [f"call {worst} is off by {used[worst]:.3g} tolerances"] if used[worst] > 1 else []
    told = ran.said[0]
    for key, right in (("planned", program.planned_bytes), ("backends", program.backends)):
        here = sorted(set(told[key])) if key == "backends" else told[key]
        if here != right:
            problems.append(f"its {key}: {here}, where it was {right}")
    allowed = max(call.allowed for call in program.calls)
    said = f"max|found - right| <= at most {allowed:.3g}, as {name}.json says"
    detail = {"tolerance": said, "used": round(used[worst], 4), "planned_bytes": told["planned"]}
    peak = Measured("peak_memory", (ran.said[-1]["peak"] / 2**20,), "MiB")
    return Found("; ".join(problems), detail, (peak,))


def repeats(made: Given, name: str) -> Found:
    """Whether two processes compute the same bits."""
    program, answers = given.program(made, name), []
    for _ in range(2):
        with _workplace():
            ran, results = _computed(made, program)
        if ran.problem:
            return Found(ran.problem, {})
        answers.append([one.data for one in results])
    same = answers[0] == answers[1]
    return Found("" if same else "two processes differ", {"tolerance": "bit-equal"})


def refused(made: Given, name: str) -> Found:
    """Whether damaged copies of the file are refused, and the runner lives to say so."""
    need_runner(made)
    whole, bad, count = given.program(made, name).path.read_bytes(), [], 0
    with _workplace() as folder:
        for how, data in damage.damaged(whole):
            count += 1
            (folder / "damaged.pte").write_bytes(data)
            ran = native.run(made.runner, folder / "damaged.pte")
            if not ran.is_refused:
                bad.append(f"{how}, it was loaded" if not ran.code else f"{how}: {ran.problem}")
    return Found("; ".join(bad[:3]), {"tolerance": "every one refused", "damaged": count})


def latency(made: Given, name: str) -> Found:
    """How long a call takes on one thread, in replicates."""
    need_runner(made)
    program = given.program(made, name)
    with _workplace():
        call = " ".join(_specifications(program.calls[0], 0))
        tried = native.run(made.runner, program.path, [f"time {_FIRST} {call}"])
        if tried.problem:
            return Found(tried.problem, {})
        once = tried.said[-1]["seconds"] / _FIRST
        count = max(1, min(_MOST_CALLS, round(_AT_LEAST_SECONDS / max(once, 1e-9))))
        lines = [f"time {count} {call}"] * REPLICATES
        ran = native.run(made.runner, program.path, lines)
    if ran.problem:
        return Found(ran.problem, {})
    taken = tuple(one["seconds"] / count * 1e6 for one in ran.said[1:])
    detail: dict[str, object] = {"calls": count, "replicates": REPLICATES}
    return Found("", detail, (Measured("latency", taken, "us"),), is_judged=False)


def need_runner(made: Given) -> None:
    """Skip where there is none for this machine."""
    if made.lacks:
        raise Skipped(f"capability: where it was to be built, {made.lacks}")
    if made.machine != platform.machine():
        here = platform.machine()
        raise Skipped(f"capability: the runner was built for {made.machine}, this is {here}")


def _computed(made: Given, program: Program) -> tuple[native.Ran, list[Tensor]]:
    """All calls in turn, in one process; the results lie in the present folder meanwhile."""
    need_runner(made)
    lines = [
        " ".join(["run", f"out.{number}", *_specifications(call, number)])
        for number, call in enumerate(program.calls)
    ]
    ran = native.run(made.runner, program.path, [*lines, "peak"])
    if ran.problem:
        return ran, []
    told = [one["outputs"][0] for one in ran.said[1:-1]]
    return ran, [
        Tensor(one["dtype"], tuple(one["shape"]), Path(f"out.{number}.0").read_bytes())
        for number, one in enumerate(told)
    ]


def _specifications(call: Call, number: int) -> list[str]:
    return [
        native.specification(one, Path(f"in.{number}.{place}"))
        for place, one in enumerate(call.inputs)
    ]


def _used(found: Tensor, call: Call) -> float:
    if (found.dtype, found.shape) != (call.dtype, call.right.shape):
        return float("inf")
    return vectors.off(found.values, call.right.values) / call.allowed


def _linked(made: Given) -> list[str]:
    return native.linked(made.runner)


@contextmanager
def _workplace() -> Iterator[Path]:
    """A folder of its own as the present one, so that the runner's words stay short."""
    before = Path.cwd()
    with tempfile.TemporaryDirectory() as made:
        os.chdir(made)
        try:
            yield Path(made)
        finally:
            os.chdir(before)
