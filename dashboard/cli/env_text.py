"""What `coevo env` prints: environments as rows and documents, sizes and ages for people."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from dashboard.cli.printing import age, as_json, console, sized, table
from matrix.names import canonical
from orchestrator.service.building import Built
from orchestrator.service.shelves import pinned
from runners.environments.origins import Origin
from runners.environments.shelf import FOLDER, Kept, record_of
from runners.work import Component

NAMED, SHORT = 3, 12  # pins in a row, digits of a commit
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
    sources = _built_from(one)
    said = {key: value for key, value in document(one).items() if value not in ("", [], {})}
    said.pop("built_from", None)  # told beside each version
    rows = [(key.removesuffix("_bytes"), _told(key, value)) for key, value in said.items()]
    table(("", ""), rows)
    parts = [(part.name, _version(part), sources.get(part.name, "")) for part in installed]
    return table(("installed", "", "from" if any(sources) else ""), parts)


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
        "built_from": _built_from(one),
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
    of = record.origin.partition("\n")[0] or _of(one, record.platform)
    made = f"{age(record.made, now)} ago" if record.made else ""
    return (one.folder.name, f"{record.provider} {of}", record.python, size, own, made, used)


def _built_from(one: Kept) -> dict[str, str]:
    """The commit or wheel of each distribution that is of no release, by its name."""
    return {canonical(pin.name): pin.told for pin in pinned(one) if pin.told}


def _of(one: Kept, platform: str) -> str:
    """A platform and what is pinned for it: commits first, and how many pins are not named."""
    pins = sorted(pinned(one), key=lambda pin: not pin.told)
    named = [_pin(pin) for pin in pins[:NAMED]]
    if len(pins) > NAMED:
        named.append(f"{len(pins) - NAMED} more")
    return f"{platform}: {', '.join(named)}" if named else platform


def _pin(pin: Origin) -> str:
    if pin.commit is not None:
        return f"{pin.name} at {pin.commit.reference[:SHORT]}"
    return f"{pin.name} {pin.version}" if pin.version else f"{pin.name} of {pin.wheel}"


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
