"""Lively triggers: a time table, a branch with many paths, pull requests."""

from __future__ import annotations

from datetime import timedelta

from lively_grid import NOW

from orchestrator.messages import DeliveryView, StartedRun
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
        "",
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
        "it touches no path of vllm-main <b>",
    ),
    TriggerView(
        "requests",
        "pull_requests",
        "pull requests of file:///srv/git/toy",
        "suite=smoke",
        None,
        None,
        None,
        "",
    ),
)
DELIVERIES = (
    DeliveryView(
        "72d3162e-cc78-11e3-81ab-4c9367dc0958",
        "pull_request",
        "#4711 labeled, labelled ready, needs-rebase <i>",
        "github.com/vllm-project/vllm",
        NOW - timedelta(seconds=20),
        "",
        pending=True,
        runs=(),
    ),
    DeliveryView(
        "b1c2",
        "push",
        "main",
        "github.com/vllm-project/vllm",
        NOW - timedelta(minutes=7),
        "",
        pending=False,
        runs=(StartedRun("default", 12), StartedRun("default", 11)),
    ),
    DeliveryView(
        "a0",
        "Merge Request Hook",
        "#7 update",
        "gitlab.example.org/a-group-with-a-long-name/and-a-project",
        NOW - timedelta(hours=3),
        "no trigger looks at this repository",
        pending=False,
        runs=(),
    ),
    DeliveryView(
        "9f", "push", "dev", "host/toy", NOW - timedelta(days=2), "", pending=False, runs=()
    ),
)
