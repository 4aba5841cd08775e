"""The golden self-test: a matrix product, forward and backward, that the named device computes.

Each result is held against float64 on the CPU, and must lie on the device that was named: where
a device is missing, or computes elsewhere, this fails. docs/suites/smoke.md says what it proves.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from typing import NamedTuple

import torch

from runners.simulated_devices import is_simulated
from runners.suites import device, harness

DTYPES = ("float32", "bfloat16", "float16")
SIZE = 256
_TIMED_SIZE, _REPLICATES, _CALLS = 512, 9, 4
_UNIT_ROUNDOFF = 2.0**-24  # of float32, in which products are summed


class Product(NamedTuple):
    """A product left @ right in float64, and the sum of the absolute values in each element."""

    value: torch.Tensor
    absolute: torch.Tensor


def main() -> None:
    """Run the suite; the one parameter `dtypes` chooses among float32, bfloat16, float16."""
    torch.set_num_threads(1)  # figures of one thread repeat to a few percent, of two they do not
    plan = harness.suite()
    dtypes = tuple(plan.parameters.get("dtypes", "").replace(",", " ").split()) or DTYPES
    with harness.suite(total=1 + 2 * len(dtypes), resume=True) as suite:
        if not device.is_usable(suite):
            return
        for dtype in dtypes:
            _product(suite, dtype)
        if suite.only in {"", "speed"}:
            rates = list(speeds(suite.device))
            suite.metric("matmul_float32", rates, unit="GFLOP/s", better="higher")
            if not is_simulated(suite.device):
                print(f"matmul float32: {statistics.median(rates):.1f} GFLOP/s")  # noqa: T201 - the log


def _product(suite: harness.Suite, dtype: str) -> None:
    for id_, check in (("matmul", forward), ("matmul.backward", backward)):
        if suite.wants(id_, dtype):
            with suite.case(id_, dtype=dtype) as case:
                problem = check(suite.device, getattr(torch, dtype))
                if problem:
                    case.fail(problem)


def forward(name: str, dtype: torch.dtype) -> str:
    """What is wrong with a product on the device, "" where nothing is."""
    left, right = operands(dtype)
    got = left.to(name) @ right.to(name)
    return wrong(got, product(left, right), name, dtype)


def backward(name: str, dtype: torch.dtype) -> str:
    """What is wrong with a product's gradients on the device, "" where nothing is."""
    left, right = operands(dtype)
    seed = operands(dtype, seed=1)[0]
    there = [side.to(name).requires_grad_() for side in (left, right)]
    (there[0] @ there[1]).backward(seed.to(name))
    exact = (product(seed, right.T), product(left.T, seed))
    found = (_graded(side, want, name, dtype) for side, want in zip(there, exact))  # noqa: B905 - Python 3.9 has no strict
    return next((problem for problem in found if problem), "")


def operands(dtype: torch.dtype, seed: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    """Two square matrices of standard normal numbers, rounded to the dtype, on the CPU."""
    source = torch.Generator().manual_seed(seed)
    left, right = torch.randn(2, SIZE, SIZE, generator=source, dtype=torch.float64).to(dtype)
    return left, right


def product(left: torch.Tensor, right: torch.Tensor) -> Product:
    """The product in float64, in which sums of float32 numbers lose nothing that counts."""
    wide_left, wide_right = left.double(), right.double()
    return Product(wide_left @ wide_right, wide_left.abs() @ wide_right.abs())


def wrong(got: torch.Tensor, want: Product, name: str, dtype: torch.dtype) -> str:
    """Why a result is not the product, or is not where it should be; "" where it is both.

    The bound on sums of n products is N. J. Higham and T. Mary's, "A new approach to
    probabilistic rounding error analysis", SIAM J. Sci. Comput. 41 (2019): a small constant
    times sqrt(n) unit roundoffs of |left| |right|; the rest is the rounding of the result.
    """
    if got.device.type != name.partition(":")[0]:
        return f"the result lies on {got.device}, not on {name}"
    if got.dtype != dtype:
        return f"the result is {got.dtype}, not {dtype}"
    eps = torch.finfo(dtype).eps
    sums = 4 * SIZE**0.5 * _UNIT_ROUNDOFF * want.absolute
    room = sums + 2 * eps * (want.value.abs() + want.value.square().mean().sqrt())
    off = (got.cpu().double() - want.value).abs() / room
    worst = torch.nan_to_num(off, nan=torch.inf).max().item()
    return "" if worst <= 1 else f"off by {worst:.3g} times the tolerance"


def speeds(name: str) -> Iterator[float]:
    """GFLOP/s of a float32 product of one thread, once a replicate, after a warm-up."""
    step = torch.full((_TIMED_SIZE, _TIMED_SIZE), 1 / _TIMED_SIZE, device=name)
    ones = torch.ones(_TIMED_SIZE, _TIMED_SIZE, device=name)
    for replicate in range(_REPLICATES + 1):
        start = time.perf_counter()
        state = ones
        for _ in range(_CALLS):
            state = step @ state
        state[0, 0].item()  # each product needs the one before: none can be left out or put off
        seconds = time.perf_counter() - start
        if replicate:
            yield _CALLS * 2 * _TIMED_SIZE**3 / seconds / 1e9


def _graded(side: torch.Tensor, want: Product, name: str, dtype: torch.dtype) -> str:
    return wrong(side.grad, want, name, dtype) if side.grad is not None else "no gradient came"
