"""A suite in an image that its matrix names, as `coevo up` and `coevo env build` carry it out."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import images
import pytest
from brought import toy_files
from calling import Caller
from served import coevo

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180), pytest.mark.xdist_group("environments")]
SAYS = (
    "import json, os, coevo_toy\n"
    "print(json.dumps({'type': 'hello', 'suite': 's', 'protocol': 1}))\n"
    "has = json.loads(os.environ['COEVO_COMPONENTS'])\n"
    "case = {'type': 'case', 'id': 'told', 'status': 'PASS' if has == {'toy': '1.5'} else 'FAIL'}\n"
    "print(json.dumps(case))\n"
    "print(json.dumps({'type': 'bye'}))\n"
)
WORDS = ("up", "--once", "--json", "--no-ray", "--port", "0", "--data", "d")


@pytest.fixture(scope="module")
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


@pytest.fixture
def folder(call: Caller, image: images.Image, tmp_path: Path) -> Path:
    """Where a matrix lies whose suite runs in the image, and its mirror in one that is nowhere."""
    del call
    nowhere = "localhost/nowhere@sha256:" + "0f" * 32
    text = f"""
name: boxed
axes: {{site: [lab], accelerator: [cpu], box: [here, nowhere]}}
stacks: {{stable: {{toy: "1.5"}}}}
suites:
  inside:
    command: [python3, -c, {json.dumps(SAYS)}]
    takes: [toy]
    environment: {{image: "{image.ref}"}}
include:
  - {{box: nowhere, environment: {{image: "{nowhere}"}}}}
policies: {{infrastructure_attempts: 1}}
"""
    (tmp_path / "matrix.yaml").write_text(text)
    return tmp_path


def jobs(said: str) -> dict[str, dict[str, str]]:
    return {
        job["id"].partition("box=")[2].partition(":")[0]: job for job in json.loads(said)["jobs"]
    }


def test_it_runs_in_its_image_and_is_told_what_the_stack_has(
    folder: Path, image: images.Image
) -> None:
    done = coevo(folder, *WORDS, extra=image.env)
    found = jobs(done.stdout)

    assert found["here"]["status"] == "PASS", done.stdout + done.stderr
    assert found["nowhere"]["status"] == "MISS"
    assert "pull" in found["nowhere"]["reason"]


def test_a_machine_without_an_engine_does_not_offer_it(folder: Path, image: images.Image) -> None:
    tools = folder / "tools"
    tools.mkdir()
    for name in ("git", "uv", "sh"):
        if found := shutil.which(name):
            (tools / name).symlink_to(found)
    done = coevo(folder, *WORDS, extra={**image.env, "PATH": str(tools)})

    assert {job["reason"] for job in jobs(done.stdout).values()} == {
        "no runner at lab/cpu runs images"
    }


def test_it_is_made_ready_ahead(
    folder: Path, image: images.Image, call: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    del folder
    for key, value in image.env.items():
        monkeypatch.setenv(key, value)
    said = call("env", "build", "--json", "--data", "d")
    built, missing = said.document

    assert said.code == 1
    assert (built["of"], built["status"]) == (f"image {image.ref}", "DONE")
    assert built["name"].startswith("image-")
    assert missing["status"] == "MISS"
