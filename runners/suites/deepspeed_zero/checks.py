"""What is found out about ZeRO: losses, parts that ranks hold, checkpoints, the compiled Adam."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from runners.suites.deepspeed_zero.recipe import recipe
from runners.suites.deepspeed_zero.way import Way
from runners.suites.deepspeed_zero.world import World
from runners.suites.pytorch_train import trajectory
from runners.suites.pytorch_train.found import Found

STEPS, HALF, ADAM_STEPS = 30, 8, 20
_GOAL_STEPS, _LAST = 80, 10
_PADDING = 0.02


def losses(world: World, way: Way) -> Found:
    """Whether both ranks' mean losses are those of one process in float64."""
    answers = world.answers("train", way=way, steps=STEPS)
    found, right = answers[0]["losses"], _expected(clipped=bool(way.clip))
    off = trajectory.worst(found, right)
    said = f"step {off.step}: loss {off.actual:.9g} instead of {off.expected:.9g}"
    problem = "" if off.share <= 1 else f"{said}, where {off.allowed:.3g} is allowed"
    if not problem and answers[1]["losses"] != found:
        problem = "the ranks do not agree on the loss"
    detail = {
        "steps": len(found),
        "tolerance": str(right),
        "used": round(off.share, 4),
        "norm": answers[0]["norm"],
        **off._asdict(),
    }
    return Found(problem, detail, tuple(answers[0]["rates"][1:]))


def narrowed(world: World, way: Way) -> Found:
    """Whether it learns in bfloat16, with float32 weights in its optimizer."""
    goal = recipe(clipped=False, plain=False).goal
    answer = world.answers("train", way=way, steps=_GOAL_STEPS)[0]
    last = sum(answer["losses"][-_LAST:]) / _LAST
    detail = {
        "loss": last,
        "first": answer["losses"][0],
        "dtype": answer["dtype"],
        "tolerance": f"mean loss of the last {_LAST} of {_GOAL_STEPS} steps <= {goal:g}",
    }
    if answer["dtype"] != "torch.bfloat16":
        return Found(f"weights are of {answer['dtype']}", detail)
    return Found("" if last <= goal else f"loss {last:.4g}, where {goal:g} is the goal", detail)


def partition(world: World, way: Way) -> Found:
    """Whether each rank holds its half of what the stage parts, and no more."""
    held = [one["holdings"] for one in world.answers("train", way=way, steps=1)]
    whole = sum(w.numel() for w in recipe(clipped=False, plain=False).build(0.0).parameters())
    parted = {"moments": way.stage >= 1, "weights": way.stage >= 3}  # noqa: PLR2004 - ZeRO's last stage
    problems = [
        f"ranks hold {numbers} {what} of {whole}"
        for what, is_parted in parted.items()
        for numbers in [[one[what] for one in held]]
        if not _is_parted(numbers, whole, is_parted=is_parted)
    ]
    tolerance = f"each rank a half, at most {_PADDING:.0%} of it padding; together all"
    return Found("; ".join(problems), {"whole": whole, "held": held, "tolerance": tolerance})


def resume(world: World, way: Way) -> Found:
    """Whether new processes go on from a checkpoint to the same bits."""
    right = world.answers("save", way=way, steps=HALF)
    world.end()
    found = world.answers("resume", way=way, steps=HALF)
    off = [
        f"{what} of rank {rank}"
        for rank, (one, other) in enumerate(zip(found, right))  # noqa: B905 - Python 3.9 has no strict
        for what in ("losses", "end")
        if one[what] != other[what]
    ]
    detail = {"steps": 2 * HALF, "tolerance": "bit-equal", "losses": found[0]["losses"]}
    return Found(f"other {', '.join(off)} than without interruption" if off else "", detail)


def consolidation(world: World, way: Way) -> Found:
    """Whether `zero_to_fp32` makes the model's weights of the parts in a checkpoint."""
    right = world.answers("save", way=way, steps=HALF)[0]["at"]
    found = world.answers("consolidate", way=way)[0]
    off = sorted(name for name in right if found.get(name) != right[name])
    detail = {"weights": len(right), "tolerance": "bit-equal"}
    return Found(f"other weights: {', '.join(off[:5])}" if off else "", detail)


def cpu_adam(world: World) -> Found:
    """Whether DeepSpeed's compiled Adam steps as torch's does in float64."""
    answer = world.answers("cpu_adam", steps=ADAM_STEPS)[0]
    used = answer["used"]
    tolerance = "one rounding of float32 of weight and step size a step"
    problem = "" if used <= 1 else f"off by {used:.3g} tolerances after {ADAM_STEPS} steps"
    return Found(problem, {"tolerance": tolerance, "used": round(used, 4), "steps": ADAM_STEPS})


@lru_cache
def _expected(*, clipped: bool) -> trajectory.Expected:
    return trajectory.expected(recipe(clipped=clipped, plain=clipped), STEPS)


def _is_parted(numbers: Sequence[int], whole: int, *, is_parted: bool) -> bool:
    if not is_parted:
        return all(number == whole for number in numbers)
    half = whole / len(numbers)
    return sum(numbers) >= whole and all(number <= half * (1 + _PADDING) for number in numbers)
