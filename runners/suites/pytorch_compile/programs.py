"""What is compiled: small models, and graphs of the shapes that compilers stumble over."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import nn
from torch.nn import functional

_WIDTH = 32


class Program(NamedTuple):
    """A module, and inputs for it by a size that may change.

    `graphs` is into how many a whole compilation may fall: 1 where nothing breaks it. `learns`:
    its gradients are held against eager's, too. `grows`: it is run in other sizes, too.
    `dtypes` beside float32.
    """

    name: str
    build: Callable[[], nn.Module]
    inputs: Callable[[torch.Generator, int], tuple[torch.Tensor, ...]]
    graphs: int = 1
    learns: bool = False
    grows: bool = False
    dtypes: tuple[str, ...] = ()


class Pointwise(nn.Module):  # type: ignore[misc] # reason: torch is not installed beside mypy
    """A chain that is to become one loop."""

    def forward(self, left: torch.Tensor, right: torch.Tensor) -> torch.Tensor:
        """A number for each pair."""
        return torch.where(left > right, left.exp() - 1, right.relu() * 0.5) + left.abs().sqrt()


class Attention(nn.Module):  # type: ignore[misc] # reason: torch is not installed beside mypy
    """Causal self-attention with projections and a norm: (batch, time, width) → the same."""

    def __init__(self) -> None:
        super().__init__()
        self.norm, self.parts = nn.LayerNorm(_WIDTH), nn.Linear(_WIDTH, 3 * _WIDTH)
        self.out = nn.Linear(_WIDTH, _WIDTH)

    def forward(self, there: torch.Tensor) -> torch.Tensor:
        """What went in, and what was attended to."""
        heads = self.parts(self.norm(there)).unflatten(-1, (3, 4, -1)).permute(2, 0, 3, 1, 4)
        found = functional.scaled_dot_product_attention(*heads.unbind(0), is_causal=True)
        return there + self.out(found.transpose(1, 2).flatten(2))


class Recurrent(nn.Module):  # type: ignore[misc] # reason: torch is not installed beside mypy
    """A cell in a Python loop that is unrolled: (batch, 6, width) → (batch, width)."""

    def __init__(self) -> None:
        super().__init__()
        self.cell = nn.Linear(2 * _WIDTH, _WIDTH)

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        """The state at the end."""
        state = torch.zeros_like(values[:, 0])
        for time in range(values.shape[1]):
            state = torch.tanh(self.cell(torch.cat([values[:, time], state], dim=-1)))
        return state


class Reductions(nn.Module):  # type: ignore[misc] # reason: torch is not installed beside mypy
    """Sums of several kinds over both dimensions, in a sequence, and by order."""

    def forward(self, values: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """Softmax, variance, a running sum, a mean, the place of the largest, the three largest."""
        return (
            values.softmax(-1),
            torch.var_mean(values, dim=0)[0],
            values.cumsum(-1),
            values.logsumexp(0),
            values.argmax(-1),
            values.topk(3, dim=-1).values,
        )


class Scatter(nn.Module):  # type: ignore[misc] # reason: torch is not installed beside mypy
    """Rows by number, and back: (numbers,), (numbers, width) → (9, width)."""

    def __init__(self) -> None:
        super().__init__()
        self.rows = nn.Embedding(9, _WIDTH)

    def forward(self, numbers: torch.Tensor, values: torch.Tensor) -> torch.Tensor:
        """Values added up by number, where the number is even twice."""
        twice = values.masked_fill((numbers % 2 == 0)[:, None], 2.0) * self.rows(numbers)
        return torch.zeros_like(self.rows.weight).index_add(0, numbers, twice)


class Mutation(nn.Module):  # type: ignore[misc] # reason: torch is not installed beside mypy
    """Writes into its argument and into a buffer, through a view."""

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("seen", torch.zeros(_WIDTH))

    def forward(self, values: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """The argument as it is then, and the buffer."""
        self.seen.add_(values.sum(0))
        values[::2].mul_(3.0)
        values.t()[0].copy_(self.seen[: values.shape[0]].mean())
        return values * 1, self.seen * 1


class Views(nn.Module):  # type: ignore[misc] # reason: torch is not installed beside mypy
    """Everything that moves no number: (rows, width) → a few shapes of it."""

    def forward(self, values: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """Padded, rolled, flipped, windowed and interleaved."""
        padded = functional.pad(values, (1, 2, 0, 1), value=-1.0)
        windows = values.unfold(1, 4, 3).permute(2, 0, 1)
        mixed = torch.stack([values, values.roll(1, 0).flip(1)], dim=-1).flatten(1)
        return padded, windows, mixed, torch.cat([values.t(), values.t()[1:]])


class Whole(nn.Module):  # type: ignore[misc] # reason: torch is not installed beside mypy
    """Whole numbers, their signs and their bits."""

    def forward(self, left: torch.Tensor, right: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """Quotients towards both sides, remainders, bits, sums."""
        down = torch.div(left, right, rounding_mode="floor")
        cut = torch.div(left, right, rounding_mode="trunc")
        bits = (left << 3) ^ (right >> 1) | ~left
        return down, cut, left % right, torch.fmod(left, right), bits, left.cumsum(0)


class Branch(nn.Module):  # type: ignore[misc] # reason: torch is not installed beside mypy
    """Asks Python about a number in its middle, so that there are two graphs."""

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        """Another thing for each sign."""
        there = values.sin() * 2
        if there.sum() > 0:
            return there.cos()
        return there - 1


def _model() -> nn.Module:
    layers = [nn.Linear(_WIDTH, 64), nn.GELU(), nn.LayerNorm(64), nn.Linear(64, _WIDTH)]
    return nn.Sequential(*layers)


def _convnet() -> nn.Module:
    first = [nn.Conv2d(3, 8, 3, padding=1), nn.BatchNorm2d(8), nn.ReLU(), nn.MaxPool2d(2)]
    return nn.Sequential(*first, nn.Conv2d(8, 8, 3, stride=2), nn.SiLU(), nn.AvgPool2d(2))


def _normal(source: torch.Generator, *shape: int) -> torch.Tensor:
    return torch.randn(*shape, generator=source, dtype=torch.float64)


def _whole(source: torch.Generator, low: int, high: int, *shape: int) -> torch.Tensor:
    return torch.randint(low, high, shape, generator=source)


PROGRAMS = (
    Program("pointwise", Pointwise, lambda g, n: (_normal(g, n, 33), _normal(g, n, 33))),
    Program(
        "mlp", _model, lambda g, n: (_normal(g, n, _WIDTH),), learns=True, dtypes=("bfloat16",)
    ),
    Program(
        "attention",
        Attention,
        lambda g, n: (_normal(g, 2, n, _WIDTH),),
        learns=True,
        grows=True,
        dtypes=("bfloat16",),
    ),
    Program("convnet", _convnet, lambda g, n: (_normal(g, n, 3, 16, 16),), learns=True),
    Program("recurrent", Recurrent, lambda g, n: (_normal(g, n, 6, _WIDTH),), learns=True),
    Program("reductions", Reductions, lambda g, n: (_normal(g, n, 17),), grows=True),
    Program(
        "scatter",
        Scatter,
        lambda g, n: (_whole(g, 0, 9, n), _normal(g, n, _WIDTH)),
        learns=True,
    ),
    Program("mutation", Mutation, lambda g, n: (_normal(g, n, _WIDTH),)),
    Program("views", Views, lambda g, n: (_normal(g, n, 13),), grows=True),
    Program("whole", Whole, lambda g, n: (_whole(g, -99, 99, n, 5), _whole(g, 1, 9, n, 5))),
    Program("branch", Branch, lambda g, n: (_normal(g, n, 9),), graphs=2),
)
