"""Files kept by their content: whole or not there, checked when they are given out."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from threading import Event

import pytest
from handing import artifact, spoil, stocked

from runners.artifacts import Artifacts, Brought, Gone, is_bare, is_sound

BIG = 30 << 20


@pytest.fixture
def store(tmp_path: Path) -> Artifacts:
    return Artifacts(tmp_path / "home")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


def written(folder: Path, data: bytes) -> Path:
    path = folder / "file"
    path.write_bytes(data)
    return path


def drafts(home: Path) -> list[Path]:
    return list((home / "artifacts" / "drafts").glob("*"))


@pytest.mark.parametrize("data", [b"", b"x", b"ab" * 3_000_000])
def test_what_is_kept_comes_back_by_its_digest(
    store: Artifacts, home: Path, tmp_path: Path, data: bytes
) -> None:
    digest, length = store.keep(written(tmp_path, data))
    assert (digest, length) == (hashlib.sha256(data).hexdigest(), len(data))
    assert store.place(digest) == home / "artifacts" / digest[:2] / digest
    assert store.read(digest, 0, len(data) + 1) == data
    assert drafts(home) == []


def test_a_file_is_kept_though_the_original_goes_away(store: Artifacts, tmp_path: Path) -> None:
    path = written(tmp_path, b"made")
    digest, _ = store.keep(path)
    path.write_bytes(b"else")
    assert store.read(digest, 0, 10) == b"made"


def test_a_link_in_the_last_place_is_not_followed(store: Artifacts, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(written(tmp_path, b"secret"))
    with pytest.raises(OSError, match="symbolic"):
        store.keep(tmp_path / "link")


def test_keeping_a_file_mends_one_that_has_rotted(
    store: Artifacts, home: Path, tmp_path: Path
) -> None:
    one = stocked(home)
    spoil(home, one)
    store.keep(written(tmp_path, b"made"))
    assert store.check(one.digest)


def test_a_piece_lies_between_its_offset_and_the_end(store: Artifacts, home: Path) -> None:
    one = stocked(home, b"0123456789")
    assert store.read(one.digest, 3, 4) == b"3456"
    assert store.read(one.digest, 8, 4) == b"89"
    assert store.read(one.digest, 10, 4) == b""


def test_what_is_not_there_cannot_be_read(store: Artifacts) -> None:
    with pytest.raises(Gone, match="is gone"):
        store.read(artifact().digest, 0, 1)


@pytest.mark.parametrize("digest", ["", "../../etc/passwd", "A" * 64, "a" * 63, "a" * 64 + "\n"])
def test_only_digests_are_looked_for(store: Artifacts, digest: str) -> None:
    with pytest.raises(ValueError, match="no sha256"):
        store.has(digest)


def test_those_that_are_lacking_are_told(store: Artifacts, home: Path) -> None:
    there, away = stocked(home), artifact(b"away")
    assert store.lacks([away.digest, there.digest]) == (away.digest,)


def test_thirty_megabytes_arrive_in_pieces(store: Artifacts, home: Path) -> None:
    data = os.urandom(BIG)
    digest, piece, there = hashlib.sha256(data).hexdigest(), 4 << 20, 0
    while there < BIG:
        assert not store.has(digest)
        there = store.bring(digest, BIG, there, data[there : there + piece]).there
    assert store.check(digest)
    assert drafts(home) == []


def test_an_empty_file_arrives_by_one_empty_piece(store: Artifacts) -> None:
    one = artifact(b"")
    assert store.bring(one.digest, 0, 0, b"") == Brought(0)
    assert store.has(one.digest)
    assert store.read(one.digest, 0, 10) == b""


def test_an_empty_piece_asks_how_much_is_there(store: Artifacts, home: Path) -> None:
    one = artifact(b"made")
    assert store.bring(one.digest, 4, 0, b"") == Brought(0)
    assert drafts(home) == []
    store.bring(one.digest, 4, 0, b"ma")
    assert store.bring(one.digest, 4, 0, b"") == Brought(2)
    store.bring(one.digest, 4, 2, b"de")
    assert store.bring(one.digest, 4, 0, b"") == Brought(4)


@pytest.mark.parametrize("sent", [b"mode", b"made and more"])
def test_what_is_not_what_was_promised_is_refused(
    store: Artifacts, home: Path, sent: bytes
) -> None:
    one = artifact(b"made")
    there, trouble = store.bring(one.digest, 4, 0, sent)
    assert there == 0
    assert trouble == f"What arrived of the artifact {one.digest[:12]} is not what was sent."
    assert not store.has(one.digest)
    assert drafts(home) == []
    assert store.bring(one.digest, 4, 0, b"made") == Brought(4)


def test_a_draft_that_was_complete_when_its_sender_died_is_looked_at_later(
    store: Artifacts, home: Path
) -> None:
    one = artifact(b"made")
    store.bring(one.digest, 4, 0, b"mad")
    (draft,) = drafts(home)
    draft.write_bytes(b"made")
    assert store.bring(one.digest, 4, 0, b"") == Brought(4)
    assert store.check(one.digest)


def test_a_copy_is_given_into_a_folder_that_is_made(
    store: Artifacts, home: Path, tmp_path: Path
) -> None:
    one = stocked(home)
    target = tmp_path / "work" / "wheel" / "a.whl"
    store.give(one.digest, target)
    target.write_bytes(b"changed by its owner")
    assert store.read(one.digest, 0, 10) == b"made"


def test_a_file_that_has_rotted_is_not_given_but_removed(
    store: Artifacts, home: Path, tmp_path: Path
) -> None:
    one = stocked(home)
    path = spoil(home, one)
    with pytest.raises(Gone, match=r"a\.whl, was damaged on this machine's disk"):
        store.give(one.digest, tmp_path / "a.whl")
    assert not path.exists()
    assert not (tmp_path / "a.whl").exists()
    with pytest.raises(Gone, match=r"a\.whl, is not on this machine"):
        store.give(one.digest, tmp_path / "a.whl")


def test_giving_stops_when_nobody_wants_it_any_more(
    store: Artifacts, home: Path, tmp_path: Path
) -> None:
    one, stop = stocked(home), Event()
    stop.set()
    store.give(one.digest, tmp_path / "a.whl", stop)
    assert (tmp_path / "a.whl").read_bytes() == b""
    assert store.has(one.digest)


def test_looking_at_a_file_lets_a_bad_one_go(store: Artifacts, home: Path) -> None:
    one = stocked(home)
    assert store.check(one.digest)
    spoil(home, one)
    assert not store.check(one.digest)
    assert not store.has(one.digest)
    assert not store.check(one.digest)


def aged(home: Path, *data: bytes) -> list[str]:
    """Files that were last used at 100, 200, 300, …"""
    digests = []
    for number, one in enumerate(data, 1):
        found = stocked(home, one)
        os.utime(Artifacts(home).place(found.digest), (number * 100, number * 100))
        digests.append(found.digest)
    return digests


def test_what_was_not_used_for_long_is_forgotten(store: Artifacts, home: Path) -> None:
    old, needed, late = aged(home, b"one", b"two", b"three")
    gone = store.forget(250, {needed})
    assert [(one.digest, one.bytes, one.used) for one in gone] == [(old, 3, 100.0)]
    assert {one.digest for one in store.kept()} == {needed, late}
    assert sum(one.bytes for one in store.kept()) == 8


@pytest.mark.parametrize("use", ["has", "read", "give", "lacks"])
def test_every_use_puts_off_the_end(store: Artifacts, home: Path, tmp_path: Path, use: str) -> None:
    (old,) = aged(home, b"one")
    arguments = {
        "has": (old,),
        "read": (old, 0, 1),
        "give": (old, tmp_path / "f"),
        "lacks": ([old],),
    }
    getattr(store, use)(*arguments[use])
    assert store.forget(1000) == ()


def test_old_drafts_are_forgotten_and_young_ones_are_not(store: Artifacts, home: Path) -> None:
    for data in (b"older", b"younger"):
        store.bring(artifact(data).digest, len(data), 0, data[:1])
    old = home / "artifacts" / "drafts" / artifact(b"older").digest
    os.utime(old, (100, 100))
    store.forget(1000)
    assert [path.name for path in drafts(home)] == [artifact(b"younger").digest]


def test_a_store_that_is_not_there_yet_holds_nothing(store: Artifacts, home: Path) -> None:
    assert list(store.kept()) == []
    assert store.forget(1e12) == ()
    assert not home.exists()


@pytest.mark.parametrize("name", ["a.whl", "x" * 200, "é.bin", "two words"])
def test_a_bare_name_may_be_a_files(name: str) -> None:
    assert is_bare(name)
    assert is_sound(artifact(name=name))


@pytest.mark.parametrize(
    "name", ["", ".", "..", ".hidden", "a/b", "x" * 201, "é" * 101, "a\nb", "a\0b", "\udcff.whl"]
)
def test_other_names_are_no_ones(name: str) -> None:
    assert not is_bare(name)
    assert not is_sound(artifact(name=name))
    assert not is_sound(artifact(kind=name))


def test_an_artifact_has_a_digest_and_a_length() -> None:
    assert not is_sound(artifact()._replace(digest="../../x"))
    assert not is_sound(artifact()._replace(bytes=-1))
