"""Names of platforms, and what uv calls them."""

from __future__ import annotations

import platform
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runners.environments.platforms import Platform, here, parsed

WORDS = st.from_regex(r"[a-z]{1,9}", fullmatch=True)
MACHINES = st.from_regex(r"[a-z0-9_]{1,9}", fullmatch=True)
PLATFORMS = st.builds(
    Platform,
    WORDS,
    MACHINES,
    st.builds("{}.{}".format, st.integers(2, 9), st.integers(0, 99)),
    WORDS,
)


@given(PLATFORMS)
def test_any_platform_comes_out_of_its_name_as_it_went_in(one: Platform) -> None:
    assert parsed(str(one)) == one


@given(PLATFORMS, PLATFORMS)
def test_two_platforms_have_two_names(one: Platform, other: Platform) -> None:
    assert (str(one) == str(other)) == (one == other)


@given(st.text(max_size=30))
def test_a_text_is_a_platform_or_refused_with_an_example(text: str) -> None:
    try:
        found = parsed(text)
    except ValueError as error:
        assert "is no platform such as linux-x86_64-cp311-cpu" in str(error)  # noqa: PT017 - either may come
    else:
        assert str(found) == text


@pytest.mark.parametrize(
    ("name", "triple"),
    [
        ("linux-x86_64-cp311-cpu", "x86_64-manylinux_2_28"),
        ("linux-aarch64-cp312-cuda", "aarch64-manylinux_2_28"),
        ("darwin-arm64-cp311-mps", "aarch64-apple-darwin"),
        ("darwin-x86_64-cp311-cpu", "x86_64-apple-darwin"),
        ("windows-amd64-cp313-cuda", "x86_64-pc-windows-msvc"),
        ("linux-riscv64-cp311-cpu", "linux"),
    ],
)
def test_uv_knows_a_platform_by_its_own_name(name: str, triple: str) -> None:
    assert parsed(name).triple == triple


@pytest.mark.parametrize(
    ("name", "python"),
    [("linux-x86_64-cp39-cpu", "3.9"), ("linux-x86_64-cp310-cpu", "3.10"),
     ("linux-x86_64-cp313-cpu", "3.13")],
)  # fmt: skip
def test_a_pythons_minor_version_may_have_two_digits(name: str, python: str) -> None:
    assert parsed(name).python == python


@pytest.mark.parametrize("device", ["cpu", "cuda", "cuda:3", "xpu", "npu:0"])
def test_here_is_this_machine_and_this_python(device: str) -> None:
    found = here(device)
    assert found.system == platform.system().lower()
    assert found.machine == platform.machine().lower()
    assert found.python == f"{sys.version_info.major}.{sys.version_info.minor}"
    assert found.kind == device.partition(":")[0]


@pytest.mark.parametrize(("kind", "backend"), [("cpu", "cpu"), ("cuda", "auto"), ("rocm", "auto")])
def test_torchs_index_is_chosen_by_the_kind_of_device(kind: str, backend: str) -> None:
    assert here(kind).torch_backend == backend
