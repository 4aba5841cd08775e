"""The `coevo` command carried out in this very process, for what needs no server of its own."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from typing import Any

import pytest

from dashboard.cli import main as command


@dataclass(frozen=True, slots=True)
class Said:
    """What a command line ended with and printed."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """The one JSON document on standard output."""
        return json.loads(self.out)


@dataclass(frozen=True, slots=True)
class Caller:
    """Calls the command in the present folder and environment."""

    patch: pytest.MonkeyPatch
    captured: pytest.CaptureFixture[str]

    def __call__(self, *words: str) -> Said:
        """`coevo WORDS…`, ended as a person's shell would see it end."""
        self.patch.setattr(sys, "argv", ["coevo", *words])
        # Other tests' threads are no reason to end this process hard.
        self.patch.setattr(command, "leave", sys.exit)
        self.captured.readouterr()
        try:
            command.main()
        except SystemExit as ended:
            code = ended.code if isinstance(ended.code, int) else int(bool(ended.code))
        else:
            code = 0
        return Said(code, *self.captured.readouterr())
