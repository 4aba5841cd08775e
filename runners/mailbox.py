"""The folder through which an attempt is handed to a process that nobody can call, and heard of.

Both sides need nothing but this folder. Everything in it is written once and put in place whole,
except what happened: lines that one process adds and others read as far as they are whole.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, TypeVar

from runners import wire
from runners.environments.bindings import Bindings
from runners.work import Happening, Rendezvous, Ticket

T = TypeVar("T")
_STILL_HERE = "[]"
MOST_BYTES = 1 << 23  # read at once, as far as one line is not longer


class Place(NamedTuple):
    """Where a process is that has taken the attempt: its host, an address of it, and its pid."""

    node: str
    address: str
    pid: int = 0


@dataclass(frozen=True, slots=True)
class Mailbox:
    """One attempt, or one rank of it."""

    folder: Path

    def hand_over(self, ticket: Ticket, bindings: Bindings | None = None) -> None:
        """Put the ticket in, last of all that its carrier needs."""
        self._put("bindings.json", wire.to_text(bindings or Bindings()))
        self._put("ticket.json", wire.to_text(ticket))

    def ticket(self) -> Ticket | None:
        """What is to be carried out; None until it is there."""
        return self._read("ticket.json", Ticket)

    def bindings(self) -> Bindings:
        """What the runner brings."""
        return self._read("bindings.json", Bindings) or Bindings()

    def take(self, by: str) -> bool:
        """Take the attempt; False where another has it. Whoever has taken it keeps it."""
        try:
            handle = os.open(self.folder / "taken", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            return False
        with os.fdopen(handle, "w") as file:
            file.write(by)
        return True

    def taken_by(self) -> str:
        """Who has taken it, "" where nobody has."""
        return text_of(self.folder / "taken")

    def settle(self, place: Place) -> None:
        """Say where it is carried out."""
        self._put("place.json", wire.to_text(place))

    def place(self) -> Place | None:
        """Where it is carried out; None until that is known."""
        return self._read("place.json", Place)

    def go(self, meeting: Rendezvous) -> None:
        """Let a rank start."""
        self._put("go.json", wire.to_text(meeting))

    def meeting(self) -> Rendezvous | None:
        """Where the ranks meet, once they may start."""
        return self._read("go.json", Rendezvous)

    def ask_to_end(self, why: str = "") -> None:
        """End it; its report still arrives. The first who asks says why."""
        if not self.is_to_end:
            self._put("end", why)

    def end_reason(self) -> str:
        """Why it was asked to end, "" where no more was said."""
        return text_of(self.folder / "end")

    @property
    def is_to_end(self) -> bool:
        """Whether it was asked to end."""
        return (self.folder / "end").exists()

    def dismiss(self) -> None:
        """Whoever carries it out is needed no more."""
        self._put("dismissed", "")

    @property
    def is_dismissed(self) -> bool:
        """Whether nobody needs its carrier any more."""
        return (self.folder / "dismissed").exists()

    def tell(self, happenings: Sequence[Happening]) -> None:
        """Add what happened; an empty line says that whoever writes is still there.

        The file is closed each time: a shared filesystem shows others what was closed.
        """
        lines = [wire.happenings_to_text([one]) for one in happenings] or [_STILL_HERE]
        with (self.folder / "happened.jsonl").open("ab") as file:
            file.write("".join(f"{line}\n" for line in lines).encode())
            file.flush()
            os.fsync(file.fileno())

    def since(self, cursor: int) -> tuple[int, tuple[Happening, ...]]:
        """What was added behind a place in the file, and the place to read from next."""
        try:
            with (self.folder / "happened.jsonl").open("rb") as file:
                file.seek(cursor)
                read = file.read(MOST_BYTES)
                if b"\n" not in read:
                    read += file.read()
        except FileNotFoundError:
            return cursor, ()
        whole = read[: read.rfind(b"\n") + 1]
        lines = [wire.happenings_from_text(line) for line in whole.splitlines()]
        return cursor + len(whole), tuple(one for line in lines for one in line)

    def _put(self, name: str, text: str) -> None:
        put(self.folder / name, text)

    def _read(self, name: str, kind: type[T]) -> T | None:
        text = text_of(self.folder / name)
        return wire.from_text(kind, text) if text else None


def put(path: Path, text: str) -> None:
    """A file in its place, whole or not at all, even where the power goes."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    with draft.open("w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.rename(path)


def text_of(path: Path) -> str:
    """What a file holds, "" where there is none."""
    with suppress(FileNotFoundError):
        return path.read_text()
    return ""
