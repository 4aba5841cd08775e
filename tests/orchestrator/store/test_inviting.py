"""Invitations and sessions: used once, told once, ended by the server's clock alone."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from worlds import Hand, World, card_of

from orchestrator.members import CODE_PREFIX, TOKEN_PREFIX, Member, Unwelcome, Why
from orchestrator.store import inviting, sessions
from orchestrator.store.inviting import LASTS, TRIES, fingerprint, invite, join
from orchestrator.store.schema import METADATA
from orchestrator.store.store import Store
from runners.identity import identity


def public_of(folder: Path, name: str = "one") -> str:
    return identity(folder / name).public


def refused(store: Store, code: str, public: str) -> Why:
    with pytest.raises(Unwelcome) as found:
        join(store, code, public, "box", "Box")
    return found.value.why


@pytest.fixture
def public(tmp_path: Path) -> str:
    return public_of(tmp_path)


def test_a_code_makes_one_runner_of_its_owner(store: Store, public: str) -> None:
    made = invite(store, "acme")
    member = join(store, made.code, public, "acme-box", "Box")
    assert made.code.startswith(CODE_PREFIX)
    assert (member.name, member.owner, made.owner) == ("acme-box", "acme", "acme")
    found = sessions.key(store, fingerprint(public))
    assert found is not None
    assert (found.id, found.public, found.is_revoked) == (member.key, public, False)


def test_a_code_is_used_once_but_its_own_key_may_ask_again(
    store: Store, public: str, tmp_path: Path
) -> None:
    made = invite(store, "acme")
    member = join(store, made.code, public, "box", "Box")
    assert join(store, made.code, public, "box", "Box") == member
    assert refused(store, made.code, public_of(tmp_path, "two")) is Why.USED


def test_a_key_joins_once(store: Store, public: str) -> None:
    join(store, invite(store, "acme").code, public, "box", "Box")
    assert refused(store, invite(store, "acme").code, public) is Why.USED


def test_a_name_that_is_taken_gets_a_number(small: World, tmp_path: Path) -> None:
    store = small.store
    names = [
        join(store, invite(store, "acme").code, public_of(tmp_path, key), "bench", "B").name
        for key in ("one", "two")
    ]
    assert names == ["bench-2", "bench-3"]


def test_a_code_expires_by_the_servers_clock(store: Store, clock: Hand, public: str) -> None:
    made = invite(store, "acme")
    clock.pass_by(LASTS)
    assert refused(store, made.code, public) is Why.EXPIRED


def test_five_wrong_secrets_lock_a_code(store: Store, public: str) -> None:
    made = invite(store, "acme")
    wrong = made.code[:-1] + ("0" if made.code[-1] != "0" else "1")
    for _ in range(TRIES):
        assert refused(store, wrong, public) is Why.UNKNOWN
    assert refused(store, made.code, public) is Why.LOCKED


@pytest.mark.parametrize("code", ["", "x", CODE_PREFIX, f"{CODE_PREFIX}0_0", "\0", "\ud800", "💥"])
def test_what_is_no_code_is_not_known(store: Store, public: str, code: str) -> None:
    assert refused(store, code, public) is Why.UNKNOWN


def test_guesses_find_nothing(store: Store, public: str) -> None:
    invite(store, "acme")
    codes = (f"{CODE_PREFIX}{number:012x}_{number:064x}" for number in range(200))
    assert {refused(store, code, public) for code in codes} == {Why.UNKNOWN}


def test_old_invitations_are_forgotten(store: Store, clock: Hand, public: str) -> None:
    made = invite(store, "acme")
    clock.pass_by(LASTS + inviting.KEPT + timedelta(seconds=1))
    invite(store, "acme")
    assert refused(store, made.code, public) is Why.UNKNOWN


def joined(store: Store, public: str) -> Member:
    return join(store, invite(store, "acme").code, public, "box", "Box")


def test_a_session_is_known_by_its_token_until_its_time(
    store: Store, clock: Hand, public: str
) -> None:
    member = joined(store, public)
    session = sessions.begin(store, member.key, "nonce")
    assert session.token.startswith(TOKEN_PREFIX)
    assert sessions.member(store, session.token) == member == session.member
    clock.pass_by(session.lasts)
    assert sessions.member(store, session.token) is None


@pytest.mark.parametrize("token", ["", "coevo_rt_", "\ud800", "\0"])
def test_no_other_token_is_anybodys(store: Store, public: str, token: str) -> None:
    sessions.begin(store, joined(store, public).key, "nonce")
    assert sessions.member(store, token) is None


def test_a_challenge_opens_one_session(store: Store, public: str) -> None:
    member = joined(store, public)
    sessions.begin(store, member.key, "nonce")
    with pytest.raises(Unwelcome, match="unproven"):
        sessions.begin(store, member.key, "nonce")


def test_a_revoked_key_ends_its_sessions_and_opens_none(store: Store, public: str) -> None:
    member = joined(store, public)
    session = sessions.begin(store, member.key, "nonce")
    sessions.revoke(store, member.runner)
    assert sessions.member(store, session.token) is None
    with pytest.raises(Unwelcome, match="revoked"):
        sessions.begin(store, member.key, "another")
    found = sessions.key(store, fingerprint(public))
    assert found is not None
    assert found.is_revoked


def test_no_secret_is_in_the_store(store: Store, public: str) -> None:
    made = invite(store, "acme")
    member = join(store, made.code, public, "box", "Box")
    token = sessions.begin(store, member.key, "the-nonce").token
    with store.read() as connection:
        held = "".join(
            repr(connection.execute(text(f'SELECT * FROM "{name}"')).all())
            for name in METADATA.tables
        )
    assert public in held
    secrets = (made.code, made.code.rpartition("_")[2], token, token[-64:], "the-nonce")
    assert not [secret for secret in secrets if secret in held]


def test_a_runner_that_announces_itself_keeps_its_row(small: World, public: str) -> None:
    member = joined(small.store, public)
    card = card_of(member.name, owner=member.owner)
    assert small.queue.announce(card) == member.runner
