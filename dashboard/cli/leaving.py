"""Ends the process, also where a thread hangs in a library that nobody can interrupt."""

from __future__ import annotations

import os
import sys
import threading
import time
from typing import NoReturn

GRACE_SECONDS = 0.3


def leave(code: int) -> NoReturn:
    """Exit with that code.

    Python would wait for every thread, and Ray or an index may keep one for a minute: such a
    thread is not waited for, and what it has started is killed.
    """
    if is_alone():
        sys.exit(code)
    import psutil

    children = psutil.Process().children(recursive=True)
    for child in children:
        child.kill()
    psutil.wait_procs(children, GRACE_SECONDS)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def is_alone() -> bool:
    """Whether no thread is left that Python would wait for, after a short grace."""
    give_up = time.monotonic() + GRACE_SECONDS
    for thread in threading.enumerate():
        if thread is not threading.current_thread() and not thread.daemon:
            thread.join(max(0.0, give_up - time.monotonic()))
            if thread.is_alive():
                return False
    return True
