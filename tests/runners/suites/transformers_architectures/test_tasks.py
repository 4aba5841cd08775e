"""Which cases the architectures' suite has, as plain values."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runners.suites.transformers_architectures.tasks import (
    DTYPES,
    KINDS,
    Architecture,
    ParameterError,
    Task,
    asked,
    checks,
    tasks,
)

LLAMA = Architecture("llama", "decoder", "LlamaForCausalLM")
BERT = Architecture("bert", "encoder", "BertForMaskedLM")
VIT = Architecture("vit", "vision", "ViTForImageClassification")


def test_without_parameters_every_architecture_is_asked_for_in_two_dtypes() -> None:
    found = asked({})
    assert (found.dtypes, found.kinds) == (("float32", "bfloat16"), KINDS)
    assert all(map(found.selects, (LLAMA, BERT, VIT)))


@pytest.mark.parametrize(
    ("said", "chosen"),
    [
        ({"architectures": "llama"}, [LLAMA]),
        ({"architectures": "l*,vit"}, [LLAMA, VIT]),
        ({"kinds": "encoder vision"}, [BERT, VIT]),
        ({"architectures": "*", "kinds": "audio"}, []),
        ({"architectures": "LLAMA"}, []),
    ],
)
def test_names_and_kinds_choose_architectures(
    said: dict[str, str], chosen: list[Architecture]
) -> None:
    wanted = asked(said)
    assert [one for one in (LLAMA, BERT, VIT) if wanted.selects(one)] == chosen


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"dtypes": "float31"}, "dtypes: float31 is none of float32, bfloat16, float16"),
        ({"kinds": "decoder,robot"}, "kinds: robot is none of decoder, encoder"),
        ({"models": "llama"}, "unknown parameter models"),
    ],
)
def test_a_parameter_that_means_nothing_is_a_mistake(said: dict[str, str], message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        asked(said)


def test_only_what_writes_is_asked_to_generate() -> None:
    writing = {kind for kind in KINDS if "generate" in checks(kind)}
    assert writing == {"decoder", "encoder-decoder", "multimodal"}
    assert all({"forward", "backward", "save-load"} <= {*checks(kind)} for kind in KINDS)


def test_an_id_tells_neither_dtype_nor_class() -> None:
    assert Task(LLAMA, "save-load", "bfloat16").id == "llama.save-load"


@given(
    st.lists(st.sampled_from([LLAMA, BERT, VIT]), unique=True),
    st.lists(st.sampled_from(DTYPES), unique=True, min_size=1),
)
def test_each_case_stands_there_once(chosen: list[Architecture], dtypes: list[str]) -> None:
    made = tasks(chosen, asked({"dtypes": " ".join(dtypes)}))
    assert len(made) == len({(one.id, one.dtype) for one in made})
    assert len(made) == len(dtypes) * sum(len(checks(one.kind)) for one in chosen)


def test_cases_of_an_architecture_in_a_dtype_follow_each_other() -> None:
    made = tasks([LLAMA, BERT], asked({}))
    pairs = [(one.architecture.name, one.dtype) for one in made]
    assert pairs == sorted(pairs, key=pairs.index)
