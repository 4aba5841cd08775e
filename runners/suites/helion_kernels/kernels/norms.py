"""Softmax, layer norm and RMS norm over the last dimension of (rows, width)."""

from __future__ import annotations

import helion.language as hl
import torch


def softmax_rows(given: torch.Tensor) -> torch.Tensor:
    """Softmax of rows that are held whole."""
    out = torch.empty_like(given)
    for rows in hl.tile(given.size(0)):
        wide = given[rows, :].to(torch.float32)
        powers = torch.exp(wide - torch.amax(wide, dim=1, keepdim=True))
        out[rows, :] = (powers / torch.sum(powers, dim=1, keepdim=True)).to(given.dtype)
    return out


def softmax_online(given: torch.Tensor) -> torch.Tensor:
    """Softmax of rows in pieces (M. Milakov, N. Gimelshein, 2018)."""
    m, n = given.size()
    out = torch.empty_like(given)
    for rows in hl.tile(m):
        top = hl.full([rows], float("-inf"), dtype=torch.float32)
        total = hl.zeros([rows], dtype=torch.float32)
        for piece in hl.tile(n):
            wide = given[rows, piece].to(torch.float32)
            higher = torch.maximum(top, torch.amax(wide, dim=1))
            powers = torch.exp(wide - higher[:, None])
            total = total * torch.exp(top - higher) + torch.sum(powers, dim=1)
            top = higher
        for piece in hl.tile(n):
            wide = given[rows, piece].to(torch.float32)
            share = torch.exp(wide - top[:, None]) / total[:, None]
            out[rows, piece] = share.to(given.dtype)
    return out


def layer_norm(
    given: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor, eps: float
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """The normed rows, and in float32 their means and the inverses of their deviations."""
    m, n = given.size()
    out = torch.empty_like(given)
    mean = torch.empty([m], dtype=torch.float32, device=given.device)
    inverse = torch.empty([m], dtype=torch.float32, device=given.device)
    for rows in hl.tile(m):
        wide = given[rows, :].to(torch.float32)
        middle = torch.sum(wide, dim=1) / n
        centred = wide - middle[:, None]
        scale = torch.rsqrt(torch.sum(centred * centred, dim=1) / n + eps)
        normed = centred * scale[:, None] * weight[:].to(torch.float32)[None, :]
        out[rows, :] = (normed + bias[:].to(torch.float32)[None, :]).to(given.dtype)
        mean[rows] = middle
        inverse[rows] = scale
    return out, mean, inverse


def layer_norm_backward(
    upper: torch.Tensor,
    given: torch.Tensor,
    weight: torch.Tensor,
    mean: torch.Tensor,
    inverse: torch.Tensor,
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """The gradients of what is given, of the weight and of the bias; the last two in float32."""
    m, n = given.size()
    out = torch.empty_like(given)
    of_weight = torch.zeros([n], dtype=torch.float32, device=given.device)
    of_bias = torch.zeros([n], dtype=torch.float32, device=given.device)
    for rows in hl.tile(m):
        scale = inverse[rows][:, None]
        normed = (given[rows, :].to(torch.float32) - mean[rows][:, None]) * scale
        above = upper[rows, :].to(torch.float32)
        weighed = above * weight[:].to(torch.float32)[None, :]
        along = torch.sum(weighed * normed, dim=1) / n
        middle = torch.sum(weighed, dim=1) / n
        found = (weighed - normed * along[:, None] - middle[:, None]) * scale
        out[rows, :] = found.to(given.dtype)
        hl.atomic_add(of_weight, [slice(None)], torch.sum(above * normed, dim=0))
        hl.atomic_add(of_bias, [slice(None)], torch.sum(above, dim=0))
    return out, of_weight, of_bias


def rms_norm(given: torch.Tensor, weight: torch.Tensor, eps: float) -> torch.Tensor:
    """Rows over the root of the mean of their squares."""
    out = torch.empty_like(given)
    for rows in hl.tile(given.size(0)):
        wide = given[rows, :].to(torch.float32)
        scale = torch.rsqrt(torch.mean(wide * wide, dim=1) + eps)
        found = wide * scale[:, None] * weight[:].to(torch.float32)[None, :]
        out[rows, :] = found.to(given.dtype)
    return out
