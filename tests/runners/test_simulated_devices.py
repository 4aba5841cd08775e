"""What is no hardware, and which figures may not be told of it."""

from __future__ import annotations

import pytest

from matrix.status import Evidence, Layer, Status
from runners.simulated_devices import is_of_hardware, is_simulated
from runners.withheld import honest
from runners.work import MetricValue, Report

SPEED = MetricValue("steps", "steps/s", "higher", (1.0,))
LOSS = MetricValue("loss", "nats", "lower", (0.5,))


def told(device: str) -> Report:
    """What is reported of a suite on a device that says nothing of being simulated."""
    return honest(Report(Status.PASS, Layer.NONE, "", metrics=(SPEED, LOSS)), device)


@pytest.mark.parametrize("device", ["simacc", "simacc:1", "lazy"])
def test_a_simulated_device_is_one_at_each_of_its_indices(device: str) -> None:
    assert is_simulated(device)


@pytest.mark.parametrize("device", ["cpu", "cuda:0", "xla", "npu", ""])
def test_hardware_is_none(device: str) -> None:
    assert not is_simulated(device)


@pytest.mark.parametrize("unit", ["s", "ms", "steps/s", "GiB", "GFLOP/s", "MFU", "TFLOPS"])
def test_units_of_time_rate_and_memory_speak_of_hardware(unit: str) -> None:
    assert is_of_hardware(unit)


@pytest.mark.parametrize("unit", ["nats", "%", "cases", "1", "bits", ""])
def test_other_units_do_not(unit: str) -> None:
    assert not is_of_hardware(unit)


def test_a_report_is_marked_by_its_device_whatever_its_suite_says() -> None:
    assert told("simacc").evidence is Evidence.SIMULATED
    assert told("cuda").evidence is Evidence.SELF_REPORTED


def test_neither_speed_nor_memory_of_a_simulated_device_is_kept() -> None:
    report = told("simacc:1")
    assert report.metrics == (LOSS,)
    (fact,) = report.facts
    assert (fact.name, fact.value) == ("metrics.withheld", "steps")


def test_of_hardware_everything_is_kept() -> None:
    report = told("cuda")
    assert (report.metrics, report.facts) == ((SPEED, LOSS), ())
