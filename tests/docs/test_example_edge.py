"""The example of an edge: exported where there is torch, run in two cells without it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from served import coevo

EXAMPLE = Path(__file__).parents[2] / "docs" / "examples" / "edge" / "matrix.yaml"
pytestmark = [pytest.mark.suites, pytest.mark.slow, pytest.mark.timeout(1500)]


def test_one_job_exports_and_two_run_what_it_made(tmp_path: Path) -> None:
    shutil.copy(EXAMPLE, tmp_path / "matrix.yaml")
    done = coevo(tmp_path, "up", "--no-ray", "--once", "--json", seconds=1400)
    found = {job["id"]: job for job in json.loads(done.stdout)["jobs"]}
    assert {name: job["status"] for name, job in found.items()} == {
        "lab/cpu,board=workstation:executorch-edge@stable": "PASS",
        "lab/cpu,board=workstation:executorch-pte@stable": "PASS",
        "lab/cpu,board=small:executorch-pte@stable": "PASS",
    }
    assert done.returncode == 0
