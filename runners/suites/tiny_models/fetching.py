"""Brings a model of a hub to this machine, or finds it where it was brought before.

That is done in a process of its own: whether the hub's client may use the network is settled when
it is imported, and the suite's own process never may.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from runners.suites.choosing import ParameterError
from runners.suites.harness import claim_output
from runners.suites.tiny_models.checkpoint import RefusedError
from runners.suites.tiny_models.declared import Declared

LEAVE = "hub"  # the parameter that gives leave to use the network
FETCH = "fetch"  # its value that does
_LAUNCHER = Path(__file__).resolve().parent.parent / "__main__.py"
# No other file is asked for: neither pickles nor a repository's own code.
_WANTED = ["*.safetensors", "*.safetensors.index.json", "*.json", "tokenizer*", "*.model", "*.txt"]
_QUIET = {"HF_HUB_DISABLE_TELEMETRY": "1", "HF_HUB_DISABLE_PROGRESS_BARS": "1"}
_PATIENCE_SECONDS = 1200.0
_LONGEST = 600  # characters of a message


class UnreachableError(Exception):
    """A hub that did not give what it was asked for; says so in its client's words."""


def fetched(one: Declared, *, may_fetch: bool) -> Path:
    """The folder of a hub's model; raises RefusedError without leave, and UnreachableError."""
    repository, _, revision = one.at.partition("@")
    with tempfile.TemporaryDirectory() as made:
        answer = Path(made, "answer.json")
        asked = {"repository": repository, "revision": revision, "answer": str(answer)}
        offline = "0" if may_fetch else "1"
        own = {"HF_HUB_OFFLINE": offline, "TRANSFORMERS_OFFLINE": offline, **_QUIET}
        problem = _asked({**os.environ, **own, "COEVO_PARAMETERS": json.dumps(asked)})
        if not answer.exists():
            raise UnreachableError(f"{one.at} was not to be had: {problem}")
        said = json.loads(answer.read_text(encoding="utf-8"))
    if "folder" in said:
        return Path(said["folder"])
    if not may_fetch:
        raise RefusedError(_refusal(one, repository, revision))
    raise UnreachableError(f"{one.at} was not to be had: {said['problem']}")


def leave(parameters: Mapping[str, str]) -> bool:
    """Whether the suite's parameters let it use the network for this; raises ParameterError."""
    said = parameters.get(LEAVE, "")
    if said not in {"", FETCH}:
        raise ParameterError(f"{LEAVE}: {said!r} means nothing; write `{FETCH}`, or leave it out")
    return said == FETCH


def main() -> None:
    """Answer what lies in the parameters."""
    claim_output()
    asked = json.loads(os.environ["COEVO_PARAMETERS"])
    from huggingface_hub import snapshot_download  # noqa: PLC0415 - slow, and behind the settings

    try:
        folder = snapshot_download(
            asked["repository"],
            revision=asked["revision"],
            allow_patterns=_WANTED,
            local_files_only=os.environ["HF_HUB_OFFLINE"] == "1",
        )
        said = {"folder": folder}
    except Exception as error:  # noqa: BLE001 - whatever the client meets is its answer
        words = " ".join(str(error).split())[:_LONGEST]
        said = {"problem": f"{type(error).__name__}: {words}"}
    Path(asked["answer"]).write_text(json.dumps(said), encoding="utf-8")


def _asked(env: Mapping[str, str]) -> str:
    """Let the client have its process; how that ended, where it has no answer."""
    argv = [sys.executable, "-I", str(_LAUNCHER), "tiny_models.fetching"]
    try:
        done = subprocess.run(
            argv, env=env, stdout=sys.stderr, check=False, timeout=_PATIENCE_SECONDS
        )
    except subprocess.TimeoutExpired:
        return f"its client had not ended after {_PATIENCE_SECONDS:g} s"
    return f"its client ended with {done.returncode}"


def _refusal(one: Declared, repository: str, revision: str) -> str:
    what = f"{one.id} is {repository} on a hub, it is not on this machine, and"
    fetch = f"`hf download {repository} --revision {revision} --local-dir FOLDER`"
    return (
        f"{what} this suite may not use the network: bring it here with {fetch} and write "
        f"`path: FOLDER`, or give leave with the suite's `parameters: {{{LEAVE}: {FETCH}}}`"
    )
