"""The one door through which result files come in: whatever is in them, nothing is raised."""

from __future__ import annotations

import glob
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

from runners.suites.results import benchmark, ctrf, jsonl, junit, vllm_bench
from runners.suites.results.said import Case, Malformed, Metric, Said, tries

BROKEN = "coevo.results"  # the case that tells what is wrong with a file
CASES = 1_000_000
_READ_BYTES = junit.LIMIT_BYTES + 1
FORMATS: dict[str, Callable[[bytes], Iterator[Said]]] = {
    "junit": junit.read,
    "ctrf": ctrf.read,
    "pytorch-benchmark-v3": benchmark.read,
    "vllm-bench": vllm_bench.read,
    "jsonl": jsonl.read,
}


def results(kind: str, pattern: str) -> Iterator[Said]:
    """What the files of a format say that match a pattern (`reports/*.xml`), in their order.

    Malformed input ends as a case that is ERROR and says where; so does a file that is absent,
    or all files together without a case or a metric. What was sound before it is kept.
    """
    troubles: list[str] = []
    cases: list[Case] = []
    measured = 0
    paths = found(pattern)
    for path in paths:
        for said in _read(kind, path, troubles):
            if isinstance(said, Case):
                cases.append(said)
            else:
                measured += isinstance(said, Metric)
                yield said
    yield from tries(cases)
    if not troubles and not cases and not measured:
        told = "holds no case and no metric" if paths else "was not written"
        troubles.append(f"{pattern} {told}")
    if troubles:
        yield Case(BROKEN, "ERROR", message="\n".join(troubles[:20]))


def read(kind: str, data: bytes, name: str = "the file") -> Iterator[Said]:
    """What one file's bytes say, as `results` tells it."""
    troubles: list[str] = []
    yield from _safely(kind, data, name, troubles)
    if troubles:
        yield Case(BROKEN, "ERROR", message=troubles[0])


def found(pattern: str) -> list[str]:
    """The files that a pattern matches, by name."""
    matching = glob.glob(pattern, recursive=True)  # noqa: PTH207 - a pattern may be absolute
    return sorted(path for path in matching if Path(path).is_file())


def _read(kind: str, path: str, troubles: list[str]) -> Iterator[Said]:
    try:
        with Path(path).open("rb") as file:
            data = file.read(_READ_BYTES)
    except OSError as error:
        troubles.append(f"{path} cannot be read: {error.strerror}")
        return
    yield from _safely(kind, data, path, troubles)


def _safely(kind: str, data: bytes, name: str, troubles: list[str]) -> Iterator[Said]:
    """What a reader hands over until it raises, whatever that is."""
    try:
        told = FORMATS[kind](data)
        yield from islice(told, CASES)
        if next(iter(told), None) is not None:
            troubles.append(f"{name}: more than {CASES} cases and metrics")
    except Malformed as wrong:
        troubles.append(f"{name}:{wrong.place}: {wrong.problem}")
    except MemoryError:
        troubles.append(f"{name}: too large for the memory that the suite may take")
    except Exception as error:  # noqa: BLE001 - a stranger's file must not end the suite
        troubles.append(f"{name}: {type(error).__name__}: {error}")
