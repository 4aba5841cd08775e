"""Parameters of a suite as they stand in a matrix, read into values; nothing of torch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Optional

_SHORT = {"fp32": "float32", "bf16": "bfloat16", "fp16": "float16", "half": "float16"}


class ParameterError(ValueError):
    """A parameter that means nothing; the message says what would."""


def known(parameters: Mapping[str, str], keys: set[str]) -> None:
    """Refuse a parameter that is none of the keys."""
    unknown = set(parameters) - keys
    if unknown:
        raise ParameterError(f"unknown parameter {', '.join(sorted(unknown))}")


def words(parameters: Mapping[str, str], key: str, default: tuple[str, ...]) -> tuple[str, ...]:
    """A list, parted by commas or blanks."""
    return tuple(str(parameters.get(key, "")).replace(",", " ").split()) or default


def dtypes(
    parameters: Mapping[str, str],
    offered: tuple[str, ...],
    default: tuple[str, ...] = (),
) -> tuple[str, ...]:
    """The dtypes of the parameter of that name, which may be written short; see `listed`."""
    return listed(parameters, "dtypes", offered, default)


def listed(
    parameters: Mapping[str, str],
    key: str,
    offered: tuple[str, ...],
    default: tuple[str, ...] = (),
) -> tuple[str, ...]:
    """A list of words each of which must be one of those offered.

    `all` stands for every one. Where nothing is said it is the default, or else every one.
    """
    said = words(parameters, key, default or offered)
    if said == ("all",):
        return offered
    named = tuple(_SHORT.get(word, word) for word in said)
    for name in named:
        if name not in offered:
            raise ParameterError(f"{key}: {name} is none of {', '.join(offered)}")
    return named


def number(parameters: Mapping[str, str], key: str) -> Optional[int]:  # noqa: UP045 - Python 3.9
    """A whole number; None for `all` and where it is not said."""
    said = str(parameters.get(key, "all"))
    if said == "all":
        return None
    if not said.isdigit():
        raise ParameterError(f"{key}: {said} is neither a whole number nor `all`")
    return int(said)
