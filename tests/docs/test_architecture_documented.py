"""docs/architecture.md names every file of the source, and no file that is not there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("matrix", "runners", "orchestrator", "dashboard")
TEXT = (ROOT / "docs" / "architecture.md").read_text()
MODULES = sorted(
    path
    for package in PACKAGES
    for path in (ROOT / package).rglob("*.py")
    if path.name != "__init__.py" and "migrations" not in path.parts
)


def section(folder: Path) -> str:
    """What stands under the heading of a folder, up to the next heading."""
    title = re.escape(str(folder.relative_to(ROOT)) + "/")
    found = re.search(rf"^#+ {title}\n(.*?)(?=^#|\Z)", TEXT, re.DOTALL | re.MULTILINE)
    assert found, f"docs/architecture.md has no heading {folder.relative_to(ROOT)}/"
    return found[1]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_has_its_line(path: Path) -> None:
    assert f"| `{path.name}` | " in section(path.parent)


def test_no_file_is_told_that_is_not_there() -> None:
    for folder in {path.parent for path in MODULES}:
        told = set(re.findall(r"^\| `(\w+\.py)` \|", section(folder), re.MULTILINE))
        assert told <= {path.name for path in folder.glob("*.py")}


def test_the_walks_name_files_that_exist() -> None:
    walks = TEXT.split("## Three walks")[1].split("## Ray's place")[0]
    names = {name.rsplit("/", 1)[-1] for name in re.findall(r"`([\w/]+\.(?:py|html))`", walks)}
    there = {path.name for package in PACKAGES for path in (ROOT / package).rglob("*.*")}
    assert names
    assert names <= there
