"""Images pulled by digest from a registry on loopback, disks that fill up, engines that are not."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path

import images
import oci_registry
import pytest
from slots import carried, report_of, survivors
from tickets import BYE, HELLO, end, ticket

from matrix.status import Layer, Status
from runners.environments.bindings import Binding, Bindings, Kind
from runners.environments.choice import Choice
from runners.environments.image import name
from runners.environments.plain import shell
from runners.environments.shelf import FULL, kept
from runners.invocation import container_name

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("environments")]
DIGEST = "sha256:" + "0f" * 32
PYTHON = Binding(Kind.PYTHON, sys.executable)


def brought(ref: str, engine: str = "", *options: str) -> Bindings:
    return Bindings((Binding(Kind.IMAGE, ref),), engine=engine, engine_options=options)


@pytest.fixture
def ours(image: images.Image, monkeypatch: pytest.MonkeyPatch) -> images.Image:
    """The image of the session, in the store that this test's podman uses."""
    for key, value in image.env.items():
        monkeypatch.setenv(key, value)
    return image


@pytest.fixture
def served(
    ours: images.Image, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[oci_registry.Registry]:
    """The image in a registry, and a podman that has no image yet."""
    layout, empty = tmp_path / "layout", tmp_path / "empty"
    empty.mkdir()
    ran = images.podman({}, "push", "--quiet", ours.ref, f"oci:{layout}")
    assert ran.returncode == 0, ran.stderr
    with oci_registry.registry(layout) as found, images.store(empty) as env:
        for key, value in {**env, **oci_registry.allowed(found.host, tmp_path)}.items():
            monkeypatch.setenv(key, value)
        yield found


def test_an_image_is_pulled_once_by_its_digest_and_taken_away_again(
    served: oci_registry.Registry, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    script = HELLO + "python3 -c 'import coevo_toy' && " + end("a") + BYE
    first = carried(home, ticket(script), ticket(script, job=2), bindings=brought(served.ref))
    assert [one.status for one in first.reports] == [Status.PASS] * 2, first.log
    assert first.log.count(b"pulling ") == 1
    pulled = [path for path in served.asked if "/manifests/" in path]
    assert pulled == [f"/v2/{oci_registry.NAME}/manifests/{served.ref.partition('@')[2]}"]
    (one,) = kept(home)
    assert one.record is not None
    assert one.record.pulled
    assert one.own_bytes == one.size_bytes > 10_000_000
    assert removed(home, served.ref)
    assert images.podman({}, "image", "exists", served.ref).returncode == 1


def removed(home: Path, ref: str) -> bool:
    choice, (one,) = Choice(home, brought(ref)), kept(home)
    return asyncio.run(choice.drop(one, shell))


def test_the_owners_words_reach_the_engine_and_the_owners_image_stays(
    ours: images.Image, tmp_path: Path
) -> None:
    script = HELLO + 'test "$MINE" = there && ' + end("a") + BYE
    asked = brought(ours.ref, "podman", "--env=MINE=there")
    assert report_of(tmp_path, ticket(script), asked).status is Status.PASS
    assert removed(tmp_path, ours.ref)
    assert kept(tmp_path) == ()
    assert images.podman({}, "image", "exists", ours.ref).returncode == 0


def test_a_container_that_a_killed_slot_has_left_is_in_nobodys_way(
    ours: images.Image, tmp_path: Path
) -> None:
    name = container_name(tmp_path / "work" / "test" / "w")
    left = images.podman({}, "create", "--name", name, "--entrypoint", "sh", ours.ref)
    assert left.returncode == 0, left.stderr
    assert report_of(tmp_path, ticket(), brought(ours.ref)).status is Status.DONE
    assert images.podman({}, "ps", "--all", "--quiet").stdout == ""


@pytest.mark.usefixtures("ours")
def test_an_image_that_no_registry_has_is_a_miss_in_the_engines_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "index.json").write_text(json.dumps({"manifests": [{"digest": DIGEST}]}))
    with oci_registry.registry(tmp_path) as found:
        for key, value in oci_registry.allowed(found.host, tmp_path).items():
            monkeypatch.setenv(key, value)
        report = report_of(tmp_path / "home", ticket(), brought(found.ref))
    assert (report.status, report.layer, report.retry) == (Status.MISS, Layer.INFRA, True)
    assert report.reason.startswith("pull ended with exit code 125: ")
    assert "404" in report.reason
    assert survivors(tmp_path / "home") == []


def test_a_suite_runs_in_the_image_that_it_names_itself(
    served: oci_registry.Registry, tmp_path: Path
) -> None:
    script = HELLO + "python3 -c 'import coevo_toy' && " + end("a") + BYE
    asked = ticket(script, image=served.ref, components=(("toy", "1.0"),))
    done = carried(tmp_path / "home", asked, bindings=Bindings((PYTHON,)))
    (report,) = done.reports
    assert report.status is Status.PASS, done.log
    assert f"image {served.ref}" in {fact.value for fact in report.facts}
    assert "coevo-toy" in {component.name for component in report.observed}


def test_one_that_names_an_image_is_told_what_its_stack_has(
    ours: images.Image, tmp_path: Path
) -> None:
    script = HELLO + 'test "$COEVO_COMPONENTS" = \'{"toy": "1.0"}\' && ' + end("a") + BYE
    asked = ticket(script, image=ours.ref, components=(("toy", "1.0"),))
    assert report_of(tmp_path, asked).status is Status.PASS


def test_where_no_engine_is_the_suite_is_a_miss_and_says_so(tmp_path: Path) -> None:
    asked = ticket(image=f"registry.example.org/a@{DIGEST}")
    report = report_of(tmp_path, asked, Bindings(engine="no-such-engine"))
    assert (report.status, report.layer) == (Status.MISS, Layer.INFRA)
    assert report.reason.startswith("No engine runs images here")


def test_an_image_without_a_python_is_a_miss(ours: images.Image, tmp_path: Path) -> None:
    del ours
    bare = tmp_path / "bare.tar"
    with tarfile.open(bare, "w") as archive:
        archive.addfile(tarfile.TarInfo("empty"))
    ref = imported(bare, "localhost/bare:1")
    report = report_of(tmp_path / "home", ticket(), brought(ref))
    assert report.status is Status.MISS
    assert "python3" in report.reason
    assert kept(tmp_path / "home") == ()


def imported(tar: Path, tag: str) -> str:
    ran = images.podman({}, "import", "--quiet", str(tar), tag)
    assert ran.returncode == 0, ran.stderr
    asked = ("image", "inspect", "--format", "{{.Digest}}", tag)
    return f"{tag.partition(':')[0]}@{images.podman({}, *asked).stdout.strip()}"


@pytest.fixture
def small_store(tmp_path: Path) -> Iterator[dict[str, str]]:
    """A podman whose images lie on a filesystem of eight megabytes."""
    if images.reason_against():
        pytest.skip(images.reason_against())
    if os.geteuid() != 0:
        pytest.skip("a small filesystem can only be mounted by root")
    folder = tmp_path / "small"
    folder.mkdir()
    asked = ["mount", "-t", "tmpfs", "-o", "size=8m", "none", str(folder)]
    ran = subprocess.run(asked, capture_output=True, text=True, check=False)
    if ran.returncode:
        pytest.skip(f"no filesystem can be mounted here: {ran.stderr.strip()}")
    with images.store(folder) as env:
        yield env
    subprocess.run(["umount", "-l", str(folder)], check=True)


def test_a_disk_that_fills_up_while_pulling_is_a_miss_in_a_clear_sentence(
    ours: images.Image,
    small_store: dict[str, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    del ours
    big = tmp_path / "big.tar"
    with tarfile.open(big, "w") as archive:
        (tmp_path / "zeros").write_bytes(bytes(32 << 20))
        archive.add(tmp_path / "zeros", "zeros")
    ref = imported(big, "localhost/big:1")
    assert images.podman({}, "push", "--quiet", ref, f"oci:{tmp_path}/big").returncode == 0
    with oci_registry.registry(tmp_path / "big") as found:
        for key, value in {**small_store, **oci_registry.allowed(found.host, tmp_path)}.items():
            monkeypatch.setenv(key, value)
        report = report_of(tmp_path / "home", ticket(), brought(found.ref))
    assert (report.status, report.layer, report.retry) == (Status.MISS, Layer.INFRA, True)
    assert report.reason == FULL
    assert kept(tmp_path / "home") == ()


@pytest.mark.parametrize("engine", ["no-such-engine", "docker"])
def test_an_engine_that_is_not_installed_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, engine: str
) -> None:
    monkeypatch.setattr("shutil.which", lambda _: None)
    report = report_of(tmp_path, ticket(), brought(f"a@{DIGEST}", engine))
    assert report.status is Status.MISS
    assert report.reason == f"No engine runs images here: {engine} is not installed."


def test_an_engine_that_cannot_start_a_container_is_the_machines_fault(
    ours: images.Image, tmp_path: Path
) -> None:
    again = report_of(tmp_path, ticket(), brought(ours.ref, "podman", "--memory=broken"))
    assert (again.status, again.layer, again.retry) == (Status.MISS, Layer.INFRA, True), again
    assert "podman could not start the container: " in again.reason


@pytest.mark.parametrize(
    ("ref", "called"),
    [
        (f"host/a@{DIGEST}", "image-0f0f0f0f0f0f"),
        (DIGEST, "image-0f0f0f0f0f0f"),
        ("/images/suite.sif", "image-suite"),
    ],
)
def test_an_image_is_called_by_its_digest(ref: str, called: str) -> None:
    assert name(ref) == called
