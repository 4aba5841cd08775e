"""Three small models of torch's own layers: a transformer, a convolutional net, an LSTM."""

from __future__ import annotations

import torch
from torch import nn

from runners.suites.pytorch_train import data

_WIDTH = 64


class Transformer(nn.Module):  # type: ignore[misc] # reason: torch is not installed beside mypy
    """Two causal layers: symbols (batch, time) → logits (batch · time, symbols)."""

    def __init__(self, dropout: float) -> None:
        super().__init__()
        length = 2 * data.COPIED - 1
        self.symbols = nn.Embedding(data.SYMBOLS, _WIDTH)
        self.places = nn.Embedding(length, _WIDTH)
        layer = nn.TransformerEncoderLayer(
            _WIDTH, 4, 2 * _WIDTH, dropout, batch_first=True, norm_first=True
        )
        self.layers = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
        self.head = nn.Linear(_WIDTH, data.SYMBOLS)
        self.register_buffer("order", torch.arange(length))
        self.register_buffer("later", torch.ones(length, length).triu(1).bool())

    def forward(self, said: torch.Tensor) -> torch.Tensor:
        """The logits of each next symbol."""
        there = self.symbols(said) + self.places(self.order)
        logits = self.head(self.layers(there, mask=self.later))
        return logits.flatten(0, 1)


class Convnet(nn.Module):  # type: ignore[misc] # reason: torch is not installed beside mypy
    """Two convolutions with batch norm: images (batch, 1, 16, 16) → logits (batch, classes)."""

    def __init__(self, dropout: float) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            *(nn.Conv2d(1, 8, 3, padding=1), nn.BatchNorm2d(8), nn.ReLU(), nn.MaxPool2d(2)),
            *(nn.Conv2d(8, 16, 3, padding=1), nn.BatchNorm2d(16), nn.ReLU(), nn.MaxPool2d(2)),
            *(nn.Flatten(), nn.Dropout(dropout), nn.Linear(16 * 16, data.CLASSES)),
        )

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """The logits of each image's direction."""
        return self.layers(images)


class Recurrent(nn.Module):  # type: ignore[misc] # reason: torch is not installed beside mypy
    """A two-layer LSTM: values (batch, time, 1) → next values (batch, time, 1)."""

    def __init__(self, dropout: float) -> None:
        super().__init__()
        self.cells = nn.LSTM(1, 32, 2, batch_first=True, dropout=dropout)
        self.head = nn.Linear(32, 1)

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        """The next value at each time."""
        return self.head(self.cells(values)[0])
