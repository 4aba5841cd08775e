"""Runs the server's suite with faults in vLLM: `drive_serve.py FAULT,FAULT… [ARGUMENT …]`.

The arguments are the launcher's. The faults are planted in the server's own processes, which find
`faulty_vllm/sitecustomize.py` on their PYTHONPATH.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[4]))

from runners.suites import __main__ as launcher
from runners.suites.vllm_engine import metadata

FAULTS = Path(__file__).parent / "faulty_vllm"


def main(faults: str, program: str, *arguments: str) -> None:
    os.environ["FAULTY_VLLM"] = faults
    right = metadata.found_metadata

    def with_faults(folder: Path) -> dict[str, str]:
        found = right(folder)
        return {**found, "PYTHONPATH": os.pathsep.join([str(FAULTS), *found.values()])}

    metadata.found_metadata = with_faults
    launcher.main([program, *arguments])


main(sys.argv[1], *sys.argv[2:])
