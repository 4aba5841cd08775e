"""Mistakes of models: suites that are given what nobody names, or that take none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from matrix import declaration as shapes
from matrix.document import Node, Word
from matrix.library import MODELS, builtin_models
from matrix.names import did_you_mean, shown
from matrix.tree import child, items, key_of, keys, pairs
from matrix.wording import Finding

TAKING = ("vllm_models",)  # the built-in programs that run models which they are given
MOST = 32  # of one suite: they travel in one variable of its process


def models(
    declared: shapes.Declaration, suites: Mapping[str, shapes.SuiteShape], root: Node, sound: Node
) -> Iterator[Finding]:
    """What is wrong with the models of a file, and with the suites that are given them.

    Those in `root` are named, even if what is said of them is wrong.
    """
    for key, node in pairs(child(sound, "models")):
        yield from _named(key, declared.models[str(key.value)].trained is not None, node)
    known = keys(child(root, "models"))
    for key, node in pairs(child(sound, "suites")):
        shape = suites[str(key.value)]
        yield from _given(node, known)
        if shape.models:
            yield from _taken(node, shape)


def _named(key: Word, is_trained: bool, node: Node) -> Iterator[Finding]:  # noqa: FBT001 - what one key says
    if str(key.value) in builtin_models():
        hint = "the suites have it already; take another name, such as " + shown(f"my-{key.value}")
        yield Finding(key, f"{shown(str(key.value))} is a model that comes with Coevo", hint, key)
    if is_trained:
        hint = "write `path:` and the folder that your own weights lie in"
        at = key_of(node, "trained")
        yield Finding(at, "trained weights come with Coevo alone", hint, at)


def _given(node: Node, known: tuple[str, ...]) -> Iterator[Finding]:
    for word in items(child(node, MODELS)):
        name = str(word.value) if isinstance(word, Word) else ""
        if name not in known:
            hint = did_you_mean(name, known) or "name it under `models:` of this file"
            yield Finding(word, f"nobody defined the model {shown(name)}", hint, word)


def _taken(node: Node, shape: shapes.SuiteShape) -> Iterator[Finding]:
    at = key_of(node, MODELS)
    if shape.program and shape.program not in TAKING:
        hint = "those that do: vllm-models, and suites with a `command`"
        yield Finding(at, "this suite runs no models but its own", hint, at)
    if MODELS in keys(child(node, "parameters")):
        at = key_of(child(node, "parameters"), MODELS)
        hint = "call the parameter something else"
        yield Finding(at, "the suite is given its models in this parameter", hint, at)
    if len(shape.models) > MOST:
        hint = f"the limit is {MOST}; make two suites of it"
        yield Finding(at, f"these are {len(shape.models)} models", hint, at)
