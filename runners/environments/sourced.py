"""Requirements that name a source (`name @ git+URL@COMMIT`), as the resolver can take them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from matrix.names import Misfit, canonical
from matrix.sources import Source, source
from runners.environments.commits import wheel_of
from runners.environments.platforms import Platform
from runners.environments.unresolved import ResolverFailed, Unresolved

SOURCED = " @ "  # stands between a name and its source
_SOURCED = re.compile(r"(?P<name>[A-Za-z0-9._-]+)(?P<extras>\[[^\]]*\])? @ (?P<source>\S+)")
_LINE = re.compile(r"(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)(==| @ )")
_FROM = "# from "


@dataclass(frozen=True, slots=True)
class Sourced:
    """A requirement for the resolver; `name` must come from `index`, where one is given."""

    requirement: str
    name: str = ""
    index: str = ""


def sourced(line: str, home: Path, platform: Platform) -> Sourced:
    """The line as it stands, or with its source made something that can be installed.

    Raises Unresolved, ResolverFailed.
    """
    found = _SOURCED.fullmatch(line)
    if found is None:
        return Sourced(line)
    named, given = f"{found['name']}{found['extras'] or ''}", _source(found["source"])
    match given.kind:
        case "git":
            return Sourced(f"{named} @ {wheel_of(given, home, platform).resolve().as_uri()}")
        case "index":
            return Sourced(named, canonical(found["name"]), given.url)
    return Sourced(f"{named} @ {given}")


def checked(text: str, indexes: Mapping[str, str]) -> str:
    """A compiled file without uv's comments, that says where to look, by `indexes` (name → URL).

    An index that has no page for a commit would leave the name to the next one, which may have
    a release of it: that is Unresolved.
    """
    kept, name, seen = [], "", {}
    for line in text.splitlines():
        if line.strip().startswith(_FROM):
            seen[name] = line.strip().removeprefix(_FROM)
            continue
        if found := _LINE.match(line):
            name = canonical(found["name"])
        kept.append(line)
    for wanted, index in indexes.items():
        if seen.get(wanted, "").rstrip("/") != index.rstrip("/"):
            raise Unresolved.because(
                f"{index} has no {wanted}", "was that commit built there, for this platform?"
            )
    heads = [f"--extra-index-url {index}" for index in sorted(set(indexes.values()))]
    return "".join(f"{line}\n" for line in (*heads, *kept))


def _source(text: str) -> Source:
    try:
        given = source(text)
    except Misfit as misfit:
        raise Unresolved.because(misfit.problem, misfit.hint) from misfit
    if given.is_moving:
        raise ResolverFailed.because(
            f"nobody could say which commit {given.reference} of {given.origin} is",
            "start the run again once its repository can be reached",
        )
    return given
