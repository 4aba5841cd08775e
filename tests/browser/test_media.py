from __future__ import annotations

from collections.abc import Iterator

import pytest
from lively import LivelyServices
from playwright.sync_api import Browser, Page
from serving import served

from dashboard.web.app import create_app

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("browser")]
WALKED = ("/", "/m/default/cells/cloud-a/gpu", "/m/default/jobs/7", "/runners/here")
# Column headers, which a narrow page writes beside each value or into each face instead.
HEADERS = {"GPU", "TPU", "ASIC", "CPU", "all", "Replicates", "Run"}
CLIPPED = """() => [...document.querySelectorAll('main *')].filter((one) => {
  const style = getComputedStyle(one);
  return style.overflowX === 'hidden' && style.clipPath === 'none'
    && one.scrollWidth > one.clientWidth + 1 && one.clientWidth > 1;
}).map((one) => one.className || one.tagName)"""


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """One server for all of them: looking changes nothing."""
    with served(create_app(LivelyServices())) as url:
        yield url


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    page = browser.new_page()
    yield page
    page.close()


def words(page: Page) -> set[str]:
    """What can be read in the content."""
    return set(page.inner_text("main").split())


def test_nothing_is_lost_at_twice_the_size(page: Page, url: str) -> None:
    for path in WALKED:
        page.set_viewport_size({"width": 1280, "height": 1024})
        page.goto(url + path)
        before = words(page)
        page.set_viewport_size({"width": 640, "height": 512})  # what 200 % leaves of the screen
        assert before - words(page) <= {"GPU", "TPU", "ASIC", "CPU", "all", "Replicates", "Run"}, (
            path
        )
        assert page.evaluate("document.documentElement.scrollWidth") <= 640, path


def test_no_text_is_cut_off_on_a_narrow_screen(page: Page, url: str) -> None:
    page.set_viewport_size({"width": 320, "height": 640})
    for path in WALKED:
        page.goto(url + path)
        assert page.evaluate(CLIPPED) == [], path


def test_paper_gets_the_content_and_none_of_the_controls(page: Page, url: str) -> None:
    page.goto(url)
    page.emulate_media(media="print")
    assert page.locator("a.face:visible").count() == 20
    assert not page.locator(".themes:visible, .masthead__places:visible, .footer:visible").count()


def test_a_face_keeps_its_colour_and_a_border_on_paper(page: Page, url: str) -> None:
    page.goto(url)
    page.emulate_media(media="print")
    kept = page.eval_on_selector_all(
        "a.face",
        "all => all.map((one) => getComputedStyle(one))"
        ".map((style) => [style.printColorAdjust, style.borderTopStyle])",
    )
    assert {adjust for adjust, _ in kept} == {"exact"}
    assert "none" not in {border for _, border in kept}


def test_a_folded_case_opens_by_keyboard(browser: Browser) -> None:
    services = LivelyServices()
    first, *_ = services.all_cases
    plain = [case for case in services.all_cases if case.id.startswith("torch.add")]
    services.all_cases = (plain[0]._replace(detail=first.detail),)
    with served(create_app(services)) as url:
        page = browser.new_page()
        page.goto(f"{url}/m/default/jobs/7")
        assert not page.locator(".case__detail:visible").count()
        page.focus(".case__more > summary")
        page.keyboard.press("Enter")
        assert "tolerance" in page.inner_text(".case__detail")
        page.close()


def test_a_failing_case_shows_its_values_at_once(page: Page, url: str) -> None:
    page.goto(f"{url}/m/default/jobs/7")
    shown = page.locator(".case__detail").first.inner_text()
    assert shown.split()[:4] == ["sample", "2", "wanted", "1"]


def test_a_long_command_wraps_and_stays_whole(page: Page, url: str) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto(f"{url}/m/default/jobs/7")
    fits = page.eval_on_selector_all(
        ".command__text", "all => all.map((one) => one.scrollWidth <= one.clientWidth + 1)"
    )
    assert fits
    assert all(fits)
