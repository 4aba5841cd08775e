"""What is measured: each kernel with its numbers, how much one call does, and what is right."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import NamedTuple

import torch
from torch.nn import functional

from runners.suites.harness import Skipped
from runners.suites.pytorch_bench.right import Right

SEED = 20  # any number does; the same one everywhere makes columns comparable
FLOPS, BYTES, ELEMENTS, SECONDS = "FLOP/s", "B/s", "elements/s", "s"
_LONG = 1 << 24  # numbers: no cache of a CPU of today holds three times as many


class Call(NamedTuple):
    """A kernel on its numbers: what is timed, and the answer that it has to give."""

    run: Callable[[], torch.Tensor]
    right: Callable[[], Right]


class Place(NamedTuple):
    """Where a kernel runs and what on: numbers drawn on the CPU from the seed, then moved."""

    device: str
    dtype: torch.dtype

    def numbers(self, *shape: int, draw: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
        """Normal numbers in the dtype: on the device, and the same on the CPU."""
        source = torch.Generator().manual_seed(SEED + draw)
        here = torch.randn(shape, generator=source).to(self.dtype)
        return here.to(self.device), here


class Kernel(NamedTuple):
    """One benchmark. `amount` is what a call does, in the unit's own measure."""

    id: str
    dtype: str
    unit: str
    amount: float
    made: Callable[[Place], Call]

    def metric(self, device: str) -> str:
        """The name under which its speed is told."""
        name = f"{self.id.replace('.', '_')}_{self.dtype}"
        return f"{name}_one_thread" if device.partition(":")[0] == "cpu" else name

    @property
    def better(self) -> str:
        """Which direction is better."""
        return "lower" if self.unit == SECONDS else "higher"

    def value(self, seconds: float) -> float:
        """What is told of a call that takes so long."""
        return seconds if self.unit == SECONDS else self.amount / seconds


def kernels() -> Iterator[Kernel]:
    """Every kernel, in the order in which they are measured."""
    for size, dtype in _PRODUCTS:
        yield Kernel(f"matmul.{size}", dtype, FLOPS, 2.0 * size**3, partial(_matmul, size))
    yield Kernel("bmm.64x128", "float32", FLOPS, 2.0 * 64 * 128**3, _bmm)
    for dtype in ("float32", "bfloat16"):
        yield Kernel("attention.512", dtype, FLOPS, 4.0 * 8 * 512**2 * 64, _attention)
        yield Kernel("conv2d.3x3", dtype, FLOPS, 2.0 * 2 * 64 * 56**2 * 64 * 9, _conv)
        width = 4.0 if dtype == "float32" else 2.0
        yield Kernel("softmax.1024", dtype, BYTES, 2 * width * (1 << 22), _softmax)
        yield Kernel("layer_norm.1024", dtype, BYTES, 2 * width * (1 << 22), _layer_norm)
        yield Kernel("gelu", dtype, BYTES, 2 * width * (1 << 22), _gelu)
    for dim, name in ((1, "rows"), (0, "columns")):
        yield Kernel(f"sum.{name}", "float32", BYTES, 4.0 * _LONG, partial(_sum, dim))
    yield Kernel("add", "float32", BYTES, 12.0 * _LONG, _add)
    yield Kernel("copy", "float32", BYTES, 8.0 * _LONG, partial(_copy, transposed=False))
    yield Kernel("copy.transposed", "float32", BYTES, 8.0 * _LONG, partial(_copy, transposed=True))
    yield Kernel("gather.rows", "float32", BYTES, 8.0 * (1 << 22), _gather)
    yield Kernel("sort", "float32", ELEMENTS, 1.0 * (1 << 20), _sort)
    for pinned in (False, True):
        name = ".pinned" if pinned else ""
        to, back = partial(_to_device, pinned), partial(_to_host, pinned)
        yield Kernel(f"host_to_device{name}", "float32", BYTES, 4.0 * _LONG, to)
        yield Kernel(f"device_to_host{name}", "float32", BYTES, 4.0 * _LONG, back)
    yield Kernel("launch", "float32", SECONDS, 1.0, _launch)


# In float16 a small one: CPUs without units for it take seconds for more.
_PRODUCTS = (
    *((256, "float32"), (1024, "float32"), (2048, "float32")),
    *((1024, "bfloat16"), (256, "float16"), (1024, "float64")),
)


def _matmul(size: int, place: Place) -> Call:
    (left, a), (right, b) = (place.numbers(size, size, draw=k) for k in range(2))
    return Call(lambda: left @ right, lambda: _products(torch.matmul, a, b, size))


def _bmm(place: Place) -> Call:
    (left, a), (right, b) = (place.numbers(64, 128, 128, draw=k) for k in range(2))
    return Call(lambda: torch.bmm(left, right), lambda: _products(torch.bmm, a, b, 128))


