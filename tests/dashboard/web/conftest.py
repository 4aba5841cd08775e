from __future__ import annotations

from collections.abc import Iterator

import pytest
from lively import LivelyServices
from starlette.testclient import TestClient

from dashboard.web.app import create_app

ORIGIN = "http://127.0.0.1:8765"


@pytest.fixture
def services() -> LivelyServices:
    return LivelyServices()


@pytest.fixture
def client(services: LivelyServices) -> Iterator[TestClient]:
    with TestClient(create_app(services), base_url=ORIGIN) as client:
        yield client
