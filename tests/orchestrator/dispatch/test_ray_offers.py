"""What is read from a cluster's nodes, and how a slot of it is placed. Pure."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from offers import cpu, gpu

from orchestrator.dispatch.names import slot_name
from orchestrator.dispatch.ray_offers import Node, amounts, nodes, offers, selector

PLATFORM = {"cpu": "here-cpu", "cuda": "here-cuda"}


def node(labels: dict[str, str] | None = None, **resources: float) -> Node:
    return Node(labels or {}, resources)


def listed(*, alive: bool = True, **changes: Any) -> dict[str, Any]:
    labels = {"ray.io/node-id": "4456b3", "site": "lab"}
    return {"Alive": alive, "Labels": labels, "Resources": {"CPU": 4.0}, **changes}


def test_dead_nodes_offer_nothing() -> None:
    assert nodes([listed(), listed(alive=False)]) == (Node({"site": "lab"}, {"CPU": 4.0}),)


def test_a_node_that_says_little_is_read_all_the_same() -> None:
    assert nodes([listed(Labels=None, Resources=None)]) == (Node({}, {}),)


def test_a_plain_node_offers_its_cpu_at_our_site() -> None:
    (offer,) = offers([node(CPU=8.0, memory=2.0**33)], "lab", PLATFORM)
    assert dict(offer.labels) == {"site": "lab", "accelerator": "cpu"}
    assert (offer.slots, offer.devices, offer.device) == (4, 0, "cpu")
    assert offer.memory_bytes == 2**33
    assert offer.platform == "here-cpu"


def test_a_node_says_its_own_site_and_labels() -> None:
    (offer,) = offers([node({"site": "cloud-a", "model": "h100"}, CPU=2.0)], "lab", PLATFORM)
    assert dict(offer.labels) == {"site": "cloud-a", "model": "h100", "accelerator": "cpu"}


def test_devices_are_offered_one_a_slot() -> None:
    (offer,) = offers([node(CPU=64.0, GPU=8.0)], "lab", PLATFORM)
    assert dict(offer.labels)["accelerator"] == "gpu"
    assert (offer.slots, offer.devices, offer.device) == (8, 8, "cuda")
    assert offer.platform == "here-cuda"


def test_each_family_of_accelerators_has_its_place() -> None:
    there = [node(TPU=4.0), node(HPU=8.0), node(NPU=2.0), node(neuron_cores=32.0)]
    found = offers(there, "lab", PLATFORM)
    assert {(dict(one.labels)["accelerator"], one.device, one.devices) for one in found} == {
        ("tpu", "xla", 4),
        ("asic", "hpu", 8),
        ("asic", "npu", 2),
        ("asic", "xla", 32),
    }
    assert [amounts(one, 1, there) for one in found] == [
        {"CPU": 1.0, resource: 1.0} for resource in ("HPU", "neuron_cores", "NPU", "TPU")
    ]


def test_a_node_that_names_its_model_keeps_the_name() -> None:
    (offer,) = offers([node({"model": "gaudi3"}, HPU=8.0)], "lab", PLATFORM)
    assert dict(offer.labels)["model"] == "gaudi3"


def test_nodes_alike_are_counted_together() -> None:
    (offer,) = offers([node(GPU=8.0, memory=64.0), node(GPU=4.0, memory=32.0)], "lab", PLATFORM)
    assert (offer.slots, offer.devices, offer.memory_bytes) == (12, 8, 32)
    assert offer.node_devices == (8, 4)
    assert [offer.nodes_with(count) for count in (0, 4, 5, 9)] == [2, 2, 1, 0]


def test_places_that_a_node_counts_itself_are_believed() -> None:
    (offer,) = offers([node(CPU=64.0, coevo_slot=3.0)], "lab", PLATFORM)
    assert offer.slots == 3


@given(
    st.lists(
        st.builds(
            node,
            st.dictionaries(st.sampled_from(["site", "model"]), st.sampled_from(["a", "b"])),
            CPU=st.integers(0, 64).map(float),
            GPU=st.integers(0, 8).map(float),
        ),
        max_size=8,
    )
)
def test_no_offer_is_made_twice_and_none_without_a_place(found: list[Node]) -> None:
    made = offers(found, "lab", PLATFORM)
    assert len({one.labels for one in made}) == len(made)
    assert all(one.slots >= 1 and {"site", "accelerator"} <= set(dict(one.labels)) for one in made)


def test_a_slot_is_placed_by_labels_that_nodes_really_have() -> None:
    """A selector that no node meets would wait for ever, without a word."""
    there = [node({"site": "lab"}, CPU=2.0, GPU=2.0, coevo_slot=2.0)]
    assert selector(gpu(2), there) == {"site": "lab"}
    assert selector(gpu(2), [node(CPU=1.0)]) == {}


def test_a_slot_takes_a_place_and_its_devices() -> None:
    there = [node(coevo_slot=2.0, GPU=2.0)]
    assert amounts(cpu(), 1, there) == {"coevo_slot": 1.0}
    assert amounts(gpu(), 1, there) == {"coevo_slot": 1.0, "GPU": 1.0}
    assert amounts(gpu(), 2, there) == {"coevo_slot": 1.0, "GPU": 2.0}


def test_where_nobody_counts_places_a_slot_takes_a_cpu() -> None:
    assert amounts(cpu(), 1, [node(CPU=4.0)]) == {"CPU": 1.0}


def test_slots_are_told_apart_by_runner_place_number_and_size() -> None:
    names = {
        slot_name("one", cpu(), 0),
        slot_name("two", cpu(), 0),
        slot_name("one", gpu(), 0),
        slot_name("one", gpu(), 1),
        slot_name("one", gpu(), 0, 2),
    }
    assert len(names) == 5
    assert slot_name("one", gpu(), 0, 2) == "coevo-slot-one/lab-gpu-0x2"
