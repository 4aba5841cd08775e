"""What a suite leaves behind for other jobs: found by its patterns, kept, and told of."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase
from pathlib import Path

from matrix.status import GOOD, Layer, Status
from runners.artifacts import Artifacts, is_bare
from runners.work import Artifact, Report, Ticket

MOST = 1000  # files of one attempt


class _WrongError(Exception):
    """What is wrong with what was left behind: a sentence."""


async def kept(
    report: Report, ticket: Ticket, work: Path, folder: str, artifacts: Artifacts
) -> Report:
    """The report with all that a suite was to leave behind in `folder` of its own folder `work`.

    Where that is not there the test is wrong; where it cannot be kept the machine is.
    """
    if report.status not in GOOD or not ticket.produces or ticket.rank:
        return report
    try:
        found = await asyncio.to_thread(_kept, ticket, work, folder, artifacts)
    except _WrongError as wrong:
        return replace(report, status=Status.ERROR, layer=Layer.TEST, reason=str(wrong))
    except OSError as error:
        reason = f"What it produced could not be kept: {error.strerror}."
        return replace(report, status=Status.MISS, layer=Layer.INFRA, reason=reason, retry=True)
    return replace(report, artifacts=found)


def _kept(ticket: Ticket, work: Path, folder: str, artifacts: Artifacts) -> tuple[Artifact, ...]:
    found = [
        (kind, name, path)
        for kind, pattern in ticket.produces
        for name, path in _of_kind(kind, pattern, work, folder).items()
    ]
    if len(found) > MOST:
        raise _WrongError(f"It produced {len(found)} files, more than {MOST}.")
    total = sum(path.stat().st_size for _, _, path in found)
    if total > ticket.artifact_limit_bytes:
        limit = f"the {ticket.artifact_limit_bytes} that `policies.artifact_limit` allows"
        raise _WrongError(f"It produced files of {total} bytes, more than {limit}.")
    return tuple(Artifact(kind, name, *artifacts.keep(path)) for kind, name, path in found)


def _of_kind(kind: str, pattern: str, work: Path, folder: str) -> dict[str, Path]:
    """The files of a kind by their bare names."""
    # Where it was made, not where a link leads that the suite has put in its place.
    inside, found = work.parent.resolve() / work.name, dict[str, Path]()
    for said, path in matching(pattern, work / folder):
        name = Path(said).name
        if not path.is_relative_to(inside):
            raise _WrongError(f"It produced no {kind}: {said} leads out of its working folder.")
        if not is_bare(name):
            raise _WrongError(
                f"It produced a file of kind {kind} with an unfit name: {name!r:.80}."
            )
        if name in found:
            raise _WrongError(f"It produced two files of kind {kind} that are called {name}.")
        found[name] = path
    if not found:
        raise _WrongError(f"It produced no {kind}: no file matches {pattern}.")
    return found


def matching(pattern: str, tree: Path) -> Iterator[tuple[str, Path]]:
    """The files that a pattern matches, by name, each with where it really is.

    `*` and `?` stay inside a name, `**` is any number of folders; names that begin with a dot are
    met only by a pattern that says so. Links to folders are not followed.
    """
    parts = pattern.split("/")
    is_plain = not any(part.startswith(".") for part in parts)
    for folder, folders, files in os.walk(tree):
        folders[:] = sorted(one for one in folders if not (is_plain and one.startswith(".")))
        above = Path(folder).relative_to(tree).parts
        for name in sorted(files):
            path = Path(os.path.realpath(Path(folder, name)))
            if fits(parts, (*above, name)) and path.is_file():
                yield "/".join((*above, name)), path


def fits(pattern: Sequence[str], path: Sequence[str]) -> bool:
    """Whether the parts of a pattern meet those of a path; takes a time that both bound."""
    at = _past({0}, pattern)
    for part in path:
        met = {one for one in at if one < len(pattern) and _meets(pattern[one], part)}
        at = _past({one if pattern[one] == "**" else one + 1 for one in met}, pattern)
    return len(pattern) in at


def _past(places: set[int], pattern: Sequence[str]) -> set[int]:
    """The places, and those behind a `**` that stands for nothing."""
    for one in range(len(pattern)):
        if one in places and pattern[one] == "**":
            places.add(one + 1)
    return places


def _meets(pattern: str, part: str) -> bool:
    is_hidden = part.startswith(".") and not pattern.startswith(".")
    return not is_hidden and (pattern == "**" or fnmatchcase(part, pattern))
