"""The embedded cluster: started, found again, guarded, ended; and clusters of somebody else's."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from matrix.errors import CoevoError
from orchestrator.dispatch import warden
from orchestrator.dispatch.ray_embedded import SESSION_BYTES, SOCKET_PATH_BYTES, Embedded, Size
from orchestrator.dispatch.ray_reach import is_reachable, refuse_open

pytestmark = [pytest.mark.xdist_group("ray"), pytest.mark.slow]
SIZE = Size({"site": "lab"}, {"coevo_slot": 1, "CPU": 1})
# What Ray compares is read by this function of its.
OTHER_PYTHON = """
from ray._private import utils
utils.compute_version_info = lambda: (__import__("ray").__version__, "3.11.99")
"""
CONNECT = """
import sys
from orchestrator.dispatch.ray_driver import Driver
from orchestrator.dispatch.ray_foreign import Foreign
import asyncio
from matrix.errors import CoevoError
try:
    asyncio.run(Driver().connect(Foreign(sys.argv[1]), sys.argv[1]))
except CoevoError as error:
    sys.exit(f"refused: {error}")
"""


def eventually(claim: Callable[[], object], seconds: float = 30) -> bool:
    give_up = time.monotonic() + seconds
    while not claim() and time.monotonic() < give_up:
        time.sleep(0.02)
    return bool(claim())


@pytest.fixture
def open_cluster() -> Iterator[str]:
    """A cluster that asks nobody for a token, as older versions of Ray started them."""
    with tempfile.TemporaryDirectory(prefix="coevo-") as folder:
        embedded = Embedded(Path(folder), SIZE)
        original = Embedded.environment

        class Open(Embedded):
            def environment(self) -> dict[str, str]:
                return {**original(self), "RAY_AUTH_MODE": "disabled"}

        opened = Open(embedded.folder, SIZE)
        yield opened.start()
        opened.end()


@pytest.mark.ray
def test_a_cluster_that_is_there_is_found_and_not_started_again(cluster: Embedded) -> None:
    again = Embedded(cluster.folder, cluster.size)
    owner = again.warden()
    assert again.start() == cluster.address()
    assert again.warden() == owner is not None


@pytest.mark.ray
def test_a_cluster_turns_clients_without_its_token_away(cluster: Embedded) -> None:
    address = cluster.address()
    assert address is not None
    refuse_open(address, cluster.environment())


@pytest.mark.ray
def test_an_open_cluster_is_refused(open_cluster: str) -> None:
    with pytest.raises(CoevoError, match="admits clients without a token"):
        refuse_open(open_cluster, {"RAY_AUTH_MODE": "disabled"})


@pytest.mark.ray
def test_the_cluster_listens_on_the_loopback_only(cluster: Embedded) -> None:
    owner = cluster.warden()
    assert owner is not None
    inodes = {link for pid in warden.descendants(owner) for link in _sockets(pid)}
    listening = [one for one in _listeners() if one[1] in inodes]
    assert listening
    assert {address for address, _ in listening} <= {"127.0.0.1", "::ffff:127.0.0.1"}


def _sockets(pid: int) -> list[str]:
    found = []
    for link in Path(f"/proc/{pid}/fd").iterdir():
        try:
            found.append(str(link.readlink()))
        except OSError:
            continue
    return [one[8:-1] for one in found if one.startswith("socket:[")]


def _listeners() -> list[tuple[str, str]]:
    """The address and inode of each listening TCP socket (proc(5), /proc/net/tcp)."""
    found = []
    for name in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{name}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A":
                found.append((_address(fields[1].partition(":")[0]), fields[9]))
    return found


def _address(text: str) -> str:
    raw = bytes.fromhex(text)
    words = b"".join(raw[at : at + 4][::-1] for at in range(0, len(raw), 4))
    family = socket.AF_INET if len(words) == 4 else socket.AF_INET6
    return socket.inet_ntop(family, words)


@pytest.mark.ray
def test_the_token_is_for_our_user_alone(cluster: Embedded) -> None:
    token = Path(cluster.environment()["RAY_AUTH_TOKEN_PATH"])
    assert token.stat().st_mode & 0o777 == 0o600
    assert len(token.read_text()) >= 32
    assert token.parent == cluster.folder.absolute()


@pytest.mark.ray
def test_a_driver_with_another_token_is_not_let_in(cluster: Embedded, tmp_path: Path) -> None:
    (tmp_path / "token").write_text("0" * 64)
    ended = _connected(cluster, {"RAY_AUTH_TOKEN_PATH": str(tmp_path / "token")})
    assert ended.returncode == 1
    assert "refused: the Ray cluster at" in ended.stderr


@pytest.mark.ray
def test_another_version_of_python_is_refused_with_both_named(cluster: Embedded) -> None:
    ended = _connected(cluster, {}, OTHER_PYTHON + CONNECT)
    assert ended.returncode == 1
    assert "has another Ray or Python" in ended.stderr
    assert "3.11.99" in ended.stderr


def _connected(
    cluster: Embedded, extra: dict[str, str], program: str = CONNECT
) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, **cluster.environment(), **extra}
    environment["PYTHONPATH"] = str(Path(warden.__file__).parents[2])
    return subprocess.run(
        [sys.executable, "-c", program, str(cluster.address())],
        env=environment,
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )


@pytest.mark.ray
def test_a_cluster_ends_with_all_its_processes_when_told_to() -> None:
    with tempfile.TemporaryDirectory(prefix="coevo-") as folder:
        embedded = Embedded(Path(folder), SIZE)
        address = embedded.start()
        owner = embedded.warden()
        assert owner is not None
        family = warden.descendants(owner)
        assert len(family) >= 4
        embedded.end()
        assert not [pid for pid in family if warden.started(pid)]
        assert not is_reachable(address)
        assert embedded.warden() is None


LOSE = """
import asyncio, os, signal, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from dispatching import dispatching
from memory_queue import MemoryQueue
from offers import card, cpu
from orchestrator.dispatch import warden
from orchestrator.dispatch.ray_embedded import Embedded, Size
from orchestrator.dispatch.ray_executor import RayExecutor
from tickets import BYE, HELLO, ticket

