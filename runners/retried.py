"""Earlier tries of a case: kept beside its end, so that what passed at last is known as flaky."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace

from matrix.status import BAD, Status
from runners.work import CaseResult

KEPT = 10  # tries of one case that are kept with what they said; the others are counted
_MESSAGE = 2000


@dataclass(slots=True)
class Tries:
    """The tries of cases that have not ended yet. `count` is how many were ever told."""

    count: int = 0
    _open: dict[tuple[str, str], _Earlier] = field(default_factory=dict)

    def add(self, case: CaseResult) -> None:
        """A try that is followed by another one."""
        self.count += 1
        key = case.id, case.dtype
        self._open[key] = self._open.get(key, _Earlier()).with_one(case)

    def told(self, case: CaseResult) -> CaseResult:
        """The case at its end, with its tries in `detail`; flaky where one of them was bad."""
        earlier = self._open.pop((case.id, case.dtype), None)
        if earlier is None:
            return case
        flaky = case.status is Status.PASS and earlier.was_bad
        message = case.message
        if flaky and not message:
            message = f"passed at try {earlier.count + 1}: {earlier.first}"
        return case._replace(detail=earlier.beside(case.detail), flaky=flaky, message=message)


@dataclass(frozen=True, slots=True)
class _Earlier:
    """The tries of one case."""

    count: int = 0
    was_bad: bool = False
    first: str = ""
    kept: tuple[dict[str, object], ...] = ()

    def with_one(self, case: CaseResult) -> _Earlier:
        message = case.message[:_MESSAGE]
        said: dict[str, object] = {
            "status": case.status.value,
            "seconds": case.seconds,
            "message": message,
        }
        return replace(
            self,
            count=self.count + 1,
            was_bad=self.was_bad or case.status in BAD,
            first=self.first or message.partition("\n")[0],
            kept=(*self.kept, said) if len(self.kept) < KEPT else self.kept,
        )

    def beside(self, detail: str) -> str:
        """The detail of the end, as JSON text, with the tries in it."""
        found = json.loads(detail) if detail else {}
        whole = found if isinstance(found, dict) else {"detail": found}
        more = {"tries": self.count} if self.count > len(self.kept) else {}
        return json.dumps({**whole, "attempts": list(self.kept), **more}, separators=(",", ":"))
