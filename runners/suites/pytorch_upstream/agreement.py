"""Whether an operator agrees with what else torch says of it: shapes, its schema, batches."""

from __future__ import annotations

from typing import Any  # any tree

import torch
from torch._subclasses.fake_tensor import (
    DataDependentOutputException,
    DynamicOutputShapeException,
    FakeTensorMode,
    UnsupportedFakeTensorException,
)
from torch._subclasses.schema_check_mode import SchemaCheckMode
from torch.testing._internal.common_utils import TestCase
from torch.testing._internal.opinfo.core import OpInfo, SampleInput
from torch.utils._pytree import tree_map

from runners.suites.pytorch_upstream import batching
from runners.suites.pytorch_upstream.trees import called, tensors

_UNFORETOLD = (
    DataDependentOutputException,
    DynamicOutputShapeException,
    UnsupportedFakeTensorException,
)
# op_db has the first in a form that changes its argument; the others keep running statistics.
_CHANGING = frozenset(
    (
        *("resize_", "resize_as_", "uniform", "normal", "bernoulli", "cauchy", "exponential"),
        *("geometric", "log_normal", "_batch_norm_with_update", "_native_batch_norm_legit"),
        *("native_batch_norm", "nn.functional.batch_norm", "nn.functional.instance_norm"),
    )
)
_READS_NUMBERS = "data is not allocated yet"


def test_fake(test: TestCase, device: str, dtype: torch.dtype, op: OpInfo) -> None:
    """Without numbers it comes to the shapes, dtypes and devices that it comes to with them."""
    compared = 0
    for sample in op.sample_inputs(device, dtype):
        right = called(op, sample)
        try:
            found = _without_numbers(op, sample)
        except _UNFORETOLD:
            continue
        except RuntimeError as error:
            if _READS_NUMBERS in str(error):
                continue
            raise
        test.assertEqual(_shapes(found), _shapes(right))
        compared += 1
    if not compared:
        test.skipTest("reference: what comes out depends on the numbers")


def test_schema_correctness(test: TestCase, device: str, dtype: torch.dtype, op: OpInfo) -> None:
    """It changes and aliases what its schema says, and leaves everything else alone."""
    for sample in op.sample_inputs(device, dtype):
        given = (sample.input, tuple(sample.args), sample.kwargs)
        before = [leaf.clone() for leaf in tensors(given)]
        with SchemaCheckMode():
            called(op, sample)
        if op.name not in _CHANGING:
            test.assertEqual(tensors(given), before, "an argument has changed")


def test_vmap_exhaustive(test: TestCase, device: str, dtype: torch.dtype, op: OpInfo) -> None:
    """Over a batch it says what it says of each member."""
    compared, why = 0, "reference: it has no sample with a floating tensor"
    for sample in op.sample_inputs(device, dtype):
        for batch in batching.batches(op, sample):
            if batch.excuse:
                why = batch.excuse
                continue
            test.assertEqual(batch.found, batch.right, batch.how)
            compared += 1
    if not compared:
        test.skipTest(why)


def _without_numbers(op: OpInfo, sample: SampleInput) -> Any:  # noqa: ANN401 - any tree
    mode = FakeTensorMode()

    def fake(leaf: Any) -> Any:  # noqa: ANN401 - any leaf
        return mode.from_tensor(leaf) if isinstance(leaf, torch.Tensor) else leaf

    given = (sample.input, tuple(sample.args), sample.kwargs)
    first, args, kwargs = tree_map(fake, given)
    with mode:
        return op(first, *args, **kwargs)


def _shapes(tree: Any) -> list[Any]:  # noqa: ANN401 - any tree
    """Shape, dtype and device of each tensor; what is none is left out."""
    return [(tuple(leaf.shape), leaf.dtype, str(leaf.device)) for leaf in tensors(tree)]
