"""A closer look at a chart: by dragging, by keys, by the wheel, and back."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("browser")]
PATH = "/m/default/cells/cloud-a/gpu/metrics/pytorch-ops/stable/matmul"
Open = Callable[..., Page]


def points(page: Page) -> int:
    return page.locator("[data-point]").count()


def drag(page: Page, begin: float, end: float) -> None:
    """Over a share of the chart, from one place to another."""
    box = page.locator(".chart__area").bounding_box()
    assert box is not None
    height = box["y"] + box["height"] * 0.6
    page.mouse.move(box["x"] + box["width"] * begin, height)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * (begin + end) / 2, height)
    page.mouse.move(box["x"] + box["width"] * end, height)
    page.mouse.up()


def test_dragging_over_a_stretch_looks_closer_and_back_undoes_it(opened: Open) -> None:
    page = opened(PATH)
    before = points(page)

    drag(page, 0.2, 0.5)

    page.wait_for_url("**from=*")
    expect(page.locator("[data-point]")).not_to_have_count(before)
    assert 5 < points(page) < before / 2
    closer = page.url
    page.reload()
    assert page.url == closer
    assert 5 < points(page) < before / 2
    page.go_back()
    expect(page.locator("[data-point]")).to_have_count(before)


def test_keys_go_from_point_to_point_look_closer_and_show_all(opened: Open) -> None:
    page = opened(PATH)
    before = points(page)
    page.locator('[data-point][tabindex="0"]').focus()

    page.keyboard.press("Home")
    for _ in range(30):
        page.keyboard.press("ArrowRight")
    expect(page.locator("[data-tip]")).to_be_visible()
    expect(page.locator("[data-tip]")).to_contain_text("held against")
    page.keyboard.press("+")

    page.wait_for_url("**from=*")
    expect(page.locator("[data-point]")).not_to_have_count(before)
    page.keyboard.press("0")
    page.wait_for_url("**range=all*")
    expect(page.locator("[data-point]")).to_have_count(before)
    page.keyboard.press("Enter")
    page.wait_for_url("**/jobs/7")


def test_the_wheel_zooms_where_ctrl_is_held_and_else_scrolls(opened: Open) -> None:
    page = opened(PATH)
    page.locator(".chart__area").hover(position={"x": 400, "y": 150})
    page.mouse.wheel(0, 200)
    page.wait_for_timeout(300)
    assert "from=" not in page.url
    page.locator(".chart__area").hover(position={"x": 400, "y": 150})
    page.keyboard.down("Control")
    page.mouse.wheel(0, -200)
    page.keyboard.up("Control")
    page.wait_for_url("**from=*")


def test_a_point_under_the_pointer_tells_its_values(opened: Open) -> None:
    page = opened(PATH)
    page.locator("[data-point]").nth(35).hover(force=True)
    expect(page.locator("[data-tip]")).to_contain_text("GFLOP/s")
