"""Which kernels there are, what they are given, and what torch says in their place."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple  # Any: tensors and numbers

import torch
from torch.nn import functional

SEED = 17
_EPS = 1e-5
_ALL = ("float32", "bfloat16", "float16")
_EVEN, _TAIL = ((32, 64), (64, 128)), ((37, 71), (5, 3))
_SMALL, _SMALL_TAIL = ((16, 32),), ((9, 21), (3, 5))  # places are slow to interpret
_Sizes = tuple[tuple[int, ...], ...]
_Given = list[Any]


class Kernel(NamedTuple):
    """`function` is its place below `kernels`; `inputs` makes float64 numbers of a size.

    `reference` says the same in torch. `magnitude` is the reference of all numbers' sizes (None:
    of the result itself). `tuned` is a size at which its speed means something.
    """

    name: str
    function: str
    inputs: Callable[[torch.Generator, tuple[int, ...]], _Given]
    reference: Callable[..., Any]
    even: _Sizes = _EVEN
    tail: _Sizes = _TAIL
    magnitude: Callable[..., Any] | None = None
    is_exact: bool = False
    dtypes: tuple[str, ...] = _ALL
    tuned: tuple[int, ...] = ()


def _normal(source: torch.Generator, *shape: int) -> torch.Tensor:
    return torch.randn(*shape, generator=source, dtype=torch.float64)


def _numbers(source: torch.Generator, high: int, *shape: int) -> torch.Tensor:
    return torch.randint(0, high, shape, generator=source, dtype=torch.int32)


def _one(source: torch.Generator, size: tuple[int, ...]) -> _Given:
    return [_normal(source, *size)]


def _below(source: torch.Generator, size: tuple[int, ...]) -> _Given:
    """Nothing near zero or above, so that a zero behind the end would be the largest."""
    return [-1 - _normal(source, *size).abs()]


def _pair(source: torch.Generator, size: tuple[int, ...]) -> _Given:
    return [_normal(source, *size), _normal(source, *size)]


def _factors(source: torch.Generator, size: tuple[int, ...]) -> _Given:
    m, k, n = size
    return [_normal(source, m, k), _normal(source, k, n)]


def _with_bias(source: torch.Generator, size: tuple[int, ...]) -> _Given:
    return [*_factors(source, size), _normal(source, size[2])]


def _batches(source: torch.Generator, size: tuple[int, ...]) -> _Given:
    b, m, k, n = size
    return [_normal(source, b, m, k), _normal(source, b, k, n)]


def _heads(source: torch.Generator, size: tuple[int, ...]) -> _Given:
    heads, m, n, width = size
    return [_normal(source, heads, time, width) for time in (m, n, n)]


def _normed(source: torch.Generator, size: tuple[int, ...]) -> _Given:
    return [*_one(source, size), _normal(source, size[1]), _normal(source, size[1]), _EPS]


def _rooted(source: torch.Generator, size: tuple[int, ...]) -> _Given:
    return [*_one(source, size), _normal(source, size[1]), _EPS]


def _backward(source: torch.Generator, size: tuple[int, ...]) -> _Given:
    upper, given = _pair(source, size)
    mean = given.mean(1).float()
    inverse = (given.var(1, correction=0) + _EPS).rsqrt().float()
    return [upper, given, _normal(source, size[1]), mean, inverse]


def _looked_up(source: torch.Generator, size: tuple[int, ...]) -> _Given:
    return [_numbers(source, 19, size[0]), _normal(source, 19, size[1])]


def _gathered(source: torch.Generator, size: tuple[int, ...]) -> _Given:
    return [_normal(source, *size), _numbers(source, size[1], size[0], 16)]


def _labelled(source: torch.Generator, size: tuple[int, ...]) -> _Given:
    return [_normal(source, *size), _numbers(source, size[1], size[0])]


def _layer_norm(
    given: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor, eps: float
) -> tuple[torch.Tensor, ...]:
    variance, mean = torch.var_mean(given, dim=1, correction=0)
    normed = functional.layer_norm(given, weight.shape, weight, bias, eps)
    return normed, mean, (variance + eps).rsqrt()


def _layer_norm_backward(
    upper: torch.Tensor,
    given: torch.Tensor,
    weight: torch.Tensor,
    mean: torch.Tensor,
    inverse: torch.Tensor,
) -> tuple[torch.Tensor, ...]:
    normed = (given - mean[:, None]) * inverse[:, None]
    weighed = upper * weight
    along, middle = (weighed * normed).mean(1, keepdim=True), weighed.mean(1, keepdim=True)
    found = (weighed - normed * along - middle) * inverse[:, None]
    return found, (upper * normed).sum(0), upper.sum(0)


def _backward_magnitude(*given: torch.Tensor) -> tuple[torch.Tensor, ...]:
    upper, seen, weight, mean, inverse = (one.abs() for one in given)
    normed = (seen + mean[:, None]) * inverse[:, None]
    of_given = upper * weight * inverse[:, None]
    return of_given * (1 + normed**2), (upper * normed).sum(0), upper.sum(0)


def _attention(
    query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, *, is_causal: bool = False
) -> torch.Tensor:
    return functional.scaled_dot_product_attention(query, key, value, is_causal=is_causal)


def _of_values(*given: torch.Tensor) -> torch.Tensor:
    return given[2].abs().max()


def _of_logits(*given: torch.Tensor) -> torch.Tensor:
    return given[0].abs().max() + given[0].shape[1] ** 0.5


_SUM_SIZE: Callable[..., Any] = lambda given, *, dim: given.abs().sum(dim)  # noqa: E731 - one of several forms
_PRODUCT = Kernel(
    "",
    "",
    _factors,
    torch.matmul,
    even=((64, 64, 64), (32, 128, 64)),
    tail=((37, 53, 71), (5, 3, 9)),
    magnitude=lambda left, right: left.abs() @ right.abs(),
)

KERNELS = (
    _PRODUCT._replace(name="matmul.dot", function="products.by_dot", tuned=(2048, 2048, 2048)),
    _PRODUCT._replace(name="matmul.addmm", function="products.by_addmm"),
    _PRODUCT._replace(name="matmul.widened", function="products.widened"),
    _PRODUCT._replace(
        name="matmul.epilogue",
        function="products.with_epilogue",
        inputs=_with_bias,
        reference=lambda left, right, bias: (left @ right + bias).relu(),
        magnitude=lambda left, right, bias: left.abs() @ right.abs() + bias.abs(),
    ),
    _PRODUCT._replace(name="matmul.split-k", function="products.split"),
    _PRODUCT._replace(
        name="matmul.batched",
        function="products.batched",
        inputs=_batches,
        even=((2, 32, 64, 32),),
        tail=((3, 37, 53, 21), (2, 5, 3, 9)),
    ),
    Kernel(
        "softmax.rows",
        "norms.softmax_rows",
        _one,
        partial(torch.softmax, dim=1),
        tuned=(4096, 2048),
    ),
    Kernel("softmax.online", "norms.softmax_online", _one, partial(torch.softmax, dim=1)),
    Kernel("layer-norm.forward", "norms.layer_norm", _normed, _layer_norm, tuned=(4096, 2048)),
    Kernel(
        "layer-norm.backward",
        "norms.layer_norm_backward",
        _backward,
        _layer_norm_backward,
        magnitude=_backward_magnitude,
    ),
    Kernel(
        "rms-norm",
        "norms.rms_norm",
        _rooted,
        lambda given, weight, eps: functional.rms_norm(given, weight.shape, weight, eps),
        tuned=(4096, 2048),
    ),
    Kernel(
        "attention.full",
        "attention.full",
        _heads,
        _attention,
        even=((2, 32, 64, 16),),
        tail=((2, 37, 53, 16), (3, 5, 9, 16)),
        magnitude=_of_values,
    ),
    Kernel(
        "attention.causal",
        "attention.causal",
        _heads,
        partial(_attention, is_causal=True),
        even=((2, 64, 64, 16),),
        tail=((2, 37, 37, 16), (3, 5, 5, 16)),
        magnitude=_of_values,
        tuned=(16, 1024, 1024, 64),
    ),
    Kernel(
        "sum.inner",
        "reductions.sum_inner",
        _one,
        partial(torch.sum, dim=1),
        magnitude=partial(_SUM_SIZE, dim=1),
        tuned=(4096, 2048),
    ),
    Kernel(
        "sum.outer",
        "reductions.sum_outer",
        _one,
        partial(torch.sum, dim=0),
        magnitude=partial(_SUM_SIZE, dim=0),
    ),
    Kernel(
        "sum.looped",
        "reductions.sum_looped",
        _one,
        partial(torch.sum, dim=1),
        magnitude=partial(_SUM_SIZE, dim=1),
    ),
    Kernel("max.inner", "reductions.max_inner", _below, partial(torch.amax, dim=1), is_exact=True),
    Kernel("max.outer", "reductions.max_outer", _below, partial(torch.amax, dim=0), is_exact=True),
    Kernel(
        "argmax.inner",
        "reductions.argmax_inner",
        _below,
        partial(torch.argmax, dim=1),
        even=_SMALL,
        tail=_SMALL_TAIL,
        is_exact=True,
    ),
    Kernel(
        "argmax.outer",
        "reductions.argmax_outer",
        _below,
        partial(torch.argmax, dim=0),
        even=_SMALL,
        tail=_SMALL_TAIL,
        is_exact=True,
    ),
    Kernel("elementwise.add", "elements.add", _pair, torch.add),
    Kernel("elementwise.gelu", "elements.gelu", _one, functional.gelu, tuned=(4096, 4096)),
    Kernel(
        "gather.embedding",
        "elements.embedding",
        _looked_up,
        lambda numbers, table: table[numbers.long()],
        is_exact=True,
    ),
    Kernel(
        "gather.elements",
        "elements.gather",
        _gathered,
        lambda given, numbers: given.gather(1, numbers.long()),
        is_exact=True,
    ),
    Kernel(
        "cross-entropy",
        "elements.cross_entropy",
        _labelled,
        lambda logits, labels: functional.cross_entropy(logits, labels.long(), reduction="none"),
        magnitude=_of_logits,
        tuned=(4096, 2048),
    ),
)
