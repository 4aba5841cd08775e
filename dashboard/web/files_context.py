"""What a job's page draws of the files that jobs hand to each other."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from urllib.parse import quote

from dashboard.web import marks, words
from dashboard.web.marks import Look
from dashboard.web.shell import matrix_href
from orchestrator.artifact_views import Fed, File, Handed


class FedRow(NamedTuple):
    """A job that feeds this one, or is fed by it."""

    kind: str
    name: str
    href: str
    look: Look


class FileRow(NamedTuple):
    """A file that this job made; without `href` it is no longer kept."""

    kind: str
    name: str
    href: str
    size: str
    digest: str
    used: str
    used_iso: str


@dataclass(frozen=True, slots=True)
class FilesContext:
    """The section of files; empty where the job neither makes nor takes any."""

    inputs: tuple[FedRow, ...]
    feeds: tuple[FedRow, ...]
    files: tuple[FileRow, ...]


def files_context(matrix: str, job: int, handed: Handed, now: datetime) -> FilesContext:
    """The files of a job at `now`."""
    return FilesContext(
        inputs=tuple(_fed(matrix, one) for one in handed.inputs),
        feeds=tuple(_fed(matrix, one) for one in handed.feeds),
        files=tuple(_file(matrix, job, one, now) for one in handed.files),
    )


def file_href(matrix: str, job: int, file: File) -> str:
    """Where the bytes of a file are."""
    names = (quote(file.kind, safe=""), quote(file.name, safe=""))
    return "/".join((f"/api/v1{matrix_href(matrix, 'jobs', job)}/artifacts", *names))


def _fed(matrix: str, one: Fed) -> FedRow:
    href = matrix_href(matrix, "jobs", one.job)
    return FedRow(one.kind, one.name, href, marks.of_progress(one.status, one.state))


def _file(matrix: str, job: int, file: File, now: datetime) -> FileRow:
    return FileRow(
        kind=file.kind,
        name=file.name,
        href=file_href(matrix, job, file) if file.is_kept else "",
        size=words.size(file.bytes),
        digest=file.digest,
        used=words.age(file.used_at, now),
        used_iso=words.iso(file.used_at),
    )
