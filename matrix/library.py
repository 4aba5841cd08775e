"""What comes with Coevo, suites, stacks and models, and what a file makes of it."""

from __future__ import annotations

from functools import cache
from importlib import resources

from matrix import declaration as shapes
from matrix.document import plain, read
from matrix.installed import installed
from matrix.model import DEFAULT_STACK
from matrix.modelling import Models, ModelsShape, handed

MODELS = "models"  # the parameter in which a suite is given them
_BUILTIN, _MODELS = "builtin.yaml", "models.yaml"


@cache
def library() -> shapes.Library:
    """The built-in suites and the stack of a matrix that declares none.

    Suites of installed packages are there too; a built-in one of the same name goes first.
    """
    own = builtin()
    others = {name: one.shape for name, one in installed().items()}
    return own.model_copy(update={"suites": {**others, **own.suites}})


@cache
def builtin() -> shapes.Library:
    """What is built in, and nothing else."""
    return shapes.Library.model_validate(_packaged(_BUILTIN))


@cache
def builtin_models() -> Models:
    """The models that the built-in suites run of themselves."""
    return ModelsShape.model_validate(_packaged(_MODELS)).models


def resolved_suites(declared: shapes.Declaration) -> dict[str, shapes.SuiteShape]:
    """Each suite with what its built-in namesake says, where the file does not say it.

    One that names models is given what the file says of them.
    """
    return {
        name: _given(_resolved(name, shape), declared.models)
        for name, shape in declared.suites.items()
    }


def resolved_stacks(declared: shapes.Declaration) -> dict[str, shapes.StackShape]:
    """The stacks of the file, or the built-in one; an empty one is its built-in namesake."""
    own = library().stacks
    given = declared.stacks or {DEFAULT_STACK: own[DEFAULT_STACK]}
    return {
        name: own.get(name, shape) if not shape.model_fields_set else shape
        for name, shape in given.items()
    }


def _packaged(name: str) -> object:
    return plain(read(resources.files("matrix").joinpath(name).read_bytes(), name).root)


def _resolved(name: str, given: shapes.SuiteShape) -> shapes.SuiteShape:
    builtin = library().suites.get(name)
    if builtin is None:
        return given
    changes = {key: getattr(given, key) for key in given.model_fields_set}
    if given.command and not given.program:
        changes["program"] = None
    return builtin.model_copy(update=changes)


def _given(shape: shapes.SuiteShape, models: Models) -> shapes.SuiteShape:
    chosen = {name: models[name] for name in shape.models if name in models}
    if not chosen:
        return shape
    return shape.model_copy(update={"parameters": {**shape.parameters, MODELS: handed(chosen)}})
