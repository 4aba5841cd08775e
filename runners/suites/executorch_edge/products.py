"""What this suite leaves behind for others, in folders of its working folder.

`edge/` holds a program `NAME.pte`, its inputs and right answers in `NAME.safetensors`, and
`NAME.json`, which says what is what; `edge/made.json` says who made all this. `runtime/` holds
ExecuTorch's libraries and the runner, and in `runtime.json` for which machine. Both are there
whatever cases are asked for. docs/suites/executorch-pte.md says the format.
"""

from __future__ import annotations

import json
import platform
from collections.abc import Sequence
from pathlib import Path

import torch
from safetensors.torch import save_file

from runners.suites.executorch_edge import lowering
from runners.suites.executorch_edge.lowering import Lowered
from runners.suites.executorch_edge.models import Model
from runners.suites.executorch_edge.right import Right

FORMAT = 1
EDGE, RUNTIME = Path("edge"), Path("runtime")


def announce(programs: Sequence[str], versions: dict[str, str]) -> None:
    """Say what will be made, before any of it is."""
    EDGE.mkdir(exist_ok=True)
    _write(EDGE / "made.json", programs=list(programs), versions=versions)
    if not RUNTIME.exists():
        runner_lacks("it was not asked for")


def runner_lacks(why: str) -> None:
    """Say why there is no runner, "" where there is; whoever wants one skips in these words."""
    RUNTIME.mkdir(exist_ok=True)
    _write(RUNTIME / "runtime.json", machine=platform.machine(), lacks=why)


def keep(model: Model, delegate: str, made: Lowered, wanted: Sequence[Right]) -> Path:
    """Write a program with what belongs to it; the program's path."""
    name = f"{model.name}.{delegate}"
    path = EDGE / f"{name}.pte"
    path.write_bytes(made.data)
    tensors: dict[str, torch.Tensor] = {}
    calls = []
    for number, (call, one) in enumerate(zip(lowering.calls(model), wanted)):  # noqa: B905 - Python 3.9 has no strict
        inputs = {f"{number}.input.{place}": given for place, given in enumerate(call)}
        output = f"{number}.output.0"
        tensors.update(inputs, **{output: one.value.contiguous()})
        result = {"name": output, "dtype": "float32", "allowed": one.allowed}
        calls.append({"inputs": list(inputs), "outputs": [result]})
    save_file(tensors, EDGE / f"{name}.safetensors")
    said = {"program": path.name, "backends": sorted(set(made.backends))}
    _write(EDGE / f"{name}.json", **said, planned_bytes=made.planned_bytes, calls=calls)
    return path


def _write(path: Path, **said: object) -> None:
    path.write_text(json.dumps({"format": FORMAT, **said}, indent=1))
