"""Our side of a Ray cluster: connect, call with deadlines, let go. Every Ray call is made here.

Ray's own calls block, so they are made in one thread; what an actor answers is awaited, and never
without a deadline, because Ray may wait for ever for a node that has died.
"""

from __future__ import annotations

import asyncio
import importlib
import logging
import os
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from typing import Any, Protocol, TypeVar

from matrix.errors import CoevoError
from orchestrator.dispatch import ray_making
from orchestrator.dispatch.ray_making import NAMESPACE, Plan

T = TypeVar("T")
LOG = logging.getLogger(__name__)
CONNECT_SECONDS = 60.0
CALL_SECONDS = 20.0
LET_GO_SECONDS = 1.0
SHUTDOWN_SECONDS = 30.0  # Ray's own takes 5 s where its raylet is dead
MISMATCH = "ersion mismatch"
# A driver whose cluster has died would be ended by Ray itself after 60 s.
DRIVER_ENVIRONMENT = {"RAY_gcs_rpc_server_reconnect_timeout_s": "86400"}


class Unknown(Exception):  # noqa: N818 - what Ray could not tell, which is no verdict
    """Ray did not answer in time, or says that an actor cannot be reached now."""


class Dead(Exception):  # noqa: N818 - a state of the machine
    """Ray says that an actor is dead, or that there is none of that name."""


class Cluster(Protocol):
    """What is asked of a cluster, whoever owns it. The methods block."""

    is_ours: bool

    def start(self) -> str:
        """The address of a cluster that answers."""
        ...

    def address(self) -> str | None:
        """The address, None where nothing answers."""
        ...

    def environment(self) -> dict[str, str]:
        """What a driver must have set."""
        ...

    def beat(self) -> None:
        """Say that we are here."""
        ...

    def end(self) -> None:
        """End it, where it is ours."""
        ...

    def abandon(self) -> None:
        """Tell it to end, where it is ours; does not block."""
        ...


class Driver:
    """One connection at a time, from one thread."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="ray")
        self._ray: Any = None
        self._leaving: Future[None] | None = None

    async def call(self, work: Callable[[], T], seconds: float = CALL_SECONDS) -> T:
        """What a blocking call answers. Raises Unknown when it takes too long."""
        loop = asyncio.get_running_loop()
        try:
            return await asyncio.wait_for(loop.run_in_executor(self._thread, work), seconds)
        except TimeoutError as error:
            self._abandon_thread()
            raise Unknown("Ray did not answer in time") from error

    def _abandon_thread(self) -> None:
        """It hangs in Ray; the next call gets a thread of its own."""
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="ray")

    async def connect(self, cluster: Cluster, address: str) -> None:
        """Be a driver of the cluster. Raises CoevoError."""
        os.environ.update({**DRIVER_ENVIRONMENT, **cluster.environment()})
        try:
            await self._left()
            await self.call(lambda: self._connect(address), CONNECT_SECONDS)
        except Unknown as error:
            problem = f"the Ray cluster at {address} accepts no driver"
            raise CoevoError.because(problem, "see its logs: ray status") from error

    async def disconnect(self) -> None:
        """Let go of the cluster, dead or alive.

        A connection that is just being made is awaited for a moment: Ray ends a process whose
        cluster goes away meanwhile.
        """
        with suppress(Unknown):
            await self.call(lambda: None, LET_GO_SECONDS)
        if self._ray is None:
            return
        self._leaving = self._thread.submit(self._ray.shutdown)
        leaving = asyncio.wrap_future(self._leaving)
        await asyncio.wait([leaving], timeout=LET_GO_SECONDS)
        if not leaving.done():
            self._abandon_thread()

    async def _left(self) -> None:
        """A shutdown that goes on behind our deadline would undo a connection made meanwhile.

        Raises Unknown where it does not end.
        """
        if self._leaving is None:
            return
        leaving = asyncio.wrap_future(self._leaving)
        await asyncio.wait([leaving], timeout=SHUTDOWN_SECONDS)
        if not leaving.done():
            raise Unknown("Ray does not let go of its last cluster")
        self._leaving = None

    def _connect(self, address: str) -> None:
        self._ray = _connected(address)

    def close(self) -> None:
        """Let the thread go."""
        self._thread.shutdown(wait=False)

    async def nodes(self) -> list[dict[str, Any]]:
        """What `ray.nodes()` says."""
        return await self.call(lambda: list(self._ray.nodes()))

    async def names(self, prefix: str) -> list[str]:
        """The names of the living actors of ours that begin so."""
        listed = await self.call(self._ray.util.list_named_actors)
        return sorted(name for name in listed if name.startswith(prefix))

    async def actor(self, name: str) -> Any:  # noqa: ANN401 - Ray types no handles
        """The handle of a named actor. Raises Dead where there is none."""
        try:
            return await self.call(lambda: self._ray.get_actor(name, namespace=NAMESPACE))
        except ValueError as error:
            raise Dead(str(error)) from error

    async def make(
        self, plan: Plan, kit: bytes, about: Mapping[str, Any], *args: object
    ) -> list[Any]:
        """The handles of a new slot's actors, one a node; Ray places them in its own time.

        Raises Dead where what bears the name is still being ended.
        """
        from ray import exceptions  # noqa: PLC0415 - Ray is imported once it is used

        try:
            return await self.call(lambda: ray_making.made(self._ray, plan, kit, about, args))
        except exceptions.RayError as error:
            raise Dead(_first_line(error)) from error

    async def ask(self, call: Callable[[], Awaitable[T]], seconds: float) -> T:
        """An actor's answer within the deadline. Raises Unknown or Dead."""
        from ray import exceptions  # noqa: PLC0415 - Ray is imported once it is used

        try:
            future = call().future()  # type: ignore[attr-defined]  # an ObjectRef's own
            return await asyncio.wait_for(asyncio.wrap_future(future), seconds)
        except exceptions.ActorUnavailableError as error:
            raise Unknown(_first_line(error)) from error
        except TimeoutError as error:
            raise Unknown(f"no answer in {seconds:.0f} s") from error
        except exceptions.RayError as error:
            raise Dead(_first_line(error)) from error

    async def kill(self, name: str) -> None:
        """End an actor, and the placement group that was made for it."""
        with suppress(Unknown):
            await self.call(lambda: _killed(self._ray, name))


