"""Starts a built-in program by file, with nothing of Coevo's own installation on its path.

    python -I …/runners/suites/__main__.py PROGRAM [--device D] [--case ID] [--shard 2/4] [K=V …]

A suite's environment holds what the suite needs and never Coevo. So `runners.suites` is mounted
from the files beside this one: were their root put on `sys.path`, the suite would see the
server's packages and take them for its own stack. Python >= 3.9, standard library only.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import json
import os
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent


def main(argv: list[str]) -> None:
    """Run the named program; its exceptions end the process, which is a recorded result."""
    said = _arguments(argv)
    os.environ.update(_environment(said))
    if os.environ.get("COEVO_SITE"):  # -I does not heed PYTHONPATH
        sys.path.insert(0, os.environ["COEVO_SITE"])
    for package, folder in (("runners", HERE.parent), ("runners.suites", HERE)):
        _mount(package, folder)
    # Claimed before the program is imported: what its imports print belongs to the log.
    importlib.import_module("runners.suites.harness").claim_output()
    importlib.import_module(f"runners.suites.{said.program}").main()


def _mount(package: str, folder: Path) -> None:
    if package in sys.modules:
        return
    spec = importlib.util.spec_from_file_location(
        package, folder / "__init__.py", submodule_search_locations=[str(folder)]
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[package] = module
    spec.loader.exec_module(module)


def _arguments(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="suites", description="Run a built-in suite by hand.")
    parser.add_argument("program", help="a module of runners/suites, such as smoke")
    parser.add_argument("parameters", nargs="*", metavar="K=V", help="parameters of the suite")
    parser.add_argument("--device", help="the torch device to test, such as cpu or cuda:1")
    parser.add_argument("--case", help="run just this case")
    parser.add_argument("--shard", metavar="I/N", help="run just this part")
    return parser.parse_intermixed_args(argv)


def _environment(said: argparse.Namespace) -> dict[str, str]:
    """The COEVO_ variables that the arguments stand for; what is not said stays as it is."""
    found = {}
    if said.device:
        found["COEVO_DEVICE"] = said.device
    if said.case:
        found["COEVO_CASE"] = said.case
    if said.shard:
        found["COEVO_SHARD"], found["COEVO_SHARDS"] = said.shard.split("/")
    if said.parameters:
        found["COEVO_PARAMETERS"] = json.dumps(dict(p.split("=", 1) for p in said.parameters))
    return found | {"COEVO_PROGRAM": os.environ.get("COEVO_PROGRAM", said.program)}


if __name__ == "__main__":
    main(sys.argv[1:])
