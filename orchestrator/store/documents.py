"""Values as JSON text columns and back; what is read was written by us and is still checked."""

from __future__ import annotations

import json
from collections.abc import Hashable
from datetime import timedelta
from functools import cache, lru_cache
from hashlib import sha256
from typing import Any, TypeVar, cast

from pydantic import TypeAdapter

from matrix.budget import Budget
from matrix.model import Matrix, Overrides, Suite
from matrix.policies import Policies
from orchestrator.store.columns import storable
from runners.work import Component, Fact, Offer

Pairs = tuple[tuple[str, str], ...]
T = TypeVar("T")


@cache
def _adapter(kind: Hashable) -> TypeAdapter[Any]:
    return TypeAdapter(cast("type[Any]", kind))


@lru_cache(maxsize=4096)
def dumped(kind: Hashable, value: Hashable) -> str:
    """A value of a kind as JSON text; equal values give equal texts."""
    plain = _adapter(kind).dump_python(value)
    text = json.dumps(plain, default=_plain, sort_keys=True, separators=(",", ":"))
    return _mended(text) if "\\ud" in text else text


def _mended(text: str) -> str:
    """Without lone surrogates, which JSON's readers refuse: machines name things in any bytes."""
    kept = storable(json.dumps(json.loads(text), ensure_ascii=False))
    return json.dumps(json.loads(kept), separators=(",", ":"))


def loaded(kind: type[T], text: str) -> T:
    """The value of a JSON text that `dumped` wrote."""
    value: T = _adapter(cast("Hashable", kind)).validate_json(text)
    return value


@lru_cache(maxsize=4096)
def pairs(text: str) -> Pairs:
    """Names and values, as they were written."""
    return loaded(Pairs, text)


@lru_cache(maxsize=1024)
def suite(text: str) -> Suite:
    """A suite's definition."""
    return loaded(Suite, text)


@lru_cache(maxsize=1024)
def overrides(text: str) -> Overrides:
    """What an include changed of a job."""
    return loaded(Overrides, text)


@lru_cache(maxsize=64)
def policies(text: str) -> Policies:
    """The policies a run began with."""
    return loaded(Policies, text)


@lru_cache(maxsize=64)
def budget(text: str) -> Budget:
    """The budget of a matrix."""
    return loaded(Budget, text)


@lru_cache(maxsize=1024)
def offer(text: str) -> Offer:
    """An offer."""
    return loaded(Offer, text)


@lru_cache(maxsize=256)
def facts(text: str) -> tuple[Fact, ...]:
    """A runner's facts."""
    return loaded(tuple[Fact, ...], text)


@lru_cache(maxsize=256)
def components(text: str) -> tuple[Component, ...]:
    """What a rank observed."""
    return loaded(tuple[Component, ...], text)


@lru_cache(maxsize=16)
def matrix(text: str) -> Matrix:
    """A declaration."""
    return loaded(Matrix, text)


def digest(text: str) -> str:
    """The sha256 of a text, in hex."""
    return sha256(text.encode()).hexdigest()


def _plain(value: object) -> list[str] | float:
    match value:
        case frozenset():
            return sorted(value)
        case timedelta():
            return value.total_seconds()
        case _:
            raise TypeError(type(value))
