"""`python -m dashboard.cli`, for where the command is not on the path."""

from __future__ import annotations

from dashboard.cli.main import main

main()
