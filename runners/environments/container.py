"""How a program is run in an image: the words for podman, docker and apptainer. Pure."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

ENGINES = ("podman", "docker", "apptainer", "singularity")
OURS = Path(__file__).parents[1]  # what our side runs inside: the folder of the built-in suites
# Which devices an attempt may see; whoever placed it has set them.
_VISIBLE = (
    "CUDA_VISIBLE_DEVICES",
    "HIP_VISIBLE_DEVICES",
    "ROCR_VISIBLE_DEVICES",
    "ASCEND_RT_VISIBLE_DEVICES",
    "HABANA_VISIBLE_MODULES",
    "NEURON_RT_VISIBLE_CORES",
    "ONEAPI_DEVICE_SELECTOR",
    "TPU_VISIBLE_CHIPS",
)
_MARKER = "COEVO_ATTEMPT"
# The shell is process 1 in the container, where signals would not end the program itself.
_SCRIPT = 'ulimit -c 0; {memory}"$@"; exit $?'
_ENGINE_FAILED = 125
_SIGNALLED = 128
_RUNTIME = ("OCI runtime", "OCI permission", "crun:", "runc:")


class Launch(NamedTuple):
    """What is started so that a program runs; `undo` takes away what a killed one leaves."""

    argv: tuple[str, ...]
    env: Mapping[str, str]
    limits: tuple[tuple[str, int], ...] = (("core", 0),)
    undo: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Container:
    """An image that programs are run in. `user` is "uid:gid" where files would be root's."""

    engine: str
    image: str
    options: tuple[str, ...] = ()
    user: str = ""

    @property
    def is_apptainer(self) -> bool:
        """Whether programs are the engine's own children, and files the user's."""
        return Path(self.engine).name in {"apptainer", "singularity"}

    def launch(  # noqa: PLR0913, PLR0917 - all that a program needs
        self,
        argv: tuple[str, ...],
        said: Mapping[str, str],
        base: Mapping[str, str],
        work: Path,
        name: str,
        memory_bytes: int = 0,
    ) -> Launch:
        """Run `argv` with the variables `said` in the folder `work`, which is the same inside.

        `base` is what the engine itself gets. Values are handed over by the engine's own
        environment, so that none stands in the list of processes.
        """
        seen = {key: base[key] for key in _VISIBLE if key in base}
        inside = {**seen, "TMPDIR": str(work), "HOME": str(work), **said}
        limit = f"ulimit -d {memory_bytes // 1024}; " if memory_bytes else ""
        script = (_SCRIPT.format(memory=limit), "sh", *argv)
        if self.is_apptainer:
            env = {**base, **{f"APPTAINERENV_{key}": value for key, value in inside.items()}}
            return Launch((*self._apptainer(work), "sh", "-c", *script), env)
        clash = {key for key in inside if key in base and base[key] != inside[key]}
        words = [f"{key}={inside[key]}" if key in clash else key for key in sorted(inside)]
        told = [word for key in (*words, _MARKER) for word in ("--env", key)]
        env = {**base, **{key: inside[key] for key in inside if key not in clash}}
        run = (*self._run(work), *self._named(name), *told, "--entrypoint", "sh", self.image)
        return Launch((*run, "-c", *script), env, undo=(self.engine, "rm", "--force", name))

    def repeat(
        self,
        argv: tuple[str, ...],
        said: Mapping[str, str],
        files: tuple[tuple[str, str], ...] = (),
    ) -> str:
        """A line of shell that runs it again by hand, with `files` where they are inside."""
        places = [f"{OURS}:{OURS}:ro", *(f"{path}:{inside}:ro" for path, inside in files)]
        if self.is_apptainer:
            told = [f"{key}={value}" for key, value in said.items()]
            bound = [word for place in places for word in ("--bind", place)]
            words = [self.engine, "exec", *self.options, *bound]
            return shlex.join([*words, self.image, "env", *told, *argv])
        told = [word for key, value in said.items() for word in ("--env", f"{key}={value}")]
        mounts = [word for place in places for word in ("--volume", place)]
        words = [self.engine, "run", "--rm", *_SHARED, *self.options, *mounts, *told]
        return shlex.join([*words, "--entrypoint", argv[0], self.image, *argv[1:]])

    def signal(self, code: int | None) -> int | None:
        """The signal that a program died of, by the exit code of its shell or its engine."""
        return code - _SIGNALLED if code is not None and code > _SIGNALLED else None

    def trouble(self, code: int | None, lines: tuple[str, ...]) -> str:
        """What kept the engine from running a program, as a sentence; "" where it ran."""
        told = [line for line in lines if line.startswith("Error: ")]
        runtime = [line for line in told if any(word in line for word in _RUNTIME)]
        if code == _ENGINE_FAILED or (code in {126, 127} and runtime):
            last = next(reversed(runtime or told or lines), "no word")
            name = Path(self.engine).name
            return f"{name} could not start the container: {last.removeprefix('Error: ').strip()}."
        return ""

    def _run(self, work: Path) -> tuple[str, ...]:
        user = ("--user", self.user) if self.user else ()
        quiet = ("--pull", "never", "--log-driver", "none")
        places = (*_mount(OURS, "ro"), *_mount(work), "--workdir", str(work))
        return (self.engine, "run", "--rm", *_SHARED, *quiet, *user, *places, *self.options)

    def _named(self, name: str) -> tuple[str, ...]:
        """The name, which only podman takes from a container that a killed slot has left."""
        return ("--name", name, *(("--replace",) if Path(self.engine).name == "podman" else ()))

    def _apptainer(self, work: Path) -> tuple[str, ...]:
        bound = ("--bind", f"{OURS}:{OURS}:ro", "--bind", f"{work}:{work}", "--pwd", str(work))
        return (self.engine, "exec", "--cleanenv", "--no-home", *bound, *self.options, self.image)


# A suite reaches the network and shared memory as it does without a container.
_SHARED = ("--network", "host", "--ipc", "host")


def _mount(folder: Path, how: str = "") -> tuple[str, str]:
    return "--volume", f"{folder}:{folder}" + (f":{how}" if how else "")
