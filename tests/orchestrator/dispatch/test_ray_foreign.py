"""RAY_ADDRESS: whole runs on somebody else's cluster, which is used and never ended."""

from __future__ import annotations

import json
import os
import socket
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from foreign_ray import ForeignRay, foreign_ray
from served import coevo, tiny

from matrix.errors import CoevoError
from orchestrator.dispatch import warden
from orchestrator.dispatch.ray_actor import KEPT_SECONDS
from orchestrator.dispatch.ray_foreign import Foreign, foreign
from runners.artifacts import Artifacts

pytestmark = pytest.mark.slow
LABELS = "site=lab,rack=r7"
SHOWING = """
echo '{"type": "hello", "protocol": 1, "suite": "hello", "total": 1}'
echo '{"type": "fact", "name": "token", "value": "'${RAY_AUTH_TOKEN_PATH-none}'", "source": "env"}'
echo '{"type": "case", "id": "one", "status": "PASS"}'
echo '{"type": "bye"}'
"""
on_ray = [pytest.mark.ray, pytest.mark.slow, pytest.mark.xdist_group("ray")]


@pytest.fixture(scope="module")
def theirs() -> Iterator[ForeignRay]:
    """A cluster with labels, whose nodes count no places of ours."""
    with foreign_ray(LABELS) as cluster:
        yield cluster


@pytest.fixture
def folder() -> Iterator[Path]:
    """Short, since Ray's sockets lie below."""
    with tempfile.TemporaryDirectory(prefix="coevo-") as name:
        yield Path(name)


class TestOnTheirCluster:
    """What somebody sees who has set RAY_ADDRESS."""

    pytestmark = on_ray

    def test_a_run_has_real_results_and_only_the_cluster_stays(
        self, theirs: ForeignRay, folder: Path
    ) -> None:
        (folder / "matrix.yaml").write_text(tiny(SHOWING))
        extra = theirs.environment()
        ended = coevo(folder, "up", "--once", "--json", "--port", "0", extra=extra)
        jobs = {job["id"]: job for job in json.loads(ended.stdout)["jobs"]}
        assert jobs["lab/cpu:hello@stable"]["status"] == "PASS", ended.stderr
        assert jobs["lab/tpu:hello@stable"]["status"] == "SKIP"
        assert ended.returncode == 0
        assert theirs.is_alive()
        names = [_command_line(pid) for pid in warden.descendants(theirs.pid)]
        assert not [name for name in names if "SlotActor" in name]
        assert not (folder / ".coevo" / "ray").exists()

    def test_its_nodes_forget_files_that_were_long_not_used(
        self, theirs: ForeignRay, folder: Path
    ) -> None:
        kept = Artifacts(Path(tempfile.gettempdir()) / f"coevo-{os.getuid()}")
        (folder / "old").write_bytes(os.urandom(16))
        (folder / "new").write_bytes(os.urandom(16))
        old, new = (kept.place(kept.keep(folder / name)[0]) for name in ("old", "new"))
        long_ago = time.time() - KEPT_SECONDS - 60
        os.utime(old, (long_ago, long_ago))
        (folder / "matrix.yaml").write_text(tiny())
        coevo(folder, "up", "--once", "--json", "--port", "0", extra=theirs.environment())

        assert (old.exists(), new.exists()) == (False, True)
        new.unlink()

    def test_a_wrong_token_is_refused_with_what_to_do(
        self, theirs: ForeignRay, folder: Path
    ) -> None:
        (folder / "matrix.yaml").write_text(tiny())
        (folder / "token").write_text("0" * 64)
        extra = {**theirs.environment(), "RAY_AUTH_TOKEN_PATH": str(folder / "token")}
        ended = coevo(folder, "up", "--once", "--json", "--port", "0", extra=extra)
        assert ended.returncode not in (0, 1)
        assert "does not let us in" in ended.stderr
        assert "Traceback" not in ended.stderr
        assert theirs.is_alive()


def _command_line(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        return ""


def test_an_address_that_nobody_answers_ends_the_command_at_once(folder: Path) -> None:
    (folder / "matrix.yaml").write_text(tiny())
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        nobody = f"127.0.0.1:{taken.getsockname()[1]}"
        ended = coevo(folder, "up", "--once", "--port", "0", extra={"RAY_ADDRESS": nobody})
    assert ended.returncode not in (0, 1)
    assert f"no Ray cluster answers at {nobody}" in ended.stderr
    assert "unset it" in ended.stderr


def test_an_address_that_nobody_answers_is_said_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        nobody = f"127.0.0.1:{taken.getsockname()[1]}"
        monkeypatch.setenv("RAY_ADDRESS", nobody)
        found = foreign()
        assert found == Foreign(nobody)
        with pytest.raises(CoevoError, match="no Ray cluster answers"):
            found.start()


@pytest.mark.parametrize("value", ["", "local"])
def test_without_an_address_there_is_no_foreign_cluster(
    monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv("RAY_ADDRESS", value)
    assert foreign() is None


def test_a_token_is_asked_for_unless_the_environment_says_otherwise(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("RAY_AUTH_MODE", raising=False)
    assert Foreign("10.0.0.1:6379").environment() == {"RAY_AUTH_MODE": "token"}
    monkeypatch.setenv("RAY_AUTH_MODE", "disabled")
    assert Foreign("10.0.0.1:6379").environment() == {"RAY_AUTH_MODE": "disabled"}


def test_ending_a_foreign_cluster_leaves_it_alone() -> None:
    with socket.create_server(("127.0.0.1", 0)) as theirs:
        where = Foreign(f"127.0.0.1:{theirs.getsockname()[1]}")
        where.end()
        assert where.address() == where.where
        assert not where.is_ours
