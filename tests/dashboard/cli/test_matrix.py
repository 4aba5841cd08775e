"""`coevo matrix`, as a person, an editor and a bot call it."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import resources
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from click.testing import Result
from typer.testing import CliRunner

from dashboard.cli.matrix import app
from matrix.expand import expand
from matrix.load import default_matrix, default_text

MATRIX = """\
name: mine
label: My machines
axes:
  site: [lab, edge]
  accelerator: [gpu, tpu]
  dtype: [f32, bf16]
suites:
  smoke: {}
  speed: {command: [run], takes: [vllm], shards: 2}
  big: {command: [run], needs: {devices: 2}}
stacks: {stable: {torch: "2.13.0"}, next: {torch: "2.14.0", vllm: "0.32.0"}}
exclude:
  - {site: edge, accelerator: tpu, reason: none there}
include:
  - {site: lab, accelerator: gpu, suite: smoke, seed: 7}
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    (tmp_path / "mine.yaml").write_text(MATRIX)
    return tmp_path


def coevo(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments), catch_exceptions=False)


def answer(*arguments: str) -> Any:
    """The JSON of a call that went well."""
    result = coevo(*arguments, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


# --- check. ------------------------------------------------------------------------------------


def test_a_sound_file_is_said_to_be_fine() -> None:
    result = coevo("check", "mine.yaml")

    assert result.exit_code == 0
    assert result.stdout == "mine.yaml: fine, jobs: 30 planned, 12 excluded, 6 skipped\n"


def test_a_sound_file_is_fine_for_bots_too() -> None:
    found = answer("check", "mine.yaml")

    assert found["ok"] is True
    assert (found["name"], found["planned"], found["excluded"]) == ("mine", 30, 12)


def test_mistakes_are_told_on_standard_error_each_beginning_with_its_place(folder: Path) -> None:
    (folder / "bad.yaml").write_text(MATRIX.replace("label:", "lable:") + "polices: {}\n")

    result = coevo("check", "bad.yaml")

    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr.splitlines()[:4] == [
        "bad.yaml:2:1: unknown key `lable`",
        "lable: My machines",
        "^",
        "  hint: did you mean `label`?",
    ]
    assert "bad.yaml:16:1: unknown key `polices`" in result.stderr


def test_mistakes_are_json_for_editors(folder: Path) -> None:
    (folder / "bad.yaml").write_text(MATRIX.replace("label:", "lable:"))

    result = coevo("check", "bad.yaml", "--json")

    assert result.exit_code == 2
    assert json.loads(result.stdout) == {
        "ok": False,
        "mistakes": [
            {
                "file": "bad.yaml",
                "line": 2,
                "column": 1,
                "problem": "unknown key `lable`",
                "hint": "did you mean `label`?",
                "excerpt": "lable: My machines",
            }
        ],
    }


def test_a_file_that_is_not_there_is_a_mistake() -> None:
    result = coevo("check", "gone.yaml")

    assert result.exit_code == 2
    assert result.stderr.startswith("cannot read gone.yaml: No such file or directory")


@pytest.mark.parametrize("verb", ["show", "expand", "diff"])
def test_every_verb_tells_the_mistakes_of_its_file(folder: Path, verb: str) -> None:
    (folder / "bad.yaml").write_text("name: [\n")

    result = coevo(verb, "bad.yaml", *(["bad.yaml"] if verb == "diff" else []))

    assert result.exit_code == 2
    assert result.stderr.startswith("bad.yaml:1:7: the bracket `[` is never closed")


# --- show. -------------------------------------------------------------------------------------


def test_the_grid_has_sites_down_and_accelerators_across() -> None:
    lines = coevo("show").stdout.splitlines()

    head = next(line for line in lines if "GPU" in line)
    assert re.findall(r"\S+", head) == ["GPU", "TPU", "ASIC", "CPU"]
    rows = [line.strip() for line in lines if "○ 3" in line]
    assert [re.split(r"\s{2,}", row)[0] for row in rows] == [
        "Cloud A",
        "Cloud B",
        "Cloud C",
        "Lab",
        "Edge",
    ]
    assert all(row.count("○ 3") == 4 for row in rows)


def test_the_grid_counts_what_is_planned_skipped_and_excluded() -> None:
    shown = coevo("show", "mine.yaml").stdout

    assert "○ 30 planned   ∅ 6 skipped   · 12 excluded" in shown
    assert re.search(r"edge\s+○ 10 ∅ 2\s+· 12", shown)


def test_the_grid_names_suites_stacks_and_other_axes() -> None:
    shown = coevo("show", "mine.yaml").stdout

    for text in ("My machines", "dtype", "f32, bf16", "2 shards", "takes vllm", "torch 2.14.0"):
        assert text in shown


def test_the_matrix_of_the_folder_is_shown_where_no_file_is_named(folder: Path) -> None:
    (folder / "matrix.yaml").write_text(MATRIX)

    assert "My machines" in coevo("show").stdout


def test_a_narrow_terminal_shows_the_grid_as_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "30")

    rows = [line for line in coevo("show").stdout.splitlines() if "○ 3" in line]

    assert rows[0].rstrip() == "cloud-a/gpu   ○ 3"
    assert len(rows) == 20
    assert max(map(len, rows)) <= 30


