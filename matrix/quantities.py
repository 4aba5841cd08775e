"""How a person writes durations, sizes, versions and requirements."""

from __future__ import annotations

import re
from datetime import timedelta

from matrix.markers import MARKER_PATTERN
from matrix.names import Misfit, shown

DURATION_PATTERN = r"[0-9]{1,9}(s|m|h|d)"
SIZE_PATTERN = r"[0-9]{1,9}(KiB|MiB|GiB|TiB)"
VERSION_PATTERN = r"[0-9][0-9A-Za-z.+!_-]{0,62}"
REQUIREMENT_PATTERN = (
    r"(?P<name>[A-Za-z0-9][A-Za-z0-9._-]{0,62})(\[[A-Za-z0-9,._-]{1,62}\])?"
    r"==(\{(?P<component>[a-z0-9][a-z0-9._-]{0,62})\}|[0-9][0-9A-Za-z.+!_-]{0,62})"
) + MARKER_PATTERN
DISTRIBUTION_PATTERN = r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}" + MARKER_PATTERN
PARAMETER_PATTERN = r"[A-Za-z0-9._+/-]{1,128}"
IMAGE_PATTERN = r"[A-Za-z0-9][A-Za-z0-9._:/-]{0,254}@sha256:[0-9a-f]{64}"
RANK_PATTERN = r"(0|[1-9][0-9]{0,2})"
VARIABLE_PATTERN = r"[A-Za-z_][A-Za-z0-9_]{0,127}"
_PARAMETER = re.compile(PARAMETER_PATTERN)
_VARIABLE = re.compile(VARIABLE_PATTERN)
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_BYTES = {"KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "TiB": 2**40}
_LONGEST = timedelta(days=3650)
_LARGEST = 2**60
_DURATION = re.compile(r"([0-9]{1,9})(s|m|h|d)")
_SIZE = re.compile(r"([0-9]{1,9})(KiB|MiB|GiB|TiB)")
_DECIMAL_SIZE = re.compile(r"([0-9]{1,9}) ?([KMGTkmgt])(i?[Bb])?")
_VERSION = re.compile(VERSION_PATTERN)
_RANK = re.compile(RANK_PATTERN)
_IMAGE = re.compile(IMAGE_PATTERN)
_REQUIREMENT = re.compile(REQUIREMENT_PATTERN)
_DISTRIBUTION = re.compile(DISTRIBUTION_PATTERN)


def duration(text: str) -> timedelta:
    """`90s`, `30m`, `36h` or `30d`; more than nothing and at most ten years."""
    found = _DURATION.fullmatch(text)
    if not found:
        raise Misfit(f"{shown(text)} is no duration", "write it as 90s, 30m, 36h or 30d")
    length = timedelta(seconds=int(found[1]) * _SECONDS[found[2]])
    if not timedelta(0) < length <= _LONGEST:
        raise Misfit(f"{shown(text)} is out of range", "durations go from 1s to 3650d")
    return length


def size(text: str) -> int:
    """Bytes of `512MiB`, `16GiB`, …; at most one exbibyte."""
    found = _SIZE.fullmatch(text)
    if not found:
        raise Misfit(f"{shown(text)} is no size", _size_hint(text))
    count = int(found[1]) * _BYTES[found[2]]
    if count > _LARGEST:
        raise Misfit(f"{shown(text)} is out of range", "sizes go up to 1048576TiB")
    return count


def version(text: str) -> str:
    """An exact version; a moving reference is none."""
    if _VERSION.fullmatch(text):
        return text
    hint = 'write an exact version, such as "2.13.0", {git: URL, ref: main}, or preinstalled'
    raise Misfit(f"{shown(text)} is no version", hint)


def requirement(text: str) -> str:
    """`name==version` or `name=={component}`, where the stack gives the version.

    Behind it may stand the device that it holds for, as `; device == 'cpu'` or with `!=`.
    """
    if _REQUIREMENT.fullmatch(text):
        return text
    if ";" in text and _REQUIREMENT.fullmatch(text.partition(";")[0].rstrip()):
        raise Misfit(f"{shown(text)} has no condition that is known", _CONDITION)
    raise Misfit(
        f"{shown(text)} is not pinned",
        "write name==version, or name=={component} to take the version from the stack",
    )


def distribution(text: str) -> str:
    """The bare name of a distribution, and perhaps the device that it holds for."""
    if _DISTRIBUTION.fullmatch(text):
        return text
    if ";" in text and _DISTRIBUTION.fullmatch(text.partition(";")[0].rstrip()):
        raise Misfit(f"{shown(text)} has no condition that is known", _CONDITION)
    hint = "write its bare name, such as torchvision: every version of it is left out"
    raise Misfit(f"{shown(text)} names no distribution", hint)


def variable(text: str) -> str:
    """The name of an environment variable that is not for Coevo to set."""
    if text.startswith("COEVO_"):
        raise Misfit(f"{shown(text)} is for Coevo to set", "choose a name without COEVO_")
    if _VARIABLE.fullmatch(text):
        return text
    raise Misfit(f"{shown(text)} is no name of a variable", "use letters, digits and `_`")


def image(text: str) -> str:
    """An image by its digest: a tag may move."""
    if _IMAGE.fullmatch(text):
        return text
    hint = "write NAME@sha256:…, which `podman image inspect --format '{{.Digest}}' NAME` prints"
    raise Misfit(f"{shown(text)} names no image by its digest", hint)


def rank(text: str) -> str:
    """The number of a rank, from 0."""
    if _RANK.fullmatch(text):
        return text
    raise Misfit(f"{shown(text)} is no rank", "ranks are whole numbers from 0, one for each node")


def parameter(text: str) -> str:
    """A value that can stand in the id of a job."""
    if _PARAMETER.fullmatch(text):
        return text
    hint = "use letters, digits, `.`, `_`, `+`, `/` and `-`, at most 128"
    raise Misfit(f"{shown(text)} cannot stand in a job's id", hint)


def placeholder(text: str) -> str | None:
    """The component that a requirement takes its version from, None where it names its own."""
    found = _REQUIREMENT.fullmatch(text)
    return found["component"] if found else None


def taken(text: str) -> tuple[str, str]:
    """The distribution of a requirement, and the component it takes its version from, or ""."""
    found = _REQUIREMENT.fullmatch(text)
    return (found["name"], found["component"] or "") if found else (text, "")


def seconds(length: timedelta) -> str:
    """A duration in the largest unit that divides it, as a person would write it."""
    whole = int(length.total_seconds())
    unit = next(unit for unit in ("d", "h", "m", "s") if whole % _SECONDS[unit] == 0)
    return f"{whole // _SECONDS[unit]}{unit}"


_CONDITION = "write `NAME; device == 'cpu'`, or with !="


def _size_hint(text: str) -> str:
    found = _DECIMAL_SIZE.fullmatch(text)
    if found:
        return f"did you mean {found[1]}{found[2].upper()}iB?"
    return "write it as 512MiB or 16GiB"
