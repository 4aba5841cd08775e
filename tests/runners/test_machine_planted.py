"""Machines that are not here: their drivers' files planted, and their tools on the PATH."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from planted import told_by

from runners import machine

ASK = """
import json
from pathlib import Path
from runners import machine
from runners.wire import pack
print(json.dumps({"offers": [pack(one) for one in machine.offers("lab", {"zone": "eu"}, Path("/"))],
                  "facts": {one.name: [one.value, one.source] for one in machine.facts()}}))
"""
KFD = "/sys/class/kfd/kfd/topology/nodes"


def seen(folder: Path, files: dict[str, str], cpuinfo: str = "") -> Any:
    return json.loads(told_by(folder, files, ASK, cpuinfo))


def kinds(told: Any) -> list[str]:
    return [dict(offer["labels"])["accelerator"] for offer in told["offers"]]


def test_a_machine_without_accelerators_offers_its_cpu(tmp_path: Path) -> None:
    told = seen(tmp_path, {})
    assert kinds(told) == ["cpu"]
    assert told["offers"][0]["labels"] == [["site", "lab"], ["accelerator", "cpu"], ["zone", "eu"]]


@pytest.mark.parametrize(
    ("path", "accelerator", "device", "can"),
    [
        ("/dev/davinci0", "asic", "npu", "ascend"),
        ("/dev/neuron0", "asic", "xla", "neuron"),
        ("/dev/hl0", "asic", "hpu", "gaudi"),
        ("/dev/nvidia0", "gpu", "cuda", "cuda"),
    ],
)
def test_a_device_file_tells_of_an_accelerator(
    tmp_path: Path, path: str, accelerator: str, device: str, can: str
) -> None:
    told = seen(tmp_path, {path: "", path.replace("0", "1"): "", f"{path[:-1]}_manager": ""})
    assert kinds(told) == ["cpu", accelerator]
    offer = told["offers"][1]
    assert (offer["device"], offer["devices"], offer["slots"]) == (device, 2, 2)
    assert can in offer["capabilities"]
    assert offer["platform"].endswith(f"-{device}")


@pytest.mark.parametrize(
    ("vendor", "accelerator", "device", "can"),
    [("0x1ae0", "tpu", "xla", "tpu"), ("0x1da3", "asic", "hpu", "gaudi")],
)
def test_an_accel_device_is_its_vendors(
    tmp_path: Path, vendor: str, accelerator: str, device: str, can: str
) -> None:
    files = {f"/sys/class/accel/accel{n}/device/vendor": f"{vendor}\n" for n in range(4)}
    files["/sys/class/accel/accel4/device/vendor"] = "0x9999\n"
    told = seen(tmp_path, files)
    assert kinds(told) == ["cpu", accelerator]
    assert (told["offers"][1]["devices"], told["offers"][1]["device"]) == (4, device)
    assert can in told["offers"][1]["capabilities"]


def test_an_accel_device_of_an_unknown_vendor_is_not_offered(tmp_path: Path) -> None:
    assert kinds(seen(tmp_path, {"/sys/class/accel/accel0/device/vendor": "0x9999\n"})) == ["cpu"]


def test_amds_compute_nodes_are_gpus_where_they_have_simds(tmp_path: Path) -> None:
    files = {
        f"{KFD}/0/properties": "cpu_cores_count 64\nsimd_count 0\n",
        f"{KFD}/1/properties": "cpu_cores_count 0\nsimd_count 304\n",
        f"{KFD}/2/properties": "cpu_cores_count 0\nsimd_count 304\n",
        "/sys/module/amdgpu/version": "6.8.5\n",
    }
    told = seen(tmp_path, files)
    assert kinds(told) == ["cpu", "gpu"]
    gpu = told["offers"][1]
    assert (gpu["device"], gpu["devices"]) == ("cuda", 2)
    assert gpu["platform"].endswith("-rocm")
    assert told["facts"]["driver.amdgpu"] == ["6.8.5", "sysfs"]


def test_amds_driver_on_a_machine_without_gpus_offers_none(tmp_path: Path) -> None:
    assert kinds(seen(tmp_path, {f"{KFD}/0/properties": "simd_count 0\n"})) == ["cpu"]


def test_a_driver_that_does_not_say_its_version_is_unknown(tmp_path: Path) -> None:
    told = seen(tmp_path, {f"{KFD}/1/properties": "simd_count 8\n"})
    assert told["facts"]["driver.amdgpu"][0] == "unknown"


def test_several_kinds_are_offered_side_by_side(tmp_path: Path) -> None:
    files = {
        "/dev/davinci0": "",
        f"{KFD}/1/properties": "simd_count 8\n",
        "/sys/class/accel/accel0/device/vendor": "0x1ae0\n",
    }
    assert kinds(seen(tmp_path, files)) == ["cpu", "gpu", "tpu", "asic"]


def test_a_gpu_whose_tool_is_missing_is_of_an_unknown_model(tmp_path: Path) -> None:
    told = seen(tmp_path, {"/dev/nvidia0": "", "/dev/nvidiactl": ""})
    assert told["offers"][1]["devices"] == 1
    assert told["facts"]["gpu.model"] == ["unknown", "/dev/nvidia*"]


@pytest.mark.parametrize(
    ("cpuinfo", "can"),
    [
        ("flags\t\t: fpu avx2 avx512f avx512_bf16\n", {"avx2", "avx512", "avx512-bf16"}),
        ("flags\t\t: fpu amx_tile avx512_vnni\n", {"amx", "avx512-vnni"}),
        ("Features\t: fp asimd sve\n", {"neon", "sve"}),
        ("flags\t\t: avx20 amx_tiles\n", set()),
        ("nothing of the kind\n", set()),
    ],
)
def test_a_cpus_capabilities_are_the_flags_it_shows(
    tmp_path: Path, cpuinfo: str, can: set[str]
) -> None:
    told = seen(tmp_path, {}, cpuinfo)
    found = set(told["offers"][0]["capabilities"]) - {"images"}  # of the engines that are here
    assert found == {*can, os.uname().machine}


@pytest.mark.parametrize(
    ("cpuinfo", "model"),
    [
        ("model name\t: Fast 9000 @ 3 GHz\n", "Fast 9000 @ 3 GHz"),
        ("CPU part\t: 0xd4f\n", "unknown"),
    ],
)
def test_a_cpus_model_is_what_it_calls_itself(tmp_path: Path, cpuinfo: str, model: str) -> None:
    assert seen(tmp_path, {}, cpuinfo)["facts"]["cpu.model"] == [model, "/proc/cpuinfo"]


@pytest.fixture
def tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "tools"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    return folder


def smi(folder: Path, *rows: str) -> None:
    lines = "".join(f"echo '{row}'\n" for row in rows)
    (folder / "nvidia-smi").write_text(f"#!/bin/sh\n{lines}")
    (folder / "nvidia-smi").chmod(0o755)


@pytest.mark.parametrize(
    ("row", "can"),
    [
        ("NVIDIA H200, 143771, 570.1, 9.0", {"cuda", "sm90", "h200"}),
        ("NVIDIA A100-SXM4-40GB, 40960, 535.2, 8.0", {"cuda", "sm80", "a100", "sxm4"}),
        ("Tesla V100-PCIE-16GB, 16384, 450.1, 7.0", {"cuda", "sm70", "v100"}),
        ("NVIDIA L4, 23034, 550.3, 8.9", {"cuda", "sm89", "l4"}),
    ],
)
def test_a_gpus_model_and_generation_are_capabilities(
    tools: Path, tmp_path: Path, row: str, can: set[str]
) -> None:
    smi(tools, row)
    assert can <= machine.offers("lab", {}, tmp_path)[1].capabilities


@pytest.mark.parametrize(
    ("row", "memory"),
    [("NVIDIA H200, 143771, 570.1, 9.0", 143771 << 20), ("GH200, [N/A], 570.1, 9.0", 0)],
)
def test_a_gpus_memory_is_what_its_driver_says(tools: Path, row: str, memory: int) -> None:
    smi(tools, row)
    assert machine.found_here()[1].memory_bytes == memory


@pytest.mark.parametrize("row", ["NVIDIA X", "NVIDIA X, 1", ", , ,", "X, [N/A], [N/A], [N/A]"])
def test_a_tool_that_says_little_still_tells_of_a_gpu(tools: Path, row: str) -> None:
    smi(tools, row)
    found = machine.found_here()[1]
    assert (found.accelerator, found.device, found.number) == ("gpu", "cuda", 1)
    assert "sm-unknown" in found.capabilities


def test_each_line_of_the_tool_is_a_gpu_and_blank_ones_are_none(tools: Path) -> None:
    smi(tools, *["NVIDIA L4, 1, 2, 8.9"] * 8, "", "  ")
    assert machine.found_here()[1].number == 8
