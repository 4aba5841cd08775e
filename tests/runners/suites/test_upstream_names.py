from __future__ import annotations

import pytest

from runners.suites.choosing import ParameterError
from runners.suites.pytorch_upstream.asked import asked
from runners.suites.pytorch_upstream.naming import named


@pytest.mark.parametrize(
    ("kind", "method", "device", "id_", "dtype"),
    [
        ("TestCommonCPU", "test_out_add_cpu_float32", "cpu", "TestCommon.test_out_add", "float32"),
        ("TestCommonCUDA", "test_out_add_cuda", "cuda", "TestCommon.test_out_add", ""),
        ("TestXCPU", "test_to_cpu_cpu", "cpu", "TestX.test_to_cpu", ""),
        ("TestXCPU", "test_to_cpu_copy_cpu_int8", "cpu", "TestX.test_to_cpu_copy", "int8"),
        ("TestXCPU", "test_y_cpu_float32_int64", "cpu", "TestX.test_y", "float32_int64"),
        ("TestXCPU", "test_y_cpu_float8_e4m3fn", "cpu", "TestX.test_y", "float8_e4m3fn"),
        ("TestX", "test_no_device", "cpu", "TestX.test_no_device", ""),
        ("TestX", "test_on_cpu", "cpu", "TestX.test_on", ""),
        ("TestXSIMACC", "test_y_simacc_bool", "simacc", "TestX.test_y", "bool"),
    ],
)
def test_an_id_has_neither_device_nor_dtype(
    kind: str, method: str, device: str, id_: str, dtype: str
) -> None:
    assert named("", kind, method, device) == (id_, dtype)


def test_a_test_of_a_file_bears_its_name() -> None:
    found = named("test_torch", "TestTorchCPU", "test_sum_cpu", "cpu")
    assert found.id == "test_torch.TestTorch.test_sum"


def test_what_is_not_said_has_a_default() -> None:
    found = asked({})
    assert (found.cases, found.samples, found.thorough, found.files) == (("*",), None, False, ())


@pytest.mark.parametrize(
    "wrong",
    [
        {"samples": "0"},
        {"samples": "some"},
        {"thorough": "rather"},
        {"seconds": "0"},
        {"seconds": "long"},
        {"files": "test_torch.py"},
        {"source": "/somewhere"},
        {"checks": "grad"},
    ],
)
def test_what_means_nothing_is_said(wrong: dict[str, str]) -> None:
    with pytest.raises(ParameterError):
        asked(wrong)
