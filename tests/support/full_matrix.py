"""A matrix that uses every key, and one that uses as few as it may."""

from __future__ import annotations

import json
from typing import Any

from matrix.load import parse
from matrix.model import Matrix

FULL = """\
name: full
label: Everything at once
axes:
  site: [lab, {name: edge, label: Edge rack}]
  accelerator: [gpu, cpu]
  dtype: [{name: f32, label: Single, default: true}, bf16]
  python: [3, "3.12"]
suites:
  smoke: {}
  probe:
  bench:
    label: Benchmark
    project: vllm
    command: [python, bench.py, --fast, 3]
    env: {OMP_NUM_THREADS: 1, NAME: "a b"}
    environment: {requirements: ["vllm=={vllm}", numpy==2.4.6]}
    takes: [vllm, torch]
    needs: {devices: 2, memory: 16GiB, disk: 512MiB, capabilities: [fp8, nvlink]}
    parameters: {batch: 8, mode: eager}
    shards: 4
    timeout: 2h
    role: shadow
    metrics: {tokens: {unit: tokens/s, better: higher}, latency: {unit: s, better: lower}}
stacks:
  stable: {torch: "2.13.0", vllm: "0.32.0", label: Stable}
  next: {torch: "2.14.0"}
exclude:
  - {site: edge, accelerator: gpu, reason: no room}
include:
  - {site: lab, seed: 7, timeout: 10m, priority: 3, role: watch, shards: 2, env: {A: b}}
policies:
  timeout: 45m
  prepare_timeout: 10m
  infrastructure_attempts: 2
  freshness: 12h
  max_queue: 2d
  priority: -5
  log_limit: 1MiB
keep: {logs: 7d, passing_cases: 14d}
"""


BARE: dict[str, Any] = {
    "name": "x",
    "axes": {"site": ["lab", "edge"], "accelerator": ["gpu", "cpu"]},
    "suites": {"smoke": {}},
}


def minimal(**more: object) -> Matrix:
    return parse(json.dumps({**BARE, **more}), "m.yaml")
