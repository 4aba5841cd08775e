"""What cannot be resolved is told in the resolver's words, with what to do about it."""

from __future__ import annotations

from pathlib import Path

import pytest
from wheels import wheel

from matrix.errors import CoevoError
from runners.environments.lock import filled, resolve
from runners.environments.platforms import here
from runners.environments.unresolved import ResolverFailed, Unresolved
from runners.work import Lock

HERE = str(here())

HOME = Path("unused")  # nothing here is built from a commit


@pytest.fixture
def links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "links"
    folder.mkdir()
    monkeypatch.setenv("UV_FIND_LINKS", str(folder))
    monkeypatch.setenv("UV_NO_INDEX", "1")
    monkeypatch.setenv("UV_OFFLINE", "1")
    return folder


def refused(*requirements: str) -> CoevoError:
    with pytest.raises((Unresolved, ResolverFailed)) as raised:
        resolve(requirements, {}, HERE, HOME)
    return raised.value


def test_a_version_that_is_nowhere_is_named_beside_those_that_are(links: Path) -> None:
    wheel(links, "coevo_toy", "1.5")
    said = str(refused("coevo-toy==9"))
    assert "coevo-toy==9" in said
    assert "1.5" in said or "no version" in said


def test_two_that_contradict_each_other_are_both_named(links: Path) -> None:
    wheel(links, "coevo_base", "1.0")
    wheel(links, "coevo_base", "2.0")
    wheel(links, "coevo_left", requires="coevo_base<2")
    wheel(links, "coevo_right", requires="coevo_base>=2")
    said = str(refused("coevo-left", "coevo-right"))
    assert "coevo-left" in said
    assert "coevo-right" in said


def test_a_need_of_a_need_that_is_missing_is_named(links: Path) -> None:
    wheel(links, "coevo_toy", requires="coevo_absent")
    assert "coevo-absent" in str(refused("coevo-toy"))


@pytest.mark.usefixtures("links")
@pytest.mark.parametrize("text", ["not a requirement !!", "==1", "a==", "-r /etc/passwd"])
def test_what_is_no_requirement_is_refused_in_one_piece(text: str) -> None:
    error = refused(text)
    assert error.exit_code == 2
    assert "\n\n" not in str(error)


def test_every_refusal_says_what_to_do(links: Path) -> None:
    wheel(links, "coevo_toy", "1.5")
    assert "hint:" in str(refused("coevo-toy==9"))


def test_a_wheel_for_another_platform_is_none_for_this_one(links: Path) -> None:
    path = wheel(links, "coevo_toy", "1.5")
    path.rename(path.with_name("coevo_toy-1.5-cp311-cp311-win_amd64.whl"))
    refused("coevo-toy==1.5")


@pytest.mark.parametrize(
    ("requirement", "components", "said"),
    [
        ("a=={a}", {"a": "1"}, "a==1"),
        ("a=={a},<{b}", {"a": "1", "b": "2"}, "a==1,<2"),
        ("{a}{a}", {"a": "x"}, "xx"),
        ("a", {"a": "1"}, "a"),
        ("a[{x.y-z}]", {"x.y-z": "e"}, "a[e]"),
        ("a=={A}", {"a": "1"}, "a=={A}"),
    ],
)
def test_components_stand_wherever_they_are_named(
    requirement: str, components: dict[str, str], said: str
) -> None:
    assert filled([requirement], components) == (said,)


def test_all_components_that_a_stack_lacks_are_named_at_once() -> None:
    with pytest.raises(CoevoError, match="no version of a, b, which") as raised:
        filled(["x=={b}", "y=={a}"], {"c": "1"})
    assert "`a: VERSION`" in str(raised.value)


@pytest.mark.parametrize("name", ["", "amiga", "linux-x86_64-py3-cpu", "linux x86_64 cp311 cpu"])
def test_a_platform_that_is_none_is_refused_before_anything_is_asked(name: str) -> None:
    with pytest.raises(CoevoError, match="is no platform such as"):
        resolve(["numpy"], {}, name, HOME)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", ()),
        ("# a==1\n", ()),
        ("a==1\n", (("a", "1"),)),
        ("b==2\na==1\n", (("a", "1"), ("b", "2"))),
        ("a==1 \\\n    --hash=sha256:00\n", (("a", "1"),)),
        ("a==1; python_version>'3'\n", (("a", "1"),)),
        ("A.b_c==1.0+cpu\n", (("A.b_c", "1.0+cpu"),)),
        ("a @ file:///x\n", ()),
    ],
)
def test_pins_are_what_a_lock_names(text: str, found: tuple[tuple[str, str], ...]) -> None:
    assert Lock("d", text, HERE).pins == found


def test_a_lock_is_the_same_wherever_its_wheels_lie(tmp_path: Path, links: Path) -> None:
    wheel(links, "coevo_toy", "1.5")
    first = resolve(["coevo-toy"], {}, HERE, HOME)
    moved = tmp_path / "elsewhere"
    links.rename(moved)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("UV_FIND_LINKS", str(moved))
        assert resolve(["coevo-toy"], {}, HERE, HOME) == first
