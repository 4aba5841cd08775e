"""Offers of runners, from a person's file or from a server's answer."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matrix.errors import CoevoError
from matrix.offers import UNKNOWN, Offered, read_offers

LAB_GPU = (("site", "lab"), ("accelerator", "gpu"))


def test_an_offer_says_its_labels_and_what_there_is() -> None:
    text = (
        "{site: lab, accelerator: gpu, devices: 2, memory: 16GiB, disk: 1TiB, capabilities: [fp8]}"
    )

    assert read_offers(f"- {text}".encode(), "offers.yaml") == (
        Offered(LAB_GPU, 2, 16 * 2**30, 2**40, frozenset({"fp8"}), nodes=UNKNOWN),
    )


def test_what_an_offer_does_not_say_is_enough() -> None:
    (found,) = read_offers(b"- {site: lab, accelerator: gpu}", "offers.yaml")

    assert (found.devices, found.memory_bytes, found.disk_bytes) == (UNKNOWN, UNKNOWN, UNKNOWN)
    assert found.capabilities == frozenset()


def test_any_other_key_is_a_label() -> None:
    (found,) = read_offers(b'- {site: lab, accelerator: gpu, dtype: bf16, rack: "7"}', "o.yaml")

    assert found.labels == (*LAB_GPU, ("dtype", "bf16"), ("rack", "7"))


@pytest.mark.parametrize(
    "document",
    [
        [{"site": "lab", "accelerator": "gpu"}],
        [{"labels": {"site": "lab", "accelerator": "gpu"}}],
        [{"labels": [["site", "lab"], ["accelerator", "gpu"]]}],
        [{"name": "r1", "offers": [{"site": "lab", "accelerator": "gpu"}]}],
        {"runners": [{"name": "r1", "offers": [{"site": "lab", "accelerator": "gpu"}]}]},
        {"runners": [{"id": 1, "seen_at": "now", "slots": 2.5, "offers": [dict(LAB_GPU)]}]},
    ],
)
def test_the_shapes_of_files_and_servers_are_read(document: object) -> None:
    found = read_offers(json.dumps(document).encode(), "o.json")

    assert [each.labels for each in found] == [LAB_GPU]


def test_the_bytes_of_a_server_are_bytes() -> None:
    document = [{**dict(LAB_GPU), "memory_bytes": 5, "disk_bytes": 7, "devices": 0}]

    (found,) = read_offers(json.dumps(document).encode(), "o.json")

    assert (found.devices, found.memory_bytes, found.disk_bytes) == (0, 5, 7)


@pytest.mark.parametrize(
    ("said", "devices", "nodes"),
    [
        ({"nodes": 3, "devices": 2}, 2, 3),
        ({"nodes": 3, "devices": 2}, 3, 0),
        ({"node_devices": [4, 1], "devices": 4}, 1, 2),
        ({"node_devices": [4, 1], "devices": 4}, 2, 1),
        ({"node_devices": [], "devices": 4}, 2, 1),
    ],
)
def test_nodes_are_told_by_number_or_one_by_one(
    said: dict[str, object], devices: int, nodes: int
) -> None:
    (found,) = read_offers(json.dumps([{**dict(LAB_GPU), **said}]).encode(), "o.json")

    assert found.nodes_with(devices) == nodes


def test_nodes_that_are_no_numbers_are_a_mistake() -> None:
    with pytest.raises(CoevoError, match="node_devices"):
        read_offers(json.dumps([{**dict(LAB_GPU), "node_devices": ["two"]}]).encode(), "o.json")


def test_nobody_offering_anything_is_a_list_too() -> None:
    assert read_offers(b"[]", "o.json") == ()
    assert read_offers(b'{"runners": []}', "o.json") == ()


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("{}", "this is no list of offers"),
        ("7", "this is no list of offers"),
        ("- 7", "`7` is no offer"),
        ("- {site: lab}", "names no site or no accelerator"),
        ("- {labels: 7}", "names no site or no accelerator"),
        ("- {site: lab, accelerator: gpu, devices: two}", "`devices` of an offer is `two`"),
        ("- {site: lab, accelerator: gpu, devices: -1}", "`devices` of an offer is `-1`"),
        ("- {site: lab, accelerator: gpu, devices: true}", "`devices` of an offer is `True`"),
        ("- {site: lab, accelerator: gpu, memory: 5 GB}", "`5 GB` is no size"),
        ("- {site: lab, accelerator: gpu, capabilities: fp8}", "`capabilities` of an offer"),
        ("- {site: lab, accelerator: gpu, rack: 3.10}", "`3.10` is a number"),
        ("- [", "the bracket `[` is never closed"),
        ("[" * 100_000, "nested more than 32"),
    ],
)
def test_what_is_no_list_of_offers_says_so(text: str, problem: str) -> None:
    with pytest.raises(CoevoError) as caught:
        read_offers(text.encode(), "o.yaml")

    assert problem in str(caught.value)
    assert "o.yaml" in str(caught.value)


@given(st.binary(max_size=200))
def test_any_bytes_are_offers_or_a_mistake(raw: bytes) -> None:
    try:
        found = read_offers(raw, "o.yaml")
    except CoevoError:
        return
    assert all(dict(each.labels).keys() >= {"site", "accelerator"} for each in found)
