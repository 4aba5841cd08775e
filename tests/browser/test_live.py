from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from lively import LivelyServices, face, job
from playwright.sync_api import Page, expect

from matrix.verdict import State
from orchestrator.views import Grid, ServerStatus

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("browser")]
Open = Callable[..., Page]
CELL = 'a.face[href$="/cells/cloud-a/tpu"]'


def failing(view: Grid) -> Grid:
    """The grid with its second face failing."""
    faces = list(view.faces)
    faces[1] = face(0, 1, State.FAILING)
    return replace(view, faces=tuple(faces))


def live(page: Page) -> Page:
    expect(page.locator("[data-live-state]")).to_have_text("Live")
    return page


def test_a_face_changes_in_place_and_is_announced_once(
    opened: Open, services: LivelyServices
) -> None:
    page = live(opened("/"))
    page.focus(CELL)
    services.show(failing(services.view))
    page.wait_for_selector(f"{CELL}.face--cross")
    expect(page.locator("[data-announce]")).not_to_be_empty()
    said = page.text_content("[data-announce]")
    assert said == "Cloud A, TPU: failing since 1 h, 2 of 41 tests"
    assert page.evaluate("document.activeElement.getAttribute('href')").endswith("/cloud-a/tpu")
    assert (
        page.eval_on_selector_all("a.face", "all => all.filter((o) => o.tabIndex === 0).length")
        == 1
    )


def test_nothing_moves_while_the_reader_has_paused(opened: Open, services: LivelyServices) -> None:
    page = live(opened("/"))
    page.get_by_role("button", name="Pause").click()
    services.show(failing(services.view))
    with page.expect_response("**/_grid") as fetched:
        page.get_by_role("button", name="Go on").click()
    assert fetched.value.ok
    page.wait_for_selector(f"{CELL}.face--cross")


def test_what_was_typed_survives_an_update(opened: Open, services: LivelyServices) -> None:
    page = live(opened("/m/default/jobs"))
    page.fill("[data-search]", "half a wo")
    services.all_jobs = (job(10), *services.all_jobs)
    services.happen("job")
    page.wait_for_selector('a[href="/m/default/jobs/10"]')
    assert page.input_value("[data-search]") == "half a wo"
    assert page.evaluate("document.activeElement.hasAttribute('data-search')")


def test_a_growing_log_is_followed(opened: Open, services: LivelyServices) -> None:
    page = opened("/m/default/jobs/9/log")
    page.wait_for_selector("[data-follow-choice]:not([hidden])")
    services.logs[102] += b"".join(b"more %d\n" % number for number in range(200))
    page.wait_for_selector("#L265")
    expect(page.locator("#L265")).to_be_in_viewport()
    services.all_jobs = (job(9),)
    services.logs[102] += b"the end\n"
    page.wait_for_selector("#L266")
    page.wait_for_selector("[data-log-open]", state="detached")


def test_a_line_that_is_pointed_at_is_shown(opened: Open) -> None:
    page = opened("/m/default/jobs/7/log#L60")
    expect(page.locator("#L60")).to_be_in_viewport()


def test_what_is_going_on_goes_away_when_it_is_done(opened: Open, services: LivelyServices) -> None:
    services.state = ServerStatus(ready=False, doing=("starting Ray",))
    page = live(opened("/"))
    assert "starting Ray" in page.inner_text(".banner")
    services.state = ServerStatus(ready=True)
    page.wait_for_selector(".banner", state="detached")
    assert page.locator("a.face").count() == 20
