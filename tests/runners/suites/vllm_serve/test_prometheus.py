"""What is read of Prometheus' text format, and what is none."""

from __future__ import annotations

import pytest

from runners.suites.vllm_serve.prometheus import parsed

GOOD = """\
# HELP vllm:tokens_total Tokens, all of them.
# TYPE vllm:tokens_total counter
vllm:tokens_total{engine="0",name="a \\"b\\", {c}"} 3.0
vllm:tokens_total{engine="1",name="x"} 4 1700000000
# TYPE seconds histogram
seconds_bucket{le="0.5"} 1
seconds_bucket{le="+Inf"} 2
seconds_count 2
seconds_sum 1.5e-1
"""


def test_samples_are_read_with_their_labels() -> None:
    found = parsed(GOOD)
    assert found.problems == ()
    assert found.total("vllm:tokens_total") == 7
    assert found.samples["seconds_sum", ()] == 0.15
    assert found.total("vllm:nothing") == 0


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("vllm:tokens_total", "no sample"),
        ("vllm:tokens_total many", "no sample"),
        ('vllm:tokens_total{engine="0} 1', "no sample"),
        ("vllm:tokens_total{engine=0,} 1", "no sample"),
        ('vllm:tokens_total{engine="1",name="x"} 5', "said twice"),
        ("strange 1", "strange has no TYPE"),
        ('seconds_bucket{le="0.7"} 0', "do not grow"),
    ],
)
def test_what_is_wrong_is_told(line: str, problem: str) -> None:
    (told,) = parsed(f"{GOOD}{line}\n").problems
    assert problem in told


def test_a_histogram_that_lacks_a_count_in_its_last_bucket_is_told() -> None:
    (told,) = parsed(GOOD.replace("seconds_count 2", "seconds_count 3")).problems
    assert "seconds" in told
