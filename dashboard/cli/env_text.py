"""What `coevo env` prints: environments as rows and documents, sizes and ages for people."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from dashboard.cli.printing import age, as_json, console, sized, table
from orchestrator.service.building import Built
from runners.environments.shelf import FOLDER, Kept, record_of
from runners.work import Component

_NONE = "no environment yet: they are built when they are first needed, or by coevo env build"


def listed(every: Sequence[Kept], *, json: bool) -> None:
    """All environments, the last used first."""
    if json:
        return as_json([document(one) for one in every])
    if not every:
        return console().print(_NONE)
    now = datetime.now(UTC)
    rows = sorted(every, key=lambda one: one.used, reverse=True)
    headings = ("environment", "of", "python", "size", "alone", "built", "last used")
    return table(headings, [_row(one, now) for one in rows])


def shown(one: Kept, installed: Sequence[Component], *, json: bool) -> None:
    """One environment and what is in it."""
    if json:
        found = {part.name: _version(part) for part in installed}
        return as_json({**document(one), "installed": found})
    said = {key: value for key, value in document(one).items() if value not in ("", [])}
    rows = [(key.removesuffix("_bytes"), _told(key, value)) for key, value in said.items()]
    table(("", ""), rows)
    return table(("installed", ""), [(part.name, _version(part)) for part in installed])


def told(data: Path, built: Sequence[Built], *, json: bool) -> None:
    """What came of a build."""
    if json:
        return as_json([_outcome(one) for one in built])
    if not built:
        return console().print("Nothing that this machine takes needs an environment.")
    rows = [(one.name or "—", _made(data, one), one.reason or one.what) for one in built]
    return table(("environment", "seconds", ""), rows)


def gone(which: Sequence[Kept], *, dry_run: bool, json: bool) -> None:
    """What was taken away, or would be."""
    if json:
        return as_json([document(one) for one in which])
    verb = "would go" if dry_run else "gone"
    if not which:
        return console().print(f"none {verb}")
    now = datetime.now(UTC)
    used = [age(one.used.isoformat(), now) for one in which]
    rows = [
        (one.folder.name, sized(one.own_bytes), when) for one, when in zip(which, used, strict=True)
    ]
    return table((verb, "frees", "unused for"), rows)


def document(one: Kept) -> dict[str, object]:
    """An environment as data; sizes in bytes."""
    record = one.record
    return {
        "name": one.folder.name,
        "complete": record is not None,
        "provider": record.provider if record else "",
        "platform": record.platform if record else "",
        "python": record.python if record else "",
        "origin": record.origin.partition("\n")[0] if record else "",
        "sources": list(record.sources) if record else [],
        "made": record.made if record else "",
        "seconds": record.seconds if record else 0.0,
        "used": one.used.isoformat(timespec="seconds"),
        "size_bytes": one.size_bytes,
        "own_bytes": one.own_bytes,
        "folder": str(one.folder.absolute()),
    }


def _row(one: Kept, now: datetime) -> tuple[str, ...]:
    record = one.record
    size, own = sized(one.size_bytes), sized(one.own_bytes)
    used = f"{age(one.used.isoformat(), now)} ago"
    if record is None:
        return (one.folder.name, "half-built: never used", "", size, own, "", used)
    of = record.origin.partition("\n")[0] or record.platform
    made = f"{age(record.made, now)} ago" if record.made else ""
    return (one.folder.name, f"{record.provider} {of}", record.python, size, own, made, used)


def _told(key: str, value: object) -> str:
    if key.endswith("_bytes"):
        return sized(float(str(value)))
    return " ".join(map(str, value)) if isinstance(value, list) else str(value)


def _version(part: Component) -> str:
    return f"{part.version}+{part.build}" if part.build else part.version


def _outcome(one: Built) -> dict[str, object]:
    status = "MISS" if one.reason else "DONE"
    return {"name": one.name, "of": one.what, "status": status, "reason": one.reason}


def _made(data: Path, one: Built) -> str:
    record = record_of(data / FOLDER / one.name) if one.name else None
    return f"{record.seconds:.1f}" if record else ""
