"""The command itself: quick help, mistakes without tracebacks, missing parts."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from served import coevo, environment
from typer.main import get_command

from dashboard.cli.main import app

pytestmark = pytest.mark.slow
HEAVY = ("pydantic", "rich", "yaml", "fastapi", "starlette", "sqlalchemy", "ray", "httpx2", "torch")
VERBS = sorted(get_command(app).commands)  # type: ignore[attr-defined] - typer's group
# Hides distributions from an import, as if they were not installed.
WITHOUT = """
import sys
class Hidden:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {hidden}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)
sys.meta_path.insert(0, Hidden())
sys.argv = {argv}
from dashboard.cli.main import main
main()
"""


def without(hidden: set[str], folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    code = WITHOUT.format(hidden=hidden, argv=["coevo", *words])
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=folder,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_help_names_every_verb_and_exit_code(tmp_path: Path) -> None:
    done = coevo(tmp_path, "--help", extra={"COLUMNS": "100"})

    assert done.returncode == 0
    assert not [verb for verb in VERBS if f" {verb} " not in done.stdout]
    assert "130 interrupted" in done.stdout


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_explains_itself(tmp_path: Path, verb: str) -> None:
    done = coevo(tmp_path, verb, "--help")

    assert done.returncode == 0
    assert "Usage: coevo" in done.stdout


def test_help_imports_nothing_heavy() -> None:
    code = f"import sys, dashboard.cli.main; print([m for m in {HEAVY} if m in sys.modules])"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"


def test_serving_never_imports_torch_nor_ray_before_it_is_asked_to() -> None:
    loaded = "[name for name in ('torch', 'ray') if name in sys.modules]"
    code = f"import sys, dashboard.cli.serving; print({loaded})"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("hidden", ["fastapi", "sqlalchemy", "uvicorn", "jinja2", "alembic"])
def test_a_missing_part_names_the_line_that_installs_it(tmp_path: Path, hidden: str) -> None:
    done = without({hidden}, tmp_path, "up", "--no-ray", "--once")

    assert done.returncode == 5
    assert "pip install 'coevo[server]'" in done.stderr
    assert "Traceback" not in done.stderr


def test_what_an_agent_needs_works_without_the_servers_parts(tmp_path: Path) -> None:
    hidden = {"fastapi", "starlette", "sqlalchemy", "uvicorn", "jinja2", "alembic", "ray"}

    assert without(hidden, tmp_path, "matrix", "show").returncode == 0
    assert without(hidden, tmp_path, "version").returncode == 0


def test_a_part_that_is_no_part_of_ours_is_a_crash(tmp_path: Path) -> None:
    done = without({"json"}, tmp_path, "version")

    assert done.returncode == 1
    assert "ModuleNotFoundError" in done.stderr


def test_an_unknown_verb_is_a_mistake(tmp_path: Path) -> None:
    done = coevo(tmp_path, "frobnicate")

    assert done.returncode == 2
    assert "frobnicate" in done.stderr


def test_version_as_data_has_every_part(tmp_path: Path) -> None:
    found = json.loads(coevo(tmp_path, "version", "--json").stdout)

    assert found["coevo"]
    assert found["python"].startswith("3.")


def test_completion_can_be_had(tmp_path: Path) -> None:
    done = coevo(tmp_path, "--show-completion", "bash")

    assert done.returncode == 0 or "bash" in done.stdout + done.stderr


def test_a_reader_that_has_seen_enough_is_no_mistake(tmp_path: Path) -> None:
    pipe = subprocess.run(
        [
            "bash",
            "-o",
            "pipefail",
            "-c",
            f"{sys.executable} -m dashboard.cli matrix expand --json | head -n 1",
        ],
        cwd=tmp_path,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )

    assert "Traceback" not in pipe.stderr


def test_doctor_mends_what_a_dead_server_left(tmp_path: Path) -> None:
    folder = tmp_path / ".coevo"
    (folder / "environments" / "half").mkdir(parents=True)
    (folder / "server.json").write_text('{"url": "http://127.0.0.1:1", "token": "x", "pid": 1}')

    found = coevo(tmp_path, "doctor")
    mended = coevo(tmp_path, "doctor", "--fix", "--json")

    assert found.returncode == 1
    assert "half-built" in found.stdout
    assert mended.returncode == 0
    assert "mended" in {check["finding"] for check in json.loads(mended.stdout)["checks"]}
    assert coevo(tmp_path, "doctor").returncode == 0
    assert not (folder / "environments" / "half").exists()
