"""Seeded texts for tiny models, as tokens: the same on every machine, without any special one."""

from __future__ import annotations

import hashlib

from runners.suites.tiny_models.architectures import VOCABULARY
from runners.suites.tiny_models.tokenizer import SPECIAL

_BYTES = 4


def drawn(name: str, length: int, vocabulary: int = VOCABULARY) -> list[int]:
    """So many tokens; another name gives others."""
    told = hashlib.shake_256(f"prompt {name}".encode()).digest(_BYTES * length)
    words = (told[at : at + _BYTES] for at in range(0, len(told), _BYTES))
    usable = vocabulary - len(SPECIAL)
    return [len(SPECIAL) + int.from_bytes(word, "little") % usable for word in words]
