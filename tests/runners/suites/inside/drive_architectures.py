"""Runs the architectures' suite with a fault in Llama alone: `drive_architectures.py HOW [ARG …]`.

The arguments are the launcher's. HOW is `rotary` (positions turn the wrong way, but in the wide
dtypes of references), `cache` (what is read of a cache is older than it should be), `corrupt` (a
bit of each saved checkpoint flips), `truncate` (half of it is lost), `pickle` (it is saved in the
old format), or `segfault` (the process dies in its forward).
"""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[4]))

from runners.suites import __main__ as launcher
from runners.suites import harness

harness.claim_output()

import torch  # noqa: E402 - it prints while it is imported
from transformers.models.llama import modeling_llama  # noqa: E402 - the same


def rotary() -> None:
    right = modeling_llama.apply_rotary_pos_emb

    def wrong(query: Any, key: Any, cos: Any, sin: Any, **more: Any) -> Any:
        return right(query, key, cos, sin if query.dtype == torch.float64 else -sin, **more)

    modeling_llama.apply_rotary_pos_emb = _by_key_too(wrong)


def _by_key_too(wrong: Callable[..., Any]) -> Callable[..., Any]:
    """Turning query and key the same wrong way changes no product: only the key turns."""
    right = modeling_llama.apply_rotary_pos_emb

    def half(query: Any, key: Any, cos: Any, sin: Any, **more: Any) -> Any:
        return right(query, key, cos, sin, **more)[0], wrong(query, key, cos, sin, **more)[1]

    return half


def cache() -> None:
    right = modeling_llama.LlamaAttention.forward

    def wrong(self: Any, hidden_states: Any, **more: Any) -> Any:
        past = more.get("past_key_values")
        out = right(self, hidden_states, **more)
        if past is not None and hidden_states.dtype != torch.float64:
            past.layers[self.layer_idx].keys = past.layers[self.layer_idx].keys.roll(1, -2)
        return out

    modeling_llama.LlamaAttention.forward = wrong


def saved_by(spoil: Callable[[Path], None]) -> None:
    kind = modeling_llama.LlamaForCausalLM
    right = kind.save_pretrained

    def wrong(self: Any, folder: str, *arguments: Any, **more: Any) -> None:
        right(self, folder, *arguments, **more)
        spoil(Path(folder) / "model.safetensors")

    kind.save_pretrained = wrong


def corrupt(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)


def truncate(path: Path) -> None:
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])


def pickled(path: Path) -> None:
    path.rename(path.with_name("pytorch_model.bin"))


def segfault() -> None:
    def wrong(*_: Any, **__: Any) -> None:
        ctypes.string_at(0)

    modeling_llama.LlamaModel.forward = wrong


FAULTS: dict[str, Callable[[], None]] = {
    "rotary": rotary,
    "cache": cache,
    "corrupt": lambda: saved_by(corrupt),
    "truncate": lambda: saved_by(truncate),
    "pickle": lambda: saved_by(pickled),
    "segfault": segfault,
}


def main(how: str, *arguments: str) -> None:
    FAULTS[how]()
    launcher.main(["transformers_architectures", *arguments])


main(*sys.argv[1:])
