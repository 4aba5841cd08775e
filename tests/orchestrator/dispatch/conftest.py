"""One embedded Ray cluster for all tests of the dispatcher, and executors of both kinds."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from offers import cpu, gpu

from orchestrator.dispatch.process import ProcessExecutor
from orchestrator.dispatch.ray_embedded import Embedded, Size
from orchestrator.dispatch.ray_executor import Deadlines, RayExecutor

SIZE = Size({"site": "lab"}, {"coevo_slot": 4, "GPU": 2, "CPU": 2})
QUICK = Deadlines(make=40.0, ask=5.0, unknown=6.0, close=4.0)


@pytest.fixture(scope="session")
def cluster() -> Iterator[Embedded]:
    """A cluster with four places and two GPUs that are only said to be there."""
    with tempfile.TemporaryDirectory(prefix="coevo-") as folder:
        embedded = Embedded(Path(folder) / "ray", SIZE)
        embedded.start()
        yield embedded
        embedded.end()


class Borrowed:
    """The shared cluster, which tests use and do not end."""

    is_ours = True

    def __init__(self, cluster: Embedded) -> None:
        self.address, self.environment, self.beat = (
            cluster.address,
            cluster.environment,
            cluster.beat,
        )
        self.start = cluster.start

    def end(self) -> None:
        """It is needed further."""


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
