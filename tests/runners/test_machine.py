"""What a machine offers: this one for real, others by their drivers' own words."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from runners import machine
from runners.environments.platforms import here

GIBIBYTE = 1 << 30
SMI = """#!/bin/sh
echo "NVIDIA H100 80GB HBM3, 81559, 560.35.03, 9.0"
echo "NVIDIA H100 80GB HBM3, 81559, 560.35.03, 9.0"
"""


@pytest.fixture
def tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "tools"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    return folder


def tool(folder: Path, name: str, text: str) -> None:
    (folder / name).write_text(text)
    (folder / name).chmod(0o755)


def test_this_machines_cpu_is_always_offered(tmp_path: Path) -> None:
    offer = machine.offers("lab", {"zone": "eu"}, tmp_path / "not" / "yet")[0]
    assert offer.labels == (("site", "lab"), ("accelerator", "cpu"), ("zone", "eu"))
    assert (offer.device, offer.devices, offer.platform) == ("cpu", 0, str(here()))
    assert offer.memory_bytes > GIBIBYTE / 4
    assert offer.disk_bytes > 0
    assert 1 <= offer.slots <= len(os.sched_getaffinity(0))
    assert os.uname().machine in offer.capabilities


def test_capabilities_are_those_that_the_cpu_shows(tmp_path: Path) -> None:
    flags = Path("/proc/cpuinfo").read_text()
    can = machine.offers("lab", {}, tmp_path)[0].capabilities
    assert ("avx512" in can) == (" avx512f " in flags)
    assert ("amx" in can) == (" amx_tile " in flags)


def test_looking_takes_no_time(tmp_path: Path) -> None:
    times = []
    for _ in range(3):
        start = time.perf_counter()
        machine.offers("lab", {}, tmp_path)
        times.append(time.perf_counter() - start)
    assert min(times) < 0.3


def test_nvidias_own_tool_tells_of_its_gpus(tools: Path, tmp_path: Path) -> None:
    tool(tools, "nvidia-smi", SMI)
    cpu, gpu = machine.offers("lab", {}, tmp_path)[:2]
    assert dict(cpu.labels)["accelerator"] == "cpu"
    assert dict(gpu.labels)["accelerator"] == "gpu"
    assert (gpu.device, gpu.devices, gpu.slots) == ("cuda", 2, 2)
    assert {"cuda", "sm90", "h100"} <= gpu.capabilities
    assert gpu.platform.endswith("-cuda")
    facts = {fact.name: fact for fact in machine.facts()}
    assert facts["driver.nvidia"].value == "560.35.03"
    assert facts["gpu.model"].source == "nvidia-smi"


@pytest.mark.parametrize("text", ["#!/bin/sh\nexit 9\n", "#!/bin/sh\n", "no program"])
def test_a_tool_that_fails_offers_nothing(tools: Path, tmp_path: Path, text: str) -> None:
    tool(tools, "nvidia-smi", text)
    if not list(Path("/dev").glob("nvidia[0-9]*")):
        kinds = [dict(offer.labels)["accelerator"] for offer in machine.offers("l", {}, tmp_path)]
        assert "gpu" not in kinds


def test_a_tool_that_hangs_is_left_alone(
    tools: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tool(tools, "nvidia-smi", "#!/bin/sh\nexec sleep 1041\n")
    monkeypatch.setattr(machine, "PROBE_SECONDS", 0.1)
    assert machine.offers("lab", {}, tmp_path)[0].device == "cpu"


def test_the_price_of_an_hour_is_a_fact_where_somebody_says_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COEVO_PRICE_PER_HOUR", "2.49")
    facts = {fact.name: fact.value for fact in machine.facts()}
    assert facts["price.usd_per_hour"] == "2.49"
    monkeypatch.delenv("COEVO_PRICE_PER_HOUR")
    assert "price.usd_per_hour" not in {fact.name for fact in machine.facts()}


def test_facts_are_read_somewhere() -> None:
    facts = {fact.name: fact for fact in machine.facts()}
    assert facts["hostname"].value == os.uname().nodename
    assert facts["cpu.count"].value == str(len(os.sched_getaffinity(0)))
    assert all(fact.value and fact.source for fact in facts.values())


@pytest.mark.parametrize("engine", ["podman", "docker", "apptainer"])
def test_a_machine_with_an_engine_offers_to_run_images(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, engine: str
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "images" not in machine.offers("lab", {}, tmp_path)[0].capabilities
    tool(tmp_path, engine, "#!/bin/sh\n")
    assert "images" in machine.offers("lab", {}, tmp_path)[0].capabilities


def test_a_simulated_device_is_offered_only_where_it_is_asked_for(tmp_path: Path) -> None:
    assert all(offer.device != "simacc" for offer in machine.offers("lab", {}, tmp_path))
    asked = (("asic", "simacc"), ("npu", "lazy"))
    compiled, lazy = machine.offers("lab", {}, tmp_path, asked)[-2:]
    assert (compiled.device, compiled.labels[1]) == ("simacc", ("accelerator", "asic"))
    assert compiled.platform == str(here("simacc"))
    assert machine.SIMULATED in compiled.capabilities
    assert (lazy.device, lazy.platform) == ("lazy", str(here("cpu")))
