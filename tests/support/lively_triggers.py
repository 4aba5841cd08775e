"""Lively triggers: a time table, a branch with many paths, pull requests."""

from __future__ import annotations

from datetime import timedelta

from lively_grid import NOW

from orchestrator.server_views import TriggerView

TRIGGERS = (
    TriggerView(
        "nightly",
        "cron",
        "0 3 * * * (Europe/Berlin)",
        "",
        NOW + timedelta(hours=14, minutes=2),
        NOW - timedelta(hours=10),
        11,
    ),
    TriggerView(
        "vllm-main",
        "commits",
        "commits of https://example.org/vllm-project/vllm, main, "
        "touching csrc/** vllm/attention/** !**/*.md <b>",
        "suite=in(vllm-models,vllm-accuracy),accelerator!=tpu",
        None,
        NOW - timedelta(minutes=7),
        12,
    ),
    TriggerView(
        "requests",
        "pull_requests",
        "pull requests of file:///srv/git/toy",
        "suite=smoke",
        None,
        None,
        None,
    ),
)
