"""Writes a tiny Llama into the folder that is named, or, without one, counts every tiny model.

A count is a line `ID NUMBERS`, of what lies in the checkpoint that the suites would write.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[4]))

from runners.suites.tiny_models import checkpoint, writing
from runners.suites.tiny_models.architectures import ARCHITECTURES, named
from runners.suites.vllm_accuracy import copying

if sys.argv[1:]:
    writing.written(named("llama"), Path(sys.argv[1]))
else:
    with tempfile.TemporaryDirectory() as made:
        for one in ARCHITECTURES:
            writing.written(one, Path(made, one.id))
        copying.write(Path(made, "copying"))
        for folder in sorted(Path(made).iterdir()):
            print(folder.name, checkpoint.parameters(folder / "model.safetensors"))
