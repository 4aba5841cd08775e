"""How the answers of a server are judged, without a server."""

from __future__ import annotations

import json
from typing import Any

import pytest

from runners.suites.vllm_serve import chats, tasks
from runners.suites.vllm_serve.completions import stop_string
from runners.suites.vllm_serve.crowd import Answer, parting
from runners.suites.vllm_serve.exchange import Answer as Said
from runners.suites.vllm_serve.exchange import events
from runners.suites.vllm_serve.forms import fault_of
from runners.suites.vllm_serve.problems import first, same
from runners.suites.vllm_serve.refusals import reason
from runners.suites.vllm_serve.server import free_port, is_free

ALONE = Answer([5, 6, 7], [0.9, 0.0002, 0.7])


def test_ids_of_cases_are_stable_and_each_there_once() -> None:
    ids = [task.id for task in tasks.tasks()]
    assert len(ids) == len(set(ids)) == 45
    assert ids[-3:] == ["restart.same-port", "stop.in-flight", "stop.killed"]


@pytest.mark.parametrize(
    ("found", "lead"),
    [([5, 6, 7], None), ([5, 8, 9], 0.0002), ([4, 6, 7], 0.9), ([5, 6], float("inf"))],
)
def test_answers_part_at_their_first_other_token(found: list[int], lead: float | None) -> None:
    assert parting(Answer(found, []), ALONE) == lead


def test_a_stop_string_has_whole_letters_only() -> None:
    assert stop_string("abcd\ufffdefgh") == "efg"
    assert stop_string("abcdef\ufffd\ufffd") == "abc"


@pytest.mark.parametrize(
    ("said", "is_right"),
    [
        ({"city": "Lima", "days": 2, "exact": False}, True),
        ({"city": "Lima", "days": 3, "exact": False}, False),
        ({"city": "lima", "days": 2, "exact": False}, False),
        ({"city": "Lima", "days": 2, "exact": 0}, False),
        ({"city": "Lima", "days": 2}, False),
        ({"city": "Lima", "days": 2, "exact": True, "more": 1}, False),
        (625000.0, False),
    ],
)
def test_a_form_is_held_to_its_last_key(said: Any, is_right: bool) -> None:
    assert (fault_of(said) == "") == is_right


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({"error": {"message": "too long"}}, "too long"),
        ({"error": "too long"}, ""),
        ({"detail": "Not Found"}, ""),
        ([], ""),
        (None, ""),
    ],
)
def test_a_refusal_says_why_in_the_form_of_an_error(body: Any, told: str) -> None:
    assert reason(body) == told


def test_events_of_a_stream_are_its_data_lines() -> None:
    said = Said(200, b'data: {"a": 1}\n\n: nothing\ndata: [DONE]\n\n')
    assert events(said) == [json.dumps({"a": 1}), "[DONE]"]
    assert said.json is None


def test_a_chat_is_rendered_as_the_template_of_the_tiny_model_does() -> None:
    assert chats.rendered([chats.SYSTEM, {"role": "user", "content": "Hi"}]) == (
        "system: Be brief.\nuser: Hi\nassistant: "
    )


def test_the_first_problem_counts() -> None:
    assert first("", same(1, 1, "one"), same(2, 3, "it"), "later") == "it is 2 instead of 3"


def test_a_port_that_nobody_has_is_free() -> None:
    assert is_free(free_port())
