"""Where a component of a stack comes from: a version, a commit, a wheel, or the runner itself."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from matrix.names import Misfit, did_you_mean, shown
from matrix.quantities import VERSION_PATTERN

Kind = Literal["version", "git", "wheel", "index", "preinstalled"]
PREINSTALLED = "preinstalled"  # the runner's owner has installed it: observed, never resolved
COMMIT = "{commit}"  # stands in the URL of an index that has a page for each commit
REPOSITORY_PATTERN = r"(https?|ssh|git|file)://[^\s@#?]{1,500}"
REFERENCE_PATTERN = r"[A-Za-z0-9][A-Za-z0-9._/-]{0,199}"
FOLDER_PATTERN = r"[A-Za-z0-9_][A-Za-z0-9._-]*(/[A-Za-z0-9_][A-Za-z0-9._-]*)*"
WHEEL_PATTERN = r"(https?|file)://[^\s@#?]{1,500}/[A-Za-z0-9._+%!-]{1,250}\.whl"
INDEX_PATTERN = r"https?://[^\s@#?]{0,400}\{commit\}[^\s@#?]{0,100}"
SHA256_PATTERN = r"[0-9a-f]{64}"
_WHOLE_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_FORMS: dict[Kind, re.Pattern[str]] = {
    "version": re.compile(f"(?P<place>{VERSION_PATTERN})"),
    "git": re.compile(
        rf"git\+(?P<place>{REPOSITORY_PATTERN})@(?P<reference>{REFERENCE_PATTERN})"
        rf"(?:#subdirectory=(?P<folder>{FOLDER_PATTERN}))?"
    ),
    "index": re.compile(
        rf"index\+(?P<place>{INDEX_PATTERN})@(?P<reference>{REFERENCE_PATTERN})"
        rf"(?:#repository=(?P<repository>{REPOSITORY_PATTERN}))?"
    ),
    "wheel": re.compile(rf"(?P<place>{WHEEL_PATTERN})#sha256=(?P<sha256>{SHA256_PATTERN})"),
    "preinstalled": re.compile(f"(?P<place>{PREINSTALLED})"),
}


@dataclass(frozen=True, slots=True)
class Source:
    """One component's source. `place` is its version or URL, `reference` its commit or branch.

    `folder` is where in a repository the project lies, `repository` which one an index is built
    from. As text: `2.13.0`, `git+URL@REFERENCE`, `URL.whl#sha256=HEX`, `index+URL@REFERENCE`,
    `preinstalled`.
    """

    kind: Kind
    place: str
    reference: str = ""
    sha256: str = ""
    folder: str = ""
    repository: str = ""

    @property
    def is_moving(self) -> bool:
        """Whether it may be something else tomorrow: a branch, a tag, an abbreviation."""
        return self.kind in {"git", "index"} and not is_commit(self.reference)

    @property
    def origin(self) -> str:
        """The repository that its reference is of; "" where nothing names one."""
        return self.place if self.kind == "git" else self.repository

    @property
    def url(self) -> str:
        """Where it is fetched from, the commit filled in."""
        return self.place.replace(COMMIT, self.reference)

    def at(self, reference: str) -> Source:
        """The same source at another version or commit; Misfit where it has no other."""
        if self.kind == "wheel":
            raise Misfit(
                f"{shown(self.place)} is one wheel and stands at no commit",
                "give a whole source instead, such as git+URL@COMMIT or URL.whl#sha256=HEX",
            )
        if self.kind in {"version", "preinstalled"}:
            return source(reference)
        return source(str(replace(self, reference=reference)))

    def __str__(self) -> str:
        """Its text, which `source` reads again."""
        match self.kind:
            case "version" | "preinstalled":
                return self.place
            case "wheel":
                return f"{self.place}#sha256={self.sha256}"
            case "git":
                behind = f"#subdirectory={self.folder}" if self.folder else ""
            case "index":
                behind = f"#repository={self.repository}" if self.repository else ""
        return f"{self.kind}+{self.place}@{self.reference}{behind}"


def source(text: str) -> Source:
    """The source that a text names; Misfit where it names none."""
    for kind, form in _FORMS.items():
        if found := form.fullmatch(text):
            return Source(kind, **{key: part or "" for key, part in found.groupdict().items()})
    raise Misfit(
        f"{shown(text)} is no source of a component",
        "write a version, git+URL@COMMIT, URL.whl#sha256=HEX or index+URL{commit}@COMMIT",
    )


def described(given: Mapping[object, object]) -> Source:
    """The source that a mapping of a matrix file describes; Misfit says what is wrong with it."""
    kinds = [kind for kind in _KEYS if kind in given]
    if len(kinds) != 1:
        raise Misfit("a source has exactly one of `git`, `index` and `wheel`", _DESCRIBED)
    known = (kinds[0], *_KEYS[kinds[0]])
    texts = {str(key): _fitting(str(key), value, known) for key, value in given.items()}
    match kinds[0]:
        case "git":
            folder = f"#subdirectory={texts['subdirectory']}" if "subdirectory" in texts else ""
            text = f"git+{texts['git']}@{texts.get('ref', 'HEAD')}{folder}"
        case "index":
            origin = f"#repository={texts['repository']}" if "repository" in texts else ""
            text = f"index+{texts['index']}@{texts.get('ref', 'HEAD')}{origin}"
        case _ if "sha256" not in texts:
            raise Misfit("a wheel without its sha256 could be another one tomorrow", "add `sha256`")
        case _:
            text = f"{texts['wheel']}#sha256={texts['sha256']}"
    found = source(text)
    if found.is_moving and not found.origin:
        hint = "add the `repository` that its commits are of, or a whole commit as `ref`"
        raise Misfit(f"nothing says which commit {shown(found.reference)} is", hint)
    return found


def _fitting(key: str, value: object, known: Collection[str]) -> str:
    """The text of one key of a source."""
    if key not in known:
        raise Misfit(f"unknown key {shown(key)}", did_you_mean(key, known))
    pattern, hint = _PARTS[key]
    if isinstance(value, str) and re.fullmatch(pattern, value):
        return value
    raise Misfit(f"{shown(str(value))} is no `{key}`", hint)


_KEYS = {"git": ("ref", "subdirectory"), "index": ("ref", "repository"), "wheel": ("sha256",)}
_REPOSITORY = "write https://HOST/PATH, ssh://, git:// or file:///PATH; credentials stay with git"
_PARTS = {
    "git": (REPOSITORY_PATTERN, _REPOSITORY),
    "index": (INDEX_PATTERN, "write https://HOST/PATH with {commit} somewhere in it"),
    "wheel": (WHEEL_PATTERN, "write https://HOST/PATH/NAME.whl or file:///PATH/NAME.whl"),
    "ref": (REFERENCE_PATTERN, "write a branch, a tag or a whole commit, as text"),
    "subdirectory": (FOLDER_PATTERN, "write a path inside the repository, such as python/demo"),
    "repository": (REPOSITORY_PATTERN, _REPOSITORY),
    "sha256": (SHA256_PATTERN, "write its 64 digits in quotes; `sha256sum FILE` prints them"),
}
JSON_SCHEMAS = [
    {
        "type": "object",
        "properties": {
            key: {"type": "string", "pattern": f"^{_PARTS[key][0]}$"} for key in (kind, *more)
        },
        "required": [kind, "sha256"] if kind == "wheel" else [kind],
        "additionalProperties": False,
    }
    for kind, more in _KEYS.items()
]
_DESCRIBED = (
    "write {git: URL, ref: main}, {index: URL with {commit}, repository: URL, ref: main} "
    "or {wheel: URL, sha256: HEX}"
)


def is_commit(reference: str) -> bool:
    """Whether a reference is a whole commit, which nothing can move."""
    return _WHOLE_COMMIT.fullmatch(reference) is not None
