"""What a ticket becomes: the program to start, its variables, and the command that repeats it.

docs/suites/protocol.md lists the COEVO_ variables.
"""

from __future__ import annotations

import hashlib
import json
import re
import shlex
import sys
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from runners import inputs
from runners.environments.container import Launch
from runners.environments.provider import Prepared
from runners.network import interface_of
from runners.work import PRICE, CaseResult, Pairs, Rendezvous, Ticket

LEAST_MEMORY_BYTES = 64 << 20  # below it not even a guard could start a process
LAUNCHER = Path(__file__).parent / "suites" / "__main__.py"
JOINED = "joined"  # the program that runs a command of somebody else's
SOURCE = "source"  # where in the working folder a checkout lies
_SECRET = re.compile(r"TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIAL|API_?KEY|PRIVATE_KEY|DATABASE_URL")
_OURS = ("COEVO_", "RAY_", "PYTHON", "VIRTUAL_ENV", "PG", "UV_", "PIP_")
_RAY = "RAY_JOB_ID"
BY_HAND_PORT = 29500  # torchrun's own default


def base_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """What of the runner's own variables a suite gets: no secrets, of Coevo's only the price.

    Ray sets OMP_NUM_THREADS=1 for its workers; that is no wish of the suite's.
    """
    drop = {"OMP_NUM_THREADS"} if _RAY in environ and environ.get("OMP_NUM_THREADS") == "1" else ()
    return {
        name: value
        for name, value in environ.items()
        if (name == PRICE or not name.startswith(_OURS))
        and not _SECRET.search(name.upper())
        and name not in drop
    }


def argv(ticket: Ticket, prepared: Prepared | None) -> tuple[str, ...]:
    """What is started. Without an environment a built-in program gets the bare standard library."""
    program = JOINED if is_joined(ticket) else ticket.program
    if program is None:
        return _command(ticket)
    python = (str(prepared.python), "-I") if prepared else (sys.executable, "-I", "-S")
    return (*python, str(LAUNCHER), program)


def _command(ticket: Ticket) -> tuple[str, ...]:
    """The argv of its rank."""
    return dict(ticket.commands).get(ticket.rank, ticket.command)


def is_joined(ticket: Ticket) -> bool:
    """Whether a program of ours runs the command: in another folder, or to read its results."""
    return ticket.workdir is not None or ticket.results is not None


def variables(
    ticket: Ticket, prepared: Prepared | None, meeting: Rendezvous | None = None
) -> dict[str, str]:
    """The variables of the protocol, of the environment, the suite's own, and of its rank."""
    found = {
        "COEVO_PROTOCOL": "1",
        "COEVO_JOB": ticket.name,
        "COEVO_MATRIX": ticket.matrix,
        "COEVO_SUITE": ticket.suite,
        "COEVO_STACK": ticket.stack,
        "COEVO_COMPONENTS": _as_object(ticket.components),
        "COEVO_CELL": _as_object(ticket.cell),
        "COEVO_PARAMETERS": _as_object(ticket.parameters),
        "COEVO_DEVICE": ticket.device,
        "COEVO_DEVICES": str(ticket.devices),
        "COEVO_SHARD": str(ticket.shard),
        "COEVO_SHARDS": str(ticket.shards),
        "COEVO_NONCE": f"{ticket.key.job}-{ticket.key.fence}",
        "COEVO_DEADLINE_SECONDS": f"{ticket.timeout_seconds:g}",
        **(dict(prepared.env) if prepared else {}),
        **dict(ticket.env),
        **({"COEVO_JOINED": _as_joined(ticket)} if is_joined(ticket) else {}),
    }
    if ticket.device == "cpu":
        # Unset would mean all of them; a CPU's cell must not be turned green by a GPU.
        found.setdefault("CUDA_VISIBLE_DEVICES", "")
    if ticket.nodes > 1:
        found |= ranked(ticket, meeting or Rendezvous(("127.0.0.1",) * ticket.nodes, BY_HAND_PORT))
    return found


def ranked(ticket: Ticket, meeting: Rendezvous) -> dict[str, str]:
    """What one of several ranks is told: by our names, and by those that torch.distributed reads.

    A node has one process of ours, so its local rank is 0.
    """
    own, first = meeting.hosts[ticket.rank], meeting.hosts[0]
    host = f"[{first}]" if ":" in first else first
    return {
        "COEVO_RANK": str(ticket.rank),
        "COEVO_RANKS": str(ticket.nodes),
        "COEVO_HOSTS": json.dumps(meeting.hosts),
        "COEVO_RENDEZVOUS": f"{host}:{meeting.port}",
        "COEVO_INTERFACE": interface_of(own),
        "RANK": str(ticket.rank),
        "WORLD_SIZE": str(ticket.nodes),
        "LOCAL_RANK": "0",
        "LOCAL_WORLD_SIZE": "1",
        "MASTER_ADDR": first,
        "MASTER_PORT": str(meeting.port),
    }


