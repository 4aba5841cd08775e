"""Sums, maxima and their places over either dimension of (rows, columns)."""

from __future__ import annotations

import helion.language as hl
import torch


def sum_inner(given: torch.Tensor) -> torch.Tensor:
    """Sums of rows that are held whole, in float32."""
    out = torch.empty([given.size(0)], dtype=torch.float32, device=given.device)
    for rows in hl.tile(given.size(0)):
        out[rows] = torch.sum(given[rows, :].to(torch.float32), dim=1)
    return out


def sum_outer(given: torch.Tensor) -> torch.Tensor:
    """Sums of columns, in float32."""
    out = torch.empty([given.size(1)], dtype=torch.float32, device=given.device)
    for columns in hl.tile(given.size(1)):
        out[columns] = torch.sum(given[:, columns].to(torch.float32), dim=0)
    return out


def sum_looped(given: torch.Tensor) -> torch.Tensor:
    """Sums of rows in pieces, in float32."""
    m, n = given.size()
    out = torch.empty([m], dtype=torch.float32, device=given.device)
    for rows in hl.tile(m):
        total = hl.zeros([rows], dtype=torch.float32)
        for piece in hl.tile(n):
            total = total + torch.sum(given[rows, piece].to(torch.float32), dim=1)
        out[rows] = total
    return out


def max_inner(given: torch.Tensor) -> torch.Tensor:
    """The largest of each row."""
    out = torch.empty([given.size(0)], dtype=given.dtype, device=given.device)
    for rows in hl.tile(given.size(0)):
        out[rows] = torch.amax(given[rows, :], dim=1)
    return out


def max_outer(given: torch.Tensor) -> torch.Tensor:
    """The largest of each column."""
    out = torch.empty([given.size(1)], dtype=given.dtype, device=given.device)
    for columns in hl.tile(given.size(1)):
        out[columns] = torch.amax(given[:, columns], dim=0)
    return out


def argmax_inner(given: torch.Tensor) -> torch.Tensor:
    """Where in each row its largest stands; whole numbers of 32 bits, for TPUs have no others."""
    out = torch.empty([given.size(0)], dtype=torch.int32, device=given.device)
    for rows in hl.tile(given.size(0)):
        out[rows] = torch.argmax(given[rows, :], dim=1).to(torch.int32)
    return out


def argmax_outer(given: torch.Tensor) -> torch.Tensor:
    """Where in each column its largest stands."""
    out = torch.empty([given.size(1)], dtype=torch.int32, device=given.device)
    for columns in hl.tile(given.size(1)):
        out[columns] = torch.argmax(given[:, columns], dim=0).to(torch.int32)
    return out
