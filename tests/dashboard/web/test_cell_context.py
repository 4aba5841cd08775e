from __future__ import annotations

import math
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lively import MATRIX, NOW, cell_state, face
from starlette.testclient import TestClient
from visited import page

from dashboard.web import strips
from dashboard.web.api_models import RecentModel
from dashboard.web.cell_context import (
    SPARK_HEIGHT,
    SPARK_WIDTH,
    CellContext,
    StateRow,
    cell_context,
)
from dashboard.web.shell import Visit, shell
from matrix.status import Evidence, Layer, Role
from matrix.verdict import CellState, Recent, State
from orchestrator.views import CellPage, ServerStatus

FRAME = shell(
    Visit("/", "", "auto", False, ServerStatus(ready=True), 1, MATRIX, "/a.css", "/a.js"),
    "Cell",
    "Grid",
)
SPEED = Recent("speed", "", "higher", (10.0, 12.0, 11.5), "tokens/s")


def shown(*states: CellState) -> CellContext:
    at = face(0, 0, State.PASSING)
    return cell_context(FRAME, CellPage(MATRIX, at.site, at.accelerator, at, states, (), ""), NOW)


def row(**changes: object) -> StateRow:
    state = replace(cell_state("smoke", State.PASSING), **changes)  # type: ignore[arg-type] # by name
    return shown(state).states[0]


def test_a_metric_tells_its_newest_value_unit_and_better_direction() -> None:
    (metric,) = row(recent=(SPEED,)).metrics
    assert (metric.name, metric.value, metric.unit) == ("speed", "11.5", "tokens/s")
    assert metric.better == "higher is better"


def test_a_metric_whose_newest_replicates_lie_apart_says_so() -> None:
    assert not row(recent=(SPEED,)).metrics[0].contended
    assert row(recent=(replace(SPEED, contended=True),)).metrics[0].contended


def test_a_metric_tells_its_history_in_words() -> None:
    (metric,) = row(recent=(SPEED,)).metrics
    assert metric.told == "3 runs, from 10 to 11.5"


def test_a_metric_of_a_case_names_it() -> None:
    (metric,) = row(recent=(replace(SPEED, case="matmul"),)).metrics
    assert metric.name == "speed of matmul"


def test_a_metric_measured_once_has_no_line() -> None:
    (metric,) = row(recent=(replace(SPEED, values=(3.0,)),)).metrics
    assert (metric.value, metric.points, metric.told) == ("3", "", "")


def test_a_metric_never_measured_says_so() -> None:
    (metric,) = row(recent=(replace(SPEED, values=()),)).metrics
    assert (metric.value, metric.points) == ("none", "")


def test_a_metric_without_a_direction_claims_none() -> None:
    (metric,) = row(recent=(replace(SPEED, better=""),)).metrics
    assert metric.better == ""


def test_many_metrics_are_counted_beyond_the_first() -> None:
    several = row(recent=tuple(replace(SPEED, name=f"m{n}") for n in range(9)))
    assert [metric.name for metric in several.metrics] == [f"m{n}" for n in range(6)]
    assert several.more_metrics == "and 3 metrics more on the job"


def test_one_metric_more_is_singular() -> None:
    several = row(recent=tuple(replace(SPEED, name=f"m{n}") for n in range(7)))
    assert several.more_metrics == "and 1 metric more on the job"


def test_six_metrics_are_all() -> None:
    assert row(recent=(SPEED,) * 6).more_metrics == ""


@given(st.lists(st.floats(-1e12, 1e12), min_size=2, max_size=20))
def test_a_line_has_a_point_for_each_run_and_stays_in_its_box(values: list[float]) -> None:
    (metric,) = row(recent=(replace(SPEED, values=tuple(values)),)).metrics
    points = [tuple(map(float, point.split(","))) for point in metric.points.split()]
    assert len(points) == len(values)
    assert all(0 <= x <= SPARK_WIDTH and 0 <= y <= SPARK_HEIGHT for x, y in points)


def test_a_trend_that_rises_goes_up_the_picture() -> None:
    first, last = strips.line((1.0, 2.0), SPARK_WIDTH, SPARK_HEIGHT).split()
    assert float(first.split(",")[1]) > float(last.split(",")[1])


