"""The playground as a terminal draws it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import cast

import lively
import pytest
from lively_grid import playground

from dashboard.cli import pictures
from dashboard.cli.asking import Api
from matrix.verdict import State
from orchestrator.views import CellPage, Grid


@dataclass
class Answers:
    """A server whose answers are given."""

    the_grid: Grid = field(default_factory=lively.grid)
    played: Grid = field(default_factory=lambda: playground().grid)
    page: CellPage | None = None

    def now(self) -> datetime:
        return lively.NOW

    def grid(self) -> Grid:
        return self.the_grid

    def playground(self) -> Grid:
        return self.played

    def cell(self, site: str, accelerator: str) -> CellPage:
        assert self.page is not None
        assert (site, accelerator) == (self.page.site.name, self.page.accelerator.name)
        return self.page


@pytest.fixture(autouse=True)
def wide(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")


def api(answers: Answers) -> Api:
    return cast("Api", answers)


def test_it_is_drawn_as_a_grid_of_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    pictures.playground(api(Answers()))
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "Playground of Hardware CI matrix"
    assert lines[1].split() == ["CPU", "npu"]
    assert lines[2].startswith("garage")
    assert "failing" in lines[2]
    assert "passing" in lines[2]


def test_an_empty_one_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    nobody = replace(playground().grid, sites=(), accelerators=(), faces=())
    pictures.playground(api(Answers(played=nobody)))
    assert capsys.readouterr().out == "nobody offers what the file does not list\n"


@pytest.mark.parametrize(("count", "said"), [(1, "and 1 cell on"), (3, "and 3 cells on")])
def test_the_grid_says_what_lies_beside_it(
    capsys: pytest.CaptureFixture[str], count: int, said: str
) -> None:
    pictures.grid(api(Answers(replace(lively.grid(), playing=count))))
    last = capsys.readouterr().out.splitlines()[-1]
    assert said in last
    assert "coevo show --playground" in last


def test_a_grid_without_guests_says_nothing_of_them(capsys: pytest.CaptureFixture[str]) -> None:
    pictures.grid(api(Answers()))
    assert "playground" not in capsys.readouterr().out


def test_a_cell_lists_what_is_played_with_apart(capsys: pytest.CaptureFixture[str]) -> None:
    at = lively.face(0, 0, State.PASSING)
    own, guest = (lively.cell_state(name, State.FAILING) for name in ("smoke", "visiting"))
    page = CellPage(lively.MATRIX, at.site, at.accelerator, at, (own,), (), "", playing=(guest,))
    pictures.cell(api(Answers(page=page)), at.site.name, at.accelerator.name)
    out = capsys.readouterr().out
    assert out.index("smoke") < out.index("On the playground") < out.index("visiting")
