"""The `coevo` command: its verbs, and how a person's mistake is shown."""

from __future__ import annotations

import os
import sys

import typer

from dashboard.cli import (
    artifacts,
    backup,
    cancel,
    compare,
    doctor,
    logs,
    models,
    prune,
    run,
    show,
    status,
    up,
    version,
)
from dashboard.cli.env import app as env_verbs
from dashboard.cli.leaving import leave
from dashboard.cli.matrix import app as matrix_verbs
from dashboard.cli.stack import app as stack_verbs
from dashboard.cli.suite import app as suite_verbs
from matrix.errors import CoevoError

EPILOG = (
    "Exit codes: 0 fine · 1 something failed · 2 a mistake in what was asked · "
    "3 already running · 4 no server · 5 a part is not installed · 6 nothing was tested · "
    "130 interrupted."
)
MISSING_PART = 5
INTERRUPTED = 130
# Distributions that come with an extra, by the name they are imported under.
_PARTS = {
    "ray": "ray",
    "alembic": "server",
    "fastapi": "server",
    "jinja2": "server",
    "psycopg": "server",
    "sqlalchemy": "server",
    "starlette": "server",
    "uvicorn": "server",
}

app = typer.Typer(
    name="coevo",
    help="The community's hardware CI matrix: real suites, on real machines, on one honest grid.",
    epilog=EPILOG,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
SERVE, ASK, KEEP = "Serve", "Ask a server", "Look after the data"
app.command(rich_help_panel=SERVE)(up.up)
app.add_typer(matrix_verbs, name="matrix", rich_help_panel=SERVE)
app.add_typer(stack_verbs, name="stack", rich_help_panel=SERVE)
app.add_typer(suite_verbs, name="suite", rich_help_panel=SERVE)
app.command(rich_help_panel=SERVE)(models.models)
app.command(rich_help_panel=ASK)(run.run)
app.command(rich_help_panel=ASK)(compare.compare)
app.command(rich_help_panel=ASK)(status.status)
app.command(rich_help_panel=ASK)(show.show)
app.command(rich_help_panel=ASK)(logs.logs)
app.command(rich_help_panel=ASK)(artifacts.artifacts)
app.command(rich_help_panel=ASK)(cancel.cancel)
app.add_typer(env_verbs, name="env", rich_help_panel=KEEP)
app.command(rich_help_panel=KEEP)(doctor.doctor)
app.command(rich_help_panel=KEEP)(backup.backup)
app.command(rich_help_panel=KEEP)(backup.restore)
app.command(rich_help_panel=KEEP)(prune.prune)
app.command(rich_help_panel=KEEP)(version.version)


def main() -> None:
    """Carry out the command line; a mistake is shown as it is, never as a traceback."""
    try:
        app()
    except CoevoError as error:
        _end(str(error), error.exit_code)
    except ModuleNotFoundError as missing:
        _end(_install_line(missing), MISSING_PART)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except BrokenPipeError:
        # The reader (head, less) has seen enough; Python must not try to flush again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)


def _install_line(missing: ModuleNotFoundError) -> str:
    part = _PARTS.get((missing.name or "").partition(".")[0])
    if part is None:
        raise missing
    return (
        f"this command needs {missing.name}, which is not installed\n"
        f"  hint: pip install 'coevo[{part}]'"
    )


def _end(message: str, code: int) -> None:
    sys.stderr.write(f"coevo: {message}\n")
    leave(code)