def _connected(address: str) -> Any:  # noqa: ANN401 - a module
    import ray  # noqa: PLC0415 - takes seconds, and only a server with Ray needs it

    # Ray's import gives its logger a handler on standard error, which is for people here.
    logging.getLogger("ray").setLevel(logging.ERROR)
    # Ray's driver prints what befalls a raylet on standard output, where our JSON belongs.
    importlib.import_module("ray._private.worker").print_to_stdstream = _logged  # type: ignore[attr-defined] # a module's own name
    try:
        ray.init(
            address=address,
            namespace=NAMESPACE,
            log_to_driver=False,
            logging_level=logging.ERROR,
            configure_logging=False,
        )
    except RuntimeError as error:
        raise _explained(address, error) from error
    except (ConnectionError, _exceptions(ray).AuthenticationError) as error:
        raise CoevoError.because(
            f"the Ray cluster at {address} does not let us in: {_first_line(error)}",
            "set RAY_AUTH_TOKEN_PATH to a file with its token",
        ) from error
    return ray


def _logged(said: Mapping[str, Any], **_: object) -> None:
    LOG.warning("ray says: %s", " ".join(said.get("lines", ()))[:2000])


def _exceptions(ray: Any) -> Any:  # noqa: ANN401 - a module
    """Ray's exceptions."""
    from ray import exceptions  # noqa: PLC0415 - after ray itself

    assert ray
    return exceptions


def _explained(address: str, error: RuntimeError) -> CoevoError:
    if MISMATCH not in str(error):
        return CoevoError.because(f"no connection to Ray at {address}: {_first_line(error)}")
    told = " ".join(str(error).split())
    return CoevoError.because(
        f"the Ray cluster at {address} has another Ray or Python: {told}",
        "both sides need the same Ray and the same Python, to the patch level",
    )


def _killed(ray: Any, name: str) -> None:  # noqa: ANN401 - Ray's
    with suppress(ValueError):
        ray.kill(ray.get_actor(name, namespace=NAMESPACE))
    with suppress(ValueError):
        ray.util.remove_placement_group(ray.util.get_placement_group(name))


def _first_line(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__
