"""The verbs that ask a server, against a real one that has carried a small matrix out."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from served import Served, coevo, served, tiny

from matrix.verdict import MARKS, State

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("verbs"), pytest.mark.timeout(120)]
CPU, TPU = "lab/cpu:hello@stable", "lab/tpu:hello@stable"
SUITES = """
  failing:
    command: [sh, fails.sh]
  sleepy:
    shards: 2
    command: [sh, -c, 'echo slept; sleep 0.2']
"""
FAILS = """
echo '{"type": "hello", "protocol": 1, "suite": "failing", "total": 2}'
echo '{"type": "case", "id": "sound", "status": "PASS"}'
echo '{"type": "case", "id": "off", "dtype": "float32", "status": "FAIL", "message": "1 is not 2"}'
echo '{"type": "bye"}'
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("verbs")
    script = folder / "fails.sh"
    script.write_text(FAILS)
    suites = SUITES.replace("fails.sh", str(script))
    (folder / "matrix.yaml").write_text(tiny(extra=suites))
    with served(folder) as running:
        done = coevo(folder, "run", "--wait", "--json")
        assert done.returncode == 1, done.stderr
        yield running


def told(server: Served, *words: str) -> str:
    done = coevo(server.folder, *words)
    assert done.returncode == 0, done.stderr
    return done.stdout


def document(server: Served, *words: str) -> Any:
    return json.loads(told(server, *words, "--json"))


def test_status_says_where_the_server_is_and_how_runs_stand(server: Served) -> None:
    text = told(server, "status")

    assert text.startswith(f"{server.url}  ready")
    assert "jobs" in text


def test_status_as_data_has_the_server_and_its_runs(server: Served) -> None:
    found = document(server, "status")

    assert found["url"] == server.url
    assert found["server"]["ready"] is True
    assert found["runs"][0]["jobs"] == 8
    assert found["simulated"] is False


def test_show_draws_the_grid_with_the_pages_glyphs(server: Served) -> None:
    text = told(server, "show")

    assert "lab" in text
    assert f"{MARKS[State.FAILING].glyph} failing" in text
    assert f"{MARKS[State.NOT_OFFERED].glyph} not offered" in text


def test_show_as_data_is_the_apis_grid(server: Served) -> None:
    found = document(server, "show")

    assert found["faces"] == server.get("/api/v1/grid")["faces"]


def test_show_draws_a_cell(server: Served) -> None:
    text = told(server, "show", "lab/cpu")

    assert "failing" in text
    assert "sleepy" in text
    assert "hello" in text


def test_show_says_why_a_cell_is_empty(server: Served) -> None:
    assert "accelerator=tpu" in told(server, "show", "lab/tpu")


def test_show_names_the_failing_cases_of_a_job(server: Served) -> None:
    text = told(server, "show", "lab/cpu:failing@stable")

    assert "✕ FAIL  off float32  1 is not 2" in text
    assert "sound" not in text
    assert "attempt 1 on" in text


def test_a_job_can_be_named_by_its_number(server: Served) -> None:
    (found,) = document(server, "show", CPU)

    assert document(server, "show", str(found["job"]["id"])) == [found]


def test_shards_are_shown_together(server: Served) -> None:
    found = document(server, "show", "lab/cpu:sleepy@stable")

    assert [one["job"]["shard"] for one in found] == [1, 2]


def test_an_unknown_job_is_a_mistake(server: Served) -> None:
    done = coevo(server.folder, "show", "lab/cpu:nonesuch@stable")

    assert done.returncode == 2
    assert "no job is called lab/cpu:nonesuch@stable" in done.stderr


def test_an_unknown_cell_is_a_mistake(server: Served) -> None:
    done = coevo(server.folder, "show", "moon/cpu")

    assert done.returncode == 2
    assert "Traceback" not in done.stderr


def test_logs_prints_what_a_suite_wrote(server: Served) -> None:
    assert told(server, "logs", CPU) == "this line is log\n"


def test_following_a_job_that_has_ended_ends(server: Served) -> None:
    assert told(server, "logs", "-f", CPU) == "this line is log\n"


def test_logs_of_shards_follow_one_another(server: Served) -> None:
    lines = told(server, "logs", "lab/cpu:sleepy@stable").splitlines()

    assert lines == [
        "==> lab/cpu:sleepy@stable#1/2 <==",
        "slept",
        "==> lab/cpu:sleepy@stable#2/2 <==",
        "slept",
    ]


