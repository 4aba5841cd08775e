"""Builds the tiny model of an architecture in a dtype, on the CPU, with the same numbers always."""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from typing import Any  # Any: Transformers is not installed beside mypy

import torch
import transformers
from transformers.models.auto.configuration_auto import CONFIG_MAPPING

from runners.suites.transformers_architectures import special, weights
from runners.suites.transformers_architectures.shrink import shrunk
from runners.suites.transformers_architectures.tasks import Architecture

_MOST_PARAMETERS = 20_000_000


class UnsuitedError(Exception):
    """The architecture is not run here, and this is why."""


def built(architecture: Architecture, dtype: torch.dtype) -> Any:  # noqa: ANN401 - a model
    """The model, ready to be asked; UnsuitedError where it is left out on purpose.

    The dtype is the default one while the model is built, as it is where a checkpoint is loaded:
    what a model wants in float32 (the frequencies of rotary embeddings) is in float32.

    Every other exception is Transformers' own, of a configuration that it does not take.
    """
    reason = left_out(architecture.name, transformers.__version__)
    if reason:
        raise UnsuitedError(reason)
    try:
        kind = getattr(transformers, architecture.model)
        model = _model(kind, tiny_config(architecture.name), dtype)
    except ImportError as error:
        raise UnsuitedError(f"needs a package: {_first_line(error)}") from error
    except NotImplementedError as error:
        raise UnsuitedError(f"it cannot be built in {dtype}: {_first_line(error)}") from error
    weights.fill(model)
    return model.eval()


def left_out(name: str, version: str) -> str:
    """Why an architecture is left out of a release; "" where it is not."""
    old = int(version.partition(".")[0]) < 5  # noqa: PLR2004 - the release
    return special.LEFT_OUT.get(name, "") or (old and special.LEFT_OUT_BEFORE_5.get(name)) or ""


def tiny_config(name: str) -> Any:  # noqa: ANN401 - a configuration
    """The architecture's own default configuration with small numbers in it."""
    kind = CONFIG_MAPPING[name]
    small = shrunk(kind().to_dict(), wide=name in special.WIDE)
    _change(name, small)
    return kind.from_dict(small)


def _model(kind: Any, config: Any, dtype: torch.dtype) -> Any:  # noqa: ANN401 - a model
    size = _size(kind, config)
    if size > _MOST_PARAMETERS:
        raise UnsuitedError(f"its smallest form here has {size} parameters")
    torch.manual_seed(weights.SEED)
    with _by_default(dtype):
        return kind(config)


def _size(kind: Any, config: Any) -> int:  # noqa: ANN401 - a model
    """How many parameters a model has, told without allocating them; 0 where it cannot be told."""
    try:
        with torch.device("meta"):
            return sum(one.numel() for one in kind(config).parameters())
    except NotImplementedError:  # it looks at its own weights while it is built
        return 0


@contextmanager
def _by_default(dtype: torch.dtype) -> Iterator[None]:
    before = torch.get_default_dtype()
    torch.set_default_dtype(dtype)
    try:
        yield
    finally:
        torch.set_default_dtype(before)


def _change(name: str, config: MutableMapping[str, Any]) -> None:
    """Set what the table says of an architecture, and of those that are a part of it."""
    for part in config.values():
        if isinstance(part, MutableMapping):
            _change(str(part.get("model_type", "")), part)
    for path, value in special.CHANGES.get(name, {}).items():
        *outer, last = path.split(".")
        _within(config, outer)[last] = value


def _within(config: MutableMapping[str, Any], path: list[str]) -> MutableMapping[str, Any]:
    for step in path:
        config = config.setdefault(step, {})
    return config


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:300]
