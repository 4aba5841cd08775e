"""Weights are numbers: nothing in the house reads them in a form that runs code."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = sorted(
    path
    for package in ("matrix", "runners", "orchestrator", "dashboard")
    for path in (ROOT / package).rglob("*.py")
)
READERS = {"pickle", "cPickle", "dill", "joblib", "shelve", "marshal", "cloudpickle"}
# What goes between a process and its own child, and functions that Ray is given; no file.
BETWEEN_PROCESSES = {
    "runners/suites/float64/clean.py",
    "runners/suites/ray_core/cluster.py",
}


def calls(tree: ast.AST, method: str) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        is_method = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
        if is_method and node.func.attr == method:
            yield node


def says(call: ast.Call, keyword: str) -> bool:
    given = {one.arg: one.value for one in call.keywords}
    value = given.get(keyword)
    return isinstance(value, ast.Constant) and value.value is True


def unsafe(tree: ast.AST) -> Iterator[str]:
    """What of a program may read a pickle."""
    for call in calls(tree, "load"):
        whole = ast.unparse(call.func)
        if whole == "torch.load" and not says(call, "weights_only"):
            yield f"line {call.lineno}: torch.load without weights_only=True"
    for call in calls(tree, "from_pretrained"):
        is_tokenizer = "okenizer" in ast.unparse(call.func)
        if not is_tokenizer and not says(call, "use_safetensors"):
            yield f"line {call.lineno}: from_pretrained without use_safetensors=True"
    for node in ast.walk(tree):
        if isinstance(node, ast.keyword) and node.arg == "trust_remote_code":
            yield f"line {node.value.lineno}: trust_remote_code"
        names = {one.name for one in node.names} if isinstance(node, ast.Import) else set()
        names |= {node.module or ""} if isinstance(node, ast.ImportFrom) else set()
        if {name.partition(".")[0] for name in names} & READERS:
            yield f"line {node.lineno}: a reader of pickles"


def blamed(path: Path, found: list[str]) -> list[str]:
    """What of it is wrong in that file."""
    if str(path.relative_to(ROOT)) in BETWEEN_PROCESSES:
        return [one for one in found if "a reader of pickles" not in one]
    return found


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_program_reads_a_pickle(path: Path) -> None:
    found = list(unsafe(ast.parse(path.read_text())))
    assert not blamed(path, found)


@pytest.mark.parametrize(
    "text",
    [
        "torch.load(path)",
        "torch.load(path, weights_only=False)",
        "AutoModelForCausalLM.from_pretrained(folder)",
        "Model.from_pretrained(folder, use_safetensors=True, trust_remote_code=True)",
        "import pickle",
        "from joblib import load",
        "def late():\n    import cloudpickle",
    ],
)
def test_what_may_read_one_is_seen(text: str) -> None:
    assert list(unsafe(ast.parse(text)))


def test_safe_readers_are_not_blamed() -> None:
    text = (
        "torch.load(path, map_location='cpu', weights_only=True)\n"
        "json.load(file)\n"
        "AutoTokenizer.from_pretrained(folder)\n"
        "Model.from_pretrained(folder, use_safetensors=True)\n"
    )
    assert not list(unsafe(ast.parse(text)))
