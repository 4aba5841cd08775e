from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from lively import LivelyServices
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from serving import served

from dashboard.web.app import create_app

CHROMIUM = shutil.which("chromium")
Open = Callable[..., Page]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One real Chromium for a file of browser tests.

    Not for the session: Playwright keeps an event loop running in this thread as long as it is
    there, and other tests start loops of their own.
    """
    if CHROMIUM is None:
        pytest.skip("no chromium here; get it with: apt install chromium")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"],
        )
        yield chromium
        chromium.close()


@pytest.fixture
def services() -> LivelyServices:
    return LivelyServices()


@pytest.fixture
def url(services: LivelyServices) -> Iterator[str]:
    with served(create_app(services)) as url:
        yield url


class Troubles(list[str]):
    """What a page complained of: errors, dialogs, refused code."""

    def watch(self, page: Page) -> None:
        """Hear of everything that should not be."""
        page.on("pageerror", lambda error: self.append(f"error: {error}"))
        page.on("dialog", self._dialog)
        page.on("console", self._console)

    def _dialog(self, dialog: object) -> None:
        self.append("a dialog was opened")
        dialog.dismiss()  # type: ignore[attr-defined] # playwright's own type is not exported

    def _console(self, message: object) -> None:
        if message.type in {"error", "warning"}:  # type: ignore[attr-defined] # the same
            self.append(f"console: {message.text}")  # type: ignore[attr-defined] # the same


@pytest.fixture
def troubles() -> Troubles:
    return Troubles()


@pytest.fixture
def opened(browser: Browser, url: str, troubles: Troubles) -> Iterator[Open]:
    """Opens a page of the server; it must have complained of nothing in the end."""
    contexts: list[BrowserContext] = []

    def open_page(path: str, **options: object) -> Page:
        context = browser.new_context(**options)  # type: ignore[arg-type] # handed through
        contexts.append(context)
        page = context.new_page()
        troubles.watch(page)
        page.goto(url + path)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert troubles == []


@pytest.fixture(scope="session")
def axe() -> str:
    """axe-core, as the package brings it."""
    import axe_playwright_python  # noqa: PLC0415 - only where a browser is

    return (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text()
