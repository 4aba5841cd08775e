"""A small image with a Python in it, made from this machine's own, in an engine's own store."""

from __future__ import annotations

import os
import re
import resource
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

HOW_TO_GET = "podman is not installed: apt-get install podman runc"
NAME = "localhost/coevo-toy:1"
# What neither our own files nor the tests import, so that the image is small.
_LEFT_OUT = {
    *("test", "idlelib", "lib2to3", "tkinter", "ensurepip", "__pycache__", "turtledemo", "venv"),
    *("distutils", "pydoc_data", "asyncio", "xml", "unittest", "sqlite3"),
    *("dist-packages", "site-packages", "lib-dynload", "curses", "wsgiref", "dbm", "xmlrpc"),
}
_EXTENSIONS = (
    *("_bisect", "_contextvars", "_csv", "_datetime", "_heapq", "_json", "_opcode", "_pickle"),
    *(
        "_md5",
        "_multiprocessing",
        "_posixsubprocess",
        "_random",
        "_sha",
        "_socket",
        "_struct",
        "array",
        "binascii",
    ),
    *("fcntl", "grp", "math", "resource", "select", "zlib"),
)


class Image(NamedTuple):
    """An image: its name by digest, and the variables by which podman finds it."""

    ref: str
    env: dict[str, str]


def reason_against() -> str:
    """Why no image can be made here, "" where one can."""
    return "" if shutil.which("podman") else HOW_TO_GET


def unusable(env: dict[str, str]) -> str:
    """Why podman itself cannot work here, "" where it can."""
    ran = podman(env, "info")
    return f"podman cannot work here: {ran.stderr.strip()[-300:]}" if ran.returncode else ""


def refused(image: Image) -> str:
    """Why no container can be run here, as on a machine that is a container itself; else ""."""
    ran = podman(image.env, "run", "--rm", "--network", "host", image.ref, "/bin/sh", "-c", "true")
    return f"podman runs no container here: {ran.stderr.strip()[-300:]}" if ran.returncode else ""


@contextmanager
def store(folder: Path) -> Iterator[dict[str, str]]:
    """Variables for a podman whose images and settings lie in `folder`.

    It ends what is left of its containers. What runs lies under a short path: conmon gets no
    further than the 107 characters of a socket's.
    """
    with tempfile.TemporaryDirectory(prefix="coevo-") as short:
        env = _settings(folder, Path(short))
        try:
            yield env
        finally:
            podman(env, "rm", "--all", "--force")


def _settings(folder: Path, short: Path) -> dict[str, str]:
    conf, storage = folder / "containers.conf", folder / "storage.conf"
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    runtime = "runc" if shutil.which("runc") else "crun"
    conf.write_text(
        f'[engine]\nruntime = "{runtime}"\ncgroup_manager = "cgroupfs"\nevents_logger = "none"\n'
        f'tmp_dir = "{short}/tmp"\n[containers]\ncgroupns = "host"\n'
        f'default_ulimits = ["nofile={min(soft, 4096)}:{hard}", "nproc=30000:30000"]\n'
    )
    storage.write_text(
        f'[storage]\ndriver = "overlay"\ngraphroot = "{folder}/graph"\nrunroot = "{short}/run"\n'
    )
    return {"CONTAINERS_CONF": str(conf), "CONTAINERS_STORAGE_CONF": str(storage)}


def podman(env: dict[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    """Run podman in that store."""
    argv = ["podman", *words]
    return subprocess.run(
        argv, env={**os.environ, **env}, capture_output=True, text=True, check=False
    )


def imported(env: dict[str, str], folder: Path, modules: dict[str, str]) -> Image:
    """An image with Python, a shell, and these files in its site-packages."""
    tar = folder / "root.tar"
    with tarfile.open(tar, "w") as archive:
        _add_python(archive, folder, modules)
    ran = podman(env, "import", "--quiet", str(tar), NAME)
    tar.unlink()
    assert ran.returncode == 0, ran.stderr
    digest = podman(env, "image", "inspect", "--format", "{{.Digest}}", NAME).stdout.strip()
    return Image(f"{NAME.partition(':')[0]}@{digest}", env)


def _add_python(archive: tarfile.TarFile, folder: Path, modules: dict[str, str]) -> None:
    python = Path(sys.base_prefix, "bin", f"python3.{sys.version_info.minor}").resolve()
    stdlib = Path(sysconfig.get_path("stdlib"))
    asked = [str(python), "-I", "-c", "import site; print(site.getsitepackages()[0])"]
    site = Path(subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip())
    extensions = [path for one in _EXTENSIONS for path in stdlib.glob(f"lib-dynload/{one}*.so")]
    programs = [python, Path("/bin/sh").resolve()]
    for path in {*programs, *extensions, *_libraries([*programs, *extensions])}:
        archive.add(_stripped(path.resolve(), folder), str(path))
    archive.add(stdlib, str(stdlib), filter=_needed)
    _link(archive, "/usr/bin/python3", str(python))
    _link(archive, "/bin/sh", str(programs[1]))
    for name, text in modules.items():
        file = folder / "module"
        file.write_text(text)
        archive.add(file, str(site / name))


def _needed(entry: tarfile.TarInfo) -> tarfile.TarInfo | None:
    is_skipped = set(Path(entry.name).parts) & _LEFT_OUT or "/config-3" in entry.name
    return None if is_skipped else entry


def _stripped(path: Path, folder: Path) -> Path:
    """A program without what only a debugger reads, where the tool for it is there."""
    small = folder / "stripped"
    small.unlink(missing_ok=True)
    if shutil.which("strip") is None:
        return path
    ran = subprocess.run(["strip", "-o", str(small), str(path)], capture_output=True, check=False)
    return small if ran.returncode == 0 else path


def _link(archive: tarfile.TarFile, name: str, target: str) -> None:
    if name == target:
        return
    entry = tarfile.TarInfo(name.lstrip("/"))
    entry.type, entry.linkname = tarfile.SYMTYPE, target
    archive.addfile(entry)


def _libraries(programs: list[Path]) -> set[Path]:
    """The shared libraries that programs are linked with, and their loader."""
    ran = subprocess.run(["ldd", *map(str, programs)], capture_output=True, text=True, check=False)
    return {Path(name) for name in re.findall(r"(?<=\s)/\S+(?= \()", ran.stdout)}
