"""The data folder: one server at a time, and a note that only its owner can read."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from orchestrator.service.folder import AlreadyServed, Folder, Lock, Server, found_above

pytestmark = pytest.mark.slow
HOLDER = """
import sys, time
from pathlib import Path
from orchestrator.service.folder import Folder, Lock
folder = Folder(Path(sys.argv[1]))
lock = Lock(folder)
folder.note("http://127.0.0.1:1234")
print("held", flush=True)
time.sleep(60)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path / ".coevo").made()


def test_a_second_lock_names_the_first_servers_url(folder: Folder) -> None:
    first = Lock(folder)
    folder.note("http://127.0.0.1:8765")

    with pytest.raises(AlreadyServed) as refusal:
        Lock(folder)

    assert refusal.value.url == "http://127.0.0.1:8765"
    assert refusal.value.exit_code == 3
    assert "http://127.0.0.1:8765" in str(refusal.value)
    first.release()


def test_a_released_lock_can_be_taken_again(folder: Folder) -> None:
    Lock(folder).release()

    second = Lock(folder)

    assert folder.is_served()
    second.release()
    assert not folder.is_served()


def test_a_killed_server_leaves_no_lock_behind(folder: Folder) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(folder.path)], stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(AlreadyServed):
            Lock(folder)
        holder.send_signal(signal.SIGKILL)
        holder.wait()

    Lock(folder).release()

    left = folder.server()
    assert left is not None
    assert left.pid == holder.pid


def test_only_the_owner_can_read_the_note_and_the_token(folder: Folder) -> None:
    folder.note("http://127.0.0.1:8765")

    for path in (folder.server_file, folder.path / "token"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.path.stat().st_mode) == 0o700


def test_the_note_says_where_the_server_is(folder: Folder) -> None:
    noted = folder.note("http://127.0.0.1:8765")

    assert folder.server() == noted == Server("http://127.0.0.1:8765", folder.token(), os.getpid())


def test_the_token_stays_the_same_over_restarts(folder: Folder) -> None:
    first = folder.token()

    assert Folder(folder.path).token() == first
    assert len(first) >= 32


def test_two_folders_have_two_tokens(tmp_path: Path) -> None:
    one, other = Folder(tmp_path / "one").made(), Folder(tmp_path / "other").made()

    assert one.token() != other.token()


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", json.dumps({"url": "x"}), "null"])
def test_a_damaged_note_is_no_note(folder: Folder, text: str) -> None:
    folder.server_file.write_text(text)

    assert folder.server() is None


def test_a_forgotten_server_is_not_found(folder: Folder) -> None:
    folder.note("http://127.0.0.1:8765")
    folder.forget()
    folder.forget()

    assert folder.server() is None


def test_a_folder_is_found_from_any_folder_below(folder: Folder) -> None:
    folder.note("http://127.0.0.1:8765")
    deep = folder.path.parent / "a" / "b"
    deep.mkdir(parents=True)

    assert found_above(deep) == folder


def test_a_folder_without_a_server_is_not_found(folder: Folder) -> None:
    found = found_above(folder.path.parent)

    assert found is None or found.path != folder.path


def test_git_ignores_a_data_folder_wherever_it_lies(folder: Folder) -> None:
    assert (folder.path / ".gitignore").read_text() == "*\n"


def test_a_store_lies_in_the_folder_unless_told_otherwise(folder: Folder) -> None:
    assert folder.database_url == f"sqlite:///{folder.path.resolve()}/coevo.db"
