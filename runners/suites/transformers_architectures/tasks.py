"""Which cases there are: architecture, dtype and check, as plain values; nothing of torch."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from typing import NamedTuple

DTYPES = ("float32", "bfloat16", "float16")
KINDS = ("decoder", "encoder", "encoder-decoder", "multimodal", "vision", "audio")
_DEFAULT_DTYPES = ("float32", "bfloat16")
_WRITING = ("decoder", "encoder-decoder", "multimodal")


class Architecture(NamedTuple):
    """An entry of Transformers' registry: its name there, its kind, the class of its model."""

    name: str
    kind: str
    model: str


class Task(NamedTuple):
    """One case: a check of an architecture in a dtype."""

    architecture: Architecture
    check: str
    dtype: str

    @property
    def id(self) -> str:
        """Stable over devices, dtypes and releases."""
        return f"{self.architecture.name}.{self.check}"


class Asked(NamedTuple):
    """The suite's parameters. `architectures` are patterns of names."""

    architectures: tuple[str, ...]
    dtypes: tuple[str, ...]
    kinds: tuple[str, ...]

    def selects(self, one: Architecture) -> bool:
        """Whether an architecture is wanted."""
        named = any(fnmatchcase(one.name, pattern) for pattern in self.architectures)
        return named and one.kind in self.kinds


class ParameterError(ValueError):
    """A parameter that means nothing; the message says what would."""


def asked(parameters: Mapping[str, str]) -> Asked:
    """What the parameters `architectures`, `dtypes` and `kinds` ask for."""
    unknown = set(parameters) - {"architectures", "dtypes", "kinds"}
    if unknown:
        raise ParameterError(f"unknown parameter {', '.join(sorted(unknown))}")
    return Asked(
        architectures=_words(parameters, "architectures", ("*",)),
        dtypes=_among(parameters, "dtypes", DTYPES, _DEFAULT_DTYPES),
        kinds=_among(parameters, "kinds", KINDS, KINDS),
    )


def tasks(architectures: Iterable[Architecture], wanted: Asked) -> list[Task]:
    """Every case of the selection, architecture by architecture."""
    return [
        Task(one, check, dtype)
        for one in architectures
        if wanted.selects(one)
        for dtype in wanted.dtypes
        for check in checks(one.kind)
    ]


def checks(kind: str) -> tuple[str, ...]:
    """What is tried of an architecture; only models that write are asked to generate."""
    writes = ("generate",) if kind in _WRITING else ()
    return ("forward", "backward", *writes, "save-load")


def _words(parameters: Mapping[str, str], key: str, default: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(str(parameters.get(key, "")).replace(",", " ").split()) or default


def _among(
    parameters: Mapping[str, str], key: str, known: tuple[str, ...], default: tuple[str, ...]
) -> tuple[str, ...]:
    found = _words(parameters, key, default)
    for word in found:
        if word not in known:
            raise ParameterError(f"{key}: {word} is none of {', '.join(known)}")
    return found
