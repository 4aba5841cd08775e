"""`coevo up --slurm`, as an owner of a cluster sees it: told, cancelled, killed, back again."""

from __future__ import annotations

import json
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from served import COEVO, coevo, environment
from slots import survivors
from slurm_cluster import SlurmCluster, until

pytestmark = [pytest.mark.slurm, pytest.mark.slow, pytest.mark.timeout(600)]
BAD, GOOD, INTERRUPTED = 1, 0, 130
PROBE = """
name: probed
axes:
  site: [lab]
  accelerator: [cpu]
suites:
  probe: {}
"""


def matrix(script: str, needs: str = "", accelerator: str = "cpu") -> str:
    """One suite, a script of the shell that speaks the protocol."""
    lines = (
        """echo '{"type":"hello","protocol":1,"suite":"one","total":1}'""",
        script,
        """echo '{"type":"case","id":"a","status":"PASS"}'""",
        """echo '{"type":"bye"}'""",
    )
    return f"""
name: queued
axes:
  site: [lab]
  accelerator: [{accelerator}]
suites:
  one:
    command: [sh, -c, {json.dumps(chr(10).join(lines))}]
    {needs}
"""


@contextmanager
def up(folder: Path, slurm: SlurmCluster, *words: str) -> Iterator[subprocess.Popen[bytes]]:
    """`coevo up --slurm` in a folder, killed at the end where it still runs."""
    with (folder / "up.log").open("ab") as log:
        process = subprocess.Popen(
            [COEVO, "up", "--port", "0", "--slurm", *words],
            cwd=folder,
            env=environment(slurm.environ),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def finished(folder: Path, slurm: SlurmCluster, *words: str) -> subprocess.CompletedProcess[str]:
    """`coevo up --slurm --once`, which carries out what is left and ends."""
    whole = ("up", "--once", "--json", "--port", "0", "--slurm", *words)
    return coevo(folder, *whole, extra=slurm.environ, seconds=400)


def told(answer: subprocess.CompletedProcess[str]) -> tuple[str, str]:
    """The status and reason of the one job."""
    assert answer.stdout, answer.stderr
    (job,) = json.loads(answer.stdout)["jobs"]
    return job["status"], job["reason"]


def status(folder: Path) -> str:
    return coevo(folder, "status").stdout


def job(folder: Path) -> Any:
    return json.loads(coevo(folder, "show", "1", "--json").stdout)[0]["job"]


def test_the_probe_runs_on_a_compute_node(slurm: SlurmCluster, tmp_path: Path) -> None:
    (tmp_path / "matrix.yaml").write_text(PROBE)

    answer = finished(tmp_path, slurm)

    assert answer.returncode == GOOD, answer.stderr
    assert told(answer)[0] in {"PASS", "DONE"}
    assert slurm.last()["JobState"] == "COMPLETED"


def test_a_pending_job_is_told_with_its_reason_and_can_be_cancelled(
    slurm: SlurmCluster, tmp_path: Path
) -> None:
    (tmp_path / "matrix.yaml").write_text(matrix("true"))
    slurm.close_doors()

    with up(tmp_path, slurm):
        until(lambda: "pending: Partition" in status(tmp_path), "the reason in coevo status")
        (number,) = slurm.queue()
        said = f"lab/cpu:one@stable  submitted (Slurm job {number}, pending: Partition"
        assert said in status(tmp_path)
        assert f"Slurm job {number}, pending" in coevo(tmp_path, "show", "1").stdout
        assert job(tmp_path)["state"] == "submitted"
        assert coevo(tmp_path, "cancel", "1").returncode == GOOD
        until(lambda: not slurm.queue(), "the queue to be empty")
        until(lambda: job(tmp_path)["state"] == "ended", "the job to end")
        assert job(tmp_path)["end"] == "cancelled"
    assert slurm.last()["JobState"] == "CANCELLED"


@pytest.mark.parametrize("moment", ["pending", "running"])
def test_a_killed_server_finds_its_batch_job_again(
    slurm: SlurmCluster, tmp_path: Path, moment: str
) -> None:
    wait = f"until [ -e {tmp_path}/go ]; do sleep 0.05; done"
    (tmp_path / "matrix.yaml").write_text(matrix(f"echo begun >> {tmp_path}/note; {wait}"))
    before = slurm.numbers()
    if moment == "pending":
        slurm.close_doors()

    with up(tmp_path, slurm) as server:
        if moment == "pending":
            until(slurm.queue, "the job to be submitted")
        else:
            until((tmp_path / "note").exists, "the suite to run")
        server.send_signal(signal.SIGKILL)
        server.wait()
    slurm.open_doors()
    (tmp_path / "go").touch()
    answer = finished(tmp_path, slurm)

    assert told(answer) == ("PASS", "")
    assert (tmp_path / "note").read_text() == "begun\n"
    assert len(slurm.numbers()) == len(before) + 1
    assert survivors(tmp_path) == []


def test_a_server_that_is_stopped_leaves_its_jobs_with_slurm(
    slurm: SlurmCluster, tmp_path: Path
) -> None:
    (tmp_path / "matrix.yaml").write_text(matrix("true"))
    slurm.close_doors()
    before = slurm.numbers()

    with up(tmp_path, slurm) as server:
        until(slurm.queue, "the job to be submitted")
        server.send_signal(signal.SIGINT)
        assert server.wait(10) == INTERRUPTED
    assert "1 job stays with Slurm" in (tmp_path / "up.log").read_text()
    assert list(slurm.queue().values()) == ["PENDING"]
    slurm.open_doors()

    assert told(finished(tmp_path, slurm)) == ("PASS", "")
    assert len(slurm.numbers()) == len(before) + 1


def test_what_an_administrator_cancels_is_a_miss_of_the_infrastructure(
    slurm: SlurmCluster, tmp_path: Path
) -> None:
    (tmp_path / "matrix.yaml").write_text(matrix("touch began; sleep 600"))

    with up(tmp_path, slurm):
        until(lambda: "RUNNING" in slurm.queue().values(), "the job to run")
        until(lambda: job(tmp_path)["state"] == "running", "the suite to run")
        slurm.said("scancel", *slurm.queue())
        until(lambda: job(tmp_path)["state"] == "ended", "the job to end")
        found = job(tmp_path)

    assert (found["status"], found["attempts"][-1]["layer"]) == ("MISS", "infra")
    assert "was cancelled outside Coevo" in found["reason"]
    assert len(found["attempts"]) == 1


def test_what_slurm_refuses_is_told_by_the_run(slurm: SlurmCluster, tmp_path: Path) -> None:
    (tmp_path / "matrix.yaml").write_text(matrix("true"))

    answer = finished(tmp_path, slurm, "--sbatch-option", "--nodelist=n7")

    assert answer.returncode == BAD
    reason = "Slurm refused the job: Batch job submission failed: Invalid node name specified."
    assert told(answer) == ("MISS", reason)


def test_needs_become_options_of_sbatch(slurm: SlurmCluster, tmp_path: Path) -> None:
    show = f"scontrol show job --oneliner $SLURM_JOB_ID > {tmp_path}/shown"
    needs = "needs: {devices: 2, memory: 200MiB}\n    timeout: 10m"
    (tmp_path / "matrix.yaml").write_text(matrix(show, needs, "gpu"))

    assert told(finished(tmp_path, slurm)) == ("PASS", "")

    shown = dict(w.partition("=")[::2] for w in (tmp_path / "shown").read_text().split())
    assert (shown["TresPerNode"], shown["MinMemoryNode"]) == ("gres:gpu:a100:2", "200M")
    assert shown["TimeLimit"] == "00:45:00"  # 30 min to prepare, 10 to run, 5 to spare


def test_a_suite_on_two_nodes_meets_there(slurm: SlurmCluster, tmp_path: Path) -> None:
    script = f"echo $SLURMD_NODENAME >> {tmp_path}/note-$COEVO_RANK"
    (tmp_path / "matrix.yaml").write_text(matrix(script, "needs: {nodes: 2}"))

    assert told(finished(tmp_path, slurm)) == ("PASS", "")

    notes = {(tmp_path / f"note-{rank}").read_text() for rank in (0, 1)}
    assert notes == {"n1\n", "n2\n"}


def test_more_than_any_node_has_is_said_at_once(slurm: SlurmCluster, tmp_path: Path) -> None:
    (tmp_path / "matrix.yaml").write_text(matrix("true", "needs: {devices: 3}", "gpu"))

    answer = finished(tmp_path, slurm)

    assert told(answer) == ("SKIP", "needs 3 devices; the largest runner at lab/gpu has 2")


def test_twenty_at_once_are_handed_over_and_not_more(slurm: SlurmCluster, tmp_path: Path) -> None:
    text = matrix("true", "shards: 24")
    (tmp_path / "matrix.yaml").write_text(text)
    slurm.close_doors()
    before = len(slurm.numbers())

    with up(tmp_path, slurm):
        until(lambda: len(slurm.queue()) == 20, "twenty jobs")
        until(lambda: status(tmp_path).count("submitted (Slurm job") >= 5, "them to be told")
        assert len(slurm.queue()) == 20
        slurm.open_doors()
        until(lambda: "24 of 24 jobs" in status(tmp_path), "all to end")
    assert len(slurm.numbers()) == before + 24
