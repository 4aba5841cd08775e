"""Objects: what is put comes back, without copies, with an owner, and from a disk where it must."""

from __future__ import annotations

import numpy as np
import ray
from ray import exceptions
from ray.experimental import get_local_object_locations

from runners.suites.ray_core import actor_kinds, work
from runners.suites.ray_core.calls import actor, error, task, value
from runners.suites.ray_core.cluster import STORE_BYTES, Cluster, zones
from runners.suites.ray_core.found import Detail, awaited, holds, same

SEED = 20
_MIB = 2**20
_PIECE, _PIECES = 10 * _MIB, 16
_DTYPES = ("bool", "int8", "uint16", "int64", "float16", "float32", "float64", "complex64")


def round_trip(_: Cluster) -> Detail:
    """Arrays of every kind, large and small, and nested values come back bit by bit."""
    source = np.random.default_rng(SEED)
    sizes = (0, 3, 300_000)
    arrays = [source.integers(0, 2, size).astype(kind) for kind in _DTYPES for size in sizes]
    arrays += [source.random((30, 40))[::2, 1:], np.asfortranarray(source.random((30, 40)))]
    for array in arrays:
        found = ray.get(ray.put(array))
        holds(found.dtype == array.dtype, f"{found.dtype} instead of {array.dtype}")
        holds(np.array_equal(found, array), f"{array.dtype} of {array.shape} is another")
    nested = {"text": "wört", "bytes": bytes(range(256)), "list": [None, True, 2**70, (1.5,)]}
    same("nested values", ray.get(ray.put(nested)), nested)
    return {"arrays": len(arrays), "tolerance": "bit-equal"}


def zero_copy(_: Cluster) -> Detail:
    """Whoever gets an array looks at the same memory, and may not write to it."""
    ref = ray.put(work.filled(_MIB, 3))
    one, other = ray.get(ref), ray.get(ref)
    places = {array.__array_interface__["data"][0] for array in (one, other)}
    same("places in memory of two gets", len(places), 1)
    here = work.seen(one)
    there = value(task(work.seen, ref, label_selector={"zone": "east"}))
    right = {"writeable": False, "shared": True, "sum": 3 * _MIB}
    same("in the driver", here, right)
    same("in a worker", there, right)
    return {"bytes": _MIB, "tolerance": "one address, read-only, in a shared mapping"}


def transfer(_: Cluster) -> Detail:
    """An array that was made on one node is the same on the other, both ways."""
    made = task(work.filled, 5 * _MIB, 9, label_selector={"zone": "west"})
    same("sum of what came from the west", int(value(made).sum()), 45 * _MIB)
    put = ray.put(work.filled(5 * _MIB, 4))
    seen = value(task(work.seen, put, label_selector={"zone": "west"}))
    same("sum of what went to the west", seen["sum"], 20 * _MIB)
    return {"bytes": 5 * _MIB}


def released(_: Cluster) -> Detail:
    """The store has its room again once the last reference is gone, a borrowed one too."""
    keeper = actor(actor_kinds.Keeper)
    awaited(lambda: room() >= capacity() - _MIB, "what nobody refers to is in the store")
    ref = ray.put(work.filled(20 * _MIB, 1))
    value(keeper.hold.remote([ref]))
    del ref
    same("the sum for whom it was lent to", value(keeper.sums.remote()), [20 * _MIB])
    awaited(lambda: room() <= capacity() - 20 * _MIB, "the store does not say that it is fuller")
    value(keeper.release.remote())
    seconds = awaited(lambda: room() >= capacity() - _MIB, "the store did not get its room back")
    ray.kill(keeper)
    return {"bytes": 20 * _MIB, "seconds": seconds, "tolerance": "1 MiB of room, within 60 s"}


def ownership(cluster: Cluster) -> Detail:
    """An object is lost with the worker that owns it, and says so."""
    with cluster.another("north") as node:
        keeper = actor(actor_kinds.Keeper, label_selector={"zone": "north"})
        (seen,) = value(keeper.own.remote(2 * _MIB, 6))
        same("the sum while its owner lives", int(value(seen).sum()), 12 * _MIB)
        (unseen,) = value(keeper.own.remote(2 * _MIB, 6))
        cluster.cut(node)
        awaited(lambda: "north" not in zones(), "Ray takes the node for alive")
        found = error(unseen, exceptions.OwnerDiedError)
    return {"error": type(found).__name__}


def spilling(cluster: Cluster) -> Detail:
    """Twice of what the store holds goes to the disk as far as it must, and comes back."""
    source = np.random.default_rng(SEED)
    arrays = [source.integers(0, 256, _PIECE, dtype=np.uint8) for _ in range(_PIECES)]
    refs = [ray.put(array) for array in arrays]
    beyond = _PIECE * _PIECES - STORE_BYTES
    spilled = [one for one in get_local_object_locations(refs).values() if one["did_spill"]]
    told = sum(one["object_size"] for one in spilled)
    holds(told >= beyond / 2, f"Ray says that {told} bytes were spilled; {beyond} do not fit")
    written = sum(path.stat().st_size for path in cluster.spilled())
    holds(written >= told, f"{written} bytes are on the disk, where Ray says {told}")
    off = [k for k, ref in enumerate(refs) if not np.array_equal(value(ref), arrays[k])]
    same("arrays that came back as others", off, [])
    del refs
    seconds = awaited(lambda: not cluster.spilled(), "the disk is not freed")
    return {
        "put_bytes": _PIECE * _PIECES,
        "store_bytes": STORE_BYTES,
        "spilled_bytes": told,
        "disk_bytes": written,
        "freed_after_seconds": seconds,
        "tolerance": "bit-equal; half of what does not fit is spilled; the disk is freed in 60 s",
    }


def room() -> float:
    """Bytes for which the stores of both nodes have room, as Ray says."""
    return _amount(ray.available_resources())  # type: ignore[no-untyped-call] # reason: Ray's lacks types


def capacity() -> float:
    """Bytes that the stores of both nodes have, as Ray says."""
    return _amount(ray.cluster_resources())  # type: ignore[no-untyped-call] # reason: Ray's lacks types


def _amount(resources: dict[str, float]) -> float:
    return resources.get("object_store_memory", 0.0)
