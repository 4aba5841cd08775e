"""Whether what is built of other operators also works on subclasses of tensors."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import torch
from torch.testing._internal import composite_compliance
from torch.testing._internal.common_utils import TestCase
from torch.testing._internal.opinfo.core import OpInfo, SampleInput

from runners.suites.pytorch_upstream.trees import tensors

_MOST_TENSORS = 6  # every mix is tried: two to the power of that many, and more by direction


def test_operator(test: TestCase, device: str, dtype: torch.dtype, op: OpInfo) -> None:
    """The operator itself, with every mix of plain and other tensors."""
    for sample in _few(test, op.sample_inputs(device, dtype)):
        args = [sample.input, *sample.args]
        composite_compliance.check_with_mode(op, args, sample.kwargs, test.assertEqual)
        composite_compliance.check_all_permutations(op, args, sample.kwargs, test.assertEqual)


def test_backward(test: TestCase, device: str, dtype: torch.dtype, op: OpInfo) -> None:
    """Its backward formula."""
    for sample in _few(test, op.sample_inputs(device, dtype, requires_grad=True)):
        composite_compliance.check_backward_formula(
            op.get_op(),
            [sample.input, *sample.args],
            sample.kwargs,
            sample.output_process_fn_grad,
            op.gradcheck_wrapper,
            test.assertEqual,
        )


def test_forward_ad(test: TestCase, device: str, dtype: torch.dtype, op: OpInfo) -> None:
    """Its forward-mode formula."""
    for sample in _few(test, op.sample_inputs(device, dtype, requires_grad=True)):
        composite_compliance.check_forward_ad_formula(
            op.get_op(),
            [sample.input, *sample.args],
            sample.kwargs,
            op.gradcheck_wrapper,
            test.assertEqual,
        )


def _few(test: TestCase, samples: Iterable[SampleInput]) -> Iterator[SampleInput]:
    """The samples whose mixes of plain and other tensors can all be tried."""
    given = 0
    for sample in samples:
        if len(tensors((sample.input, tuple(sample.args), sample.kwargs))) <= _MOST_TENSORS:
            given += 1
            yield sample
    if not given:
        test.skipTest(f"reference: no sample has at most {_MOST_TENSORS} tensors to mix")
