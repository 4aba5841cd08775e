"""The simulated accelerator, built as an environment: what it can, and each of its faults."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from matrix.load import parse
from matrix.model import Stack, Suite
from matrix.status import Evidence, Status
from orchestrator.trying import Trial, carried_out
from runners.work import Report

pytestmark = [
    pytest.mark.suites,
    pytest.mark.slow,
    pytest.mark.timeout(1200),
    pytest.mark.xdist_group("simacc"),  # one environment, compiled once
]
HOME = Path(__file__).resolve().parents[3] / ".coevo-test" / "simacc"
MATRIX = parse(
    "name: by-hand\naxes: {site: [lab], accelerator: [asic]}\n"
    "suites: {smoke: {}, probe: {}, pytorch-ops: {}}\n",
    "built in",
)
OPS = "add,mul,exp,mm"
Try = Callable[..., Report]


@pytest.fixture(scope="module")
def tried() -> Try:
    """Carries a built-in suite out on the device, in an environment that is kept."""

    def run(name: str, *, case: str = "", seconds: float = 600, **env: str) -> Report:
        (known,) = (one for one in MATRIX.suites if one.name == name)
        suite = replace(_with(known, env), timeout=timedelta(seconds=seconds))
        (stack,) = MATRIX.stacks
        return carried_out(_trial(suite, stack, case), lambda _: None)

    return run


def _with(suite: Suite, env: dict[str, str]) -> Suite:
    parameters = (("dtypes", "float32"), ("ops", OPS), ("samples", "2"))
    own = parameters if suite.program == "pytorch_ops" else suite.parameters
    return replace(suite, env=tuple(env.items()), parameters=own)


def _trial(suite: Suite, stack: Stack, case: str) -> Trial:
    return Trial(suite=suite, stack=stack, home=HOME, device="simacc", case=case)


def statuses(report: Report) -> dict[str, Status]:
    return {case.id: case.status for case in report.cases}


def bad(report: Report) -> set[str]:
    return {case.id for case in report.cases if case.status is not Status.PASS}


def test_the_smallest_suite_passes_and_is_marked_without_a_figure(tried: Try) -> None:
    report = tried("smoke")
    assert (report.status, report.evidence) == (Status.PASS, Evidence.SIMULATED)
    assert {case.device for case in report.cases} == {"simacc"}
    assert report.metrics == ()
    assert "matmul_float32" in {fact.name: fact.value for fact in report.facts}["metrics.withheld"]


def test_the_probe_finds_both_devices_by_torchs_own_word(tried: Try) -> None:
    facts = {fact.name: fact.value for fact in tried("probe").facts}
    assert (facts["torch.accelerator"], facts["torch.accelerator.count"]) == ("simacc", "2")
    assert "simulated" in facts["torch.simacc.1.get_device_name"]
    assert facts["torch.backends.plugins"] == "simacc = coevo_simacc:register"


def test_healthy_operators_pass(tried: Try) -> None:
    assert bad(tried("pytorch-ops")) == set()


def test_a_wrong_operator_fails_in_its_own_case(tried: Try) -> None:
    report = tried("pytorch-ops", SIMACC_FAULTS="wrong:exp")
    assert statuses(report)["exp"] is Status.FAIL
    assert bad(report) == {"exp", "exp.backward"}  # its gradient is made of its answer


def test_a_missing_operator_is_told_in_the_backends_words(tried: Try) -> None:
    report = tried("pytorch-ops", SIMACC_FAULTS="missing:exp")
    assert bad(report) == {"exp", "exp.backward"}
    (case,) = (case for case in report.cases if case.id == "exp")
    assert case.status is Status.SKIP
    assert case.message.startswith("capability: Could not run 'aten::exp'")


def test_a_crash_costs_its_case_and_the_rest_goes_on(tried: Try) -> None:
    report = tried("pytorch-ops", SIMACC_FAULTS="crash:exp")
    assert bad(report) == {"exp", "exp.backward"}
    (case,) = (case for case in report.cases if case.id == "exp")
    assert case.status is Status.FAIL
    assert "SIGSEGV" in case.message
    assert statuses(report)["mul"] is Status.PASS


def test_a_hang_ends_at_the_deadline_inside_its_case(tried: Try) -> None:
    report = tried("pytorch-ops", case="exp", seconds=45, SIMACC_FAULTS="hang:exp")
    assert statuses(report)["exp"] is Status.FAIL


def test_a_slow_operator_is_right_and_nothing_is_said_of_its_speed(tried: Try) -> None:
    report = tried("pytorch-ops", SIMACC_FAULTS="slow:exp")
    assert (report.status, report.metrics) == (Status.PASS, ())


def test_too_little_memory_is_the_devices_failure(tried: Try) -> None:
    report = tried("smoke", SIMACC_MEMORY="100000")
    assert statuses(report)["device"] is Status.PASS
    (case,) = (one for one in report.cases if one.id == "matmul" and one.dtype == "float32")
    assert case.status is Status.FAIL
    assert "OutOfMemoryError: simacc:0 is out of memory" in case.message
