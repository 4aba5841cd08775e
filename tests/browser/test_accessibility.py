from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest
from lively import LivelyServices, grid
from lively_commits import HEADS
from lively_matrices import MISTAKES, OTHERS
from playwright.sync_api import Browser, Page
from serving import served

from dashboard.web.app import create_app
from orchestrator.views import ServerStatus

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("browser")]
PAGES = (
    "/",
    "/m",
    "/m/default",
    "/m/default/cells/cloud-a/gpu",
    "/m/default/cells/lab/gpu",
    "/m/default/cells/cloud-a/gpu/metrics",
    "/m/default/cells/cloud-a/gpu/metrics/pytorch-ops/stable/matmul",
    "/m/default/jobs?status=FAIL",
    "/m/default/jobs/6",
    "/m/default/jobs/7",
    "/m/default/jobs/9",
    "/m/default/jobs/7/log",
    "/m/default/jobs/7/log?q=torch",
    "/m/default/runs",
    "/m/default/runs/12",
    "/m/default/at",
    f"/m/default/at/vllm/{HEADS[2]}",
    "/runners",
    "/runners/here",
    "/health",
    "/docs",
    "/m/default/jobs/999",
)
WIDTHS = (360, 768, 1440)
RUN = """async (rules) => {
  const only = rules ? {runOnly: rules} : {};
  const found = await axe.run(document,
    {...only, resultTypes: ['violations'], selectors: false, preload: false});
  return found.violations.map((one) => one.id + ': ' + one.nodes.map((node) =>
    node.html + ' ' + node.failureSummary).join(' | '));
}"""
CHOOSE = "theme => document.querySelector(`.themes__choice[value=${theme}]`).click()"
SPOIL = """() => {
  const faint = document.createElement('p');
  faint.textContent = 'hardly to be read';
  faint.style.color = '#ddd';
  document.querySelector('main').append(faint, document.createElement('img'));
}"""
COLOURS = ["color-contrast", "link-in-text-block"]


@pytest.fixture(scope="module")
def everything(browser: Browser) -> Iterator[tuple[Page, str]]:
    """A page of a browser, and a server that has everything to say."""
    services = LivelyServices(
        simulated=True,
        view=grid(simulated=True),
        state=ServerStatus(ready=False, doing=("starting Ray",), problems=("the disk is full",)),
        others=OTHERS,
        mistakes=MISTAKES,
    )
    with served(create_app(services)) as url:
        context = browser.new_context(reduced_motion="reduce", bypass_csp=True)
        yield context.new_page(), url
        context.close()


@pytest.mark.parametrize("path", PAGES)
def test_axe_finds_nothing_in_two_themes_at_any_width(
    everything: tuple[Page, str], axe: str, path: str
) -> None:
    """Every rule in the light theme; what else the dark one could break is its colours."""
    page, url = everything
    page.goto(url + path)
    page.evaluate(axe)
    choose(page, "light")
    assert [found for width in WIDTHS for found in findings(page, width)] == []
    choose(page, "dark")
    assert [found for width in WIDTHS for found in findings(page, width, COLOURS)] == []


def choose(page: Page, theme: str) -> None:
    """Switch the page to a theme, which stays for the pages to come."""
    page.evaluate(CHOOSE, theme)
    assert page.evaluate("document.documentElement.dataset.theme") == theme


def findings(page: Page, width: int, rules: Sequence[str] = ()) -> list[str]:
    """What axe finds at a width, by all rules or these, and whether the page is too wide."""
    page.set_viewport_size({"width": width, "height": 900})
    found = [f"at {width}: {one}" for one in page.evaluate(RUN, list(rules) or None)]
    if page.evaluate("document.documentElement.scrollWidth") > width:
        found.append(f"at {width}: scrolls sideways")
    return found


def test_axe_finds_what_is_wrong(everything: tuple[Page, str], axe: str) -> None:
    page, url = everything
    page.goto(url)
    page.evaluate(axe)
    choose(page, "light")
    page.evaluate(SPOIL)
    assert {one.split(": ")[1] for one in findings(page, 1440)} >= {"color-contrast", "image-alt"}
    assert {one.split(": ")[1] for one in findings(page, 1440, COLOURS)} == {"color-contrast"}


def test_the_page_fits_a_screen_of_320_pixels(browser: Browser, services: LivelyServices) -> None:
    with served(create_app(services)) as url:
        page = browser.new_page(viewport={"width": 320, "height": 640})
        for path in PAGES:
            page.goto(url + path)
            assert page.evaluate("document.documentElement.scrollWidth") <= 320, path
        page.close()


def test_everything_that_can_be_pressed_is_large_enough(
    browser: Browser, services: LivelyServices
) -> None:
    with served(create_app(services)) as url:
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.goto(url)
        sizes = page.eval_on_selector_all(
            "a.face, button, nav a, .change, .progress",
            "all => all.map((one) => one.getBoundingClientRect())"
            ".filter((box) => box.width).map((box) => [box.width, box.height])",
        )
        page.close()
    assert len(sizes) > 20
    assert all(width >= 24 and height >= 24 for width, height in sizes)


def test_motion_ends_for_whoever_wishes_it(browser: Browser, services: LivelyServices) -> None:
    with served(create_app(services)) as url:
        still = browser.new_page(reduced_motion="reduce")
        still.goto(url)
        moving = browser.new_page(reduced_motion="no-preference")
        moving.goto(url)
        count = "document.getAnimations().length"
        assert still.evaluate(count) == 0
        assert moving.evaluate(count) > 0
        still.close()
        moving.close()


def test_the_system_chooses_the_theme_until_the_reader_does(
    browser: Browser, services: LivelyServices
) -> None:
    ground = "getComputedStyle(document.documentElement).backgroundColor"
    with served(create_app(services)) as url:
        context = browser.new_context(color_scheme="dark")
        page = context.new_page()
        page.goto(url)
        assert page.evaluate(ground) == "rgb(13, 17, 23)"
        page.get_by_role("button", name="light").click()
        assert page.evaluate(ground) == "rgb(255, 255, 255)"
        page.goto(f"{url}/runners")
        assert page.evaluate(ground) == "rgb(255, 255, 255)"
        context.close()


def test_forced_colours_keep_a_border_on_every_face(
    browser: Browser, services: LivelyServices
) -> None:
    with served(create_app(services)) as url:
        page = browser.new_page(forced_colors="active")
        page.goto(url)
        widths = page.eval_on_selector_all(
            "a.face", "all => all.map((one) => parseFloat(getComputedStyle(one).borderTopWidth))"
        )
        page.close()
    assert len(widths) == 20
    assert min(widths) >= 2
