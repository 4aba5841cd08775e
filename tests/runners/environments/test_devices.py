"""What an environment for a simulated device is named by, and how it is made by hand."""

from __future__ import annotations

from runners.environments.by_hand import script
from runners.environments.devices import SOURCES, stamp
from runners.environments.platforms import here
from runners.environments.shelf import Record
from runners.environments.uv import digest
from runners.work import Lock

TORCH, NEWER = "torch==2.13.0+cpu \\\n    --hash=x\n", "torch==2.14.0+cpu \\\n    --hash=x\n"
HERE = here("simacc:1")


def lock(text: str = TORCH, device: str = "simacc") -> Lock:
    return Lock("0", text, str(here(device)))


def test_a_backend_belongs_to_one_torch_and_one_platform() -> None:
    assert stamp(lock(), HERE) == stamp(lock(), HERE)
    assert stamp(lock(), HERE) != stamp(lock(NEWER), HERE)
    assert stamp(lock(), HERE) != stamp(lock(), HERE._replace(machine="aarch64"))


def test_other_environments_hold_none() -> None:
    assert stamp(lock(), here("cpu")) == stamp(lock(), here("cuda")) == ""
    assert stamp(lock("numpy==2.4.6\n"), HERE) == ""


def test_it_has_an_environment_of_its_own() -> None:
    assert digest(lock()) != digest(lock(device="cpu"))


def test_it_takes_the_cpus_build_of_torch() -> None:
    assert (HERE.kind_of_wheels, HERE.torch_backend) == ("cpu", "cpu")
    assert here("cuda").kind_of_wheels == "cuda"


def test_by_hand_it_is_compiled_at_the_end() -> None:
    last = script("e", Record(platform=str(HERE)), TORCH, ()).splitlines()[-1]
    assert last.endswith(f"--no-deps --no-build-isolation {SOURCES / 'simacc'}")
    other = script("e", Record(platform=str(here())), TORCH, ()).splitlines()[-1]
    assert other.endswith(".txt")
