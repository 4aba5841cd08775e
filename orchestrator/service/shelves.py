"""The environments that this machine keeps: found by name, looked into, repeated, taken away."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import psutil

from matrix.errors import CoevoError
from runners.environments.bindings import Bindings
from runners.environments.by_hand import script
from runners.environments.choice import Choice
from runners.environments.origins import Origin, origins
from runners.environments.plain import shell
from runners.environments.provider import Unprepared
from runners.environments.shelf import Kept, kept
from runners.environments.uv import requirements
from runners.work import Component


def named(home: Path, text: str) -> Kept:
    """The environment whose name begins so; CoevoError where none does, or several do."""
    every = kept(home)
    found = [one for one in every if one.folder.name.startswith(text)]
    if len(found) == 1:
        return found[0]
    problem = f"{len(found)} environments begin with {text}" if found else f"no environment {text}"
    raise CoevoError.because(problem, "coevo env list names them")


def installed(home: Path, bindings: Bindings, one: Kept) -> tuple[Component, ...]:
    """What is in an environment; CoevoError where that cannot be found out."""
    try:
        provider, prepared = Choice(home.absolute(), bindings).kept(one)
        return asyncio.run(provider.observe(prepared, shell))
    except Unprepared as reason:
        raise CoevoError.because(str(reason)) from reason


def by_hand(home: Path, bindings: Bindings, one: Kept) -> str:
    """The commands that make it without Coevo; CoevoError where it is not complete."""
    if one.record is None:
        raise CoevoError.because(f"{one.folder.name} is not complete", "coevo env build")
    pins = requirements(one.folder)
    text = pins.read_text() if pins.exists() else ""
    there = installed(home, bindings, one) if one.record.provider == "python" else ()
    return script(one.folder.name, one.record, text, there)


def pinned(one: Kept) -> tuple[Origin, ...]:
    """What the lock of an environment pins; nothing of one that no lock was made for."""
    try:
        return origins(requirements(one.folder).read_text())
    except OSError:
        return ()


def due(home: Path, before: datetime, names: tuple[str, ...] = ()) -> tuple[Kept, ...]:
    """What may go: the named ones, or those unused since then; none that a process runs in."""
    every = [named(home, name) for name in names] if names else kept(home)
    old = [one for one in every if names or one.used < before]
    in_use = tuple(_told()) if old else ()
    return tuple(
        one for one in old if not any(str(one.folder.absolute()) in said for said in in_use)
    )


def prune(home: Path, bindings: Bindings, gone: tuple[Kept, ...]) -> tuple[Kept, ...]:
    """Take environments away; those that went (not one that was used or is built meanwhile).

    An image goes too where it was pulled for us.
    """
    choice = Choice(home.absolute(), bindings)
    return tuple(one for one in gone if asyncio.run(choice.drop(one, shell)))


def _told() -> Iterator[str]:
    """The variables and the program of every process that may be looked at."""
    for process in psutil.process_iter():
        try:
            yield "\n".join([*process.environ().values(), *process.cmdline()])
        except psutil.Error:
            continue
