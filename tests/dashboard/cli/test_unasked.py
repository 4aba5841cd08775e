"""What every verb says where there is no server, or where it was asked wrongly."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest
from calling import Caller

VERBS = [
    pytest.param(words, id=" ".join(words))
    for words in (
        ("status",),
        ("show",),
        ("show", "lab/cpu"),
        ("show", "lab/cpu:smoke@stable"),
        ("logs", "lab/cpu:smoke@stable"),
        ("logs", "-f", "7"),
        ("run",),
        ("run", "--wait"),
        ("run", "--select", "site=lab"),
        ("cancel", "run"),
        ("cancel", "lab/cpu:smoke@stable"),
    )
]
WRONG = [
    pytest.param(words, said, id=" ".join(words))
    for words, said in (
        (("status", "now"), "unexpected extra argument"),
        (("show", "a/b", "c"), "unexpected extra argument"),
        (("logs",), "Missing argument 'JOB'"),
        (("cancel",), "Missing argument"),
        (("run", "--select"), "requires an argument"),
        (("run", "lab"), "unexpected extra argument"),
        (("backup",), "Missing argument 'PATH'"),
        (("restore",), "Missing argument 'PATH'"),
        (("prune", "all"), "unexpected extra argument"),
        (("doctor", "--mend"), "No such option"),
        (("version", "--short"), "No such option"),
        (("up", "--port", "x"), "valid integer"),
        (("up", "--port", "70000"), "less than or equal to 65535"),
        (("up", "--slots", "0"), "greater than or equal to 1"),
        (("up", "--label", "model"), "is not KEY=VALUE"),
        (("up", "lab"), "unexpected extra argument"),
        (("matrix", "check"), "Missing argument 'FILE'"),
        (("matrix", "diff", "a"), "Missing argument 'NEW'"),
        (("matrix", "draw"), "No such command"),
        (("matrix", "expand", "--selekt", "x"), "No such option"),
    )
]


@pytest.fixture
def nobody() -> str:
    """An address where nothing answers."""
    with socket.create_server(("127.0.0.1", 0)) as bound:
        return f"http://127.0.0.1:{bound.getsockname()[1]}"


@pytest.mark.parametrize("words", VERBS)
def test_without_a_server_it_ends_with_4_and_says_how_to_get_one(
    call: Caller, words: tuple[str, ...]
) -> None:
    said = call(*words)

    assert (said.code, said.out) == (4, "")
    assert "no server is known here" in said.err
    assert "coevo up" in said.err


@pytest.mark.parametrize("words", VERBS)
def test_json_changes_nothing_about_a_missing_server(call: Caller, words: tuple[str, ...]) -> None:
    said = call(*words, "--json")

    assert (said.code, said.out) == (4, "")


@pytest.mark.parametrize("words", VERBS)
def test_a_server_that_has_gone_is_told_with_its_address(
    call: Caller, monkeypatch: pytest.MonkeyPatch, nobody: str, words: tuple[str, ...]
) -> None:
    monkeypatch.setenv("COEVO_SERVER", nobody)

    said = call(*words)

    assert (said.code, said.out) == (4, "")
    assert nobody in said.err


def test_the_note_of_a_server_that_died_is_no_traceback(
    call: Caller, tmp_path: Path, nobody: str
) -> None:
    (tmp_path / ".coevo").mkdir()
    note = {"url": nobody, "token": "x", "pid": 2**22 + 1}
    (tmp_path / ".coevo" / "server.json").write_text(json.dumps(note))

    said = call("status")

    assert said.code == 4
    assert nobody in said.err


@pytest.mark.parametrize(("words", "problem"), WRONG)
def test_what_was_asked_wrongly_ends_with_2_and_says_why(
    call: Caller, words: tuple[str, ...], problem: str
) -> None:
    said = call(*words)

    assert (said.code, said.out) == (2, "")
    assert problem in " ".join(said.err.replace("│", " ").split())


@pytest.mark.parametrize("text", ["", "{", "[]", '{"url": 7}'])
def test_a_note_that_is_none_is_as_good_as_no_server(
    call: Caller, tmp_path: Path, text: str
) -> None:
    (tmp_path / ".coevo").mkdir()
    (tmp_path / ".coevo" / "server.json").write_text(text)

    assert call("status").code == 4


def test_a_command_without_a_verb_explains_itself(call: Caller) -> None:
    said = call()

    assert said.code in {0, 2}
    assert "Usage: coevo" in said.out + said.err


def test_an_interrupt_while_asking_ends_with_130(
    call: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("dashboard.cli.asking.connected", interrupted)

    assert call("status").code == 130
