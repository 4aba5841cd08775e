"""How a project joins with its own command: where that is run, and what it leaves behind."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, WithJsonSchema

from matrix import model
from matrix.names import Misfit, shown
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
    raise Misfit(f"{shown(text)} names no result files", hint)


def _like(pattern: str, what: str, hint: str) -> Callable[[str], str]:
    def validator(text: str) -> str:
        if re.fullmatch(pattern, text):
            return text
        raise Misfit(f"{shown(text)} is no {what}", hint)

    return validator


def _text(pattern: str) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "pattern": f"^{pattern}$"})


_REPOSITORY = _like(
    REPOSITORY_PATTERN,
    "repository",
    "write https://HOST/PATH, ssh://, git:// or file:///PATH; credentials stay with git",
)
_FOLDER = _like(FOLDER_PATTERN, "folder", "write a path inside the checkout, such as tests/unit")
_PACKAGE = _like(PACKAGE_PATTERN, "package", "write the name that it is imported by")
Repository = Annotated[str, AfterValidator(_REPOSITORY), _text(REPOSITORY_PATTERN)]
Commit = Annotated[str, AfterValidator(_commit), _text(COMMIT_PATTERN)]
Folder = Annotated[str, AfterValidator(_FOLDER), _text(FOLDER_PATTERN)]
Package = Annotated[str, AfterValidator(_PACKAGE), _text(PACKAGE_PATTERN)]
Files = Annotated[str, AfterValidator(_files), _text(FILES_PATTERN)]
Format = Literal["junit", "ctrf", "pytorch-benchmark-v3", "vllm-bench", "jsonl", "pytest"]


class _Shape(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class WorkdirShape(_Shape):
    """Where a command is run: a checkout of a commit, or the folder of an installed package."""

    git: Repository | None = None
    commit: Commit | None = None
    subdirectory: Folder | None = None
    package: Package | None = None


class ResultsShape(_Shape):
    """What a command leaves behind: `path` are files, of which `pytest` has none."""

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
