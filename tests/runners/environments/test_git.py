"""What git says is wrong, without the advice that it adds."""

from __future__ import annotations

import pytest

from runners.environments.git import complaint

GONE = """fatal: '/srv/toy' does not appear to be a git repository
fatal: Could not read from remote repository.

Please make sure you have the correct access rights
and the repository exists.
"""
REFUSED = """git@example.org: Permission denied (publickey).
fatal: Could not read from remote repository.

Please make sure you have the correct access rights
and the repository exists.
"""
UNREAD = "fatal: Could not read from remote repository."


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (GONE, "fatal: '/srv/toy' does not appear to be a git repository"),
        (REFUSED, f"git@example.org: Permission denied (publickey).; {UNREAD}"),
        ("warning: x\nfatal: unable to access y\n", "fatal: unable to access y"),
        (UNREAD, UNREAD),
        ("error: one\nerror: two\n", "error: two"),
        ("", "it said nothing"),
    ],
)
def test_it_is_told_by_its_fatal_line(said: str, expected: str) -> None:
    assert complaint(said) == expected
