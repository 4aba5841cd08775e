"""Globs of paths: which changes touch what a trigger is about."""

from __future__ import annotations

import pytest

from matrix.paths import touched


@pytest.mark.parametrize(
    ("paths", "files", "expected"),
    [
        ((), ["anything"], True),
        (("src",), ["src/a.py"], True),
        (("src/",), ["src/deep/a.py"], True),
        (("src",), ["srcs/a.py", "a/src"], False),
        (("src/*.py",), ["src/a.py"], True),
        (("src/*.py",), ["src/deep/a.py"], False),
        (("src/**/*.py",), ["src/deep/er/a.py"], True),
        (("src/**/*.py",), ["src/a.py"], True),
        (("**/*.md",), ["README.md"], True),
        (("?.txt",), ["a.txt"], True),
        (("?.txt",), ["ab.txt"], False),
        (("src", "!src/docs"), ["src/docs/a.md"], False),
        (("src", "!src/docs"), ["src/docs/a.md", "src/a.py"], True),
        (("!docs",), ["docs/a.md"], False),
        (("!docs",), ["src/a.py"], True),
        (("src", "!src/docs", "src/docs/build.py"), ["src/docs/build.py"], True),
        (("a+b(c)",), ["a+b(c)/d"], True),
        (("src",), [], False),
    ],
)
def test_the_last_path_that_a_file_meets_decides(
    paths: tuple[str, ...], files: list[str], expected: bool
) -> None:
    assert touched(paths, files) is expected
