"""How a project joins with its own command: where that is run, and what it leaves behind."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel

from matrix import model
from matrix.names import Misfit, shown
from matrix.shaping import STRICT, like, written
from matrix.sources import FOLDER_PATTERN, REPOSITORY_PATTERN, is_commit

COMMIT_PATTERN = r"([0-9a-f]{40}|[0-9a-f]{64})"
PACKAGE_PATTERN = r"[A-Za-z_][A-Za-z0-9_]{0,99}(\.[A-Za-z_][A-Za-z0-9_]{0,99}){0,9}"
FILES_PATTERN = r"[A-Za-z0-9_*?.@+-]+(/[A-Za-z0-9_*?.@+-]+)*"
PYTEST = "pytest"
_LONGEST = 300


def _commit(text: str) -> str:
    if is_commit(text):
        return text
    hint = "write all its digits, `git rev-parse HEAD` prints them: what is tested has to stand"
    raise Misfit(f"{shown(text)} is no whole commit", hint)


def _files(text: str) -> str:
    """A pattern of files inside the folder that the command is run in."""
    steps = text.split("/")
    if re.fullmatch(FILES_PATTERN, text) and ".." not in steps and len(text) <= _LONGEST:
        return text
    hint = "write a path inside the working folder, such as report.xml or reports/*.xml"
    raise Misfit(f"{shown(text)} names no files below it", hint)


_REPOSITORY = like(
    REPOSITORY_PATTERN,
    "repository",
    "write https://HOST/PATH, ssh://, git:// or file:///PATH; credentials stay with git",
)
_FOLDER = like(FOLDER_PATTERN, "folder", "write a path inside the checkout, such as tests/unit")
_PACKAGE = like(PACKAGE_PATTERN, "package", "write the name that it is imported by")
Repository = Annotated[str, AfterValidator(_REPOSITORY), written(REPOSITORY_PATTERN, "string")]
Commit = Annotated[str, AfterValidator(_commit), written(COMMIT_PATTERN, "string")]
Folder = Annotated[str, AfterValidator(_FOLDER), written(FOLDER_PATTERN, "string")]
Package = Annotated[str, AfterValidator(_PACKAGE), written(PACKAGE_PATTERN, "string")]
Files = Annotated[str, AfterValidator(_files), written(FILES_PATTERN, "string")]
Format = Literal["junit", "ctrf", "pytorch-benchmark-v3", "vllm-bench", "jsonl", "pytest"]


class WorkdirShape(BaseModel):
    """Where a command is run: a checkout of a commit, or the folder of an installed package."""

    model_config = STRICT

    git: Repository | None = None
    commit: Commit | None = None
    subdirectory: Folder | None = None
    package: Package | None = None


class ResultsShape(BaseModel):
    """What a command leaves behind: `path` are files, of which `pytest` has none."""

    model_config = STRICT

    format: Format
    path: Files | None = None


def _one_place(shape: WorkdirShape) -> WorkdirShape:
    """A commit belongs to a repository, and a package stands alone."""
    if bool(shape.git) == bool(shape.package):
        hint = "write {git: URL, commit: HEX} or {package: NAME}"
        raise Misfit("a workdir is either a checkout or a package", hint)
    if shape.git and not shape.commit:
        raise Misfit("a checkout without its commit could be another one tomorrow", "add `commit`")
    if shape.package and (shape.commit or shape.subdirectory):
        hint = "`commit` and `subdirectory` are of a checkout; name a package below it: NAME.tests"
        raise Misfit("a package has no commit and no subdirectory", hint)
    return shape


def _readable(shape: ResultsShape) -> ResultsShape:
    """Files have to be named; a pytest speaks by itself."""
    if shape.format == PYTEST and shape.path:
        raise Misfit("`pytest` has no result files", "leave `path` out: its tests are told live")
    if shape.format != PYTEST and not shape.path:
        raise Misfit(f"nobody says where the {shape.format} results are", "add `path`")
    return shape


def workdir(shape: WorkdirShape | None) -> model.Workdir | None:
    """Where a command is run, as a value."""
    if shape is None:
        return None
    parts = (shape.git, shape.commit, shape.subdirectory, shape.package)
    return model.Workdir(*(part or "" for part in parts))


def results(shape: ResultsShape | None) -> model.Results | None:
    """What a command leaves behind, as a value."""
    return model.Results(shape.format, shape.path or "") if shape else None


Workdir = Annotated[WorkdirShape, AfterValidator(_one_place)]
Results = Annotated[ResultsShape, AfterValidator(_readable)]
