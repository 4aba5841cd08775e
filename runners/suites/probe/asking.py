"""Asks a question in a child process that may crash or hang, and keeps what it had said by then."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection
from typing import NamedTuple, Optional

Fact = tuple[str, str, str]
Question = Callable[[], Iterator[Fact]]
_READY, _FACT, _END, _RAISED = "ready", "fact", "end", "raised"


class Told(NamedTuple):
    """The facts that came, and what went wrong ("": nothing).

    `is_machine`: the child was killed by a signal or by its limit, rather than by an exception.
    """

    facts: tuple[Fact, ...]
    problem: str = ""
    is_machine: bool = False


def ask(
    question: Question,
    limit_seconds: float,
    prepare: Optional[Callable[[], None]] = None,  # noqa: UP045 - Python 3.9 reads it
    prepare_seconds: float = 0.0,
) -> Told:
    """The facts that a child yields within its limit. `prepare` comes first, on its own time."""
    fork = multiprocessing.get_context("fork")
    ours, theirs = fork.Pipe(duplex=False)
    child = fork.Process(target=_answer, args=(theirs, question, prepare), daemon=True)
    child.start()
    theirs.close()
    facts: list[Fact] = []
    try:
        problem = _listen(ours, facts, limit_seconds, prepare_seconds)
    finally:
        child.kill()
        child.join()
    if problem:
        return Told(tuple(facts), problem, is_machine=True)
    raised = facts.pop()[1] if facts and facts[-1][0] == _RAISED else ""
    return Told(tuple(facts), raised)


def _listen(
    pipe: Connection, facts: list[Fact], limit_seconds: float, prepare_seconds: float
) -> str:
    """Fill in the facts; what cut them short, "" where the child came to its end."""
    limit = prepare_seconds + limit_seconds
    ends = time.monotonic() + limit
    while pipe.poll(max(0.0, ends - time.monotonic())):
        try:
            kind, fact = pipe.recv()
        except EOFError:
            return "the question crashed the process that asked it"
        if kind == _END:
            return ""
        if kind == _READY:
            limit, ends = limit_seconds, time.monotonic() + limit_seconds
        else:
            facts.append(fact)
    return f"no answer in {limit:g} s"


def _answer(
    pipe: Connection,
    question: Question,
    prepare: Optional[Callable[[], None]],  # noqa: UP045 - Python 3.9 reads it
) -> None:
    try:
        if prepare:
            prepare()
        pipe.send((_READY, None))
        for fact in question():
            pipe.send((_FACT, fact))
    except Exception as error:  # noqa: BLE001 - whatever a question raises is told
        pipe.send((_FACT, (_RAISED, f"{type(error).__name__}: {error}"[:500], "")))
    pipe.send((_END, None))
