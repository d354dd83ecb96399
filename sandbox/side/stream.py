"""The stream of events for one person, as server-sent events.

What a person may hear of is decided at the moment of the event. A channel that somebody can no longer see is
gone for them, and one that they now see is new. Each stream has its own queue; one that is not read is ended.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

from aiohttp import web

from sandbox.side import wire
from sandbox.side.looking import channel_for

if TYPE_CHECKING:
    from sandbox.world.events import Event
    from sandbox.world.world import World

_WAITING_MOST: Final = 10_000
_GONE: Final = {"CHANNEL_UPDATE": "CHANNEL_DELETE", "THREAD_UPDATE": "THREAD_DELETE"}
_PLACES: Final = frozenset({"CHANNEL_CREATE", "CHANNEL_UPDATE", "THREAD_CREATE", "THREAD_UPDATE"})
_HEADERS: Final = {
    "Content-Type": "text/event-stream",
    "Cache-Control": "no-cache",
    "X-Accel-Buffering": "no",
}

Queue = asyncio.Queue[str | None]


class Streams:
    """All open streams. `heartbeat_seconds` is how often a quiet one shows that it lives."""

    def __init__(self, world: World, *, heartbeat_seconds: float = 15) -> None:
        self._world = world
        self._heartbeat_seconds = heartbeat_seconds
        self._queues: set[Queue] = set()
        self._ended = False

    async def events(self, request: web.Request) -> web.StreamResponse:
        """`GET /side/events`."""
        user_id = wire.asker(self._world, request).id
        queue: Queue = asyncio.Queue()

        def hear(event: Event) -> None:
            if queue.qsize() >= _WAITING_MOST:
                queue.put_nowait(None)
            elif (told := told_to(self._world, user_id, event)) is not None:
                queue.put_nowait(f"data: {wire.encoded(told)}\n\n")

        response = web.StreamResponse(headers=_HEADERS)
        # Whatever happens after this line is heard, also while the headers are on their way.
        unsubscribe = self._world.subscribe(hear)
        self._queues.add(queue)
        try:
            await response.prepare(request)
            await response.write(b"retry: 1000\n\n")
            await self._pass_on(response, queue)
        except ConnectionError:
            pass
        finally:
            unsubscribe()
            self._queues.discard(queue)
        return response

    async def end(self, _: web.Application) -> None:
        """End all streams; an open one would hold up the shutdown."""
        self._ended = True
        for queue in self._queues:
            queue.put_nowait(None)

    async def _pass_on(self, response: web.StreamResponse, queue: Queue) -> None:
        while not self._ended:
            try:
                text = await asyncio.wait_for(queue.get(), self._heartbeat_seconds)
            except TimeoutError:
                text = ": still here\n\n"
            if text is None:
                return
            await response.write(text.encode())


def told_to(world: World, user_id: int, event: Event) -> dict[str, Any] | None:
    """Return what this person hears of an event; None if nothing."""
    if not world.sees(user_id, event):
        return None
    channel = world.channels.get(event.channel_id or 0)
    if event.type not in _PLACES or channel is None:
        return {"type": event.type, "data": event.data}
    if not world.can_view(user_id, channel.id):
        left = {key: event.data[key] for key in ("id", "guild_id", "parent_id", "type") if key in event.data}
        return {"type": _GONE[event.type], "data": left} if event.type in _GONE else None
    return {"type": event.type, "data": {**event.data, **channel_for(world, channel, user_id)}}
