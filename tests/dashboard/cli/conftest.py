"""A caller of the command in an empty folder, and a server with a lively grid that it may ask."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from calling import Caller
from lively import LivelyServices
from serving import served

from dashboard.web.app import create_app


@pytest.fixture
def call(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Caller:
    """Calls the command where nothing is set and nothing lies around."""
    for name in [name for name in os.environ if name.startswith("COEVO_")]:
        monkeypatch.delenv(name)
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.chdir(tmp_path)
    return Caller(monkeypatch, capsys)


@pytest.fixture
def services() -> LivelyServices:
    return LivelyServices()


@pytest.fixture
def asked(
    services: LivelyServices, call: Caller, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Caller]:
    """Calls the command where COEVO_SERVER names a server with a lively grid."""
    with served(create_app(services)) as url:
        monkeypatch.setenv("COEVO_SERVER", url)
        monkeypatch.setenv("COEVO_TOKEN", services.token)
        yield call
