"""Which tests the plug-in has run: one case, a shard, and none that has ended before."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

import pytest

from runners.pytest_plugin.coevo_pytest import Chosen


class Item(NamedTuple):
    """A test as it was collected."""

    nodeid: str


class Hook:
    """What other plug-ins are told."""

    def __init__(self) -> None:
        self.hook = self
        self.dropped: list[str] = []

    def pytest_deselected(self, items: list[Item]) -> None:
        self.dropped += [item.nodeid for item in items]


def kept(asked: dict[str, str], *names: str) -> list[str]:
    """Which of these tests are run."""
    items: Any = [Item(name) for name in names]
    config: Any = Hook()
    Chosen(asked).pytest_collection_modifyitems(config, items)
    assert sorted([*config.dropped, *(item.nodeid for item in items)]) == sorted(names)
    return [item.nodeid for item in items]


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        ({}, ["c", "a", "b", "d"]),
        ({"COEVO_CASE": "b"}, ["b"]),
        ({"COEVO_CASE": "z"}, []),
        ({"COEVO_SHARD": "1", "COEVO_SHARDS": "2"}, ["c", "a"]),
        ({"COEVO_SHARD": "2", "COEVO_SHARDS": "2"}, ["b", "d"]),
        ({"COEVO_SHARD": "9", "COEVO_SHARDS": "9"}, []),
    ],
)
def test_which_tests_are_run(asked: dict[str, str], names: list[str]) -> None:
    assert kept(asked, "c", "a", "b", "d") == names


def test_a_hundred_thousand_tests_are_chosen_from_at_once() -> None:
    """Each is looked at once: some projects have as many, and collecting is not to take minutes."""
    names = [f"tests/test_a.py::test_it[{number}]" for number in range(100_000)]
    asked = {"COEVO_SHARD": "1", "COEVO_SHARDS": "2"}

    assert len(kept(asked, *names)) == 50_000


def test_shards_are_cut_by_name_in_whatever_order(tmp_path: Path) -> None:
    assert tmp_path.exists()
    asked = {"COEVO_SHARD": "1", "COEVO_SHARDS": "2"}

    assert sorted(kept(asked, "a", "b", "c")) == sorted(kept(asked, "c", "b", "a"))


def test_what_has_ended_is_not_run_again(tmp_path: Path) -> None:
    done = tmp_path / "done"
    done.write_text('["a", ""]\n["c", ""]\n')

    assert kept({"COEVO_DONE": str(done)}, "a", "b", "c") == ["b"]


@pytest.mark.parametrize(
    ("asked", "status", "ended"),
    [
        ({"COEVO_CASE": "z"}, 5, 0),
        ({}, 5, 5),
        ({"COEVO_CASE": "z"}, 2, 2),
    ],
    ids=["nothing is left to do", "there is nothing at all", "something else went wrong"],
)
def test_a_part_without_a_test_is_no_error(asked: dict[str, str], status: int, ended: int) -> None:
    chosen = Chosen(asked)
    items: Any = [Item("a")]
    config: Any = Hook()
    session: Any = SimpleNamespace(exitstatus=status)
    chosen.pytest_collection_modifyitems(config, items)
    chosen.pytest_sessionfinish(session, status)

    assert session.exitstatus == ended
