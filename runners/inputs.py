"""The files of other jobs that a suite is given: in its working folder, and wheels installed."""

from __future__ import annotations

import asyncio
import re
import shlex
from importlib.metadata import distributions
from pathlib import Path
from threading import Event

from matrix.names import canonical
from runners.artifacts import Artifacts, Gone, is_sound
from runners.ending import NO_ROOM_ERRORS, says_no_room
from runners.environments.provider import Note, Prepared, Shell, Unprepared, components
from runners.environments.tool import uv_binary
from runners.work import Artifact, Component, Pairs, Ticket

FOLDER = ".coevo-artifacts"  # in the working folder: KIND/NAME
SITE = ".coevo-site"  # beside it: what wheels among them are installed into
WHEEL = "wheel"
_HERE = Path("\0")  # stands for whatever folder it is
_CACHE = ".coevo-uv"  # a cache of its own: two wheels of one version may differ
_WHEEL = re.compile(r"([^-]+)-([^-]+)(?:-[^-]+){3,4}\.whl")
_UV = {"UV_NO_PROGRESS": "1", "UV_NO_CONFIG": "1", "UV_PYTHON_DOWNLOADS": "never"}
_PLAIN = {"NO_COLOR": "1", "COLUMNS": "10000"}


class Unfit(Exception):  # noqa: N818 - what another job has made is wrong, not the machine
    """What was made for a suite cannot be used by it, here or anywhere; why, without a stop."""

    def __init__(self, why: str, lines: tuple[str, ...] = ()) -> None:
        super().__init__(why)
        self.lines = lines


async def put(inputs: tuple[Artifact, ...], home: Path, work: Path, note: Note) -> None:
    """Have each in its place below `work`, from the machine's own files. Raises Unprepared, Unfit.

    Nothing is written any more once it is cancelled.
    """
    note(f"taking {len(inputs)} file{'s' if len(inputs) != 1 else ''} of other jobs")
    stop = Event()
    copying = asyncio.ensure_future(asyncio.to_thread(_copied, inputs, home, work, stop))
    try:
        await asyncio.shield(copying)
    except asyncio.CancelledError:
        stop.set()
        await asyncio.wait({copying})
        raise


def _copied(inputs: tuple[Artifact, ...], home: Path, work: Path, stop: Event) -> None:
    artifacts, places = Artifacts(home), dict[str, str]()
    for one in inputs:
        if places.setdefault(_inside(one), one.digest) != one.digest:
            raise Unfit(f"two files of other jobs are called {one.kind}/{one.name}")
        if not is_sound(one):
            raise Unfit(f"there can be no artifact called {one.kind}/{one.name}")
        try:
            artifacts.give(one.digest, work / FOLDER / one.kind / one.name, stop)
        except Gone as gone:
            raise Unprepared(str(gone)) from gone
        except OSError as error:
            full = error.errno in NO_ROOM_ERRORS
            why = "the disk is full" if full else error.strerror
            raise Unprepared(
                f"The files of other jobs could not be put in place: {why}."
            ) from error


async def install(
    inputs: tuple[Artifact, ...], prepared: Prepared, work: Path, note: Note, shell: Shell
) -> None:
    """Put wheels over an environment that is not an image, in a folder of the attempt's own.

    Where there are several of one version, for other Pythons, uv takes the one that fits. Raises
    Unprepared, and Unfit where none does.
    """
    if not is_installed(inputs, prepared):
        return
    uv = uv_binary()
    if uv is None:
        raise Unprepared("uv is not installed on this runner: `pip install uv`.")
    wanted = wheels(inputs)
    note("installing " + ", ".join(f"{name} {version}" for name, version in wanted))
    argv = _installing(uv, wanted, prepared, work)
    ran = await shell((*argv, "--cache-dir", str(work / _CACHE)), {**_UV, **_PLAIN}, note)
    if ran.code:
        if says_no_room(ran.lines):
            full = "The wheels of other jobs could not be installed: the disk is full."
            raise Unprepared(full, ran.lines)
        said = next((one.strip() for one in reversed(ran.lines) if one.strip()), "no word")
        why = f"wheels of other jobs could not be installed: {said.rstrip('.')}"
        raise Unfit(why, ran.lines)


