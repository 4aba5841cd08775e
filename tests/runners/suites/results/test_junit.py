"""JUnit XML as several tools write it."""

from __future__ import annotations

import pytest

from runners.suites.results.boundary import BROKEN, read
from runners.suites.results.said import Case, Fact, Said


def junit(body: str) -> list[Said]:
    return list(read("junit", body.encode(), "r.xml"))


def cases(body: str) -> list[Case]:
    return [one for one in junit(body) if isinstance(one, Case)]


def suite(*inside: str) -> str:
    return f'<testsuites><testsuite name="s">{"".join(inside)}</testsuite></testsuites>'


def test_each_end_has_its_status() -> None:
    found = cases(
        suite(
            '<testcase classname="a.b" name="good" time="1.5"/>',
            '<testcase classname="a.b" name="bad"><failure message="1 != 2">trace</failure>'
            "</testcase>",
            '<testcase classname="a.b" name="broken"><error message="no device"/></testcase>',
            '<testcase classname="a.b" name="left"><skipped message="no gpu"/></testcase>',
        )
    )
    assert [(one.id, one.status, one.message) for one in found] == [
        ("a.b::good", "PASS", ""),
        ("a.b::bad", "FAIL", "1 != 2"),
        ("a.b::broken", "ERROR", "no device"),
        ("a.b::left", "SKIP", "no gpu"),
    ]
    assert found[0].seconds == 1.5
    assert found[1].detail == {"failure": "trace"}


def test_a_root_of_one_suite_is_enough_and_names_cases_without_class() -> None:
    assert cases('<testsuite name="s"><testcase name="a"/></testsuite>')[0].id == "s::a"


def test_a_failure_outweighs_an_error_in_teardown() -> None:
    (one,) = cases(
        suite('<testcase name="a"><error message="e"/><failure message="f"/></testcase>')
    )
    assert (one.status, one.message) == ("FAIL", "f")


def test_pytest_writes_an_expected_failure_as_skipped() -> None:
    (one,) = cases(
        suite('<testcase name="a"><skipped type="pytest.xfail" message="known"/></testcase>')
    )
    assert (one.status, one.expected, one.message) == ("FAIL", True, "known")


def test_a_bare_case_that_is_repeated_was_a_failed_try() -> None:
    """What pytest-rerunfailures leaves in JUnit: read naively, pass, pass, fail."""
    found = cases(
        suite(
            '<testcase classname="m" name="bad"/>',
            '<testcase classname="m" name="bad"/>',
            '<testcase classname="m" name="bad"><failure message="at last"/></testcase>',
            '<testcase classname="m" name="flaky"/>',
            '<testcase classname="m" name="flaky"/>',
        )
    )
    assert [(one.id, one.status, one.again) for one in found] == [
        ("m::bad", "FAIL", True),
        ("m::bad", "FAIL", True),
        ("m::bad", "FAIL", False),
        ("m::flaky", "FAIL", True),
        ("m::flaky", "PASS", False),
    ]
    assert "does not say how" in found[3].message


def test_surefire_says_itself_what_was_tried_again() -> None:
    found = cases(
        suite(
            '<testcase name="a" classname="C"><flakyFailure message="once">t</flakyFailure>'
            "</testcase>",
            '<testcase name="b" classname="C"><failure message="last"/>'
            '<rerunFailure message="before"/></testcase>',
        )
    )
    assert [(one.status, one.again, one.message) for one in found] == [
        ("FAIL", True, "once"),
        ("PASS", False, ""),
        ("FAIL", True, "before"),
        ("FAIL", False, "last"),
    ]


def test_properties_of_a_suite_are_facts_and_of_a_case_its_detail() -> None:
    found = junit(
        suite(
            '<properties><property name="os" value="linux"/></properties>',
            '<testcase name="a"><properties><property name="k" value="v"/></properties></testcase>',
        )
    )
    assert found[0] == Fact("os", "linux")
    assert isinstance(found[1], Case)
    assert found[1].detail == {"k": "v"}


BOMB = (
    '<?xml version="1.0"?><!DOCTYPE b [<!ENTITY a "aaaaaaaaaa">'
    + "".join(f'<!ENTITY a{n} "{f"&a{n - 1 if n > 1 else str()};" * 10}">' for n in range(1, 9))
    + "]><testsuites>&a8;</testsuites>"
)


@pytest.mark.parametrize(
    ("body", "place", "problem"),
    [
        (BOMB, "r.xml:1:", "a document type with its entities is refused"),
        ('<!DOCTYPE x SYSTEM "file:///etc/passwd"><testsuites/>', "r.xml:1:", "is refused"),
        ("<html></html>", "r.xml:1:1", "no JUnit"),
        ("", "r.xml:1:1", "no element found"),
        ("<testsuites><testsuite>", "r.xml:1:24", "no XML: no element found"),
        ("<testsuites>\n  <testcase", "r.xml:2:3", "no XML: unclosed token"),
        ('<?xml version="1.0" encoding="martian"?><testsuites/>', "r.xml:1:", "no XML"),
        ("<testsuites>" + "<testsuite>" * 70, "r.xml:1:", "nested too deeply"),
        (suite('<testcase name="a" time="soon"/>'), "r.xml:1:", "no number of seconds"),
        (suite('<testcase name="a" time="nan"/>'), "r.xml:1:", "no number of seconds"),
        (suite('<testcase name="a" time="-1"/>'), "r.xml:1:", "no number of seconds"),
        ("<testsuites>\x00</testsuites>", "r.xml:1:13", "no XML"),
    ],
    ids=lambda text: text[:24],
)
def test_what_is_malformed_is_an_error_with_its_place(body: str, place: str, problem: str) -> None:
    last = cases(body)[-1]
    assert (last.id, last.status) == (BROKEN, "ERROR")
    assert last.message.startswith(place)
    assert problem in last.message


def test_what_was_read_before_a_mistake_is_kept() -> None:
    found = cases('<testsuite name="s"><testcase name="a"/><testcase name="b"/><testca')
    assert [one.id for one in found] == ["s::a", "s::b", BROKEN]


def test_bytes_that_are_no_text_are_an_error_too() -> None:
    (one,) = read("junit", b"<testsuites>\xff\xfe</testsuites>", "r.xml")
    assert isinstance(one, Case)
    assert (one.status, one.message) == (
        "ERROR",
        "r.xml:1:13: no XML: not well-formed (invalid token)",
    )


def test_a_long_output_is_cut() -> None:
    (one,) = cases(suite(f'<testcase name="a"><system-out>{"x" * 99_999}</system-out></testcase>'))
    assert len(str(one.detail["system-out"])) == 16_000


def test_names_that_could_not_be_ids_become_printable_and_stay_apart() -> None:
    long = "x" * 5000
    found = cases(
        suite(
            f'<testcase classname="" name="{long}1"/>',
            f'<testcase classname="" name="{long}2"/>',
            '<testcase classname="" name="a&#10;b"/>',
            '<testcase classname="" name=""/>',
        )
    )
    assert len({one.id for one in found}) == 4
    assert all(one.id.isprintable() and len(one.id) <= 1000 for one in found)
