from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lively import LivelyServices
from starlette.testclient import TestClient
from visited import page

from dashboard.web.fact_rows import LONG, fact_groups
from runners.work import Fact

FACTS = st.lists(
    st.builds(Fact, st.text(max_size=12), st.text(max_size=300), st.text(max_size=9)), max_size=30
)
MANY = tuple(
    Fact(f"{part}.{number}", str(number), "test")
    for number in range(4)
    for part in ("cpu", "memory", "torch")
)


def test_no_facts_are_no_groups() -> None:
    assert fact_groups(()) == ()


def test_a_few_facts_are_one_group_without_a_title() -> None:
    (group,) = fact_groups(MANY[:5])
    assert (group.title, len(group.rows)) == ("", 5)


def test_many_facts_are_grouped_by_their_part_of_the_machine() -> None:
    groups = fact_groups(MANY)
    assert [group.title for group in groups] == ["cpu", "memory", "torch"]
    assert [row.name for row in groups[0].rows] == ["cpu.0", "cpu.1", "cpu.2", "cpu.3"]


def test_a_fact_without_a_part_is_of_the_environment() -> None:
    groups = fact_groups((Fact("OMP_NUM_THREADS", "1", "environment"), *MANY))
    assert groups[0].title == "environment"


def test_a_long_value_is_folded_behind_its_beginning() -> None:
    flags = " ".join(["avx512"] * 80)
    row = fact_groups((Fact("cpu.flags", flags, "/proc/cpuinfo"),))[0].rows[0]
    assert row.rest == flags
    assert row.value.startswith("avx512 avx512")
    assert row.value.endswith("…")
    assert len(row.value) <= LONG + 1


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("24684084 kB", "23.5 GiB"),
        ("0 kB", "0 B"),
        ("1024 B", "1 KiB"),
        ("12 cores", "12 cores"),
        ("B", "B"),
        ("-5 B", "-5 B"),
        ("٣ B", "٣ B"),
        ("unknown", "unknown"),
    ],
)
def test_a_number_of_bytes_is_told_as_people_count_them(value: str, told: str) -> None:
    assert fact_groups((Fact("memory.total", value, "test"),))[0].rows[0].value == told


@given(FACTS)
def test_no_fact_is_lost_or_doubled(facts: list[Fact]) -> None:
    rows = [row.name for group in fact_groups(facts) for row in group.rows]
    assert sorted(rows) == sorted(fact.name for fact in facts)


@given(FACTS)
def test_a_value_is_either_short_or_whole_behind_its_beginning(facts: list[Fact]) -> None:
    for group in fact_groups(facts):
        assert all(len(row.value) <= LONG + 1 for row in group.rows)


def test_a_job_shows_facts_with_where_they_were_read(client: TestClient) -> None:
    text = page(client, "/m/default/jobs/7").text
    assert "AMD EPYC 9654 96-Core Processor" in text
    assert "/proc/cpuinfo" in text


def test_a_long_fact_opens_without_script(client: TestClient, services: LivelyServices) -> None:
    flags = " ".join(f"flag{number}" for number in range(90))
    here, *others = services.all_runners
    services.all_runners = (replace(here, facts=(Fact("cpu.flags", flags, "test"),)), *others)
    shown = page(client, "/runners/here")
    assert list(shown.all("details"))
    assert flags in shown.text
