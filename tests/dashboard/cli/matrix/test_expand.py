"""`coevo matrix expand`: every job with its reason, held against offers."""

from __future__ import annotations

from pathlib import Path

import pytest
from matrix_calls import MATRIX, answer, coevo, serving

from matrix.expand import expand
from matrix.load import default_matrix, default_text
from matrix.occasion import OPTIONAL, UNTOUCHED


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


def test_a_selector_may_name_a_parameter() -> None:
    (job,) = answer("expand", "mine.yaml", "--select", "seed=7,dtype=f32,stack=stable")

    assert job["id"] == "lab/gpu,dtype=f32,seed=7:smoke@stable"


CHANGED = """\
name: mine
axes: {site: [lab], accelerator: [cpu]}
suites:
  code: {command: [run], paths: [src]}
  docs: {command: [run], paths: ["**/*.md"]}
  long: {command: [run], optional: true}
"""


def words(*arguments: str) -> dict[str, str]:
    Path("changed.yaml").write_text(CHANGED)
    return {job["suite"]: job["reason"] for job in answer("expand", "changed.yaml", *arguments)}


def test_a_change_of_files_leaves_out_what_it_does_not_touch() -> None:
    assert words() == {"code": "", "docs": "", "long": OPTIONAL}
    assert words("--changed", "a/b.md") == {"code": UNTOUCHED, "docs": "", "long": OPTIONAL}
    assert words("--changed", "x", "--changed", "src/a.py")["code"] == ""


def test_a_selector_that_names_an_optional_suite_has_it_planned() -> None:
    assert words("--select", "suite=in(long,docs)") == {"docs": "", "long": ""}
    assert words("--select", "suite!=docs") == {"code": "", "long": OPTIONAL}


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


FED = """\
name: x
axes: {site: [lab], accelerator: [cpu, gpu]}
suites:
  build: {command: [make], produces: {wheel: "*.whl"}, place: {accelerator: cpu}}
  test: {command: [run], uses: {wheel: build}}
"""


def test_a_job_says_which_jobs_feed_it(tmp_path: Path) -> None:
    (tmp_path / "fed.yaml").write_text(FED)
    found = {job["id"]: job for job in answer("expand", str(tmp_path / "fed.yaml"))}
    lines = coevo("expand", str(tmp_path / "fed.yaml")).output

    assert found["lab/gpu:test@stable"]["inputs"] == {"wheel": "lab/cpu:build@stable"}
    assert "inputs" not in found["lab/cpu:build@stable"]
    assert "lab/gpu:test@stable  fed by wheel of lab/cpu:build@stable" in lines


def opened(folder: Path) -> None:
    """The same matrix with open sites, and an offer of one that it does not list."""
    text = MATRIX.replace("site: [lab, edge]", "site: {open: true, values: [lab, edge]}")
    (folder / "open.yaml").write_text(text)
    (folder / "offers.yaml").write_text("- {site: garage, accelerator: gpu, dtype: f32}\n")


def test_offers_add_the_jobs_of_the_playground(folder: Path) -> None:
    opened(folder)

    asked = ("open.yaml", "--select", "site=garage,suite=smoke")

    assert answer("expand", *asked) == []
    assert [job["id"] for job in answer("expand", *asked, "--runners", "offers.yaml")] == [
        "garage/gpu,dtype=f32:smoke@stable",
        "garage/gpu,dtype=f32:smoke@next",
    ]


def test_why_explains_a_cell_of_the_playground(folder: Path) -> None:
    opened(folder)

    shown = coevo("expand", "open.yaml", "--runners", "offers.yaml", "--why", "garage/gpu").stdout

    assert "garage/gpu,dtype=f32:smoke@stable" in shown


def test_why_of_what_nobody_offers_on_an_open_axis_has_nothing_to_tell(folder: Path) -> None:
    opened(folder)

    result = coevo("expand", "open.yaml", "--why", "shed/gpu")

    assert (result.exit_code, result.stdout) == (0, "")
