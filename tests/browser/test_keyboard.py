from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from lively import LivelyServices
from playwright.sync_api import Page, expect
from serving import served

from dashboard.web.app import create_app

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("browser")]
Open = Callable[..., Page]


@pytest.fixture(scope="module")
def services() -> LivelyServices:
    return LivelyServices()


@pytest.fixture(scope="module")
def url(services: LivelyServices) -> Iterator[str]:
    """One server for all of them: keys change nothing."""
    with served(create_app(services)) as url:
        yield url


FOCUSED = "document.activeElement.getAttribute('aria-label') || document.activeElement.textContent"


def focused(page: Page) -> str:
    return str(page.evaluate(FOCUSED))


def test_a_failing_cells_log_is_at_most_eight_keys_away(opened: Open) -> None:
    page = opened("/")
    keys = ["n", "Enter", "l"]
    for key in keys:
        page.keyboard.press(key)
        page.wait_for_load_state()
        if key == "Enter":
            page.wait_for_url("**/cells/cloud-a/gpu")
            page.wait_for_selector("[data-keys]:not([hidden])")
    page.wait_for_url("**/jobs/7/log")
    assert len(keys) <= 8
    assert "FAIL" in page.inner_text("[data-log-lines]")


def test_the_log_is_near_with_tab_and_arrows_alone_too(opened: Open) -> None:
    page = opened("/")
    presses = 0
    page.focus("#main")
    while "Cloud A, GPU" not in focused(page):
        page.keyboard.press("Tab")
        presses += 1
    page.keyboard.press("Enter")
    page.wait_for_url("**/cells/cloud-a/gpu")
    page.wait_for_selector("[data-keys]:not([hidden])")
    page.keyboard.press("l")
    page.wait_for_url("**/jobs/7/log")
    assert presses + 2 <= 8


def test_the_grid_is_one_tab_stop(opened: Open) -> None:
    page = opened("/")
    page.wait_for_selector('table[role="grid"]')
    stops = page.eval_on_selector_all(
        "a.face", "all => all.filter((one) => one.tabIndex === 0).length"
    )
    assert stops == 1
    page.focus("a.face")
    page.keyboard.press("Tab")
    assert "face" not in str(page.evaluate("document.activeElement.className"))


MOVES: tuple[tuple[list[str], str], ...] = (
    (["ArrowRight"], "Cloud A, TPU"),
    (["ArrowDown"], "Cloud B, GPU"),
    (["ArrowUp"], "Cloud A, GPU"),
    (["ArrowLeft"], "Cloud A, GPU"),
    (["End"], "Cloud A, CPU"),
    (["End", "ArrowRight"], "Cloud A, CPU"),
    (["End", "Home"], "Cloud A, GPU"),
    (["Control+End"], "Edge, CPU"),
    (["Control+End", "Control+Home"], "Cloud A, GPU"),
    (["PageDown"], "Edge, GPU"),
    (["PageDown", "PageUp"], "Cloud A, GPU"),
    (["PageDown", "ArrowDown"], "Edge, GPU"),
)


def test_arrows_move_in_the_grid_without_going_round(opened: Open) -> None:
    page = opened("/")
    page.wait_for_selector('table[role="grid"]')
    for keys, reached in MOVES:
        page.locator("a.face").first.focus()
        for key in keys:
            page.keyboard.press(key)
        assert focused(page).startswith(reached), keys


def test_every_cell_can_be_reached_and_is_seen_when_it_is(opened: Open) -> None:
    page = opened("/")
    page.wait_for_selector('table[role="grid"]')
    page.focus("a.face")
    reached = set()
    for row in range(5):
        for _ in range(4):
            reached.add(focused(page))
            outline = page.evaluate("getComputedStyle(document.activeElement).outlineWidth")
            assert outline == "3px"
            page.keyboard.press("ArrowLeft" if row % 2 else "ArrowRight")
        page.keyboard.press("ArrowDown")
    assert len(reached) == 20


def test_the_next_cell_that_needs_a_look_goes_round(opened: Open) -> None:
    page = opened("/")
    page.wait_for_selector('table[role="grid"]')
    seen = []
    for _ in range(6):
        page.keyboard.press("n")
        seen.append(focused(page))
    assert len(set(seen[:5])) == 5
    assert seen[5] == seen[0]


def test_a_question_mark_shows_the_keys_and_escape_hides_them(opened: Open) -> None:
    page = opened("/")
    page.wait_for_selector("[data-keys]:not([hidden])")
    page.keyboard.press("?")
    assert page.is_visible("dialog[open]")
    page.keyboard.press("Escape")
    assert not page.is_visible("dialog[open]")


def test_lists_are_walked_with_j_and_k(opened: Open) -> None:
    page = opened("/m/default/jobs")
    page.wait_for_selector("[data-keys]:not([hidden])")
    hrefs = []
    for key in ("j", "j", "k"):
        page.keyboard.press(key)
        hrefs.append(page.evaluate("document.activeElement.getAttribute('href')"))
    assert hrefs == ["/m/default/jobs/9", "/m/default/jobs/8", "/m/default/jobs/9"]
    page.keyboard.press("l")
    page.wait_for_url("**/jobs/9/log")


def test_keys_are_letters_while_somebody_types(opened: Open) -> None:
    page = opened("/m/default/jobs")
    page.wait_for_selector("[data-keys]:not([hidden])")
    page.keyboard.press("/")
    page.keyboard.type("jlng?")
    assert page.input_value("[data-search]") == "jlng?"
    assert page.url.endswith("/m/default/jobs")


def test_the_skip_link_is_the_first_stop_and_leads_to_the_content(opened: Open) -> None:
    page = opened("/")
    page.keyboard.press("Tab")
    assert focused(page) == "Skip to the content"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


def test_the_repeat_command_is_copied(opened: Open, services: LivelyServices) -> None:
    page = opened("/m/default/jobs/7", permissions=["clipboard-read", "clipboard-write"])
    page.wait_for_selector("[data-copy]:not([hidden])")
    page.locator(".case [data-copy]").first.click()
    expect(page.locator("[data-announce]")).to_have_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()") == services.all_cases[0].repeat
