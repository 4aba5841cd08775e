"""Stands behind a guard: ends what a killed guard has left, even where its slot died with it.

Python >= 3.9 and the standard library only.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import time

from runners.processes import descendants

PR_SET_CHILD_SUBREAPER = 36
GIVE_UP_SECONDS = 60.0  # a process in uninterruptible sleep cannot be ended by anybody
_LOOK_AGAIN_SECONDS = 0.02


def stand_behind(control: int) -> None:
    """Fork: the new process returns and is the guard, this one stays until nothing is left of it.

    `control` is the guard's alone: were it open here too, its slot would not see the guard die.
    While the guard lives, this one sleeps in waitpid(2) and costs some pages of memory.
    """
    adopt_orphans()
    guard = os.fork()
    if guard == 0:
        os.setsid()
        adopt_orphans()  # what its parent has asked for is not inherited
        return
    _let_go(control)
    os.waitpid(guard, 0)
    _end_all()
    os._exit(0)


def adopt_orphans() -> None:
    """Become the parent of whatever our descendants leave behind (prctl(2))."""
    if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl PR_SET_CHILD_SUBREAPER")


def _let_go(control: int) -> None:
    os.close(control)
    null = os.open(os.devnull, os.O_RDWR)
    for standard in range(3):
        os.dup2(null, standard)
    os.close(null)


def _end_all() -> None:
    """End every descendant; a guard that ended by itself has left none."""
    give_up = time.monotonic() + GIVE_UP_SECONDS
    while not _none_left() and time.monotonic() < give_up:
        pids = descendants(os.getpid())
        for number in (signal.SIGSTOP, signal.SIGKILL):  # stopped first: none can fork past us
            for pid in pids:
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.kill(pid, number)
        time.sleep(_LOOK_AGAIN_SECONDS)


def _none_left() -> bool:
    """Take the ends of all that have ended; whether no child is left."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        return True
    return False
