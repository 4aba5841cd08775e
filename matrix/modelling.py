"""What a file may say of models: architecture, size, dtype, licence, and where the weights are."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field, JsonValue

from matrix.kinds import Label, Name
from matrix.names import Misfit, shown
from matrix.shaping import STRICT, UNSAID, like, written
from matrix.sources import SHA256_PATTERN

SOURCES = ("random", "trained", "hub", "path")
# What may run code when it is read, by the end of its name: it is never read.
PICKLED = (".bin", ".pt", ".pth", ".ckpt", ".pkl", ".pickle", ".joblib", ".th")
ARCHITECTURE_PATTERN = r"[A-Z][A-Za-z0-9_]{0,99}"
HUB_PATTERN = r"[A-Za-z0-9][\w.-]{0,95}/[A-Za-z0-9][\w.-]{0,95}@[0-9a-f]{40}"
PATH_PATTERN = r"/.{1,1000}"
FILE_PATTERN = r"[A-Za-z0-9_][A-Za-z0-9._-]{0,199}"
NUMBER_PATTERN = r"[0-9]{1,9}(\.[0-9]{1,12})?([eE][-+]?[0-9]{1,3})?"
_FRACTION = re.compile(r"-?[0-9]+(\.[0-9]+([eE][-+]?[0-9]+)?|[eE][-+]?[0-9]+)")
_TOKENS = 258  # of the tokenizer that is written beside a model which is made


def _hub(text: str) -> str:
    if re.fullmatch(HUB_PATTERN, text):
        return text
    name, _, revision = text.partition("@")
    if "/" in name and revision:
        hint = "write all 40 digits, as the hub's page of files has them: a branch moves"
        raise Misfit(f"{shown(revision)} is no whole commit", hint)
    raise Misfit(f"{shown(text)} names no model", "write ORGANISATION/NAME@COMMIT")


def _path(text: str) -> str:
    if not re.fullmatch(PATH_PATTERN, text):
        hint = "write it from the root, /…: other machines know no folder to begin from"
        raise Misfit(f"{shown(text)} is no folder", hint)
    if text.endswith(PICKLED):
        raise Misfit(f"{shown(text)} is a pickle, which may run code when it is read", _CONVERT)
    if text.endswith(".safetensors"):
        hint = "name the folder that it lies in, with config.json and the tokenizer"
        raise Misfit(f"{shown(text)} is no folder", hint)
    return text


def _file(text: str) -> str:
    if text.endswith(PICKLED):
        raise Misfit(f"{shown(text)} is a pickle, which may run code when it is read", _CONVERT)
    if not re.fullmatch(FILE_PATTERN, text):
        raise Misfit(f"{shown(text)} is no file's name", "write one such as model.safetensors")
    return text


def _listed(value: object) -> object:
    return value if isinstance(value, list) else [value]


def _counted(value: object) -> object:
    """Numbers with a fraction are texts in a file; here they are numbers again."""
    if isinstance(value, str) and _FRACTION.fullmatch(value):
        return float(value)
    if isinstance(value, list):
        return [_counted(one) for one in value]
    if isinstance(value, dict):
        return {key: _counted(one) for key, one in value.items()}
    return value


_CONVERT = "convert it to safetensors where you trust it, and name that folder"
_ARCHITECTURE = like(
    ARCHITECTURE_PATTERN, "architecture", "write a class of Transformers, such as LlamaForCausalLM"
)
_SHA256 = like(SHA256_PATTERN, "sha256", "write its 64 digits; `sha256sum FILE` prints them")
_NUMBER = like(NUMBER_PATTERN, "number", 'write one above nothing, such as "0.001"')
Architecture = Annotated[
    str, AfterValidator(_ARCHITECTURE), written(ARCHITECTURE_PATTERN, "string")
]
Hub = Annotated[str, AfterValidator(_hub), written(HUB_PATTERN, "string")]
Path = Annotated[str, AfterValidator(_path), written(PATH_PATTERN, "string")]
File = Annotated[str, AfterValidator(_file), written(FILE_PATTERN, "string")]
Sha256 = Annotated[str, AfterValidator(_SHA256), written(SHA256_PATTERN, "string")]
Number = Annotated[str, AfterValidator(_NUMBER), written(NUMBER_PATTERN, "string")]
Dtype = Literal["float32", "bfloat16"]
Dtypes = Annotated[
    list[Dtype],
    Field(min_length=1),
    BeforeValidator(_listed, json_schema_input_type=Dtype | list[Dtype]),
]
Setting = Annotated[JsonValue, BeforeValidator(_counted)]


class ModelShape(BaseModel):
    """A model; exactly one of `random`, `trained`, `hub` and `path` says where its weights are.

    `settings` are the keys of its configuration where it is made here; elsewhere it has its own.
    """

    model_config = STRICT

    architecture: Annotated[Architecture | None, UNSAID] = None
    settings: Annotated[dict[str, Setting], UNSAID] = {}
    parameters: Annotated[int | None, Field(ge=1), UNSAID] = None
    dtype: Dtypes = ["float32"]
    licence: Label
    random: Annotated[Label | None, UNSAID] = None
    trained: Annotated[str | None, UNSAID] = None
    hub: Annotated[Hub | None, UNSAID] = None
    path: Annotated[Path | None, UNSAID] = None
    files: Annotated[dict[File, Sha256], UNSAID] = {}
    tolerance: Annotated[dict[Dtype, Number], UNSAID] = {}

    @property
    def source(self) -> str:
        """Where its weights are, as `KIND: WHAT`."""
        kind = next(kind for kind in SOURCES if getattr(self, kind) is not None)
        return f"{kind}: {getattr(self, kind)}"


def _one_source(shape: ModelShape) -> ModelShape:
    told = [kind for kind in SOURCES if getattr(shape, kind) is not None]
    if len(told) != 1:
        hint = "write `path: /FOLDER`, `hub: ORGANISATION/NAME@COMMIT` or `random: SEED`"
        raise Misfit("a model has exactly one of random, trained, hub and path", hint)
    if told[0] in {"random", "trained"}:
        _made_here(shape)
    elif shape.settings:
        raise Misfit("its own config.json says its settings", "take `settings` out")
    strange = [one for one in shape.tolerance if one not in shape.dtype]
    if strange:
        hint = f"add {strange[0]} to `dtype`, or take its tolerance out"
        raise Misfit(f"it is not run in {strange[0]}", hint)
    return shape


def _made_here(shape: ModelShape) -> None:
    """What a model has to have that is made where the suite runs."""
    if not (shape.architecture and shape.settings):
        hint = "add `architecture` and `settings`, the keys of its configuration"
        raise Misfit("nobody says what model is to be made", hint)
    if shape.files:
        raise Misfit("it is made where it is run, and has no files yet", "take `files` out")
    vocabulary = shape.settings.get("vocab_size")
    if not isinstance(vocabulary, int) or vocabulary < _TOKENS:
        problem = "its tokenizer needs a token for each byte, and two besides"
        raise Misfit(problem, f"add `vocab_size: {_TOKENS}`, or more, to `settings`")


Model = Annotated[ModelShape, AfterValidator(_one_source)]
Models = dict[Name, Model]


class ModelsShape(BaseModel):
    """The file of the models that come with Coevo."""

    model_config = STRICT

    models: Models


def handed(models: Mapping[str, ModelShape]) -> str:
    """Models as a suite is given them, in its parameter `models`: JSON with the file's keys."""
    said = {name: shape.model_dump() for name, shape in models.items()}
    return json.dumps(said, separators=(",", ":"))
