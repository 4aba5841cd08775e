"""What `--at COMPONENT=REF` says: versions, commits and wheels to run at."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

from matrix.errors import CoevoError
from matrix.names import Misfit, name, shown


def wanted(said: Sequence[str]) -> dict[str, str]:
    """By component what it is to be at; a wheel's file becomes its address and sha256.

    Raises CoevoError for what is no pair, says a component twice, or names a file that is not
    there.
    """
    found: dict[str, str] = {}
    for text in said:
        component, equals, reference = text.partition("=")
        if not equals or not reference:
            hint = "write COMPONENT=REF, as in vllm=main or torch=2.12.0"
            raise CoevoError.because(f"{shown(text)} says no component and where it is to be", hint)
        if component in found:
            raise CoevoError.because(f"{shown(component)} is given twice", "keep one of the two")
        found[_component(component)] = _wheel(reference) or reference
    return found


def _component(text: str) -> str:
    try:
        return name(text)
    except Misfit as misfit:
        raise CoevoError.because(misfit.problem, misfit.hint) from misfit


def _wheel(reference: str) -> str:
    """The source of a wheel that lies here; "" where the reference names no such file."""
    if not reference.endswith(".whl") or "://" in reference:
        return ""
    path = Path(reference)
    try:
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise CoevoError.because(
            f"{shown(reference)} cannot be read: {error.strerror}", "build it: uv build --wheel"
        ) from error
    return f"{path.resolve().as_uri()}#sha256={digest}"
