from __future__ import annotations

from dataclasses import replace

import pytest
from lively import NOW, LivelyServices, face, grid
from starlette.testclient import TestClient
from visited import PAGES, Page, page

from dashboard.web.app import create_app
from matrix.verdict import State
from orchestrator.views import Grid, Label, ServerStatus


@pytest.mark.parametrize("path", PAGES)
def test_every_page_has_a_title_a_heading_a_twin_and_no_inline_code(
    client: TestClient, path: str
) -> None:
    shown = page(client, path)
    text = client.get(path).text
    assert "<title>" in text
    assert len(list(shown.all("h1"))) == 1
    twins = list(shown.all("link", rel="alternate"))
    assert len(twins) == 1
    assert client.get(str(twins[0]["href"])).status_code in {200, 404}
    assert not [True for _, one in shown.elements if "style" in one]
    assert not [key for _, one in shown.elements for key in one if key.startswith("on")]
    assert [one["src"] for one in shown.all("script")] == ["/static/js/main.js"]


@pytest.mark.parametrize("path", PAGES)
def test_every_link_on_every_page_leads_somewhere(client: TestClient, path: str) -> None:
    for link in page(client, path).all("a"):
        href = str(link["href"])
        if href.startswith("/"):
            assert client.get(href.partition("#")[0]).status_code == 200, href


@pytest.mark.parametrize("path", PAGES)
def test_a_simulated_server_says_so_on_every_page(path: str) -> None:
    services = LivelyServices(simulated=True)
    with TestClient(create_app(services), base_url="http://127.0.0.1") as client:
        text = client.get(path).text
    assert "<strong>SIMULATED</strong>" in text
    assert "(SIMULATED)" in text.partition("</title>")[0]


@pytest.mark.parametrize("path", PAGES)
def test_a_real_server_says_nothing_of_the_kind(client: TestClient, path: str) -> None:
    assert "SIMULATED" not in client.get(path).text


def test_the_slide_is_a_real_table(client: TestClient) -> None:
    shown = page(client, "/")
    assert len(list(shown.all("table"))) == 1
    assert len(list(shown.all("caption"))) == 1
    assert len(list(shown.all("th", scope="col"))) == 4
    assert len(list(shown.all("th", scope="row"))) == 5


def test_every_face_has_colour_glyph_word_and_name(client: TestClient) -> None:
    text = client.get("/").text
    faces = [one for one in Page(text).all("a") if "face " in f"{one.get('class')} "]
    assert len(faces) == 20
    assert faces[0]["aria-label"] == "Cloud A, GPU: failing since 1 h, 2 of 41 tests"
    assert str(faces[0]["class"]) == "face face--orange face--cross"
    assert '<use href="#i-cross"/></svg><span class="face__word">failing</span>' in text


def test_a_cell_that_nobody_offers_says_what_would_offer_it(client: TestClient) -> None:
    assert "coevo up --site lab" in page(client, "/").text
    assert "a machine with a GPU:" in page(client, "/").text
    assert "No runner offers this cell." in page(client, "/m/default/cells/lab/gpu").text


def test_rows_and_columns_tell_their_worst(client: TestClient) -> None:
    text = page(client, "/").text
    assert "1 failing" in text
    assert "1 test error" in text


def test_a_change_says_from_what_to_what(client: TestClient) -> None:
    text = page(client, "/").text
    assert "What changed last" in text
    assert "pytorch-ops on stable" in text


def test_the_page_says_what_is_going_on_before_everything_is_ready(
    client: TestClient, services: LivelyServices
) -> None:
    services.state = ServerStatus(
        ready=False, doing=("starting Ray",), problems=("no space left: coevo prune",)
    )
    text = page(client, "/").text
    assert "starting Ray" in text
    assert "no space left: coevo prune" in text
    services.state = ServerStatus(ready=True)
    assert "starting Ray" not in page(client, "/").text


def test_a_server_without_a_matrix_has_a_page_too() -> None:
    class Bare(LivelyServices):
        def matrices(self) -> tuple[Label, ...]:
            return ()

    app = create_app(Bare(state=ServerStatus(ready=False)))
    with TestClient(app, base_url="http://127.0.0.1") as client:
        assert "Coevo is starting" in client.get("/").text
        assert client.get("/api/v1/grid").status_code == 404


def test_a_page_is_rendered_once_per_version(client: TestClient, services: LivelyServices) -> None:
    client.get("/")
    before = services.queries
    for _ in range(5):
        client.get("/")
    assert services.queries == before
    services.happen()
    client.get("/")
    assert services.queries == before + 1


def test_a_page_that_stands_is_a_304(client: TestClient, services: LivelyServices) -> None:
    etag = client.get("/").headers["etag"]
    assert client.get("/", headers={"if-none-match": etag}).status_code == 304
    services.view = replace(
        services.view, faces=(face(0, 0, State.PASSING), *services.view.faces[1:])
    )
    services.happen()
    assert client.get("/", headers={"if-none-match": etag}).status_code == 200


def test_the_theme_is_remembered_and_drawn_by_the_server(client: TestClient) -> None:
    assert 'data-theme="auto"' in client.get("/").text
    answer = client.get("/theme?to=dark&back=/runners", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/runners")
    assert 'data-theme="dark"' in client.get("/").text


@pytest.mark.parametrize("theme", ["sepia", "dark;light", '"><script>'])
def test_a_theme_that_is_none_is_not_remembered(client: TestClient, theme: str) -> None:
    client.get("/theme", params={"to": theme}, follow_redirects=False)
    client.cookies.set("coevo-theme", "nonsense")
    assert 'data-theme="auto"' in client.get("/").text


@pytest.mark.parametrize("path", ["/nowhere", "/m/none", "/m/default/jobs/999", "/runners/nobody"])
def test_a_page_that_is_not_there_helps(client: TestClient, path: str) -> None:
    answer = client.get(path, headers={"accept": "text/html"})
    assert answer.status_code == 404
    assert "To the grid" in answer.text


def test_a_large_grid_is_drawn_small(services: LivelyServices) -> None:
    services.view = large(20, 20)
    with TestClient(create_app(services), base_url="http://127.0.0.1") as client:
        text = client.get("/").text
    assert text.count('class="face ') == 400
    assert "grid--dense" in text
    assert "Site 19, A19: passing since 1 h" in text


def large(rows: int, columns: int) -> Grid:
    """A grid of any size."""
    sites = tuple(Label(f"s{row}", f"Site {row}") for row in range(rows))
    accelerators = tuple(Label(f"a{column}", f"A{column}") for column in range(columns))
    one = face(0, 0, State.PASSING)
    return replace(
        grid(),
        sites=sites,
        accelerators=accelerators,
        faces=tuple(
            replace(one, site=site, accelerator=accelerator)
            for site in sites
            for accelerator in accelerators
        ),
    )


def test_ages_are_told_by_the_servers_clock(client: TestClient) -> None:
    assert (
        '<time datetime="2026-11-23T11:00:00Z" data-age="short">1 h</time>' in client.get("/").text
    )
    assert NOW.hour == 12
