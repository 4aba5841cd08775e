"""What is tried of an architecture: forward, backward, generate, save and load."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple, Optional  # Any: Transformers is not installed beside mypy

import torch

from runners.suites.transformers_architectures import compare, outputs, writing
from runners.suites.transformers_architectures.compare import Difference, Tolerance
from runners.suites.transformers_architectures.model import UnsuitedError
from runners.suites.transformers_architectures.specimen import NoReferenceError, Specimen

_PICKLED = {".bin", ".pt", ".pth", ".pkl", ".ckpt"}
# Of the largest gradient of all: what counts as the size of one that is zero but for rounding.
_SHARE = 0.1


class Outcome(NamedTuple):
    """How a check came out: what is wrong ("" where nothing is), and all that is to be known."""

    problem: str
    detail: dict[str, object]


def forward(specimen: Specimen) -> Outcome:
    """The answer on the device, held against the reference's."""
    with torch.no_grad():
        found = outputs.answer(specimen.model, specimen.inputs)
    kinds = {one.device.type for one in found.values()} - {specimen.device_type}
    if kinds:
        return Outcome(f"answers lie on {', '.join(sorted(kinds))}", {})
    allowed, want = compare.tolerance(specimen.dtype), specimen.expected
    off = compare.difference(found, want, allowed, specimen.spread)
    return _outcome(specimen, off, allowed, {"used": compare.used(found, want, allowed)})


def backward(specimen: Specimen) -> Outcome:
    """The gradient of every parameter on the device, held against the reference's."""
    answer = outputs.answer(specimen.model, specimen.inputs)
    found = outputs.gradients(specimen.model, answer)
    allowed = compare.tolerance(specimen.dtype, _SHARE)
    want = specimen.expected_gradients
    off = compare.difference(found, want, allowed, lambda: specimen.spread(backward=True))
    unused = sum(one is None for one in want.values())
    told = {"gradients": len(want) - unused, "unused": unused}
    return _outcome(specimen, off, allowed, {**told, "used": compare.used(found, want, allowed)})


def generate(specimen: Specimen) -> Outcome:
    """Greedy text with a cache, without one, and the reference's: one and the same."""
    if not specimen.model.can_generate():
        raise UnsuitedError("its model does not write")
    allowed = compare.tolerance(specimen.dtype)
    cached = writing.written(specimen.model, specimen.inputs, use_cache=True)
    plain = writing.written(specimen.model, specimen.inputs, use_cache=False)
    right = _right(specimen)
    detail: dict[str, object] = {"tokens": plain.tokens.tolist()}

    def others() -> Iterator[writing.Written]:
        for there in specimen.jittered():
            yield writing.written(there, specimen.inputs, use_cache=False)

    for name, one in (("without a cache", plain), ("with a cache", cached)):
        off = writing.difference(one, right, allowed, others)
        if off:
            return _outcome(specimen, off, allowed, {**detail, "of": name}, f"{name}, ")
    return _outcome(specimen, None, allowed, detail)


def save_load(specimen: Specimen) -> Outcome:
    """A checkpoint of the model, in safetensors alone, is the model again bit by bit."""
    with tempfile.TemporaryDirectory() as folder:
        specimen.model.save_pretrained(folder)
        files = {path.name: path.stat().st_size for path in Path(folder).iterdir()}
        problem = _files_problem(files)
        if not problem:
            problem = _loaded_problem(specimen, folder)
    return Outcome(problem, {"files": files})


CHECKS: Mapping[str, Callable[[Specimen], Outcome]] = {
    "forward": forward,
    "backward": backward,
    "generate": generate,
    "save-load": save_load,
}


def _right(specimen: Specimen) -> writing.Written:
    """What the reference writes."""
    try:
        return writing.written(specimen.reference, specimen.inputs, use_cache=False)
    except Exception as error:
        problem = f"the reference does not write: {type(error).__name__}: {error}"
        raise NoReferenceError(problem) from error


def _files_problem(files: Mapping[str, int]) -> str:
    pickled = sorted(name for name in files if Path(name).suffix in _PICKLED)
    if pickled:
        return f"saved as a pickle: {', '.join(pickled)}"
    if not any(name.endswith(".safetensors") for name in files):
        return f"no safetensors among {', '.join(sorted(files))}"
    return ""


def _loaded_problem(specimen: Specimen, folder: str) -> str:
    again, said = type(specimen.model).from_pretrained(
        folder, dtype=specimen.dtype, output_loading_info=True, use_safetensors=True
    )
    for kind in ("missing_keys", "unexpected_keys", "mismatched_keys", "error_msgs"):
        if said.get(kind):
            return f"{kind.replace('_', ' ')}: {sorted(map(str, said[kind]))[:5]}"
    saved, found = specimen.model.state_dict(), again.state_dict()
    computed = [re.compile(one) for one in specimen.model._keys_to_ignore_on_save or ()]  # noqa: SLF001 - there is no other name for it
    each = (
        _unequal(name, one, found.get(name))
        for name, one in saved.items()
        if not any(pattern.search(name) for pattern in computed)
    )
    return next(filter(None, each), "")


def _unequal(name: str, saved: torch.Tensor, found: Optional[torch.Tensor]) -> str:  # noqa: UP045 - Python 3.9
    """Why a tensor did not come back; a wider dtype (some weights are kept in one) is no reason."""
    if found is None or found.shape != saved.shape:
        return f"{name}: {'nothing' if found is None else tuple(found.shape)} came back"
    here, there = saved.detach().cpu(), found.detach().to(saved.dtype).cpu()
    same = torch.equal(_bits(here), _bits(there))
    return "" if same else f"{name}: other numbers came back than were saved"


def _bits(one: torch.Tensor) -> torch.Tensor:
    return one.contiguous().reshape(-1).view(torch.uint8)


def _outcome(
    specimen: Specimen,
    off: Optional[Difference],  # noqa: UP045 - Python 3.9 reads it
    allowed: Tolerance,
    detail: dict[str, object],
    where: str = "",
) -> Outcome:
    shapes = {name: list(one.shape) for name, one in specimen.inputs.items()}
    reference = str(next(specimen.reference.parameters()).dtype)[6:]
    told = {**detail, "tolerance": str(allowed), "reference": reference, "inputs": shapes}
    return Outcome(where + str(off), {**told, **off._asdict()}) if off else Outcome("", told)
