"""What `--at` says on the command line."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from dashboard.cli.components import wanted
from matrix.errors import CoevoError
from matrix.sources import source

COMMIT = "a" * 40


def test_components_and_where_they_are_to_be() -> None:
    said = (f"vllm={COMMIT}", "torch=2.12.0", f"toy=git+https://example.org/toy@{COMMIT}")
    assert wanted(said) == {
        "vllm": COMMIT,
        "torch": "2.12.0",
        "toy": f"git+https://example.org/toy@{COMMIT}",
    }
    assert wanted(()) == {}


def test_a_reference_may_hold_an_equals_sign() -> None:
    assert wanted(("toy=a=b",)) == {"toy": "a=b"}


def test_a_wheel_that_lies_here_becomes_its_address_and_digest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "toy-1.0-py3-none-any.whl").write_bytes(b"wheel")
    monkeypatch.chdir(tmp_path)

    found = wanted(("toy=toy-1.0-py3-none-any.whl",))["toy"]

    digest = hashlib.sha256(b"wheel").hexdigest()
    assert found == f"{(tmp_path / 'toy-1.0-py3-none-any.whl').as_uri()}#sha256={digest}"
    assert source(found).kind == "wheel"


def test_the_address_of_a_wheel_stays_as_it_is() -> None:
    address = f"https://example.org/toy-1.0-py3-none-any.whl#sha256={'0' * 64}"
    assert wanted((f"toy={address}",)) == {"toy": address}


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (("vllm",), "`vllm` says no component"),
        (("vllm=",), "says no component"),
        (("=main",), "`` is no name"),
        (("VLLM=main",), "`VLLM` is no name"),
        (("a=1", "a=2"), "`a` is given twice"),
        (("toy=nothing.whl",), "`nothing.whl` cannot be read: No such file"),
    ],
)
def test_what_says_nothing_is_a_mistake_with_a_hint(said: tuple[str, ...], told: str) -> None:
    with pytest.raises(CoevoError, match=told) as raised:
        wanted(said)
    assert raised.value.mistakes[0].hint
