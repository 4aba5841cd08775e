"""Lively files: a job that is fed by one, feeds four in all their states, and made three files."""

from __future__ import annotations

from datetime import timedelta

from lively_grid import NOW

from matrix.status import Status
from orchestrator.artifact_views import Fed, File, Handed

HANDED = Handed(
    inputs=(Fed("wheel", 6, "cloud-a/cpu:build-torch@stable", "ended", Status.PASS),),
    feeds=(
        Fed("pte", 6, "edge/cpu:executorch-edge@stable", "ended", Status.PASS),
        Fed("pte", 9, "edge/cpu,model=mobilenet:executorch-edge@stable", "running", None),
        Fed("pte", 8, "lab/cpu:executorch-edge@stable", "blocked", None),
        Fed("pte", 7, "lab/asic:executorch-edge@stable", "ended", Status.FAIL),
    ),
    files=(
        File("pte", "llama.pte", "c0ffee" * 10 + "abcd", 2_345_678, NOW, NOW, is_kept=True),
        File(
            "pte",
            "mobilenet-v3-small-quantised-xnnpack.pte",
            "decade" * 10 + "abcd",
            12_345,
            NOW - timedelta(days=3),
            NOW - timedelta(hours=3),
            is_kept=True,
        ),
        File(
            "wheel",
            "ours-1.0-py3-none-any.whl",
            "facade" * 10 + "abcd",
            999,
            NOW - timedelta(days=30),
            NOW - timedelta(days=20),
            is_kept=False,
        ),
    ),
)
