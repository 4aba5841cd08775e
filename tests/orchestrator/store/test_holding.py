"""One server, or one restore, has a database at a time; who dies lets go of it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import make_url

from matrix.errors import CoevoError
from orchestrator.clock import SystemClock
from orchestrator.store.holding import Held, held
from orchestrator.store.open import open_store

HOLD = """
import sys
from orchestrator.store.holding import held
with held(sys.argv[1]):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_database_that_is_held_is_refused_to_others(store_url: str) -> None:
    with held(store_url), pytest.raises(Held) as refusal, held(store_url):
        pass
    assert refusal.value.exit_code == 3
    assert f"process {os.getpid()}" in str(refusal.value)
    assert "--database URL" in str(refusal.value)


def test_the_refusal_names_the_database_without_its_password(store_url: str) -> None:
    found = make_url(store_url)
    url = found.set(password="s3cret") if found.drivername != "sqlite" else found
    told = url.render_as_string(hide_password=False)
    with held(told), pytest.raises(Held) as refusal, held(told):
        pass
    assert str(found.database) in str(refusal.value)
    assert "s3cret" not in str(refusal.value)


def test_what_was_let_go_of_can_be_held_again(store_url: str) -> None:
    with held(store_url):
        pass
    with held(store_url):
        pass


def test_a_holder_that_is_killed_lets_go(store_url: str) -> None:
    words = [sys.executable, "-c", HOLD, store_url]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"held\n"
        with pytest.raises(Held, match=f"process {other.pid}"), held(store_url):
            pass
        other.kill()
        other.wait()
    _soon(store_url)


def test_whoever_holds_a_database_may_use_it(store_url: str) -> None:
    with held(store_url):
        open_store(store_url, SystemClock()).close()


def test_a_file_is_one_by_whatever_path_it_is_named(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path)
    url = f"sqlite:///{tmp_path / 'link' / 'a.db'}"
    with held(f"sqlite:///{tmp_path / 'a.db'}"), pytest.raises(Held), held(url):
        pass


def test_another_database_is_held_beside_it(tmp_path: Path) -> None:
    with held(f"sqlite:///{tmp_path / 'a.db'}"), held(f"sqlite:///{tmp_path / 'b.db'}"):
        pass


@pytest.mark.parametrize("url", ["sqlite:////proc/none/a.db", "postgresql://nobody@127.0.0.1:1/no"])
def test_what_cannot_be_held_says_what_to_do(url: str) -> None:
    with pytest.raises(CoevoError) as refusal, held(url):
        pass
    assert not isinstance(refusal.value, Held)
    assert refusal.value.mistakes[0].hint


def _soon(url: str) -> None:
    """PostgreSQL notices within moments that a client is gone; tried until it has."""
    for _ in range(1000):
        try:
            with held(url):
                return
        except Held:
            continue
    pytest.fail("the database is held still")
