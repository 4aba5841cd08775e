"""An image that all tests of a session run in."""

from __future__ import annotations

from collections.abc import Iterator

import images
import pytest
from brought import toy_files


@pytest.fixture(scope="session")
def image(tmp_path_factory: pytest.TempPathFactory) -> Iterator[images.Image]:
    """A small image with Python and the toy, in a store of its own."""
    if images.reason_against():
        pytest.skip(images.reason_against())
    folder = tmp_path_factory.mktemp("images")
    with images.store(folder) as env:
        if why := images.unusable(env):
            pytest.skip(why)
        made = images.imported(env, folder, toy_files())
        if why := images.refused(made):
            pytest.skip(why)
        yield made
