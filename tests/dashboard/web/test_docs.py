from __future__ import annotations

import re
from pathlib import Path

import pytest
from lively import LivelyServices
from lively_commits import HEADS
from starlette.testclient import TestClient

from dashboard.web import live
from dashboard.web.app import create_app
from dashboard.web.assets import STATIC
from dashboard.web.paging import JobQuery
from matrix.status import Status

DOCS = Path(__file__).parents[3] / "docs" / "api.md"
TEXT = DOCS.read_text()


def test_every_operation_of_the_api_is_documented(client: TestClient) -> None:
    for path, methods in client.get("/api/v1/openapi.json").json()["paths"].items():
        for method in methods:
            told = f"`{path}`" if method == "get" else f"`{method.upper()} {path}`"
            assert told in TEXT


def test_every_documented_page_answers(client: TestClient) -> None:
    shaped = {
        "{matrix}": "default",
        "{site}": "cloud-a",
        "{accelerator}": "gpu",
        "{job}": "7",
        "{run}": "12",
        "{name}": "here",
        "{component}": "vllm",
        "{head}": HEADS[2],
        "{number}": "1",
        "{suite}": "pytorch-ops",
        "{stack}": "stable",
        "{metric}": "matmul",
    }
    paths = re.findall(r"^\| `(/[^`]*)`", TEXT, re.MULTILINE)
    assert len(paths) > 10
    for path in paths:
        for name, value in shaped.items():
            path = path.replace(name, value)  # noqa: PLW2901 - filled in one name at a time
        assert client.get(path).status_code == 200, path


@pytest.mark.parametrize(
    "name", [key for key, _ in JobQuery(("a",), ("b",), ("c",), ("d",)).pairs()]
)
def test_every_filter_is_documented(name: str) -> None:
    assert f"`{name}`" in TEXT


def test_every_kind_of_event_and_status_is_documented() -> None:
    kinds = re.search(r"const KINDS = \[([^\]]*)\]", (STATIC / "js" / "live.js").read_text())
    assert kinds is not None
    for kind in re.findall(r'"(\w+)"', kinds[1]):
        assert f"`{kind}`" in TEXT
    for status in Status:
        assert f"`{status}`" in TEXT
    assert str(live._STREAMS_AT_MOST) in TEXT


def test_a_first_byte_of_a_long_log_comes_at_once(services: LivelyServices) -> None:
    line = b"\x1b[32mcase torch.add\x1b[0m passed in 0.01 s with nothing to say about it\n"
    services.logs[102] = line * (50 * 2**20 // len(line))
    with TestClient(create_app(services), base_url="http://127.0.0.1") as client:
        first = client.get("/m/default/jobs/7/log")
        last = client.get("/m/default/jobs/7/log?line=99999999")
    assert first.elapsed.total_seconds() < 30  # drawing all of it takes minutes
    assert len(first.content) < 2**20
    assert last.elapsed.total_seconds() < 30
    assert f'id="L{len(services.logs[102]) // len(line)}"' in last.text
