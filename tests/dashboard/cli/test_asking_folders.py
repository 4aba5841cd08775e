"""Which server a verb asks: that of a data folder that is named, however it is named."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from served import coevo

from dashboard.cli.whereabouts import noted_server
from runners.client import NoServer

NOTE = {"url": "http://127.0.0.1:9", "token": "t", "pid": 1}


def noted(folder: Path) -> Path:
    folder.mkdir(parents=True)
    (folder / "server.json").write_text(json.dumps(NOTE))
    return folder


def test_the_server_of_a_named_folder_is_asked(tmp_path: Path) -> None:
    assert noted_server(noted(tmp_path / "mine")).url == NOTE["url"]


def test_the_demo_in_a_named_folder_is_asked_where_nothing_else_is_served(tmp_path: Path) -> None:
    noted(tmp_path / "mine" / "demo")
    assert noted_server(tmp_path / "mine").token == NOTE["token"]


def test_a_folder_without_a_server_says_how_to_start_one(tmp_path: Path) -> None:
    with pytest.raises(NoServer, match="no server is noted in"):
        noted_server(tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("verb", [["status"], ["show"], ["run"], ["logs", "x"], ["cancel", "run"]])
def test_every_asking_verb_takes_the_folder(tmp_path: Path, verb: list[str]) -> None:
    done = coevo(tmp_path, *verb, "--data", "nowhere")
    assert (done.returncode, "no server is noted in nowhere" in done.stderr) == (4, True)


@pytest.mark.slow
def test_the_setting_names_the_folder_too(tmp_path: Path) -> None:
    done = coevo(tmp_path, "status", extra={"COEVO_DATA": "elsewhere"})
    assert "no server is noted in elsewhere" in done.stderr


@pytest.mark.slow
def test_a_site_that_is_no_name_is_refused(tmp_path: Path) -> None:
    done = coevo(tmp_path, "up", "--site", "BAD SITE")
    assert (done.returncode, "no name" in done.stderr) == (2, True)


@pytest.mark.slow
def test_json_without_once_is_refused(tmp_path: Path) -> None:
    done = coevo(tmp_path, "up", "--json")
    assert (done.returncode, "add --once" in done.stderr) == (2, True)
