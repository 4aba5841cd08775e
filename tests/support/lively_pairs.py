"""Lively comparisons: one that is worse, one that runs, one whose runner went away."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

from lively_commits import HEADS, TITLES
from lively_grid import NOW, grid

from matrix.compared import found
from matrix.status import Status
from orchestrator.pair_fold import Case, Chain, Metric, Said, folded
from orchestrator.pair_views import Comparison, End, HalfView, Listed, PairView
from orchestrator.store.comparing import Compared

HERE = ("here", "a" * 64, "")
REPETITIONS = 8
JOBS = (6, 7, 8, 9)  # those of the lively matrix
THROUGHPUT: Metric = ("throughput", "batch=8", "tokens/s", "higher")
LATENCY: Metric = ("latency.p99", "", "ms", "lower")
NOISE = (0.0, 1.5, -0.7, 2.2, -1.1, 0.4, 0.9, -0.2)


def half(report: int, status: Status | None, state: str = "ended", reason: str = "") -> HalfView:
    end = "reported" if state == "ended" else ""
    job = JOBS[report % len(JOBS)]
    return HalfView(job, state, end, status, reason, HERE, report if status else None)


def pairs(first: int, *statuses: tuple[Status | None, Status | None]) -> tuple[PairView, ...]:
    """Pairs with these statuses, their reports numbered from `first` on."""
    found = []
    for number, (base, head) in enumerate(statuses):
        report = first + 2 * number
        state = "ended" if head else "running"
        why = "the runner was lost, 3 times" if head is Status.MISS else ""
        halves = (half(report, base), half(report + 1, head, state, why))
        found.append(PairView(number + 1, number % 2 == 0, *halves))
    return tuple(found)


def chain(name: str, found: tuple[PairView, ...]) -> Chain:
    place, _, job = name.partition(":")
    site, _, accelerator = place.partition("/")
    suite, _, stack = job.partition("@")
    return Chain(name, site, accelerator, suite, stack, found)


def said(chains: Sequence[Chain]) -> Said:
    """What the reports say: the serving suite is slower and loses a case, one case flips."""
    cases: dict[int, Mapping[Case, Status]] = {}
    metrics: dict[int, Mapping[Metric, float]] = {}
    for pair in chains[0].pairs:
        noise = NOISE[pair.repetition - 1]
        for half_view, is_head in ((pair.base, False), (pair.head, True)):
            assert half_view.report is not None
            flips = Status.FAIL if pair.repetition in {2, 5} and is_head else Status.PASS
            cases[half_view.report] = {
                ("test_prefix_cache[<b>long</b>]", "cuda:0", "bfloat16"): (
                    Status.FAIL if is_head else Status.PASS
                ),
                ("test_streaming", "cuda:0", ""): flips,
            }
            metrics[half_view.report] = {
                THROUGHPUT: (2810.0 if is_head else 3120.0) + 10 * noise,
                LATENCY: (41.0 if is_head else 40.9) + (noise if is_head else -noise) / 10,
            }
    totals = {view.report or 0: 212 for one in chains for pair in one.pairs for view in pair[2:]}
    return Said(cases, totals, metrics)


GOOD, BAD, MISS = Status.PASS, Status.FAIL, Status.MISS
CHAINS = {
    1: (
        chain("cloud-a/gpu:vllm-serve@nightly", pairs(101, *[(GOOD, BAD)] * REPETITIONS)),
        chain("lab/cpu:smoke@nightly", pairs(201, *[(GOOD, GOOD)] * 7, (GOOD, MISS))),
    ),
    2: (chain("lab/cpu:smoke@nightly", pairs(301, (GOOD, GOOD), (GOOD, None))),),
    3: (chain("edge/gpu:smoke@nightly", pairs(401, (GOOD, MISS))),),
}
HEAD_OF = {1: 2, 2: 3, 3: 4}


def comparison(number: int) -> Comparison | None:
    """A comparison of two commits of the lively trunk."""
    chains = CHAINS.get(number)
    if chains is None:
        return None
    told = said(chains) if number == 1 else Said({}, {}, {})
    parts = folded(chains, told)
    head = HEAD_OF[number]
    return Comparison(
        id=number,
        matrix=grid().matrix,
        component="vllm",
        repository="https://example.org/vllm",
        base=End(HEADS[head - 1], TITLES[head - 1], 11),
        head=End(HEADS[head], TITLES[head], 12),
        repetitions=len(chains[0].pairs),
        started_at=NOW - timedelta(hours=2),
        ended_at=None if number == 2 else NOW - timedelta(hours=1),
        found=found([one.part for one in parts]),
        parts=parts,
    )


def listed() -> tuple[Listed, ...]:
    """All of them, newest first."""
    found = [one for number in sorted(CHAINS, reverse=True) if (one := comparison(number))]
    return tuple(
        Listed(
            one.id,
            one.component,
            one.base.name,
            one.head.name,
            one.head.title,
            one.repetitions,
            one.started_at,
            one.ended_at is not None,
        )
        for one in found
    )


class LivelyPairs:
    """What the lively services say of comparisons."""

    changed: list[str]

    def comparison(self, matrix: str, number: int) -> Comparison | None:
        return comparison(number) if matrix == grid().matrix.name else None

    def comparison_of(self, matrix: str, run: int) -> int | None:
        return 1 if (matrix, run) == (grid().matrix.name, 3) else None

    def comparisons(self, matrix: str) -> tuple[Listed, ...] | None:
        return listed() if matrix == grid().matrix.name else None

    def start_pairs(  # noqa: PLR0913, PLR0917 - what a comparison consists of
        self,
        matrix: str,
        select: str,
        at: Mapping[str, str],
        against: str,
        repetitions: int,
        owner: str = "",
    ) -> Compared:
        told = " ".join(f"{name}@{where}" for name, where in at.items())
        told += f" for {owner}" if owner else ""
        self.changed.append(f"pairs {matrix} {select} {told} against {against} x{repetitions}")
        return Compared(7, 13, 14)
