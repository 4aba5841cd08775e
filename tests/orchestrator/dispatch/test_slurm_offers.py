"""Offers out of what sinfo shows: partitions, states, and kinds of accelerators."""

from __future__ import annotations

import pytest

from orchestrator.dispatch.slurm_client import NodeSeen
from orchestrator.dispatch.slurm_offers import Circumstances, is_usable, kinds, places, within
from runners.environments.platforms import Platform
from runners.work import Offer

AROUND = Circumstances(
    "lab",
    (("rack", "r1"),),
    20,
    frozenset({"preinstalled"}),
    Platform("linux", "x86_64", "3.11", "cpu"),
)


def node(name: str, gres: str = "", **changes: object) -> NodeSeen:
    return NodeSeen(name, "debug", 8, 1000, gres, (), "idle", is_default=True)._replace(**changes)  # type: ignore[arg-type] # reason: fields by name


def offers(*nodes: NodeSeen) -> dict[str, Offer]:
    return {dict(one.offer.labels)["accelerator"]: one.offer for one in places(nodes, AROUND)}


def test_processors_are_offered_of_all_nodes() -> None:
    found = offers(node("a"), node("b", memory_mb=4000))["cpu"]
    assert found.labels == (("site", "lab"), ("accelerator", "cpu"), ("rack", "r1"))
    assert (found.device, found.devices, found.node_devices) == ("cpu", 0, (0, 0))
    assert (found.slots, found.queued) == (20, True)
    assert found.memory_bytes == 4000 << 20
    assert found.platform == "linux-x86_64-cp311-cpu"
    assert found.capabilities == {"preinstalled", "x86_64"}


def test_accelerators_are_offered_with_how_many_each_node_has() -> None:
    found = offers(node("a", "gpu:a100:2"), node("b", "gpu:a100:8"), node("c"))
    assert (found["gpu"].devices, found["gpu"].node_devices) == (8, (8, 2))
    assert found["gpu"].platform == "linux-x86_64-cp311-cuda"
    assert "a100" in found["gpu"].capabilities
    assert found["cpu"].nodes_with(0) == 3


def test_kinds_of_one_accelerator_are_told_apart_by_a_label() -> None:
    found = places((node("a", "gpu:a100:2"), node("b", "gpu:h100:4")), AROUND)
    named = {dict(one.offer.labels).get("model"): one for one in found}
    assert set(named) == {None, "a100", "h100"}
    assert named["h100"].gres == "gpu:h100"
    assert named["h100"].offer.node_devices == (4,)


@pytest.mark.parametrize(
    ("gres", "found"),
    [
        ("gpu:2", [("gpu", "cuda", "cuda", "gpu", 2)]),
        ("gpu:a100:4(S:0-1)", [("gpu", "cuda", "cuda", "gpu:a100", 4)]),
        ("gpu:mi250:8", [("gpu", "cuda", "rocm", "gpu:mi250", 8)]),
        ("gpu:pvc:6", [("gpu", "xpu", "xpu", "gpu:pvc", 6)]),
        ("npu:ascend910b:16", [("asic", "npu", "npu", "npu:ascend910b", 16)]),
        ("tpu:4,nvme:1", [("tpu", "xla", "xla", "tpu", 4)]),
        ("gpu:a100:2(IDX:0,1),hpu:1", None),
        ("shard:80,craynetwork:4", []),
        ("gpu:0", []),
        ("", []),
    ],
)
def test_what_slurm_counts_is_read(
    gres: str, found: list[tuple[str, str, str, str, int]] | None
) -> None:
    told = [(k.accelerator, k.device, k.platform, k.gres, n) for k, n in kinds(gres)]
    if found is None:
        assert [one[3:] for one in told] == [("gpu:a100", 2), ("hpu", 1)]
    else:
        assert told == found


def test_a_feature_of_all_nodes_is_a_capability() -> None:
    found = offers(node("a", features=("ib", "fast")), node("b", features=("ib",)))["cpu"]
    assert "ib" in found.capabilities
    assert "fast" not in found.capabilities


@pytest.mark.parametrize("state", ["idle", "mixed", "allocated", "idle~", "planned", "completing"])
def test_nodes_that_can_be_had_count(state: str) -> None:
    assert is_usable(node("a", state=state))


@pytest.mark.parametrize(
    "state", ["down", "drained", "draining", "idle*", "fail", "maint", "inval", "unknown", "future"]
)
def test_nodes_that_cannot_be_had_do_not(state: str) -> None:
    assert not is_usable(node("a", state=state))


def test_without_a_partition_the_default_one_counts() -> None:
    seen = (node("a"), node("b", partition="big", is_default=False))
    assert [one.name for one in within(seen, ())] == ["a"]
    assert [one.name for one in within(seen, ("big",))] == ["b"]
    assert [one.name for one in within(seen, ("big,debug",))] == ["a", "b"]


def test_a_partition_that_depends_on_the_job_may_be_any() -> None:
    seen = (node("a"), node("b", partition="gpu", is_default=False))
    assert [one.name for one in within(seen, ("{{accelerator}}",))] == ["a", "b"]


def test_a_node_of_several_partitions_counts_once() -> None:
    seen = (node("a"), node("a", partition="big"))
    assert len(within(seen, ("debug", "big"))) == 1


def test_where_no_node_can_be_had_nothing_is_offered() -> None:
    assert places(within((node("a", state="down"),), ()), AROUND) == ()
