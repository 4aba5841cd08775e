"""Commits the sources of releases of Transformers, as the registry has them, to a new repository.

    python releases.py FOLDER [VERSION ...]

makes FOLDER/repository, one commit a release in the order given, and FOLDER/matrix.yaml, which is
the one beside this file with the repository's place in it. It prints each release's commit.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

RELEASES = ("4.57.6", "5.23.0")
AUTHOR = ("-c", "user.name=Coevo", "-c", "user.email=coevo@localhost")


def main(folder: Path, versions: tuple[str, ...]) -> None:
    """Download, unpack, commit, and write the matrix beside it."""
    repository = folder / "repository"
    repository.mkdir(parents=True)
    git(repository, "init", "--quiet", "--initial-branch", "main")
    git(repository, "config", "uploadpack.allowFilter", "true")  # as git hosts have it
    for version in versions:
        with tempfile.TemporaryDirectory() as place:
            put(source_of(version, Path(place)), repository)
        git(repository, "add", "--all", "--force")
        git(repository, *AUTHOR, "commit", "--quiet", "--message", f"Release {version}")
        print(version, git(repository, "rev-parse", "HEAD").strip(), flush=True)
    text = Path(__file__).with_name("matrix.yaml").read_text()
    url = repository.resolve().as_uri()
    (folder / "matrix.yaml").write_text(re.sub(r'(git: )"[^"]*"', rf'\1"{url}"', text))


def source_of(version: str, place: Path) -> Path:
    """The source archive of a release, from the index that pip is set up with."""
    wanted = f"transformers=={version}"
    options = ("--quiet", "--no-deps", "--no-binary", "transformers", "--dest", str(place))
    subprocess.run([sys.executable, "-m", "pip", "download", *options, wanted], check=True)
    (archive,) = place.glob("*.tar.gz")
    return archive


def put(archive: Path, repository: Path) -> None:
    """Make the working tree what an archive holds, without its outermost folder."""
    git(repository, "rm", "-r", "--quiet", "--force", "--ignore-unmatch", ".")
    with tarfile.open(archive) as opened:
        for member in opened:
            member.name = member.name.partition("/")[2]
            if member.name:
                opened.extract(member, repository, filter="data")


def git(repository: Path, *words: str) -> str:
    """What git prints."""
    argv = ["git", "-C", str(repository), *words]
    return subprocess.run(argv, check=True, stdout=subprocess.PIPE, text=True).stdout


if __name__ == "__main__":
    main(Path(sys.argv[1]), tuple(sys.argv[2:]) or RELEASES)
