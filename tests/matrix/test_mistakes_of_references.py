"""Names that nobody defined and rules that never apply are told with a place and a hint."""

from __future__ import annotations

import pytest
from wrong_matrices import GOOD, Wrong, assert_told, with_line

WRONG = (
    Wrong(
        "a when that can never match",
        with_line("exclude: [{site: edge}]\ninclude:\n  - {when: {site: edge}, color: red}"),
        "6:6",
        "`when` never selects anything",
        "no exclude drops",
    ),
    Wrong(
        "a when on an axis that does not exist",
        with_line("include:\n  - {when: {sitee: lab}, color: red}"),
        "5:13",
        "there is no axis `sitee`",
        "did you mean `site`?",
    ),
    Wrong(
        "an exclude on an axis that does not exist",
        with_line("exclude: [{dtype: bf16}]"),
        "4:12",
        "there is no axis `dtype`",
        "known here: accelerator, site, stack, suite",
    ),
    Wrong(
        "a value that its axis does not list",
        with_line("exclude: [{site: lba}]"),
        "4:18",
        "the axis `site` lists no `lba`",
        "did you mean `lab`?",
    ),
    Wrong(
        "a selector that breaks off",
        with_line('exclude: [{site: "in(lab"}]'),
        "4:18",
        "`in(lab` is no selector",
        "in(a, b)",
    ),
    Wrong(
        "an exclude of everything",
        with_line("exclude: [{reason: why}]"),
        "4:11",
        "this would exclude everything",
        "site: lab",
    ),
    Wrong(
        "two values of one name",
        "name: x\naxes:\n  site: [lab, {name: lab}]\n  accelerator: [b]\nsuites: {smoke: {}}\n",
        "3:22",
        "the axis `site` has two values `lab`",
        "line 3",
    ),
    Wrong(
        "a suite nobody defined",
        "name: x\naxes: {site: [a], accelerator: [b]}\nsuites: {smok: {}}\n",
        "3:10",
        "nobody defined the suite `smok`",
        "did you mean `smoke`?",
    ),
    Wrong(
        "an include of a suite nobody defined",
        with_line("include: [{suite: smok, color: red}]"),
        "4:19",
        "nobody defined the suite `smok`",
        "did you mean `smoke`?",
    ),
    Wrong(
        "a suite with a program and a command",
        "name: x\naxes: {site: [a], accelerator: [b]}\n"
        "suites: {t: {program: smoke, command: [x]}}\n",
        "3:10",
        "`t` has a program and a command",
        "keep one",
    ),
    Wrong(
        "a program that nobody wrote",
        "name: x\naxes: {site: [a], accelerator: [b]}\nsuites: {t: {program: smokes}}\n",
        "3:23",
        "there is no program `smokes`",
        "did you mean `smoke`?",
    ),
    Wrong(
        "an empty command",
        with_line("exclude: []").replace("{smoke: {}}", "{t: {command: []}}"),
        "3:23",
        "this is empty",
        "leave the key out",
    ),
    Wrong(
        "a requirement that is not pinned",
        GOOD.replace("{smoke: {}}", "{t: {command: [x], environment: {requirements: [numpy]}}}"),
        "3:57",
        "`numpy` is not pinned",
        "name==version",
    ),
    Wrong(
        "a requirement on a component that is not taken",
        GOOD.replace(
            "{smoke: {}}", '{t: {command: [x], environment: {requirements: ["torch=={torch}"]}}}'
        ),
        "3:57",
        "the suite does not take `torch`",
        "add `takes: [torch]`",
    ),
    Wrong(
        "a suite that takes what no stack has",
        GOOD.replace("{smoke: {}}", "{t: {command: [x], takes: [driver]}}"),
        "3:10",
        "takes `driver`, which no stack has",
        "to a stack",
    ),
    Wrong(
        "a moving reference as a version",
        with_line("stacks: {stable: {torch: nightly}}"),
        "4:26",
        "`nightly` is no version",
        "exact version",
    ),
    Wrong(
        "an axis called like a key of includes",
        GOOD.replace("axes: {", "axes: {timeout: [a], "),
        "2:8",
        "an axis cannot be called `timeout`",
        "take another",
    ),
    Wrong(
        "a default of site",
        GOOD.replace("[lab,", "[{name: lab, default: true},"),
        "2:27",
        "`site` takes no default",
        "names its site",
    ),
    Wrong(
        "two defaults",
        GOOD.replace("axes: {", "axes: {d: [{name: a, default: true}, {name: b, default: true}], "),
        "2:48",
        "the axis `d` has two defaults",
        "line 2",
    ),
    Wrong(
        "an include that makes half a cell",
        with_line("include:\n  - {site: mars}"),
        "5:5",
        "names no accelerator",
        "add `accelerator",
    ),
    Wrong(
        "a mistyped key of an include",
        with_line("include:\n  - {acelerator: cpu, color: red}"),
        "5:6",
        "unknown key `acelerator`",
        "did you mean `accelerator`?",
    ),
    Wrong(
        "an include that changes what a suite is",
        with_line("include:\n  - {site: lab, command: run}"),
        "5:17",
        "an include cannot change a suite's `command`",
        "it can change timeout",
    ),
    Wrong(
        "a list as a literal of an include",
        with_line("include:\n  - {site: [lab, edge], color: red}"),
        "5:12",
        "expected a single value",
        "write several includes",
    ),
    Wrong(
        "one job told twice",
        with_line(
            "include:\n  - {site: mars, accelerator: cpu}\n  - {site: mars, accelerator: cpu}"
        ),
        "6:5",
        "the job `mars/cpu:smoke@stable` comes from lines 5 and 6",
        "take one out",
    ),
    Wrong(
        "more jobs than anybody can run",
        GOOD.replace("[lab, edge]", f"[{', '.join(f's{n}' for n in range(1200))}]").replace(
            "[cpu, gpu]", f"[{', '.join(f'a{n}' for n in range(1200))}]"
        ),
        "2:1",
        "this makes up to 1,440,000 jobs",
        "the limit is 1,000,000",
    ),
    Wrong(
        "a wrong role",
        GOOD.replace("smoke: {}", "smoke: {role: headlin}"),
        "3:24",
        "`headlin` is not one of `headline`, `watch` or `shadow`",
        "did you mean `headline`?",
    ),
    Wrong(
        "a key that is missing in a metric",
        GOOD.replace("smoke: {}", "t: {command: [x], metrics: {speed: {unit: s}}}"),
        "3:45",
        "`better` is missing here",
        "add `better`",
    ),
    Wrong(
        "no axes in axes",
        "name: x\naxes: {}\nsuites: {smoke: {}}\n",
        "2:1",
        "`axes` is empty",
        "add one",
    ),
    Wrong(
        "a key that is a list",
        with_line("? [a]\n: b"),
        "4:3",
        "a key has to be a word",
        "quote it",
    ),
    Wrong(
        "a key that is missing",
        with_line("? \n: b"),
        "4:2",
        "a key is missing before `:`",
        "write a name",
    ),
)


@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: wrong.what)
def test_what_leads_nowhere_is_told(wrong: Wrong) -> None:
    assert_told(wrong)
