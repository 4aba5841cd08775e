from __future__ import annotations

from pathlib import Path

import pytest

from matrix.expand import expand
from matrix.load import load
from matrix.model import PLANNED

DOCS = Path(__file__).parents[2] / "docs"
EXAMPLES = sorted((DOCS / "examples").rglob("matrix.yaml"))


def test_there_are_examples() -> None:
    assert EXAMPLES


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: file.parent.name)
def test_an_example_is_a_matrix_that_plans_something(file: Path) -> None:
    assert [job for job in expand(load(file)) if job.status == PLANNED]


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: file.parent.name)
def test_a_page_leads_to_each_example(file: Path) -> None:
    link = f"](examples/{file.parent.name}"
    assert any(link in page.read_text() for page in DOCS.glob("*.md"))
