"""What a machine tells of itself along an attempt: planted files and tools, real processes."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from runners import meters
from runners.meters import Meter, Power, taken

MIB = 1 << 20


@pytest.fixture(autouse=True)
def nothing_in_the_path(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """No tool of this machine's own is asked."""
    programs = tmp_path / "programs"
    programs.mkdir()
    monkeypatch.setenv("PATH", str(programs))
    return programs


def planted(root: Path, path: str, text: str) -> Path:
    file = root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"{text}\n")
    return file


def told(root: Path) -> dict[str, tuple[float | None, str]]:
    return {one.name: (one.read(), one.unit) for one in meters.meters(root)}


def test_a_machine_that_tells_nothing_tells_its_load(tmp_path: Path) -> None:
    assert [(one.name, one.unit) for one in meters.meters(tmp_path)] == [("load", "processes")]


def test_clocks_temperatures_and_cards_are_read_in_the_units_of_people(tmp_path: Path) -> None:
    for number, (clock, heat) in enumerate(((1_000_000, 40_000), (3_000_000, 71_500))):
        planted(tmp_path, f"devices/system/cpu/cpufreq/policy{number}/scaling_cur_freq", f"{clock}")
        planted(tmp_path, f"class/thermal/thermal_zone{number}/temp", f"{heat}")
    card = "class/drm/card0/device/hwmon/hwmon3"
    planted(tmp_path, f"{card}/temp1_input", "65000")
    planted(tmp_path, f"{card}/power1_average", "213000000")
    found = told(tmp_path)
    del found["load"]
    assert found == {
        "clock": (2000.0, "MHz"),
        "temperature": (71.5, "°C"),
        "card0 temperature": (65.0, "°C"),
        "card0 power": (213.0, "W"),
    }


def test_what_cannot_be_read_is_left_out(tmp_path: Path) -> None:
    planted(tmp_path, "class/thermal/thermal_zone0/temp", "not a number")
    assert set(told(tmp_path)) == {"load"}


def test_what_stops_telling_is_not_known_from_then_on(tmp_path: Path) -> None:
    file = planted(tmp_path, "class/thermal/thermal_zone0/temp", "40000")
    found = {one.name: one for one in meters.meters(tmp_path)}
    file.unlink()
    assert found["temperature"].read() is None


def test_power_is_what_was_used_since_the_last_look(tmp_path: Path) -> None:
    counter = planted(tmp_path, "energy_uj", "5000000")
    power = Power((counter,))
    assert power.read() == 0
    planted(tmp_path, "energy_uj", "6000000")
    time.sleep(0.1)
    watts = power.read()
    assert watts is not None
    assert 0.1 < watts <= 10  # a joule in a tenth of a second, or in however long it took
    planted(tmp_path, "energy_uj", "7")
    assert power.read() is None  # the counter began anew


def test_nvidia_smi_is_asked_once_in_a_while_for_every_gpu(
    tmp_path: Path, nothing_in_the_path: Path
) -> None:
    asked = tmp_path / "asked"
    tool = nothing_in_the_path / "nvidia-smi"
    lines = "0, 34, 70.31, 345, 1024, 7\\n1, 41, [N/A], 1980, 80, 100\\n"
    tool.write_text(f"#!/bin/sh\necho \"$@\" >> {asked}\nprintf '{lines}'\n")
    tool.chmod(0o755)
    found = told(tmp_path)
    assert found["gpu0 temperature"] == (34.0, "°C")
    assert found["gpu0 power"] == (70.31, "W")
    assert found["gpu1 clock"] == (1980.0, "MHz")
    assert found["gpu1 busy"] == (100.0, "%")
    assert "gpu1 power" not in found
    (line,) = asked.read_text().splitlines()
    assert line.startswith("--query-gpu=index,temperature.gpu,power.draw,clocks.sm,")


@pytest.mark.parametrize("script", ["exit 9", "echo No devices were found"])
def test_a_tool_that_fails_tells_nothing(
    tmp_path: Path, nothing_in_the_path: Path, script: str
) -> None:
    tool = nothing_in_the_path / "nvidia-smi"
    tool.write_text(f"#!/bin/sh\n{script}\n")
    tool.chmod(0o755)
    assert set(told(tmp_path)) == {"load"}


HOLDING = """
import os, sys, time
held = bytearray(os.urandom(1)) * (60 << 20)
if os.fork() == 0:  # shares all of it
    time.sleep(1083)
while time.process_time() < 0.3:
    pass
print("ready", flush=True)
time.sleep(1083)
"""


@contextmanager
def holding() -> Iterator[int]:
    """A process that holds 60 MiB, which another shares, and has computed for 0.3 s."""
    argv = [sys.executable, "-I", "-S", "-c", HOLDING]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, start_new_session=True) as head:
        try:
            assert head.stdout
            assert head.stdout.readline() == b"ready\n"
            yield head.pid
        finally:
            os.killpg(head.pid, 9)


def test_memory_that_processes_share_counts_once() -> None:
    from runners.processes import descendants  # noqa: PLC0415 - beside its one use

    with holding() as pid:
        alone, both = taken([pid]), taken([pid, *descendants(pid)])
    assert 60 * MIB <= alone.memory_bytes < 90 * MIB
    assert alone.cpu_seconds > 0.25  # the kernel counts in hundredths
    assert both.memory_bytes < 2 * alone.memory_bytes


def test_who_is_gone_holds_nothing() -> None:
    assert taken([2**22 + 1]) == (0, 0.0)


def test_a_meter_says_where_it_reads(tmp_path: Path) -> None:
    (load,) = meters.meters(tmp_path)
    assert isinstance(load, Meter)
    assert load.source == "getloadavg(3), one minute"
