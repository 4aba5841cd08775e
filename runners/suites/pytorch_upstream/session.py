"""The suite's conversation: each test that is asked for, told with how it ended."""

from __future__ import annotations

import os
from collections.abc import Sequence
from fnmatch import fnmatchcase
from typing import Any  # tests, whose module is loaded behind the device

import torch

from runners.suites import device, harness
from runners.suites.choosing import Identified, ParameterError
from runners.suites.pytorch_upstream.asked import Asked, asked


def run() -> None:
    """Carry out this shard's part of the selection."""
    plan = harness.suite(resume=True)
    wanted = asked(plan.parameters)
    if wanted.disabled:
        os.environ["DISABLED_TESTS_FILE"] = wanted.disabled
    torch.set_num_threads(1)  # of TF32 PyTorch's tests decide themselves
    problem = device.opened(plan.device)
    if problem:
        with harness.suite(total=1, resume=True) as suite:
            suite.ended("device", "FAIL", device=suite.device, message=problem)
        return
    # Behind the device, for torch looks which there are when its tests are loaded.
    from runners.suites.pytorch_upstream import gathering, limiting, running  # noqa: PLC0415 - as said

    gathering.only_for(plan.device)
    limiting.limit(wanted.samples)
    mine = plan.share(_chosen(gathering.gathered(plan.device, wanted), wanted))
    with harness.suite(total=1 + len(mine), resume=True) as suite:
        device.is_usable(suite)
        running.carry_out(suite, mine, wanted.seconds)


def _chosen(every: Sequence[Identified], wanted: Asked) -> list[Any]:
    found = [one for one in every if any(fnmatchcase(one.id, text) for text in wanted.cases)]
    if not found:
        raise ParameterError(f"cases: no case is called {' or '.join(wanted.cases)}")
    return found
