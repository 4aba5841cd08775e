"""The script of the simulated suite: what a cell would report at a moment; a pure function.

Nothing here is random: `scene` of one seed, cell and tick is the same on every machine, and over
the ticks the cells live. Most are fine, each kind of trouble comes and goes somewhere.
"""

from __future__ import annotations

import hashlib
import random
from enum import Enum
from typing import NamedTuple

SITES = ("cloud-a", "cloud-b", "cloud-c", "lab", "edge")
ACCELERATORS = ("gpu", "tpu", "asic", "cpu")
# Tokens a second of a healthy cell, about as far apart as real ones.
_SPEED = {"gpu": 4100.0, "tpu": 3600.0, "asic": 2900.0, "cpu": 38.0}
_EPISODE, _FINE = 18, 6  # ticks of an episode, the first of which are fine: slower than what?


class Temper(Enum):
    """What a cell is like in the long run."""

    STEADY = "steady"
    FAILING = "failing"
    BROKEN = "broken"
    SLOWER = "slower"
    FASTER = "faster"
    FLAKY = "flaky"
    SICK = "sick"
    CRASHING = "crashing"
    SLOW_TO_END = "slow to end"


class Ending(Enum):
    """How the suite's process ends."""

    BYE = "bye"
    VANISH = "vanish"
    ABORT = "abort"


class Step(NamedTuple):
    """One case. It takes `seconds` and then ends with the status."""

    id: str
    dtype: str
    status: str
    message: str
    seconds: float


class Scene(NamedTuple):
    """All that happens in one attempt. `tokens_per_second` are replicates, empty for none.

    With ABORT the process dies inside the case number `dies_in`; with VANISH it leaves behind it.
    """

    temper: Temper
    steps: tuple[Step, ...]
    tokens_per_second: tuple[float, ...]
    ending: Ending
    dies_in: int


# The twenty cells of the slide are dealt this deck, so that every kind of trouble has its cell.
DECK = (
    *(Temper.STEADY,) * 11,
    Temper.FAILING,
    Temper.BROKEN,
    Temper.SLOWER,
    Temper.FASTER,
    Temper.FLAKY,
    Temper.SICK,
    Temper.CRASHING,
    *(Temper.SLOW_TO_END,) * 2,
)
_CASES = (
    ("serve.first_token", "bfloat16"),
    ("serve.batch_of_32", "bfloat16"),
    ("serve.long_context", "bfloat16"),
    ("serve.prefix_cache", "bfloat16"),
    ("kernel.attention", "bfloat16"),
    ("kernel.rotary", "float32"),
    ("kernel.rms_norm", "float32"),
    ("kernel.moe_gate", "bfloat16"),
    ("collective.all_reduce", "float32"),
    ("collective.all_gather", "bfloat16"),
    ("model.load_checkpoint", ""),
    ("model.logits_match", "float32"),
    ("train.step", "bfloat16"),
    ("train.loss_falls", "float32"),
)
_TROUBLE = {
    Temper.FAILING: ("model.logits_match", "FAIL", "log-probability off by 0.41, allowed 0.15"),
    Temper.FLAKY: ("serve.long_context", "FAIL", "token 1873 differs between two greedy runs"),
    Temper.SICK: ("collective.all_reduce", "MISS", "link 3 went down: no answer from device 5"),
    Temper.CRASHING: ("kernel.attention", "FAIL", "the kernel wrote out of bounds"),
}


def temper(seed: int, site: str, accelerator: str) -> Temper:
    """What a cell is like: the slide's are dealt the deck, any other draws from it."""
    if site in SITES and accelerator in ACCELERATORS:
        deck = list(DECK)
        random.Random(seed).shuffle(deck)  # noqa: S311 - a script, no secret
        return deck[SITES.index(site) * len(ACCELERATORS) + ACCELERATORS.index(accelerator)]
    return _source(seed, site, accelerator).choice(DECK)


def scene(seed: int, site: str, accelerator: str, tick: int) -> Scene:
    """What a cell reports at a tick (0, 1, 2, …)."""
    kind = temper(seed, site, accelerator)
    source = _source(seed, site, accelerator, tick)
    troubled = _is_troubled(kind, source, tick + _offset(seed, site, accelerator), tick)
    place = _place(_TROUBLE[kind][0]) if kind in _TROUBLE else len(_CASES) // 2
    return Scene(
        temper=kind,
        steps=tuple(_steps(kind, source, troubled=troubled)),
        tokens_per_second=_speeds(kind, source, accelerator, troubled=troubled),
        ending=_ending(kind, troubled=troubled),
        dies_in=place,
    )


def _is_troubled(kind: Temper, source: random.Random, moment: int, tick: int) -> bool:
    """Whether a cell shows its temper now: long stretches, except for what comes and goes."""
    if kind is Temper.STEADY:
        return False
    if kind is Temper.FLAKY:
        return source.random() < 0.4  # noqa: PLR2004 - the share that makes people call it flaky
    if kind in {Temper.SLOWER, Temper.FASTER}:
        return tick % _EPISODE >= _FINE
    if kind is Temper.SLOW_TO_END:
        return True
    return moment % 12 < 8  # noqa: PLR2004 - mended for a third of the time


def _steps(kind: Temper, source: random.Random, *, troubled: bool) -> list[Step]:
    case, status, message = _TROUBLE.get(kind, ("", "", ""))
    pace = 6.0 if kind is Temper.SLOW_TO_END else 1.0
    steps = []
    for id_, dtype in _CASES:
        seconds = round(pace * source.uniform(0.1, 0.6), 3)
        hit = troubled and id_ == case
        steps.append(Step(id_, dtype, status if hit else "PASS", message if hit else "", seconds))
    return steps


def _speeds(
    kind: Temper, source: random.Random, accelerator: str, *, troubled: bool
) -> tuple[float, ...]:
    """Five replicates that lie within 2 % of each other."""
    change = {Temper.SLOWER: 0.72, Temper.FASTER: 1.3}.get(kind, 1.0) if troubled else 1.0
    speed = _SPEED.get(accelerator, 1000.0) * change
    return tuple(round(speed * source.uniform(0.99, 1.01), 2) for _ in range(5))


def _ending(kind: Temper, *, troubled: bool) -> Ending:
    if troubled and kind is Temper.CRASHING:
        return Ending.ABORT
    if troubled and kind is Temper.BROKEN:
        return Ending.VANISH
    return Ending.BYE


def _place(case: str) -> int:
    return [id_ for id_, _ in _CASES].index(case)


def _offset(seed: int, *cell: str) -> int:
    return _source(seed, *cell).randrange(12)


def _source(seed: int, *about: object) -> random.Random:
    """Random numbers that depend on what they are about and on nothing else."""
    text = "\0".join(map(str, (seed, *about)))
    return random.Random(hashlib.sha256(text.encode()).digest())  # noqa: S311 - a script