def test_logs_as_data(server: Served) -> None:
    (found,) = document(server, "logs", CPU)

    assert (found["name"], found["log"]) == (CPU, "this line is log\n")


def test_a_job_that_nobody_runs_has_no_log(server: Served) -> None:
    assert told(server, "logs", TPU) == ""


def test_run_carries_out_what_is_selected(server: Served) -> None:
    found = document(server, "run", "--select", "suite=hello,accelerator=cpu", "--wait")

    assert [(job["id"], job["status"]) for job in found["jobs"]] == [(CPU, "PASS")]


def test_run_without_waiting_says_which_run_it_is(server: Served) -> None:
    started = document(server, "run", "--select", "suite=hello,accelerator=cpu")

    assert started["run"] > 1


def test_run_of_nothing_is_a_mistake(server: Served) -> None:
    done = coevo(server.folder, "run", "--select", "site=moon")

    assert done.returncode == 2
    assert "site=moon" in done.stderr


def test_a_job_that_waits_can_be_cancelled(server: Served) -> None:
    document(server, "run", "--select", "suite=hello,accelerator=tpu")

    assert document(server, "cancel", TPU) == {"cancelled": 1}
    assert document(server, "cancel", TPU) == {"cancelled": 0}


def test_the_latest_run_can_be_cancelled(server: Served) -> None:
    document(server, "run", "--select", "suite=hello,accelerator=tpu")

    assert document(server, "cancel", "run") == {"cancelled": 1}
    assert document(server, "status")["runs"][0]["state"] == "cancelled"


def test_the_server_is_found_from_a_folder_below(server: Served) -> None:
    below = server.folder / "a" / "b"
    below.mkdir(parents=True, exist_ok=True)

    assert coevo(below, "status").returncode == 0


def test_the_server_is_found_by_its_setting(server: Served, tmp_path: Path) -> None:
    extra = {"COEVO_SERVER": server.url, "COEVO_TOKEN": server.token}

    assert coevo(tmp_path, "status", extra=extra).returncode == 0
    assert coevo(tmp_path, "cancel", "run", extra=extra).returncode == 0


def test_changing_something_without_the_token_is_refused(server: Served, tmp_path: Path) -> None:
    done = coevo(tmp_path, "cancel", "run", extra={"COEVO_SERVER": server.url})

    assert done.returncode == 2
    assert "token" in done.stderr


def test_doctor_finds_a_running_server_fine(server: Served) -> None:
    found = document(server, "doctor")

    checks = {check["what"]: check for check in found["checks"]}
    assert checks["server"]["detail"] == server.url
    assert checks["torch in the server"]["detail"] == "never loaded"
    assert {check["finding"] for check in checks.values()} == {"fine"}


def test_a_backup_of_a_running_server_can_be_restored(server: Served, tmp_path: Path) -> None:
    copied = document(server, "backup", str(tmp_path / "copy.db"))
    assert copied["bytes"] == (tmp_path / "copy.db").stat().st_size

    done = coevo(tmp_path, "restore", "copy.db", "--json")
    assert done.returncode == 0, done.stderr
    (tmp_path / "matrix.yaml").write_text((server.folder / "matrix.yaml").read_text())
    with served(tmp_path) as restored:
        assert restored.get("/api/v1/m/tiny/runs/1")["run"]["jobs"] == 8


def test_nothing_is_restored_under_a_running_server(server: Served, tmp_path: Path) -> None:
    told(server, "backup", str(tmp_path / "copy.db"))

    done = coevo(server.folder, "restore", str(tmp_path / "copy.db"))

    assert done.returncode == 3
    assert server.url in done.stderr


def test_a_young_store_has_nothing_to_forget(server: Served) -> None:
    for words in (("prune", "--dry-run"), ("prune",)):
        found = document(server, *words)
        assert (found["cases"], found["log_chunks"], found["environments"]) == (0, 0, [])


@pytest.mark.parametrize(
    "words", [("status",), ("show",), ("run",), ("logs", CPU), ("cancel", "run")]
)
def test_without_a_server_every_verb_says_what_to_do(
    tmp_path: Path, words: tuple[str, ...]
) -> None:
    done = coevo(tmp_path, *words)

    assert done.returncode == 4
    assert "coevo up" in done.stderr
    assert done.stdout == ""
