"""What is exported: small models of the kinds that are put on devices, and inputs for them."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import nn
from torch.nn import functional

_WIDTH = 16
MOST_ROWS = 16  # of a batch whose size may change


class Model(NamedTuple):
    """A module, and the inputs of its calls in turn.

    `takes` are operators that a delegate has to take for itself. `grows`: the first size of its
    inputs may change. `state`: buffers that a call leaves to the next. `is_quantized`: it is
    quantized to int8 before it is lowered.
    """

    name: str
    build: Callable[[], nn.Module]
    inputs: Callable[[torch.Generator, int], tuple[torch.Tensor, ...]]
    takes: tuple[str, ...]
    sizes: tuple[int, ...] = (4, 4, 4)
    grows: bool = False
    state: tuple[str, ...] = ()
    is_quantized: bool = False


class Mobile(nn.Module):  # type: ignore[misc] # reason: torch is not installed beside mypy
    """An inverted residual: widened, a filter for each channel, narrowed, added."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(8, 24, 1, bias=False),
            nn.BatchNorm2d(24),
            nn.ReLU6(),
            nn.Conv2d(24, 24, 3, padding=1, groups=24, bias=False),
            nn.BatchNorm2d(24),
            nn.Hardswish(),
            nn.Conv2d(24, 8, 1),
        )

    def forward(self, there: torch.Tensor) -> torch.Tensor:
        """(batch, 8, height, width) → the same."""
        return there + self.layers(there)


class Recurrent(nn.Module):  # type: ignore[misc] # reason: torch is not installed beside mypy
    """An LSTM whose last state is read: (batch, 5, width) → (batch, 4)."""

    def __init__(self) -> None:
        super().__init__()
        self.states, self.out = nn.LSTM(_WIDTH, _WIDTH, batch_first=True), nn.Linear(_WIDTH, 4)

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        """What is read at the end."""
        return self.out(self.states(values)[0][:, -1])


class Attention(nn.Module):  # type: ignore[misc] # reason: torch is not installed beside mypy
    """A causal transformer block without a cache: (batch, time, width) → the same."""

    def __init__(self) -> None:
        super().__init__()
        self.norm, self.parts = nn.LayerNorm(_WIDTH), nn.Linear(_WIDTH, 3 * _WIDTH)
        self.out, self.then = nn.Linear(_WIDTH, _WIDTH), nn.LayerNorm(_WIDTH)
        self.up, self.down = nn.Linear(_WIDTH, 2 * _WIDTH), nn.Linear(2 * _WIDTH, _WIDTH)

    def forward(self, there: torch.Tensor) -> torch.Tensor:
        """What went in, what was attended to, and what was made of both."""
        heads = self.parts(self.norm(there)).unflatten(-1, (3, 2, -1)).permute(2, 0, 3, 1, 4)
        found = functional.scaled_dot_product_attention(*heads.unbind(0), is_causal=True)
        there = there + self.out(found.transpose(1, 2).flatten(2))
        return there + self.down(functional.gelu(self.up(self.then(there))))


class Classes(nn.Module):  # type: ignore[misc] # reason: torch is not installed beside mypy
    """Rows by number, and a share for each class: (batch, 6) → (batch, 6, 5)."""

    def __init__(self) -> None:
        super().__init__()
        self.rows, self.out = nn.Embedding(20, _WIDTH), nn.Linear(_WIDTH, 5)

    def forward(self, numbers: torch.Tensor) -> torch.Tensor:
        """Shares that sum up to one."""
        return self.out(self.rows(numbers)).softmax(-1)


class Stateful(nn.Module):  # type: ignore[misc] # reason: torch is not installed beside mypy
    """Adds up what it has seen in a buffer, from a start that is not zero, beside a constant."""

    def __init__(self) -> None:
        super().__init__()
        self.out = nn.Linear(_WIDTH, _WIDTH)
        self.register_buffer("seen", torch.linspace(-1, 1, _WIDTH))
        self.register_buffer("scale", torch.linspace(1, 2, _WIDTH))

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        """What this call brings, and what all calls before have brought."""
        self.seen.add_(values.sum(0))
        return self.out(values) * self.scale + self.seen


def _mlp() -> nn.Module:
    return nn.Sequential(nn.Linear(_WIDTH, 32), nn.ReLU(), nn.Linear(32, 8))


def _convnet() -> nn.Module:
    first = [nn.Conv2d(3, 8, 3, padding=1), nn.BatchNorm2d(8), nn.ReLU(), nn.MaxPool2d(2)]
    then = [nn.Conv2d(8, 8, 3, stride=2), nn.SiLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten()]
    return nn.Sequential(*first, *then, nn.Linear(8, 5))


def _quantized() -> nn.Module:
    layers = [nn.Conv2d(3, 8, 3, padding=1), nn.ReLU(), nn.Conv2d(8, 8, 3, stride=2)]
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, 5))


def _rows(source: torch.Generator, size: int) -> tuple[torch.Tensor, ...]:
    return (torch.randn(size, _WIDTH, generator=source),)


def _texts(source: torch.Generator, size: int) -> tuple[torch.Tensor, ...]:
    return (torch.randn(size, 5, _WIDTH, generator=source),)


def _images(source: torch.Generator, size: int) -> tuple[torch.Tensor, ...]:
    return (torch.randn(size, 3, 16, 16, generator=source),)


def _features(source: torch.Generator, size: int) -> tuple[torch.Tensor, ...]:
    return (torch.randn(size, 8, 10, 10, generator=source),)


def _numbers(source: torch.Generator, size: int) -> tuple[torch.Tensor, ...]:
    return (torch.randint(0, 20, (size, 6), generator=source),)


MODELS = (
    Model("mlp", _mlp, _rows, ("linear", "relu")),
    Model("convnet", _convnet, _images, ("convolution", "linear")),
    Model("mobile", Mobile, _features, ("convolution", "hardswish")),
    Model("lstm", Recurrent, _texts, ("linear", "sigmoid", "tanh")),
    Model("attention", Attention, _texts, ("linear", "softmax", "bmm")),
    Model("embedding", Classes, _numbers, ("linear", "softmax")),
    Model("dynamic", _mlp, _rows, ("linear", "relu"), sizes=(4, 1, 9, MOST_ROWS), grows=True),
    Model("stateful", Stateful, _rows, ("linear",), state=("seen",)),
    Model("int8", _quantized, _images, ("convolution", "linear"), is_quantized=True),
)
