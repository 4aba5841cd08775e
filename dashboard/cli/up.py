"""`coevo up`: the server, its page, and this machine as a runner."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dashboard.cli.options import (
    DATA_FOLDER,
    DEFAULT_PENDING,
    DEFAULT_PORT,
    Constraints,
    Data,
    Database,
    Engine,
    EngineOptions,
    FindLinks,
    Images,
    Indexes,
    Json,
    MaxPending,
    OnSlurm,
    Pythons,
    Sbatch,
    SbatchOptions,
)
from orchestrator.service.settings import DEFAULT_SITE, LogFormat

ON_THIS_MACHINE = "This machine"


def up(
    matrix: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="FILE|DIR",
            envvar="COEVO_MATRIX",
            help="A declaration, a folder of some, or `nightly`, which is built in; may be "
            "repeated. Otherwise ./matrix.yaml, otherwise the default one.",
        ),
    ] = None,
    data: Data = DATA_FOLDER,
    port: Annotated[
        int,
        typer.Option(
            min=0,
            max=65535,
            envvar="COEVO_PORT",
            help="Where the page answers; a busy port moves to the next free one, 0 takes any.",
        ),
    ] = DEFAULT_PORT,
    database: Database = None,
    once: Annotated[
        bool, typer.Option("--once", help="End when every offered job has ended.")
    ] = False,
    json: Json = False,
    demo: Annotated[
        bool, typer.Option("--demo", help="Simulated machines in all cells, marked SIMULATED.")
    ] = False,
    log_format: Annotated[
        LogFormat,
        typer.Option(
            envvar="COEVO_LOG_FORMAT",
            help="Of server.log in the data folder; json tells what happens to jobs, too.",
        ),
    ] = LogFormat.TEXT,
    site: Annotated[
        str,
        typer.Option(
            envvar="COEVO_SITE",
            help="Where this machine stands.",
            rich_help_panel=ON_THIS_MACHINE,
        ),
    ] = DEFAULT_SITE,
    label: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KEY=VALUE",
            help="One more label of this machine; may be repeated.",
            rich_help_panel=ON_THIS_MACHINE,
        ),
    ] = None,
    slots: Annotated[
        int | None,
        typer.Option(
            min=1,
            envvar="COEVO_SLOTS",
            help="How many attempts run here at once, or are handed to Slurm at once.",
            rich_help_panel=ON_THIS_MACHINE,
        ),
    ] = None,
    simulate: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ACCELERATOR[=DEVICE]",
            envvar="COEVO_SIMULATE",
            help="Offer a simulated device, marked SIMULATED: simacc, or lazy; may be repeated.",
            rich_help_panel=ON_THIS_MACHINE,
        ),
    ] = None,
    price: Annotated[
        float | None,
        typer.Option(
            min=0,
            metavar="USD",
            envvar="COEVO_PRICE_PER_HOUR",
            help="What an hour of this machine costs; suites are told, and say costs by it.",
            rich_help_panel=ON_THIS_MACHINE,
        ),
    ] = None,
    no_ray: Annotated[
        bool,
        typer.Option(
            "--no-ray",
            envvar="COEVO_NO_RAY",
            help="Plain processes instead of Ray.",
            rich_help_panel=ON_THIS_MACHINE,
        ),
    ] = False,
    slurm: OnSlurm = False,
    sbatch: Sbatch = None,
    sbatch_option: SbatchOptions = None,
    max_pending: MaxPending = DEFAULT_PENDING,
    python: Pythons = None,
    image: Images = None,
    engine: Engine = "",
    engine_option: EngineOptions = None,
    index: Indexes = None,
    find_links: FindLinks = None,
    constraint: Constraints = None,
) -> None:
    """Start the server, its page and this machine as a runner, and carry the matrix out.

    Only what has no fresh result is run; what an earlier server left unfinished is continued.
    Ctrl-C ends it within 5 seconds and loses nothing.
    """
    import os

    from dashboard.cli.bringing import Asked, brought
    from dashboard.cli.handing import handed
    from dashboard.cli.leaving import leave
    from dashboard.cli.serving import Wish, serve

    if json and not once:
        raise typer.BadParameter("it tells what a run came to: add --once", param_hint="--json")
    batch = handed(sbatch, sbatch_option, max_pending, is_asked=slurm, is_demo=demo)
    bindings = brought(
        Asked(python, image, engine, engine_option, index, find_links, constraint), data
    )
    if price is not None:
        os.environ["COEVO_PRICE_PER_HOUR"] = f"{price:g}"  # what it starts is told by it, too
    labels, use_ray = tuple(_pair(text) for text in label or ()), not no_ray
    wish = Wish(
        tuple(matrix or ()),
        data,
        port,
        database,
        _name(site),
        labels,
        slots,
        use_ray,
        once,
        json,
        demo,
        bindings,
        log_format,
        batch,
        tuple(map(_stand_in, simulate or ())),
    )
    leave(serve(wish))


def _name(text: str) -> str:
    from matrix.names import Misfit, name

    try:
        return name(text)
    except Misfit as misfit:
        told = f"{misfit.problem}: {misfit.hint}"
        raise typer.BadParameter(told, param_hint="--site") from misfit


def _stand_in(text: str) -> tuple[str, str]:
    """An accelerator of the matrix and the simulated torch device that stands for it."""
    from matrix.names import Misfit, name
    from runners.simulated_devices import KINDS

    accelerator, _, device = text.partition("=")
    device = device or "simacc"
    if device not in KINDS:
        there = " or ".join(KINDS)
        raise typer.BadParameter(
            f"{device!r} is no simulated device: {there}", param_hint="--simulate"
        )
    try:
        return name(accelerator), device
    except Misfit as misfit:
        told = f"{misfit.problem}: {misfit.hint}"
        raise typer.BadParameter(told, param_hint="--simulate") from misfit


def _pair(text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not (key and equals and value):
        raise typer.BadParameter(f"{text!r} is not KEY=VALUE", param_hint="--label")
    return key, value
