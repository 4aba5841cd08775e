from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from lively import NOW, LivelyServices, face, grid, job
from starlette.testclient import TestClient

from dashboard.web.app import create_app
from matrix.verdict import State
from orchestrator.views import Grid, Label, ServerStatus

PAGES = (
    "/",
    "/m/default",
    "/m/default/cells/cloud-a/gpu",
    "/m/default/cells/lab/gpu",
    "/m/default/jobs",
    "/m/default/jobs?status=FAIL&site=cloud-a",
    "/m/default/jobs/7",
    "/m/default/jobs/8",
    "/m/default/jobs/9",
    "/m/default/jobs/7/log",
    "/m/default/jobs/8/log",
    "/m/default/runs",
    "/m/default/runs/12",
    "/runners",
    "/runners/here",
    "/docs",
)


class Page(HTMLParser):
    """The elements of a page, and its text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def all(self, tag: str, **wanted: str) -> Iterator[dict[str, str | None]]:
        for name, attributes in self.elements:
            given = {key.replace("_", "-"): value for key, value in wanted.items()}
            if name == tag and all(attributes.get(key) == value for key, value in given.items()):
                yield attributes


def page(client: TestClient, path: str) -> Page:
    answer = client.get(path, headers={"accept": "text/html"})
    assert answer.status_code == 200, answer.text
    return Page(answer.text)


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


def test_failing_cases_come_first_with_what_repeats_them(client: TestClient) -> None:
    text = page(client, "/m/default/jobs/7").text
    assert text.index("torch.matmul") < text.index("torch.add.0")
    assert "tolerance" in text
    assert (
        "python -m runners.suites.pytorch_ops --device cuda --only torch.matmul --sample 2" in text
    )


def test_cases_are_searched_filtered_and_paged_by_the_url(client: TestClient) -> None:
    found = page(client, "/m/default/jobs/7?q=attention").text
    assert "1 case" in found
    assert "torch.add.0" not in found
    second = page(client, "/m/default/jobs/7?status=PASS&page=2").text
    assert "page 2 of 4" in second
    assert "No case matches." in page(client, "/m/default/jobs/7?q=nothing-like-it").text


def test_a_stack_that_differs_from_its_lock_shows(client: TestClient) -> None:
    text = page(client, "/m/default/jobs/7").text
    assert "3.6.0" in text
    assert "3.5.0 differs" in text
    assert "2.13.0 agrees" in text


def test_filters_in_the_url_can_be_dropped_one_by_one(client: TestClient) -> None:
    shown = page(client, "/m/default/jobs?status=FAIL&site=cloud-a&site=lab")
    hrefs = {str(link["href"]) for link in shown.all("a")}
    assert "/m/default/jobs?site=cloud-a&site=lab" in hrefs
    assert "/m/default/jobs?site=lab&status=FAIL" in hrefs


def test_a_queued_job_says_what_it_waits_for(client: TestClient) -> None:
    assert "needs a gpu; no runner has one" in page(client, "/m/default/jobs/8").text


def test_a_log_has_line_anchors_colours_and_no_tricks(client: TestClient) -> None:
    text = client.get("/m/default/jobs/7/log").text
    assert 'id="L1"' in text
    assert '<span class="sgr-bold sgr-red">FAIL</span>' in text
    assert "javascript:" not in text
    assert "\u202e" not in text
    assert "\x1b" not in text


def test_a_log_search_links_to_its_lines(client: TestClient) -> None:
    shown = page(client, "/m/default/jobs/7/log?q=MATMUL")
    assert "1 found" in shown.text
    assert "/m/default/jobs/7/log?attempt=2&line=62#L62" in {
        one.get("href") for one in shown.all("a")
    }


def test_each_attempt_has_its_own_log(client: TestClient) -> None:
    assert "first try" in page(client, "/m/default/jobs/7/log?attempt=1").text
    assert client.get("/m/default/jobs/7/log?attempt=9").status_code == 404


def test_a_long_log_is_shown_by_pages(client: TestClient, services: LivelyServices) -> None:
    services.logs[102] = b"".join(b"line %d\n" % number for number in range(1, 50_001))
    first = client.get("/m/default/jobs/7/log").text
    assert "line 2000<" in first
    assert "line 2001<" not in first
    jumped = client.get("/m/default/jobs/7/log?line=45000").text
    assert 'id="L45000"' in jumped
    assert 'id="L1"' not in jumped


def test_what_was_appended_to_a_log_comes_as_a_fragment(
    client: TestClient, services: LivelyServices
) -> None:
    services.logs[102] = b"one\ntwo\nthree\n"
    fragment = client.get("/m/default/jobs/9/_log?attempt=2&after=4&line=2").text
    assert "one" not in fragment
    assert 'id="L2"' in fragment
    assert "after=14&amp;line=4" in fragment


def test_the_end_of_a_log_ends_the_following(client: TestClient, services: LivelyServices) -> None:
    services.all_jobs = (job(7),)
    assert 'data-next=""' in client.get("/m/default/jobs/7/_log?attempt=2&after=0&line=1").text


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
