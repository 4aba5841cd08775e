"""A suite on several nodes: torch.distributed sums over all ranks, then trains one step together.

With an argument it goes on summing for ever, after having made that file with its rank behind.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

import torch
import torch.distributed as dist
from torch.nn.parallel import DistributedDataParallel


def say(**said: object) -> None:
    print(json.dumps(said), flush=True)


def summed(rank: int, ranks: int) -> bool:
    """Whether an all-reduce gives the sum of what all ranks hold."""
    mine = torch.full((1000,), float(rank + 1))
    dist.all_reduce(mine)
    return bool((mine == ranks * (ranks + 1) / 2).all())


def trained(rank: int, ranks: int) -> bool:
    """Whether a step on different data leaves every rank with the same, and changed, weights."""
    torch.manual_seed(0)
    model = DistributedDataParallel(torch.nn.Linear(8, 1))
    before = model.module.weight.detach().clone()
    torch.manual_seed(rank + 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    (model(torch.randn(16, 8)) - 1).square().mean().backward()
    optimizer.step()
    after = model.module.weight.detach()
    everyone = [torch.empty_like(after) for _ in range(ranks)]
    dist.all_gather(everyone, after)
    return all(torch.equal(one, after) for one in everyone) and not torch.equal(before, after)


def main(sign: str) -> None:
    say(type="hello", protocol=1, suite="two-ranks", stack={"torch": torch.__version__})
    rank, ranks = int(os.environ["COEVO_RANK"]), int(os.environ["COEVO_RANKS"])
    dist.init_process_group("gloo")
    print(f"{os.uname().nodename} is rank {rank} of {ranks}", file=sys.stderr, flush=True)
    for name, claim in (("all_reduce", summed), ("step", trained)):
        say(type="case", id=name, begin=True)
        status = "PASS" if claim(rank, ranks) else "FAIL"
        say(type="case", id=name, status=status)
    if sign:
        say(type="case", id="lasting", begin=True)
        Path(f"{sign}{rank}").write_text(os.uname().nodename)
        while summed(rank, ranks):
            time.sleep(0.05)
    dist.destroy_process_group()
    say(type="bye")


if __name__ == "__main__":
    main(*sys.argv[1:] or [""])
