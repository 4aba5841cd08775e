"""The playground's page, and what the grid and a square say of it."""

from __future__ import annotations

from dataclasses import replace

from lively import MATRIX, NOW, LivelyServices, cell_state, face
from lively_grid import playground
from starlette.testclient import TestClient
from visited import page

from dashboard.web.cell_context import cell_context
from dashboard.web.playground_context import playground_context
from dashboard.web.shell import Visit, shell
from matrix.verdict import State
from orchestrator.views import CellPage, ServerStatus

PATH = "/m/default/playground"
FRAME = shell(
    Visit("/", "", "auto", False, ServerStatus(ready=True), 1, MATRIX, "/a.css", "/a.js"),
    "Playground",
    "Grid",
)
CELL = cell_state("smoke", State.FAILING)


def emptied(*, is_open: bool) -> LivelyServices:
    nobody = replace(playground().grid, sites=(), accelerators=(), faces=())
    played = replace(playground(), grid=nobody, values=(), open=("site",) if is_open else ())
    return LivelyServices(played=played)


def test_the_page_draws_what_is_played_with(client: TestClient) -> None:
    shown = page(client, PATH)
    assert "garage" in shown.text
    assert "npu" in shown.text
    assert "Cloud A" not in shown.text


def test_the_page_says_how_a_value_comes_onto_the_grid(client: TestClient) -> None:
    assert "values: [..., garage]" in page(client, PATH).text


def test_its_squares_lead_to_their_pages(client: TestClient) -> None:
    links = [str(link.get("href")) for link in page(client, PATH).all("a")]
    assert "/m/default/cells/garage/npu" in links
    assert "/m/default" in links


def test_a_playground_without_guests_says_how_to_join() -> None:
    found = playground_context(FRAME, emptied(is_open=True).played, NOW)
    assert (found.guests, found.open, found.command) == ((), "site", "coevo up --site NAME")


def test_open_axes_are_named_in_one_breath() -> None:
    assert playground_context(FRAME, playground(), NOW).open == "site and accelerator"


def test_the_twin_has_the_same(client: TestClient) -> None:
    answer = client.get(f"/api/v1{PATH}").json()
    assert answer["values"] == {"site": ["garage"], "accelerator": ["npu"]}
    assert [face["state"] for face in answer["faces"]] == ["failing", "passing"]
    assert answer["open"] == ["site", "accelerator"]


def test_the_grid_leads_to_what_it_does_not_show(
    client: TestClient, services: LivelyServices
) -> None:
    assert "Playground" not in page(client, "/m/default").text
    services.show(replace(services.view, playing=2))
    assert PATH in [str(link.get("href")) for link in page(client, "/m/default").all("a")]
    assert "Playground: 2 cells" in page(client, "/m/default").text
    assert client.get("/api/v1/m/default/grid").json()["playing"] == 2


def test_a_square_keeps_what_is_played_with_apart() -> None:
    at = face(0, 0, State.PASSING)
    cell = CellPage(MATRIX, at.site, at.accelerator, at, (), (), "", playing=(CELL,))
    found = cell_context(FRAME, cell, NOW)
    assert found.states == ()
    assert [row.suite for row in found.playing] == ["smoke"]
