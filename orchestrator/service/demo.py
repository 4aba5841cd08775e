"""The demo's parts: its matrix, its clock, its simulated machines."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from importlib import resources

from matrix.load import parse
from matrix.model import ACCELERATOR, SITE, Axis, Matrix, Value
from orchestrator.service.folder import DATABASE_FILE, Folder
from runners.environments.platforms import here
from runners.work import Fact, Offer, RunnerCard

DEMO_FILE = "demo.yaml"
CAPABILITY = "simulated"
_SEED_LINE = "parameters: {seed:"
_MEMORY_BYTES, _DISK_BYTES = 64 * 2**30, 2**40


class MovedClock:
    """The machine's clock, moved back by `behind`: so that the demo can have a past.

    The past is lived through, not written: each report in it came through queue and record.
    """

    def __init__(self, behind: timedelta = timedelta()) -> None:
        self.behind = behind

    def now(self) -> datetime:
        """The present moment of the demo, aware UTC."""
        return datetime.now(UTC) - self.behind


def demo_matrix(tick: int | None = None) -> Matrix:
    """The slide with simulated suites; with a `tick`, as its script has it then, at once."""
    text = resources.files("matrix").joinpath(DEMO_FILE).read_text()
    if tick is not None:
        text = text.replace(_SEED_LINE, f'parameters: {{tick: "{tick}", pace: "0", seed:')
    return parse(text, DEMO_FILE)


def forget_past(folder: Folder) -> None:
    """Drop what an earlier demo left: its past would not fit to this one's."""
    for path in folder.path.glob(f"{DATABASE_FILE}*"):
        path.unlink()


def cards(matrix: Matrix) -> tuple[RunnerCard, ...]:
    """A simulated machine for each site, which offers every accelerator."""
    return tuple(_card(site, matrix.axis(ACCELERATOR)) for site in matrix.axis(SITE).values)


def _card(site: Value, accelerators: Axis) -> RunnerCard:
    offers = tuple(_offer(site.name, value.name) for value in accelerators.values)
    fact = Fact("simulated", "no hardware; a seeded script", "coevo up --demo")
    return RunnerCard(
        name=f"{site.name}-simulated",
        label=f"{site.label} (simulated)",
        owner="demo",
        kind="simulated",
        offers=offers,
        facts=(fact,),
        simulated=True,
    )


def _offer(site: str, accelerator: str) -> Offer:
    return Offer(
        labels=((SITE, site), (ACCELERATOR, accelerator)),
        device="cpu",
        slots=1,
        devices=0,
        memory_bytes=_MEMORY_BYTES,
        disk_bytes=_DISK_BYTES,
        capabilities=frozenset({CAPABILITY}),
        platform=str(here()),
    )
