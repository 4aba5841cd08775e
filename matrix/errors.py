"""A person's mistake: where it is, what is wrong, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A point in a file; line and column count from 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Mistake:
    """One mistake. `excerpt` is the source line it stands in, empty where there is none.

    `indent` is how many terminal cells lie left of the caret, where that is not `column - 1`.
    """

    place: Place | None
    problem: str
    hint: str = ""
    excerpt: str = ""
    indent: int | None = None

    def __str__(self) -> str:
        head = f"{self.place}: {self.problem}" if self.place else self.problem
        quoted = [self.quoted] if self.quoted else []
        hint = [f"  hint: {self.hint}"] if self.hint else []
        return "\n".join([head, *quoted, *hint])

    @property
    def quoted(self) -> str:
        """The line it stands in and below it a caret; "" where there is none."""
        if self.place is None or not self.excerpt:
            return ""
        cells = self.place.column - 1 if self.indent is None else self.indent
        return f"{self.excerpt}\n{' ' * cells}^"


class CoevoError(Exception):
    """Something a person can put right; shown as it is, never as a traceback.

    `exit_code` is what the command ends with: 2 for a mistake in what was asked, 3 for a
    second server on one data folder, 4 where there is no server to ask.
    """

    exit_code = 2

    def __init__(self, *mistakes: Mistake) -> None:
        super().__init__("\n".join(str(mistake) for mistake in mistakes))
        self.mistakes = mistakes

    @classmethod
    def because(cls, problem: str, hint: str = "", place: Place | None = None) -> CoevoError:
        """An error of one mistake."""
        return cls(Mistake(place, problem, hint))
