"""The server's suite as a program: healthy, and with faults in vLLM."""

from __future__ import annotations

from pathlib import Path

import pytest
from suites_by_hand import Play, said_by
from vllm_environment import vllm_python

from matrix.status import Status

pytestmark = [pytest.mark.suites, pytest.mark.slow, pytest.mark.timeout(1200)]
DRIVE = Path(__file__).parents[1] / "inside" / "drive_serve.py"
LIVE_ON = {"stop.killed"}  # matrix/builtin.yaml expects it


@pytest.fixture(scope="module")
def vllm() -> Path:
    return vllm_python("0.32.0")


def failed(vllm: Path, faults: str, cases: str) -> tuple[set[str], int]:
    """Which cases fail where vLLM has faults, and how many there were."""
    said = said_by([str(vllm), "-I", str(DRIVE), faults, "vllm_serve", f"cases={cases}"])
    assert said.is_complete
    return {c.id for c in said.cases.values() if c.status is Status.FAIL}, len(said.cases)


def test_the_whole_is_green_but_for_what_is_known(vllm: Path, play: Play) -> None:
    said = play("vllm_serve", python=vllm)
    assert said.is_complete
    assert said.hello.total == len(said.cases) == 47
    others = {key[0]: c.status for key, c in said.cases.items() if c.status is not Status.PASS}
    assert others == {"embeddings": Status.SKIP, "stop.killed": Status.FAIL}
    (speed,) = said.metrics
    assert (speed.name, len(speed.values)) == ("start_seconds", 3)


def test_each_fault_ends_in_its_own_case(vllm: Path) -> None:
    cases = "completion.*,stream.*,structured.choice,cancel.*,metrics.*,stop.terminated"
    found, number = failed(vllm, "dropping,deaf,doubling,leaking,stubborn", cases)
    assert found == {
        "stream.completion",
        "completion.stop",
        "metrics.counters",
        "stop.terminated",
        "cancel.waiting",
    }
    assert number == 17


def test_a_server_without_grammars_fails_wherever_a_form_is_asked_for(vllm: Path) -> None:
    found, _ = failed(vllm, "lawless", "tools.*,structured.*,chat.*,refused.bad-schema")
    assert {one for one in found if one.startswith("structured.")} == {
        "structured.json-schema",
        "structured.choice",
        "structured.regex",
    }
    assert not [one for one in found if one.startswith(("chat.", "refused."))]


def test_a_device_that_is_not_there_fails_and_nothing_else_is_said(vllm: Path, play: Play) -> None:
    said = play("vllm_serve", "--device", "cuda", python=vllm)
    (case,) = said.cases.values()
    assert (case.id, case.status, case.device) == ("device", Status.FAIL, "cuda")
