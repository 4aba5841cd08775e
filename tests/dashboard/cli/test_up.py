"""`coevo up` as a user meets it: the real command, in a folder of its own."""

from __future__ import annotations

import json
import signal
import stat
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import psutil
import pytest
from served import COEVO, SOON_SECONDS, Served, coevo, environment, served, tiny

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]
CPU, TPU = "lab/cpu:hello@stable", "lab/tpu:hello@stable"
FAILING = """
echo '{"type": "hello", "protocol": 1, "suite": "hello", "total": 1}'
echo '{"type": "case", "id": "one", "status": "FAIL", "message": "1 is not 2"}'
echo '{"type": "bye"}'
"""
# Sleeps until a file lies beside the matrix, so that a test decides when it ends.
WAITING = """
echo '{{"type": "hello", "protocol": 1, "suite": "hello"}}'
touch {folder}/begun
while [ ! -e {folder}/go ]; do sleep 0.05; done
echo '{{"type": "bye"}}'
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "matrix.yaml").write_text(tiny())
    return tmp_path


def once(folder: Path, *words: str) -> tuple[int, dict[str, Any]]:
    done = coevo(folder, "up", "--once", "--json", "--no-ray", "--port", "0", *words)
    assert done.stdout, done.stderr
    return done.returncode, json.loads(done.stdout)


def statuses(document: dict[str, Any]) -> dict[str, str]:
    return {job["id"]: job["status"] for job in document["jobs"]}


def waiting_matrix(folder: Path) -> None:
    (folder / "matrix.yaml").write_text(tiny(WAITING.format(folder=folder)))


def wait_for(path: Path) -> None:
    deadline = time.monotonic() + 30
    while not path.exists():
        assert time.monotonic() < deadline, f"{path} never came"
        time.sleep(0.02)


def suites_of(server: Served) -> list[psutil.Process]:
    """The suites' processes, wherever they hang in the tree: their script names the folder."""
    return [
        process
        for process in psutil.process_iter(["cmdline"])
        if str(server.folder) in " ".join(process.info["cmdline"] or ())
    ]


def test_once_carries_the_matrix_out_and_prints_one_document(folder: Path) -> None:
    code, document = once(folder)

    assert code == 0
    assert statuses(document) == {CPU: "PASS", TPU: "SKIP"}
    assert document["jobs"][1]["reason"] == "no runner at lab offers accelerator=tpu"
    assert not (folder / ".coevo" / "server.json").exists()


def test_once_runs_again_though_all_is_fresh(folder: Path) -> None:
    _, first = once(folder)
    _, second = once(folder)

    assert (first["run"], second["run"]) == (1, 2)
    assert statuses(second) == statuses(first)


def test_once_says_with_its_exit_code_that_something_failed(folder: Path) -> None:
    (folder / "matrix.yaml").write_text(tiny(FAILING))

    code, document = once(folder)

    assert code == 1
    assert statuses(document)[CPU] == "FAIL"


def test_once_without_json_prints_results_and_a_summary(folder: Path) -> None:
    done = coevo(folder, "up", "--once", "--no-ray", "--port", "0")

    assert done.returncode == 0
    assert f"✓ PASS  {CPU}" in done.stdout
    assert done.stdout.splitlines()[-1] == "run 1: 1 PASS, 1 SKIP"
    assert "\x1b" not in done.stdout


def test_an_environment_that_cannot_be_resolved_is_an_infrastructure_failure(folder: Path) -> None:
    wanted = '    environment: {requirements: ["surely-not-there==1.0"]}\n'
    (folder / "matrix.yaml").write_text(tiny(extra=wanted))

    extra = {"UV_NO_INDEX": "1", "UV_OFFLINE": "1"}
    done = coevo(folder, "up", "--once", "--json", "--no-ray", "--port", "0", extra=extra)

    (job, _) = json.loads(done.stdout)["jobs"]
    assert (done.returncode, job["status"]) == (1, "MISS")
    assert "surely-not-there" in job["reason"]


def test_a_mistake_in_the_matrix_is_shown_before_anything_is_made(folder: Path) -> None:
    (folder / "matrix.yaml").write_text("name: x\naxis: {}\n")

    done = coevo(folder, "up", "--no-ray")

    assert done.returncode == 2
    assert "matrix.yaml:2:1" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (folder / ".coevo").exists()


def test_a_second_server_is_refused_with_the_url_of_the_first(folder: Path) -> None:
    with served(folder) as first:
        second = coevo(folder, "up", "--no-ray", "--port", "0")

    assert second.returncode == 3
    assert first.url in second.stderr


