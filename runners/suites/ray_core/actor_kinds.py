"""Actors that live in Ray's workers, which do not have this package: sent to them by value."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Iterator
from typing import Any, NoReturn  # Any: references of any kind

import ray

from runners.suites.ray_core.work import PATIENCE_SECONDS, Refused, filled


class Ledger:
    """An actor with a state."""

    def __init__(self, start: int = 0) -> None:
        self.entries = [start] if start else []

    def add(self, number: int) -> int:
        """Enter a number; how many there are."""
        self.entries.append(number)
        return len(self.entries)

    def all(self) -> list[int]:
        """Every number, in the order in which it came."""
        return self.entries

    def process(self) -> int:
        """The process that it lives in."""
        return os.getpid()

    def numbers(self, many: int) -> Iterator[int]:
        """Every number up to a limit, one by one."""
        for number in range(many):  # noqa: UP028 - `hand_on` is the one that delegates
            yield number

    def die(self) -> NoReturn:
        """End the process at once."""
        os._exit(7)

    def refuse(self) -> NoReturn:
        """Raise."""
        raise Refused("refused by an actor")


class Unborn:
    """An actor that cannot be made."""

    def __init__(self) -> None:
        raise Refused("refused to be born")

    def process(self) -> int:
        """Never comes to be called."""
        return os.getpid()


class Meeting:
    """An asynchronous actor: whoever arrives waits for the others."""

    def __init__(self) -> None:
        self.there = 0
        self.full = asyncio.Event()

    async def arrive(self, number: int, of: int) -> int:
        """Returns once all have arrived."""
        self.there += 1
        if self.there == of:
            self.full.set()
        await asyncio.wait_for(self.full.wait(), PATIENCE_SECONDS)
        return number


class Threads:
    """An actor of several threads."""

    def __init__(self, many: int) -> None:
        self.barrier = threading.Barrier(many)

    def arrive(self) -> int:
        """Returns once as many threads as there are have come."""
        self.barrier.wait(PATIENCE_SECONDS)
        return threading.get_ident()


class Keeper:
    """An actor that owns an object, or holds that of another."""

    def __init__(self) -> None:
        self.held: list[Any] = []

    def own(self, size: int, value: int) -> list[Any]:
        """Put an array; the reference, of which it is the owner."""
        self.held = [ray.put(filled(size, value))]
        return self.held

    def hold(self, references: list[Any]) -> None:
        """Keep references of another."""
        self.held = references

    def sums(self) -> list[int]:
        """What the held arrays add up to."""
        return [int(array.sum()) for array in ray.get(self.held, timeout=PATIENCE_SECONDS)]

    def release(self) -> None:
        """Hold nothing any more."""
        self.held = []
