"""Programs that `executorch-edge` made, run where there is no torch, by the runner it built.

Python >= 3.9 and the standard library only: what computes is a program of its own.
"""

from __future__ import annotations


def main() -> None:
    """Run the suite; see docs/suites/executorch-pte.md for its parameter."""
    from runners.suites.executorch_pte import session  # noqa: PLC0415 - as all suites do

    session.run()
