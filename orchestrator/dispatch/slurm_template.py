"""An owner's batch script with `{{variables}}`: read with all its mistakes, filled for a ticket.

Pure, but for reading the file.
"""

from __future__ import annotations

import math
import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from matrix.errors import CoevoError, Mistake, Place
from matrix.model import ACCELERATOR, SITE
from runners.work import Ticket

DEFAULT = Path(__file__).with_name("default.sbatch")
COMMAND = "command"
SPARE_SECONDS = 300.0  # beyond the suite's own limits, which are to end it before Slurm does
MEBIBYTE = 1 << 20
VARIABLES = {
    COMMAND: "what carries the attempt out, and must be run",
    "nodes": "how many nodes it needs",
    "devices": "accelerators of each node, nothing without any",
    "gres": "the same as Slurm counts them, as gpu:2",
    "memory_mb": "main memory of each node in MiB, nothing where the suite names none",
    "minutes": "how long it may take, its preparation included",
    "suite": "the suite's name",
    "stack": "the stack's name",
    "site": "of its cell",
    "accelerator": "of its cell",
    "job": "the number of Coevo's own job",
    "folder": "the attempt's own folder, which both sides see",
}
_VARIABLE = re.compile(r"\{\{\s*(.*?)\s*\}\}")
_OPEN = re.compile(r"\{\{(?![^\n]*\}\})")
_IMPOSSIBLE = re.compile(r"(-a|--array|--wrap|-W|--wait)(?=[\s=\d]|$)")
_ONE_JOB = "cannot be had: an attempt is one batch job, which is followed to its end"


@dataclass(frozen=True, slots=True)
class Template:
    """A batch script that was found to be right. `file` is how its owner called it."""

    file: str
    text: str

    def filled(self, values: Mapping[str, str]) -> str:
        """The script; an #SBATCH line with a variable that has no value is left out."""
        lines = (_line(line, values) for line in self.text.splitlines())
        return "".join(f"{line}\n" for line in lines if line is not None)

    def said(self, *names: str) -> tuple[str, ...]:
        """What its own #SBATCH lines give to an option that has these names, as `-p`."""
        lines = (line for line in self.text.splitlines() if line.startswith("#SBATCH"))
        return option_values([word for line in lines for word in _words(line)], *names)


def read(file: Path = DEFAULT) -> Template:
    """The template in a file; CoevoError with all that is wrong with it."""
    try:
        text = file.read_text()
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it is no text"
        raise CoevoError.because(f"the template {file} cannot be read: {why}") from error
    return parsed(text, str(file))


def parsed(text: str, file: str) -> Template:
    """The template of a text; CoevoError with all that is wrong with it."""
    mistakes = tuple(_mistakes(text, file))
    if mistakes:
        raise CoevoError(*mistakes)
    return Template(file, text)


def refuse_options(words: tuple[str, ...]) -> None:
    """Raise CoevoError for an option by which an attempt would not be one batch job."""
    found = next((match for word in words if (match := _IMPOSSIBLE.match(word))), None)
    if found:
        raise CoevoError.because(f"sbatch's {found[1]} {_ONE_JOB}", "leave it out")


def option_values(words: list[str], *names: str) -> tuple[str, ...]:
    """What a command line gives to an option: `--name=X`, `--name X`, `-nX` and `-n X`."""
    found = []
    for at, word in enumerate(words):
        for name in names:
            rest = word.removeprefix(name)
            if word == name:
                found += words[at + 1 : at + 2]
            elif word.startswith(name) and (rest.startswith("=") or not name.startswith("--")):
                found.append(rest.removeprefix("="))
    return tuple(found)


def values(ticket: Ticket, command: tuple[str, ...], folder: Path, gres: str) -> dict[str, str]:
    """What the variables are for a ticket; "" for what it does not ask for.

    `gres` is what Slurm counts its accelerators by, "" where it needs none.
    """
    cell = dict(ticket.cell)
    devices = max(1, ticket.devices) if gres else 0
    memory = math.ceil(ticket.memory_bytes / MEBIBYTE)
    return {
        COMMAND: shlex.join(command),
        "nodes": str(ticket.nodes),
        "devices": str(devices or ""),
        "gres": f"{gres}:{devices}" if gres else "",
        "memory_mb": str(memory or ""),
        "minutes": str(math.ceil(allowed_seconds(ticket) / 60)),
        "suite": ticket.suite,
        "stack": ticket.stack,
        "site": cell.get(SITE, ""),
        "accelerator": cell.get(ACCELERATOR, ""),
        "job": str(ticket.key.job),
        "folder": str(folder),
    }


def allowed_seconds(ticket: Ticket) -> float:
    """How long Slurm is to let it run: so long that the suite's own deadlines come first."""
    return ticket.prepare_timeout_seconds + ticket.timeout_seconds + SPARE_SECONDS


def _line(line: str, values: Mapping[str, str]) -> str | None:
    if _is_comment(line):
        return line
    named = [name for name in _VARIABLE.findall(line) if not values[name]]
    if line.startswith("#SBATCH") and named:
        return None
    return _VARIABLE.sub(lambda found: values[found[1]], line)


def _is_comment(line: str) -> bool:
    return line.lstrip().startswith("#") and not line.startswith("#SBATCH")


def _words(line: str) -> list[str]:
    try:
        return shlex.split(line, comments=False)[1:]
    except ValueError:
        return line.split()[1:]


def _mistakes(text: str, file: str) -> Iterator[Mistake]:
    lines = text.splitlines()
    if not text.startswith("#!"):
        yield _mistake(file, lines, 1, "sbatch wants a script that begins with #!", "#!/bin/sh")
    has_begun = runs_it = False
    for number, line in enumerate(lines, 1):
        if _is_comment(line):
            continue
        for problem, hint in _of_line(line, has_begun=has_begun):
            yield _mistake(file, lines, number, problem, hint)
        is_option = line.startswith("#SBATCH")
        has_begun = has_begun or bool(line.strip() and not is_option)
        runs_it = runs_it or (not is_option and COMMAND in _VARIABLE.findall(line))
    if not runs_it:
        hint = "end it with: exec {{command}}"
        yield Mistake(None, f"{file} never runs {{{{command}}}}, so nothing would happen", hint)


def _of_line(line: str, *, has_begun: bool) -> Iterator[tuple[str, str]]:
    for name in _VARIABLE.findall(line):
        if name not in VARIABLES:
            yield f"there is no variable {name!r}", f"one of: {', '.join(VARIABLES)}"
    if _OPEN.search(line):
        yield "{{ is not closed in its line", "write {{command}}"
    if line.startswith("#SBATCH") and has_begun:
        yield "sbatch reads no #SBATCH line behind the first command", "put it above"
    option = line.removeprefix("#SBATCH").lstrip()
    if option != line and (found := _IMPOSSIBLE.match(option)):
        yield f"sbatch's {found[1]} {_ONE_JOB}", "take the line out"


def _mistake(file: str, lines: list[str], line: int, problem: str, hint: str) -> Mistake:
    excerpt = lines[line - 1] if len(lines) >= line else ""
    return Mistake(Place(file, line, 1), problem, hint, excerpt)
