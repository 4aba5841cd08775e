"""The Ray suite as a program: healthy beside another cluster's address, and with faults in Ray."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from suite_environment import suite_python
from suites_by_hand import Said, said_by
from torch_environment import LAUNCHER

from matrix.status import Status

DRIVE = Path(__file__).parent / "inside" / "drive_ray.py"
KNOWN = "tasks.generator-delegating"  # matrix/builtin.yaml expects it
pytestmark = [
    pytest.mark.suites,
    pytest.mark.slow,
    pytest.mark.ray,
    pytest.mark.timeout(600),
    pytest.mark.xdist_group("ray-core"),  # speeds are measured
]


@pytest.fixture(scope="module")
def ray_python() -> Path:
    return suite_python("ray-2.60.0", "ray==2.60.0", "numpy==2.4.6")


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder whose path is too long for a socket of Ray's."""
    folder = tmp_path / "a-folder-as-attempts-have-them" / "0123456789" / "0123456789"
    folder.mkdir(parents=True)
    monkeypatch.chdir(folder)
    return folder


def driven(python: Path, faults: str, cases: str) -> dict[str, Status]:
    """How cases end where Ray has faults."""
    said = said_by([str(python), "-I", str(DRIVE), faults, f"cases={cases}"])
    assert said.is_complete
    return {case.id: case.status for case in said.cases.values()}


def of_status(said: Said, status: Status) -> set[str]:
    return {case.id for case in said.cases.values() if case.status is status}


def test_the_whole_is_green_but_for_what_is_known(ray_python: Path, work: Path) -> None:
    """It has an address of another cluster in its environment, and leaves nothing behind."""
    links = set(Path("/tmp").glob("r????????"))
    elsewhere = {"RAY_ADDRESS": "127.0.0.1:9", "RAY_NAMESPACE": "another"}
    said = said_by([str(ray_python), "-I", str(LAUNCHER), "ray_core"], elsewhere)
    assert said.is_complete
    assert said.hello.total == len(said.cases) == 54
    assert of_status(said, Status.FAIL) == {KNOWN}
    assert of_status(said, Status.SKIP) == {"accelerators.isolated"}
    assert {one.name: len(one.values) for one in said.metrics} == {
        **dict.fromkeys(("tasks_per_second", "actor_calls_per_second", "put_bandwidth"), 7),
    }
    judged = [c for c in said.cases.values() if c.status is Status.PASS and "speed" not in c.id]
    assert all(json.loads(case.detail)["tolerance"] for case in judged)
    assert list(work.iterdir()) == []
    assert set(Path("/tmp").glob("r????????")) <= links


@pytest.mark.parametrize(
    ("faults", "cases", "failed"),
    [
        (
            "greedy,scribbling,placeless",
            "tasks.wait,tasks.timeout,objects.spilling,objects.round-trip,resources.*",
            {"tasks.wait", "objects.spilling", "resources.labels", "resources.nowhere"},
        ),
        (
            "huddling,untiring,unlocked",
            "placement.pack,placement.*spread,tasks.retries,tasks.error,cluster.stranger",
            {
                *("placement.spread", "placement.strict-spread"),
                *("tasks.retries", "cluster.stranger"),
            },
        ),
        ("orphaning", "tasks.arguments", {"cluster.end"}),
    ],
)
def test_each_fault_ends_in_its_own_case(
    ray_python: Path, work: Path, faults: str, cases: str, failed: set[str]
) -> None:
    statuses = driven(ray_python, faults, cases)
    assert {case for case, how in statuses.items() if how is Status.FAIL} == failed
    assert set(statuses.values()) <= {Status.PASS, Status.FAIL}
    assert len(statuses) > len(failed)
    assert list(work.iterdir()) == []
