"""Pages as a test reads them: their addresses, elements and text."""

from __future__ import annotations

from collections.abc import Iterator
from html.parser import HTMLParser

from lively_commits import HEADS
from starlette.testclient import TestClient

PAGES = (
    "/",
    "/m",
    "/m/default",
    "/m/default/playground",
    "/m/default/cells/cloud-a/gpu",
    "/m/default/cells/lab/gpu",
    "/m/default/cells/garage/npu",
    "/m/default/cells/cloud-a/gpu/metrics",
    "/m/default/cells/lab/gpu/metrics",
    "/m/default/cells/cloud-a/gpu/metrics/pytorch-ops/stable/matmul",
    "/m/default/cells/cloud-a/gpu/metrics/pytorch-ops/stable/matmul?x=run&range=all",
    "/m/default/jobs",
    "/m/default/jobs?status=FAIL&site=cloud-a",
    "/m/default/jobs/6",
    "/m/default/jobs/7",
    "/m/default/jobs/8",
    "/m/default/jobs/9",
    "/m/default/jobs/7/log",
    "/m/default/jobs/8/log",
    "/m/default/runs",
    "/m/default/runs/12",
    "/m/default/budget",
    "/m/default/at",
    "/m/default/at/torch",
    f"/m/default/at/vllm/{HEADS[2]}",
    "/m/default/pairs",
    "/m/default/pairs/1",
    "/m/default/pairs/2",
    "/m/default/pairs/3",
    "/runners",
    "/runners/here",
    "/health",
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
