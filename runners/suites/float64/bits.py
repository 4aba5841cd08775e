"""Whether two answers are the same, bit for bit."""

from __future__ import annotations

from typing import Any  # Any: a leaf is whatever an operator returns

import torch


def differ(found: Any, wanted: Any) -> bool:  # noqa: ANN401 - leaves of answers
    """Whether two leaves differ in kind, shape or a single bit; on whatever device they lie."""
    if not isinstance(found, torch.Tensor) or not isinstance(wanted, torch.Tensor):
        return type(found) is not type(wanted) or str(found) != str(wanted)
    if found.dtype != wanted.dtype or found.shape != wanted.shape:
        return True
    return not torch.equal(_bits(found), _bits(wanted))


def _bits(item: torch.Tensor) -> torch.Tensor:
    dense = item.detach() if item.layout == torch.strided else item.detach().to_dense()
    flat = dense.cpu().resolve_conj().resolve_neg().flatten()
    return flat.clone(memory_format=torch.contiguous_format).view(torch.uint8)
