"""Which folders of weights are read: safetensors that are what was named, and never a pickle."""

from __future__ import annotations

import json
import struct
from pathlib import Path

import pytest

from runners.suites.choosing import ParameterError, chosen
from runners.suites.tiny_models import checkpoint, declared, fetching
from runners.suites.tiny_models.checkpoint import RefusedError
from runners.suites.tiny_models.declared import Declared

CONFIG = {"architectures": ["LlamaForCausalLM"]}


def tensors(path: Path, **shapes: list[int]) -> None:
    """A file of safetensors as its format says, of zeros."""
    table: dict[str, object] = {"__metadata__": {"format": "pt"}}
    at = 0
    for name, shape in shapes.items():
        size = 4
        for length in shape:
            size *= length
        table[name] = {"dtype": "F32", "shape": shape, "data_offsets": [at, at + size]}
        at += size
    head = json.dumps(table).encode()
    path.write_bytes(struct.pack("<Q", len(head)) + head + bytes(at))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "config.json").write_text(json.dumps(CONFIG))
    tensors(tmp_path / "model.safetensors", a=[2, 3], b=[4], c=[])
    return tmp_path


def named(**more: object) -> Declared:
    said = {"path": "/w", "licence": "MIT", **more}
    (found,) = declared.read(json.dumps({"big": said}))
    return found


def refusal(folder: Path, **more: object) -> str:
    with pytest.raises(RefusedError) as caught:
        checkpoint.checked(named(**more), folder)
    return str(caught.value)


def test_what_is_known_of_a_checkpoint_is_read_from_its_files(folder: Path) -> None:
    assert checkpoint.checked(named(), folder) == {
        "parameters": 11,
        "licence": "MIT",
        "architectures": ["LlamaForCausalLM"],
        "files": ["model.safetensors"],
    }


def test_what_was_named_is_what_is_there(folder: Path) -> None:
    right = checkpoint.sha256(folder / "model.safetensors")
    said = {"parameters": 11, "architecture": "LlamaForCausalLM"}

    assert checkpoint.checked(named(files={"model.safetensors": right}, **said), folder)


@pytest.mark.parametrize("name", ["pytorch_model.bin", "model.pt", "model.ckpt", "weights.pkl"])
def test_a_folder_of_pickles_is_refused_by_the_name_of_one(folder: Path, name: str) -> None:
    (folder / "model.safetensors").rename(folder / name)
    said = refusal(folder)

    assert f"{folder / name} is a pickle, which may run code when it is read" in said
    assert "convert it to safetensors" in said


def test_a_pickle_beside_safetensors_is_left_alone(folder: Path) -> None:
    (folder / "pytorch_model.bin").write_bytes(b"anything")

    assert checkpoint.checked(named(), folder)["files"] == ["model.safetensors"]


def test_a_folder_without_weights_is_refused(folder: Path) -> None:
    (folder / "model.safetensors").unlink()

    assert refusal(folder) == f"there are no weights in {folder}: no file *.safetensors"


def test_no_folder_is_refused(tmp_path: Path) -> None:
    assert "is no folder" in refusal(tmp_path / "gone")


def test_other_files_than_those_told_are_refused(folder: Path) -> None:
    said = refusal(folder, files={"model.safetensors": "ab" * 32})

    assert "and not abababababab…" in said
    assert "there is no b.safetensors" in refusal(folder, files={"b.safetensors": "ab" * 32})


def test_another_size_or_architecture_is_refused(folder: Path) -> None:
    assert "11 numbers, and not the 12 of `parameters`" in refusal(folder, parameters=12)
    assert "and not of PhiForCausalLM" in refusal(folder, architecture="PhiForCausalLM")


@pytest.mark.parametrize("text", [b"", b"abc", b"\xff" * 20, struct.pack("<Q", 3) + b"[1]"])
def test_what_is_no_safetensors_is_refused(folder: Path, text: bytes) -> None:
    (folder / "model.safetensors").write_bytes(text)

    assert str(folder / "model.safetensors") in refusal(folder)


@pytest.mark.parametrize("text", ["", "{", "[]"])
def test_a_broken_configuration_is_refused(folder: Path, text: str) -> None:
    (folder / "config.json").write_text(text)

    assert "config.json holds no" in refusal(folder)


def test_a_missing_configuration_is_refused(folder: Path) -> None:
    (folder / "config.json").unlink()

    assert refusal(folder) == f"there is no config.json in {folder}"


def test_an_index_says_which_files_are_the_checkpoint(folder: Path) -> None:
    tensors(folder / "model-1.safetensors", a=[5])
    tensors(folder / "model-2.safetensors", b=[6])
    index = folder / "model.safetensors.index.json"
    parts = {"a": "model-1.safetensors", "b": "model-2.safetensors"}
    index.write_text(json.dumps({"weight_map": parts}))

    assert checkpoint.checked(named(), folder)["parameters"] == 11
    (folder / "model-2.safetensors").unlink()
    assert "names ['model-2.safetensors'], which is not there" in refusal(folder)


def test_parts_without_an_index_are_all_of_it(folder: Path) -> None:
    (folder / "model.safetensors").rename(folder / "one.safetensors")
    tensors(folder / "two.safetensors", a=[5])

    assert checkpoint.checked(named(), folder)["parameters"] == 16


def test_a_parameter_that_is_no_mapping_of_models_means_nothing() -> None:
    for text in ("[]", '"llama"', '{"a": {"licence": "MIT"}}'):
        with pytest.raises(ValueError, match="models: "):
            declared.given({"models": text})
    assert declared.given({}) == ()


def test_leave_to_fetch_is_given_by_one_word() -> None:
    assert fetching.leave({"hub": "fetch"})
    assert not fetching.leave({})
    with pytest.raises(ParameterError, match="hub: 'yes' means nothing; write `fetch`"):
        fetching.leave({"hub": "yes"})


def test_parameters_that_a_suite_knows_are_listed_where_another_is_given() -> None:
    with pytest.raises(ParameterError, match="there is `cases`, `models`, `hub`"):
        chosen(declared.built_in(), {"model": "x"}, "models", "hub")


def test_models_that_come_with_coevo_have_ids_of_their_own() -> None:
    ids = [one.id for one in declared.built_in()]

    assert len(set(ids)) == len(ids) == 17
    assert {one.kind for one in declared.built_in()} == {"random", "trained"}
