"""Reading a file: pipes, folders and files that are not there."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from matrix.errors import CoevoError
from matrix.load import default_text, load


def complaint(path: Path) -> str:
    with pytest.raises(CoevoError) as caught:
        load(path)
    return caught.value.mistakes[0].problem


def test_a_named_pipe_that_nobody_writes_to_is_an_empty_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert complaint(tmp_path / "pipe") == "the file is empty"


def test_a_pipe_with_a_writer_is_read_to_its_end() -> None:
    reading, writing = os.pipe()

    def write() -> None:
        with os.fdopen(writing, "wb") as pipe:
            pipe.write(default_text())

    writer = threading.Thread(target=write)
    writer.start()
    matrix = load(Path(f"/dev/fd/{reading}"))
    writer.join()
    os.close(reading)
    assert matrix.name == "default"


def test_a_folder_is_no_matrix(tmp_path: Path) -> None:
    assert complaint(tmp_path) == f"cannot read {tmp_path}: Is a directory"


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    missing = tmp_path / "missing.yaml"
    assert complaint(missing) == f"cannot read {missing}: No such file or directory"
