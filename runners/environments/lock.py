"""Resolves a suite's requirements to a lock, once, when a run is planned."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from matrix.errors import CoevoError
from runners.environments.platforms import Platform, here, parsed
from runners.environments.tool import uv_binary, uv_environment
from runners.work import Lock, Pairs

LIMIT_SECONDS = 300
_COMPONENT = re.compile(r"\{([a-z0-9][a-z0-9._-]*)\}")
_TORCH = re.compile(r"torch\s*==\s*(?P<version>[0-9][^+;\s]*)\s*")
_CUT_OFF = re.compile(
    "Failed to fetch|error sending request|network was disabled|index lookups were disabled"
)
_PIN = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)==([^\s\\;]+)", re.MULTILINE)


class Unresolved(CoevoError):  # noqa: N818 - a state of the requirements
    """No set of versions meets the requirements; says what the resolver said."""


class ResolverFailed(CoevoError):  # noqa: N818 - a state of the machine
    """The resolver could not find out: no network, no index, no time; says what it said."""


def resolve(requirements: Sequence[str], components: Mapping[str, str], platform: str) -> Lock:
    """The hashed pins that meet the requirements on a platform; some seconds, by `uv pip compile`.

    `{component}` in a requirement takes its version from `components`. On a CPU platform
    `torch==X` becomes the CPU build `X+cpu` wherever there is one, and is X as it comes elsewhere.
    Raises Unresolved, ResolverFailed, and CoevoError where a component has no version.
    """
    wanted, target = filled(requirements, components), _platform(platform)
    cpu_build = tuple(_with_cpu_tag(one) for one in wanted)
    if target.kind != "cpu" or cpu_build == wanted:
        return _compiled(wanted, target, backend=None if _has_links() else target.torch_backend)
    tries = [(cpu_build, None)] if _has_links() else []
    for attempt, backend in [*tries, (wanted, "cpu")]:
        try:
            return _compiled(attempt, target, backend=backend)
        except (Unresolved, ResolverFailed):
            continue
    return _compiled(wanted, target, backend=None)


def filled(requirements: Sequence[str], components: Mapping[str, str]) -> tuple[str, ...]:
    """The requirements with the stack's versions in them; raises CoevoError for one it lacks."""
    absent = {name for one in requirements for name in _COMPONENT.findall(one)} - set(components)
    if absent:
        names = ", ".join(sorted(absent))
        raise CoevoError.because(
            f"the stack has no version of {names}, which the suite's requirements take",
            f"add `{min(absent)}: VERSION` to the stack",
        )
    return tuple(_COMPONENT.sub(lambda one: components[one[1]], text) for text in requirements)


def pins(lock: Lock) -> Pairs:
    """The distributions that a lock names, with their versions, sorted by name."""
    return tuple(sorted(_PIN.findall(lock.text)))


def _with_cpu_tag(requirement: str) -> str:
    found = _TORCH.fullmatch(requirement.strip())
    return f"torch=={found['version']}+cpu" if found else requirement


def _has_links() -> bool:
    return "UV_FIND_LINKS" in uv_environment(Path.cwd())


def _platform(name: str) -> Platform:
    try:
        return parsed(name)
    except ValueError as error:
        raise CoevoError.because(str(error)) from error


def _compiled(requirements: Sequence[str], target: Platform, *, backend: str | None) -> Lock:
    """What uv resolves; `backend` is its `--torch-backend`, asked only where torch is wanted."""
    uv = uv_binary()
    if uv is None:
        raise CoevoError.because("uv is not installed here", "pip install uv")
    with tempfile.TemporaryDirectory(prefix="coevo-lock-") as folder:
        source, result = Path(folder, "requirements.in"), Path(folder, "requirements.txt")
        source.write_text("".join(f"{one}\n" for one in requirements))
        ran = _run(
            [uv, "pip", "compile", *_options(target, backend), str(source), "-o", str(result)]
        )
        if ran.returncode:
            raise _unresolved(requirements, ran.stderr)
        text = result.read_text()
    return Lock(hashlib.sha256(text.encode()).hexdigest(), text, str(target))


def _options(target: Platform, backend: str | None) -> list[str]:
    options = ["--generate-hashes", "--no-emit-index-url", "--no-header", "--no-annotate"]
    options += ["--quiet", "--python-version", target.python]
    if target._replace(kind="") != here("")._replace(python=target.python):
        options += ["--python-platform", target.triple]
    return options + (["--torch-backend", backend] if backend else [])


def _run(argv: list[str]) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, **uv_environment(Path.cwd()), "UV_HTTP_RETRIES": "1"}
    try:
        return subprocess.run(
            argv, capture_output=True, text=True, timeout=LIMIT_SECONDS, check=False, env=env
        )
    except subprocess.TimeoutExpired as error:
        raise ResolverFailed.because(
            f"the resolver did not end within {LIMIT_SECONDS} s", "is the package index reachable?"
        ) from error


def _unresolved(requirements: Sequence[str], said: str) -> CoevoError:
    """The resolver's own words on one line: `cause:` lines say more than `error:` does."""
    asked = ", ".join(requirements)
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    causes = [line.removeprefix("cause:").strip() for line in lines if line.startswith("cause:")]
    told = " ".join(causes) or " ".join(lines) or "nothing"
    if _CUT_OFF.search(said):
        return ResolverFailed.because(
            f"{asked} could not be looked up: {told}", "is the package index reachable?"
        )
    return Unresolved.because(f"no versions meet {asked}: {told}", "change the stack")
