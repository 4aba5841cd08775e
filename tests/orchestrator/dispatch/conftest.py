"""One embedded Ray cluster for all tests of the dispatcher, and executors of each kind."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from borrowing import QUICK, Borrowed
from offers import cpu, gpu
from slurm_cluster import SlurmCluster
from slurm_executors import slurm_executor

from orchestrator.dispatch.port import Executor
from orchestrator.dispatch.process import ProcessExecutor
from orchestrator.dispatch.ray_embedded import Embedded, Size
from orchestrator.dispatch.ray_executor import RayExecutor
from orchestrator.dispatch.slurm_executor import SlurmExecutor

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


@pytest.fixture
def on_slurm(slurm: SlurmCluster, tmp_path: Path) -> SlurmExecutor:
    """Slots in the queue of Slurm; their suites have their folders where the others have them."""
    (tmp_path / "work").mkdir()
    return slurm_executor(slurm, tmp_path, TMPDIR=str(tmp_path / "work"))


KINDS = (
    "process",
    pytest.param("ray_executor", marks=pytest.mark.ray),
    pytest.param("on_slurm", marks=pytest.mark.slurm),
)


@pytest.fixture(params=KINDS)
def executor(request: pytest.FixtureRequest, tmp_path: Path) -> Executor:
    """Slots of each kind."""
    if request.param == "process":
        return ProcessExecutor(tmp_path.name, (cpu(), gpu()), tmp_path)
    found: Executor = request.getfixturevalue(request.param)
    return found
