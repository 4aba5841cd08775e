"""The tests there are: made for a device out of our templates, or out of a checkout's files."""

from __future__ import annotations

import importlib
import os
import sys
import unittest
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import torch
from torch.testing._internal import common_device_type

from runners.suites.pytorch_upstream import naming, templates
from runners.suites.pytorch_upstream.asked import Asked


class Test(NamedTuple):
    """A test of PyTorch's, by its stable id and its dtype ("" where it is of none)."""

    id: str
    dtype: str
    kind: type[unittest.TestCase]
    method: str


def gathered(device: str, wanted: Asked) -> list[Test]:
    """Every test of the selection's source, in a stable order."""
    kind = device.partition(":")[0]
    if wanted.files:
        found = [test for file in wanted.files for test in _of_file(wanted.source, file, kind)]
    else:
        found = list(_of_classes(_made(kind, thorough=wanted.thorough), "", kind))
    return sorted(found, key=lambda test: (test.id, test.dtype))


def only_for(device: str) -> None:
    """Let torch make tests for this type of device alone; said before its tests are loaded."""
    kind = device.partition(":")[0]
    own = torch._C._get_privateuse1_backend_name()  # noqa: SLF001 - there is no public name for it
    os.environ["PYTORCH_TESTING_DEVICE_ONLY_FOR"] = "privateuse1" if kind == own else kind


def _made(kind: str, *, thorough: bool) -> dict[str, object]:
    """The classes that our templates make for a type of device."""
    scope: dict[str, object] = {}
    for template in templates.templates(thorough=thorough):
        scope[template.__name__] = template
        common_device_type.instantiate_device_type_tests(
            template,
            scope,
            include_lazy=kind == "lazy",
            allow_mps=kind == "mps",
            allow_xpu=kind == "xpu",
        )
    return scope


def _of_file(source: str, file: str, kind: str) -> Iterator[Test]:
    """The tests of one file of a checkout, which finds its neighbours as it does upstream."""
    folder = Path(source) / "test"
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))
    name = file.removesuffix(".py").replace("/", ".")
    yield from _of_classes(vars(importlib.import_module(name)), name, kind)


def _of_classes(scope: dict[str, object], module: str, kind: str) -> Iterator[Test]:
    for class_ in scope.values():
        if not isinstance(class_, type) or not issubclass(class_, unittest.TestCase):
            continue
        if module and class_.__module__ != module:
            continue  # imported from elsewhere
        for method in unittest.defaultTestLoader.getTestCaseNames(class_):
            name = naming.named(module, class_.__name__, method, kind)
            yield Test(name.id, name.dtype, class_, method)
