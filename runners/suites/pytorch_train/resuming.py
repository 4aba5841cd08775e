"""Whether a training that is resumed from a file, in a new process, ends where it would have."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any  # what a checkpoint holds

import torch

from runners.suites.harness import Skipped
from runners.suites.pytorch_train.children import Child
from runners.suites.pytorch_train.found import Found
from runners.suites.pytorch_train.recipes import Recipe
from runners.suites.pytorch_train.training import Manner, Training

STEPS = 20  # before the checkpoint, and as many behind it
_DROPOUT = 0.1


def resume(recipe: Recipe, device: str) -> Found:
    """Whether weights and losses behind a checkpoint are those of the uninterrupted run, exactly.

    Dropout is on, so that generators which do not go on where they stood are seen, too.
    """
    with deterministic(), tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        whole = _uninterrupted(recipe, device, folder / "checkpoint.pt")
        problem = Child("resumed", device, folder, recipe=recipe.name).problem()
        if problem:
            return Found(problem, {})
        off = differences(loaded(folder / "end.pt"), whole)
        if off and differences(_uninterrupted(recipe, device, folder / "again.pt"), whole):
            off = ["without any interruption, too, two runs differ", *off]
    detail: dict[str, object] = {"steps": 2 * STEPS, "tolerance": "bit-equal", "off": off[:20]}
    return Found("; ".join(off[:3]), detail)


def loaded(path: Path) -> dict[str, Any]:
    """A file that `torch.save` wrote; only tensors and plain values are read from it."""
    found: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    return found


def begun(recipe: Recipe, device: str) -> Training:
    """The training of which half is run before the checkpoint, and half behind it."""
    return Training(recipe, Manner(device, dropout=_DROPOUT))


def ended(training: Training) -> dict[str, Any]:
    """Run the half behind the checkpoint; what is then compared."""
    losses = training.steps(STEPS)
    weights = {name: value.detach().cpu() for name, value in training.model.state_dict().items()}
    return {"losses": torch.tensor(losses, dtype=torch.float64), **weights}


def differences(found: dict[str, Any], right: dict[str, Any]) -> list[str]:
    """What differs by a bit, by name and how far."""
    if found.keys() != right.keys():
        return [f"other tensors: {sorted(found.keys() ^ right.keys())}"]
    names = (name for name in right if not torch.equal(found[name], right[name]))
    return [f"{name} differs by up to {_apart(found[name], right[name]):.3g}" for name in names]


@contextmanager
def deterministic() -> Iterator[None]:
    """While this holds, torch uses what repeats itself, and says so where there is nothing."""
    torch.use_deterministic_algorithms(mode=True)
    try:
        yield
    except RuntimeError as error:
        if "deterministic implementation" in str(error):
            raise Skipped(f"capability: {str(error).splitlines()[0][:300]}") from error
        raise
    finally:
        torch.use_deterministic_algorithms(mode=False)


def _uninterrupted(recipe: Recipe, device: str, path: Path) -> dict[str, Any]:
    """A whole run, which leaves a checkpoint in its middle."""
    training = begun(recipe, device)
    training.steps(STEPS)
    torch.save(training.state(), path)
    return ended(training)


def _apart(one: torch.Tensor, other: torch.Tensor) -> float:
    return float((one.double() - other.double()).abs().max())