def environment(
    ticket: Ticket,
    prepared: Prepared | None,
    base: Mapping[str, str],
    work: Path,
    meeting: Rendezvous | None = None,
) -> dict[str, str]:
    """All variables of a suite's process, whose own folder is `work`.

    Gloo, left alone, meets others at what the host's name resolves to, which is often loopback.
    """
    said = variables(ticket, prepared, meeting)
    interface = said.get("COEVO_INTERFACE")
    gloo = {"GLOO_SOCKET_IFNAME": interface} if interface else {}
    path = base.get("PATH", "/usr/local/bin:/usr/bin:/bin")
    if prepared:
        path = f"{inputs.programs(ticket, prepared, work)}{prepared.path}:{path}"
    given = inputs.variables(ticket, prepared, work)
    return {**gloo, **base, "PATH": path, "TMPDIR": str(work), **said, **given}


def launch(  # noqa: PLR0913, PLR0917 - each comes from another of those who make an attempt
    ticket: Ticket,
    prepared: Prepared | None,
    base: Mapping[str, str],
    work: Path,
    more: Mapping[str, str],
    meeting: Rendezvous | None = None,
) -> Launch:
    """What is started so that the suite runs in its environment; `more` are variables besides."""
    memory = max(ticket.memory_bytes, LEAST_MEMORY_BYTES) if ticket.memory_bytes else 0
    program = argv(ticket, prepared)
    if prepared is not None and prepared.container is not None:
        given = inputs.variables(ticket, prepared, work)
        said = {**variables(ticket, prepared, meeting), **given, **more}
        return prepared.container.launch(program, said, base, work, container_name(work), memory)
    data = (("data", memory),) if memory else ()
    env = environment(ticket, prepared, base, work, meeting)
    return Launch(program, {**env, **more}, (("core", 0), *data))


def container_name(work: Path) -> str:
    """What the container of a slot is called, whose suites have this folder one after another."""
    return f"coevo-{hashlib.sha256(str(work).encode()).hexdigest()[:12]}"


def folder(ticket: Ticket) -> str:
    """The folder, of the working folder, that a command is run in: its checkout, or "" for none."""
    checkout = ticket.checkout
    return f"{SOURCE}/{checkout.folder}".rstrip("/") if checkout is not None else ""


def repeat(
    ticket: Ticket,
    prepared: Prepared | None,
    case: CaseResult | None = None,
    home: Path = Path(),
) -> str:
    """A line of shell that runs the attempt, or just one case of it, again by hand.

    It needs nothing of a running Coevo: only the files of this runner, its environment and what
    other jobs have made included, which lie in `home`.
    """
    said = {
        name: value
        for name, value in variables(ticket, prepared).items()
        if name in _MATTERS or name in dict(ticket.env) or name == "CUDA_VISIBLE_DEVICES"
    }
    if ticket.nodes > 1:
        said |= ranked(ticket, Rendezvous(("127.0.0.1",) * ticket.nodes, BY_HAND_PORT))
    if ticket.shards == 1:
        del said["COEVO_SHARD"], said["COEVO_SHARDS"]
    if ticket.parameters == ():
        del said["COEVO_PARAMETERS"]
    if case is not None:
        said["COEVO_CASE"] = case.id
    if prepared is not None and prepared.container is not None:
        mounts = inputs.mounted(ticket, home)
        given = inputs.variables(ticket, prepared, Path("/"))
        return prepared.container.repeat(argv(ticket, prepared), {**said, **given}, mounts)
    settings = inputs.path_by_hand(ticket, prepared)
    settings += [f"{name}={shlex.quote(value)}" for name, value in said.items()]
    settings += inputs.settings_by_hand(ticket, prepared)
    return f"{_checking_out(ticket)}{inputs.putting(ticket, prepared, home)}" + " ".join(
        ["env", *settings, shlex.join(argv(ticket, prepared))]
    )


def _as_joined(ticket: Ticket) -> str:
    """What `runners.suites.joined` is to do."""
    workdir, results = ticket.workdir, ticket.results
    said: dict[str, object] = {"command": _command(ticket)}
    if workdir is not None:
        package = {"package": workdir.package}
        said |= package if workdir.package else {"folder": folder(ticket)}
    if results is not None:
        metrics = {one.name: (one.unit, one.better) for one in ticket.metrics}
        said |= {"format": results.format, "path": results.path, "metrics": metrics}
    return json.dumps(said)


def _checking_out(ticket: Ticket) -> str:
    """The commands that put a checkout where the suite looks for it."""
    checkout = ticket.checkout
    if checkout is None:
        return ""
    clone = shlex.join(["git", "clone", "--quiet", checkout.git, SOURCE])
    return f"{clone} && git -C {SOURCE} checkout --quiet --detach {checkout.commit} && "


@lru_cache(maxsize=64)
def _as_object(pairs: Pairs) -> str:
    """Pairs as a JSON object; the same for all jobs of a cell, and wanted twice by each."""
    return json.dumps(dict(pairs))


_MATTERS = frozenset(
    {
        "COEVO_JOINED",
        "COEVO_CELL",
        "COEVO_DEVICE",
        "COEVO_SHARD",
        "COEVO_SHARDS",
        "COEVO_PARAMETERS",
    }
)
