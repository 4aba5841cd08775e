"""Requirements resolve to hashed pins, or say in the resolver's words why not."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from wheels import wheel

from matrix.errors import CoevoError
from runners.environments.lock import filled, resolve
from runners.environments.platforms import here, parsed
from runners.environments.unresolved import ResolverFailed, Unresolved
from runners.work import Lock

HOME = Path("unused")  # nothing here is built from a commit


@pytest.fixture
def links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "links"
    folder.mkdir()
    monkeypatch.setenv("UV_FIND_LINKS", str(folder))
    monkeypatch.setenv("UV_OFFLINE", "1")
    return folder


def test_requirements_become_pins_with_hashes(links: Path) -> None:
    base = wheel(links, "coevo_base", "2.0")
    wheel(links, "coevo_toy", "1.5", requires="coevo_base")
    wheel(links, "coevo_toy", "1.6", requires="coevo_base")
    lock = resolve(["coevo-toy=={toy}"], {"toy": "1.5"}, str(here()), HOME)
    assert lock.pins == (("coevo-base", "2.0"), ("coevo-toy", "1.5"))
    assert hashlib.sha256(base.read_bytes()).hexdigest() in lock.text
    assert lock.digest == hashlib.sha256(lock.text.encode()).hexdigest()
    assert str(links) not in lock.text


def test_what_is_left_out_is_missed_by_nobody(links: Path) -> None:
    wheel(links, "coevo_base", "2.0")
    wheel(links, "coevo_toy", "1.5", requires="coevo_base")
    lock = resolve(["coevo-toy==1.5"], {}, str(here()), HOME, exclude=["coevo-base"])
    assert lock.pins == (("coevo-toy", "1.5"),)


def test_lines_hold_for_the_device_of_the_platform(links: Path) -> None:
    wheel(links, "coevo_base", "2.0")
    wheel(links, "coevo_toy", "1.5", requires="coevo_base")
    asked = ["coevo-toy==1.5; device == 'cpu'", "coevo-base==2.0; device != 'cpu'"]
    without = ["coevo-base; device == 'cpu'"]
    on_cpu = resolve(asked, {}, str(here()), HOME, exclude=without)
    elsewhere = resolve(asked, {}, str(here("cuda")), HOME, exclude=without)
    assert on_cpu.pins == (("coevo-toy", "1.5"),)
    assert elsewhere.pins == (("coevo-base", "2.0"),)


def test_the_same_question_has_the_same_answer(links: Path) -> None:
    wheel(links, "coevo_toy")
    first, second = (resolve(["coevo-toy"], {}, str(here()), HOME) for _ in range(2))
    assert first == second


def test_what_cannot_be_met_is_told_in_the_resolvers_words(links: Path) -> None:
    wheel(links, "coevo_toy", "1.5")
    with pytest.raises(Unresolved) as raised:
        resolve(["coevo-toy==9"], {}, str(here()), HOME)
    assert "no version" in str(raised.value)
    assert "coevo-toy==9" in str(raised.value)


@pytest.mark.usefixtures("links")
def test_nonsense_is_a_mistake_and_no_crash() -> None:
    with pytest.raises(Unresolved):
        resolve(["not a requirement !!"], {}, str(here()), HOME)


def test_a_component_that_the_stack_lacks_is_named() -> None:
    with pytest.raises(CoevoError, match="no version of triton") as raised:
        filled(["triton=={triton}", "numpy"], {"torch": "2"})
    assert "triton: VERSION" in str(raised.value)


def test_a_components_version_stands_where_it_is_named() -> None:
    assert filled(["torch=={torch}", "a[b]>={v}"], {"torch": "2.13.0", "v": "1"}) == (
        "torch==2.13.0",
        "a[b]>=1",
    )


def test_a_wrong_platform_is_a_mistake() -> None:
    with pytest.raises(CoevoError, match="is no platform"):
        resolve(["numpy"], {}, "amiga", HOME)


def test_pins_are_read_from_any_hashed_file() -> None:
    text = "# no pin\nB.c==1+cpu \\\n    --hash=sha256:0\na==2 ; python_version > '3'\n"
    assert Lock("", text, "").pins == (("B.c", "1+cpu"), ("a", "2"))


@pytest.mark.parametrize("name", ["linux-x86_64-cp311-cpu", "linux-aarch64-cp39-cuda"])
def test_a_platforms_name_comes_out_as_it_went_in(name: str) -> None:
    assert str(parsed(name)) == name


@pytest.mark.parametrize("name", ["", "linux", "linux-x86_64-py3-cpu", "a-b-cp311-cpu\n"])
def test_what_is_no_platform_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="is no platform"):
        parsed(name)


def test_a_devices_number_is_no_part_of_its_platform() -> None:
    assert here("cuda:1") == here("cuda")
    assert (here("cpu").torch_backend, here("cuda").torch_backend) == ("cpu", "auto")


@pytest.mark.torch
@pytest.mark.slow
def test_on_a_cpu_torch_is_its_cpu_build() -> None:
    lock = resolve(["torch=={torch}"], {"torch": "2.13.0"}, "linux-x86_64-cp311-cpu", HOME)
    assert dict(lock.pins)["torch"] == "2.13.0+cpu"
    assert "nvidia" not in lock.text


def test_an_index_that_does_not_answer_is_a_failure_of_the_resolver(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in (
        ("UV_INDEX_URL", "http://127.0.0.1:9/simple"),
        ("UV_DEFAULT_INDEX", "http://127.0.0.1:9/simple"),
        ("UV_NO_CACHE", "1"),
        ("UV_FIND_LINKS", ""),
    ):
        monkeypatch.setenv(name, value)
    with pytest.raises(ResolverFailed, match="surely-not-there could not be looked up"):
        resolve(["surely-not-there"], {}, str(here()), HOME)
