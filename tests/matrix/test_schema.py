"""The schema, the default file and the manual say what the reader does."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from importlib import resources
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from full_matrix import BARE, FULL, minimal

from matrix.declaration import (
    AxisShape,
    Declaration,
    IncludeShape,
    KeepShape,
    PoliciesShape,
    SuiteShape,
    schema,
)
from matrix.document import plain, read
from matrix.errors import CoevoError
from matrix.expand import expand
from matrix.load import default_text, parse
from matrix.policies import Keep, Policies


def test_the_schema_is_one_and_admits_what_is_accepted() -> None:
    jsonschema.Draft202012Validator.check_schema(schema())
    for text in (FULL, default_text()):
        jsonschema.validate(plain(read(text, "m").root), schema())


def test_the_schema_that_is_shipped_is_the_one_of_the_code() -> None:
    shipped = resources.files("matrix").joinpath("matrix.schema.json").read_text()
    assert json.loads(shipped) == schema()


def test_a_component_may_be_preinstalled_in_the_schema_and_the_file() -> None:
    stacks = {"vendor": {"torch": "preinstalled"}}
    jsonschema.validate({**BARE, "stacks": stacks}, schema())
    assert minimal(stacks=stacks).stack("vendor").version("torch") == "preinstalled"


@pytest.mark.parametrize(
    "wrong",
    [
        {"triggers": {"x": {"cron": 3}}},
        {"quarantine": {}},
        {"name": "X"},
        {"name": None},
        {"axes": {"site": "lab"}},
        {"axes": {"site": []}},
        {"axes": {"site": [{"label": "x"}]}},
        {"suites": {"smoke": {"timout": "3m"}}},
        {"suites": {"smoke": {"timeout": "3 minutes"}}},
        {"suites": {"smoke": {"shards": 0}}},
        {"stacks": {"stable": {"torch": "nightly"}}},
        {"include": {"site": "lab"}},
        {"include": [{"site": ["lab"]}]},
        {"exclude": [{"site": {"not": "lab"}}]},
        {"policies": {"log_limit": "5 GB"}},
        {"keep": {"logs": True}},
    ],
    ids=str,
)
def test_the_schema_and_the_reader_refuse_the_same(wrong: dict[str, Any]) -> None:
    data = {**BARE, **wrong}

    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(data, schema())
    with pytest.raises(CoevoError):
        parse(json.dumps(data), "m")


@pytest.mark.parametrize("key", ["name", "axes", "suites"])
def test_the_schema_requires_what_the_reader_requires(key: str) -> None:
    data = {name: value for name, value in BARE.items() if name != key}

    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(data, schema())
    with pytest.raises(CoevoError, match=f"`{key}` is missing"):
        parse(json.dumps(data), "m")


def test_the_defaults_of_the_schema_are_those_of_the_model() -> None:
    written = minimal(policies=PoliciesShape().model_dump(), keep=KeepShape().model_dump())

    assert replace(written.policies, line=0) == Policies()
    assert written.keep == Keep()


def test_the_default_file_names_its_schema_in_its_first_line() -> None:
    first = default_text().decode().splitlines()[0]

    assert first == "# yaml-language-server: $schema=matrix.schema.json"


def test_the_default_file_explains_the_keys_it_uses() -> None:
    text = default_text().decode()

    assert text.count("#") > 15
    assert max(map(len, text.splitlines())) <= 100


MANUAL = Path(__file__).parents[2] / "docs" / "matrix.md"
EXAMPLES = [
    example
    for example in re.findall(r"```yaml\n(.*?)```", MANUAL.read_text("utf-8"), re.DOTALL)
    if not example.startswith("# offers.yaml")
]


@pytest.mark.parametrize("number", range(len(EXAMPLES)))
def test_each_example_of_the_manual_is_a_matrix_or_a_part_of_one(number: int) -> None:
    data: Any = plain(read(EXAMPLES[number], "docs/matrix.md").root)

    found = parse(json.dumps({**BARE, **data}), "docs/matrix.md")

    assert any(job.status == "planned" for job in expand(found))


@pytest.mark.parametrize("shape", [Declaration, AxisShape, SuiteShape, IncludeShape, PoliciesShape])
def test_the_manual_names_every_key(shape: type[Declaration]) -> None:
    text = MANUAL.read_text("utf-8")

    assert [key for key in shape.model_fields if f"`{key}`" not in text] == []
