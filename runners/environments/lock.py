"""Resolves a suite's requirements to a lock, once, when a run is planned."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from matrix.errors import CoevoError
from matrix.markers import holding
from runners.environments.platforms import Platform, here, parsed
from runners.environments.sourced import SOURCED, checked, sourced
from runners.environments.sources import Sources
from runners.environments.tool import REFUSED, uv_binary, uv_environment
from runners.environments.unresolved import ResolverFailed, Unresolved
from runners.work import Lock

LIMIT_SECONDS = 300
NO_SOURCES = Sources()
_COMPONENT = re.compile(r"\{([a-z0-9][a-z0-9._-]*)\}")
_TORCH = re.compile(r"torch\s*==\s*(?P<version>[0-9][^+;\s]*)\s*")
_CUT_OFF = re.compile(
    "Failed to fetch|error sending request|network was disabled|index lookups were disabled"
    f"|{REFUSED}|401 Unauthorized|403 Forbidden"
)


def resolve(  # noqa: PLR0913, PLR0917 - each is one thing that resolving needs
    requirements: Sequence[str],
    components: Mapping[str, str],
    platform: str,
    home: Path,
    sources: Sources = NO_SOURCES,
    exclude: Sequence[str] = (),
) -> Lock:
    """The hashed pins that meet the requirements on a platform; some seconds, by `uv pip compile`.

    Lines with a marker count where it holds; what `exclude` names is left out, whoever needs it.
    `{component}` in a requirement takes its version from `components`. `name @ SOURCE` is taken
    from there: the wheel of a commit is built and kept in `home`, a commit's index is asked for
    that name alone. On a CPU platform `torch==X` becomes the CPU build `X+cpu` wherever there is
    one, and is X as it comes elsewhere. `sources` are asked besides the usual index, and named
    neither in the lock nor in an error. Raises Unresolved, ResolverFailed, and CoevoError where a
    component has no version.
    """
    target = _platform(platform)
    asked = holding(filled(requirements, components), target.kind_of_wheels)
    taken = [sourced(line, home, target) for line in asked]
    left_out = holding(exclude, target.kind_of_wheels)
    wanted = Wanted(tuple(one.requirement for one in taken), left_out)
    indexes = {one.name: one.index for one in taken if one.index}
    cpu_build = wanted._replace(requirements=tuple(map(_with_cpu_tag, wanted.requirements)))
    if target.kind_of_wheels != "cpu" or cpu_build == wanted:
        backend = None if _has_links(sources) else target.torch_backend
        return _compiled(wanted, target, indexes, sources, backend=backend)
    tries = [(cpu_build, None)] if _has_links(sources) else []
    for attempt, backend in [*tries, (wanted, "cpu")]:
        try:
            return _compiled(attempt, target, indexes, sources, backend=backend)
        except (Unresolved, ResolverFailed):
            continue
    return _compiled(wanted, target, indexes, sources, backend=None)


class Wanted(NamedTuple):
    """What is to be resolved, and what is to be left out of it."""

    requirements: tuple[str, ...]
    exclude: tuple[str, ...] = ()

    def written(self, folder: Path) -> list[str]:
        """Its files in a folder, as uv's words for them."""
        source, without = folder / "requirements.in", folder / "excludes.txt"
        source.write_text("".join(f"{one}\n" for one in self.requirements))
        without.write_text("".join(f"{one}\n" for one in self.exclude))
        return [*(("--excludes", str(without)) if self.exclude else ()), str(source)]


def filled(requirements: Sequence[str], components: Mapping[str, str]) -> tuple[str, ...]:
    """The requirements with the stack's versions in them; raises CoevoError for one it lacks.

    Those that name a source have it in them already.
    """
    open_ones = [one for one in requirements if SOURCED not in one]
    absent = {name for one in open_ones for name in _COMPONENT.findall(one)} - set(components)
    if absent:
        names = ", ".join(sorted(absent))
        raise CoevoError.because(
            f"the stack has no version of {names}, which the suite's requirements take",
            f"add `{min(absent)}: VERSION` to the stack",
        )
    return tuple(
        text if SOURCED in text else _COMPONENT.sub(lambda one: components[one[1]], text)
        for text in requirements
    )


def _with_cpu_tag(requirement: str) -> str:
    found = _TORCH.fullmatch(requirement.strip())
    return f"torch=={found['version']}+cpu" if found else requirement


def _has_links(sources: Sources) -> bool:
    return "UV_FIND_LINKS" in uv_environment(Path.cwd(), sources)


def _platform(name: str) -> Platform:
    try:
        return parsed(name)
    except ValueError as error:
        raise CoevoError.because(str(error)) from error


def _compiled(
    wanted: Wanted,
    target: Platform,
    indexes: Mapping[str, str],
    sources: Sources,
    *,
    backend: str | None,
) -> Lock:
    """What uv resolves; `backend` is its `--torch-backend`, asked only where torch is wanted."""
    uv = uv_binary()
    if uv is None:
        raise CoevoError.because("uv is not installed here", "pip install uv")
    with tempfile.TemporaryDirectory(prefix="coevo-lock-") as folder:
        result = Path(folder, "requirements.txt")
        ran = _run(
            [
                *(uv, "pip", "compile", *_options(target, backend), *_looked_in(indexes)),
                *(*wanted.written(Path(folder)), "-o", str(result)),
            ],
            sources,
        )
        if ran.returncode:
            raise _unresolved(wanted.requirements, sources.redacted(ran.stderr))
        text = checked(result.read_text(), indexes)
    return Lock(hashlib.sha256(text.encode()).hexdigest(), text, str(target))


def _options(target: Platform, backend: str | None) -> list[str]:
    options = ["--generate-hashes", "--no-emit-index-url", "--no-header", "--no-annotate"]
    options += ["--quiet", "--python-version", target.python]
    if target._replace(kind="") != here("")._replace(python=target.python):
        options += ["--python-platform", target.triple]
    return options + (["--torch-backend", backend] if backend else [])


def _looked_in(indexes: Mapping[str, str]) -> list[str]:
    """Options of uv for indexes of single commits, and to say which index each name is from."""
    words = [word for index in sorted(set(indexes.values())) for word in ("--index", index)]
    return [*words, "--emit-index-annotation"] if words else []


def _run(argv: list[str], sources: Sources) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, **uv_environment(Path.cwd(), sources), "UV_HTTP_RETRIES": "1"}
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
    refused = [line.removeprefix("hint:").strip() for line in lines if REFUSED in line]
    told = " ".join(refused or causes) or " ".join(lines) or "nothing"
    if _CUT_OFF.search(said):
        return ResolverFailed.because(
            f"{asked} could not be looked up: {told}", "is the package index reachable?"
        )
    return Unresolved.because(f"no versions meet {asked}: {told}", "change the stack")
