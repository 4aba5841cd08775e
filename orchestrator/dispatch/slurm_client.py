"""Slurm's own commands: sbatch, squeue, scancel and sinfo; what they print, as values."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from matrix.errors import CoevoError
from runners.invocation import base_environment

ASK_SECONDS = 60.0
_COMMANDS = ("sbatch", "squeue", "scancel", "sinfo")
_MARK = "|"
_SEEN = _MARK.join(("%i", "%T", "%j", "%N", "%l", "%r"))
_NODE = _MARK.join(("%N", "%P", "%c", "%m", "%G", "%f", "%T"))
_BATCH_ID = re.compile(r"^(\d+)(?:;.*)?\n", re.MULTILINE)
# sbatch may be killed with us, or outlive us; what it prints lies in its folder either way.
_SUBMIT = 'sbatch "$@" >sbatch.out 2>sbatch.err; code=$?; echo $code >sbatch.code; exit $code'
_PASSING = re.compile(
    r"[Uu]nable to contact|[Tt]imed out|[Tt]emporarily|[Cc]onnection (refused|reset|failure)"
    r"|standby mode|communication|Zero Bytes|try again",
)


class Unanswered(Exception):  # noqa: N818 - a state of Slurm, no mistake of anybody's
    """Slurm did not answer; what it would have said is not known."""


class Refused(Exception):  # noqa: N818 - the same
    """Slurm does not take a batch job; the text is its own sentence."""


class Seen(NamedTuple):
    """A batch job as squeue shows it. `reason` is why it pends, `limit` its time limit."""

    id: str
    state: str
    name: str
    nodes: str = ""
    limit: str = ""
    reason: str = ""


class NodeSeen(NamedTuple):
    """A node of a partition as sinfo shows it; memory in MiB."""

    name: str
    partition: str
    cpus: int
    memory_mb: int
    gres: str
    features: tuple[str, ...]
    state: str
    is_default: bool = False


@dataclass(frozen=True, slots=True)
class Slurm:
    """The commands. `options` are the owner's words for sbatch."""

    options: tuple[str, ...] = ()
    environ: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    seconds: float = ASK_SECONDS

    def refuse_missing(self) -> None:
        """Raise CoevoError where Slurm's commands are not here."""
        missing = [one for one in _COMMANDS if shutil.which(one, path=self._path) is None]
        if missing:
            raise CoevoError.because(
                f"{missing[0]} is not on the PATH",
                "run this on a login node of the cluster (Debian: apt install slurm-client)",
            )

    async def nodes(self) -> tuple[NodeSeen, ...]:
        """Every node of every partition; raises Unanswered."""
        said = await self._asked("sinfo", "--Node", "--noheader", f"--format={_NODE}")
        return tuple(_node(line) for line in said.splitlines() if line.count(_MARK) >= 6)  # noqa: PLR2004 - of seven fields

    async def look(self, prefix: str) -> dict[str, Seen]:
        """Batch jobs of this user by name, those with that prefix; ended ones while Slurm knows.

        Raises Unanswered.
        """
        who = (f"--user={os.getuid()}", "--states=all", "--noheader", f"--format={_SEEN}")
        said = await self._asked("squeue", *who)
        seen = (Seen._make(line.split(_MARK, 5)) for line in said.splitlines() if _MARK in line)
        return latest(one for one in seen if one.name.startswith(prefix))

    async def submit(self, folder: Path, name: str, lock: int) -> str:
        """Hand over the script in a folder; the batch job's id. Raises Refused and Unanswered.

        The child lives in a session of its own and holds `lock` open, a locked file: as long as
        it is locked, nobody knows yet whether the job was taken.
        """
        ours = ("--parsable", f"--job-name={name}", "--no-requeue", f"--chdir={folder}")
        output = (f"--output={folder / 'slurm.out'}", f"--error={folder / 'slurm.out'}")
        words = (*self.options, *ours, *output, str(folder / "job.sbatch"))
        for stale in ("sbatch.out", "sbatch.err", "sbatch.code"):
            (folder / stale).unlink(missing_ok=True)
        child = await asyncio.create_subprocess_exec(
            "sh",
            "-c",
            _SUBMIT,
            "sh",
            *words,
            cwd=folder,
            env=base_environment(self.environ),
            stdin=asyncio.subprocess.DEVNULL,
            pass_fds=(lock,),
            start_new_session=True,
        )
        await child.wait()
        return submitted(folder)

    async def cancel(self, job: str) -> None:
        """End a batch job, or take it from the queue; raises Unanswered."""
        await self._asked("scancel", "--quiet", job)

    @property
    def _path(self) -> str:
        return self.environ.get("PATH", os.defpath)

    async def _asked(self, *argv: str) -> str:
        """What a command prints. An endless wait is no answer, and an error is none."""
        try:
            child = await asyncio.create_subprocess_exec(
                *argv,
                env=dict(self.environ),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
            )
        except OSError as error:
            raise Unanswered(f"{argv[0]} could not be started: {error.strerror}") from error
        try:
            out, err = await asyncio.wait_for(child.communicate(), self.seconds)
        except TimeoutError as error:
            raise Unanswered(f"{argv[0]} did not answer within {self.seconds:g} s") from error
        finally:
            if child.returncode is None:
                child.kill()
                await child.wait()
        if child.returncode:
            raise Unanswered(sentence(err.decode(errors="replace"), argv[0]))
        return out.decode(errors="replace")


def submitted(folder: Path) -> str:
    """The id that sbatch has left in its folder, "" where it was never run to its end.

    Raises Refused, and Unanswered where Slurm may have taken it or not.
    """
    code, said = _text(folder / "sbatch.code").strip(), _text(folder / "sbatch.out")
    if found := _BATCH_ID.search(said):
        return found[1]
    if code in ("", "0"):
        return ""
    err = _text(folder / "sbatch.err")
    why = sentence(err, "sbatch")
    raise Unanswered(why) if _PASSING.search(err) else Refused(why)


def sentence(err: str, command: str) -> str:
    """The last thing that a command of Slurm's complained of, without its own name before it."""
    lines = [line.strip() for line in err.splitlines() if line.strip()]
    told = re.sub(rf"^{command}: (error: )?", "", lines[-1]) if lines else "it said nothing"
    return told.rstrip(".")


def latest(seen: Iterable[Seen]) -> dict[str, Seen]:
    """By name, the one with the highest number where there are several."""
    found: dict[str, Seen] = {}
    for one in seen:
        known = found.get(one.name)
        if known is None or _number(one.id) >= _number(known.id):
            found[one.name] = one
    return found


def _number(text: str) -> int:
    """The number that it begins with: of `12_3` and `12+` it is 12."""
    digits = re.match(r"\d+", text)
    return int(digits[0]) if digits else 0


def _node(line: str) -> NodeSeen:
    name, partition, cpus, memory, gres, features, state = line.split(_MARK, 6)
    told = () if features == "(null)" else tuple(features.split(","))
    return NodeSeen(
        name,
        partition.rstrip("*"),
        _number(cpus),
        _number(memory),
        "" if gres == "(null)" else gres,
        told,
        state,
        is_default=partition.endswith("*"),
    )


def _text(path: Path) -> str:
    try:
        return path.read_text(errors="replace")
    except FileNotFoundError:
        return ""
