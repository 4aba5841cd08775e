"""Tests of a group go to one worker, so that what is dear to begin is begun once."""

from __future__ import annotations

import os

import pytest


@pytest.mark.xdist_group("together")
def test_the_group_is_named_where_xdist_looks_for_it(request: pytest.FixtureRequest) -> None:
    expected = "@together" if "PYTEST_XDIST_WORKER" in os.environ else ""
    assert request.node.nodeid.partition("looks_for_it")[2] == expected
