"""Suites that installed packages bring, by their metadata alone."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from matrix import library
from matrix.errors import CoevoError
from matrix.installed import installed
from matrix.load import parse

MATRIX = "name: x\naxes: {site: [lab], accelerator: [cpu]}\nsuites:\n"


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of packages that is looked into first; what was known before is forgotten."""
    monkeypatch.syspath_prepend(tmp_path)
    forget()
    yield tmp_path
    forget()


def forget() -> None:
    installed.cache_clear()
    library.library.cache_clear()


def package(
    site: Path,
    name: str = "acme-suites",
    version: str = "1.2",
    *,
    points: str = "acme-ops = acme.ops\n",
    is_local: bool = False,
) -> None:
    """The metadata of an installed package, as installers write them."""
    folder = site / f"{name.replace('-', '_')}-{version}.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    (folder / "entry_points.txt").write_text(f"[coevo.suites]\n{points}")
    if is_local:
        (folder / "direct_url.json").write_text(json.dumps({"url": "file:///a", "dir_info": {}}))
    forget()


def test_without_any_there_are_the_built_in_ones(site: Path) -> None:
    assert site.exists()
    assert installed() == {}
    assert library.library().suites.keys() == library.builtin().suites.keys()


def test_an_entry_point_is_a_suite_in_an_environment_with_its_package(site: Path) -> None:
    package(site)
    suite = parse(MATRIX + "  acme-ops: {}\n", "m.yaml").suite("acme-ops")

    assert suite.command == ("python", "-m", "acme.ops")
    assert suite.environment is not None
    assert suite.environment.requirements == ("acme-suites==1.2",)
    assert suite.project == "acme-suites"
    assert installed()["acme-ops"].origin == "acme-suites 1.2"


def test_a_package_from_a_folder_is_run_by_this_python(site: Path) -> None:
    package(site, is_local=True)
    suite = parse(MATRIX + "  acme-ops: {}\n", "m.yaml").suite("acme-ops")

    assert suite.command == (sys.executable, "-m", "acme.ops")
    assert suite.environment is None


def test_keys_of_the_matrix_override_it(site: Path) -> None:
    package(site)
    text = "  acme-ops: {timeout: 5m, environment: {requirements: [acme-suites==1.3]}}\n"
    suite = parse(MATRIX + text, "m.yaml").suite("acme-ops")

    assert suite.command == ("python", "-m", "acme.ops")
    assert suite.environment is not None
    assert suite.environment.requirements == ("acme-suites==1.3",)


def test_a_built_in_suite_goes_first(site: Path) -> None:
    package(site, points="smoke = acme.smoke\n")
    suite = parse(MATRIX + "  smoke: {}\n", "m.yaml").suite("smoke")

    assert suite.program == "smoke"


def test_of_two_packages_the_first_on_the_path_counts(site: Path) -> None:
    package(site, points="acme-ops = first\n")
    package(site, "zzz-suites", points="other = second\n")

    assert installed()["acme-ops"].shape.command == ["python", "-m", "first"]
    assert installed()["other"].shape.command == ["python", "-m", "second"]


@pytest.mark.parametrize("name", ["Acme Ops", "UPPER", "-x"])
def test_what_is_no_name_of_a_suite_is_left_out(site: Path, name: str) -> None:
    package(site, points=f"{name} = acme.ops\nfine = acme.fine\n")

    assert list(installed()) == ["fine"]


def test_other_groups_are_others(site: Path) -> None:
    package(site, points="[console_scripts]\nacme-ops = acme.ops:main\n")

    assert installed() == {}


def test_nothing_of_it_is_imported(site: Path) -> None:
    package(site)
    (site / "acme").mkdir()
    (site / "acme" / "__init__.py").write_text("raise RuntimeError('imported')\n")

    assert "acme-ops" in library.library().suites
    assert "acme" not in sys.modules


def test_a_name_that_no_package_brings_is_a_mistake_with_a_hint(site: Path) -> None:
    package(site)
    with pytest.raises(CoevoError) as caught:
        parse(MATRIX + "  acme-op: {}\n", "m.yaml")

    assert "did you mean `acme-ops`?" in str(caught.value)
