"""Lively commits: a trunk of two components, a commit that broke a cell and one that runs."""

from __future__ import annotations

from datetime import timedelta

from lively_grid import NOW, grid

from matrix.status import Layer, Status
from matrix.verdict import Counts
from orchestrator.commit_views import Commit, CommitPage, CommitVerdict, Shift

HEADS = tuple(f"{number:x}" * 40 for number in range(10, 16))
COUNTS = {
    Status.PASS: Counts(passed=40, skip=1),
    Status.FAIL: Counts(fail=2, passed=38, skip=1),
    None: Counts(),
}


def commit(number: int, status: Status | None, component: str = "vllm") -> Commit:
    return Commit(
        component=component,
        repository="https://example.org/vllm" if component == "vllm" else "",
        base=HEADS[number - 1] if number else "",
        head=HEADS[number] if component == "vllm" else f"2.{number}.0",
        run=number + 1,
        at=NOW - timedelta(hours=10 - number),
        status=status,
        counts=COUNTS[status],
        verdicts=20,
        ended=20 if status else 4,
        unoffered=2 if status is None else 0,
        committed_at=NOW - timedelta(days=2, hours=10 - number) if component == "vllm" else None,
        title=TITLES[number] if component == "vllm" else "",
        request="#12" if (component, number) == ("vllm", 3) else "",
    )


TITLES = (
    "Add a scheduler",
    "Keep the cache between steps",
    "Fuse the last two kernels <b>on every device</b>",
    "Read weights in parallel",
    "Undo the fusion where a device cannot do it, and say so in the log of the engine as it starts",
    "Name the scheduler",
)
STATUSES = (Status.PASS, Status.PASS, Status.FAIL, Status.FAIL, Status.PASS, None)
TRUNK = tuple(commit(number, status) for number, status in reversed(list(enumerate(STATUSES))))
COMMITS = (*TRUNK, commit(2, Status.PASS, "torch"), commit(1, Status.PASS, "torch"))


def verdict(name: str, status: Status | None) -> CommitVerdict:
    site, _, rest = name.partition("/")
    accelerator, _, suite = rest.partition(":")
    reason = "2 of 41 cases failed: test_matmul, <b>test_add</b>." if status is Status.FAIL else ""
    ended = NOW if status else None
    found = (name, site, accelerator, suite.partition("@")[0], "nightly", 3, status)
    return CommitVerdict(*found, Layer.CODE, reason, ended, COUNTS[status])


def commit_page(component: str, head: str, against: str) -> CommitPage | None:
    """The page of a commit; each broke the same."""
    trunk = tuple(one for one in COMMITS if one.component == component)
    here = next((one for one in trunk if one.head.startswith(head)), None)
    if here is None:
        return None
    view = grid()
    before = next((one for one in trunk if one.run < here.run), None)
    other = next((one for one in trunk if one.head == against), None) if against else before
    name = "cloud-a/gpu:vllm-serve@nightly"
    return CommitPage(
        matrix=view.matrix,
        commit=here,
        grid=view,
        verdicts=(verdict(name, Status.FAIL), verdict("lab/cpu:smoke@nightly", Status.PASS)),
        trunk=trunk,
        against=other,
        shifts=(
            Shift(name, Status.PASS, Status.FAIL),
            Shift("edge/cpu:new@nightly", None, Status.PASS),
        ),
    )
