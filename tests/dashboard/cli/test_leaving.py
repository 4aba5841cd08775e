"""A thread that hangs in a library keeps nobody from leaving."""

from __future__ import annotations

import subprocess
import sys
import threading
import time

import psutil
import pytest

from dashboard.cli.leaving import is_alone, leave

HANGS = """
import subprocess, sys, threading
from dashboard.cli.leaving import leave
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
print(child.pid, flush=True)
threading.Thread(target=child.wait).start()
print("last words")
leave(7)
"""


def test_alone_the_process_exits_as_python_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threading, "enumerate", lambda: [threading.current_thread()])

    with pytest.raises(SystemExit) as exiting:
        leave(3)

    assert exiting.value.code == 3


def test_a_thread_that_is_about_to_end_is_awaited() -> None:
    before = is_alone()
    ending = threading.Thread(target=threading.Event().wait, args=(0.05,))
    ending.start()

    assert is_alone() == before
    assert not ending.is_alive()


def test_a_thread_that_goes_on_is_not_waited_for_long() -> None:
    go_on = threading.Event()
    hanging = threading.Thread(target=go_on.wait)
    hanging.start()
    begun = time.monotonic()

    assert not is_alone()

    assert time.monotonic() - begun < 2
    go_on.set()
    hanging.join()


def test_a_hanging_thread_is_left_with_its_child_killed_and_all_output_written() -> None:
    done = subprocess.run(
        [sys.executable, "-c", HANGS], capture_output=True, text=True, timeout=30, check=False
    )

    pid, words = done.stdout.splitlines()
    assert (done.returncode, words) == (7, "last words")
    assert not psutil.pid_exists(int(pid)) or psutil.Process(int(pid)).status() == "zombie"
