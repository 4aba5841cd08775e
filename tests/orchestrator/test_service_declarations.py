"""Which matrices a server serves: files as they are, as they were, and together."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from worlds import TEXT, Hand

from matrix.errors import CoevoError, Mistake
from matrix.load import load
from orchestrator.service.declarations import (
    Declarations,
    Reading,
    apart,
    files_of,
    in_force,
    read,
    refuse,
    stamp_of,
)
from orchestrator.store.planning import save_matrix
from orchestrator.store.store import Store

WRONG = TEXT.replace("suites:", "suits:")


def written(folder: Path, name: str, text: str = TEXT) -> Path:
    file = folder / f"{name}.yaml"
    file.write_text(text.replace("name: small", f"name: {name}"))
    return file


def test_a_good_file_is_its_matrix(tmp_path: Path) -> None:
    reading = read(written(tmp_path, "small"))

    assert reading.matrix is not None
    assert (reading.matrix.name, reading.mistakes, reading.trouble) == ("small", (), "")


def test_a_bad_file_is_its_mistakes_with_their_places(tmp_path: Path) -> None:
    file = written(tmp_path, "small", WRONG)

    reading = read(file)

    assert reading.matrix is None
    assert str(reading.mistakes[0].place) == f"{file}:6:1"
    assert reading.trouble == f"{file}:6:1: unknown key `suits`; it is not served"


def test_a_file_that_is_gone_is_a_mistake(tmp_path: Path) -> None:
    reading = read(tmp_path / "none.yaml")

    assert "cannot read" in reading.mistakes[0].problem
    assert reading.stamp == stamp_of(tmp_path / "none.yaml") == ()


def test_a_stamp_changes_with_each_writing(tmp_path: Path) -> None:
    file = written(tmp_path, "small")
    first = stamp_of(file)
    other = written(tmp_path, "other")

    other.replace(file)

    assert stamp_of(file) != first


def test_trouble_tells_the_first_mistake_and_how_many_more(store: Store, tmp_path: Path) -> None:
    file = written(tmp_path, "small")
    save_matrix(store, load(file))
    wrong = WRONG.replace("axes:", "axis:")
    file.write_text(wrong)

    (reading,) = in_force(store, [read(file)])

    assert "unknown key `axis`" in reading.trouble
    assert f"(and {len(reading.mistakes) - 1} more)" in reading.trouble
    assert reading.trouble.endswith("the revision before it stays in force")


def test_of_a_bad_file_what_was_served_last_stays_in_force(store: Store, tmp_path: Path) -> None:
    file = written(tmp_path, "small")
    before = load(file)
    save_matrix(store, before)
    file.write_text(WRONG)

    (reading,) = in_force(store, [read(file)])

    assert reading.matrix == before
    assert reading.mistakes


def test_an_old_revision_that_came_back_is_the_last(
    store: Store, clock: Hand, tmp_path: Path
) -> None:
    file = written(tmp_path, "small")
    first = load(file)
    file.write_text(TEXT.replace("quick.sh", "other.sh"))
    for matrix in (first, load(file), first):
        save_matrix(store, matrix)
        clock.pass_by(timedelta(minutes=1))
    file.write_text(WRONG)

    (reading,) = in_force(store, [read(file)])

    assert reading.matrix == first


def test_a_moved_file_is_found_where_it_is_now(store: Store, tmp_path: Path) -> None:
    save_matrix(store, load(written(tmp_path, "small")))
    moved = (tmp_path / "small.yaml").rename(tmp_path / "moved.yaml")
    save_matrix(store, load(moved))
    moved.write_text(WRONG)

    (reading,) = in_force(store, [read(moved)])

    assert reading.matrix is not None


def test_a_file_of_the_same_name_elsewhere_is_another(store: Store, tmp_path: Path) -> None:
    save_matrix(store, load(written(tmp_path, "small")))
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()

    with pytest.raises(CoevoError) as refusal:
        in_force(store, [read(written(elsewhere, "small", WRONG))])

    assert "unknown key `suits`" in str(refusal.value)


def test_a_new_bad_file_keeps_no_known_matrix_from_being_served(
    store: Store, tmp_path: Path
) -> None:
    known = written(tmp_path, "known")
    save_matrix(store, load(known))

    first, second = in_force(store, [read(written(tmp_path, "new", WRONG)), read(known)])

    assert first.matrix is None
    assert second.matrix is not None
    assert Declarations([first, second]).matrices() == (second.matrix,)


def test_where_nothing_ran_before_all_mistakes_are_raised(store: Store, tmp_path: Path) -> None:
    good, bad = written(tmp_path, "good"), written(tmp_path, "bad", WRONG)

    with pytest.raises(CoevoError):
        in_force(store, [read(good), read(bad)])


def test_two_files_of_one_name_are_a_mistake_of_the_second(tmp_path: Path) -> None:
    one, two = written(tmp_path, "one"), tmp_path / "two.yaml"
    two.write_text("# the same once more\n" + one.read_text().lstrip())

    first, second = apart([read(one), read(two)])

    assert first.matrix is not None
    assert second.matrix is None
    assert str(second.mistakes[0].place) == f"{two}:2:1"
    assert f"{one} is called one, too" in second.mistakes[0].problem


def test_refusing_raises_the_mistakes_of_all_files(tmp_path: Path) -> None:
    files = [written(tmp_path, name, WRONG) for name in ("a", "b")]

    with pytest.raises(CoevoError) as refusal:
        refuse(map(read, files))

    assert [mistake.place.file for mistake in refusal.value.mistakes if mistake.place] == [
        str(file) for file in files
    ]


def test_a_folder_means_its_matrix_files_by_name(tmp_path: Path) -> None:
    b, a = written(tmp_path, "b"), written(tmp_path, "a")
    (tmp_path / "notes.txt").write_text("no matrix")
    (tmp_path / "sub.yaml").mkdir()
    short = tmp_path / "c.yml"
    short.write_text(TEXT)

    assert files_of([tmp_path]) == (a, b, short)
    assert files_of([b, tmp_path]) == (b, a, short)


def test_putting_replaces_what_held_of_the_file_in_its_place(tmp_path: Path) -> None:
    one, two = (read(written(tmp_path, name)) for name in ("one", "two"))
    declared = Declarations([one, two])
    wrong = Reading(one.file, one.matrix, (Mistake(None, "it is wrong"),))

    declared.put(wrong)
    declared.put(Reading(tmp_path / "three.yaml", None))

    assert declared.readings()[:2] == (wrong, two)
    assert len(declared.readings()) == 3
    assert declared.named("one") is one.matrix
    assert declared.named("three") is None
