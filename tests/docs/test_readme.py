"""README.md: every command but `make test` is run, in a fresh clone; every link leads somewhere."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from served import environment

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
MADE = re.findall(r"^\$ (make \w+)$", README, re.MULTILINE)
SCRIPTS = re.findall(r"^```sh\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
PATIENCE_SECONDS = 400.0


def test_the_readme_has_its_two_commands_and_its_scripts() -> None:
    assert MADE == ["make up", "make demo"]
    assert len(SCRIPTS) == 5


def test_no_command_stands_outside_of_what_is_run() -> None:
    fenced = re.findall(r"^```(\w*)$", README, re.MULTILINE)

    assert {kind for kind in fenced if kind} == {"sh", "console"}


@pytest.mark.parametrize(
    "target", re.findall(r"\]\(((?!http)[^)#]+)\)|src(?:set)?=\"([^\"]+)\"", README)
)
def test_every_local_link_leads_somewhere(target: tuple[str, str]) -> None:
    assert (ROOT / next(filter(None, target))).exists()


@pytest.mark.parametrize("name", re.findall(r"`make ([\w-]+)`", README))
def test_every_target_that_is_named_is_there(name: str) -> None:
    assert re.search(rf"^{name}:", (ROOT / "Makefile").read_text(), re.MULTILINE)


@pytest.mark.slow
@pytest.mark.ray
@pytest.mark.torch
@pytest.mark.timeout(900)
@pytest.mark.xdist_group("readme")
def test_every_command_does_what_it_says_in_a_fresh_clone(tmp_path: Path) -> None:
    clone = tmp_path / "coevo"
    subprocess.run(["git", "clone", "--quiet", ROOT, clone], check=True, capture_output=True)
    with made(clone, "make up") as url:
        wait_for_green(url)
        for script in SCRIPTS:
            carried_out(script, clone)
    with made(clone, "make demo") as url:
        assert answer(f"{url}/healthz")["simulated"] is True
        assert len(grid_of(url)["faces"]) == 20


@contextmanager
def made(clone: Path, command: str) -> Iterator[str]:
    """A server started by a target of the Makefile, until Ctrl-C; its address."""
    log = (clone / "made.log").open("w+")
    process = subprocess.Popen(
        command.split(),
        cwd=clone,
        env=environment(),
        stdout=log,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield address(clone, process)
    finally:
        os.killpg(process.pid, signal.SIGINT)
        process.wait(20)
        log.close()
    assert not list(clone.glob(".coevo/**/server.json")), "the server left its note"


def address(clone: Path, process: subprocess.Popen[bytes]) -> str:
    """The address that the command prints once the page answers."""
    for _ in patiently():
        said = (clone / "made.log").read_text()
        if found := re.search(r"Coevo answers at (http://\S+)", said):
            return found[1]
        assert process.poll() is None, said
    raise AssertionError((clone / "made.log").read_text())


def grid_of(url: str) -> Any:
    """The grid, once the server has read its matrix."""
    for _ in patiently():
        if grid := answer(f"{url}/api/v1/grid"):
            return grid
    raise AssertionError("the grid never came")


def wait_for_green(url: str) -> None:
    """Until lab and CPU have the colour that real PyTorch gave them."""
    for _ in patiently():
        (face,) = [
            face
            for face in grid_of(url)["faces"]
            if (face["site"]["name"], face["accelerator"]["name"]) == ("lab", "cpu")
        ]
        if face["state"] in {"passing", "failing", "test error", "infrastructure"}:
            assert face["state"] == "passing", face
            return
    raise AssertionError("lab/cpu never came")


def answer(url: str) -> Any:
    """The JSON at an address; None while there is none."""
    try:
        with urllib.request.urlopen(url, timeout=30) as found:
            return json.load(found)
    except urllib.error.HTTPError:
        return None


def carried_out(script: str, clone: Path) -> None:
    """A block of the README, line by line in one shell that stops at the first mistake."""
    done = subprocess.run(
        ["bash", "-eu", "-o", "pipefail", "-c", script],
        cwd=clone,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        stdin=subprocess.DEVNULL,
        check=False,
    )
    assert done.returncode == 0, f"{script}\n{done.stdout}\n{done.stderr}"


def patiently() -> Iterator[None]:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        yield
        time.sleep(0.2)
