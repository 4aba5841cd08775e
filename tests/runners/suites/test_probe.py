"""The probe: facts from files, questions that hang or crash, and the suite as a program."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from suites_by_hand import Play

from matrix.status import Status
from runners.suites.probe import accelerators, system
from runners.suites.probe.asking import Fact, ask

TORCH = ("torch", "torch.backends", "torch.accelerator")


def answering() -> Iterator[Fact]:
    yield "a", "1", "test"
    yield "b", "2", "test"


def hanging() -> Iterator[Fact]:
    yield "a", "1", "test"
    signal.pause()


def crashing() -> Iterator[Fact]:
    yield "a", "1", "test"
    os.kill(os.getpid(), signal.SIGKILL)
    yield "b", "2", "test"


def raising() -> Iterator[Fact]:
    yield "a", "1", "test"
    raise LookupError("no such register")


def values(facts: Iterator[Fact]) -> dict[str, str]:
    return {name: value for name, value, _ in facts}


def test_an_answer_is_all_its_facts() -> None:
    told = ask(answering, 10)
    assert told.facts == (("a", "1", "test"), ("b", "2", "test"))
    assert (told.problem, told.is_machine) == ("", False)


def test_a_question_that_hangs_is_cut_off_and_what_came_is_kept() -> None:
    told = ask(hanging, 0.3)
    assert told.facts == (("a", "1", "test"),)
    assert told.problem == "no answer in 0.3 s"
    assert told.is_machine


def test_a_question_that_crashes_is_the_machines_fault() -> None:
    told = ask(crashing, 10)
    assert told.facts == (("a", "1", "test"),)
    assert told.problem == "the question crashed the process that asked it"
    assert told.is_machine


def test_a_question_that_raises_is_ours() -> None:
    told = ask(raising, 10)
    assert told.facts == (("a", "1", "test"),)
    assert (told.problem, told.is_machine) == ("LookupError: no such register", False)


def test_preparing_has_its_own_time() -> None:
    read, write = os.pipe()

    def prepare() -> None:
        os.read(read, 1)

    os.write(write, b".")
    assert ask(answering, 10, prepare, 10).problem == ""
    assert ask(answering, 0.1, prepare, 0.2).problem == "no answer in 0.3 s"
    os.close(read)
    os.close(write)


def test_a_child_that_hangs_is_gone_afterwards() -> None:
    pids: list[int] = []

    def hang_and_tell() -> Iterator[Fact]:
        yield "pid", str(os.getpid()), "test"
        signal.pause()

    pids.append(int(ask(hang_and_tell, 0.3).facts[0][1]))
    with pytest.raises(ProcessLookupError):
        os.kill(pids[0], 0)


def test_cpuinfo_is_read(tmp_path: Path) -> None:
    (tmp_path / "cpuinfo").write_text(
        "processor\t: 0\nmodel name\t: Fast 9000\nflags\t\t: fma avx2\n\nprocessor\t: 1\n"
    )
    cache = tmp_path / "cpu/cpu0/cache/index0"
    cache.mkdir(parents=True)
    for name, text in (("level", "1\n"), ("type", "Data\n"), ("size", "48K\n")):
        (cache / name).write_text(text)
    (tmp_path / "node/node0").mkdir(parents=True)
    (tmp_path / "node/node1").mkdir()
    found = values(system.cpu(tmp_path / "cpuinfo", tmp_path))
    assert found["cpu.model"] == "Fast 9000"
    assert found["cpu.flags"] == "fma avx2"
    assert found["cpu.cache.l1.data"] == "48K"
    assert found["cpu.numa_nodes"] == "2"
    assert found["cpu.governor"] == "unknown"


def test_what_cannot_be_read_is_unknown(tmp_path: Path) -> None:
    assert values(system.cpu(tmp_path / "none", tmp_path))["cpu.model"] == "unknown"
    assert values(system.memory(tmp_path / "none"))["memory.total"] == "unknown"
    (tmp_path / "empty").write_text("")
    assert system.first_line(tmp_path / "empty") == "unknown"


def test_meminfo_is_read(tmp_path: Path) -> None:
    (tmp_path / "meminfo").write_text("MemTotal:  1024 kB\nMemAvailable:  512 kB\n")
    found = values(system.memory(tmp_path / "meminfo"))
    assert found["memory.total"] == "1024 kB"
    assert found["memory.available"] == "512 kB"
    assert found["memory.swap"] == "unknown"


@pytest.mark.parametrize(
    ("class_", "vendor", "listed"),
    [
        ("0x030200", "0x10de", "0000:01:00.0 NVIDIA 0x2330"),
        ("0x120000", "0x1ae0", "0000:01:00.0 Google 0x2330"),
        ("0x038000", "0x9999", "0000:01:00.0 0x9999 0x2330"),
        ("0x020000", "0x10de", "none"),
    ],
)
def test_accelerators_are_found_by_their_pci_class(
    tmp_path: Path, class_: str, vendor: str, listed: str
) -> None:
    device = tmp_path / "pci" / "0000:01:00.0"
    device.mkdir(parents=True)
    for name, text in (("class", class_), ("vendor", vendor), ("device", "0x2330")):
        (device / name).write_text(f"{text}\n")
    found = values(accelerators.devices(tmp_path / "pci", tmp_path))
    assert found["accelerators.pci"] == listed
    assert found["accelerators.files"] == "none"


def test_device_files_are_listed(tmp_path: Path) -> None:
    (tmp_path / "accel").mkdir()
    for name in ("nvidia0", "nvidiactl", "accel/accel0", "tty0"):
        (tmp_path / name).touch()
    found = values(accelerators.devices(tmp_path / "none", tmp_path))
    assert found["accelerators.files"] == f"{tmp_path}/accel/accel0 {tmp_path}/nvidia0"


def test_a_vendors_tool_is_asked_where_there_is_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tools = {"nvidia-smi": "echo 'H200, 570.1, 143771 MiB'", "rocm-smi": "exit 3"}
    for name, line in tools.items():
        (tmp_path / name).write_text(f"#!/bin/sh\n{line}\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    found = values(accelerators.devices(tmp_path, tmp_path))
    assert found["accelerators.nvidia-smi"] == "H200, 570.1, 143771 MiB"
    assert found["accelerators.rocm-smi"] == "unknown"
    assert found["accelerators.hl-smi"] == "unknown"


def test_loaded_drivers_are_named_with_their_versions(tmp_path: Path) -> None:
    for name in ("nvidia", "xe", "snd"):
        (tmp_path / name).mkdir()
    (tmp_path / "nvidia/version").write_text("570.1\n")
    found = values(accelerators.drivers(tmp_path))
    assert found["drivers.nvidia"] == "570.1"
    assert found["drivers.xe"] == "in-kernel"
    assert "drivers.snd" not in found


def test_without_torch_the_machine_is_described_all_the_same(play: Play) -> None:
    said = play("probe")
    assert said.is_complete
    assert said.hello.total == len(said.cases)
    told = {case.id: case.status for case in said.cases.values()}
    assert {told.pop(name) for name in TORCH} == {Status.SKIP}
    assert set(told.values()) == {Status.PASS}
    assert said.facts["torch"].value == "unknown"
    assert said.facts["cpu.architecture"].value == os.uname().machine


def test_every_fact_has_a_value_and_a_source(play: Play) -> None:
    facts = play("probe").facts.values()
    assert len(facts) > 20
    assert all(fact.value and fact.source for fact in facts)


@pytest.mark.torch
@pytest.mark.slow
def test_torch_and_its_backends_are_described(play: Play, torch: Path) -> None:
    said = play("probe", python=torch)
    assert {case.status for case in said.cases.values()} == {Status.PASS}
    facts = {name: fact.value for name, fact in said.facts.items()}
    assert facts["torch.version"].startswith("2.13.0")
    assert facts["torch.accelerator"] == "none"
    assert facts["torch.backends.mkldnn"] in {"True", "False"}
    assert "unknown" not in {facts["torch.cpu.features"], facts["torch.config"]}
