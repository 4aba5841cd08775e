"""Another machine for one child process: its /sys, /dev and /proc/cpuinfo hold what a test plants.

A mount namespace of its own (unshare(1)) hides this machine's; nothing outside the child changes.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
_HIDE = """set -e
mount --make-rprivate /
mount -t tmpfs none /sys/class
mount -t tmpfs none /sys/module
mount -t tmpfs none /dev
mknod /dev/null c 1 3
cp -a "$1/." /
if test -e "$1.cpuinfo"; then mount --bind "$1.cpuinfo" /proc/cpuinfo; fi
shift
exec "$@"
"""


def told_by(folder: Path, files: Mapping[str, str], program: str, cpuinfo: str = "") -> str:
    """What a Python program prints on a machine with these files (absolute paths → contents)."""
    root = folder / "planted"
    root.mkdir()
    for name, text in files.items():
        path = root / name.lstrip("/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    if cpuinfo:
        (folder / "planted.cpuinfo").write_text(cpuinfo)
    child = [sys.executable, "-c", program]
    command = ["unshare", "--mount", "sh", "-c", _HIDE, "sh", str(root), *child]
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    ran = subprocess.run(command, capture_output=True, text=True, check=False, env=env)
    if ran.returncode and "denied" in ran.stderr + ran.stdout:
        pytest.skip(f"another machine can only be planted by root: {ran.stderr.strip()}")
    assert ran.returncode == 0, ran.stderr
    return ran.stdout
