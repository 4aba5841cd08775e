"""What messages of git hosts say: the bodies that GitHub, Gitea and GitLab send."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.web.hook_payload import message
from orchestrator.messages import Kind, Message, home

GITHUB: dict[str, Any] = {
    "full_name": "octo/toy",
    "html_url": "https://github.com/Octo/toy",
    "clone_url": "https://github.com/Octo/toy.git",
    "ssh_url": "git@github.com:Octo/toy.git",
}
GITLAB: dict[str, Any] = {
    "id": 1,
    "web_url": "http://gitlab.example.org/mike/toy",
    "git_ssh_url": "git@gitlab.example.org:mike/toy.git",
    "git_http_url": "http://gitlab.example.org/mike/toy.git",
}
PULL: dict[str, Any] = {
    "action": "labeled",
    "number": 12,
    "pull_request": {
        "number": 12,
        "state": "open",
        "head": {"sha": "a" * 40},
        "labels": [{"id": 3, "name": "ready"}, {"name": "bug"}],
    },
    "repository": GITHUB,
}
MERGE: dict[str, Any] = {
    "object_kind": "merge_request",
    "project": GITLAB,
    "repository": {"name": "toy", "url": "git@gitlab.example.org:mike/toy.git"},
    "object_attributes": {"iid": 4, "state": "opened", "action": "update"},
    "labels": [{"id": 206, "title": "ready-for-ci", "color": "#ffffff"}],
}


def read(event: str, body: Any) -> Message:
    return message("id", event, json.dumps(body).encode())


def test_a_push_of_github() -> None:
    found = read("push", {"ref": "refs/heads/main", "after": "b" * 40, "repository": GITHUB})
    assert (found.kind, found.reference, found.about) == (Kind.PUSH, "refs/heads/main", "main")
    assert found.homes == {"github.com/octo/toy"}


def test_a_push_of_gitlab() -> None:
    found = read("Push Hook", {"ref": "refs/heads/dev", "project": GITLAB, "repository": {}})
    assert (found.kind, found.reference) == (Kind.PUSH, "refs/heads/dev")
    assert found.homes == {"gitlab.example.org/mike/toy"}


def test_a_pull_request_with_its_labels() -> None:
    found = read("pull_request", PULL)
    assert (found.kind, found.reference) == (Kind.REQUEST, "refs/pull/12/head")
    assert (found.labels, found.is_open) == (("bug", "ready"), True)
    assert found.about == "#12 labeled, labelled bug, ready"


def test_a_merge_request_with_its_labels() -> None:
    found = read("Merge Request Hook", MERGE)
    assert (found.kind, found.reference) == (Kind.REQUEST, "refs/merge-requests/4/head")
    assert (found.labels, found.is_open) == (("ready-for-ci",), True)


@pytest.mark.parametrize("state", ["closed", "merged"])
def test_one_that_is_closed_says_so(state: str) -> None:
    pull = PULL | {"pull_request": PULL["pull_request"] | {"state": state}}
    assert not read("pull_request", pull).is_open
    merge = MERGE | {"object_attributes": {"iid": 4, "state": state, "action": None}}
    assert not read("Merge Request Hook", merge).is_open


def test_a_ping_is_known_for_one() -> None:
    found = read("ping", {"zen": "Keep it logically awesome.", "repository": GITHUB})
    assert (found.kind, found.trouble) == (Kind.PING, "")


@pytest.mark.parametrize("event", ["issues", "Tag Push Hook", "workflow_run", ""])
def test_other_events_are_others(event: str) -> None:
    found = read(event, {"repository": GITHUB})
    assert (found.kind, found.trouble, found.event) == (Kind.OTHER, "", event)


@pytest.mark.parametrize(
    ("event", "body", "trouble"),
    [
        ("push", b"payload=%7B%7D", "no JSON: choose the content type application/json"),
        ("push", b"", "no JSON"),
        ("push", b"{}", "no push that we can read: ref"),
        ("push", b"[]", "no push that we can read: all of it"),
        ("pull_request", b'{"repository": {}}', "we can read: pull_request"),
        ("pull_request", b'{"repository": {}, "pull_request": {"number": 0}}', "number"),
        ("Merge Request Hook", b'{"project": {}}', "object_attributes"),
        ("issues", b"x", "no JSON"),
    ],
)
def test_what_cannot_be_read_says_why(event: str, body: bytes, trouble: str) -> None:
    found = message("id", event, body)
    assert trouble in found.trouble
    assert found.kind is Kind.OTHER


def test_null_stands_for_nothing() -> None:
    pull = {"number": 12, "labels": None}
    found = read("pull_request", {"action": None, "pull_request": pull, "repository": GITHUB})
    assert (found.kind, found.labels, found.is_open) == (Kind.REQUEST, (), True)
    found = read("Merge Request Hook", MERGE | {"labels": None})
    assert (found.kind, found.labels) == (Kind.REQUEST, ())


def test_what_a_stranger_writes_is_bounded_and_harmless() -> None:
    labels = [{"name": f"{number:04}\x1b[31m" + "x" * 500} for number in range(1000)]
    pull = PULL | {"pull_request": {"number": 1, "labels": labels}, "action": "a\nb"}
    found = read("pull_request", pull)
    assert len(found.labels) <= 200
    assert all(len(one) <= 255 and one.isprintable() for one in found.labels)
    assert len(found.about) <= 200
    assert found.about.isprintable()
    odd = read("push", {"ref": "x", "repository": {"clone_url": "https://host/\x1b[31m"}})
    assert all(one.isprintable() for one in odd.homes)


@given(
    event=st.sampled_from(("push", "pull_request", "Merge Request Hook", "ping", "x")),
    body=st.binary(),
)
def test_no_body_breaks_it(event: str, body: bytes) -> None:
    assert message("id", event, body).delivery == "id"


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("https://github.com/octo/toy.git", "github.com/octo/toy"),
        ("https://GitHub.com/Octo/Toy/", "github.com/octo/toy"),
        ("git@github.com:octo/toy.git", "github.com/octo/toy"),
        ("ssh://git@github.com:22/octo/toy", "github.com/octo/toy"),
        ("https://user@host:8443/a/b/c.git", "host/a/b/c"),
        ("git://host/toy", "host/toy"),
        ("file:///srv/git/toy", "/srv/git/toy"),
        ("file:///srv/git/toy.git", "/srv/git/toy"),
        ("toy", "toy"),
        ("", ""),
    ],
)
def test_a_repository_has_one_name_however_it_is_fetched(address: str, expected: str) -> None:
    assert home(address) == expected
