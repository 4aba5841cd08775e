"""Whether a folder's weights may be read, and are those that were named: never a pickle.

A pickle runs what it holds when it is read. Safetensors hold numbers and a table of contents in
JSON, which is all that is read here.
"""

from __future__ import annotations

import hashlib
import json
import math
import struct
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any  # what a file of JSON holds

from runners.suites.tiny_models.declared import Declared

CONFIG = "config.json"
_INDEX, _WHOLE = "model.safetensors.index.json", "model.safetensors"
# By the end of their names: what torch, joblib and others write with pickle.
PICKLED = (".bin", ".pt", ".pth", ".ckpt", ".pkl", ".pickle", ".joblib", ".th")
_LONGEST_HEADER = 100 << 20  # bytes, as the format has it
_CHUNK = 1 << 20
_SHOWN = 12  # digits of a digest


class RefusedError(Exception):
    """Weights that are not read; says why, and what to do about it."""


def checked(one: Declared, folder: Path) -> dict[str, Any]:
    """What is to be known of a checkpoint that may be read; raises RefusedError and OSError."""
    files = weights(folder)
    _same(one, folder)
    config = _json(folder / CONFIG)
    known = config.get("architectures") or []
    if one.architecture and one.architecture not in known:
        raise RefusedError(f"{folder / CONFIG} is of {known}, and not of {one.architecture}")
    numbers = sum(map(parameters, files))
    if one.parameters and numbers != one.parameters:
        told = f"{numbers:,} numbers, and not the {one.parameters:,} of `parameters`"
        raise RefusedError(f"the weights in {folder} are {told}")
    said = {"parameters": numbers, "licence": one.licence, "architectures": known}
    return {**said, "files": [path.name for path in files]}


def weights(folder: Path) -> list[Path]:
    """The files of safetensors that make up the checkpoint; raises RefusedError where none does."""
    if not folder.is_dir():
        raise RefusedError(f"{folder} is no folder")
    index = folder / _INDEX
    names = {path.name for path in folder.iterdir()}
    if not any(name.endswith(".safetensors") for name in names):
        raise _without(folder, names)
    if index.name in names:
        listed = _json(index).get("weight_map")
        parts = {str(name) for name in listed.values()} if isinstance(listed, dict) else set()
        missing = sorted(parts - names)
        if missing or not parts:
            raise RefusedError(f"{index} names {missing or 'no file'}, which is not there")
        return [folder / name for name in sorted(parts)]
    if _WHOLE in names:
        return [folder / _WHOLE]
    return [folder / name for name in sorted(names) if name.endswith(".safetensors")]


def parameters(path: Path) -> int:
    """How many numbers a file of safetensors holds, by its table of contents."""
    with path.open("rb") as file:
        head = file.read(8)
        length = struct.unpack("<Q", head)[0] if len(head) == 8 else 0  # noqa: PLR2004 - of its length
        if not 0 < length <= _LONGEST_HEADER:
            raise RefusedError(f"{path} is no file of safetensors")
        said = _mapping(path, file.read(length))
    shapes = [one["shape"] for name, one in said.items() if name != "__metadata__"]
    return sum(map(math.prod, shapes))


def sha256(path: Path) -> str:
    """The digest of a file, in hexadecimal digits."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def _without(folder: Path, names: Iterable[str]) -> RefusedError:
    """Why a folder without safetensors is not read."""
    pickles = sorted(name for name in names if name.endswith(PICKLED))
    if not pickles:
        return RefusedError(f"there are no weights in {folder}: no file *.safetensors")
    what = f"{folder / pickles[0]} is a pickle, which may run code when it is read"
    return RefusedError(f"{what}: convert it to safetensors where you trust it")


def _same(one: Declared, folder: Path) -> None:
    """Raises RefusedError where a file is not the one whose sha256 is told."""
    for name, right in one.files.items():
        path = folder / name
        if not path.is_file():
            raise RefusedError(f"there is no {name} in {folder}, whose sha256 is told")
        found = sha256(path)
        if found != right:
            told = f"{found[:_SHOWN]}… and not {right[:_SHOWN]}…"
            raise RefusedError(f"the sha256 of {path} is {told}")


def _json(path: Path) -> Mapping[str, Any]:
    if not path.is_file():
        raise RefusedError(f"there is no {path.name} in {path.parent}")
    return _mapping(path, path.read_bytes())


def _mapping(path: Path, text: bytes) -> Mapping[str, Any]:
    try:
        said = json.loads(text)
    except ValueError as error:
        raise RefusedError(f"{path} holds no JSON: {error}") from error
    if not isinstance(said, dict):
        raise RefusedError(f"{path} holds no mapping")
    return said
