"""Several matrices on one server, and files with mistakes, as pages and the API show them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from lively import ACCELERATORS, SITES, LivelyServices, face, grid
from lively_matrices import MISTAKES, OTHERS, PAST, SERVED
from starlette.testclient import TestClient
from visited import page

from dashboard.cli.asking import read
from dashboard.web.app import create_app
from dashboard.web.strips import MOST_TILES, mosaic
from matrix.verdict import State
from orchestrator.server_views import Declared
from orchestrator.views import ServerStatus


@pytest.fixture
def many() -> LivelyServices:
    return LivelyServices(others=OTHERS, mistakes=MISTAKES)


@pytest.fixture
def visitor(many: LivelyServices) -> Iterator[TestClient]:
    with TestClient(create_app(many), base_url="http://127.0.0.1") as client:
        yield client


def links(client: TestClient, path: str) -> list[str]:
    return [str(link.get("href")) for link in page(client, path).all("a")]


def test_one_matrix_keeps_the_front_page(client: TestClient) -> None:
    front = page(client, "/")

    assert "Cloud A" in front.text
    assert "/m" not in links(client, "/")


def test_several_matrices_are_listed_on_the_front_page(visitor: TestClient) -> None:
    front = page(visitor, "/")

    assert {"/m/default", "/m/serving"} <= set(links(visitor, "/"))
    assert "Serving at scale" in front.text
    assert "matrices/serving.yaml" in front.text


def test_the_list_has_an_address_of_its_own_in_any_case(client: TestClient) -> None:
    assert "/m/default" in links(client, "/m")


def test_pages_of_a_matrix_lead_back_to_the_list(visitor: TestClient) -> None:
    assert "/m" in links(visitor, "/m/default/jobs")
    assert "/m/serving/runs" in links(visitor, "/m/serving")


def test_pages_outside_lead_to_the_list_and_into_no_matrix(visitor: TestClient) -> None:
    found = links(visitor, "/runners")

    assert "/m" in found
    assert not [href for href in found if href.startswith("/m/default/runs")]


def test_a_file_that_never_held_a_matrix_is_listed_with_its_mistakes(visitor: TestClient) -> None:
    text = page(visitor, "/").text

    assert "that-nobody-has-ever-read.yaml has 1 mistake" in text
    assert "It is not served yet." in text


def test_a_matrix_that_is_served_no_longer_says_so(many: LivelyServices) -> None:
    many.others = (PAST,)
    with TestClient(create_app(many), base_url="http://127.0.0.1") as client:
        assert "its history only" in page(client, "/m").text
        assert "/m/default/jobs" in links(client, "/"), "one is served: the front page is its grid"


def test_a_grid_shows_the_mistakes_of_its_file_with_their_places(visitor: TestClient) -> None:
    text = page(visitor, "/m/default").text

    assert "matrix.yaml has 2 mistakes" in text
    assert "The revision before stays in force." in text
    assert "matrix.yaml:12:3" in text
    assert "  axs: [a]\n  ^" in text
    assert "did you mean `axes`?" in text


def test_a_grid_without_mistakes_shows_none(client: TestClient) -> None:
    assert "mistake" not in page(client, "/m/default").text


def test_mistakes_come_with_the_fragment_that_live_pages_fetch(visitor: TestClient) -> None:
    assert "matrix.yaml:30:1" in visitor.get("/m/default/_grid").text


def test_the_twin_lists_the_same(visitor: TestClient, many: LivelyServices) -> None:
    answer = visitor.get("/api/v1/m").json()

    declared = read(tuple[Declared, ...], answer["matrices"])
    assert declared == many.declared()
    first, second, third = answer["matrices"]
    assert len(first["faces"]) == len(second["faces"]) == 20
    assert (third["matrix"], third["faces"], third["run"]) == (None, [], None)


def test_the_twin_of_a_grid_tells_the_mistakes(visitor: TestClient) -> None:
    told = visitor.get("/api/v1/m/default").json()["declared"]

    assert told["mistakes"][0]["place"] == {"file": "matrix.yaml", "line": 12, "column": 3}
    assert visitor.get("/api/v1/m/serving/grid").json()["declared"]["mistakes"] == []


def test_the_short_form_of_the_grid_is_the_first_matrix(visitor: TestClient) -> None:
    assert visitor.get("/api/v1/grid").json()["matrix"]["name"] == "default"


def test_a_card_counts_states_and_names_the_worst(many: LivelyServices) -> None:
    rows, columns = range(len(SITES)), range(len(ACCELERATORS))
    fine = [face(row, column, State.PASSING) for row in rows for column in columns]
    many.view = replace(grid(), faces=(face(0, 0, State.FAILING), *fine[1:]))
    many.others, many.mistakes = (SERVED,), ()
    with TestClient(create_app(many), base_url="http://127.0.0.1") as client:
        front = page(client, "/")

    assert "1 failing" in front.text
    assert "19 passing" in front.text
    assert list(front.all("li", **{"class": "suite suite--orange"}))


def test_a_starting_server_lists_what_it_will_serve(many: LivelyServices) -> None:
    many.state = ServerStatus(ready=False, doing=("planning",))
    with TestClient(create_app(many), base_url="http://127.0.0.1") as client:
        assert "planning" in page(client, "/").text


def test_a_slide_in_small_has_a_tile_for_each_square() -> None:
    drawn = mosaic(["orange", "green", "none", "green"], 2)

    assert drawn is not None
    assert (drawn.width, drawn.height) == (22, 22)
    assert drawn.orange == "M0 0h10v10h-10z"
    assert drawn.green == "M12 0h10v10h-10zM12 12h10v10h-10z"
    assert (drawn.blue, drawn.none) == ("", "M0 12h10v10h-10z")


def test_a_last_row_may_be_short() -> None:
    drawn = mosaic(["blue"] * 3, 2)

    assert drawn is not None
    assert (drawn.width, drawn.height) == (22, 22)


@pytest.mark.parametrize(
    ("colours", "columns"),
    [([], 0), ([], 3), (["blue"] * (MOST_TILES + 1), 1), (["blue"] * 30, MOST_TILES + 1)],
)
def test_what_cannot_be_seen_is_not_drawn(colours: list[str], columns: int) -> None:
    assert mosaic(colours, columns) is None