home = Path(sys.argv[2])
first = f"if [ ! -e {home}/again ]; then touch {home}/again; sleep 600; fi\\n"
queue = MemoryQueue(ticket(HELLO + first + BYE))
cluster = Embedded(home / "ray", Size({"site": "lab"}, {"coevo_slot": 1, "CPU": 1}))
executor = RayExecutor(cluster, "one", "lab", home, (cpu(1),))

async def scene():
    async with dispatching(queue, executor, card(cpu(1), name="one")) as at_work:
        await at_work.until((home / "again").exists)
        family = warden.descendants(cluster.warden())
        (raylet,) = [p for p in family if Path(f"/proc/{p}/comm").read_text().strip() == "raylet"]
        os.kill(raylet, signal.SIGKILL)
        await at_work.until(lambda: queue.ended == 1)
    print(queue.report(1).status, *at_work.said, sep="\\n")

asyncio.run(scene())
"""


@pytest.mark.ray
def test_a_server_survives_the_death_of_its_cluster_and_repeats_what_was_lost(
    tmp_path: Path,
) -> None:
    """In a process of its own: Ray ends drivers whose cluster has died, if they let it."""
    support = str(Path(__file__).parents[2] / "support")
    with tempfile.TemporaryDirectory(prefix="coevo-") as folder:
        ended = subprocess.run(
            [sys.executable, "-c", LOSE, support, folder],
            env={**os.environ, "PYTHONPATH": str(Path(warden.__file__).parents[2])},
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
    assert ended.returncode == 0, ended.stderr
    status, *said = ended.stdout.splitlines()
    assert status == "DONE", ended.stderr
    assert any("was lost" in line for line in said)


@pytest.mark.ray
def test_a_cluster_whose_raylet_was_killed_is_started_again() -> None:
    with tempfile.TemporaryDirectory(prefix="coevo-") as folder:
        embedded = Embedded(Path(folder), SIZE)
        first = embedded.start()
        owner = embedded.warden()
        assert owner is not None
        (raylet,) = [pid for pid in warden.descendants(owner) if _named(pid, "raylet")]
        os.kill(raylet, signal.SIGKILL)
        assert eventually(lambda: not is_reachable(first))
        second = embedded.start()
        assert second != first
        assert is_reachable(second)
        embedded.end()


def _named(pid: int, name: str) -> bool:
    return Path(f"/proc/{pid}/comm").read_text().strip() == name


def test_long_data_paths_leave_room_for_the_names_of_sockets(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 60) / ("e" * 60)
    embedded = Embedded(deep, SIZE)
    assert len(str(embedded.temporary)) + SESSION_BYTES <= SOCKET_PATH_BYTES
    assert embedded.temporary != Embedded(deep / "other", SIZE).temporary


def test_short_data_paths_hold_the_sessions_themselves() -> None:
    assert Embedded(Path("/srv/coevo/ray"), SIZE).temporary == Path("/srv/coevo/ray/t")


def test_a_record_of_a_process_that_is_gone_is_no_cluster(tmp_path: Path) -> None:
    embedded = Embedded(tmp_path, SIZE)
    embedded.record.write_text(json.dumps({"pid": os.getpid(), "started": 1}))
    assert embedded.warden() is None
    assert embedded.address() is None


@pytest.mark.parametrize("text", ["", "{", "[]", '{"pid": "x", "started": 2}', '{"pid": 1}'])
def test_a_record_that_cannot_be_read_is_no_cluster(tmp_path: Path, text: str) -> None:
    embedded = Embedded(tmp_path, SIZE)
    embedded.record.write_text(text)
    assert embedded.warden() is None


def test_ray_that_does_not_start_is_said_with_its_last_words(tmp_path: Path) -> None:
    class Broken(Embedded):
        def _command(self) -> list[str]:
            return ["sh", "-c", "echo the disk is on fire; exit 1"]

    with pytest.raises(CoevoError, match="the disk is on fire"):
        Broken(tmp_path, SIZE).start()


@pytest.mark.parametrize("address", ["", "nonsense", "127.0.0.1:", "127.0.0.1:port"])
def test_what_is_no_address_is_not_reachable(address: str) -> None:
    assert not is_reachable(address)
