"""What a job needs against what runners offer."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matrix.load import parse
from matrix.model import Environment, Needs, Overrides
from matrix.needs import first_unmet, meets, needs_of
from matrix.offers import Offered
from runners.work import Offer

GIB = 2**30
CELL = (("site", "lab"), ("accelerator", "gpu"))


def offer(  # noqa: PLR0913 - an offer has that many sides, and each test names the ones it means
    *,
    site: str = "lab",
    accelerator: str = "gpu",
    devices: int = 1,
    memory: int = 16,
    disk: int = 100,
    capabilities: frozenset[str] = frozenset(),
    nodes: tuple[int, ...] = (),
    **labels: str,
) -> Offered:
    return Offered(
        labels=(("site", site), ("accelerator", accelerator), *labels.items()),
        devices=devices,
        memory_bytes=memory * GIB,
        disk_bytes=disk * GIB,
        capabilities=capabilities,
        node_devices=nodes,
    )


@pytest.mark.parametrize(
    ("needs", "offers", "sentence"),
    [
        (Needs(), [], "no runner offers site=lab"),
        (Needs(), [offer(site="edge")], "no runner offers site=lab"),
        (Needs(), [offer(accelerator="cpu")], "no runner at lab offers accelerator=gpu"),
        (
            Needs(),
            [offer(site="edge"), offer(accelerator="cpu")],
            "no runner at lab offers accelerator=gpu",
        ),
        (
            Needs(devices=2),
            [offer(devices=1), offer(site="edge", devices=8)],
            "needs 2 devices; the largest runner at lab/gpu has 1",
        ),
        (
            Needs(devices=1),
            [offer(devices=0)],
            "needs 1 device; the largest runner at lab/gpu has 0",
        ),
        (
            Needs(capabilities=frozenset({"fp8"})),
            [offer()],
            "no runner at lab/gpu offers capability fp8",
        ),
        (
            Needs(memory_bytes=32 * GIB),
            [offer(memory=8), offer(memory=16)],
            "needs 32.0 GiB of memory; the largest runner at lab/gpu has 16.0 GiB",
        ),
        (
            Needs(disk_bytes=200 * GIB),
            [offer()],
            "needs 200.0 GiB of disk; the largest runner at lab/gpu has 100.0 GiB",
        ),
        # The first need that is not met, in the order site, accelerator, devices, capabilities,
        # memory, disk.
        (
            Needs(2, 32 * GIB, 200 * GIB, frozenset({"fp8"})),
            [offer()],
            "needs 2 devices; the largest runner at lab/gpu has 1",
        ),
        (
            Needs(1, 32 * GIB, 200 * GIB, frozenset({"fp8"})),
            [offer()],
            "no runner at lab/gpu offers capability fp8",
        ),
        (
            Needs(1, 32 * GIB, 200 * GIB),
            [offer()],
            "needs 32.0 GiB of memory; the largest runner at lab/gpu has 16.0 GiB",
        ),
        (Needs(nodes=2), [offer()], "needs 2 nodes; the largest runner at lab/gpu has 1"),
        (
            Needs(nodes=3, devices=4),
            [offer(devices=8, nodes=(8, 8, 2)), offer(site="edge", nodes=(8, 8, 8))],
            "needs 3 nodes with 4 devices each; the largest runner at lab/gpu has 2",
        ),
        # Each need leaves the offers that met the ones before.
        (
            Needs(devices=4, memory_bytes=32 * GIB),
            [offer(devices=4, memory=8), offer(devices=1, memory=64)],
            "needs 32.0 GiB of memory; the largest runner at lab/gpu has 8.0 GiB",
        ),
    ],
)
def test_the_first_need_that_is_not_met_is_told(
    needs: Needs, offers: list[Offered], sentence: str
) -> None:
    assert first_unmet(CELL, needs, offers) == sentence


def test_nothing_is_told_where_one_offer_meets_all() -> None:
    needs = Needs(2, 8 * GIB, 50 * GIB, frozenset({"fp8"}))
    offers = [offer(), offer(devices=2, capabilities=frozenset({"fp8", "nvlink"}))]

    assert first_unmet(CELL, needs, offers) == ""


@pytest.mark.parametrize(
    ("nodes", "devices", "is_met"), [(2, 4, True), (2, 5, False), (3, 2, True)]
)
def test_nodes_count_that_have_the_devices(nodes: int, devices: int, is_met: bool) -> None:
    several = offer(devices=8, nodes=(8, 4, 2))
    assert meets(CELL, Needs(devices, nodes=nodes), several) is is_met


def test_needs_met_only_by_two_offers_together_are_not_met() -> None:
    needs = Needs(devices=2, capabilities=frozenset({"fp8"}))
    offers = [offer(devices=2), offer(capabilities=frozenset({"fp8"}))]

    assert first_unmet(CELL, needs, offers)


@pytest.mark.parametrize(
    ("labels", "sentence"),
    [
        ({}, ""),
        ({"dtype": "bf16"}, ""),
        ({"dtype": "fp32"}, "no runner at lab/gpu offers dtype=bf16"),
        ({"rack": "7"}, ""),
    ],
)
def test_another_axis_binds_only_runners_that_bear_its_label(
    labels: dict[str, str], sentence: str
) -> None:
    cell = (*CELL, ("dtype", "bf16"))

    assert first_unmet(cell, Needs(), [offer(**labels)]) == sentence


def test_the_offer_of_a_runner_is_an_offer() -> None:
    real = Offer(
        labels=(("site", "lab"), ("accelerator", "gpu")),
        device="cuda",
        slots=1,
        devices=4,
        memory_bytes=64 * GIB,
        disk_bytes=500 * GIB,
        capabilities=frozenset({"fp8"}),
        platform="linux-x86_64",
    )

    assert meets(CELL, Needs(devices=4, capabilities=frozenset({"fp8"})), real)
    assert not meets(CELL, Needs(devices=5), real)


SITES = st.sampled_from(["lab", "edge"])
KINDS = st.sampled_from(["gpu", "cpu"])
SKILLS = st.frozensets(st.sampled_from(["fp8", "nvlink"]))
OFFERS = st.builds(
    offer,
    site=SITES,
    accelerator=KINDS,
    devices=st.integers(0, 3),
    memory=st.integers(1, 3),
    disk=st.integers(1, 3),
    capabilities=SKILLS,
)
NEEDS = st.builds(
    lambda devices, memory, disk, skills: Needs(devices, memory * GIB, disk * GIB, skills),
    st.integers(0, 3),
    st.integers(0, 3),
    st.integers(0, 3),
    SKILLS,
)


@given(SITES, KINDS, NEEDS, st.lists(OFFERS, max_size=5))
def test_a_sentence_is_told_exactly_where_no_single_offer_meets_all(
    site: str, kind: str, needs: Needs, offers: list[Offered]
) -> None:
    cell = (("site", site), ("accelerator", kind))

    suffices = any(
        dict(each.labels) == dict(cell)
        and each.devices >= needs.devices
        and each.memory_bytes >= needs.memory_bytes
        and each.disk_bytes >= needs.disk_bytes
        and needs.capabilities <= each.capabilities
        for each in offers
    )

    assert (first_unmet(cell, needs, offers) == "") is suffices
    assert any(meets(cell, needs, each) for each in offers) is suffices


@given(NEEDS, st.lists(OFFERS, max_size=4), OFFERS)
def test_one_more_offer_never_takes_a_job_away(
    needs: Needs, offers: list[Offered], more: Offered
) -> None:
    if first_unmet(CELL, needs, offers) == "":
        assert first_unmet(CELL, needs, [*offers, more]) == ""


BROUGHT = parse(
    """
