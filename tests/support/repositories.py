"""Local git repositories of small Python projects, and indexes with a page for each commit."""

from __future__ import annotations

import functools
import hashlib
import http.server
import os
import shutil
import subprocess
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

# A build backend of its own in each project, so that no package index is needed to build it.
BACKEND = """
import pathlib, zipfile
METADATA = "Metadata-Version: 2.1\\nName: {}\\nVersion: {}\\n"
WHEEL = "Wheel-Version: 1.0\\nGenerator: t\\nRoot-Is-Purelib: true\\nTag: TAG\\n"
def build_wheel(folder, config_settings=None, metadata_directory=None):
    name, version = pathlib.Path("NAME").read_text().split()
    wheel, info = f"{name}-{version}-TAG.whl", f"{name}-{version}.dist-info"
    with zipfile.ZipFile(pathlib.Path(folder, wheel), "w") as archive:
        archive.write(f"{name}.py")
        archive.writestr(f"{info}/METADATA", METADATA.format(name, version))
        archive.writestr(f"{info}/WHEEL", WHEEL)
        archive.writestr(f"{info}/RECORD", "")
    return wheel
"""
PROJECT = """
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]
"""
WHO = {
    "GIT_AUTHOR_NAME": "a",
    "GIT_AUTHOR_EMAIL": "a@example.org",
    "GIT_COMMITTER_NAME": "a",
    "GIT_COMMITTER_EMAIL": "a@example.org",
}


def project(
    name: str = "toy",
    version: str = "1.0",
    body: str = "",
    *,
    tag: str = "py3-none-any",
    at: str = "",
) -> dict[str, str]:
    """The files of a project with one module of its name, in a folder of the repository."""
    files = {
        "pyproject.toml": PROJECT,
        "backend.py": BACKEND.replace("TAG", tag),
        "NAME": f"{name} {version}",
        f"{name}.py": body or f"VERSION = {version!r}\n",
    }
    return {f"{at}{path}": text for path, text in files.items()}


@dataclass(frozen=True)
class Repository:
    """A git repository; `url` is how others fetch from it."""

    folder: Path

    @property
    def url(self) -> str:
        return self.folder.as_uri()

    def git(self, *words: str, at: str = "") -> str:
        env = {**os.environ, **WHO} | ({"GIT_COMMITTER_DATE": at} if at else {})
        done = subprocess.run(
            ["git", *words], cwd=self.folder, env=env, capture_output=True, text=True, check=True
        )
        return done.stdout.strip()

    def commit(self, files: Mapping[str, str], message: str = "x", at: str = "") -> str:
        """Commit these files on the branch that is checked out, at an ISO time; the commit."""
        for name, text in files.items():
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", message, at=at)
        return self.git("rev-parse", "HEAD")


def repository(folder: Path) -> Repository:
    """An empty one with the branch `main`."""
    folder.mkdir(parents=True)
    made = Repository(folder)
    made.git("init", "--quiet", "--initial-branch", "main")
    return made


def listed(root: Path, commit: str, wheel: Path) -> None:
    """Put a wheel on the page that an index has for a commit."""
    name = wheel.name.split("-")[0].replace("_", "-")
    page = root / commit / name
    page.mkdir(parents=True)
    shutil.copy(wheel, page)
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    link = f'<a href="{wheel.name}#sha256={digest}">{wheel.name}</a>'
    (page / "index.html").write_text(f"<!DOCTYPE html><html><body>{link}</body></html>")


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its base's name
        pass


@contextmanager
def indexed(root: Path) -> Iterator[str]:
    """Serve a folder on loopback until the block ends; the URL of its commits' pages."""
    handler = functools.partial(_Quiet, directory=str(root))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/{{commit}}"
        finally:
            server.shutdown()
            thread.join()
