"""Reads safetensors with the standard library, and holds results against what they should be.

The format: eight bytes with the length of a header, the header in JSON (name → dtype, shape, first
and last byte), then the elements, little-endian and row by row.
"""

from __future__ import annotations

import json
import math
import sys
from array import array
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple  # Any: arrays of one type or another

_LENGTH = 8
_NAMES = {"F32": "float32", "F64": "float64", "I64": "int64"}
_CODES = {"float32": "f", "float64": "d", "int64": "q"}


class Tensor(NamedTuple):
    """Elements as they lie in a file."""

    dtype: str
    shape: tuple[int, ...]
    data: bytes

    @property
    def values(self) -> Any:  # noqa: ANN401 - an array
        """The elements as numbers."""
        found = array(_CODES[self.dtype])
        found.frombytes(self.data)
        if sys.byteorder == "big":
            found.byteswap()
        return found


def read(path: Path) -> dict[str, Tensor]:
    """The tensors of a file, by name."""
    whole = path.read_bytes()
    end = _LENGTH + int.from_bytes(whole[:_LENGTH], "little")
    header = json.loads(whole[_LENGTH:end])
    header.pop("__metadata__", None)
    return {name: _tensor(told, whole[end:]) for name, told in header.items()}


def off(found: Sequence[float], right: Sequence[float]) -> float:
    """The largest difference; infinite where a result is no number, or there are not as many."""
    if len(found) != len(right):
        return math.inf
    apart = [abs(one - other) for one, other in zip(found, right)]  # noqa: B905 - of one length
    return max((math.inf if math.isnan(one) else one for one in apart), default=0.0)


def _tensor(told: dict[str, Any], data: bytes) -> Tensor:
    first, last = told["data_offsets"]
    return Tensor(_NAMES[told["dtype"]], tuple(told["shape"]), data[first:last])
