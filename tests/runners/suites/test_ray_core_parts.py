"""The parts of the Ray suite that need no Ray: its settings, its processes, and what it says."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from runners.suites.ray_core import found, processes, settings


def test_settings_forget_another_cluster_and_take_a_token_of_their_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    elsewhere = {"RAY_ADDRESS": "10.0.0.1:6379", "RAY_AUTH_TOKEN": "another's", "HOME": "/root"}
    monkeypatch.setattr(os, "environ", elsewhere)
    settings.make()
    assert "RAY_ADDRESS" not in elsewhere
    assert elsewhere["RAY_AUTH_MODE"] == "token"
    assert len(elsewhere["RAY_AUTH_TOKEN"]) == 64
    assert elsewhere["HOME"] == "/root"


def test_processes_are_found_by_their_mark_until_they_are_gone() -> None:
    mark = {settings.MARK: "of-this-test"}
    child = subprocess.Popen(
        [sys.executable, "-c", "input()"], env={**os.environ, **mark}, stdin=subprocess.PIPE
    )
    try:
        (process,) = processes.marked(settings.MARK, "of-this-test")
        assert process.pid == child.pid
        assert processes.is_alive(child.pid)
        processes.end([process])
    finally:
        child.communicate()
    assert processes.marked(settings.MARK, "of-this-test") == []
    assert not processes.is_alive(child.pid)


def test_what_is_wrong_is_told_with_what_was_found() -> None:
    with pytest.raises(found.Wrong, match=r"zones: \['east'\] instead of \[\]"):
        found.same("zones", ["east"], [])
    with pytest.raises(found.Wrong, match="it never came after 0 seconds"):
        found.awaited(lambda: False, "it never came", seconds=0)


def test_an_error_of_rays_is_told_by_its_last_line_without_colours() -> None:
    assert found.told(ValueError("\x1b[36mray::f()\x1b[39m\nKeyError: 'a'")) == (
        "ValueError: KeyError: 'a'"
    )
