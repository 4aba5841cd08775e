"""`coevo artifacts`: who feeds a job, whom it feeds, and its files, listed and brought here."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import lively
import pytest
from calling import Caller
from lively_files import HANDED

from orchestrator.artifact_views import Handed

pytestmark = pytest.mark.slow
BYTES = Path(lively.__file__).read_bytes()  # what this server has for every file that is kept


@pytest.fixture
def honest(monkeypatch: pytest.MonkeyPatch) -> Handed:
    """The files' digests are those of what the server has."""
    digest = hashlib.sha256(BYTES).hexdigest()
    files = tuple(file._replace(digest=digest) for file in HANDED.files)
    handed = replace(HANDED, files=files)
    monkeypatch.setattr(lively, "HANDED", handed)
    return handed


def test_it_lists_who_feeds_whom_and_the_files(asked: Caller) -> None:
    said = asked("artifacts", "7").out

    assert "fed by cloud-a/cpu:build-torch@stable: wheel, PASS" in said
    assert "feeds lab/cpu:executorch-edge@stable: pte, blocked" in said
    assert "llama.pte" in said
    assert "2.3 MB" in said
    assert "no longer kept" in said


def test_a_job_without_files_says_so(asked: Caller) -> None:
    assert asked("artifacts", "6").out.strip() == "cloud-a/gpu:pytorch-ops@stable made no files"


def test_json_is_what_the_api_answers(asked: Caller) -> None:
    said = asked("artifacts", "7", "--json").document

    assert isinstance(said, dict)
    assert [one["name"] for one in said["files"]] == [one.name for one in HANDED.files]


def test_files_that_are_kept_are_brought_by_kind(
    asked: Caller, honest: Handed, tmp_path: Path
) -> None:
    said = asked("artifacts", "7", "--to", str(tmp_path / "here"))

    assert said.code == 0
    brought = sorted(path for path in (tmp_path / "here").rglob("*") if path.is_file())
    assert [path.relative_to(tmp_path / "here").as_posix() for path in brought] == [
        f"{one.kind}/{one.name}" for one in honest.files if one.is_kept
    ]
    assert {path.read_bytes() for path in brought} == {BYTES}


def test_json_names_the_places_of_what_was_brought(
    asked: Caller, honest: Handed, tmp_path: Path
) -> None:
    said = asked("artifacts", "7", "--to", str(tmp_path), "--json").document

    assert said == {
        "files": [str(tmp_path / one.kind / one.name) for one in honest.files if one.is_kept]
    }


def test_a_damaged_file_is_refused_and_leaves_nothing(asked: Caller, tmp_path: Path) -> None:
    said = asked("artifacts", "7", "--to", str(tmp_path / "here"))

    assert said.code == 2
    assert "llama.pte arrived damaged" in said.err
    assert not [path for path in (tmp_path / "here").rglob("*") if path.is_file()]


def test_nothing_to_bring_is_said(asked: Caller, tmp_path: Path) -> None:
    assert asked("artifacts", "6", "--to", str(tmp_path)).out.strip() == "there is nothing to bring"


def test_a_job_that_is_not_there_is_a_mistake(asked: Caller) -> None:
    assert asked("artifacts", "nobody").code == 2