def wheels(inputs: tuple[Artifact, ...]) -> Pairs:
    """The distributions that are among them as wheels, with their versions."""
    named = [_WHEEL.fullmatch(one.name) for one in inputs if one.kind == WHEEL]
    return tuple(sorted({(found[1], found[2]) for found in named if found}))


def is_installed(inputs: tuple[Artifact, ...], prepared: Prepared | None) -> bool:
    """Whether the wheels are put over the environment: there is one, and it is no image."""
    return prepared is not None and prepared.container is None and bool(wheels(inputs))


def expected(ticket: Ticket) -> Pairs:
    """The versions that it must find itself with: those that were locked, or came as wheels."""
    if not ticket.inputs:
        return ticket.expected
    came = {canonical(name): version for name, version in wheels(ticket.inputs)}
    return tuple((name, came.get(canonical(name), version)) for name, version in ticket.expected)


def installed(
    inputs: tuple[Artifact, ...], work: Path, found: tuple[Component, ...]
) -> tuple[Component, ...]:
    """What is in the environment, with the wheels that lie over it."""
    if not wheels(inputs):
        return found
    over = {one.metadata["Name"]: one.version for one in distributions(path=[str(work / SITE)])}
    came = components(over, "artifact")
    names = {one.name for one in came}
    return tuple(sorted((*came, *(one for one in found if one.name not in names))))


def variables(ticket: Ticket, prepared: Prepared | None, work: Path) -> dict[str, str]:
    """Where a suite whose own folder is `work` finds them."""
    if not ticket.inputs:
        return {}
    found = {"COEVO_ARTIFACTS": str(work / FOLDER)}
    if is_installed(ticket.inputs, prepared):
        site, own = str(work / SITE), dict(ticket.env).get("PYTHONPATH")
        found |= {"COEVO_SITE": site, "PYTHONPATH": f"{site}:{own}" if own else site}
    return found


def programs(ticket: Ticket, prepared: Prepared | None, work: Path) -> str:
    """What is put in front of the PATH, with its colon."""
    return f"{work / SITE / 'bin'}:" if is_installed(ticket.inputs, prepared) else ""


def settings_by_hand(ticket: Ticket, prepared: Prepared | None) -> list[str]:
    """The same as words of a shell, for whoever repeats it in a folder of their own."""
    here = variables(ticket, prepared, _HERE)
    return [f"{name}={_by_hand(value)}" for name, value in here.items()]


def path_by_hand(ticket: Ticket, prepared: Prepared | None) -> list[str]:
    """Where programs are found, as a word of a shell; none where there is no environment."""
    if prepared is None:
        return []
    return [f'PATH={_by_hand(programs(ticket, prepared, _HERE) + str(prepared.path))}:"$PATH"']


def _by_hand(value: str) -> str:
    """A value as a word of a shell, in which the folder that it is used in is found by itself."""
    return '"$PWD"'.join(map(shlex.quote, value.split(str(_HERE))))


def putting(ticket: Ticket, prepared: Prepared | None, home: Path) -> str:
    """The commands that put them in place again, each followed by `&&`."""
    if not ticket.inputs:
        return ""
    store = Artifacts(home)
    steps = [
        shlex.join(["install", "-D", "-m", "644", str(store.place(one.digest)), _inside(one)])
        for one in ticket.inputs
    ]
    if prepared is not None and is_installed(ticket.inputs, prepared):
        wanted = wheels(ticket.inputs)
        steps.append(shlex.join(_installing(uv_binary() or "uv", wanted, prepared, Path())))
    return "".join(f"{step} && " for step in steps)


def mounted(ticket: Ticket, home: Path) -> Pairs:
    """The files on this machine and where a container that repeats it by hand finds them."""
    store = Artifacts(home)
    return tuple((str(store.place(one.digest)), f"/{_inside(one)}") for one in ticket.inputs)


def _inside(one: Artifact) -> str:
    return f"{FOLDER}/{one.kind}/{one.name}"


def _installing(uv: str, wanted: Pairs, prepared: Prepared, work: Path) -> tuple[str, ...]:
    words = (uv, "pip", "install", "--quiet", "--no-deps", "--no-index", "--no-config")
    places = ("--find-links", str(work / FOLDER / WHEEL), "--target", str(work / SITE))
    pins = (f"{name}=={version}" for name, version in wanted)
    return (*words, *places, "--python", str(prepared.python), *pins)
