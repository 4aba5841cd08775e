"""What runs in a foreign cluster's Python needs nothing but that Python."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from orchestrator.dispatch.kit import kit as made
from orchestrator.dispatch.kit import unpacked

ROOT = Path(__file__).parents[2]
MODULES = (
    "matrix.status",
    "runners.work",
    "runners.wire",
    "runners.protocol",
    "runners.ledger",
    "runners.guard",
    "runners.artifacts",
    "runners.inputs",
    "runners.products",
    "runners.attempt",
    "runners.slot",
    "runners.machine",
    "runners.environments.choice",
    "runners.environments.plain",
    "runners.environments.uv",
    "runners.environments.lock",
    "runners.suites.harness",
    "runners.suites.joined",
    "runners.reports.writing",
    "runners.environments.checkout",
)


@pytest.fixture(scope="module")
def kit(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The kit's folder, as it is unpacked on a machine of the cluster."""
    return unpacked(made(), tmp_path_factory.mktemp("kit"))


@pytest.mark.parametrize("module", MODULES)
def test_a_module_of_the_kit_imports_without_site_packages(kit: Path, module: str) -> None:
    code = f"import sys; sys.path.insert(0, {str(kit)!r}); import {module}"
    subprocess.run([sys.executable, "-I", "-S", "-c", code], check=True)


def test_a_slot_works_in_a_bare_python(kit: Path, tmp_path: Path) -> None:
    program = f"""
import asyncio, sys
sys.path[:0] = [{str(kit)!r}, {str(ROOT / "tests" / "support")!r}]
from pathlib import Path
from slots import report_of
from tickets import ticket
print(report_of(Path({str(tmp_path / "home")!r}), ticket()).status)
"""
    argv = [sys.executable, "-I", "-S", "-c", program]
    ran = subprocess.run(argv, check=True, capture_output=True, text=True)
    assert ran.stdout == "DONE\n"


def test_the_parts_for_a_vendors_python_speak_python_3_9() -> None:
    beside = ("guard.py", "suites/harness.py", "suites/observe.py", "suites/__main__.py")
    joined = ("suites/joined.py", "suites/pytest_lines.py", "pytest_plugin/coevo_pytest.py")
    results = tuple(
        f"suites/results/{path.name}"
        for path in (ROOT / "runners" / "suites" / "results").glob("[a-z]*.py")
    )
    assert len(results) == 8
    for name in (*beside, *joined, *results):
        source = (ROOT / "runners" / name).read_text()
        ast.parse(source, feature_version=(3, 9))
        assert "from __future__ import annotations" in source
