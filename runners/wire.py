"""The values of `work.py` as JSON and back, by their own annotations; the standard library only.

A value becomes an object of its fields, without those that have their default. Where several
classes are possible (`Happening`) the class's name stands under `is`. Bytes are base64.
"""

from __future__ import annotations

import json
import types
from base64 import b64decode, b64encode
from collections.abc import Callable, Sequence
from dataclasses import MISSING, fields, is_dataclass
from enum import StrEnum
from functools import cache, partial
from math import isfinite, nan
from typing import Any, TypeVar, cast, get_args, get_origin, get_type_hints

from runners.work import Happening

T = TypeVar("T")
Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]
Pack = Callable[[Any], Json]
Unpack = Callable[[Any], Any]
TAG = "is"


class WireError(ValueError):
    """A text from the other side that is not what was asked for; says where in it."""


def to_text(value: object, kind: object = None) -> str:
    """The value as JSON text; `kind` is given where the reader expects a union."""
    return json.dumps(pack(value, kind), separators=(",", ":"), allow_nan=False)


def from_text(kind: type[T], text: str | bytes) -> T:
    """The value in a JSON text; raises WireError where it is not one of that kind."""
    try:
        said = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise WireError(f"no JSON: {error}") from error
    return unpack(kind, said)


def happenings_to_text(happenings: Sequence[Happening]) -> str:
    """What happened in a slot as one JSON list, in order."""
    one = _packer(Happening)
    return json.dumps([one(value) for value in happenings], separators=(",", ":"))


def happenings_from_text(text: str | bytes) -> tuple[Happening, ...]:
    """The happenings of such a list; raises WireError."""
    return from_text(tuple[Happening, ...], text)


def pack(value: object, kind: object = None) -> Json:
    """The value as what `json` can write."""
    return _packer(kind if kind is not None else type(value))(value)


def unpack(kind: type[T], said: object) -> T:
    """The value that `json` has read; raises WireError with the path to what is wrong."""
    return cast("T", _unpacker(cast("Any", kind))(said))


@cache
def _packer(kind: Any) -> Pack:  # noqa: ANN401 - an annotation is any object
    if kind is bytes:
        return lambda value: b64encode(value).decode()
    if get_origin(kind) is tuple:
        return _pack_tuple(get_args(kind))
    if get_origin(kind) is frozenset:
        return sorted
    if _is_union(kind):
        return _pack_union(get_args(kind))
    return partial(_pack_fields, _shape(kind)) if _is_value(kind) else lambda value: value


def _pack_tuple(kinds: tuple[Any, ...]) -> Pack:
    if kinds[-1] is Ellipsis:
        one = _packer(kinds[0])
        return lambda values: [one(value) for value in values]
    each = [_packer(kind) for kind in kinds]
    return lambda values: [one(value) for one, value in zip(each, values, strict=True)]


def _pack_union(kinds: tuple[Any, ...]) -> Pack:
    """Of an optional the value or null; of several classes the object with its class's name."""
    solid = [kind for kind in kinds if kind is not types.NoneType]
    if len(solid) == 1:
        one = _packer(solid[0])
        return lambda value: None if value is None else one(value)
    shapes = {kind: _shape(kind) for kind in solid}
    return lambda value: {
        TAG: type(value).__name__,
        **cast("dict[str, Json]", _pack_fields(shapes[type(value)], value)),
    }


Shape = dict[str, tuple[Pack, Unpack, object]]


def _pack_fields(shape: Shape, value: object) -> Json:
    said: dict[str, Json] = {}
    for name, (one, _, default) in shape.items():
        found = getattr(value, name)
        if default is MISSING or found != default:
            said[name] = one(found)
    return said


@cache
def _shape(kind: Any) -> Shape:  # noqa: ANN401 - a dataclass or a NamedTuple
    hints = get_type_hints(kind)
    defaults = _defaults(kind)
    return {
        name: (_packer(hints[name]), _unpacker(hints[name]), defaults.get(name, MISSING))
        for name in hints
    }


def _defaults(kind: Any) -> dict[str, object]:  # noqa: ANN401 - the same
    if not is_dataclass(kind):
        return dict(kind._field_defaults)
    return {
        field.name: field.default if field.default_factory is MISSING else field.default_factory()
        for field in fields(kind)
    }


