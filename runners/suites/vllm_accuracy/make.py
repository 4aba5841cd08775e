"""Makes the stored references anew: `__main__.py vllm_accuracy.make folder=FOLDER cases=llama,opt`.

The folder is that of the references where none is named, and all architectures are made. It is
done on a CPU, in float32 and with Transformers' plainest attention.
"""

from __future__ import annotations

import json
import os
import tempfile
from fnmatch import fnmatchcase
from pathlib import Path

from runners.suites.tiny_models.architectures import ARCHITECTURES, Architecture
from runners.suites.vllm_accuracy import prepare
from runners.suites.vllm_accuracy.stored import FOLDER, Reference, store
from runners.suites.vllm_accuracy.texts import TEXTS


def main() -> None:
    """Write a file for each architecture; say its name and the fingerprint."""
    prepare()
    asked = json.loads(os.environ.get("COEVO_PARAMETERS") or "{}")
    folder = Path(asked.get("folder", FOLDER))
    patterns = asked.get("cases", "*").split(",")
    for one in ARCHITECTURES:
        if any(fnmatchcase(one.id, pattern) for pattern in patterns):
            made = _reference(one)
            store(one.id, made, folder)
            print(one.id, made.fingerprint)  # noqa: T201 - the log


def _reference(architecture: Architecture) -> Reference:
    import torch  # noqa: PLC0415 - after the settings
    import transformers  # noqa: PLC0415 - the same

    from runners.suites.tiny_models import writing  # noqa: PLC0415 - the same
    from runners.suites.tiny_models.reference import teacher_forced  # noqa: PLC0415 - the same

    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as made:
        fingerprint = writing.written(architecture, Path(made))
        model = writing.loaded(Path(made))
    rows = [teacher_forced(model, text) for text in TEXTS]
    with_ = {"transformers": transformers.__version__, "torch": torch.__version__}
    return Reference(fingerprint, with_, rows)
