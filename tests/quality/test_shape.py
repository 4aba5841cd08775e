"""The house keeps its measures: short functions, short files, enough tests, nothing private."""

from __future__ import annotations

import ast
import re
import statistics
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("matrix", "runners", "orchestrator", "dashboard")
SOURCES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("*.py"))
SUITES, TESTS_OF_SUITES = ROOT / "runners" / "suites", ROOT / "tests" / "runners" / "suites"
# Where packages, models or images are fetched from is the machine's own setting.
REGISTRY_HOSTS = re.compile(
    r"(?:pypi|pythonhosted|npmjs|crates|huggingface|docker|quay|ghcr|jsdelivr|unpkg)\.(?:org|com|io|co|net)"
)


def tracked_files() -> list[Path]:
    listing = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if listing.returncode:
        pytest.skip("not a git checkout")
    return [ROOT / name for name in listing.stdout.split("\0") if name]


def function_lengths(sources: list[Path]) -> list[tuple[int, str]]:
    """Lines of each function's body, without its docstring."""
    found = []
    for path in sources:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                found.append((body_lines(node), f"{path.relative_to(ROOT)}:{node.lineno}"))
    return sorted(found)


def body_lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    body = function.body[1:] if ast.get_docstring(function) else function.body
    if not body:
        return 0
    return (body[-1].end_lineno or body[-1].lineno) - body[0].lineno + 1


def line_count(paths: list[Path]) -> int:
    return sum(len(path.read_text().splitlines()) for path in paths)


def test_half_of_the_functions_have_at_most_ten_lines() -> None:
    assert statistics.median(length for length, _ in function_lengths(SOURCES)) <= 10


def test_nine_of_ten_functions_have_at_most_twenty_five_lines() -> None:
    lengths = function_lengths(SOURCES)
    assert lengths[int(len(lengths) * 0.9)][0] <= 25, lengths[-10:]


@pytest.mark.parametrize("path", [*SOURCES, *TESTS], ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_has_at_most_three_hundred_lines(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= 300


def test_there_is_a_third_more_test_than_source() -> None:
    """Built-in suites are tests of other projects: they count on neither side."""
    sources = [path for path in SOURCES if SUITES not in path.parents]
    tests = [path for path in TESTS if TESTS_OF_SUITES not in path.parents]
    assert line_count(tests) >= 1.3 * line_count(sources)


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_module_opens_with_one_sentence(path: Path) -> None:
    docstring = ast.get_docstring(ast.parse(path.read_text()))
    assert docstring, "no module docstring"
    assert docstring.split("\n")[0].endswith((".", "?", ":")), docstring.split("\n")[0]


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_file_has_a_name_that_says_nothing(path: Path) -> None:
    assert path.stem not in {"utils", "util", "helpers", "common", "manager", "base", "misc"}


def test_nothing_in_the_repository_names_a_registry_host() -> None:
    telling = []
    for path in tracked_files():
        if not path.is_file() or path.suffix in {".png", ".ico", ".woff2"}:
            continue
        text = path.read_text(errors="replace")
        telling += [f"{path.relative_to(ROOT)}: {hit}" for hit in REGISTRY_HOSTS.findall(text)]
    assert not telling


def test_every_ignored_rule_says_why() -> None:
    silent = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in [*SOURCES, *TESTS]
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if re.search(r"# (?:noqa: [A-Z0-9, ]+|type: ignore\[[\w, -]+\])\s*$", line)
    ]
    assert not silent


def test_nothing_is_left_to_do_later() -> None:
    mark = re.compile("TO" + "DO|FIX" + "ME|XX" + "X")
    assert not [path for path in [*SOURCES, *TESTS] if mark.search(path.read_text())]
