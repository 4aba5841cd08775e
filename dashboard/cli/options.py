"""Options that several verbs share, so that each is spelt and explained once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from orchestrator.service import folder

Json = Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")]
Data = Annotated[
    Path,
    typer.Option(
        "--data", metavar="DIR", envvar="COEVO_DATA", help="The folder that holds all data."
    ),
]
Asked = Annotated[
    Path | None,
    typer.Option(
        "--data",
        metavar="DIR",
        envvar="COEVO_DATA",
        help="The data folder of the server that is asked; otherwise the nearest .coevo upward.",
    ),
]
Of = Annotated[
    str,
    typer.Option(
        "--matrix",
        metavar="NAME",
        help="Which of the server's matrices is meant; otherwise its first.",
    ),
]
Database = Annotated[
    str | None,
    typer.Option(
        "--database",
        metavar="URL",
        envvar="COEVO_DATABASE",
        help="A database of its own, such as postgresql://…; otherwise SQLite in the data folder.",
    ),
]
Select = Annotated[
    str,
    typer.Option(
        "--select",
        metavar="SELECTOR",
        help="Only these jobs: 'site=lab,accelerator!=tpu', 'suite in (smoke,probe)'.",
    ),
]
SLURM = "On a cluster with Slurm"
OnSlurm = Annotated[
    bool,
    typer.Option(
        "--slurm",
        envvar="COEVO_SLURM",
        help="Hand every attempt to Slurm; run this on a login node.",
        rich_help_panel=SLURM,
    ),
]
Sbatch = Annotated[
    Path | None,
    typer.Option(
        "--sbatch",
        metavar="FILE",
        envvar="COEVO_SBATCH",
        help="The batch script to use, with {{variables}}, instead of Coevo's own.",
        rich_help_panel=SLURM,
    ),
]
SbatchOptions = Annotated[
    list[str] | None,
    typer.Option(
        "--sbatch-option",
        metavar="WORD",
        envvar="COEVO_SBATCH_OPTION",
        help="A word for sbatch, such as --partition=gpu; may be repeated.",
        rich_help_panel=SLURM,
    ),
]
MaxPending = Annotated[
    str,
    typer.Option(
        "--max-pending",
        metavar="TIME",
        envvar="COEVO_MAX_PENDING",
        help="How long a job may wait in Slurm's queue: 30m, 36h, 1d.",
        rich_help_panel=SLURM,
    ),
]
DEFAULT_PENDING = "1d"
BROUGHT = "Environments of this machine"
Pythons = Annotated[
    list[str] | None,
    typer.Option(
        "--python",
        metavar="[SUITE=]PATH",
        envvar="COEVO_PYTHON",
        help="A venv, a conda prefix or a Python (3.9 or later) to run suites with, as it is.",
        rich_help_panel=BROUGHT,
    ),
]
Images = Annotated[
    list[str] | None,
    typer.Option(
        "--image",
        metavar="[SUITE=]NAME@sha256:…",
        envvar="COEVO_IMAGE",
        help="An image to run suites in, by its digest.",
        rich_help_panel=BROUGHT,
    ),
]
Engine = Annotated[
    str,
    typer.Option(
        envvar="COEVO_ENGINE",
        help="What runs images: podman, docker or apptainer; otherwise the first that is there.",
        rich_help_panel=BROUGHT,
    ),
]
EngineOptions = Annotated[
    list[str] | None,
    typer.Option(
        "--engine-option",
        metavar="WORD",
        envvar="COEVO_ENGINE_OPTION",
        help="A word for the engine, such as --device=/dev/kfd; may be repeated.",
        rich_help_panel=BROUGHT,
    ),
]
Indexes = Annotated[
    list[str] | None,
    typer.Option(
        "--index",
        metavar="URL",
        envvar="COEVO_INDEX",
        help="An index that is asked before the usual one; may be repeated.",
        rich_help_panel=BROUGHT,
    ),
]
FindLinks = Annotated[
    list[str] | None,
    typer.Option(
        "--find-links",
        metavar="DIR|URL",
        envvar="COEVO_FIND_LINKS",
        help="A folder or page of wheels; may be repeated.",
        rich_help_panel=BROUGHT,
    ),
]
Constraints = Annotated[
    list[Path] | None,
    typer.Option(
        "--constraint",
        metavar="FILE",
        envvar="COEVO_CONSTRAINT",
        help="Versions that resolving keeps to; may be repeated.",
        rich_help_panel=BROUGHT,
    ),
]
DATA_FOLDER = Path(folder.NAME)
DEFAULT_PORT = 8765
