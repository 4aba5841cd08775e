from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("browser")]
Open = Callable[..., Page]


def test_the_whole_walk_from_the_slide_to_a_log_line_needs_no_script(opened: Open) -> None:
    page = opened("/", java_script_enabled=False)
    page.locator("a.face", has_text="failing").first.click()
    page.locator("h3 a", has_text="pytorch-ops").click()
    assert page.url.endswith("/m/default/jobs/7")
    page.fill("[data-search]", "attention")
    page.get_by_role("button", name="Show").click()
    assert "1 case" in page.inner_text("main")
    page.get_by_role("link", name="Log", exact=True).click()
    page.fill("[data-search]", "matmul")
    page.get_by_role("button", name="Find").click()
    page.locator(".hits a").first.click()
    assert page.url.endswith("#L62")
    assert "Tensor-likes" in page.inner_text("#L62")


def test_the_theme_can_be_chosen_without_script(opened: Open) -> None:
    page = opened("/runners", java_script_enabled=False)
    page.get_by_role("button", name="dark").click()
    assert page.url.endswith("/runners")
    assert page.get_attribute("html", "data-theme") == "dark"


def test_nothing_is_offered_that_only_script_could_do(opened: Open) -> None:
    page = opened("/m/default/jobs/7", java_script_enabled=False)
    assert not page.locator("[data-copy]:visible").count()
    assert not page.locator("[data-pause]:visible").count()
    assert not page.locator("[data-keys]:visible").count()
