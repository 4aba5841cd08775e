"""A server that lasts, as its operator meets it: the real command, scraped, copied and pruned."""

from __future__ import annotations

import json
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families
from served import Served, coevo, served, tiny

from orchestrator.store.backup import fault_of

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]
# Each shard waits for a file, so that the run goes on for as long as the test wants.
HELD = """
echo '{{"type": "hello", "protocol": 1, "suite": "hello", "total": 1}}'
touch {folder}/begun
while [ ! -e {folder}/go ]; do sleep 0.05; done
echo '{{"type": "case", "id": "one", "status": "PASS"}}'
echo '{{"type": "bye"}}'
"""
PATIENCE_SECONDS = 60


def until(is_so: Callable[[], object], what: str) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not is_so():
        assert time.monotonic() < deadline, f"{what} never came"
        time.sleep(0.05)


def scraped(server: Served) -> dict[tuple[str, ...], float]:
    """Every sample by its name and the values of its labels."""
    with urllib.request.urlopen(f"{server.url}/metrics", timeout=30) as answer:
        families = list(text_string_to_metric_families(answer.read().decode()))
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in families
        for sample in family.samples
    }


def logged(folder: Path, event: str) -> list[dict[str, Any]]:
    lines = (folder / ".coevo" / "server.log").read_text().splitlines()
    return [line for line in map(json.loads, lines) if line["event"] == event]


def test_a_server_is_scraped_copied_and_pruned_while_a_run_goes_on(tmp_path: Path) -> None:
    (tmp_path / "matrix.yaml").write_text(tiny(HELD.format(folder=tmp_path)))
    copy = tmp_path / "copy.db"
    with served(tmp_path, "--no-ray", "--log-format", "json") as server:
        until((tmp_path / "begun").exists, "the suite")
        until(lambda: scraped(server)["coevo_jobs", "running"], "a running job")
        during = scraped(server)
        copied = coevo(tmp_path, "backup", str(copy))
        pruned = coevo(tmp_path, "prune", "--json")
        refused = coevo(tmp_path, "restore", str(copy))
        (tmp_path / "go").touch()
        until(lambda: scraped(server)["coevo_cell_states", "PASS"], "the result")
        after = scraped(server)
        until(lambda: logged(tmp_path, "job.ended"), "the end in the log")
        health = server.get("/api/v1/health")

    assert (copied.returncode, pruned.returncode, refused.returncode) == (0, 0, 3)
    assert json.loads(pruned.stdout)["cases"] == 0
    assert (during["coevo_reports_total",], after["coevo_reports_total",]) == (0, 1)
    assert after["coevo_jobs", "running"] == 0
    assert after["coevo_jobs", "unoffered"] == 1  # nobody has a TPU
    assert health["health"]["store"]["totals"]["reports"] == 1
    assert fault_of(copy) == ""
    (ended,) = logged(tmp_path, "job.ended")
    assert (ended["name"], ended["status"]) == ("lab/cpu:hello@stable", "PASS")
    assert len(logged(tmp_path, "server.started")) == len(logged(tmp_path, "server.stopped")) == 1


def test_a_format_that_is_none_is_a_mistake_of_the_command_line(tmp_path: Path) -> None:
    done = coevo(tmp_path, "up", "--log-format", "xml")
    assert done.returncode == 2
    assert "'text', 'json'" in done.stderr
    assert not (tmp_path / ".coevo").exists()
