"""Formulas of derivatives against differences of the function, by torch's own gradcheck."""

from __future__ import annotations

import torch
from torch.testing._internal.common_utils import TestGradients
from torch.testing._internal.opinfo.core import OpInfo


def test_fn_grad(test: TestGradients, device: str, dtype: torch.dtype, op: OpInfo) -> None:
    """The backward formula."""
    test._skip_helper(op, device, dtype)  # noqa: SLF001 - what upstream's own tests are made of
    test._grad_test_helper(device, dtype, op, op.get_op())  # noqa: SLF001 - the same


def test_fn_gradgrad(test: TestGradients, device: str, dtype: torch.dtype, op: OpInfo) -> None:
    """The backward formula's own."""
    test._skip_helper(op, device, dtype)  # noqa: SLF001 - the same
    if not op.supports_gradgrad:
        test.skipTest("op_db: it has no second derivative")
    test._check_helper(device, dtype, op, op.get_op(), "bwgrad_bwgrad")  # noqa: SLF001 - the same


def test_forward_mode_AD(test: TestGradients, device: str, dtype: torch.dtype, op: OpInfo) -> None:  # noqa: N802 - upstream's name
    """The forward-mode formula, also over a batch."""
    test._skip_helper(op, device, dtype)  # noqa: SLF001 - the same
    if not op.supports_forward_ad:
        test.skipTest("op_db: it has no forward mode")
    test._grad_test_helper(  # noqa: SLF001 - the same
        device,
        dtype,
        op,
        op.get_op(),
        check_forward_ad=True,
        check_backward_ad=False,
        check_batched_grad=False,
        check_batched_forward_grad=op.check_batched_forward_grad,
    )


def test_fn_fwgrad_bwgrad(test: TestGradients, device: str, dtype: torch.dtype, op: OpInfo) -> None:
    """The forward mode of the backward formula."""
    test._skip_helper(op, device, dtype)  # noqa: SLF001 - the same
    if not op.supports_fwgrad_bwgrad:
        test.skipTest("op_db: it has no forward over backward")
    test._check_helper(device, dtype, op, op.get_op(), "fwgrad_bwgrad")  # noqa: SLF001 - the same
