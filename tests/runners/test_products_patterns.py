"""Which files a pattern meets: as in the standard library, in a time that nobody can inflate."""

from __future__ import annotations

import glob
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runners.products import fits, matching

PARTS = st.sampled_from(["a", "b", "ab", ".a", "a.x"])
PATHS = st.lists(PARTS, min_size=1, max_size=4).map("/".join)
GLOBS = st.sampled_from(["*", "**", "a", "a*", "?", "*.x", ".*", "[ab]"])
PATTERNS = st.lists(GLOBS, min_size=1, max_size=4).map("/".join)


def planted(tree: Path, paths: set[str]) -> None:
    for path in sorted(paths):
        target = tree / path
        if not any(parent.is_file() for parent in target.parents) and not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text("")


@given(st.sets(PATHS, max_size=8), PATTERNS)
def test_a_pattern_meets_what_it_meets_in_the_standard_library(
    paths: set[str], pattern: str
) -> None:
    with tempfile.TemporaryDirectory() as name:
        tree = Path(name)
        planted(tree, paths)
        known = glob.glob(pattern, root_dir=tree, recursive=True)  # noqa: PTH207 - what is compared with
        files = {one for one in known if (tree / one).is_file()}
        assert {one for one, _ in matching(pattern, tree)} == files


@pytest.mark.parametrize(
    ("pattern", "path", "met"),
    [
        ("dist/*.whl", "dist/a.whl", True),
        ("dist/*.whl", "dist/sub/a.whl", False),
        ("**/*.whl", "a.whl", True),
        ("**/*.whl", "a/b/c.whl", True),
        ("a/**/z", "a/z", True),
        ("a/**/z", "a/b/c/z", True),
        ("**", "a/b", True),
        ("*.whl", ".hidden.whl", False),
        (".*.whl", ".hidden.whl", True),
        ("**/*.whl", ".venv/a.whl", False),
        (".venv/**/*.whl", ".venv/a.whl", True),
        ("A.whl", "a.whl", False),
    ],
)
def test_a_pattern_meets_a_path_or_not(pattern: str, path: str, met: bool) -> None:
    assert fits(pattern.split("/"), path.split("/")) == met


def test_many_stars_over_a_deep_path_take_no_longer_than_both_are_long() -> None:
    assert not fits(["**", "a"] * 40, ["a"] * 400 + ["b"])


def test_folders_that_lead_into_themselves_are_not_entered(tmp_path: Path) -> None:
    for number in range(20):
        (tmp_path / f"again{number}").symlink_to(tmp_path)
    (tmp_path / "a.whl").write_text("")
    assert [said for said, _ in matching("**/*.whl", tmp_path)] == ["a.whl"]


def test_files_come_by_name_with_where_they_really_are(tmp_path: Path) -> None:
    planted(tmp_path, {"b/x", "a/x", "x"})
    (tmp_path / "z").symlink_to("x")
    found = list(matching("**", tmp_path))
    assert [said for said, _ in found] == ["x", "z", "a/x", "b/x"]
    assert dict(found)["z"] == tmp_path.resolve() / "x"


def test_a_folder_that_is_not_there_holds_no_files(tmp_path: Path) -> None:
    assert list(matching("*", tmp_path / "none")) == []
