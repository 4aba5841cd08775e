"""From the OpenAPI document to what `docs.html` draws."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from dashboard.web.shell import Shell


class Parameter(NamedTuple):
    """Something an operation takes."""

    name: str
    where: str
    kind: str
    required: bool


class Operation(NamedTuple):
    """One method of one address."""

    anchor: str
    method: str
    path: str
    summary: str
    description: str
    parameters: tuple[Parameter, ...]
    body: str
    answers: tuple[tuple[str, str, str], ...]


class Member(NamedTuple):
    """A field of a shape."""

    name: str
    kind: str


class Shape(NamedTuple):
    """A model that operations take or answer."""

    name: str
    description: str
    members: tuple[Member, ...]


@dataclass(frozen=True, slots=True)
class DocsContext:
    """What `docs.html` draws."""

    shell: Shell
    version: str
    operations: tuple[Operation, ...]
    shapes: tuple[Shape, ...]


Json = Mapping[str, Any]


def docs_context(frame: Shell, document: Json) -> DocsContext:
    """All operations and shapes of an OpenAPI 3.1 document."""
    return DocsContext(
        shell=frame,
        version=document["info"]["version"],
        operations=tuple(
            _operation(path, method, operation)
            for path, methods in document["paths"].items()
            for method, operation in methods.items()
        ),
        shapes=tuple(
            _shape(name, schema)
            for name, schema in sorted(document.get("components", {}).get("schemas", {}).items())
        ),
    )


def _operation(path: str, method: str, operation: Json) -> Operation:
    return Operation(
        anchor=operation["operationId"],
        method=method.upper(),
        path=path,
        summary=operation.get("summary", ""),
        description=operation.get("description", ""),
        parameters=tuple(map(_parameter, operation.get("parameters", ()))),
        body=_content(operation.get("requestBody", {})),
        answers=tuple(
            (status, answer.get("description", ""), _content(answer))
            for status, answer in operation["responses"].items()
        ),
    )


def _parameter(parameter: Json) -> Parameter:
    return Parameter(
        parameter["name"],
        parameter["in"],
        _kind(parameter.get("schema", {})),
        parameter.get("required", False),
    )


def _content(holder: Json) -> str:
    return next(
        (_kind(media.get("schema", {})) for media in holder.get("content", {}).values()), ""
    )


def _shape(name: str, schema: Json) -> Shape:
    members = schema.get("properties", {}).items()
    values = ", ".join(map(str, schema.get("enum", ())))
    return Shape(
        name,
        schema.get("description", "") + (f" One of: {values}." if values else ""),
        tuple(Member(member, _kind(kind)) for member, kind in members),
    )


def _kind(schema: Json) -> str:
    """A schema in a few words: `integer`, `FaceModel`, `list of string`, `integer or null`."""
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "anyOf" in schema:
        return " or ".join(map(_kind, schema["anyOf"]))
    if schema.get("type") == "array":
        return f"list of {_kind(schema.get('items', {}))}"
    return str(schema.get("type", "anything"))
