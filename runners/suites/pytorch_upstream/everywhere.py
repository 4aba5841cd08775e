"""What holds of every operator: other strides, `out=`, the dtypes it claims, its errors."""

from __future__ import annotations

from typing import Any  # any tree of answers

import torch
from torch.testing._internal.common_utils import TestCase
from torch.testing._internal.opinfo.core import OpInfo, SampleInput

from runners.suites.pytorch_upstream.trees import called, tensors


def test_noncontiguous_samples(test: TestCase, device: str, dtype: torch.dtype, op: OpInfo) -> None:
    """Answers and gradients of tensors that lie apart in memory are those of others."""
    kind = torch.device(device).type
    wants = op.supports_autograd and dtype in op.supported_backward_dtypes(kind)
    for sample in op.sample_inputs(device, dtype, requires_grad=wants):
        apart = sample.noncontiguous()
        right, found = called(op, sample), called(op, apart)
        test.assertEqual(found, right)
        if wants:
            test.assertEqual(_gradients(found, apart), _gradients(right, sample))


def test_out(test: TestCase, device: str, dtype: torch.dtype, op: OpInfo) -> None:
    """It writes into the tensor it is given, where that lies: here transposed."""
    compared = 0
    for sample in op.sample_inputs(device, dtype):
        right = called(op, sample)
        if not isinstance(right, torch.Tensor):
            continue
        out = _transposed(right)
        where = out.data_ptr()
        given = op(sample.input, *sample.args, **sample.kwargs, out=out)
        test.assertIs(given, out)
        test.assertEqual(out.data_ptr(), where, "it has taken other memory")
        test.assertEqual(out, right)
        compared += 1
    if not compared:
        test.skipTest("reference: it has no sample that answers with one tensor")


def test_dtypes(test: TestCase, device: str, op: OpInfo) -> None:
    """It computes in every dtype that op_db claims for this kind of device."""
    kind = torch.device(device).type
    off = {}
    for dtype in sorted(op.supported_dtypes(kind), key=str):
        try:
            for sample in op.sample_inputs(device, dtype):
                called(op, sample)
        except Exception as error:  # noqa: BLE001 - whatever it raises, the dtype is claimed
            off[str(dtype)] = (str(error).splitlines() or [type(error).__name__])[0]
    test.assertEqual(off, {}, f"claimed for {kind}, but it raises: {off}")


def test_errors(test: TestCase, device: str, op: OpInfo) -> None:
    """What it cannot take it refuses, in the words that op_db has."""
    for wrong in op.error_inputs(device):
        sample = wrong.sample_input
        with test.assertRaisesRegex(wrong.error_type, wrong.error_regex):
            # To return NotImplemented is Python's way of refusing.
            test.assertIsNot(called(op, sample), NotImplemented)


def _transposed(like: torch.Tensor) -> torch.Tensor:
    """An empty tensor of the same shape whose last two dimensions lie the other way round."""
    if like.ndim < 2:  # noqa: PLR2004 - a matrix is the least that can be turned
        return torch.empty_like(like)
    return torch.empty_like(like.mT.contiguous()).mT


def _gradients(answer: Any, sample: SampleInput) -> list[Any]:  # noqa: ANN401 - any tree
    """The gradients of an answer's sum by every argument that wants one."""
    out = [leaf for leaf in tensors(sample.output_process_fn_grad(answer)) if leaf.requires_grad]
    given = (sample.input, tuple(sample.args), sample.kwargs)
    wanting = [leaf for leaf in tensors(given) if leaf.requires_grad]
    if not out or not wanting:
        return []
    ones = [torch.ones_like(leaf) for leaf in out]
    return list(torch.autograd.grad(out, wanting, ones, allow_unused=True))
