"""The README's pictures, taken of a running demo: `python tests/support/screenshots.py [URL]`."""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, sync_playwright
from served import served

IMAGES = Path(__file__).parents[2] / "docs" / "images"
THEMES = ("light", "dark")
WIDTH, HEIGHT = 1440, 1000
PATIENCE_SECONDS = 90.0


def take(url: str, folder: Path) -> list[Path]:
    """The grid and its first failing cell in both themes; the files written."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = {**_failing(url), "grid": "/"}  # what fails may soon be mended
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        return [
            _shot(browser, url, theme, path, folder / f"{name}-{theme}.png")
            for name, path in paths.items()
            for theme in THEMES
        ]


def _shot(browser: Browser, url: str, theme: str, path: str, file: Path) -> Path:
    context = browser.new_context(
        viewport={"width": WIDTH, "height": HEIGHT}, reduced_motion="reduce"
    )
    context.add_cookies([{"name": "coevo-theme", "value": theme, "url": url}])
    page = context.new_page()
    page.goto(url + path)
    page.wait_for_load_state("load")
    page.screenshot(path=file, full_page=path == "/")
    context.close()
    return file


def _failing(url: str) -> dict[str, str]:
    """The page of the first failing cell."""
    grid = _json(f"{url}/api/v1/grid")
    matrix = grid["matrix"]["name"]
    for face in grid["faces"]:
        if face["state"] == "failing":
            at = f"{face['site']['name']}/{face['accelerator']['name']}"
            return {"cell": f"/m/{matrix}/cells/{at}"}
    return {}


def _json(address: str) -> Any:
    with urllib.request.urlopen(address, timeout=30) as answer:
        return json.load(answer)


def lively(url: str) -> str:
    """The URL, once the demo has lived through its past and most cells have something to show."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        grid = _json(f"{url}/api/v1/grid")
        states = {face["state"] for face in grid["faces"]}
        if "failing" in states and not grid["server"]["doing"]:
            return url
        time.sleep(0.5)
    raise AssertionError("the demo shows nothing yet")


@contextmanager
def _demo() -> Iterator[str]:
    with tempfile.TemporaryDirectory() as folder, served(Path(folder), "--demo") as server:
        yield lively(server.url)


def main(*arguments: str) -> int:
    """Of the server at the URL given, or of a demo of its own."""
    if arguments:
        written = take(arguments[0].rstrip("/"), IMAGES)
    else:
        with _demo() as url:
            written = take(url, IMAGES)
    print("\n".join(map(str, written)))
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
