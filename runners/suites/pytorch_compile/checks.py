"""What is found out about a program: its numbers, its graphs, and what other sizes cost."""

from __future__ import annotations

import time
from typing import NamedTuple

import torch
from torch._dynamo.utils import counters

from runners.suites.pytorch_compile import compare, execute
from runners.suites.pytorch_compile.capability import compiling
from runners.suites.pytorch_compile.execute import Place
from runners.suites.pytorch_compile.programs import Program

# The first size is compiled as it is, the second for all; 0 and 1 are what compilers special-case.
SIZES = (8, 12, 9, 17)
MOST_GRAPHS = 2
_WIDE = Place("cpu", torch.float64)


class Found(NamedTuple):
    """`problem` is "" where all is right; `seconds` what the first call took (None: not timed)."""

    problem: str
    detail: dict[str, object]
    seconds: float | None = None


def forward(program: Program, device: str, dtype: str) -> Found:
    """Whether compiled answers are as near to float64 as eager ones."""
    place = Place(device, getattr(torch, dtype))
    eager, exact = (
        execute.answers(execute.module(program, at), execute.inputs(program, at))
        for at in (place, _WIDE)
    )
    start, run = time.perf_counter(), _compiled(execute.module(program, place))
    with compiling(device):
        found = execute.answers(run, execute.inputs(program, place))
    seconds = time.perf_counter() - start
    return _judged(compare.verdict(found, eager, exact, place.dtype), place)._replace(
        seconds=seconds
    )


def backward(program: Program, device: str) -> Found:
    """The same of gradients, through the graph that is compiled for them."""
    place = Place(device, torch.float32)
    eager, exact = (
        execute.gradients(module, module, execute.inputs(program, at))
        for at in (place, _WIDE)
        for module in [execute.module(program, at)]
    )
    module = execute.module(program, place)
    with compiling(device):
        found = execute.gradients(_compiled(module), module, execute.inputs(program, place))
    return _judged(compare.verdict(found, eager, exact, place.dtype), place)


def graphs(program: Program, device: str) -> Found:
    """Whether it falls into as many graphs as it has to; nothing is generated for this."""
    place = Place(device, torch.float32)
    torch.compiler.reset()
    told = torch._dynamo.explain(execute.module(program, place))(  # noqa: SLF001 - its documented place
        *execute.inputs(program, place)
    )
    reasons = [str(one.reason).splitlines()[0] for one in told.break_reasons]
    detail = {"graphs": told.graph_count, "breaks": told.graph_break_count, "reasons": reasons}
    detail["tolerance"] = f"{program.graphs} graphs"
    if told.graph_count == program.graphs:
        return Found("", detail)
    because = f": {reasons[0][:300]}" if reasons else ""
    return Found(f"{told.graph_count} graphs instead of {program.graphs}{because}", detail)


def shapes(program: Program, device: str) -> Found:
    """Whether other sizes are right, and cost no more than one compilation for all of them."""
    place = Place(device, torch.float32)
    run, counts, said = _compiled(execute.module(program, place)), [], []
    for size in SIZES:
        with compiling(device):
            found = execute.answers(run, execute.inputs(program, place, size))
        counts.append(counters["stats"]["unique_graphs"])
        eager, exact = (
            execute.answers(execute.module(program, at), execute.inputs(program, at, size))
            for at in (place, _WIDE)
        )
        said.append(compare.verdict(found, eager, exact, place.dtype))
    worst = max(range(len(SIZES)), key=lambda k: said[k].used)
    judged = _judged(said[worst], place)
    detail = {**judged.detail, "sizes": SIZES, "graphs": counts, "most": MOST_GRAPHS}
    problems = [judged.problem and f"size {SIZES[worst]}: {judged.problem}"]
    if counts[-1] > MOST_GRAPHS:
        problems.append(f"{counts[-1]} graphs for {len(SIZES)} sizes, where {MOST_GRAPHS} do")
    return Found("; ".join(filter(None, problems)), detail)


def _compiled(module: torch.nn.Module) -> torch.nn.Module:
    """The module behind inductor, with nothing compiled before it."""
    torch.compiler.reset()
    counters.clear()
    return torch.compile(module, backend="inductor")


def _judged(said: compare.Verdict, place: Place) -> Found:
    if not said.problem and not counters["stats"]["unique_graphs"]:
        said = compare.Verdict("nothing was compiled: torch ran it eager", said.used)
    detail = {
        "tolerance": compare.tolerance(place.dtype),
        "used": round(said.used, 4),
        "graphs": counters["stats"]["unique_graphs"],
    }
    return Found(said.problem, detail)
