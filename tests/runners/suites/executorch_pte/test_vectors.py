"""Safetensors by the standard library, and how far results are off."""

from __future__ import annotations

import json
import math
from array import array
from pathlib import Path

import pytest

from runners.suites.executorch_pte import vectors


def written(folder: Path, header: dict[str, object], data: bytes) -> Path:
    told = json.dumps(header).encode()
    path = folder / "one.safetensors"
    path.write_bytes(len(told).to_bytes(8, "little") + told + data)
    return path


def test_tensors_are_read_by_name_shape_and_bytes(tmp_path: Path) -> None:
    data = array("f", [1, 2, 3, 4, 5, 6]).tobytes() + array("q", [-7]).tobytes()
    header = {
        "__metadata__": {"of": "a test"},
        "rows": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]},
        "number": {"dtype": "I64", "shape": [1], "data_offsets": [24, 32]},
    }
    found = vectors.read(written(tmp_path, header, data))
    assert set(found) == {"rows", "number"}
    assert (found["rows"].dtype, found["rows"].shape) == ("float32", (2, 3))
    assert list(found["rows"].values) == [1, 2, 3, 4, 5, 6]
    assert list(found["number"].values) == [-7]


@pytest.mark.parametrize(
    ("found", "right", "off"),
    [
        ([1.0, 2.0], [1.0, 2.0], 0.0),
        ([1.0, 2.5], [1.0, 2.0], 0.5),
        ([1.0, math.nan], [1.0, 2.0], math.inf),
        ([1.0, math.inf], [1.0, 2.0], math.inf),
        ([1.0], [1.0, 2.0], math.inf),
        ([], [], 0.0),
    ],
)
def test_the_largest_difference_counts(found: list[float], right: list[float], off: float) -> None:
    assert vectors.off(found, right) == off
