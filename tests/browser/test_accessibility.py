from __future__ import annotations

import pytest
from lively import LivelyServices, grid
from lively_commits import HEADS
from lively_matrices import MISTAKES, OTHERS
from playwright.sync_api import Browser
from serving import served

from dashboard.web.app import create_app
from orchestrator.views import ServerStatus

pytestmark = [pytest.mark.browser, pytest.mark.slow]
PAGES = (
    "/",
    "/m",
    "/m/default",
    "/m/default/cells/cloud-a/gpu",
    "/m/default/cells/lab/gpu",
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
RUN = """async () => {
  const found = await axe.run(document, {resultTypes: ['violations']});
  return found.violations.map((one) => one.id + ': ' + one.nodes.map((node) =>
    node.html + ' ' + node.failureSummary).join(' | '));
}"""


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_on_any_page_at_any_width(browser: Browser, axe: str, theme: str) -> None:
    services = LivelyServices(
        simulated=True,
        view=grid(simulated=True),
        state=ServerStatus(ready=False, doing=("starting Ray",), problems=("the disk is full",)),
        others=OTHERS,
        mistakes=MISTAKES,
    )
    found: list[str] = []
    with served(create_app(services)) as url:
        context = browser.new_context(reduced_motion="reduce", bypass_csp=True)
        context.add_cookies([{"name": "coevo-theme", "value": theme, "url": url}])
        page = context.new_page()
        for path in PAGES:
            page.goto(url + path)
            page.evaluate(axe)
            for width in WIDTHS:
                page.set_viewport_size({"width": width, "height": 900})
                found += [f"{path} at {width}: {one}" for one in page.evaluate(RUN)]
                if page.evaluate("document.documentElement.scrollWidth") > width:
                    found.append(f"{path} at {width}: scrolls sideways")
        context.close()
    assert found == []


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
