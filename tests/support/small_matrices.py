"""Small matrices that tests of expansion write out."""

from __future__ import annotations

import json
from textwrap import dedent

from matrix.expand import expand
from matrix.load import parse
from matrix.model import PLANNED, Job, Matrix

HEAD = """\
name: x
axes:
  site: [lab, edge]
  accelerator: [cpu, gpu]
suites: {a: {command: [run]}, b: {command: [run]}}
"""


def matrix(rules: str = "", head: str = HEAD) -> Matrix:
    return parse(head + dedent(rules), "m.yaml")


def planned(found: Matrix) -> dict[str, Job]:
    return {job.id: job for job in expand(found) if job.status == PLANNED}


def declared(axes: dict[str, list[str]], suites: int, stacks: int, **rules: object) -> Matrix:
    return parse(
        json.dumps(
            {
                "name": "x",
                "axes": axes,
                "suites": {f"s{n}": {"command": ["run"]} for n in range(suites)},
                "stacks": {f"t{n}": {"torch": "2.13.0"} for n in range(stacks)},
                **rules,
            }
        ),
        "m.yaml",
    )
