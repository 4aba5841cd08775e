"""What clusters of several vendors offer, read from what `ray.nodes()` says of them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.dispatch.names import prefix, slot_name
from orchestrator.dispatch.ray_offers import (
    FAMILIES,
    RESOURCES,
    SLOT,
    amounts,
    nodes,
    offers,
    selector,
)
from runners.work import Offer

PLATFORM = {"cpu": "p-cpu", "cuda": "p-cuda", "xla": "p-xla", "hpu": "p-hpu", "npu": "p-npu"}
GIB = 2.0**30


def said(
    labels: dict[str, str] | None = None, *, alive: bool = True, **resources: float
) -> dict[str, Any]:
    """A node as `ray.nodes()` describes it, with everything Ray adds by itself."""
    ip = "10.0.0.7"
    return {
        "NodeID": "ab" * 28,
        "Alive": alive,
        "NodeManagerAddress": ip,
        "NodeManagerHostname": "host",
        "ObjectStoreSocketName": "/tmp/ray/socket",
        "Resources": {
            "CPU": 8.0,
            "memory": 16 * GIB,
            "object_store_memory": 4 * GIB,
            f"node:{ip}": 1.0,
            **resources,
        },
        "Labels": {"ray.io/node-id": "ab" * 28, **(labels or {})},
    }


def offered(*listed: dict[str, Any], site: str = "lab") -> tuple[Offer, ...]:
    return offers(nodes(listed), site, PLATFORM)


def of(offer: Offer, label: str) -> str:
    return dict(offer.labels)[label]


@pytest.mark.parametrize(
    ("resource", "accelerator", "device", "platform"),
    [
        ("GPU", "gpu", "cuda", "p-cuda"),
        ("TPU", "tpu", "xla", "p-xla"),
        ("HPU", "asic", "hpu", "p-hpu"),
        ("NPU", "asic", "npu", "p-npu"),
        ("neuron_cores", "asic", "xla", "p-xla"),
    ],
)
@pytest.mark.parametrize("count", [1, 2, 8])
def test_a_node_with_accelerators_offers_them(
    resource: str, accelerator: str, device: str, platform: str, count: int
) -> None:
    (offer,) = offered(said(**{resource: float(count)}))
    assert of(offer, "accelerator") == accelerator
    assert (offer.device, offer.platform) == (device, platform)
    assert (offer.slots, offer.devices) == (count, count)
    assert offer.memory_bytes == 16 * 2**30


@pytest.mark.parametrize("resource", ["GPU", "TPU", "HPU", "NPU", "neuron_cores"])
def test_a_slot_takes_the_resource_it_was_read_from(resource: str) -> None:
    there = nodes([said(**{resource: 4.0, SLOT: 4.0})])
    (offer,) = offers(there, "lab", PLATFORM)
    assert amounts(offer, 1, there) == {SLOT: 1.0, resource: 1.0}
    assert amounts(offer, 4, there) == {SLOT: 1.0, resource: 4.0}


def test_the_resources_that_ray_adds_by_itself_are_no_accelerators() -> None:
    listed = said(**{"accelerator_type:H100": 1.0, "bundle_group_abc": 1000.0, "disk": 5.0})
    (offer,) = offered(listed)
    assert of(offer, "accelerator") == "cpu"
    assert offer.devices == 0


@pytest.mark.parametrize("count", [0.0, 0.5, 0.99])
def test_a_part_of_a_device_is_no_device(count: float) -> None:
    (offer,) = offered(said(GPU=count))
    assert (of(offer, "accelerator"), offer.device) == ("cpu", "cpu")


@pytest.mark.parametrize(
    ("cpus", "slots"), [(0.0, 1), (1.0, 1), (2.0, 1), (3.0, 1), (4.0, 2), (64.0, 32)]
)
def test_without_counted_places_two_cpus_make_one(cpus: float, slots: int) -> None:
    (offer,) = offered(said(CPU=cpus))
    assert offer.slots == slots


@pytest.mark.parametrize(("gpus", "places", "slots"), [(8, 2, 2), (2, 8, 2), (4, 4, 4)])
def test_a_node_has_no_more_slots_than_places_or_devices(
    gpus: int, places: int, slots: int
) -> None:
    (offer,) = offered(said(GPU=float(gpus), **{SLOT: float(places)}))
    assert (offer.slots, offer.devices) == (slots, gpus)


def test_labels_that_ray_writes_itself_are_left_out() -> None:
    listed = said({"ray.io/accelerator-type": "H100", "ray.io/region": "x", "rack": "3"})
    (offer,) = offered(listed)
    assert dict(offer.labels) == {"site": "lab", "accelerator": "cpu", "rack": "3"}


@pytest.mark.parametrize("accelerator", ["asic", "gaudi3", "gpu-mi300"])
def test_a_node_may_call_its_accelerator_what_it_likes(accelerator: str) -> None:
    (offer,) = offered(said({"accelerator": accelerator}, GPU=2.0))
    assert of(offer, "accelerator") == accelerator
    assert offer.device == "cuda"


def test_a_label_alone_names_hardware_that_ray_does_not_count() -> None:
    (offer,) = offered(said({"accelerator": "fpga"}))
    assert (of(offer, "accelerator"), offer.device, offer.devices) == ("fpga", "cpu", 0)


def test_a_site_of_the_node_wins_over_that_of_the_cluster() -> None:
    found = offered(said({"site": "edge"}), said(), site="cloud-b")
    assert [of(one, "site") for one in found] == ["cloud-b", "edge"]


def test_labels_are_in_one_order_whatever_the_node_said_first() -> None:
    one = offered(said({"a": "1", "z": "2"}))
    other = offered(said({"z": "2", "a": "1"}))
    assert one == other
    assert list(one[0].labels) == sorted(one[0].labels)


def test_a_cluster_of_three_vendors_has_three_offers() -> None:
    found = offered(
        said({"site": "cloud-a"}, GPU=8.0),
        said({"site": "cloud-a"}, GPU=8.0),
        said({"site": "cloud-b"}, TPU=4.0),
        said({"site": "cloud-c"}, HPU=8.0),
        said({"site": "cloud-c"}, alive=False, HPU=8.0),
    )
    assert sorted((of(one, "site"), of(one, "accelerator"), one.slots) for one in found) == [
        ("cloud-a", "gpu", 16),
        ("cloud-b", "tpu", 4),
        ("cloud-c", "asic", 8),
    ]


def test_nodes_that_differ_in_a_free_label_are_offered_apart() -> None:
    found = offered(said({"model": "h100"}, GPU=8.0), said({"model": "b200"}, GPU=8.0))
    assert [of(one, "model") for one in found] == ["b200", "h100"]
    assert len({slot_name("r", one, 0) for one in found}) == 2


def test_two_families_in_one_node_share_its_site_but_no_offer() -> None:
    found = offered(said({"site": "edge"}, GPU=1.0, TPU=2.0))
    assert [(of(one, "accelerator"), one.devices) for one in found] == [("gpu", 1), ("tpu", 2)]


def test_two_families_of_one_torch_device_are_told_apart_by_their_nodes() -> None:
    there = nodes([said(TPU=4.0), said(neuron_cores=2.0)])
    found = offers(there, "lab", PLATFORM)
    taken = {of(one, "accelerator"): amounts(one, 2, there) for one in found}
    assert taken == {"tpu": {"CPU": 1.0, "TPU": 2.0}, "asic": {"CPU": 1.0, "neuron_cores": 2.0}}


def test_an_empty_cluster_offers_nothing() -> None:
    assert offered() == ()
    assert offered(said(alive=False)) == ()


def test_a_platform_that_nobody_named_is_left_open() -> None:
    (offer,) = offers(nodes([said(GPU=1.0)]), "lab", {})
    assert offer.platform == ""


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.resource)
def test_every_family_has_a_device_that_a_slot_can_ask_for(family: Any) -> None:
    assert family.device in RESOURCES


LISTED = st.lists(
    st.builds(
        said,
        st.dictionaries(st.sampled_from(["site", "model"]), st.sampled_from(["a", "b"])),
        alive=st.booleans(),
        GPU=st.integers(0, 8).map(float),
        TPU=st.integers(0, 4).map(float),
        NPU=st.integers(0, 2).map(float),
    ),
    max_size=6,
)


@given(LISTED)
def test_no_device_of_a_living_node_is_forgotten(listed: list[dict[str, Any]]) -> None:
    living = [one["Resources"] for one in listed if one["Alive"]]
    found = offered(*listed)
    for resource, device in (("GPU", "cuda"), ("TPU", "xla"), ("NPU", "npu")):
        counted = sum(one.slots for one in found if one.device == device)
        assert counted == sum(int(one[resource]) for one in living)


@given(LISTED, st.randoms(use_true_random=False))
def test_the_order_of_nodes_does_not_matter(listed: list[dict[str, Any]], chance: Any) -> None:
    shuffled = list(listed)
    chance.shuffle(shuffled)
    assert offered(*shuffled) == offered(*listed)


@given(LISTED)
def test_a_slot_is_never_placed_by_a_label_that_no_node_has(listed: list[dict[str, Any]]) -> None:
    there = nodes(listed)
    for offer in offers(there, "lab", PLATFORM):
        chosen = selector(offer, there).items()
        assert chosen <= dict(offer.labels).items()
        assert any(chosen <= dict(node.labels).items() for node in there)


@given(LISTED, st.sampled_from(["one", "two"]), st.integers(0, 9), st.sampled_from([1, 2, 8]))
def test_a_slots_name_begins_with_its_runner_and_holds_no_blank(
    listed: list[dict[str, Any]], runner: str, index: int, devices: int
) -> None:
    for offer in offered(*listed):
        name = slot_name(runner, offer, index, devices)
        assert name.startswith(prefix(runner))
        assert name.endswith(f"-{index}" if devices == 1 else f"-{index}x{devices}")
        assert name.split() == [name]


def test_the_slots_of_one_runner_are_not_taken_for_those_of_another_that_begins_alike() -> None:
    (offer,) = offered(said())
    assert not slot_name("lab-one", offer, 0).startswith(prefix("lab"))
