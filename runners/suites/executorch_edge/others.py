"""Delegates beside XNNPACK: what is lowered for them, or their own words where they cannot."""

from __future__ import annotations

import importlib
import os
import tempfile
from collections.abc import Callable
from typing import Any, NamedTuple  # Any: partitioners of ExecuTorch

from runners.suites.executorch_edge import lowering, right, running
from runners.suites.executorch_edge.found import Found
from runners.suites.executorch_edge.models import MODELS
from runners.suites.harness import Skipped

_BACKENDS = "executorch.backends"


class Other(NamedTuple):
    """A delegate, and what makes its partitioner; that imports what it needs."""

    name: str
    partitioner: Callable[[], Any]


def works(other: Other) -> Found:
    """Whether the small model is lowered for it and computes; skipped where it cannot be here.

    What lacks a library, a tool or a device says so by an ImportError, OSError or RuntimeError;
    anything else that is raised is a fault.
    """
    model, at = MODELS[0], "its partitioner"
    try:
        partitioner = other.partitioner()
        at = "lowering"
        made = lowering.program(model, [partitioner])
        if not made.taken:
            return Found(f"{other.name} took nothing", {"left": made.left})
        at = f"loading, with {sum(made.taken.values())} operators taken"
        _need_registered(made.backends[0])
        found = running.answers(running.loaded(made.data), lowering.calls(model))
    except (ImportError, OSError, RuntimeError) as error:
        said = (str(error).strip().splitlines() or [""])[0]
        raise Skipped(f"capability: {at}: {type(error).__name__}: {said[:300]}") from error
    used = max(one.used(got) for one, got in zip(right.answers(model), found))  # noqa: B905 - Python 3.9 has no strict
    detail = {"tolerance": right.tolerance(model), "used": round(used, 4), "taken": made.taken}
    return Found(f"it is off by {used:.3g} tolerances" if used > 1 else "", detail)


def _need_registered(backend: str) -> None:
    known = running.backends()
    if backend not in known:
        raise RuntimeError(f"Backend {backend} is not registered; there are {', '.join(known)}")


def _there(module: str) -> Any:  # noqa: ANN401 - a module
    return importlib.import_module(f"{_BACKENDS}.{module}")


def _coreml() -> Any:  # noqa: ANN401 - as above
    return _there("apple.coreml.partition").CoreMLPartitioner()


def _vulkan() -> Any:  # noqa: ANN401 - as above
    return _there("vulkan.partitioner.vulkan_partitioner").VulkanPartitioner()


def _openvino() -> Any:  # noqa: ANN401 - as above
    partitioner = _there("openvino.partitioner").OpenvinoPartitioner
    details = importlib.import_module("executorch.exir.backend.backend_details")
    return partitioner([details.CompileSpec("device", b"CPU")])


def _qnn() -> Any:  # noqa: ANN401 - as above
    # Unless it is told where its SDK is, it downloads one; an empty folder keeps it from that.
    os.environ.setdefault("QNN_SDK_ROOT", tempfile.mkdtemp())
    said, schema = _there("qualcomm.utils.utils"), _there("qualcomm.serialization.qc_schema")
    options = said.generate_htp_compiler_spec(use_fp16=False)
    chip = schema.QcomChipset.SM8650
    spec = said.generate_qnn_executorch_compiler_spec(soc_model=chip, backend_options=options)
    return _there("qualcomm.partition.qnn_partitioner").QnnPartitioner(spec)


def _mlx() -> Any:  # noqa: ANN401 - as above
    return _there("mlx").MLXPartitioner()


def _cuda() -> Any:  # noqa: ANN401 - as above
    return _there("cuda.cuda_partitioner").CudaPartitioner([])


def _ethos_u() -> Any:  # noqa: ANN401 - as above
    ethos = _there("arm.ethosu")
    return ethos.EthosUPartitioner(ethos.EthosUCompileSpec("ethos-u55-128"))


OTHERS = (
    Other("coreml", _coreml),
    Other("cuda", _cuda),
    Other("ethos-u", _ethos_u),
    Other("mlx", _mlx),
    Other("openvino", _openvino),
    Other("qnn", _qnn),
    Other("vulkan", _vulkan),
)
