"""What a server is told when it starts."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from pathlib import Path

from orchestrator.dispatch.slurm_template import Template
from orchestrator.service.folder import Folder
from runners.environments.bindings import Bindings
from runners.work import Pairs

DEFAULT_SITE = "lab"


class LogFormat(StrEnum):
    """What a line of the server's log is; JSON tells what happens to jobs, too."""

    TEXT = "text"
    JSON = "json"


@dataclass(frozen=True, slots=True)
class Batch:
    """How attempts are handed to Slurm: the script, words for sbatch, how long they may pend."""

    template: Template
    options: tuple[str, ...] = ()
    pending: timedelta = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Settings:
    """How this server and the runner beside it are set up.

    `slots` is how many attempts run at once on this machine (None: as it sees fit), or are handed
    to Slurm with `batch`; `bindings` what it brings of its own; `simulated` stands for the demo,
    which never touches this machine's own runner; `simulate` are accelerators and the simulated
    torch devices that stand for them. `matrices` are the files and folders that are
    read again when they change.
    """

    folder: Folder
    database: str
    site: str = DEFAULT_SITE
    labels: Pairs = ()
    slots: int | None = None
    use_ray: bool = True
    bindings: Bindings = field(default_factory=Bindings)
    simulated: bool = False
    matrices: tuple[Path, ...] = ()
    log_format: LogFormat = LogFormat.TEXT
    batch: Batch | None = None
    simulate: Pairs = ()
