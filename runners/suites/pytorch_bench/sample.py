"""One fresh process: times each kernel that it is told, and judges its answer where asked to.

It leaves a line when a kernel begins and one when it has ended, so that whoever started it knows
where it died.
"""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import torch

from runners.suites import device, pytorch_bench
from runners.suites.harness import Skipped
from runners.suites.pytorch_bench import clock, right
from runners.suites.pytorch_bench.kernels import SECONDS, Kernel, Place, kernels


def main() -> None:
    """Measure; the parameters say which kernels, for how long, and where the lines go."""
    pytorch_bench.prepare()
    asked, name = json.loads(os.environ["COEVO_PARAMETERS"]), os.environ["COEVO_DEVICE"]
    problem = device.opened(name)
    if problem:
        raise SystemExit(problem)
    device.settle()
    known = {f"{one.id}/{one.dtype}": one for one in kernels()}
    with Path(asked["into"]).open("a", encoding="utf-8", buffering=1) as file:
        for key in asked["kernels"].split(","):
            file.write(json.dumps({"key": key, "begin": True}) + "\n")
            start = time.perf_counter()
            said = _measured(known[key], name, float(asked["seconds"]), asked["judge"] == "True")
            took = time.perf_counter() - start
            file.write(json.dumps({"key": key, "took": took, **said}) + "\n")


def _measured(kernel: Kernel, device_name: str, seconds: float, judge: bool) -> dict[str, object]:  # noqa: FBT001 - a parameter
    """What a kernel came to: its seconds, or why there are none."""
    dtype = getattr(torch, kernel.dtype)
    try:
        call = kernel.made(Place(device_name, dtype))
        # Judged first: a wrong kernel has no speed.
        found = right.judged(call.run(), call.right, dtype) if judge else None
        if found and found.problem:
            return {"problem": found.problem, "used": str(found.used), "tolerance": found.tolerance}
        enqueued = kernel.unit == SECONDS
        taken = clock.taken(call.run, device_name, seconds, enqueued=enqueued)
    except Skipped as reason:
        return {"skip": str(reason)}
    except NotImplementedError as error:
        return {"skip": f"capability: {(str(error).splitlines() or [''])[0][:300]}"}
    except Exception as error:  # noqa: BLE001 - whatever a kernel raises is its result
        return {"problem": f"{type(error).__name__}: {error}"[:2000]}
    more = {"used": found.used, "tolerance": found.tolerance} if found else {}
    return {**taken._asdict(), **more}