name: brought
axes: {site: [lab], accelerator: [gpu]}
suites:
  ops:
    command: [sh]
    takes: [torch]
    environment: {requirements: ["torch[opt]=={torch}", numpy==2.4.6]}
    needs: {devices: 1, capabilities: [fast]}
  tool: {command: [sh], takes: [torch]}
stacks: {vendor: {torch: preinstalled}, stable: {torch: "2.13.0"}}
""",
    "matrix.yaml",
)


def needed(suite: str, stack: str, overrides: Overrides | None = None) -> Needs:
    return needs_of(BROUGHT.suite(suite), BROUGHT.stack(stack), overrides or Overrides())


def test_a_requirement_that_is_preinstalled_needs_a_runner_that_brings_it() -> None:
    wanted = needed("ops", "vendor")
    assert wanted == Needs(devices=1, capabilities=frozenset({"fast", "preinstalled:ops"}))
    for capability in ("preinstalled", "preinstalled:ops"):
        brings = offer(capabilities=frozenset({"fast", capability}))
        assert meets(CELL, wanted, brings)
    other = offer(capabilities=frozenset({"fast", "preinstalled:tool"}))
    said = first_unmet(CELL, wanted, [other])
    assert said == "no runner at lab/gpu brings what ops takes preinstalled"


@pytest.mark.parametrize(
    ("suite", "stack", "overrides"),
    [
        ("ops", "stable", None),  # a version is installed
        ("tool", "vendor", None),  # brings no environment of its own
        ("ops", "vendor", Overrides(environment=Environment(("numpy==2.4.6",)))),
    ],
)
def test_other_needs_stay_what_they_are(
    suite: str, stack: str, overrides: Overrides | None
) -> None:
    assert needed(suite, stack, overrides) == BROUGHT.suite(suite).needs
