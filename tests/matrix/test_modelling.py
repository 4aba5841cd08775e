"""A file may name models and give them to suites; others come with Coevo."""

from __future__ import annotations

import json
import re
from importlib import resources
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from matrix.declaration import schema
from matrix.document import plain, read
from matrix.errors import CoevoError
from matrix.library import builtin, builtin_models
from matrix.load import load, models_of, parse
from matrix.model import Suite
from matrix.modelling import PICKLED, ModelShape
from runners.suites.tiny_models import checkpoint, declared

COMMIT = "0123456789abcdef0123456789abcdef01234567"
SHA = "ab" * 32
HEAD = "name: x\naxes: {site: [lab], accelerator: [cpu]}\n"
GIVEN = "suites:\n  vllm-models: {models: [big]}\n"
MADE = "architecture: LlamaForCausalLM, settings: {vocab_size: 300}, licence: MIT"
SUITES = Path(declared.__file__).parents[1]


def text(model: str, suites: str = GIVEN) -> str:
    return f"{HEAD}models:\n  big: {model}\n{suites}"


def suite(model: str, suites: str = GIVEN, name: str = "vllm-models") -> Suite:
    return parse(text(model, suites), "m.yaml").suite(name)


def given(model: str) -> Any:
    return json.loads(dict(suite(model).parameters)["models"])


@pytest.mark.parametrize(
    ("model", "kind", "at"),
    [
        ("{path: /weights/big, licence: MIT}", "path", "/weights/big"),
        (f"{{hub: org/a-b.c@{COMMIT}, licence: MIT}}", "hub", f"org/a-b.c@{COMMIT}"),
        (f"{{random: 7, {MADE}}}", "random", "7"),
    ],
)
def test_weights_are_from_one_place(model: str, kind: str, at: str) -> None:
    (found,) = declared.given(dict(suite(model).parameters))

    assert (found.id, found.kind, found.at, found.licence) == ("big", kind, at, "MIT")


def test_what_is_said_of_a_model_reaches_the_suite() -> None:
    more = f'dtype: [float32, bfloat16], parameters: 12, files: {{a.safetensors: "{SHA}"}}'
    model = f'{{path: /w, licence: MIT, {more}, tolerance: {{bfloat16: "0.5"}}}}'
    (found,) = declared.given(dict(suite(model).parameters))

    assert found.dtypes == ("float32", "bfloat16")
    assert (found.parameters, found.files) == (12, {"a.safetensors": SHA})
    assert found.tolerance == {"bfloat16": 0.5}


def test_a_dtype_may_stand_alone_and_is_float32_by_default() -> None:
    assert given("{path: /w, licence: MIT, dtype: bfloat16}")["big"]["dtype"] == ["bfloat16"]
    assert given("{path: /w, licence: MIT}")["big"]["dtype"] == ["float32"]


def test_numbers_with_a_fraction_in_quotes_are_numbers_of_the_configuration() -> None:
    settings = '{vocab_size: 300, a: "0.5", b: ["1e-5", gelu], c: {d: "2.0"}, e: null, f: true}'
    made = f"{{random: 1, licence: MIT, architecture: LlamaForCausalLM, settings: {settings}}}"
    found = given(made)["big"]["settings"]

    assert found == {
        "vocab_size": 300,
        "a": 0.5,
        "b": [1e-5, "gelu"],
        "c": {"d": 2.0},
        "e": None,
        "f": True,
    }


def test_only_models_that_a_suite_names_are_given_to_it() -> None:
    alone = suite("{path: /w, licence: MIT}", "suites: {vllm-models: {}}\n")

    assert alone.parameters == ()


def test_a_command_may_be_given_models_beside_its_parameters() -> None:
    suites = "suites:\n  own: {command: [a], models: [big], parameters: {b: c}}\n"
    found = dict(suite("{path: /w, licence: MIT}", suites, "own").parameters)

    assert found.keys() == {"b", "models"}


def test_an_edited_model_makes_the_results_of_its_suite_old() -> None:
    models = ("{path: /w, licence: MIT}", "{path: /v, licence: MIT}", "{path: /w, licence: X}")

    assert len({suite(model).digest for model in models}) == len(models)
    assert len({parse(text(model), "m").digest for model in models}) == len(models)


def test_a_model_that_nobody_is_given_changes_no_suite() -> None:
    nobody = "suites: {vllm-models: {}}\n"
    with_, without = (
        parse(one, "m").suite("vllm-models").digest
        for one in (text("{path: /w, licence: MIT}", nobody), HEAD + nobody)
    )

    assert with_ == without


def test_a_file_says_its_models(tmp_path: Path) -> None:
    file = tmp_path / "m.yaml"
    file.write_text(text("{path: /w, licence: MIT}"))

    assert models_of(load(file))["big"].source == "path: /w"


def test_the_schema_admits_and_refuses_what_the_reader_does() -> None:
    good: Any = plain(read(text(f"{{random: 7, {MADE}}}"), "m").root)
    jsonschema.validate(good, schema())
    for key, value in (("hub", "org/name@main"), ("dtype", "int8"), ("path", "weights")):
        wrong = {**good, "models": {"big": {"licence": "MIT", key: value}}}
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(wrong, schema())


class TestThoseThatComeWithCoevo:
    """matrix/models.yaml, and the same as suites read it."""

    def test_the_file_of_suites_is_what_the_command_prints(self) -> None:
        said = {name: one.model_dump() for name, one in builtin_models().items()}
        shipped = json.loads(declared.FILE.read_text())

        assert shipped == {name: one | {"origin": "built in"} for name, one in said.items()}
        assert list(shipped) == list(said)

    def test_each_is_small_licensed_and_counted(self) -> None:
        for one in builtin_models().values():
            assert one.licence == "Apache-2.0"
            assert one.parameters is not None
            assert one.parameters < 500_000
            assert one.architecture

    def test_none_is_fetched(self) -> None:
        assert not [one for one in builtin_models().values() if one.hub or one.path]

    def test_trained_weights_are_there_and_counted(self) -> None:
        trained = [one for one in declared.built_in() if one.kind == "trained"]

        assert trained
        for one in trained:
            assert checkpoint.parameters(SUITES / one.at) == one.parameters

    def test_no_suite_is_given_any_unasked(self) -> None:
        assert not [name for name, one in builtin().suites.items() if one.models]

    def test_its_lines_are_short(self) -> None:
        raw = resources.files("matrix").joinpath("models.yaml").read_text()

        assert max(map(len, raw.splitlines())) <= 100


def test_suites_refuse_the_pickles_that_the_file_does() -> None:
    assert checkpoint.PICKLED == PICKLED


class TestThePage:
    """docs/models.md, which people copy from."""

    page = (Path(__file__).parents[2] / "docs" / "models.md").read_text("utf-8")
    example = page.partition("```yaml\n")[2].partition("```")[0]

    def test_it_names_every_key(self) -> None:
        assert [key for key in ModelShape.model_fields if f"`{key}`" not in self.page] == []

    def test_its_example_is_a_matrix_with_a_model_of_each_kind(self) -> None:
        found = dict(parse(self.example, "matrix.yaml").suite("vllm-models").parameters)

        assert {one.kind for one in declared.given(found)} == {"path", "hub", "random"}

    def test_its_mistake_is_what_is_told(self) -> None:
        with pytest.raises(CoevoError) as caught:
            parse(re.sub("@[0-9a-f]{40}", "@main", self.example), "matrix.yaml")

        assert str(caught.value) in self.page
