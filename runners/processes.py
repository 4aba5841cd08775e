"""The processes of this machine, by /proc; Python >= 3.9 and the standard library only."""

from __future__ import annotations

import os
from collections.abc import Iterator


def descendants(root: int) -> list[int]:
    """The living processes below one, by /proc; zombies do not count."""
    children: dict[int, list[int]] = {}
    for pid, parent, _ in _living():
        children.setdefault(parent, []).append(pid)
    found: list[int] = []
    waiting = list(children.get(root, ()))
    while waiting:
        pid = waiting.pop()
        found.append(pid)
        waiting.extend(children.get(pid, ()))
    return found


def glimpsed(root: int) -> list[int]:
    """The processes below one, as /proc lists the children of each thread (proc(5)).

    It costs as much as the family is large, not the machine; but who is born or falls to another
    parent meanwhile may be missed, so it is for measuring and not for ending. A kernel without
    these lists is asked about every process.
    """
    if not os.path.exists(f"/proc/{root}/task/{root}/children"):  # noqa: PTH110 - the guard imports no pathlib
        return descendants(root)
    found: list[int] = []
    waiting = [root]
    while waiting:
        children = list(_children(waiting.pop()))
        found += children
        waiting += children
    return found


def parent(pid: int) -> int:
    """The process that a living one was started by, or fell to; itself where it is gone."""
    fields = _read(f"/proc/{pid}/stat").rpartition(b")")[2].split()
    return int(fields[1]) if len(fields) > 1 else pid


def carrying(mark: bytes) -> list[int]:
    """The processes that were started with `mark` (NAME=value) in their environment.

    A value that ends with a slash cannot be taken for the beginning of another.
    """
    return [pid for pid in _pids() if mark in _read(f"/proc/{pid}/environ")]


def in_session(session: int) -> list[int]:
    """The living processes of a session (its id is the pid of the child that began it)."""
    return [pid for pid, _, of in _living() if of == session]


def _children(pid: int) -> Iterator[int]:
    try:
        threads = os.listdir(f"/proc/{pid}/task")  # noqa: PTH208 - the guard imports no pathlib
    except OSError:
        return
    for thread in threads:
        yield from map(int, _read(f"/proc/{pid}/task/{thread}/children").split())


def _living() -> Iterator[tuple[int, int, int]]:
    """Of each process that is no zombie: its pid, its parent's, its session's."""
    for pid in _pids():
        # The command's name stands in brackets and may hold anything, so look behind the last.
        state, *fields = _read(f"/proc/{pid}/stat").rpartition(b")")[2].split() or [b"X"]
        if state not in (b"Z", b"X"):
            yield pid, int(fields[0]), int(fields[2])


def _pids() -> list[int]:
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]  # noqa: PTH208 - the guard imports no pathlib


def _read(path: str) -> bytes:
    try:
        with open(path, "rb") as file:  # noqa: PTH123 - the same
            return file.read()
    except OSError:
        return b""
