"""What the terminal says of a comparison."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from lively_pairs import comparison

from dashboard.cli.asking import Api, read
from dashboard.cli.pair_text import lines, metric_row, told
from dashboard.web.api_pair_models import ComparisonModel
from matrix.comparison import Change, Measured, metric_changes
from orchestrator.pair_views import Comparison

Printed = pytest.CaptureFixture[str]


def found(number: int) -> Comparison:
    view = comparison(number)
    assert view is not None
    return view


@dataclass
class Answering:
    """A client that answers with one comparison, as the API sends it."""

    number: int

    def get(self, path: str, params: object = None) -> dict[str, Any]:
        assert params is None
        if not path.endswith(f"/pairs/{self.number}"):
            return {"matrix": {"name": "default", "label": "Default"}}
        sent = ComparisonModel.model_validate(found(self.number), from_attributes=True)
        return {"comparison": json.loads(sent.model_dump_json())}


@pytest.fixture
def api() -> Callable[[int], Api]:
    return lambda number: Api("http://here", Answering(number))  # type: ignore[arg-type] # the one method that is asked


def test_what_was_sent_is_read_back_as_it_was() -> None:
    for number in (1, 2, 3):
        sent = ComparisonModel.model_validate(found(number), from_attributes=True)
        assert read(Comparison, json.loads(sent.model_dump_json())) == found(number)


def test_the_sentence_comes_first_and_then_what_differs() -> None:
    first, *rest = lines(found(1))
    assert first.startswith("Worse: 1 case passed at base and failed at head")
    assert rest == [
        "  worse: test_prefix_cache[<b>long</b>] in cloud-a/gpu:vllm-serve@nightly",
        "  flaky: test_streaming in cloud-a/gpu:vllm-serve@nightly",
    ]


def test_a_metric_is_a_row() -> None:
    view = found(1).parts[0]
    assert metric_row(view, view.part.metrics[0]) == (
        "throughput of batch=8 in cloud-a/gpu:vllm-serve@nightly",
        "3,122 tokens/s",
        "2,812 tokens/s",
        "-9.9%",
        "-10.0% to -9.9%",
        "worse",
    )


def test_a_metric_that_too_few_pairs_have_is_not_decided() -> None:
    view = found(1).parts[0]
    (one,) = metric_changes([Measured("lag", "", "ms", "lower", ((0.0, 1.0),) * 5)])
    assert one.change is Change.UNDECIDED
    assert metric_row(view, one)[3:] == ("", "", "not decided")


@pytest.mark.parametrize(("number", "code"), [(1, 1), (2, 1), (3, 1)])
def test_what_is_worse_or_open_or_cannot_be_told_exits_with_one(
    api: Callable[[int], Api], number: int, code: int, capsys: Printed
) -> None:
    assert told(api(number), number, json=False) == code
    printed = capsys.readouterr().out
    assert printed.startswith(found(number).found.sentence)
    assert f"http://here/m/default/pairs/{number}" in printed


def test_json_is_one_document(api: Callable[[int], Api], capsys: Printed) -> None:
    assert told(api(1), 1, json=True) == 1
    document = json.loads(capsys.readouterr().out)
    assert document["found"]["change"] == "worse"
    assert document["id"] == 1
