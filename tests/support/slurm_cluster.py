"""Slurm's own daemons on loopback, with a configuration of their own: two nodes on this machine."""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

PATIENCE_SECONDS = 60.0
HOW_TO_GET = (
    "Slurm's daemons need root and Debian's slurm-wlm: apt-get install --no-install-recommends "
    "slurm-wlm munge"
)
_PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch", "squeue", "scancel", "sinfo", "scontrol")
_CONFIGURATION = """\
ClusterName=coevo
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={controller}
AuthType=auth/munge
AuthInfo=socket={folder}/munge.sock
CredType=cred/munge
SlurmUser=root
SlurmdUser=root
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool-%n
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd-%n.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd-%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/filetxt
JobCompLoc={folder}/completed
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
SchedulerParameters=sched_min_interval=100000,batch_sched_delay=0
DefMemPerNode=64
ReturnToService=2
SwitchType=switch/none
MpiDefault=none
KillWait=3
GresTypes=gpu
NodeName=n1 NodeHostname={host} NodeAddr=127.0.0.1 Port={first} CPUs={cpus} RealMemory=1000 \
Gres=gpu:a100:2 Feature=ib,a100 State=UNKNOWN
NodeName=n2 NodeHostname={host} NodeAddr=127.0.0.1 Port={second} CPUs={cpus} RealMemory=500 \
Feature=ib State=UNKNOWN
PartitionName=debug Nodes=n1,n2 Default=YES MaxTime=INFINITE State=UP
PartitionName=small Nodes=n2 MaxTime=10 State=UP
"""


def why_not() -> str:
    """Why Slurm's daemons cannot be started here, "" where they can."""
    path = f"{os.environ.get('PATH', '')}:/usr/sbin"
    there = all(shutil.which(program, path=path) for program in _PROGRAMS)
    return "" if there and os.getuid() == 0 else HOW_TO_GET


@dataclass(slots=True)
class SlurmCluster:
    """A controller and two nodes; `environ` leads Slurm's commands to them."""

    folder: Path
    environ: dict[str, str] = field(default_factory=dict)

    def said(self, *argv: str) -> str:
        """What a command of Slurm's prints."""
        ran = subprocess.run(
            argv, env=self.environ, capture_output=True, text=True, timeout=60, check=False
        )
        assert ran.returncode == 0, f"{argv}: {ran.stderr}"
        return ran.stdout

    def queue(self) -> dict[str, str]:
        """The states of the jobs that have not ended, by number."""
        lines = self.said("squeue", "--noheader", "--format=%i %T").splitlines()
        return dict(line.split() for line in lines)

    def completed(self) -> list[dict[str, str]]:
        """What the controller has noted of jobs that ended, oldest first."""
        try:
            lines = (self.folder / "completed").read_text().splitlines()
        except FileNotFoundError:
            return []
        return [
            dict(word.partition("=")[::2] for word in line.split() if "=" in word) for line in lines
        ]

    def numbers(self) -> list[str]:
        """The numbers of all jobs that there ever were, in order."""
        found = {*self.queue(), *(one["JobId"] for one in self.completed())}
        return sorted(found, key=int)

    def last(self) -> dict[str, str]:
        """What was noted of the newest job, once it has ended."""
        until(lambda: not self.queue(), "the queue to be empty")
        newest = self.numbers()[-1]
        return next(one for one in reversed(self.completed()) if one["JobId"] == newest)

    def close_doors(self) -> None:
        """Start no job from now on; they pend."""
        self.said("scontrol", "update", "partitionname=debug", "state=down")

    def open_doors(self) -> None:
        """Start jobs again."""
        self.said("scontrol", "update", "partitionname=debug", "state=up")

    def emptied(self) -> None:
        """No job is there any more, and both nodes are well."""
        self.open_doors()
        self.said("scancel", "--user=root")
        until(lambda: not self.queue(), "the queue to be empty")
        until(self._is_well, "both nodes to be idle")

    def _is_well(self) -> bool:
        """Whether nothing is wrong with the nodes; those that were taken down are put up again."""
        words = ("sinfo", "--Node", "--noheader", "--partition=debug", "--format=%N %T")
        states = dict(line.split() for line in self.said(*words).splitlines())
        for node, state in states.items():
            if state.startswith(("down", "drain")):
                up = ("scontrol", "update", f"nodename={node}", "state=resume")
                subprocess.run(up, env=self.environ, capture_output=True, timeout=60, check=False)
        return list(states.values()) == ["idle", "idle"]


@contextmanager
def running() -> Iterator[SlurmCluster]:
    """The daemons; each is ended by its own process."""
    with tempfile.TemporaryDirectory(prefix="coevo-slurm-") as name, ExitStack() as daemons:
        folder = Path(name)
        cluster = SlurmCluster(folder, {**os.environ, "SLURM_CONF": str(folder / "slurm.conf")})
        _configure(folder)
        key = folder / "munge.key"
        munge = ("munged", "--foreground", f"--key-file={key}", f"--socket={folder}/munge.sock")
        rest = [f"--{one}-file={folder}/munge.{one}" for one in ("pid", "log", "seed")]
        daemons.enter_context(_daemon(cluster, *munge, *rest, "--force"))
        until((folder / "munge.sock").exists, "munge's socket")
        daemons.enter_context(_daemon(cluster, "slurmctld", "-D", "-c"))
        for node in ("n1", "n2"):
            daemons.enter_context(_daemon(cluster, "slurmd", "-D", "-N", node))
        until(lambda: _idle(cluster) == 2, "both nodes to be idle")
        yield cluster
        cluster.emptied()


def until(claim: object, what: str) -> None:
    """Wait until a call is true; fails after a minute."""
    assert callable(claim)
    give_up = time.monotonic() + PATIENCE_SECONDS
    while not claim():
        assert time.monotonic() < give_up, f"waited in vain for {what}"
        time.sleep(0.05)


def _idle(cluster: SlurmCluster) -> int:
    with suppress(AssertionError):
        said = cluster.said("sinfo", "--Node", "--noheader", "--partition=debug", "--format=%T")
        return said.split().count("idle")
    return 0


def _configure(folder: Path) -> None:
    (folder / "munge.key").write_bytes(secrets.token_bytes(1024))
    (folder / "munge.key").chmod(0o600)
    (folder / "state").mkdir()
    ports = [_free_port() for _ in range(3)]
    said = _CONFIGURATION.format(
        folder=folder,
        host=socket.gethostname().partition(".")[0],
        cpus=os.cpu_count(),
        controller=ports[0],
        first=ports[1],
        second=ports[2],
    )
    (folder / "slurm.conf").write_text(said)
    for number in (0, 1):
        (folder / f"gpu{number}").touch()
    (folder / "gres.conf").write_text(f"NodeName=n1 Name=gpu Type=a100 File={folder}/gpu[0-1]\n")


@contextmanager
def _daemon(cluster: SlurmCluster, *argv: str) -> Iterator[None]:
    environ = {**cluster.environ, "PATH": f"{cluster.environ['PATH']}:/usr/sbin"}
    with (cluster.folder / f"{argv[0]}.out").open("ab") as sink:
        child = subprocess.Popen(argv, env=environ, stdout=sink, stderr=sink)
    try:
        yield
    finally:
        child.terminate()
        try:
            child.wait(10)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port
