from __future__ import annotations

import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matrix.errors import CoevoError
from runners.identity import FILE, identity, is_answered


def test_a_key_is_made_once_and_found_again(tmp_path: Path) -> None:
    first, again = identity(tmp_path / "agent"), identity(tmp_path / "agent")
    assert first.public == again.public
    assert len(first.fingerprint) == 64


def test_only_its_owner_may_read_it(tmp_path: Path) -> None:
    identity(tmp_path / "agent")
    assert stat.S_IMODE((tmp_path / "agent" / FILE).stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "agent").stat().st_mode) == 0o700


def test_one_that_others_may_read_is_refused_with_what_helps(tmp_path: Path) -> None:
    identity(tmp_path)
    (tmp_path / FILE).chmod(0o640)
    with pytest.raises(CoevoError, match="chmod 600"):
        identity(tmp_path)


@pytest.mark.parametrize("text", ["", "nonsense", "ab" * 31])
def test_what_is_no_key_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / FILE).write_text(text)
    (tmp_path / FILE).chmod(0o600)
    with pytest.raises(CoevoError, match="holds no key"):
        identity(tmp_path)


def test_an_answer_is_of_its_key_and_its_challenge(tmp_path: Path) -> None:
    mine, other = identity(tmp_path / "mine"), identity(tmp_path / "other")
    answer = mine.answer("nonce")
    assert is_answered(mine.public, "nonce", answer)
    assert not is_answered(mine.public, "another", answer)
    assert not is_answered(other.public, "nonce", answer)


@given(st.text(max_size=200), st.text(max_size=200))
def test_whatever_is_said_is_no_answer_and_breaks_nothing(public: str, answer: str) -> None:
    assert not is_answered(public, "nonce", answer)


def test_a_key_that_is_printed_shows_no_secret(tmp_path: Path) -> None:
    mine = identity(tmp_path)
    assert (tmp_path / FILE).read_text().strip() not in repr(mine)
    assert "_key" not in repr(mine)
