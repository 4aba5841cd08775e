"""What a suite is given: copies in its folder, and wheels over its environment."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest
from handing import artifact, given, spoil, stocked
from slots import carried, collected, eventually, report_of
from tickets import BYE, HELLO, ticket
from wheels import lock_of, wheel

from matrix.model import Results
from matrix.status import Layer, Status
from runners.artifacts import Artifacts
from runners.environments.bindings import Binding, Bindings, Kind
from runners.inputs import expected, wheels
from runners.slot import Slot
from runners.work import Artifact, Key, Ticket

pytestmark = pytest.mark.slow
LOOK = "python -c 'import coevo_toy; print(coevo_toy.VERSION, coevo_toy.__file__)'\n"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "links"
    monkeypatch.setenv("UV_FIND_LINKS", str(folder))
    monkeypatch.setenv("UV_OFFLINE", "1")
    return folder


def built(home: Path, folder: Path, version: str, *, tag: str = "", body: str = "") -> Artifact:
    """A wheel of the toy that another job has made."""
    path = wheel(folder, "coevo_toy", version, body=body)
    name = path.name.replace("py3-none-any", tag) if tag else path.name
    return stocked(home, path.read_bytes(), name)


def over(links: Path, *files: Artifact, script: str = LOOK) -> Ticket:
    """A ticket whose environment has version 1.5 of the toy, and is given wheels of it."""
    lock = lock_of(wheel(links, "coevo_toy", "1.5"))
    return replace(given(*files, script=script), lock=lock, expected=(("coevo-toy", "1.5"),))


def test_each_file_lies_by_its_kind_and_name(home: Path) -> None:
    files = (stocked(home, b"one", "x.bin", "binary"), stocked(home, b"two", "x.bin", "other"))
    found = carried(home, given(*files))
    assert found.reports[0].status is Status.DONE
    assert found.log.splitlines()[-2:] == [b"binary/x.bin: one", b"other/x.bin: two"]


def test_it_is_in_the_attempts_own_folder_and_wiped_with_it(home: Path) -> None:
    one = stocked(home)
    script = (
        'test "$COEVO_ARTIFACTS" = "$PWD/.coevo-artifacts" && echo > $COEVO_ARTIFACTS/wheel/a.whl\n'
    )
    report = report_of(home, given(one, script=script))
    assert report.status is Status.DONE
    assert Artifacts(home).check(one.digest)
    assert list((home / "work").rglob("*.whl")) == []


def test_who_is_given_nothing_has_no_folder(home: Path) -> None:
    script = HELLO + 'echo "[$COEVO_ARTIFACTS$COEVO_SITE$PYTHONPATH]"; ls -A\n' + BYE
    assert carried(home, ticket(script)).log == b"[]\n"


def test_a_file_that_is_not_there_is_the_machines_fault(home: Path) -> None:
    report = report_of(home, given(artifact(b"never made")))
    assert (report.status, report.layer, report.retry) == (Status.MISS, Layer.INFRA, True)
    assert report.reason.endswith(", a.whl, is not on this machine.")


def test_a_file_that_has_rotted_is_the_machines_fault_and_goes(home: Path) -> None:
    one = stocked(home)
    path = spoil(home, one)
    report = report_of(home, given(one))
    assert (report.status, report.retry) == (Status.MISS, True)
    assert report.reason.endswith(", a.whl, was damaged on this machine's disk.")
    assert not path.exists()


@pytest.mark.parametrize("change", [{"name": "../x"}, {"kind": ".."}])
def test_a_file_that_would_lie_elsewhere_is_not_taken(home: Path, change: dict[str, str]) -> None:
    report = report_of(home, given(stocked(home)._replace(**change)))
    assert report.status is Status.ERROR
    assert "there can be no artifact called " in report.reason


def test_two_files_for_one_place_are_not_mixed_up(home: Path) -> None:
    files = (stocked(home, b"one"), stocked(home, b"two"))
    report = report_of(home, given(*files))
    assert report.status is Status.ERROR
    assert report.reason.endswith("two files of other jobs are called wheel/a.whl.")
    assert report_of(home, given(files[0], files[0])).status is Status.DONE


def test_a_digest_that_is_none_leads_nowhere(home: Path) -> None:
    report = report_of(home, given(stocked(home)._replace(digest="../x")))
    assert (report.status, report.layer) == (Status.MISS, Layer.INFRA)
    assert "no sha256" in report.reason


def test_cancelling_while_files_are_copied_ends_it(home: Path) -> None:
    files = tuple(stocked(home, bytes(8 << 20), f"{n}.bin", "binary") for n in range(4))

    async def scene() -> bool:
        slot = Slot("s", home)
        await slot.assign([given(*files)])
        await eventually(lambda: list((home / "work").rglob("*.bin")), "copying")
        await slot.cancel(Key(1, 1))
        found = await collected(slot, 1)
        left = list((home / "work").rglob("*.bin"))
        await slot.close()
        return found.reports[0].cancelled and not left

    assert asyncio.run(scene())


def test_a_wheel_lies_over_the_environment_for_a_command(home: Path, links: Path) -> None:
    one = built(home, links.parent / "made", "2.0")
    found = carried(home, over(links, one))
    (report,) = found.reports
    assert report.status is Status.DONE, report
    (line,) = [line for line in found.log.splitlines() if line.startswith(b"2.0 ")]
    assert line.endswith(b"/w/.coevo-site/coevo_toy.py")
    assert [(o.name, o.version, o.source) for o in report.observed] == [
        ("coevo-toy", "2.0", "artifact")
    ]


def test_the_environment_itself_stays_as_it_was(home: Path, links: Path) -> None:
    one = built(home, links.parent / "made", "2.0")
    second = replace(over(links), key=Key(2, 1))
    found = carried(home, over(links, one), second)
    assert [o.version for report in found.reports for o in report.observed] == ["2.0", "1.5"]


def test_a_built_in_program_finds_itself_with_the_wheel(home: Path, links: Path) -> None:
    one = built(home, links.parent / "made", "2.0")
    command = ("sh", "-c", "echo '<testsuite><testcase name=\"a\"/></testsuite>' > r.xml; " + LOOK)
    asked = replace(over(links, one), command=command, results=Results("junit", "r.xml"))
    found = carried(home, asked)
    (report,) = found.reports
    assert report.status is Status.PASS, report
    assert ("coevo-toy", "2.0", "importlib.metadata") in [(*o[:2], o[3]) for o in report.observed]
    assert b"\n2.0 " in found.log


def test_what_a_suite_has_in_its_own_path_comes_behind(home: Path, links: Path) -> None:
    one = built(home, links.parent / "made", "2.0")
    asked = over(links, one, script='echo "path $PYTHONPATH"\n' + LOOK)
    found = carried(home, replace(asked, env=(("PYTHONPATH", "/mine"),)))
    assert b"/.coevo-site:/mine\n" in found.log


def test_two_wheels_of_one_version_and_different_content_are_not_mixed_up(
    home: Path, links: Path
) -> None:
    made = links.parent / "made"
    for body in ("VERSION = 'first'\n", "VERSION = 'second'\n"):
        one = built(home, made, "2.0", body=body)
        assert body.split("'")[1].encode() in carried(home, over(links, one)).log


def test_of_wheels_for_several_pythons_the_fitting_one_is_taken(home: Path, links: Path) -> None:
    made = links.parent / "made"
    wrong = built(home, made, "2.0", tag="cp27-cp27m-win32", body="VERSION = 'wrong'\n")
    right = built(home, made, "2.0", body="VERSION = 'right'\n")
    assert b"\nright " in carried(home, over(links, wrong, right)).log


def test_a_wheel_that_fits_no_python_here_is_told_in_uvs_words(home: Path, links: Path) -> None:
    one = built(home, links.parent / "made", "2.0", tag="cp27-cp27m-win32")
    report = report_of(home, over(links, one))
    assert (report.status, report.layer, report.retry) == (Status.ERROR, Layer.TEST, False)
    begun = "The suite could not be started: wheels of other jobs could not be installed: "
    assert report.reason.startswith(begun)
    assert "cp27" in report.reason + "".join(report.last_lines)


def test_a_brought_python_gets_them_as_well(home: Path, tmp_path: Path) -> None:
    from brought import venv_with_toy  # noqa: PLC0415 - beside its one use

    venv = venv_with_toy(tmp_path / "venv")
    one = built(home, tmp_path / "made", "2.0")
    bindings = Bindings((Binding(Kind.PYTHON, str(venv)),))
    found = carried(home, given(one, script=LOOK), bindings=bindings)
    assert b"\n2.0 " in found.log
    seen = {o.name: o.version for o in found.reports[0].observed}
    assert seen["coevo-toy"] == "2.0"


def test_without_an_environment_wheels_are_files(home: Path) -> None:
    found = carried(home, given(stocked(home, b"made", "a-1.0-py3-none-any.whl")))
    assert found.reports[0].status is Status.DONE
    assert b"wheel/a-1.0-py3-none-any.whl: made" in found.log


def test_programs_of_a_wheel_come_first(home: Path, links: Path) -> None:
    one = built(home, links.parent / "made", "2.0")
    found = carried(home, over(links, one, script='echo "$PATH"\n'))
    line = next(line for line in found.log.splitlines() if b".coevo-site" in line)
    assert line.split(b":")[0].endswith(b"/.coevo-site/bin")


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("torch-2.13.0+cpu-cp311-cp311-manylinux_2_28_x86_64.whl", (("torch", "2.13.0+cpu"),)),
        ("a_b-1.0-1-py3-none-any.whl", (("a_b", "1.0"),)),
        ("a.whl", ()),
        ("a-1.0.tar.gz", ()),
    ],
)
def test_a_wheels_name_tells_what_it_is(name: str, found: tuple[tuple[str, str], ...]) -> None:
    assert wheels((artifact(name=name),)) == found
    assert wheels((artifact(name=name, kind="other"),)) == ()


def test_what_came_as_a_wheel_is_expected_instead_of_what_was_locked() -> None:
    asked = given(artifact(name="coevo_toy-2.0+x-py3-none-any.whl"))
    locked = (("coevo-toy", "1.5"), ("other", "3"))
    assert expected(replace(asked, expected=locked)) == (("coevo-toy", "2.0+x"), ("other", "3"))
    assert expected(replace(ticket(), expected=locked)) == locked
