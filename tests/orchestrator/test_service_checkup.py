"""Looking a data folder over, and mending it."""

from __future__ import annotations

import json
import os
import socket
import stat
from pathlib import Path

import pytest

from orchestrator.service import checkup as looking
from orchestrator.service.checkup import Check, Finding, checkup, note, port_free, private_files
from orchestrator.service.folder import Folder, Lock


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path / ".coevo").made()


def found(checks: tuple[Check, ...], what: str) -> Check:
    (one,) = [check for check in checks if check.what.strip() == what]
    return one


def test_a_healthy_folder_is_fine(folder: Folder) -> None:
    folder.token()

    checks = checkup(folder, 1, mend=False)

    assert {check.finding for check in checks} == {Finding.FINE}


def test_a_missing_folder_is_fine_and_is_not_made(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "nowhere")

    checks = checkup(folder, 1, mend=False)

    assert {check.finding for check in checks} == {Finding.FINE}
    assert not folder.path.exists()


def test_it_says_what_is_where_and_how_big(folder: Folder) -> None:
    (folder.path / "environments").mkdir()
    (folder.path / "environments" / "wheel").write_bytes(os.urandom(3_000_000))
    (folder.path / "coevo.db").write_bytes(os.urandom(1_000_000))

    checks = checkup(folder, 1, mend=False)

    assert found(checks, "environments").detail == "3.0 MB"
    assert found(checks, "coevo.db").detail == "1.0 MB"
    assert str(folder.path) in found(checks, "data folder").detail


def test_a_hard_linked_file_is_counted_by_its_part(folder: Folder, tmp_path: Path) -> None:
    (folder.path / "environments").mkdir()
    (folder.path / "environments" / "wheel").write_bytes(os.urandom(4_000_000))
    os.link(folder.path / "environments" / "wheel", tmp_path / "cache")

    assert found(checkup(folder, 1, mend=False), "environments").detail == "2.0 MB"


def test_a_note_that_outlived_its_server_is_mended(folder: Folder) -> None:
    folder.note("http://127.0.0.1:8765")

    assert note(folder, mend=False).finding is Finding.WRONG
    assert folder.server() is not None
    assert note(folder, mend=True).finding is Finding.MENDED
    assert folder.server() is None
    assert note(folder, mend=False).finding is Finding.FINE


def test_a_damaged_note_is_mended(folder: Folder) -> None:
    folder.server_file.write_text("{")

    assert note(folder, mend=True).finding is Finding.MENDED
    assert not folder.server_file.exists()


def test_a_running_server_is_fine(folder: Folder) -> None:
    lock = Lock(folder)
    folder.note("http://127.0.0.1:8765")

    assert note(folder, mend=True) == Check("server", Finding.FINE, "http://127.0.0.1:8765")
    assert folder.server() is not None
    lock.release()


def test_a_token_that_others_can_read_is_mended(folder: Folder) -> None:
    (folder.path / "ray").mkdir()
    token = folder.path / "ray" / "auth_token"
    token.write_text("secret")
    token.chmod(0o644)

    (wrong,) = private_files(folder, mend=False)
    assert wrong.finding is Finding.WRONG
    assert str(token) in wrong.hint
    (mended,) = private_files(folder, mend=True)
    assert mended.finding is Finding.MENDED
    assert stat.S_IMODE(token.stat().st_mode) == 0o600


def test_a_full_disk_is_wrong(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(looking, "LOW_DISK_BYTES", 10**18)

    check = looking.disk(folder)

    assert check.finding is Finding.WRONG
    assert "--data" in check.hint


def test_torch_in_the_server_is_wrong(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    folder.note("http://127.0.0.1:8765")

    assert looking.torch_free(folder).detail == "never loaded"
    # This process's own library stands in for the one that must not be there.
    monkeypatch.setattr(looking, "FORBIDDEN", "libc")
    assert looking.torch_free(folder).finding is Finding.WRONG


def test_a_taken_port_is_said_and_no_fault(folder: Folder) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        assert "is taken" in port_free(folder, port).detail
        folder.note(f"http://127.0.0.1:{port}")
        assert port_free(folder, port).detail == f"{port} is this server's"
    assert port_free(Folder(folder.path / "x"), port).detail == f"{port} is free"


def test_without_ray_address_no_cluster_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RAY_ADDRESS", raising=False)

    assert list(looking.cluster()) == []


def test_a_cluster_that_does_not_answer_is_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAY_ADDRESS", "127.0.0.1:1")

    (check,) = looking.cluster()

    assert (check.what, check.finding) == ("Ray at 127.0.0.1:1", Finding.WRONG)
    assert "RAY_ADDRESS" in check.hint


@pytest.mark.slow
def test_what_answers_there_but_is_no_ray_cannot_be_compared(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("orchestrator.dispatch.ray_foreign.ASK_SECONDS", 3.0)
    with socket.create_server(("127.0.0.1", 0)) as other:
        monkeypatch.setenv("RAY_ADDRESS", f"127.0.0.1:{other.getsockname()[1]}")

        (check,) = looking.cluster()

    assert check.finding is Finding.WRONG
    assert "could not be found out" in check.detail
    assert looking._our_versions().ray in check.hint


@pytest.mark.parametrize(
    ("ray", "python", "finding"),
    [(None, None, Finding.FINE), ("2.1.0", None, Finding.WRONG), (None, "3.9.1", Finding.WRONG)],
)
def test_a_cluster_with_another_ray_or_python_is_wrong(
    monkeypatch: pytest.MonkeyPatch, ray: str | None, python: str | None, finding: Finding
) -> None:
    ours = looking._our_versions()
    answer = json.dumps([ray or ours.ray, python or ours.python])
    monkeypatch.setattr("orchestrator.dispatch.ray_foreign.ASK", f"print({answer!r})")
    with socket.create_server(("127.0.0.1", 0)) as other:
        monkeypatch.setenv("RAY_ADDRESS", f"127.0.0.1:{other.getsockname()[1]}")

        (check,) = looking.cluster()

    assert check.finding is finding
    assert f"Ray {ray or ours.ray}, Python {python or ours.python}" == check.detail
    assert (ours.python in check.hint) == (finding is Finding.WRONG)
