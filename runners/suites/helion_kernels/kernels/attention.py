"""Attention with an online softmax, as in FlashAttention (T. Dao and others, 2022)."""

from __future__ import annotations

import helion.language as hl
import torch


def full(query: torch.Tensor, key: torch.Tensor, value: torch.Tensor) -> torch.Tensor:
    """Everybody sees all: (heads, time, width) each → the query's shape."""
    heads, m, wide = query.size()
    n = key.size(1)
    width = hl.specialize(wide)
    out = torch.empty_like(query)
    scale = 1.0 / width**0.5
    for head, rows in hl.tile([heads, m]):
        asked = query[head, rows, :].to(torch.float32) * scale
        top = hl.full([head, rows], float("-inf"), dtype=torch.float32)
        total = hl.zeros([head, rows], dtype=torch.float32)
        found = hl.zeros([head, rows, width], dtype=torch.float32)
        for seen in hl.tile(n):
            scores = torch.bmm(asked, key[head, seen, :].to(torch.float32).transpose(1, 2))
            higher = torch.maximum(top, torch.amax(scores, -1))
            powers = torch.exp(scores - higher[:, :, None])
            kept = torch.exp(top - higher)
            total = total * kept + torch.sum(powers, -1)
            part = torch.bmm(powers, value[head, seen, :].to(torch.float32))
            found = found * kept[:, :, None] + part
            top = higher
        out[head, rows, :] = (found / total[:, :, None]).to(query.dtype)
    return out


def causal(query: torch.Tensor, key: torch.Tensor, value: torch.Tensor) -> torch.Tensor:
    """Nobody sees what comes later: (heads, time, width) each → the same shape."""
    heads, m, wide = query.size()
    width = hl.specialize(wide)
    out = torch.empty_like(query)
    scale = 1.0 / width**0.5
    for head, rows in hl.tile([heads, m]):
        asked = query[head, rows, :].to(torch.float32) * scale
        top = hl.full([head, rows], -1e30, dtype=torch.float32)
        total = hl.zeros([head, rows], dtype=torch.float32)
        found = hl.zeros([head, rows, width], dtype=torch.float32)
        for seen in hl.tile(m):
            scores = torch.bmm(asked, key[head, seen, :].to(torch.float32).transpose(1, 2))
            is_past = rows.index[:, None] >= seen.index[None, :]
            scores = torch.where(is_past[None, :, :], scores, -1e30)
            higher = torch.maximum(top, torch.amax(scores, -1))
            powers = torch.exp(scores - higher[:, :, None])
            kept = torch.exp(top - higher)
            total = total * kept + torch.sum(powers, -1)
            part = torch.bmm(powers, value[head, seen, :].to(torch.float32))
            found = found * kept[:, :, None] + part
            top = higher
        out[head, rows, :] = (found / total[:, :, None]).to(query.dtype)
    return out
