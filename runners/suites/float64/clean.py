"""A reference in a process of its own, forked before a device's plug-in is loaded.

A plug-in may patch torch, change what CPU tensors do, or crash; the references must not notice.
Where the device is the CPU itself there is nothing to keep out, and none is forked.
"""

from __future__ import annotations

import multiprocessing
import pickle
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any, Protocol, TypeVar  # Any: what comes out of a pipe

from runners.suites.float64.rounding import Answer, Spreads

Task_contra = TypeVar("Task_contra", contravariant=True)


class References(Protocol[Task_contra]):
    """What a case asks for the right answers."""

    def answer(self, task: Task_contra, index: int) -> Answer:
        """The right answer to a sample."""
        ...

    def spread(self, task: Task_contra, index: int, eps: float, replicates: int) -> Spreads:
        """What rounding may make of it, by so many repetitions."""
        ...


class ReferenceLostError(Exception):
    """There is nobody left to ask; nothing can be said of the device."""


def references(device: str, make: Callable[[], References[Task_contra]]) -> References[Task_contra]:
    """The references of a device: in this process for the CPU, in a clean one for all others."""
    return make() if device.partition(":")[0] == "cpu" else CleanReference(make)


class CleanReference:
    """References behind a pipe. Tensors go through as bytes, never as shared memory."""

    def __init__(self, make: Callable[[], References[Any]]) -> None:
        fork = multiprocessing.get_context("fork")
        self._pipe, far = fork.Pipe()
        # A daemon: it ends with us, however we end.
        self._process = fork.Process(target=_serve, args=(far, self._pipe, make), daemon=True)
        self._process.start()
        far.close()

    def answer(self, task: object, index: int) -> Answer:
        """See `References.answer`."""
        found = self._ask("answer", task, index)
        assert isinstance(found, Answer)
        return found

    def spread(self, task: object, index: int, eps: float, replicates: int) -> Spreads:
        """See `References.spread`."""
        found = self._ask("spread", task, index, eps, replicates)
        assert isinstance(found, list)
        return found

    def close(self) -> None:
        """End the process."""
        self._pipe.close()
        self._process.join()

    def _ask(self, *question: object) -> object:
        try:
            self._pipe.send_bytes(pickle.dumps(question))
            answer: object = pickle.loads(self._pipe.recv_bytes())  # noqa: S301 - our own child
        except (EOFError, OSError):
            raise ReferenceLostError("the process that computes the references has died") from None
        return answer


def _serve(pipe: Connection, theirs: Connection, make: Callable[[], References[Any]]) -> None:
    theirs.close()  # a copy of the asker's end would keep us from seeing it go
    reference = make()
    while True:
        try:
            question: Any = pickle.loads(pipe.recv_bytes())  # noqa: S301 - our own parent
        except EOFError:
            return
        name, *arguments = question
        pipe.send_bytes(pickle.dumps(getattr(reference, name)(*arguments)))
