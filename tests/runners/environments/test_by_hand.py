"""The scripts that make an environment without Coevo."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from wheels import lock_of, wheel

from runners.environments.by_hand import script
from runners.environments.platforms import here
from runners.environments.shelf import Record
from runners.environments.tool import uv_binary
from runners.work import Component

REF = "host/a@sha256:" + "0f" * 32


@pytest.mark.slow
def test_the_script_makes_an_environment_with_the_locked_pins(tmp_path: Path) -> None:
    lock = lock_of(wheel(tmp_path / "links", "coevo_toy", "1.5"))
    sources = ("--find-links", str(tmp_path / "links"))
    record = Record(platform=str(here()), python=here().python, sources=sources)
    (tmp_path / "make.sh").write_text(script("abc", record, lock.text, ()))
    uv = uv_binary()
    assert uv
    path = f"{Path(uv).parent}:{os.environ['PATH']}"
    env = {**os.environ, "UV_OFFLINE": "1", "PATH": path}
    ran = subprocess.run(
        ["sh", "make.sh"], cwd=tmp_path, env=env, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr
    python, code = tmp_path / "coevo-abc/bin/python", "import coevo_toy as t; print(t.VERSION)"
    asked = subprocess.run([python, "-c", code], capture_output=True, text=True, check=True)
    assert asked.stdout == "1.5\n"


def test_a_hidden_password_is_said_to_be_one() -> None:
    record = Record(platform=str(here()), sources=("--index", "https://****@host/simple"))
    text = script("abc", record, "a==1\n", ())
    assert "# **** stands for credentials, which only its runner knows." in text
    assert "--index 'https://****@host/simple'" in text


def test_a_cpu_build_of_torch_comes_from_its_own_index() -> None:
    record = Record(platform=str(here()))
    assert "--torch-backend cpu" in script("abc", record, "torch==2.13.0+cpu\n", ())
    assert "--torch-backend" not in script("abc", record, "torch==2.13.0\n", ())


def test_a_python_that_was_brought_is_told_by_what_it_holds() -> None:
    record = Record("python", python="3.9.18", origin="/opt/v/bin/python\n123")
    installed = (
        Component("numpy", "1.2"),
        Component("python", "3.9.18"),
        Component("torch", "2.8.0", "vendor"),
        Component("torch.git_version", "abcdef"),
    )
    text = script("python-1", record, "", installed)
    assert "# Like /opt/v/bin/python, which its runner's owner has made." in text
    assert "uv venv --python 3.9.18 coevo-python-1" in text
    assert text.rstrip().endswith("--no-deps numpy==1.2 torch==2.8.0+vendor")


def test_an_empty_python_needs_no_installing() -> None:
    record = Record("python", python="3.9.18", origin="/opt/v/bin/python\n123")
    assert "\nuv pip install" not in script("python-1", record, "", ())


def test_an_image_is_pulled_by_its_digest() -> None:
    text = script("image-1", Record("image", python="3.11.2", origin=REF), "", ())
    assert f"podman pull {REF}" in text


def test_a_file_for_apptainer_is_run_as_it_is() -> None:
    text = script("image-1", Record("image", origin="/images/a.sif"), "", ())
    assert "apptainer exec /images/a.sif python3 -V" in text
    assert "pull" not in text


@pytest.mark.parametrize("provider", ["uv", "python", "image"])
def test_every_script_is_one_that_a_shell_takes(tmp_path: Path, provider: str) -> None:
    record = Record(provider, platform=str(here()), python="3.11.2", origin="it's; rm -rf /")
    file = tmp_path / "x.sh"
    file.write_text(script("abc", record, "a==1\n", (Component("a", "1"),)))
    subprocess.run(["sh", "-n", str(file)], check=True)
