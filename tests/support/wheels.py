"""Wheels made on the spot, so that environments are built for real without a network."""

from __future__ import annotations

import base64
import hashlib
import zipfile
from pathlib import Path

from runners.environments.platforms import here
from runners.work import Lock

_PURE = "Wheel-Version: 1.0\nGenerator: t\nRoot-Is-Purelib: true\nTag: py3-none-any\n"


def wheel(
    folder: Path, name: str, version: str = "1.0", requires: str = "", body: str = ""
) -> Path:
    """A pure wheel with one module of that name."""
    info = f"{name}-{version}.dist-info"
    need = f"Requires-Dist: {requires}\n" if requires else ""
    files = {
        f"{name}.py": body or f"VERSION = {version!r}\n",
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{need}",
        f"{info}/WHEEL": _PURE,
    }
    record = "".join(f"{path},{_record(text)}\n" for path, text in files.items())
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for inner, text in {**files, f"{info}/RECORD": f"{record}{info}/RECORD,,\n"}.items():
            archive.writestr(inner, text)
    return path


def lock_of(*wheels: Path, platform: str = "") -> Lock:
    """A lock that pins just these wheels by their hashes."""
    text = "".join(_pin(path) for path in wheels)
    digest = hashlib.sha256(text.encode()).hexdigest()
    return Lock(digest, text, platform or str(here()))


def _pin(path: Path) -> str:
    name, version, *_ = path.name.split("-")
    sha = hashlib.sha256(path.read_bytes()).hexdigest()
    return f"{name}=={version} \\\n    --hash=sha256:{sha}\n"


def _record(text: str) -> str:
    digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=")
    return f"sha256={digest.decode()},{len(text.encode())}"
