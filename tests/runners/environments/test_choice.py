"""Which provider a suite gets: its own image, what the runner's owner brings, or uv."""

from __future__ import annotations

from pathlib import Path

import pytest

from matrix.needs import IMAGES
from runners.environments.bindings import Binding, Bindings, Kind
from runners.environments.choice import Choice
from runners.environments.image import ImageProvider
from runners.environments.python import PythonProvider
from runners.environments.uv import UvProvider

DIGEST = "sha256:" + "0f" * 32
OWN = f"registry.example.org/own@{DIGEST}"
BROUGHT = f"registry.example.org/brought@{DIGEST}"
PYTHON = Binding(Kind.PYTHON, "/usr/bin/python3")


def choice(*bound: Binding) -> Choice:
    return Choice(Path("/nowhere"), Bindings(bound, engine="podman", engine_options=("--a",)))


def test_a_suite_without_anything_gets_uv() -> None:
    assert isinstance(choice().of("s"), UvProvider)


def test_what_is_brought_goes_before_uv() -> None:
    assert isinstance(choice(PYTHON).of("s"), PythonProvider)


@pytest.mark.parametrize("bound", [(), (PYTHON,), (Binding(Kind.IMAGE, BROUGHT, "s"),)])
def test_the_suites_own_image_goes_before_everything(bound: tuple[Binding, ...]) -> None:
    found = choice(*bound).of("s", OWN)

    assert found == ImageProvider(Path("/nowhere"), OWN, "podman", ("--a",))


def test_it_serves_the_suite_without_a_lock() -> None:
    assert choice().of("s", OWN).is_brought


def test_an_owner_who_names_an_engine_offers_to_run_images() -> None:
    assert IMAGES in choice().bindings.capabilities
    assert IMAGES not in Bindings((PYTHON,)).capabilities
