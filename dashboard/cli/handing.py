"""From the command line to how attempts are handed to Slurm; a mistake is told at once."""

from __future__ import annotations

from pathlib import Path

import typer

from matrix.names import Misfit
from matrix.quantities import duration
from orchestrator.dispatch.slurm_client import Slurm
from orchestrator.dispatch.slurm_template import DEFAULT, read, refuse_options
from orchestrator.service.answers import Answers
from orchestrator.service.settings import Batch


def left(answers: Answers) -> str:
    """What is said when the server ends and Slurm still has jobs; "" where it has none."""
    queue = answers.health().store.queue
    count = queue.leased + queue.submitted + queue.running
    if not count:
        return ""
    stay = "1 job stays" if count == 1 else f"{count} jobs stay"
    return f"{stay} with Slurm; the next `coevo up --slurm` here finds them."


def handed(
    sbatch: Path | None,
    options: list[str] | None,
    max_pending: str,
    *,
    is_asked: bool,
    is_demo: bool,
) -> Batch | None:
    """How Slurm is used, None where it is not. Naming a script, or words for sbatch, asks for it.

    CoevoError where Slurm is not here, or the script is wrong.
    """
    if not (is_asked or sbatch or options):
        return None
    if is_demo:
        raise typer.BadParameter("the demo runs nothing on a cluster", param_hint="--slurm")
    try:
        pending = duration(max_pending)
    except Misfit as misfit:
        told = f"{misfit.problem}: {misfit.hint}"
        raise typer.BadParameter(told, param_hint="--max-pending") from misfit
    words = tuple(options or ())
    refuse_options(words)
    template = read(sbatch or DEFAULT)
    Slurm(words).refuse_missing()
    return Batch(template, words, pending)
