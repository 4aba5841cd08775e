"""A runner's own indexes: how uv is told of them, and that nobody reads their passwords."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runners import wire
from runners.environments.bindings import Binding, Bindings, Kind, binding, together
from runners.environments.sources import HIDDEN, Sources

URL = "https://vendor:s3cret%2Fpass@wheels.example/simple/"
WORDS = st.text("abcdefghijklmnopqrstuvwxyzABCXYZ0123456789-_.~/&+%:@ ", min_size=4, max_size=30)
DIGEST = "sha256:" + "0f" * 32


@pytest.mark.parametrize(
    ("sources", "environ", "told"),
    [
        (Sources(), {}, {}),
        (Sources(), {"UV_INDEX": "https://b"}, {}),
        (Sources(indexes=("https://a",)), {}, {"UV_INDEX": "https://a"}),
        (Sources(indexes=("https://a", "https://b")), {}, {"UV_INDEX": "https://a https://b"}),
        (
            Sources(indexes=("https://a",)),
            {"UV_INDEX": "https://b"},
            {"UV_INDEX": "https://a https://b"},
        ),
        (Sources(find_links=("/a", "/b")), {}, {"UV_FIND_LINKS": "/a,/b"}),
        (Sources(find_links=("/a",)), {"UV_FIND_LINKS": "/b"}, {"UV_FIND_LINKS": "/a,/b"}),
        (Sources(constraints=("/c.txt",)), {}, {"UV_CONSTRAINT": "/c.txt"}),
    ],
)
def test_uv_asks_the_runners_own_before_what_it_was_told(
    sources: Sources, environ: dict[str, str], told: dict[str, str]
) -> None:
    assert sources.variables(environ) == told


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (URL, f"https://{HIDDEN}@wheels.example/simple/"),
        ("the password is s3cret/pass", f"the password is {HIDDEN}"),
        ("as s3cret%2Fpass in a URL", f"as {HIDDEN} in a URL"),
        ("nothing of it", "nothing of it"),
        ("the vendor's own", "the vendor's own"),
    ],
)
def test_what_is_shown_holds_no_password(text: str, shown: str) -> None:
    assert Sources(indexes=(URL,)).redacted(text) == shown


def test_a_token_without_a_user_is_hidden_too() -> None:
    sources = Sources(find_links=("https://tok-123456@wheels.example/",))
    assert sources.redacted("token tok-123456 was refused") == f"token {HIDDEN} was refused"


def test_a_short_password_is_hidden_where_it_stands_in_its_url_only() -> None:
    sources = Sources(indexes=("https://me:a@wheels.example/",))
    assert sources.redacted("a cat at https://me:a@wheels.example/") == (
        f"a cat at https://{HIDDEN}@wheels.example/"
    )


def test_options_are_those_of_uv_and_can_be_shown() -> None:
    sources = Sources((URL,), ("/wheels",), ("/c.txt",))
    shown = f"https://{HIDDEN}@wheels.example/simple/"
    assert sources.options() == ("--index", shown, "--find-links", "/wheels")


@given(WORDS, WORDS, st.text(max_size=20), st.text(max_size=20))
def test_no_spelling_of_a_secret_is_ever_left(
    user: str, secret: str, before: str, behind: str
) -> None:
    quoted = quote(secret, safe="")
    sources = Sources(indexes=(f"https://{quote(user, safe='')}:{quoted}@host/",))
    for spelt in (secret, quoted, sources.indexes[0]):
        shown = sources.redacted(f"{before}\n{spelt}\n{behind}").split("\n")
        assert spelt not in shown


@pytest.mark.parametrize(
    ("kind", "text", "found"),
    [
        (Kind.PYTHON, "/opt/venv", Binding(Kind.PYTHON, "/opt/venv")),
        (Kind.PYTHON, "vllm=/opt/venv", Binding(Kind.PYTHON, "/opt/venv", "vllm")),
        (Kind.PYTHON, "./a=b", Binding(Kind.PYTHON, "./a=b")),
        (Kind.PYTHON, "s=./a=b", Binding(Kind.PYTHON, "./a=b", "s")),
        (Kind.IMAGE, f"host/a@{DIGEST}", Binding(Kind.IMAGE, f"host/a@{DIGEST}")),
        (Kind.IMAGE, f"host:5000/a/b:1@{DIGEST}", Binding(Kind.IMAGE, f"host:5000/a/b:1@{DIGEST}")),
        (Kind.IMAGE, DIGEST, Binding(Kind.IMAGE, DIGEST)),
        (Kind.IMAGE, f"smoke=a@{DIGEST}", Binding(Kind.IMAGE, f"a@{DIGEST}", "smoke")),
        (Kind.IMAGE, "/images/suite.sif", Binding(Kind.IMAGE, "/images/suite.sif")),
    ],
)
def test_an_environment_is_brought_for_all_suites_or_for_one(
    kind: Kind, text: str, found: Binding
) -> None:
    assert binding(kind, text) == found


@pytest.mark.parametrize("text", ["a", "host/a:latest", "a@sha256:12", f"a b@{DIGEST}", "s=a:1"])
def test_an_image_that_may_change_is_refused_with_what_to_write(text: str) -> None:
    with pytest.raises(ValueError, match="names no digest, and a tag may move") as raised:
        binding(Kind.IMAGE, text)
    assert "NAME@sha256:" in str(raised.value)


def test_nothing_is_no_environment() -> None:
    with pytest.raises(ValueError, match="empty"):
        binding(Kind.PYTHON, "")


ONE, OTHER = Binding(Kind.PYTHON, "/a"), Binding(Kind.IMAGE, f"a@{DIGEST}", "vllm")


def test_a_suites_own_comes_before_what_is_for_all() -> None:
    brought = Bindings((ONE, OTHER))
    assert brought.of("vllm") == OTHER
    assert brought.of("smoke") == ONE
    assert Bindings((OTHER,)).of("smoke") is None


@pytest.mark.parametrize(
    ("bound", "who"),
    [((ONE, ONE), "every suite"), ((OTHER, ONE, OTHER), "vllm")],
)
def test_two_environments_for_one_suite_are_a_mistake(bound: tuple[Binding, ...], who: str) -> None:
    with pytest.raises(ValueError, match=f"{who} is given two environments"):
        together(bound)


def test_one_for_each_suite_is_none() -> None:
    assert together((ONE, OTHER)) == (ONE, OTHER)


@pytest.mark.parametrize(
    "brought",
    [Bindings(), Bindings((ONE, OTHER), Sources((URL,), ("/w",)), "podman", ("--device=/dev/x",))],
)
def test_what_is_brought_reaches_a_slot_as_it_is(brought: Bindings) -> None:
    assert wire.from_text(Bindings, wire.to_text(brought)) == brought
