"""What optim_db knows: optimizers, the forms they come in, and their configurations."""

from __future__ import annotations

import inspect
import itertools
from copy import deepcopy
from functools import lru_cache
from typing import Any, NamedTuple, Optional  # Any: torch's OptimizerInfo is untyped

import torch

from runners.suites.float64 import compare
from runners.suites.float64.compare import Tolerance
from runners.suites.pytorch_optimizers import problem
from runners.suites.pytorch_optimizers.problem import Problem
from runners.suites.pytorch_optimizers.tasks import Task

# Muon orthogonalises in bfloat16, whatever its parameters are in.
_ROUNDS_INSIDE = {"Muon": torch.bfloat16}
_OF_MATRICES = {"Muon"}
# Inner iterations of a step: with the usual twenty, right and wrong ones reach the same minimum.
_INNER = {"LBFGS": {"max_iter": 3}}
# In place of a default that is zero in float16, so that nothing is divided by zero; what optim_db
# says itself, for Adam, goes before.
_EPS_IN_HALF = 1e-3
# What constructors say of combinations that they do not take.
_REFUSALS = ("not supported", "does not support", "requires all the params to be floating point")


class Configuration(NamedTuple):
    """What an optimizer is constructed with, beside its parameters."""

    text: str
    arguments: dict[str, Any]


@lru_cache(maxsize=1)
def optimizers() -> dict[str, Any]:
    """Name of the class → OptimizerInfo, in optim_db's order. The first call takes seconds."""
    from torch.testing._internal.common_optimizers import optim_db  # noqa: PLC0415 - slow

    return {info.name: info for info in optim_db}


def unsupported(task: Task, device: str) -> str:
    """Why optim_db has no such optimizer on a device; "" where it has."""
    info, kind = optimizers()[task.optimizer], device_type(device)
    if task.dtype.startswith("complex") and not info.supports_complex:
        return f"capability: {task.optimizer} takes no complex parameters"
    if task.form != "forloop" and task.form not in info.supported_impls:
        return f"capability: {task.optimizer} has no {task.form} form"
    if task.form == "fused" and kind not in info.supports_fused_on:
        return f"capability: {task.optimizer} has no fused form on {kind}"
    return ""


def is_refusal(error: Exception) -> bool:
    """Whether a constructor's error says that it does not take such a configuration."""
    return any(words in str(error) for words in _REFUSALS)


def is_declared(device: str) -> bool:
    """Whether optim_db is meant for this kind of device, so that a missing kernel is a failure."""
    return device_type(device) in {"cpu", "cuda", "mps", "xpu"}


def configurations(
    task: Task,
    device: str,
    limit: Optional[int],  # noqa: UP045 - Python 3.9 reads it
) -> list[Configuration]:
    """The first configurations of a case that a device is meant to take."""
    kind, dtype = device_type(device), getattr(torch, task.dtype)
    made = optimizers()[task.optimizer].optim_inputs_func(device=kind, dtype=dtype)
    more = _more(task)
    return [
        Configuration(one.desc, {**more, **one.kwargs}) for one in itertools.islice(made, limit)
    ]


def work(task: Task) -> Problem:
    """What an optimizer is set to work on: matrices, or sparse gradients, where it wants such."""
    info = optimizers()[task.optimizer]
    dtype = getattr(torch, task.dtype)
    matrices = task.optimizer in _OF_MATRICES
    return problem.problem(dtype, matrices=matrices, sparse=info.only_supports_sparse_grads)


def constructed(task: Task, groups: list[dict[str, Any]], one: Configuration) -> Any:  # noqa: ANN401 - an Optimizer
    """The optimizer of these groups of parameters, in the case's form."""
    info = optimizers()[task.optimizer]
    flags = {
        form: task.form == form for form in ("foreach", "fused") if form in info.supported_impls
    }
    if not info.supports_param_groups:
        groups = [{"params": [item for group in groups for item in group["params"]]}]
    return info.optim_cls(groups, **deepcopy(one.arguments), **flags)


def defined(one: Configuration) -> Configuration:
    """The same configuration for a reference on the CPU: in plain numbers, nothing captured."""
    plain = {key: _plain(value) for key, value in one.arguments.items() if key != "capturable"}
    return Configuration(one.text, plain)


def tolerance(task: Task) -> Tolerance:
    """The tolerance of a case; where rounding is coarser inside, it counts as that type's."""
    allowed = compare.tolerance(getattr(torch, task.dtype))
    inside = _ROUNDS_INSIDE.get(task.optimizer)
    return allowed._replace(of_spread=compare.tolerance(inside).of_spread) if inside else allowed


def device_type(device: str) -> str:
    """The device's kind without its number."""
    return device.partition(":")[0]


def _more(task: Task) -> dict[str, Any]:
    """Arguments that optim_db leaves to their defaults, and that are not to be left so here."""
    more: dict[str, Any] = dict(_INNER.get(task.optimizer, {}))
    said = inspect.signature(optimizers()[task.optimizer].optim_cls).parameters.get("eps")
    smallest = torch.finfo(getattr(torch, task.dtype)).smallest_normal
    if said and isinstance(said.default, float) and said.default < smallest:
        more["eps"] = _EPS_IN_HALF
    return more


def _plain(value: Any) -> Any:  # noqa: ANN401 - an argument of an optimizer
    if isinstance(value, tuple):
        return tuple(map(_plain, value))
    return value.item() if isinstance(value, torch.Tensor) else value
