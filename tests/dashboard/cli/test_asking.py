"""Finding a server, and reading its answers back into the views they came from."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path

import pytest
from pydantic import TypeAdapter
from sample_views import GRID, JOB, RUN

from dashboard.cli.asking import read
from dashboard.cli.whereabouts import found_server
from dashboard.web import api_answers as answers
from dashboard.web import api_models as shapes
from orchestrator.service.folder import Folder
from orchestrator.views import Grid, JobView, RunSummary, ServerStatus
from runners.client import NoServer


def test_the_nearest_folder_upward_wins_over_the_setting(tmp_path: Path) -> None:
    Folder(tmp_path / ".coevo").made().note("http://127.0.0.1:1")
    deep = tmp_path / "a" / "b"
    deep.mkdir(parents=True)

    assert found_server(deep, {"COEVO_SERVER": "http://other"}).url == "http://127.0.0.1:1"


def test_the_setting_names_a_server_where_no_folder_does(tmp_path: Path) -> None:
    settings = {"COEVO_SERVER": "http://other:8765/", "COEVO_TOKEN": "secret"}

    found = found_server(tmp_path, settings)

    assert (found.url, found.token) == ("http://other:8765", "secret")


def test_no_server_is_exit_code_four_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(NoServer) as refusal:
        found_server(tmp_path, {})

    assert refusal.value.exit_code == 4
    assert "coevo up" in str(refusal.value)
    assert "COEVO_SERVER" in str(refusal.value)


def test_a_job_survives_the_way_through_the_api() -> None:
    job = replace(JOB, parameters=(("samples", "3"),))
    sent = shapes.JobModel.model_validate(job).model_dump(mode="json")

    assert read(JobView, sent) == job


def test_a_grid_survives_the_way_through_the_api() -> None:
    server = ServerStatus(ready=True, doing=("planning",))
    fields = {name: getattr(GRID, name) for name in Grid.__slots__}
    sent = answers.GridAnswer.model_validate(
        {**fields, "server": server}, from_attributes=True
    ).model_dump(mode="json")

    assert read(Grid, sent) == GRID
    assert read(ServerStatus, sent["server"]) == server


def test_a_run_survives_the_way_through_the_api() -> None:
    sent = shapes.RunModel.model_validate(RUN).model_dump(mode="json")

    assert read(RunSummary, sent) == RUN


def test_runs_come_as_a_list() -> None:
    sent = [TypeAdapter(RunSummary).dump_python(RUN, mode="json")] * 2

    assert read(tuple[RunSummary, ...], sent) == (RUN, RUN)


def test_a_label_called_cell_is_not_taken_for_pairs() -> None:
    assert read(dict[str, str], {"cell": "lab"}) == {"cell": "lab"}
    assert asdict(JOB)["cell"] == JOB.cell
