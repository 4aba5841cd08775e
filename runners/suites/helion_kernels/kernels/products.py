"""Products of matrices, in each form that Helion has for them; sums are kept in float32."""

from __future__ import annotations

import helion.language as hl
import torch


def by_dot(left: torch.Tensor, right: torch.Tensor) -> torch.Tensor:
    """(m, k) and (k, n) by `hl.dot`."""
    m, k = left.size()
    n = right.size(1)
    out = torch.empty([m, n], dtype=left.dtype, device=left.device)
    for rows, columns in hl.tile([m, n]):
        total = hl.zeros([rows, columns], dtype=torch.float32)
        for inner in hl.tile(k):
            total = hl.dot(left[rows, inner], right[inner, columns], acc=total)
        out[rows, columns] = total.to(left.dtype)
    return out


def by_addmm(left: torch.Tensor, right: torch.Tensor) -> torch.Tensor:
    """(m, k) and (k, n) by `torch.addmm`."""
    m, k = left.size()
    n = right.size(1)
    out = torch.empty([m, n], dtype=left.dtype, device=left.device)
    for rows, columns in hl.tile([m, n]):
        total = hl.zeros([rows, columns], dtype=torch.float32)
        for inner in hl.tile(k):
            total = torch.addmm(total, left[rows, inner], right[inner, columns])
        out[rows, columns] = total.to(left.dtype)
    return out


def widened(left: torch.Tensor, right: torch.Tensor) -> torch.Tensor:
    """(m, k) and (k, n) by `torch.matmul`, of tiles that are float32."""
    m, k = left.size()
    n = right.size(1)
    out = torch.empty([m, n], dtype=left.dtype, device=left.device)
    for rows, columns in hl.tile([m, n]):
        total = hl.zeros([rows, columns], dtype=torch.float32)
        for inner in hl.tile(k):
            one = left[rows, inner].to(torch.float32)
            total = total + torch.matmul(one, right[inner, columns].to(torch.float32))
        out[rows, columns] = total.to(left.dtype)
    return out


def with_epilogue(left: torch.Tensor, right: torch.Tensor, bias: torch.Tensor) -> torch.Tensor:
    """A product with a bias for each column, cut off below zero."""
    m, k = left.size()
    n = right.size(1)
    out = torch.empty([m, n], dtype=left.dtype, device=left.device)
    for rows, columns in hl.tile([m, n]):
        total = hl.zeros([rows, columns], dtype=torch.float32)
        for inner in hl.tile(k):
            total = hl.dot(left[rows, inner], right[inner, columns], acc=total)
        shifted = total + bias[columns].to(torch.float32)[None, :]
        out[rows, columns] = torch.relu(shifted).to(left.dtype)
    return out


def split(left: torch.Tensor, right: torch.Tensor) -> torch.Tensor:
    """A product whose inner dimension is parted over programs that add up atomically, float32."""
    m, k = left.size()
    n = right.size(1)
    out = torch.zeros([m, n], dtype=torch.float32, device=left.device)
    for rows, columns, part in hl.tile([m, n, k], block_size=[None, None, 32]):
        total = hl.zeros([rows, columns], dtype=torch.float32)
        for inner in hl.tile(part.begin, part.end):
            total = hl.dot(left[rows, inner], right[inner, columns], acc=total)
        hl.atomic_add(out, [rows, columns], total)
    return out


def batched(left: torch.Tensor, right: torch.Tensor) -> torch.Tensor:
    """(b, m, k) and (b, k, n) by `torch.baddbmm`."""
    b, m, k = left.size()
    n = right.size(2)
    out = torch.empty([b, m, n], dtype=left.dtype, device=left.device)
    for batch, rows, columns in hl.tile([b, m, n]):
        total = hl.zeros([batch, rows, columns], dtype=torch.float32)
        for inner in hl.tile(k):
            total = torch.baddbmm(total, left[batch, rows, inner], right[batch, inner, columns])
        out[batch, rows, columns] = total.to(left.dtype)
    return out
