"""What a suite leaves behind for others, after real attempts."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from handing import MAKES, artifact, making, names
from repositories import repository
from slots import carried, report_of
from tickets import BYE, HELLO, begin, end, ticket

from matrix.model import Workdir
from matrix.status import Layer, Status
from runners.artifacts import Artifacts
from runners.products import MOST
from runners.work import Artifact

pytestmark = pytest.mark.slow


def content(home: Path, one: Artifact) -> bytes:
    return Artifacts(home).read(one.digest, 0, one.bytes + 1)


def test_what_matches_is_kept_when_the_folder_has_gone(tmp_path: Path) -> None:
    report = report_of(tmp_path, making())
    assert (report.status, report.artifacts) == (Status.DONE, (artifact(b"made"),))
    assert content(tmp_path, report.artifacts[0]) == b"made"
    assert list((tmp_path / "work").rglob("*.whl")) == []


def test_kinds_have_patterns_of_their_own(tmp_path: Path) -> None:
    script = (
        HELLO + "mkdir -p a/b; echo 1 > a/b/one.bin; echo 2 > two.bin; echo log > x.txt\n" + BYE
    )
    ends = making(script, produces=(("binary", "**/*.bin"), ("notes", "x.*")))
    found = names(report_of(tmp_path, ends))
    assert found == [("binary", "two.bin"), ("binary", "one.bin"), ("notes", "x.txt")]


def test_an_empty_file_is_a_file(tmp_path: Path) -> None:
    report = report_of(tmp_path, making(HELLO + "mkdir dist; : > dist/a.whl\n" + BYE))
    assert report.artifacts == (artifact(b""),)
    assert content(tmp_path, report.artifacts[0]) == b""


def test_none_is_the_tests_own_error(tmp_path: Path) -> None:
    report = report_of(tmp_path, making(HELLO + BYE))
    assert (report.status, report.layer) == (Status.ERROR, Layer.TEST)
    assert report.reason == "It produced no wheel: no file matches dist/*.whl."
    assert not report.retry


def test_one_kind_that_is_lacking_is_an_error_though_another_is_there(tmp_path: Path) -> None:
    both = (("wheel", "dist/*.whl"), ("notes", "*.md"))
    report = report_of(tmp_path, making(produces=both))
    assert report.reason == "It produced no notes: no file matches *.md."
    assert report.artifacts == ()


def test_more_than_the_limit_is_an_error_and_names_the_policy(tmp_path: Path) -> None:
    report = report_of(tmp_path, making(artifact_limit_bytes=3))
    assert (report.status, report.artifacts) == (Status.ERROR, ())
    assert "files of 4 bytes, more than the 3" in report.reason
    assert "`policies.artifact_limit`" in report.reason
    assert list(Artifacts(tmp_path).kept()) == []


def test_the_limit_itself_is_allowed(tmp_path: Path) -> None:
    assert report_of(tmp_path, making(artifact_limit_bytes=4)).status is Status.DONE


def test_two_files_of_one_name_are_an_error(tmp_path: Path) -> None:
    script = HELLO + "mkdir a b; echo 1 > a/x.whl; echo 2 > b/x.whl\n" + BYE
    report = report_of(tmp_path, making(script, "*/*.whl"))
    assert report.reason == "It produced two files of kind wheel that are called x.whl."


def test_two_kinds_may_share_a_name(tmp_path: Path) -> None:
    twice = (("wheel", "dist/*.whl"), ("copy", "dist/*.whl"))
    report = report_of(tmp_path, making(produces=twice))
    assert names(report) == [("wheel", "a.whl"), ("copy", "a.whl")]
    assert len(list(Artifacts(tmp_path).kept())) == 1


@pytest.mark.parametrize(
    "make",
    [
        "mkdir dist; ln -s {secret} dist/a.whl",
        "mkdir dist; ln -s ../../../../../../../..{secret} dist/a.whl",
        "mkdir dist; ln -s {secret} hop; ln -s ../hop dist/a.whl",
        "ln -s {folder} dist",
        "rmdir dist; ln -s {folder}/ dist",
    ],
)
def test_a_link_that_leads_outside_gives_nothing_away(tmp_path: Path, make: str) -> None:
    folder = tmp_path / "theirs"
    folder.mkdir()
    (folder / "a.whl").write_text("secret")
    script = make.format(secret=folder / "a.whl", folder=folder)
    report = report_of(tmp_path / "home", making(HELLO + script + "\n" + BYE))
    assert (report.status, report.artifacts) == (Status.ERROR, ())
    assert report.reason.startswith("It produced no wheel: ")
    assert list(Artifacts(tmp_path / "home").kept()) == []


def test_a_link_outside_is_named(tmp_path: Path) -> None:
    script = HELLO + "mkdir dist; ln -s /etc/passwd dist/a.whl\n" + BYE
    report = report_of(tmp_path, making(script))
    told = "It produced no wheel: dist/a.whl leads out of its working folder."
    assert report.reason == told


def test_a_link_inside_is_followed_and_gives_the_name(tmp_path: Path) -> None:
    script = HELLO + "mkdir dist out; printf made > out/x; ln -s ../out/x dist/a.whl\n" + BYE
    assert report_of(tmp_path, making(script)).artifacts == (artifact(b"made"),)


@pytest.mark.parametrize("pattern", ["/etc/passwd", "../*/*", "dist/../../*", "/**"])
def test_a_pattern_that_leads_outside_matches_nothing(tmp_path: Path, pattern: str) -> None:
    report = report_of(tmp_path, making(pattern=pattern))
    assert report.reason == f"It produced no wheel: no file matches {pattern}."


def test_pipes_folders_and_broken_links_are_no_files(tmp_path: Path) -> None:
    script = "mkdir -p dist/d.whl; mkfifo dist/p.whl; ln -s none dist/l.whl; ln -s o dist/o\n"
    report = report_of(tmp_path, making(HELLO + script + "ln -s o.whl dist/o.whl\n" + BYE))
    assert report.reason == "It produced no wheel: no file matches dist/*.whl."


def test_a_name_that_nobody_can_use_is_an_error(tmp_path: Path) -> None:
    script = HELLO + "mkdir dist; touch \"$(printf 'dist/a\\nb.whl')\"\n" + BYE
    report = report_of(tmp_path, making(script))
    assert report.reason == r"It produced a file of kind wheel with an unfit name: 'a\nb.whl'."


def test_more_files_than_anybody_wants_are_an_error(tmp_path: Path) -> None:
    script = HELLO + f"mkdir dist; for i in $(seq {MOST + 1}); do : > dist/$i.whl; done\n" + BYE
    report = report_of(tmp_path, making(script))
    assert report.reason == f"It produced {MOST + 1} files, more than {MOST}."


@pytest.mark.parametrize(
    ("rest", "status"),
    [
        (begin("c") + end("c", "FAIL") + BYE, Status.FAIL),
        (begin("c") + end("c", "MISS") + BYE, Status.MISS),
        (begin("c") + end("c", "SKIP") + BYE, Status.SKIP),
        ("exit 3\n", Status.ERROR),
    ],
)
def test_what_has_not_ended_well_leaves_nothing(tmp_path: Path, rest: str, status: Status) -> None:
    script = HELLO + "mkdir dist; echo made > dist/a.whl\n" + rest
    report = report_of(tmp_path, making(script))
    assert (report.status, report.artifacts) == (status, ())
    assert list(Artifacts(tmp_path).kept()) == []


def test_what_has_passed_leaves_it(tmp_path: Path) -> None:
    script = HELLO + "mkdir dist; printf made > dist/a.whl\n" + begin("c") + end("c") + BYE
    report = report_of(tmp_path, making(script))
    assert (report.status, report.artifacts) == (Status.PASS, (artifact(b"made"),))


def test_a_suite_that_is_to_leave_nothing_leaves_nothing(tmp_path: Path) -> None:
    assert report_of(tmp_path, ticket(MAKES)).artifacts == ()
    assert not (tmp_path / "artifacts").exists()


def test_what_one_attempt_left_is_not_taken_for_the_next_ones(tmp_path: Path) -> None:
    both = carried(tmp_path, making(), replace(making(HELLO + BYE), key=ticket(job=2).key))
    assert [one.status for one in both.reports] == [Status.DONE, Status.ERROR]


@pytest.mark.parametrize("folder", ["", "sub"])
def test_a_checkout_is_where_its_files_are_looked_for(tmp_path: Path, folder: str) -> None:
    theirs = repository(tmp_path / "theirs")
    commit = theirs.commit({"sub/x": "", "x": ""})
    workdir = Workdir(git=theirs.url, commit=commit, folder=folder)
    ends = replace(making(), workdir=workdir)
    report = report_of(tmp_path / "home", ends)
    assert (report.status, report.artifacts) == (Status.DONE, (artifact(b"made"),)), report


def test_a_disk_without_room_is_the_machines_fault(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "artifacts").symlink_to("/dev/full")
    report = report_of(home, making())
    assert (report.status, report.layer, report.retry) == (Status.MISS, Layer.INFRA, True)
    assert report.reason.startswith("What it produced could not be kept: ")


def test_a_link_in_place_of_the_folder_itself_keeps_nothing_of_others(tmp_path: Path) -> None:
    (tmp_path / "theirs").mkdir()
    (tmp_path / "theirs" / "secret.whl").write_text("theirs")
    swaps = f'p="$PWD"; cd /; rm -rf "$p"; ln -s {tmp_path}/theirs "$p"\n'
    report = report_of(tmp_path, making(HELLO + swaps + BYE, produces=(("wheel", "*.whl"),)))

    assert (report.status, report.artifacts) == (Status.ERROR, ())
    assert report.reason == "It produced no wheel: secret.whl leads out of its working folder."
    assert (tmp_path / "theirs" / "secret.whl").exists()
