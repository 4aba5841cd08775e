"""The child's side: one mode of Helion, case after case, asked and answered in lines of JSON."""

from __future__ import annotations

import json
import os
import sys

from runners.suites import harness
from runners.suites.helion_kernels import prepare, unsupported
from runners.suites.helion_kernels.found import Found


def main() -> None:
    """Answer each line of standard input until it ends."""
    prepare()
    answers = harness.claim_output()
    said = json.loads(os.environ["COEVO_PARAMETERS"])
    device = os.environ["COEVO_DEVICE"]
    for line in sys.stdin:
        asked = json.loads(line)
        found = _found(asked["id"], asked["dtype"], device, said)
        os.write(answers, json.dumps(found).encode() + b"\n")


def _found(name: str, dtype: str, device: str, said: dict[str, str]) -> dict[str, object]:
    try:
        found = _checked(name, dtype, device, said)
    except Exception as error:  # noqa: BLE001 - whatever Helion raises is the case's result
        words = unsupported.words(error)
        first = (str(error).strip().splitlines() or [""])[0]
        found = Found("" if words else f"{type(error).__name__}: {first}", words)
    return found._asdict()


def _checked(name: str, dtype: str, device: str, said: dict[str, str]) -> Found:
    """Helion is loaded here, so that what fails at that is told as a case's failure, too."""
    from runners.suites.device import opened, settle  # noqa: PLC0415 - torch, after the settings
    from runners.suites.helion_kernels import execute, tuning  # noqa: PLC0415 - the same

    settle()
    if problem := opened(device):
        raise RuntimeError(problem)
    if name == "backend":
        return execute.backend(device)
    if name.endswith(".tuned"):
        return tuning.tuned(name, dtype, device, said)
    return execute.correct(name, dtype, device)
