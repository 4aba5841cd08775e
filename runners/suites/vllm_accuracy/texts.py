"""The texts that every model is asked about: seeded tokens, teacher-forced."""

from __future__ import annotations

from runners.suites.tiny_models.prompts import drawn

TEXTS = [drawn(f"accuracy {length}", length) for length in (64, 48, 33, 16, 5)]