def test_no_colours_are_printed_where_nobody_sees_them() -> None:
    assert "\x1b" not in coevo("show").stdout


def test_colours_stay_away_where_they_are_not_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    coloured = coevo("show").stdout
    monkeypatch.setenv("NO_COLOR", "1")
    plain = coevo("show").stdout

    assert "\x1b[34m" in coloured
    assert not re.search(r"\x1b\[[0-9;]*3[0-9]m", plain)


def test_the_grid_is_json_for_bots() -> None:
    found = answer("show", "mine.yaml")

    assert found["axes"]["dtype"] == ["f32", "bf16"]
    assert found["stacks"]["next"] == {"torch": "2.14.0", "vllm": "0.32.0"}
    assert {
        "site": "edge",
        "accelerator": "tpu",
        "planned": 0,
        "excluded": 12,
        "skipped": 0,
    } in found["cells"]
    assert found["digest"]


def test_the_file_itself_is_printed_to_begin_another_from(folder: Path) -> None:
    packaged = coevo("show", "--source").stdout
    (folder / "matrix.yaml").write_text(packaged)

    assert packaged == default_text().decode()
    assert coevo("check", "matrix.yaml").exit_code == 0
    assert coevo("show", "mine.yaml", "--source").stdout == MATRIX


# --- expand. -----------------------------------------------------------------------------------


def test_jobs_are_a_list_of_the_documented_shape() -> None:
    found = answer("expand", "mine.yaml")

    assert found[0] == {
        "id": "lab/gpu,dtype=f32,seed=7:smoke@stable",
        "cell": {"site": "lab", "accelerator": "gpu", "dtype": "f32", "seed": "7"},
        "suite": "smoke",
        "stack": "stable",
        "shard": 1,
        "status": "planned",
        "reason": "",
        "line": 15,
    }
    assert {job["status"] for job in found} == {"planned", "excluded", "skipped"}
    assert len({job["id"] for job in found}) == len(found)


def test_the_default_matrix_is_expanded_where_no_file_is_named() -> None:
    assert [job["id"] for job in answer("expand")] == [job.id for job in expand(default_matrix())]


def test_every_job_is_a_line_with_its_reason() -> None:
    lines = coevo("expand", "mine.yaml").stdout.splitlines()

    assert "○ planned      lab/gpu,dtype=f32,seed=7:smoke@stable" in lines
    assert (
        "· excluded     edge/tpu,dtype=f32:smoke@stable  excluded by line 13: none there" in lines
    )
    assert any("stack stable has no vllm, which suite speed takes" in line for line in lines)


@pytest.mark.parametrize(
    ("selector", "count"),
    [
        ("site=lab,accelerator!=tpu", 14),
        ("suite=in(smoke,big)", 32),
        ("suite in (smoke, big),site=lab", 16),
        ("stack=next,dtype=f32,suite=speed", 7),
        ("site=lab,site=edge", 0),
    ],
)
def test_a_selector_chooses_jobs(selector: str, count: int) -> None:
    assert len(answer("expand", "mine.yaml", "--select", selector)) == count


def test_a_selector_on_an_axis_that_does_not_exist_is_a_mistake() -> None:
    result = coevo("expand", "mine.yaml", "--select", "sit=lab")

    assert result.exit_code == 2
    assert "there is no axis `sit`" in result.stderr
    assert "did you mean `site`?" in result.stderr


def test_why_tells_the_reason_of_each_job_of_a_cell_with_its_line() -> None:
    lines = coevo("expand", "mine.yaml", "--why", "edge/tpu").stdout.splitlines()

    assert len(lines) == 2 * 12
    assert lines[0].endswith("edge/tpu,dtype=f32:smoke@stable  excluded by line 13: none there")
    assert lines[1] == "    line 13: - {site: edge, accelerator: tpu, reason: none there}"


def test_why_quotes_the_packaged_file_where_it_is_the_matrix() -> None:
    shown = coevo("expand", "--why", "lab/tpu").stdout

    smoke = next(line for line in default_text().decode().splitlines() if "  smoke:" in line)
    assert smoke.strip() in shown


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("lab/tpx", "there is no accelerator `tpx`"),
        ("lbb/tpu", "there is no site `lbb`"),
        ("lab", "there is no accelerator ``"),
    ],
)
def test_why_of_a_cell_that_is_not_there_is_a_mistake(cell: str, said: str) -> None:
    result = coevo("expand", "--why", cell)

    assert result.exit_code == 2
    assert said in result.stderr


