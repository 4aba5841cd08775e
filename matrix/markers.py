"""Which lines of an environment hold on which kind of device: `vllm=={vllm}; device != 'cpu'`.

The form is that of environment markers (PEP 508), the variable is ours: a package index knows
operating systems and Pythons, and not what a machine computes on.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

MARKER_PATTERN = r"(; device [=!]= '[a-z][a-z0-9]{0,31}')?"
_MARKED = re.compile(r"(?P<line>.*)(?P<marker>; device (?P<is>[=!]=) '(?P<kind>[a-z0-9]+)')")


def parted(line: str) -> tuple[str, str]:
    """A line without its marker, and the marker ("" where it has none); together they are it."""
    found = _MARKED.fullmatch(line)
    return (found["line"], found["marker"]) if found else (line, "")


def holding(lines: Iterable[str], kind: str) -> tuple[str, ...]:
    """The lines that hold on a torch device type such as cpu or cuda, without their markers."""
    return tuple(parted(line)[0] for line in lines if _holds(line, kind))


def _holds(line: str, kind: str) -> bool:
    found = _MARKED.fullmatch(line)
    return found is None or (found["kind"] == kind) == (found["is"] == "==")
