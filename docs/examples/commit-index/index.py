"""A project that publishes a wheel for each commit, as vLLM does, in small and on loopback.

    python index.py FOLDER [PORT]

makes FOLDER/repository with four commits, an index beside it with a page for each of the first
three (the branch `published`), and FOLDER/matrix.yaml, which is the one beside this file with both
places in it. Then it serves the index at PORT of 127.0.0.1, any free one where none is given,
until Ctrl-C.
"""

from __future__ import annotations

import base64
import hashlib
import subprocess
import sys
import zipfile
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

COMMITS = {
    "Count words": "def words(text):\n    return len(text.split(' '))\n",
    "Mind blanks": "def words(text):\n    return len(text.split())\n",
    "Be quick": "def words(text):\n    return text.count(' ') + 1\n",
    "Not built yet": "def words(text):\n    return len(text.split())\n",
}
AUTHOR = ("-c", "user.name=Coevo", "-c", "user.email=coevo@localhost")


def main(folder: Path, port: int) -> None:
    """Make all of it, and serve."""
    repository, pages = folder / "repository", folder / "pages"
    repository.mkdir(parents=True)
    git(repository, "init", "--quiet", "--initial-branch", "main")
    git(repository, "config", "uploadpack.allowFilter", "true")  # as git hosts have it
    for number, (title, body) in enumerate(COMMITS.items()):
        (repository / "wordcount.py").write_text(body)
        git(repository, "add", "--all")
        git(repository, *AUTHOR, "commit", "--quiet", "--message", title)
        commit = git(repository, "rev-parse", "HEAD").strip()
        print(commit, title, flush=True)
        if number < len(COMMITS) - 1:
            publish(pages / commit / "wordcount", f"1.0.dev{number}+g{commit[:8]}", body)
            git(repository, "branch", "--force", "published")
    handler = partial(SimpleHTTPRequestHandler, directory=str(pages))
    with ThreadingHTTPServer(("127.0.0.1", port), handler) as server:
        index = f"http://127.0.0.1:{server.server_port}/{{commit}}"
        text = Path(__file__).with_name("matrix.yaml").read_text()
        text = text.replace("http://127.0.0.1:8900/{commit}", index)
        text = text.replace("file:///tmp/wordcount/repository", repository.resolve().as_uri())
        (folder / "matrix.yaml").write_text(text)
        print(f"serving {index}", flush=True)
        server.serve_forever()


def publish(page: Path, version: str, body: str) -> None:
    """A wheel, on the page of its project (PEP 503) in the index of one commit."""
    info = f"wordcount-{version}.dist-info"
    tags = "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    about = f"Metadata-Version: 2.1\nName: wordcount\nVersion: {version}\n"
    files = {"wordcount.py": body, f"{info}/WHEEL": tags, f"{info}/METADATA": about}
    record = "".join(f"{name},{noted(text)}\n" for name, text in files.items())
    page.mkdir(parents=True)
    name = f"wordcount-{version}-py3-none-any.whl"
    with zipfile.ZipFile(page / name, "w") as wheel:
        for inner, text in {**files, f"{info}/RECORD": f"{record}{info}/RECORD,,\n"}.items():
            wheel.writestr(inner, text)
    digest = hashlib.sha256((page / name).read_bytes()).hexdigest()
    link = name.replace("+", "%2B")
    (page / "index.html").write_text(f'<a href="{link}#sha256={digest}">{name}</a>\n')


def noted(text: str) -> str:
    """A file's digest and length, as a wheel's RECORD has them."""
    digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=")
    return f"sha256={digest.decode()},{len(text.encode())}"


def git(repository: Path, *words: str) -> str:
    """What git prints."""
    argv = ["git", "-C", str(repository), *words]
    return subprocess.run(argv, check=True, stdout=subprocess.PIPE, text=True).stdout


if __name__ == "__main__":
    main(Path(sys.argv[1]), int((*sys.argv, "0")[2]))
