"""A wheel works on its own in an empty folder: pages, migrations and default matrix inside."""

from __future__ import annotations

import json
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest
from served import environment, tiny

ROOT = Path(__file__).parents[2]
pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("wheel")]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("dist")
    argv = [sys.executable, "-m", "build", "--no-isolation", "--wheel", "--outdir", out, ROOT]
    subprocess.run(argv, check=True, capture_output=True, env=environment())
    (built,) = out.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def coevo(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The command out of the wheel, with this environment's dependencies and not its source."""
    venv = tmp_path_factory.mktemp("empty") / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", venv], check=True)
    site = next((venv / "lib").glob("python*/site-packages"))
    argv = [sys.executable, "-m", "pip", "--python", venv / "bin/python", "install", "--quiet"]
    subprocess.run([*argv, "--no-deps", "--no-index", wheel], check=True, env=environment())
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return venv / "bin" / "coevo"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def run(coevo: Path, folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [coevo, *words],
        cwd=folder,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_all_files_that_are_no_python_are_inside(wheel: Path) -> None:
    packed = set(zipfile.ZipFile(wheel).namelist())
    wanted = {
        str(path.relative_to(ROOT))
        for package in ("matrix", "runners", "orchestrator", "dashboard")
        for path in (ROOT / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }

    assert wanted <= packed
    assert not [name for name in packed if name.startswith(("tests", ".coevo"))]


def test_it_runs_its_own_source(coevo: Path, folder: Path) -> None:
    where = subprocess.run(
        [coevo.with_name("python"), "-c", "import matrix; print(matrix.__file__)"],
        cwd=folder,
        env=environment(),
        capture_output=True,
        text=True,
        check=True,
    )

    assert str(coevo.parents[1]) in where.stdout


def test_the_default_matrix_is_inside(coevo: Path, folder: Path) -> None:
    shown = run(coevo, folder, "matrix", "show")

    assert shown.returncode == 0, shown.stderr
    assert "Cloud A" in shown.stdout


def test_it_checks_a_matrix(coevo: Path, folder: Path) -> None:
    (folder / "matrix.yaml").write_text(tiny())

    assert run(coevo, folder, "matrix", "check", "matrix.yaml").returncode == 0


def test_it_carries_a_matrix_out(coevo: Path, folder: Path) -> None:
    (folder / "matrix.yaml").write_text(tiny())

    done = run(coevo, folder, "up", "--once", "--json", "--no-ray", "--port", "0")

    assert done.returncode == 0, done.stderr
    jobs = {job["id"]: job["status"] for job in json.loads(done.stdout)["jobs"]}
    assert jobs == {"lab/cpu:hello@stable": "PASS", "lab/tpu:hello@stable": "SKIP"}
