"""What this suite leaves behind for others, in folders of its working folder.

`edge/` holds a program `NAME.pte`, its inputs and right answers in `NAME.safetensors`, and
`NAME.json`, which says what is what; `edge/made.json` says who made all this. `runtime/` holds
ExecuTorch's libraries and the runner. docs/suites/executorch-pte.md says the format.
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
MADE = EDGE / "made.json"


def announce(programs: Sequence[str], versions: dict[str, str]) -> None:
    """Say what will be made, before any of it is."""
    for folder in (EDGE, RUNTIME):
        folder.mkdir(exist_ok=True)
    said = {"format": FORMAT, "programs": list(programs), "machine": platform.machine()}
    MADE.write_text(json.dumps({**said, "versions": versions}, indent=1))


def lacks_runner(why: str) -> None:
    """Say why there will be no runner; whoever wants one skips in these words."""
    said = json.loads(MADE.read_text())
    MADE.write_text(json.dumps({**said, "lacks": why}, indent=1))


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
    said = {"format": FORMAT, "program": path.name, "backends": sorted(set(made.backends))}
    said.update(planned_bytes=made.planned_bytes, calls=calls)
    (EDGE / f"{name}.json").write_text(json.dumps(said, indent=1))
    return path
