"""The suite's conversation: mode by mode, its cases one by one, and the speed of what was tuned."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from runners.suites import device, harness
from runners.suites.helion_kernels import tuning
from runners.suites.helion_kernels.catalog import SEED
from runners.suites.helion_kernels.children import Child
from runners.suites.helion_kernels.found import Found
from runners.suites.helion_kernels.modes import MODES, Mode
from runners.suites.helion_kernels.parameters import Asked, asked
from runners.suites.helion_kernels.tasks import Task, tasks

_PATIENCE_SECONDS = 180
_KEPT = "autotune"  # in the working folder; `produces` in matrix/builtin.yaml keeps it
_SUMMARY = "autotune.json"


def run() -> None:
    """Carry out the cases that are asked for."""
    device.settle()
    plan = harness.suite()
    said = asked(plan.parameters, plan.device)
    wanted = plan.share(tasks(said))
    with harness.suite(total=1 + len(wanted), resume=True) as suite, _kept() as folder:
        if not device.is_usable(suite):
            return
        suite.fact("helion.seed", SEED, "runners/suites/helion_kernels/catalog.py")
        tuned: dict[str, object] = {}
        for name in dict.fromkeys(task.mode for task in wanted):
            of_mode = [task for task in wanted if task.mode == name and _is_wanted(suite, task)]
            tuned |= _mode(suite, said, of_mode, folder) if of_mode else {}
        (folder / _SUMMARY).write_text(json.dumps(tuned, indent=1) + "\n")


def _is_wanted(suite: harness.Suite, task: Task) -> bool:
    return suite.wants(task.id, task.dtype)


def _mode(
    suite: harness.Suite, said: Asked, of_mode: Sequence[Task], folder: Path
) -> dict[str, object]:
    """Carry out the cases of one mode; what autotuning did in each that was tuned."""
    mode = MODES[of_mode[0].mode]
    how = "interpreted" if mode.is_interpreted else "compiled"
    variables = mode.variables(suite.device)
    shown = " ".join(f"{key}={value}" for key, value in sorted(variables.items()))
    suite.fact(f"helion.{mode.name}", how, shown)
    told = {"effort": said.effort, "budget": str(said.budget), "folder": str(folder)}
    with tempfile.TemporaryDirectory() as scratch:
        variables["TORCHINDUCTOR_CACHE_DIR"] = scratch  # nothing that another day has compiled
        child = Child(variables, suite.device, Path(scratch), told)
        try:
            found = {task.id: _case(suite, task, mode, child, said) for task in of_mode}
        finally:
            child.end()
    return {id: one.detail for id, one in found.items() if "autotuning" in one.detail}  # noqa: A001 - the protocol's word


def _case(suite: harness.Suite, task: Task, mode: Mode, child: Child, said: Asked) -> Found:
    found = Found()
    with suite.case(task.id, dtype=task.dtype) as case:
        if task.dtype in mode.lacks:
            raise harness.Skipped(mode.lacks[task.dtype])
        patience = tuning.patience_seconds(said.budget) if task.bare.is_tuned else _PATIENCE_SECONDS
        found = child.ask(task.bare.id, task.dtype, patience)
        if found.skip:
            raise harness.Skipped(found.skip)
        how = "interpreted" if mode.is_interpreted else "compiled"
        case.note(detail={"mode": mode.name, "how": how, **found.detail})
        if found.problem:
            case.fail(found.problem)
        for who, values in found.milliseconds.items():
            name = f"{task.bare.id.removesuffix('.tuned')}_{who}".replace(".", "_")
            suite.metric(name, values, unit="ms", better="lower", case=task.id)
    print(f"{task.id} [{task.dtype}] {case.status} {case.said.get('message', '')}", flush=True)  # noqa: T201 - the log
    return found


@contextmanager
def _kept() -> Iterator[Path]:
    """Where logs of autotuning are left: kept by Coevo, thrown away where it was run by hand."""
    if os.environ.get("COEVO_ATTEMPT"):
        folder = Path.cwd() / _KEPT
        folder.mkdir(exist_ok=True)
        yield folder
    else:
        with tempfile.TemporaryDirectory() as by_hand:
            yield Path(by_hand)
