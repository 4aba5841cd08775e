"""What a validator says of a file, in words with a place and a hint."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from matrix import declaration as shapes
from matrix.budgeting import BudgetShape, CapsShape
from matrix.document import Listing, Node, Table, Word
from matrix.joining import ResultsShape, WorkdirShape
from matrix.modelling import ModelShape
from matrix.names import Misfit, did_you_mean, printable, shown
from matrix.source import MAX_MISTAKES
from matrix.triggering import TriggerShape

Loc = Sequence[int | str]

_SHAPES: dict[tuple[str, ...], type[BaseModel]] = {
    (): shapes.Declaration,
    ("axes", "*"): shapes.AxisShape,
    ("axes", "*", "values", "*"): shapes.ValueShape,
    ("suites", "*"): shapes.SuiteShape,
    ("suites", "*", "environment"): shapes.EnvironmentShape,
    ("suites", "*", "needs"): shapes.NeedsShape,
    ("suites", "*", "workdir"): WorkdirShape,
    ("suites", "*", "results"): ResultsShape,
    ("suites", "*", "metrics", "*"): shapes.MetricShape,
    ("include", "*", "environment"): shapes.EnvironmentShape,
    ("policies",): shapes.PoliciesShape,
    ("policies", "budget"): BudgetShape,
    ("policies", "budget", "owners", "*"): CapsShape,
    ("keep",): shapes.KeepShape,
    ("triggers", "*"): TriggerShape,
    ("models", "*"): ModelShape,
}
_EXPECTED = {
    "string_type": "text",
    "int_type": "a whole number",
    "bool_type": "true or false",
    "list_type": "a list",
    "dict_type": "a mapping",
    "model_type": "a mapping",
}
_FORMS = {
    "a list": "write [a, b], or one `- value` a line",
    "a mapping": "write {key: value}, or one `key: value` a line",
    "text": "write one word, in quotes where it is a number, true or false",
}


class Finding(NamedTuple):
    """A mistake before it is written out: the node to point at, and the one to leave out.

    A silent one was reported before, and is only to be left out.
    """

    at: Node
    problem: str
    hint: str
    without: Node
    silent: bool = False


def findings(root: Node, error: ValidationError) -> Iterator[Finding]:
    """A finding for each complaint, in the order of the file; only the first ones get hints."""
    details = error.errors(include_url=False, include_input=False)
    located = [(detail, *_walked(root, detail["loc"])) for detail in details]
    located.sort(key=lambda each: (each[2].line, each[2].column))
    for count, (detail, key, node) in enumerate(located):
        silent = node.broken or (key is not None and key.broken)
        at = key if key is not None and _is_about_key(detail) else node
        words = _words(detail, node) if count < MAX_MISTAKES else (detail["msg"], "")
        yield Finding(at, *words, node, silent)


def _walked(root: Node, loc: Loc) -> tuple[Word | None, Node]:
    """The node at a validator's path, and its key; the last one there is where the path ends."""
    key, node = None, root
    for step in loc:
        match node:
            case Table():
                if str(step) not in node.index:
                    break
                key, node = node.index[str(step)]
            case Listing() if isinstance(step, int):
                key, node = None, node.items[step]
            case Listing() if step == "values":  # of an axis that is its list
                continue
            case _:
                break
    return key, node


def _is_about_key(detail: ErrorDetails) -> bool:
    return detail["type"] == "extra_forbidden" or detail["loc"][-1] == "[key]"


def _words(detail: ErrorDetails, node: Node) -> tuple[str, str]:
    """The problem and the hint."""
    kind, loc, context = detail["type"], detail["loc"], detail.get("ctx", {})
    if isinstance(misfit := context.get("error"), Misfit):
        return misfit.problem, misfit.hint
    match kind:
        case "extra_forbidden":
            word = str(loc[-1])
            return f"unknown key {shown(word)}", did_you_mean(word, _known(loc[:-1]))
        case "missing":
            return f"`{loc[-1]}` is missing here", f"add `{loc[-1]}`"
        case "literal_error":
            allowed = str(context["expected"]).replace("'", "`")
            return f"{_found(node)} is not one of {allowed}", _near(node, allowed)
        case "too_short" | "string_too_short":
            return "this is empty", "name at least one, or leave the key out"
    return _typed(kind, node) or _bounded(context, node) or (_lowered(detail["msg"]), "")


def _typed(kind: str, node: Node) -> tuple[str, str] | None:
    """What to say of a value of the wrong type."""
    expected = _EXPECTED.get(kind)
    found = f"expected {expected}, found {_found(node)}"
    return (found, _FORMS.get(expected, "")) if expected else None


def _bounded(context: Mapping[str, object], node: Node) -> tuple[str, str] | None:
    """What to say of a number or a text beyond a bound."""
    if "max_length" in context:
        return f"{_found(node)} is too long", f"write {context['max_length']} characters at most"
    if "ge" in context:
        return f"{_found(node)} is too small", f"write {context['ge']} or more"
    if "le" in context:
        return f"{_found(node)} is too large", f"write {context['le']} or less"
    return None


def _known(loc: Loc) -> list[str]:
    """The keys that a mapping at that path may have."""
    path = tuple(str(step) for step in loc)
    for pattern, shape in _SHAPES.items():
        pairs = zip(pattern, path, strict=False)
        if len(pattern) == len(path) and all(want in ("*", have) for want, have in pairs):
            return list(shape.model_fields)
    return []


def _near(node: Node, allowed: str) -> str:
    words = [word for word in allowed.split("`") if word.isidentifier() and word != "or"]
    return did_you_mean(str(node.value) if isinstance(node, Word) else "", words)


def _found(node: Node) -> str:
    """What stands there, for people."""
    match node:
        case Listing():
            return "a list"
        case Table():
            return "a mapping"
        case Word(value=None):
            return "nothing"
        case Word(value=bool() as truth):
            return f"the truth value {str(truth).lower()}"
        case _:
            return shown(str(node.value))


def _lowered(message: str) -> str:
    """A message of pydantic's own, such as a bound, as the rest of our sentences begin."""
    return printable(message[:1].lower() + message[1:]).replace("input should", "this should")
