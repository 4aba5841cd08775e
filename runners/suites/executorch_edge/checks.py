"""What is found out about a model's program for a delegate."""

from __future__ import annotations

from functools import lru_cache

import torch

from runners.suites.executorch_edge import damage, lowering, products, right, running
from runners.suites.executorch_edge.found import Found, Measured
from runners.suites.executorch_edge.lowering import Lowered
from runners.suites.executorch_edge.models import MOST_ROWS, Model

REPLICATES = 7
_AT_LEAST_SECONDS = 0.02  # of a replicate
_MOST_CALLS = 2000
_EXACT = "bit-equal"


@lru_cache(maxsize=None)  # noqa: UP033 - Python 3.9 lints alike
def lowered(model: Model, delegate: str) -> Lowered:
    """The program; several checks look at the same one."""
    return lowering.lowered(model, delegate)


def parity(model: Model, delegate: str) -> Found:
    """Whether the program, read from its file, says what the model says; it is kept for others."""
    made, wanted = lowered(model, delegate), right.answers(model)
    path = products.keep(model, delegate, made, wanted)
    found = running.answers(running.loaded(path), lowering.calls(model))
    used = [one.used(got) for one, got in zip(wanted, found)]  # noqa: B905 - Python 3.9 has no strict
    worst = max(range(len(used)), key=used.__getitem__)
    off = f"call {worst} is off by {used[worst]:.3g} tolerances"
    detail = {
        "tolerance": right.tolerance(model),
        "used": round(used[worst], 4),
        "calls": len(used),
        "bytes": len(made.data),
        "planned_bytes": made.planned_bytes,
    }
    sizes = (
        Measured("program_size", (len(made.data),), "B"),
        Measured("planned_memory", (made.planned_bytes,), "B"),
    )
    return Found(off if used[worst] > 1 else "", detail, sizes)


def delegated(model: Model, delegate: str) -> Found:
    """Whether the delegate took what it is there for, and the file says so."""
    made = lowered(model, delegate)
    detail: dict[str, object] = {
        "tolerance": f"takes {', '.join(model.takes)}",
        "taken": made.taken,
        "left": made.left,
        "parts": len(made.backends),
    }
    if not made.taken or not made.backends:
        return Found(f"{delegate} took nothing", detail)
    missing = [name for name in model.takes if not any(name in taken for taken in made.taken)]
    return Found(f"{delegate} did not take {', '.join(missing)}" if missing else "", detail)


def repeats(model: Model, delegate: str) -> Found:
    """Whether lowering writes the same bytes again, and another load computes the same bits."""
    made, calls = lowered(model, delegate), lowering.calls(model)
    again = lowering.lowered(model, delegate).data
    first, other = (running.answers(running.loaded(made.data), calls) for _ in range(2))
    problems = []
    if again != made.data:
        problems.append(f"lowered again it has {_differing(again, made.data)} other bytes")
    if not all(map(torch.equal, first, other)):
        problems.append("loaded again it computes something else")
    return Found("; ".join(problems), {"tolerance": _EXACT, "calls": len(calls)})


def refused(model: Model, delegate: str) -> Found:
    """Whether damaged copies of the file are refused."""
    fates = {how: running.fate(data) for how, data in damage.damaged(lowered(model, delegate).data)}
    bad = [f"{how}, it {fate}" for how, fate in fates.items() if fate]
    return Found("; ".join(bad[:3]), {"tolerance": "every one refused", "damaged": len(fates)})


def bound(model: Model, delegate: str) -> Found:
    """Whether a batch larger than was said when it was exported is refused."""
    (given,) = lowering.calls(model)[0]
    method = running.loaded(lowered(model, delegate).data)
    detail: dict[str, object] = {"tolerance": f"at most {MOST_ROWS} rows"}
    try:
        method.execute((given.repeat(MOST_ROWS, 1),))
    except RuntimeError as error:
        return Found("", {**detail, "said": str(error).splitlines()[0][:200]})
    return Found(f"{len(given) * MOST_ROWS} rows were computed", detail)


def latency(model: Model, delegate: str) -> Found:
    """How long a call takes on one thread, in replicates."""
    method = running.loaded(lowered(model, delegate).data)
    call = lowering.calls(model)[0]
    once = running.seconds(method, call, 20) / 20
    count = max(1, min(_MOST_CALLS, round(_AT_LEAST_SECONDS / once)))
    taken = tuple(running.seconds(method, call, count) / count * 1e6 for _ in range(REPLICATES))
    measured = (Measured("latency", taken, "us"),)
    return Found("", {"calls": count, "replicates": REPLICATES}, measured, is_judged=False)


def _differing(one: bytes, other: bytes) -> int:
    return abs(len(one) - len(other)) + sum(a != b for a, b in zip(one, other))  # noqa: B905 - of two lengths
