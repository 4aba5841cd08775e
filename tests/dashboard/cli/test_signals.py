"""Interrupts at every phase of `coevo up`: it ends within 5 s and leaves no process and no note."""

from __future__ import annotations

import os
import signal
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
from served import SOON_SECONDS, Process, coevo, environment, served, tiny
from served import started as command
from warm import Warm

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]
STUBBORN = """
trap '' TERM
echo '{{"type": "hello", "protocol": 1, "suite": "hello"}}'
touch {folder}/begun
while :; do sleep 0.05; done
"""


@contextmanager
def started(folder: Path, *words: str) -> Iterator[Process]:
    """`coevo up WORDS…`, whose output goes to a file; killed if the test did not end it.

    What imports Ray is started as a person does it.
    """
    line = ("up", "--port", "0", *words)
    with (folder / "out").open("wb") as out:
        start = Warm if "--no-ray" in words else command
        process = start(line, folder, environment(), out, out)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def wait_until(holds: Callable[[], object]) -> None:
    give_up = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < give_up
        time.sleep(0.02)


def ended(process: Process, number: signal.Signals) -> tuple[int, float]:
    """The exit code after a signal, and the seconds that it took."""
    begun = time.monotonic()
    process.send_signal(number)
    return process.wait(30), time.monotonic() - begun


def of(folder: Path) -> list[psutil.Process]:
    """Living processes that name the folder on their command line."""
    return [
        process
        for process in psutil.process_iter(["cmdline", "status"])
        if str(folder) in " ".join(process.info["cmdline"] or ())
        and process.info["status"] != psutil.STATUS_ZOMBIE
    ]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "matrix.yaml").write_text(tiny())
    return tmp_path


@pytest.mark.parametrize("said", ["Coevo answers", " waits: ", "run 1"])
def test_an_interrupt_is_clean_at_any_moment_of_the_start(folder: Path, said: str) -> None:
    words = ("--once",) if said == "run 1" else ()
    with started(folder, "--no-ray", *words) as process:
        wait_until(lambda: said in (folder / "out").read_text() or process.poll() is not None)
        if process.poll() is None:
            code, took = ended(process, signal.SIGINT)
            assert code in {0, 130}
            assert took < SOON_SECONDS

    assert not (folder / ".coevo" / "server.json").exists()
    assert "Traceback" not in (folder / "out").read_text()
    assert of(folder) == []


def test_a_suite_that_ignores_being_told_to_end_is_ended(folder: Path) -> None:
    (folder / "matrix.yaml").write_text(tiny(STUBBORN.format(folder=folder)))
    with started(folder, "--no-ray") as process:
        wait_until((folder / "begun").exists)

        code, took = ended(process, signal.SIGTERM)

        assert (code, took < SOON_SECONDS) == (130, True)
        wait_until(lambda: not of(folder))


@pytest.mark.ray
@pytest.mark.xdist_group("ray")
@pytest.mark.parametrize("record", ["heartbeat", "cluster.json"])
def test_an_interrupt_while_ray_starts_leaves_no_process(folder: Path, record: str) -> None:
    """Ray is about to start, or has an owner."""
    with started(folder) as process:
        wait_until((folder / ".coevo" / "ray" / record).exists)

        code, took = ended(process, signal.SIGINT)

    assert code == 130
    assert took < SOON_SECONDS
    wait_until(lambda: not of(folder))
    assert not (folder / ".coevo" / "ray" / "cluster.json").exists()


def test_a_busy_port_moves_to_the_next_free_one_and_says_so(folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with started(folder, "--no-ray", "--port", str(port)) as process:
            wait_until(lambda: "\n" in (folder / "out").read_text())
            ended(process, signal.SIGINT)

    first = (folder / "out").read_text().splitlines()[0]
    assert f"port {port} is taken" in first
    assert f":{port} " not in first


def test_a_second_server_on_the_folder_ends_with_3_and_the_firsts_address(folder: Path) -> None:
    with served(folder) as first:
        second = coevo(folder, "up", "--no-ray", "--port", "0", "--once", "--json")

        assert (second.returncode, second.stdout) == (3, "")
        assert first.url in second.stderr
        assert first.get("/healthz")["status"] == "ok"


def test_two_folders_are_served_side_by_side(folder: Path, tmp_path: Path) -> None:
    with served(folder) as first, started(tmp_path, "--no-ray", "--data", "other") as second:
        wait_until((tmp_path / "other" / "server.json").exists)
        assert first.get("/healthz")["status"] == "ok"
        assert ended(second, signal.SIGINT)[0] == 130


def test_a_folder_that_is_a_link_is_served_and_locked_as_one(folder: Path) -> None:
    (folder / "disk").mkdir()
    (folder / ".coevo").symlink_to(folder / "disk")
    with served(folder):
        again = coevo(folder, "up", "--no-ray", "--port", "0", "--data", "disk")

    assert again.returncode == 3


def test_the_note_of_a_killed_server_does_not_hinder_the_next(folder: Path) -> None:
    with served(folder) as first:
        os.kill(first.process.pid, signal.SIGKILL)
        first.process.wait()
    assert (folder / ".coevo" / "server.json").exists()

    again = coevo(folder, "up", "--no-ray", "--port", "0", "--once", "--json")

    assert again.returncode == 0, again.stderr
    assert not (folder / ".coevo" / "server.json").exists()


def test_what_nobody_offers_is_told_in_one_line(folder: Path) -> None:
    (folder / "matrix.yaml").write_text(tiny().replace("[lab]", "[lab, moon, mars]"))
    coevo(folder, "up", "--no-ray", "--port", "0", "--once")
    (folder / "matrix.yaml").write_text(tiny("true").replace("[lab]", "[lab, moon, mars]"))
    with started(folder, "--no-ray") as process:
        wait_until(lambda: " wait: " in (folder / "out").read_text())
        ended(process, signal.SIGINT)

    lines = (folder / "out").read_text().splitlines()
    assert len([line for line in lines if "5 jobs wait: no runner" in line]) == 1
    assert not [line for line in lines if "SKIP" in line]


def test_the_simulated_suite_waits_for_a_simulated_machine(folder: Path) -> None:
    matrix = "name: x\naxes: {site: [lab], accelerator: [cpu]}\nsuites: {simulated: {}}\n"
    (folder / "matrix.yaml").write_text(matrix)

    done = coevo(folder, "up", "--no-ray", "--port", "0", "--once", "--json")

    assert done.returncode == 6, done.stderr
    assert "no runner at lab/cpu offers capability simulated" in done.stdout
    assert '"SKIP"' in done.stdout