def test_a_job_that_no_runner_of_a_file_takes_says_so(folder: Path) -> None:
    (folder / "offers.yaml").write_text("- {site: lab, accelerator: gpu, devices: 1}\n")

    shown = coevo("expand", "mine.yaml", "--runners", "offers.yaml").stdout.splitlines()

    assert "○ planned      lab/gpu,dtype=bf16,seed=7:smoke@next" in shown
    assert (
        "– not offered  lab/gpu,dtype=f32:big@stable  "  # noqa: RUF001 - the dash is the glyph
        "needs 2 devices; the largest runner at lab/gpu has 1" in shown
    )
    assert any("no runner at lab offers accelerator=tpu" in line for line in shown)
    assert any("no runner offers site=edge" in line for line in shown)
    # What is excluded stays excluded, whoever offers it.
    assert any("excluded by line 13" in line for line in shown)


def test_what_nobody_offers_stays_planned_in_json_with_the_reason(folder: Path) -> None:
    (folder / "offers.json").write_text("[]")

    found = answer("expand", "--runners", "offers.json", "--select", "site=lab,suite=smoke")

    assert {(job["status"], job["reason"]) for job in found} == {
        ("planned", "no runner offers site=lab")
    }


def test_offers_that_are_none_are_a_mistake(folder: Path) -> None:
    (folder / "offers.yaml").write_text("- 7\n")

    result = coevo("expand", "--runners", "offers.yaml")

    assert result.exit_code == 2
    assert "offers.yaml: `7` is no offer" in result.stderr


def test_a_server_is_asked_for_its_runners() -> None:
    runners = {"runners": [{"name": "r", "offers": [{"site": "lab", "accelerator": "cpu"}]}]}

    with serving(runners) as (url, asked):
        found = answer("expand", "--server", url, "--select", "site=lab,suite=smoke")

    assert asked == ["/api/v1/runners"]
    assert {job["id"]: job["reason"] for job in found} == {
        "lab/gpu:smoke@stable": "no runner at lab offers accelerator=gpu",
        "lab/tpu:smoke@stable": "no runner at lab offers accelerator=tpu",
        "lab/asic:smoke@stable": "no runner at lab offers accelerator=asic",
        "lab/cpu:smoke@stable": "",
    }


def test_a_server_that_is_not_there_is_no_traceback() -> None:
    result = coevo("expand", "--server", "http://127.0.0.1:9")

    assert result.exit_code == 4
    assert "127.0.0.1:9" in result.stderr


@contextmanager
def serving(document: object) -> Iterator[tuple[str, list[str]]]:
    """A server that answers everything with one document, and notes what it was asked."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(json.dumps(document).encode())

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


# --- diff and schema. --------------------------------------------------------------------------


def test_a_difference_is_told_with_the_line_that_made_it(folder: Path) -> None:
    (folder / "new.yaml").write_text(MATRIX.replace("2.14.0", "2.14.1"))

    lines = coevo("diff", "mine.yaml", "new.yaml").stdout.splitlines()

    assert lines[0] == "Cells"
    assert "  ~ lab/gpu,dtype=f32  1 job  new.yaml:11" in lines
    assert "  ~ lab/tpu,dtype=f32:smoke@next  torch 2.14.0 → 2.14.1  new.yaml:11" in lines


def test_a_difference_is_json_for_bots(folder: Path) -> None:
    (folder / "new.yaml").write_text(MATRIX.replace("lab, edge", "lab, edge, mars"))

    found = answer("diff", "mine.yaml", "new.yaml")

    assert {change["kind"] for change in found["jobs"]} == {"added"}
    assert {change["line"] for change in found["jobs"]} == {4}
    assert {change["id"] for change in found["cells"]} == {
        f"mars/{kind},dtype={dtype}" for kind in ("gpu", "tpu") for dtype in ("f32", "bf16")
    }


def test_no_difference_is_said_so() -> None:
    assert coevo("diff", "mine.yaml", "mine.yaml").stdout == "the same jobs\n"


def test_the_schema_is_json_and_admits_the_default_file() -> None:
    found = json.loads(coevo("schema").stdout)

    jsonschema.Draft202012Validator.check_schema(found)
    assert found["title"] == "Coevo matrix"
    assert answer("schema") == found


def test_the_schema_that_the_default_file_names_lies_beside_it() -> None:
    name = default_text().decode().splitlines()[0].partition("$schema=")[2]

    beside = resources.files("matrix").joinpath(name).read_text("utf-8")

    assert beside == coevo("schema").stdout


def test_help_names_every_verb() -> None:
    shown = coevo("--help").stdout

    for verb in ("check", "show", "expand", "diff", "schema"):
        assert verb in shown
