from __future__ import annotations

import pytest

from runners.suites.choosing import ParameterError
from runners.suites.pytorch_bench.asked import asked


def test_what_is_not_said_has_a_default() -> None:
    found = asked({})
    assert (found.cases, found.processes, found.seconds, found.peaks) == ("*", 5, 0.3, {})


def test_peaks_are_told_by_dtype_and_for_bytes() -> None:
    assert asked({"peaks": "float32=83e9,bytes=20e9"}).peaks == {"float32": 83e9, "bytes": 20e9}


@pytest.mark.parametrize(
    "wrong",
    [
        {"processes": "4"},
        {"processes": "5.5"},
        {"processes": "many"},
        {"seconds": "0"},
        {"seconds": "nan"},
        {"peaks": "float32"},
        {"peaks": "float32=fast"},
        {"kernels": "matmul"},
    ],
)
def test_what_means_nothing_is_said(wrong: dict[str, str]) -> None:
    with pytest.raises(ParameterError):
        asked(wrong)