@pytest.mark.parametrize(
    ("trend", "told"), [(-1, "slower than before"), (0, ""), (1, "faster than before")]
)
def test_a_trend_is_told_only_where_there_is_one(trend: int, told: str) -> None:
    assert row(trend=trend).trend == told


def test_headline_suites_come_first_and_then_by_name() -> None:
    found = shown(
        cell_state("watched", State.PASSING, Role.WATCH),
        cell_state("zeta", State.PASSING),
        cell_state("alpha", State.PASSING),
    )
    assert [state.suite for state in found.states] == ["alpha", "zeta", "watched"]


@pytest.mark.parametrize(
    ("layer", "asked"),
    [
        (Layer.CODE, "code"),
        (Layer.TEST, "the test"),
        (Layer.INFRA, "infrastructure"),
        (Layer.CAPACITY, "capacity"),
        (Layer.NONE, ""),
    ],
)
def test_who_is_asked_first_is_the_responsible_layer(layer: Layer, asked: str) -> None:
    assert row(layer=layer).asked == asked


def test_confidence_is_told_only_of_a_layer() -> None:
    assert row(layer=Layer.CODE, confidence=0.876).confidence == "88%"
    assert row(layer=Layer.NONE, confidence=0.876).confidence == ""


def test_a_reason_that_is_missing_gives_way_to_the_unmet_need() -> None:
    assert row(reason="", unmet="needs a gpu").reason == "needs a gpu"
    assert row(reason="it broke", unmet="needs a gpu").reason == "it broke"


def test_only_unusual_evidence_is_marked() -> None:
    assert row(evidence=Evidence.SELF_REPORTED).evidence == ""
    assert row(evidence=Evidence.SIMULATED).evidence == "simulated"


def test_a_state_without_a_job_leads_nowhere() -> None:
    alone = row(job=None)
    assert (alone.href, alone.log) == ("", "")


def test_a_state_leads_to_its_job_and_log() -> None:
    assert row(job=7).log == "/m/default/jobs/7/log"


def test_free_axes_are_shown_beside_the_suite() -> None:
    cell = (("site", "lab"), ("accelerator", "gpu"), ("model", "tiny"), ("dtype", "fp16"))
    assert row(cell=cell).axes == "model=tiny, dtype=fp16"


def test_an_old_result_is_stale_by_the_matrix_own_policy() -> None:
    at = face(0, 0, State.PASSING)
    old = replace(cell_state("smoke", State.PASSING), reported_at=NOW - timedelta(hours=3))
    brief = CellPage(MATRIX, at.site, at.accelerator, at, (old,), (), "", timedelta(hours=1))
    assert cell_context(FRAME, brief, NOW).states[0].look.word == "stale"


def test_nothing_reported_has_no_age() -> None:
    silent = row(reported_at=None, since=None, status=None)
    assert (silent.age, silent.age_iso, silent.since) == ("", "", "")


def test_the_jobs_of_a_cell_are_a_filter_away() -> None:
    assert shown().jobs_href == "/m/default/jobs?site=cloud-a&accelerator=gpu"


def test_the_page_draws_a_line_with_its_words(client: TestClient) -> None:
    found = page(client, "/m/default/cells/cloud-a/gpu")
    names = [str(one["aria-label"]) for one in found.all("svg") if one.get("class") == "trend"]
    assert "3 runs, from 1,612 to 1,640" in names
    assert "higher is better" in found.text


def test_the_twin_has_the_same_history(client: TestClient) -> None:
    states = client.get("/api/v1/m/default/cells/cloud-a/gpu").json()["states"]
    told = {metric["name"]: metric for metric in states[0]["recent"]}
    assert told["tokens_per_second"]["values"] == [1612.0, 1598.5, 1640.0]
    assert told["tokens_per_second"]["unit"] == "tokens/s"


def test_a_history_that_json_cannot_say_is_null() -> None:
    broken = replace(SPEED, values=(math.nan, 1.0))
    assert RecentModel.model_validate(broken, from_attributes=True).values == [None, 1.0]


def test_a_state_that_only_just_began_does_not_say_for_how_long() -> None:
    assert row(since=NOW - timedelta(seconds=5)).since == ""
    assert row(since=NOW - timedelta(hours=5)).since == "5 h"