def _conv(place: Place) -> Call:
    image, a = place.numbers(2, 64, 56, 56)
    weight, b = place.numbers(64, 64, 3, 3, draw=1)
    conv = partial(functional.conv2d, padding=1)
    return Call(lambda: conv(image, weight), lambda: _products(conv, a, b, 64 * 9))


def _products(
    kernel: Callable[[torch.Tensor, torch.Tensor], torch.Tensor],
    a: torch.Tensor,
    b: torch.Tensor,
    terms: int,
) -> Right:
    a, b = a.double(), b.double()
    return Right(kernel(a, b), kernel(a * a, b * b).sqrt(), terms)


def _attention(place: Place) -> Call:
    (query, q), (key, k), (value, v) = (place.numbers(1, 8, 512, 64, draw=n) for n in range(3))

    def right() -> Right:
        scores = (q.double() @ k.double().mT) / 8
        weights, values = scores.softmax(-1), v.double()
        return Right(weights @ values, (weights.square() @ values.square()).sqrt(), 512 + 64)

    return Call(lambda: functional.scaled_dot_product_attention(query, key, value), right)


def _softmax(place: Place) -> Call:
    there, here = place.numbers(4096, 1024)

    def right() -> Right:
        answer = here.double().softmax(-1)
        return Right(answer, 4 * answer, 1024)

    return Call(lambda: there.softmax(-1), right)


def _layer_norm(place: Place) -> Call:
    there, here = place.numbers(4096, 1024)

    def right() -> Right:
        answer = functional.layer_norm(here.double(), (1024,))
        return Right(answer, 1 + answer.abs(), 1024)

    return Call(lambda: functional.layer_norm(there, (1024,)), right)


def _gelu(place: Place) -> Call:
    there, here = place.numbers(1 << 22)
    wide = here.double
    return Call(
        lambda: functional.gelu(there), lambda: Right(functional.gelu(wide()), wide().abs())
    )


def _sum(dim: int, place: Place) -> Call:
    there, here = place.numbers(4096, 4096)

    def right() -> Right:
        wide = here.double()
        return Right(wide.sum(dim), wide.square().sum(dim).sqrt(), 4096)

    return Call(lambda: there.sum(dim), right)


def _add(place: Place) -> Call:
    (left, a), (right, b) = (place.numbers(_LONG, draw=k) for k in range(2))
    out = torch.empty_like(left)  # else a CPU's kernel would clear new pages, and nothing else
    return Call(lambda: torch.add(left, right, out=out), lambda: Right((a + b).double()))


def _copy(place: Place, *, transposed: bool) -> Call:
    there, here = place.numbers(4096, 4096)
    out = torch.empty_like(there)
    source, right = (there.t(), here.t()) if transposed else (there, here)
    return Call(lambda: out.copy_(source), lambda: Right(right.double()))


def _gather(place: Place) -> Call:
    table, here = place.numbers(1 << 16, 64)
    order = torch.randperm(1 << 16, generator=torch.Generator().manual_seed(SEED))
    rows, out = order.to(place.device), torch.empty_like(table)
    return Call(
        lambda: torch.index_select(table, 0, rows, out=out), lambda: Right(here[order].double())
    )


def _sort(place: Place) -> Call:
    there, here = place.numbers(1 << 20)
    return Call(lambda: there.sort().values, lambda: Right(here.sort().values.double()))


def _to_device(pinned: bool, place: Place) -> Call:  # noqa: FBT001 - bound by `kernels`
    here = _host(place, pinned)
    out = torch.empty_like(here, device=place.device)
    return Call(lambda: out.copy_(here, non_blocking=pinned), lambda: Right(here.double()))


def _to_host(pinned: bool, place: Place) -> Call:  # noqa: FBT001 - bound by `kernels`
    out = _host(place, pinned)
    there, here = place.numbers(_LONG)
    return Call(lambda: out.copy_(there, non_blocking=pinned), lambda: Right(here.double()))


def _host(place: Place, pinned: bool) -> torch.Tensor:  # noqa: FBT001 - the same
    if place.device.partition(":")[0] == "cpu":
        raise Skipped("capability: a CPU has no other memory to copy to")
    _, here = place.numbers(_LONG, draw=1)
    return here.pin_memory() if pinned else here


def _launch(place: Place) -> Call:
    """The smallest kernel there is; of an accelerator the host's part alone is timed."""
    one = torch.ones(1, device=place.device, dtype=place.dtype)
    out = torch.empty_like(one)
    return Call(lambda: torch.add(one, one, out=out), lambda: Right(torch.full((1,), 2.0).double()))
