"""Which suites a change is about: the files that changed, held against the paths of each suite."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from functools import lru_cache

_PARTS = re.compile(r"\*\*/|\*\*|\*|\?|[^*?]+")
_MEANING = {"**/": r"(?:.*/)?", "**": r".*", "*": r"[^/]*", "?": r"[^/]"}


def touched(paths: Sequence[str], files: Collection[str]) -> bool:
    """Whether one of the files (from the repository's root) is among the paths; none mean all.

    A path is a file, a folder with all in it, or a glob: `*` stays in its folder, `**` goes on
    below. One that begins with `!` takes away; the last one that a file meets decides.
    """
    return not paths or any(_is_in(tuple(paths), file) for file in files)


def _is_in(paths: tuple[str, ...], file: str) -> bool:
    decided = paths[0].startswith("!")  # what only takes away takes it from everything
    for path in paths:
        if _pattern(path.removeprefix("!")).fullmatch(file):
            decided = not path.startswith("!")
    return decided


@lru_cache(maxsize=4096)
def _pattern(path: str) -> re.Pattern[str]:
    parts = _PARTS.findall(path.rstrip("/"))
    return re.compile("".join(_MEANING.get(part) or re.escape(part) for part in parts) + "(?:/.*)?")
