"""The live stream: events of the store as server-sent events, resumed by their ids."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Annotated

from anyio.to_thread import run_sync
from fastapi import APIRouter, Depends, Header, Query, Request
from fastapi.sse import EventSourceResponse, ServerSentEvent

from dashboard.web.parameters import LARGEST, NAME
from dashboard.web.problems import Problem, Refusal
from dashboard.web.services import Following, Services
from orchestrator.views import Event

router = APIRouter(prefix="/api/v1", tags=["events"])
_POLL_SECONDS = 0.25
_KEEP_ALIVE_SECONDS = 15.0
_RETRY_MILLISECONDS = 1500
_BATCH = 500
_STREAMS_AT_MOST = 200


class Tail:
    """Watches the newest event's id for all streams at once, only while there are any."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._streams = 0
        self._newest = 0
        self._moved = asyncio.Condition()
        self._watch: asyncio.Task[None] | None = None
        self._closed = False
        self._lag: timedelta | None = None

    @property
    def following(self) -> Following:
        """How many pages follow, and how far behind what happens they are."""
        return Following(self._streams, self._lag)

    def handed(self, event: Event) -> None:
        """An event that had been waited for goes out now."""
        self._lag = max(timedelta(), self._services.now() - event.at)

    @property
    def newest(self) -> int:
        """The newest id seen; 0 before the first look."""
        return self._newest

    @property
    def is_closed(self) -> bool:
        """Whether the server is stopping."""
        return self._closed

    @asynccontextmanager
    async def stream(self) -> AsyncIterator[None]:
        """The life of one stream."""
        self._streams += 1
        if self._watch is None or self._watch.done():
            self._watch = asyncio.create_task(self._watching())
        try:
            yield
        finally:
            self._streams -= 1

    def has_room(self) -> bool:
        """Whether one more stream may begin."""
        return self._streams < _STREAMS_AT_MOST

    async def beyond(self, after: int) -> None:
        """Wait until there is an event newer than `after`, the server stops, or time passes."""
        async with self._moved:
            try:
                async with asyncio.timeout(_KEEP_ALIVE_SECONDS):
                    await self._moved.wait_for(lambda: self._newest > after or self._closed)
            except TimeoutError:
                return

    async def close(self) -> None:
        """End all streams, so that a server that stops need not wait for them."""
        self._closed = True
        await self._announce()

    async def _watching(self) -> None:
        while self._streams and not self._closed:
            newest = await run_sync(self._services.version)
            if newest != self._newest:
                self._newest = newest
                await self._announce()
            await asyncio.sleep(_POLL_SECONDS)

    async def _announce(self) -> None:
        async with self._moved:
            self._moved.notify_all()


def admitted(request: Request) -> Tail:
    """The tail, if one more stream may begin."""
    tail: Tail = request.app.state.tail
    if not tail.has_room():
        raise Refusal(Problem(503, "Too many streams are open", "ask again in a minute"))
    return tail


@router.get(
    "/events",
    response_class=EventSourceResponse,
    summary="What happens, as server-sent events",
    responses={503: {"description": "Too many streams are open"}},
)
async def events(
    request: Request,
    tail: Annotated[Tail, Depends(admitted)],
    matrix: Annotated[str | None, Query(pattern=NAME)] = None,
    after: Annotated[int | None, Query(ge=0, le=LARGEST)] = None,
    last_event_id: Annotated[str | None, Header()] = None,
) -> AsyncIterator[ServerSentEvent]:
    """Events newer than `Last-Event-ID` (or `after`, or now), of one matrix or of all."""
    services: Services = request.app.state.office.services
    cursor = _number(last_event_id) if last_event_id else after
    waited = False
    async with tail.stream():
        if cursor is None:
            cursor = await run_sync(services.version)
        yield ServerSentEvent(comment="connected", retry=_RETRY_MILLISECONDS)
        while not tail.is_closed:
            newest = tail.newest
            batch = await run_sync(services.events, cursor, matrix, _BATCH)
            for event in batch:
                cursor = event.id
                yield _sent(event)
            if batch and waited:
                tail.handed(batch[-1])
            if len(batch) < _BATCH:
                cursor = max(cursor, newest)  # what is of other matrices is passed over
                await tail.beyond(cursor)
                waited = True


def _number(text: str) -> int:
    return min(int(text), LARGEST) if text.isascii() and text.isdigit() else 0


def _sent(event: Event) -> ServerSentEvent:
    return ServerSentEvent(raw_data=event.data or "{}", event=event.kind, id=str(event.id))
