"""Device-generic classes of tests over what the wheel says of its operators.

Classes and methods are called as PyTorch calls its own on the same matter, for by these names
`op_db` tells which operators it knows to fail there, and on which devices.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, Optional  # Any: what is untyped in torch

import torch
from torch.testing._internal.common_device_type import OpDTypes, ops
from torch.testing._internal.common_methods_invocations import op_db
from torch.testing._internal.common_utils import TestCase, TestGradients
from torch.testing._internal.custom_op_db import custom_op_db

from runners.suites.pytorch_upstream import agreement, composite, everywhere, gradients


class Check(NamedTuple):
    """One method of a class: its operators, and the dtypes it is run in (None: it takes none)."""

    group: str
    body: Callable[..., None]
    operators: Sequence[Any]
    dtypes: Optional[tuple[torch.dtype, ...]]  # noqa: UP045 - Python 3.9 reads it

    @property
    def method(self) -> Any:  # noqa: ANN401 - a function that torch has marked
        """The body, once for each operator and dtype."""
        if self.dtypes is None:
            return ops(self.operators, dtypes=OpDTypes.none)(self.body)
        chosen = {"dtypes": OpDTypes.supported, "allowed_dtypes": self.dtypes}
        return ops(self.operators, **chosen)(self.body)


def templates(*, thorough: bool) -> list[type]:
    """The classes to make for a device; thorough ones are complex and have second derivatives."""
    groups: dict[str, list[Check]] = {}
    for check in [*_of_gradients(thorough=thorough), *_of_operators()]:
        groups.setdefault(check.group, []).append(check)
    return [_class(name, checks) for name, checks in groups.items()]


def _class(name: str, checks: Sequence[Check]) -> type:
    base = TestGradients if name.endswith("Gradients") else TestCase
    methods = {check.body.__name__: check.method for check in checks}
    return type(name, (base,), {"__module__": __name__, "exact_dtype": True, **methods})


def _of_gradients(*, thorough: bool) -> list[Check]:
    every = [*op_db, *custom_op_db]
    dtypes = (torch.float64, torch.complex128) if thorough else (torch.float64,)
    first = [
        Check("TestBwdGradients", gradients.test_fn_grad, every, dtypes),
        Check("TestFwdGradients", gradients.test_forward_mode_AD, every, dtypes),
    ]
    second = [
        Check("TestBwdGradients", gradients.test_fn_gradgrad, every, dtypes),
        Check("TestFwdGradients", gradients.test_fn_fwgrad_bwgrad, every, dtypes),
    ]
    return [*first, *second] if thorough else first


def _of_operators() -> list[Check]:
    single = (torch.float32,)
    backward = [op for op in op_db if op.supports_autograd]
    forward = [op for op in op_db if op.supports_forward_ad]
    into = [op for op in op_db if op.supports_out]
    refusing = [op for op in op_db if op.error_inputs_func is not None]
    return [
        Check("TestCommon", everywhere.test_noncontiguous_samples, op_db, single),
        Check("TestCommon", everywhere.test_out, into, single),
        Check("TestCommon", everywhere.test_dtypes, op_db, None),
        Check("TestCommon", everywhere.test_errors, refusing, None),
        Check("TestCompositeCompliance", composite.test_operator, op_db, single),
        Check("TestCompositeCompliance", composite.test_backward, backward, single),
        Check("TestCompositeCompliance", composite.test_forward_ad, forward, single),
        Check("TestFakeTensor", agreement.test_fake, op_db, single),
        Check("TestSchemaCheckModeOpInfo", agreement.test_schema_correctness, op_db, single),
        Check("TestVmapOperatorsOpInfo", agreement.test_vmap_exhaustive, op_db, single),
    ]
