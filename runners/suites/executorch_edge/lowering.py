"""From a model to the bytes of a `.pte` file, and what was taken from it on the way."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple  # Any: partitioners and managers of ExecuTorch

import torch
from executorch.backends.xnnpack.partition.xnnpack_partitioner import XnnpackPartitioner
from executorch.backends.xnnpack.quantizer.xnnpack_quantizer import (
    XNNPACKQuantizer,
    get_symmetric_quantization_config,
)
from executorch.devtools.backend_debug import get_delegation_info
from executorch.exir import ExecutorchBackendConfig, to_edge_transform_and_lower
from executorch.exir.passes.init_mutable_pass import InitializedMutableBufferPass
from torch import nn
from torchao.quantization.pt2e.quantize_pt2e import convert_pt2e, prepare_pt2e

from runners.suites.executorch_edge.models import MOST_ROWS, Model

SEED = 15
DELEGATES = ("portable", "xnnpack")
Inputs = tuple[torch.Tensor, ...]


class Lowered(NamedTuple):
    """A program. `taken` and `left` count operators by name: the delegate's, and the others."""

    data: bytes
    taken: dict[str, int]
    left: dict[str, int]
    backends: tuple[str, ...]
    planned_bytes: int


def built(model: Model) -> nn.Module:
    """The model with weights from the seed, in float32, for use and not for training."""
    torch.manual_seed(SEED)
    return model.build().eval()


def calls(model: Model) -> list[Inputs]:
    """The inputs of its calls in turn, from the seed."""
    source = torch.Generator().manual_seed(SEED)
    return [model.inputs(source, size) for size in model.sizes]


def prepared(model: Model) -> nn.Module:
    """What is exported: the model, or what it is once it has been quantized.

    Quantized statically and for each channel, by XNNPACK's own quantizer; its ranges are those of
    the inputs of the first call.
    """
    module = built(model)
    if not model.is_quantized:
        return module
    first = calls(model)[0]
    graph = torch.export.export(module, first).module()
    quantizer = XNNPACKQuantizer()
    quantizer.set_global(get_symmetric_quantization_config(is_per_channel=True))
    observed = prepare_pt2e(graph, quantizer)
    observed(*first)
    return convert_pt2e(observed)


def lowered(model: Model, delegate: str) -> Lowered:
    """The program of a model for a delegate."""
    return program(model, _partitioners(delegate))


def program(model: Model, partitioners: Sequence[Any]) -> Lowered:
    """The program of a model of which these take what they can."""
    sizes = [{0: torch.export.Dim("rows", max=MOST_ROWS)}] if model.grows else None
    with torch.no_grad():
        exported = torch.export.export(prepared(model), calls(model)[0], dynamic_shapes=sizes)
        edge = to_edge_transform_and_lower(exported, partitioner=list(partitioners) or None)
    told = get_delegation_info(edge.exported_program().graph_module).delegation_by_operator
    passes = [InitializedMutableBufferPass(list(model.state))] if model.state else []
    made = edge.to_executorch(ExecutorchBackendConfig(passes=passes))
    (plan,) = made.executorch_program.execution_plan
    return Lowered(
        made.buffer,
        {name: one.delegated for name, one in told.items() if one.delegated},
        {name: one.non_delegated for name, one in told.items() if one.non_delegated},
        tuple(one.id for one in plan.delegates),
        sum(plan.non_const_buffer_sizes),
    )


def _partitioners(delegate: str) -> list[Any]:
    return [XnnpackPartitioner()] if delegate == "xnnpack" else []
