"""Element by element, by number, and the loss that does both."""

from __future__ import annotations

import helion.language as hl
import torch


def plus_one(given: torch.Tensor) -> torch.Tensor:
    """The least that a backend can do."""
    out = torch.empty_like(given)
    for tile in hl.tile(given.size()):
        out[tile] = given[tile] + 1.0
    return out


def add(left: torch.Tensor, right: torch.Tensor) -> torch.Tensor:
    """Sums of pairs."""
    out = torch.empty_like(left)
    for tile in hl.tile(left.size()):
        out[tile] = left[tile] + right[tile]
    return out


def gelu(given: torch.Tensor) -> torch.Tensor:
    """Gaussian error linear units, by the error function."""
    out = torch.empty_like(given)
    for tile in hl.tile(given.size()):
        wide = given[tile].to(torch.float32)
        found = 0.5 * wide * (1.0 + torch.erf(wide * 0.7071067811865476))
        out[tile] = found.to(given.dtype)
    return out


def embedding(numbers: torch.Tensor, table: torch.Tensor) -> torch.Tensor:
    """Rows of a table by number."""
    m = numbers.size(0)
    n = table.size(1)
    out = torch.empty([m, n], dtype=table.dtype, device=table.device)
    for rows, columns in hl.tile([m, n]):
        out[rows, columns] = table[numbers[rows], columns]
    return out


def gather(given: torch.Tensor, numbers: torch.Tensor) -> torch.Tensor:
    """Of each row the elements with these numbers."""
    m, n = numbers.size()
    width = given.size(1)
    out = torch.empty([m, n], dtype=given.dtype, device=given.device)
    flat = given.view(-1)
    for rows, columns in hl.tile([m, n]):
        out[rows, columns] = flat[rows.index[:, None] * width + numbers[rows, columns]]
    return out


def cross_entropy(logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """The loss of each row, in float32."""
    m, n = logits.size()
    out = torch.empty([m], dtype=torch.float32, device=logits.device)
    for rows in hl.tile(m):
        wide = logits[rows, :].to(torch.float32)
        top = torch.amax(wide, dim=1)
        total = torch.log(torch.sum(torch.exp(wide - top[:, None]), dim=1)) + top
        is_label = hl.arange(n)[None, :] == labels[rows][:, None]
        out[rows] = total - torch.sum(torch.where(is_label, wide, 0.0), dim=1)
    return out
