"""The data folder: one server's lock on it, and the note by which commands find that server."""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import time
from dataclasses import dataclass
from pathlib import Path

from matrix.errors import CoevoError

NAME = ".coevo"
DEMO = "demo"
SERVER_FILE = "server.json"
LOCK_FILE = "lock"
DATABASE_FILE = "coevo.db"
HOOK_FILE = "hook-secret"
_GRACE_SECONDS = 2.0


class AlreadyServed(CoevoError):  # noqa: N818 - the words a person would say
    """A second server on one data folder; `url` is the first one's, "" while it starts."""

    exit_code = 3

    def __init__(self, folder: Path, url: str) -> None:
        where = f"Coevo is already running at {url}" if url else "another Coevo is starting"
        super().__init__(*CoevoError.because(f"{where} (data folder {folder})", _HINT).mistakes)
        self.url = url


_HINT = "open that page, or give this one a folder of its own: coevo up --data DIR"


@dataclass(frozen=True, slots=True)
class Server:
    """How commands reach a server: its address, the token that changing requests carry, its pid."""

    url: str
    token: str
    pid: int


@dataclass(frozen=True, slots=True)
class Folder:
    """Where all data of one server lie."""

    path: Path

    @property
    def server_file(self) -> Path:
        """The note of the running server; mode 0600, for it holds the token."""
        return self.path / SERVER_FILE

    @property
    def database_url(self) -> str:
        """The SQLite file, for servers that were given no other database."""
        return f"sqlite:///{self.path.resolve() / DATABASE_FILE}"

    def made(self) -> Folder:
        """The folder itself, made for its owner only where it was missing, and ignored by git.

        Raises CoevoError where that cannot be.
        """
        try:
            self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
            ignore = self.path / ".gitignore"
            if not ignore.exists():
                ignore.write_text("*\n")
        except OSError as error:
            raise _cannot_hold(self.path, error) from error
        return self

    def token(self) -> str:
        """The folder's token, made once; whoever can read the folder may change things."""
        path = self.path / "token"
        if not path.exists():
            _write_private(path, secrets.token_urlsafe(32))
        return path.read_text().strip()

    def hook_secret(self) -> str:
        """What a git host signs its messages with; "" where nobody has put one into the folder."""
        try:
            return (self.path / HOOK_FILE).read_text().strip()
        except OSError:
            return ""

    def note(self, url: str) -> Server:
        """Tell commands where the server is."""
        server = Server(url, self.token(), os.getpid())
        fields = {"url": server.url, "token": server.token, "pid": server.pid}
        _write_private(self.server_file, json.dumps(fields))
        return server

    def forget(self) -> None:
        """Take the note away."""
        self.server_file.unlink(missing_ok=True)

    def server(self) -> Server | None:
        """The server as noted, running or not; None where the note is missing or no note."""
        try:
            fields = json.loads(self.server_file.read_text())
            return Server(str(fields["url"]), str(fields["token"]), int(fields["pid"]))
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def is_served(self) -> bool:
        """Whether a server holds the lock now."""
        try:
            lock = Lock(self)
        except AlreadyServed:
            return True
        lock.release()
        return False


class Lock:
    """The exclusive hold on a data folder; the kernel lets go of it when the process ends.

    Raises AlreadyServed. The lock is not inherited by children (Python's files are closed there).
    """

    def __init__(self, folder: Folder) -> None:
        self._file = (folder.made().path / LOCK_FILE).open("a")
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._file.close()
            raise AlreadyServed(folder.path, _url_of_first(folder)) from None

    def release(self) -> None:
        """Let go."""
        self._file.close()


def found_above(start: Path) -> Folder | None:
    """The nearest data folder with a server's note, looking upward from `start`."""
    for place in (start, *start.parents):
        for folder in (Folder(place / NAME), Folder(place / NAME / DEMO)):
            if folder.server() is not None:
                return folder
    return None


def _url_of_first(folder: Folder) -> str:
    deadline = time.monotonic() + _GRACE_SECONDS
    while (server := folder.server()) is None and time.monotonic() < deadline:
        time.sleep(0.05)
    return server.url if server else ""


def _write_private(path: Path, text: str) -> None:
    partial = path.with_suffix(".partial")
    try:
        partial.unlink(missing_ok=True)
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(text)
        partial.replace(path)
    except OSError as error:
        raise _cannot_hold(path.parent, error) from error


def _cannot_hold(path: Path, error: OSError) -> CoevoError:
    return CoevoError.because(
        f"{path} cannot hold our data: {error.strerror}",
        "make room there, or name another: --data DIR",
    )
