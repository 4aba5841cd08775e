"""Tiny random models of every architecture of the installed Transformers, on the named device.

`main` says hello, carries the shard's cases out architecture by architecture and says how each
ended. A crash costs the case it happens in: the runner starts the rest behind it.
"""

from __future__ import annotations

import os
import warnings


def main() -> None:
    """Run the suite; see docs/suites/transformers-architectures.md for its parameters."""
    os.environ["HF_HUB_OFFLINE"] = "1"  # nothing is fetched: all that is run is made here
    os.environ["TRANSFORMERS_VERBOSITY"] = "error"
    os.environ["TQDM_DISABLE"] = "1"
    warnings.simplefilter("ignore")  # models warn of their deprecations when they are built
    from runners.suites.transformers_architectures import session  # noqa: PLC0415 - Transformers, after the settings

    session.run()
