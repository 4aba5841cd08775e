"""What `coevo stack` prints: components, locks and their differences, as tables or JSON."""

from __future__ import annotations

from collections.abc import Sequence

from dashboard.cli.printing import as_json, console, table
from matrix.errors import CoevoError
from matrix.model import Matrix, Stack
from matrix.names import did_you_mean, shown
from matrix.sources import is_commit, source
from orchestrator.service.stacklocks import Locked, Shift, only_once, shifts

_DIGITS = 12  # of a commit


def named(matrix: Matrix, name: str) -> Stack:
    """The stack of that name; CoevoError where there is none."""
    known = {stack.name: stack for stack in matrix.stacks}
    if name not in known:
        raise CoevoError.because(f"there is no stack {shown(name)}", did_you_mean(name, known))
    return known[name]


def components(declared: Matrix, found: Matrix, *, json: bool) -> None:
    """Each component as it is declared and as it is now."""
    rows = [
        (stack.name, component, text, now.version(component) or "")
        for stack, now in zip(declared.stacks, found.stacks, strict=True)
        for component, text in stack.components
    ]
    if json:
        keys = ("stack", "component", "declared", "resolved")
        as_json({"components": [dict(zip(keys, row, strict=True)) for row in rows]})
        return
    told = [
        (stack, component, _in_brief(text), source(now).reference or _in_brief(now), _place(now))
        for stack, component, text, now in rows
    ]
    table(("stack", "component", "declared", "resolved", "from"), told)


def locks(found: Sequence[Locked], *, json: bool) -> None:
    """The environments, and why one cannot be."""
    if json:
        as_json({"locks": [_document(one) for one in found]})
        return
    rows = [
        (one.suite, one.stack, str(len(one.lock.pins)) if one.lock else "", _word(one))
        for one in found
    ]
    table(("suite", "stack", "packages", "lock"), rows)


def differences(
    pair: tuple[Stack, Stack], before: Sequence[Locked], after: Sequence[Locked], *, json: bool
) -> None:
    """What the second stack has that the first has not, component by component and package."""
    old, new = (dict(stack.components) for stack in pair)
    changed = [
        (name, old.get(name, ""), new.get(name, ""))
        for name in sorted(old.keys() | new.keys())
        if old.get(name) != new.get(name)
    ]
    moved = shifts(before, after)
    problems = [one for one in (*before, *after) if one.problem]
    alone = only_once(before, after)
    if json:
        keys = ("component", "before", "after")
        as_json(
            {
                "components": [dict(zip(keys, row, strict=True)) for row in changed],
                "packages": [one._asdict() for one in moved],
                "problems": [_document(one) for one in problems],
                "only": [{"suite": one.suite, "stack": one.stack} for one in alone],
            }
        )
        return
    screen = console()
    for one in problems:
        screen.print(f"! {one.suite} on {one.stack}: {one.problem}", markup=False)
    for one in alone:
        screen.print(f"{one.suite} is resolved on {one.stack} alone: {_ELSEWHERE}", markup=False)
    _told(changed, moved)


_ELSEWHERE = "on the other stack it is not run, or the runner brings all that it needs"


def _told(changed: Sequence[tuple[str, str, str]], moved: Sequence[Shift]) -> None:
    screen = console()
    if not changed and not moved:
        screen.print("nothing would change")
        return
    columns = ("component", "before", "after", "from")
    table(columns, [(name, _in_brief(a), _in_brief(b), _place(b or a)) for name, a, b in changed])
    if not moved:
        return
    rows = [(one.suite, one.name, one.before or "–", one.after or "–", one.why) for one in moved]  # noqa: RUF001 - the dash is the sign of nothing
    table(("suite", "package", "before", "after", "why"), rows)


def _in_brief(text: str) -> str:
    """A source in few signs: a version, a branch, a commit's first digits, a wheel's file."""
    if not text:
        return "–"  # noqa: RUF001 - the dash is the sign of nothing
    given = source(text)
    if given.kind == "wheel":
        return given.place.rpartition("/")[2]
    said = given.reference or given.place
    return said[:_DIGITS] if is_commit(said) else said


def _place(text: str) -> str:
    """Where a source lies; "" for a version, which lies wherever the runner looks."""
    given = source(text)
    return "" if given.place == text else given.place


def _document(one: Locked) -> dict[str, object]:
    return {
        "suite": one.suite,
        "stack": one.stack,
        "requirements": one.requirements,
        "exclude": one.exclude,
        "problem": one.problem,
        "platform": one.lock.platform if one.lock else "",
        "digest": one.lock.digest if one.lock else "",
        "packages": dict(one.lock.pins) if one.lock else {},
        "text": one.lock.text if one.lock else "",
    }


def _word(one: Locked) -> str:
    return one.lock.digest[:12] if one.lock else one.problem
