"""Tasks that run in Ray's workers, which do not have this package: sent to them by value."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any  # arguments and references of any kind

import ray

PATIENCE_SECONDS = 50


class Refused(ValueError):  # noqa: N818 - what it does, no fault
    """What a task raises on purpose."""


def nothing() -> None:
    """The smallest task."""


def echo(*args: Any, **named: Any) -> Any:  # noqa: ANN401 - as Ray has it
    """What it was given."""
    return args, named


def parts(count: int) -> Any:  # noqa: ANN401 - as Ray has it
    """As many values as it is asked for."""
    return tuple(range(count))


def total(*numbers: float) -> float:
    """Their sum."""
    return sum(numbers)


def opened(references: list[Any]) -> list[Any]:
    """What references inside a list stand for."""
    found: list[Any] = ray.get(references, timeout=PATIENCE_SECONDS)
    return found


def chain(depth: int) -> list[str]:
    """The workers along a chain of tasks, each of which waits for the next."""
    mine = [ray.get_runtime_context().get_worker_id()]
    if depth == 0:
        return mine
    found = ray.get(ray.remote(chain).remote(depth - 1), timeout=PATIENCE_SECONDS)
    return mine + list(found)


def where() -> str:
    """The node that it ran on."""
    return str(ray.get_runtime_context().get_node_id())


def meet(path: str, many: int) -> tuple[float, float]:
    """Wait until so many have come; when it began and ended, on this machine's clock."""
    began = time.monotonic()
    _count(path)
    while len(Path(path).read_text().splitlines()) < many:
        if time.monotonic() - began > PATIENCE_SECONDS:
            raise TimeoutError(f"{many} never met")
        time.sleep(0.02)
    time.sleep(0.1)
    return began, time.monotonic()


def after(gate: str) -> str:
    """Returns once a file is there."""
    _await(gate)
    return "open"


def refuse(told: str) -> str:
    """Raise, from a cause."""
    try:
        return {"": ""}[told]
    except KeyError as cause:
        raise Refused(f"refused: {told}") from cause


def refuse_until(path: str, tries: int, kind: type[Exception]) -> int:
    """Raise at the first tries, which are counted in a file; then, how many there were."""
    count = _count(path)
    if count <= tries:
        raise kind(f"try {count}")
    return count


def crash_until(path: str, tries: int) -> int:
    """Die by a signal at the first tries, which are counted in a file."""
    count = _count(path)
    if count <= tries:
        os.kill(os.getpid(), signal.SIGKILL)
    return count


def sleep(path: str) -> None:
    """Say the process in a file, and sleep until somebody interrupts."""
    Path(path).write_text(str(os.getpid()))
    while True:
        time.sleep(0.05)


def stay(path: str) -> None:
    """The same, and heed no interruption."""
    Path(path).write_text(str(os.getpid()))
    while True:
        try:
            time.sleep(60)
        except KeyboardInterrupt:
            continue


def count_through(gate: str, many: int) -> Iterator[int]:
    """Count; only the first number comes before a file is there."""
    for number in range(many):
        yield number
        _await(gate)


def count_and_refuse(many: int) -> Iterator[int]:
    """Count, and then raise."""
    for number in range(many):  # noqa: UP028 - `hand_on` is the one that delegates
        yield number
    raise Refused("refused at the end")


def hand_on(many: int) -> Iterator[int]:
    """Count by handing on what another iterator gives."""
    yield from range(many)


def enter(ledger: Any, number: int) -> int:  # noqa: ANN401 - a handle
    """Enter a number into somebody else's ledger; how many there are."""
    found: int = ray.get(ledger.add.remote(number), timeout=PATIENCE_SECONDS)
    return found


def entries(name: str) -> list[int]:
    """What is in the ledger of that name."""
    ledger: Any = ray.get_actor(name)
    found: list[int] = ray.get(ledger.all.remote(), timeout=PATIENCE_SECONDS)
    return found


def filled(size: int, value: int) -> Any:  # noqa: ANN401 - as Ray has it
    """An array of bytes that are all the same."""
    import numpy as np  # noqa: PLC0415 - in the worker

    return np.full(size, value, np.uint8)


def seen(array: Any) -> dict[str, Any]:  # noqa: ANN401 - as Ray has it
    """How an array lies in a worker's memory."""
    address = array.__array_interface__["data"][0]
    return {
        "writeable": bool(array.flags.writeable),
        "shared": mapped(address).endswith("s"),
        "sum": int(array.sum()),
    }


def mapped(address: int) -> str:
    """What may be done with the memory at an address, such as `rw-s`; "" where nobody says."""
    with Path("/proc/self/maps").open() as lines:
        for line in lines:
            begin, end = (int(part, 16) for part in line.split(" ", 1)[0].split("-"))
            if begin <= address < end:
                return line.split()[1]
    return ""


def counted(path: str, size: int) -> Any:  # noqa: ANN401 - as Ray has it
    """An array that depends on nothing; each time it is made a line is added to a file."""
    _count(path)
    return filled(size, 7)


def variable(name: str) -> str:
    """A variable of the worker's environment."""
    return os.environ.get(name, "")


def imported(module: str) -> Any:  # noqa: ANN401 - as Ray has it
    """What a module that came with the task says."""
    import importlib  # noqa: PLC0415 - in the worker

    return importlib.import_module(module).SAID


def devices(variables: list[str]) -> dict[str, Any]:
    """Which accelerators Ray gives the task, and which its variables leave visible."""
    given = ray.get_runtime_context().get_accelerator_ids()
    held = {name: os.environ[name] for name in variables if name in os.environ}
    return {"ids": given, "variables": held, "gpu_ids": [str(one) for one in ray.get_gpu_ids()]}


def _await(gate: str) -> None:
    give_up = time.monotonic() + PATIENCE_SECONDS
    while not Path(gate).exists():
        if time.monotonic() > give_up:
            raise TimeoutError(f"{gate} never came")
        time.sleep(0.02)


def _count(path: str) -> int:
    """Add a line to a file; how many there are now."""
    with Path(path).open("a") as lines:
        lines.write(f"{os.getpid()}\n")
    return len(Path(path).read_text().splitlines())
