"""One embedded Ray cluster for all tests of the dispatcher, and executors of both kinds."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from borrowing import QUICK, Borrowed
from offers import cpu, gpu

from orchestrator.dispatch.process import ProcessExecutor
from orchestrator.dispatch.ray_embedded import Embedded, Size
from orchestrator.dispatch.ray_executor import RayExecutor

SIZE = Size({"site": "lab"}, {"coevo_slot": 4, "GPU": 2, "CPU": 2})


@pytest.fixture(scope="session")
def cluster() -> Iterator[Embedded]:
    """A cluster with four places and two GPUs that are only said to be there."""
    with tempfile.TemporaryDirectory(prefix="coevo-") as folder:
        embedded = Embedded(Path(folder) / "ray", SIZE)
        embedded.start()
        yield embedded
        embedded.end()


@pytest.fixture
def borrowed(cluster: Embedded) -> Borrowed:
    """The cluster for executors that a test stops."""
    return Borrowed(cluster)


@pytest.fixture
def ray_executor(borrowed: Borrowed, tmp_path: Path) -> RayExecutor:
    """Slots on Ray, of a runner named after the test's folder."""
    return RayExecutor(borrowed, tmp_path.name, "lab", tmp_path, (cpu(), gpu()), deadlines=QUICK)


@pytest.fixture(params=["process", pytest.param("ray", marks=pytest.mark.ray)])
def executor(request: pytest.FixtureRequest, tmp_path: Path) -> ProcessExecutor | RayExecutor:
    """Slots of each kind."""
    if request.param == "process":
        return ProcessExecutor(tmp_path.name, (cpu(), gpu()), tmp_path)
    found: RayExecutor = request.getfixturevalue("ray_executor")
    return found
