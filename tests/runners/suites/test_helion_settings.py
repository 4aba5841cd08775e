"""What the Helion suite decides without Helion: modes, bounds, logs, words, a child's end."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from runners.suites.choosing import ParameterError
from runners.suites.helion_kernels import autotune_log, children, modes, timing, unsupported
from runners.suites.helion_kernels.modes import MODES
from runners.suites.helion_kernels.parameters import asked

LOG = """\
run_id,timestamp_s,config_id,generation,status,perf_ms,compile_time_s,config
a1,0.50,x1,0,started,,,"helion.Config(block_sizes=[16, 16])"
a1,2.50,x1,0,ok,0.052000,1.90,"helion.Config(block_sizes=[16, 16])"
a1,3.10,x2,0,error,,0.40,"helion.Config(block_sizes=[8, 8])"
a1,9.75,x3,1,ok,0.031000,1.20,"helion.Config(block_sizes=[64, 32])"
"""


def test_a_device_is_compiled_for_where_helion_has_a_backend_for_it() -> None:
    assert modes.usual("cuda:1") == ("compiled",)
    assert modes.usual("cpu") == ("interpret", "pallas-interpret", "triton-interpret")
    assert modes.usual("lazy") == ("interpret",)


@pytest.mark.parametrize(
    ("device", "backend"),
    [("cuda:0", "triton"), ("xpu", "triton"), ("tpu", "pallas"), ("mps", "metal")],
)
def test_the_backend_is_that_of_the_device(device: str, backend: str) -> None:
    variables = MODES["compiled"].variables(device)
    assert variables["HELION_BACKEND"] == backend
    assert variables["TRITON_F32_DEFAULT"] == "ieee"
    assert not [name for name in variables if "INTERPRET" in name]


def test_what_is_asked_for_has_bounds() -> None:
    said = asked({}, "cuda")
    assert (said.modes, said.named, said.effort, said.budget) == (("compiled",), False, "quick", 60)
    said = asked({"modes": "interpret,cute", "effort": "full", "budget": "600"}, "cpu")
    assert (said.modes, said.named, said.budget) == (("interpret", "cute"), True, 600)


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"mode": "cute"}, "unknown parameter mode; there are `cases`, `modes`"),
        ({"modes": "tileir"}, "modes: tileir is none of compiled, interpret"),
        ({"effort": "max"}, "effort: max is none of none, quick, full"),
        ({"budget": "0"}, "budget: whole seconds, at least 1"),
    ],
)
def test_a_parameter_that_means_nothing_is_told(parameters: dict[str, str], words: str) -> None:
    with pytest.raises(ParameterError, match=words):
        asked(parameters, "cpu")


def test_a_log_of_autotuning_is_summed_up() -> None:
    assert autotune_log.summary(LOG.splitlines()) == {
        "tried": 3,
        "ended": {"ok": 2, "error": 1},
        "seconds": 9.75,
        "best_milliseconds": 0.031,
    }


def test_a_log_that_is_empty_or_cut_off_is_no_crash() -> None:
    assert autotune_log.summary(()) == {"tried": 0, "ended": {}, "seconds": 0.0}
    cut = [*LOG.splitlines()[:3], "a1,3."]
    assert autotune_log.summary(cut)["ended"] == {"ok": 1, "unread": 1}


def test_short_calls_are_timed_many_at_once() -> None:
    now = [0.0]

    def call() -> None:
        now[0] += 0.001

    found = timing.milliseconds(call, lambda: None, lambda: now[0])
    assert len(found) == timing.REPLICATES
    assert found == pytest.approx([1.0] * timing.REPLICATES)


def test_only_what_says_that_it_is_not_there_is_a_missing_capability() -> None:
    assert unsupported.words(RuntimeError("0 active drivers ([]).")).startswith("capability: 0 act")
    gone = ModuleNotFoundError("No module named 'jax'", name="jax.numpy")
    assert unsupported.words(gone) == "capability: No module named 'jax'"
    assert not unsupported.words(RuntimeError("wrong"))
    assert not unsupported.words(ModuleNotFoundError("No module named 'torch'", name="torch"))


def child(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, program: str) -> children.Child:
    file = tmp_path / "program.py"
    file.write_text(f"import json, os, sys, time\n{program}\n")
    monkeypatch.setattr(children, "_LAUNCHER", file)
    assert sys.executable
    return children.Child({"HELION_INTERPRET": "1"}, "cpu", tmp_path, {})


def test_a_child_answers_and_one_that_dies_is_followed_by_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = child(
        tmp_path,
        monkeypatch,
        "for line in sys.stdin:\n"
        "    if 'bad' in line: print('so long', file=sys.stderr, flush=True); os.abort()\n"
        "    print(json.dumps({'problem': os.environ['HELION_INTERPRET']}), flush=True)",
    )
    assert one.ask("good", "", 30).problem == "1"
    assert one.ask("bad", "", 30).problem.startswith("a child ended with -6: so long")
    assert one.ask("good", "", 30).problem == "1"
    one.end()


def test_a_child_that_hangs_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one = child(tmp_path, monkeypatch, "time.sleep(600)")
    assert "no answer in 0.2 seconds" in one.ask("slow", "", 0.2).problem
    one.end()
