"""Stable ids out of the names that PyTorch gives its tests, which bear device and dtype. Pure.

`TestCommonCPU.test_out_add_cpu_float32` is the test `TestCommon.test_out_add` in float32.
"""

from __future__ import annotations

from typing import NamedTuple

_DTYPES = frozenset(
    (
        *("bool", "uint8", "uint16", "uint32", "uint64", "int8", "int16", "int32", "int64"),
        *("float16", "bfloat16", "float32", "float64", "complex32", "complex64", "complex128"),
        *("quint8", "qint8", "qint32", "quint4x2", "quint2x4"),
    )
)
_NARROW = ("float8_", "float4_")  # their names go on behind a `_`


class Name(NamedTuple):
    """A test's id, and the dtypes it is run in; "" where it is of none."""

    id: str
    dtype: str


def named(module: str, kind: str, method: str, device: str) -> Name:
    """The name of a method of a class `kind`, made for a type of device; `module` may be ""."""
    plain, dtype = _without(method, device)
    upper = device.upper()
    is_made = plain != method and kind.endswith(upper)
    return Name(
        ".".join(filter(None, (module, kind[: -len(upper)] if is_made else kind, plain))), dtype
    )


def _without(method: str, device: str) -> tuple[str, str]:
    """A method's name without `_device` and the dtypes behind it, and these dtypes."""
    at = method.rfind(f"_{device}")
    while at > 0:
        rest = method[at + len(device) + 1 :]
        if not rest or (rest[0] == "_" and _are_dtypes(rest[1:])):
            return method[:at], rest[1:]
        at = method.rfind(f"_{device}", 0, at)
    return method, ""


def _are_dtypes(text: str) -> bool:
    return text.startswith(_NARROW) or all(word in _DTYPES for word in text.split("_"))
