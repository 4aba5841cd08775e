"""This machine as a runner, and what stands behind it."""

from __future__ import annotations

import logging
import os
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from worlds import matrix_of

from orchestrator.dispatch.process import ProcessExecutor
from orchestrator.dispatch.ray_executor import RayExecutor
from orchestrator.service.folder import Folder
from orchestrator.service.forgetting import ENVIRONMENTS_KEPT, unfinished_environments
from orchestrator.service.logbook import logbook
from orchestrator.service.machine import _name, card
from orchestrator.service.settings import Settings
from orchestrator.service.shelves import due
from orchestrator.service.stations import size, stations
from runners.environments.bindings import Binding, Bindings, Kind
from runners.environments.shelf import FOLDER, MARKER

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,62}")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(Folder(tmp_path).made(), "", site="edge", labels=(("model", "board"),))


def test_the_machine_offers_its_cpu_at_its_site_with_its_labels(settings: Settings) -> None:
    offered = [dict(offer.labels) for offer in card(settings).offers]

    assert {"site": "edge", "accelerator": "cpu", "model": "board"} in offered


def test_what_the_machine_brings_is_a_capability_of_all_that_it_offers(settings: Settings) -> None:
    bound = (Binding(Kind.PYTHON, "/venv", "vllm"), Binding(Kind.PYTHON, "/other"))

    offers = card(replace(settings, bindings=Bindings(bound))).offers

    assert all(one.capabilities >= {"preinstalled", "preinstalled:vllm"} for one in offers)
    assert not any("preinstalled" in one.capabilities for one in card(settings).offers)


def test_as_many_slots_as_it_is_told(settings: Settings) -> None:
    assert {offer.slots for offer in card(replace(settings, slots=3)).offers} == {3}


def test_its_name_is_one_and_stays_the_same(settings: Settings) -> None:
    name = card(settings).name

    assert NAME.fullmatch(name)
    assert name == card(settings).name
    assert name.startswith("edge-")


@pytest.mark.parametrize("text", ["Bär's Mac.local", "a" * 200, "_x_", "ÄÖÜ", "lab-GPU_7"])
def test_any_host_name_becomes_a_name(text: str) -> None:
    assert NAME.fullmatch(_name(text))


def test_plain_processes_or_ray_stand_behind_it(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    (plain,) = stations(replace(settings, use_ray=False), matrix_of())
    (on_ray,) = stations(settings, matrix_of())

    assert isinstance(plain.executor, ProcessExecutor)
    assert isinstance(on_ray.executor, RayExecutor)
    assert (plain.card.kind, on_ray.card.kind) == ("process", "ray")
    assert [offer.labels for offer in plain.card.offers] == [
        offer.labels for offer in on_ray.card.offers
    ]


def test_a_named_clusters_offers_are_not_known_before_it_is_joined(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RAY_ADDRESS", "127.0.0.1:1")
    (station,) = stations(settings, matrix_of())

    assert station.card.offers == ()
    assert station.starting == "joining Ray at 127.0.0.1:1"


def test_an_embedded_cluster_has_a_place_for_each_slot(settings: Settings) -> None:
    found = size(card(replace(settings, slots=2)))

    assert found.resources["coevo_slot"] % 2 == 0
    assert found.labels["site"] == "edge"
    assert found.labels["model"] == "board"


def environment(home: Path, name: str, *, days: float | None) -> None:
    """An environment that was last used so long ago; None: its build was cut off."""
    folder = home / FOLDER / name
    folder.mkdir(parents=True)
    if days is not None:
        (folder / MARKER).touch()
        at = (NOW - timedelta(days=days)).timestamp()
        os.utime(folder / MARKER, (at, at))


def test_environments_go_by_their_last_use(tmp_path: Path) -> None:
    for name, days in (("used", 1), ("rare", 29), ("old", 31), ("half", None)):
        environment(tmp_path, name, days=days)

    found = due(tmp_path, NOW - ENVIRONMENTS_KEPT)
    assert [one.folder.name for one in found if one.record] == ["old"]
    assert [path.name for path in unfinished_environments(tmp_path)] == ["half"]


def test_a_folder_without_environments_has_none_to_forget(tmp_path: Path) -> None:
    assert due(tmp_path, NOW) == ()
    assert unfinished_environments(tmp_path) == ()


def test_what_is_logged_goes_to_the_folder_and_only_meanwhile(tmp_path: Path) -> None:
    folder = Folder(tmp_path).made()
    with logbook(folder):
        logging.getLogger("coevo.test").warning("seen")
    logging.getLogger("coevo.test").warning("not seen")

    text = (tmp_path / "server.log").read_text()
    assert "WARNING coevo.test: seen" in text
    assert "not seen" not in text