def test_a_busy_port_moves_to_the_next_and_says_so(folder: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    with served(folder) as first:
        port = first.url.rpartition(":")[2]
        (other / "matrix.yaml").write_text(tiny())
        done = coevo(other, "up", "--no-ray", "--once", "--port", port)

    assert done.returncode == 0
    assert f"port {port} is taken" in done.stdout


def test_the_note_is_for_the_owner_only_and_goes_with_the_server(folder: Path) -> None:
    with served(folder) as server:
        note = folder / ".coevo" / "server.json"
        assert stat.S_IMODE(note.stat().st_mode) == 0o600
        assert json.loads(note.read_text())["url"] == server.url

    assert not note.exists()


def test_it_listens_on_loopback_only(folder: Path) -> None:
    with served(folder) as server:
        listening = [
            connection.laddr.ip
            for connection in psutil.Process(server.process.pid).net_connections("inet")
            if connection.status == psutil.CONN_LISTEN
        ]

    assert listening == ["127.0.0.1"]


def test_changing_anything_wants_the_token(folder: Path) -> None:
    with served(folder) as server:
        request = urllib.request.Request(f"{server.url}/api/v1/runs", b"{}", method="POST")
        with pytest.raises(urllib.error.HTTPError) as refusal:
            urllib.request.urlopen(request, timeout=10)

    assert refusal.value.code in {401, 403, 422}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_ends_suites_and_gives_their_jobs_back(
    folder: Path, number: signal.Signals
) -> None:
    waiting_matrix(folder)
    with served(folder) as server:
        wait_for(folder / "begun")
        suites = suites_of(server)
        begun = time.monotonic()
        server.process.send_signal(number)
        assert server.process.wait(SOON_SECONDS) == 130
        took = time.monotonic() - begun

    assert took < SOON_SECONDS
    assert suites
    assert not [suite for suite in suites if suite.is_running() and suite.status() != "zombie"]
    (folder / "go").touch()
    code, document = once(folder)
    assert (code, document["run"], statuses(document)[CPU]) == (0, 1, "DONE")


def test_an_attempt_that_was_interrupted_does_not_count(folder: Path) -> None:
    waiting_matrix(folder)
    for _ in range(4):
        (folder / "begun").unlink(missing_ok=True)
        with served(folder):
            wait_for(folder / "begun")
    (folder / "go").touch()

    code, document = once(folder)

    assert (code, document["run"], statuses(document)[CPU]) == (0, 1, "DONE")


def test_after_a_kill_the_next_server_goes_on_with_the_run(folder: Path) -> None:
    waiting_matrix(folder)
    with served(folder) as server:
        wait_for(folder / "begun")
        suites = suites_of(server)
        server.process.kill()
        server.process.wait()
    psutil.wait_procs(suites, timeout=10)
    (folder / "go").touch()

    code, document = once(folder)

    assert (code, document["run"], statuses(document)[CPU]) == (0, 1, "DONE")
    assert not [suite for suite in suites if suite.is_running() and suite.status() != "zombie"]


def test_plain_up_starts_no_run_where_all_is_fresh(folder: Path) -> None:
    once(folder)
    with served(folder) as server:
        ready(server)
        assert [run["id"] for run in server.get("/api/v1/m/tiny/runs")["runs"]] == [1]


def test_plain_up_starts_a_run_where_the_suite_has_changed(folder: Path) -> None:
    once(folder)
    (folder / "matrix.yaml").write_text(tiny(FAILING))
    with served(folder) as server:
        ready(server)
        assert [run["id"] for run in server.get("/api/v1/m/tiny/runs")["runs"]] == [2, 1]


def test_this_machine_stands_where_it_is_told_to(folder: Path) -> None:
    (folder / "matrix.yaml").write_text(tiny().replace("[lab]", "[edge]"))

    code, document = once(folder, "--site", "edge", "--label", "model=board", "--slots", "1")

    assert code == 0
    assert statuses(document)["edge/cpu:hello@stable"] == "PASS"


def test_settings_come_from_the_environment(folder: Path) -> None:
    extra = {"COEVO_NO_RAY": "1", "COEVO_PORT": "0", "COEVO_DATA": "elsewhere"}

    done = coevo(folder, "up", "--once", "--json", extra=extra)

    assert statuses(json.loads(done.stdout))[CPU] == "PASS"
    assert (folder / "elsewhere" / "coevo.db").exists()


@pytest.mark.parametrize("label", ["model", "=x", "model="])
def test_a_label_that_is_no_pair_is_a_mistake(folder: Path, label: str) -> None:
    done = coevo(folder, "up", "--no-ray", "--label", label)

    assert done.returncode == 2
    assert "KEY=VALUE" in done.stderr


def test_the_first_page_answers_before_anything_is_ready(folder: Path) -> None:
    begun = time.monotonic()
    with served(folder) as server:
        assert server.get("/healthz")["status"] == "ok"
        assert time.monotonic() - begun < SOON_SECONDS


def test_a_reader_that_hangs_does_not_keep_the_server(folder: Path) -> None:
    with served(folder) as server:
        stream = urllib.request.urlopen(f"{server.url}/api/v1/events", timeout=10)
        server.process.send_signal(signal.SIGINT)
        assert server.process.wait(SOON_SECONDS) == 130
        stream.close()


def test_up_is_found_on_the_path_it_is_installed_on() -> None:
    version = subprocess.run([COEVO, "version"], capture_output=True, env=environment(), check=True)

    assert version.stdout.startswith(b"coevo ")


def ready(server: Served) -> None:
    """Wait until the server can run jobs and has planned."""
    deadline = time.monotonic() + 30
    while True:
        status = server.get("/healthz")["server"]
        if status["ready"] and not status["doing"]:
            return
        assert time.monotonic() < deadline, status
        time.sleep(0.05)