@cache
def _unpacker(kind: Any) -> Unpack:  # noqa: ANN401 - an annotation is any object
    if get_origin(kind) is tuple:
        return _unpack_tuple(get_args(kind))
    if get_origin(kind) is frozenset:
        return partial(_unpack_set, _unpacker(get_args(kind)[0]))
    if _is_union(kind):
        return _unpack_union(get_args(kind))
    return _unpack_class(kind)


def _unpack_class(kind: type) -> Unpack:
    if kind in _SCALARS:
        return _SCALARS[kind]
    if issubclass(kind, StrEnum):
        return partial(_unpack_enum, kind)
    return partial(_unpack_fields, kind) if _is_value(kind) else partial(_unpack_plain, kind)


def _unpack_plain(kind: type, said: object) -> object:
    if type(said) is not kind:
        raise WireError(f"{said!r:.40} is no {kind.__name__}")
    return said


def _unpack_float(said: object) -> float:
    try:
        number = float(said) if type(said) in (int, float) else nan  # type: ignore[arg-type] # reason: just checked
    except OverflowError:
        number = nan
    if not isfinite(number):
        raise WireError(f"{said!r:.40} is no finite number")
    return number


def _unpack_bytes(said: object) -> bytes:
    try:
        return b64decode(cast("str", _unpack_plain(str, said)), validate=True)
    except ValueError as error:
        raise WireError(f"no base64: {error}") from error


_SCALARS: dict[type, Unpack] = {bytes: _unpack_bytes, float: _unpack_float}


def _unpack_enum(kind: type[StrEnum], said: object) -> StrEnum:
    try:
        return kind(cast("str", said))
    except ValueError as error:
        raise WireError(f"{said!r:.40} is none of {', '.join(kind)}") from error


def _unpack_set(one: Unpack, said: object) -> frozenset[object]:
    return frozenset(one(value) for value in cast("list[object]", _unpack_plain(list, said)))


def _unpack_tuple(kinds: tuple[Any, ...]) -> Unpack:
    if kinds[-1] is Ellipsis:
        one = _unpacker(kinds[0])
        return lambda said: tuple(_at(i, one, v) for i, v in enumerate(_unpack_plain(list, said)))  # type: ignore[var-annotated,arg-type] # reason: just checked to be a list
    each = [_unpacker(kind) for kind in kinds]

    def unpacked(said: object) -> tuple[object, ...]:
        values = cast("list[object]", _unpack_plain(list, said))
        if len(values) != len(each):
            raise WireError(f"{len(values)} values where {len(each)} belong")
        return tuple(_at(i, *pair) for i, pair in enumerate(zip(each, values, strict=True)))

    return unpacked


def _unpack_union(kinds: tuple[Any, ...]) -> Unpack:
    solid = [kind for kind in kinds if kind is not types.NoneType]
    if len(solid) == 1:
        one = _unpacker(solid[0])
        return lambda said: None if said is None else one(said)
    named = {kind.__name__: kind for kind in solid}

    def unpacked(said: object) -> object:
        values = dict(cast("dict[str, object]", _unpack_plain(dict, said)))
        tag = values.pop(TAG, "")
        kind = named.get(tag) if isinstance(tag, str) else None
        if kind is None:
            raise WireError(f"`{TAG}` must be one of {', '.join(named)}")
        return _unpack_fields(kind, values)

    return unpacked


def _unpack_fields(kind: Any, said: object) -> object:  # noqa: ANN401 - a class of values
    values, shape = cast("dict[str, object]", _unpack_plain(dict, said)), _shape(kind)
    strange = values.keys() - shape.keys()
    absent = [n for n, (_, _, default) in shape.items() if default is MISSING and n not in values]
    if strange or absent:
        what = f"unknown {sorted(strange)}" if strange else f"without {absent}"
        raise WireError(f"{kind.__name__}: {what}")
    return kind(**{name: _at(name, shape[name][1], value) for name, value in values.items()})


def _at(where: str | int, one: Unpack, said: object) -> object:
    try:
        return one(said)
    except WireError as error:
        raise WireError(f"{where}: {error}") from None


def _is_union(kind: object) -> bool:
    return isinstance(kind, types.UnionType)


def _is_value(kind: object) -> bool:
    return is_dataclass(kind) or hasattr(kind, "_field_defaults")
