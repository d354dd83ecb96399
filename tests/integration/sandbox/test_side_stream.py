"""The stream of events: what each person hears, and when it ends."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import aiohttp
from aiohttp import web
from aiohttp.test_utils import TestServer

from sandbox.clock import MovableClock
from sandbox.discord.permissions import Permission
from sandbox.discord.requests import RequestLog
from sandbox.side.routes import add_routes
from sandbox.world import seed
from sandbox.world.drafts import Draft
from sandbox.world.interaction import InteractionKind
from sandbox.world.models import Overwrite
from tests.integration.sandbox.sides import Side, side

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


class Listener:
    """Reads one stream."""

    def __init__(self, answer: aiohttp.ClientResponse) -> None:
        self.answer = answer

    async def line(self) -> str:
        """Return the next line that is not empty; empty at the end of the stream."""
        async for raw in self.answer.content:
            if raw.strip():
                return raw.decode().strip()
        return ""

    async def event(self) -> dict[str, Any]:
        while True:
            line = await self.line()
            if line.startswith("data: "):
                return dict(json.loads(line.removeprefix("data: ")))
            assert line, "the stream ended"


@asynccontextmanager
async def listening(played: Side, user: int) -> AsyncIterator[Listener]:
    async with played.http.get("/side/events", params={"user": user}) as answer:
        assert answer.headers["Content-Type"].startswith("text/event-stream")
        listener = Listener(answer)
        assert await listener.line() == "retry: 1000"
        yield listener


async def test_several_people_hear_of_a_message() -> None:
    async with side() as played, listening(played, seed.MIA) as mia, listening(played, seed.BEN) as ben:
        played.world.post_message(seed.ART, seed.NOOR, Draft(content="hello"))
        for listener in (mia, ben):
            event = await listener.event()
            assert (event["type"], event["data"]["content"]) == ("MESSAGE_CREATE", "hello")


async def test_nobody_hears_of_what_they_cannot_see() -> None:
    async with side() as played, listening(played, seed.MIA) as mia, listening(played, seed.NOOR) as noor:
        played.world.post_message(seed.STAFF, seed.NOOR, Draft(content="secret"))
        begun = played.world.begin_interaction(
            InteractionKind.COMMAND, user_id=seed.NOOR, channel_id=seed.ART, data={}
        )
        played.world.answer_with_message(begun.id, begun.token, Draft(content="psst"), ephemeral=True)
        played.world.post_message(seed.ART, seed.NOOR, Draft(content="for all"))
        heard = [await noor.event() for _ in range(5)]
        assert [event["type"] for event in heard] == [
            "MESSAGE_CREATE",
            "INTERACTION_UPDATE",
            "MESSAGE_CREATE",
            "INTERACTION_UPDATE",
            "MESSAGE_CREATE",
        ]
        assert heard[3]["data"]["state"] == "answered"
        assert (await mia.event())["data"]["content"] == "for all"


async def test_a_channel_comes_and_goes_with_the_permission_to_see_it() -> None:
    view = int(Permission.VIEW_CHANNEL)
    async with side() as played, listening(played, seed.MIA) as mia:
        played.world.set_overwrite(seed.ART, Overwrite(id=seed.MIA, type=1, deny=view))
        event = await mia.event()
        assert (event["type"], event["data"]["id"]) == ("CHANNEL_DELETE", str(seed.ART))
        assert "permission_overwrites" not in event["data"]
        played.world.set_overwrite(seed.ART, Overwrite(id=seed.MIA, type=1, allow=view))
        event = await mia.event()
        assert event["type"] == "CHANNEL_UPDATE"
        assert int(event["data"]["my_permissions"]) & view


async def test_threads_and_the_bots_presence_are_heard_of() -> None:
    async with side() as played, listening(played, seed.MIA) as mia:
        played.world.set_bot_online(online=True)
        assert await mia.event() == {"type": "BOT_STATUS", "data": {"online": True}}
        thread = played.world.open_thread(seed.ART, seed.BOT, "studio")
        event = await mia.event()
        assert (event["type"], event["data"]["id"]) == ("THREAD_CREATE", str(thread.id))
        assert "my_permissions" in event["data"]


async def test_a_quiet_stream_shows_that_it_lives() -> None:
    async with side(heartbeat_seconds=0.01) as played, listening(played, seed.MIA) as mia:
        assert await mia.line() == ": still here"


async def test_a_stream_ends_when_the_sandbox_does() -> None:
    async with side() as played:
        app = web.Application()
        add_routes(app, world=played.world, request_log=RequestLog(MovableClock()))
        server = TestServer(app)
        await server.start_server()
        address = server.make_url("/side/events?user=101")
        async with aiohttp.ClientSession() as http, http.get(address) as answer:
            listener = Listener(answer)
            await listener.line()
            closing = asyncio.create_task(server.close())
            assert await listener.line() == ""
            await closing


async def test_a_stranger_gets_no_stream() -> None:
    async with side() as played:
        status, answer = await played.call("GET", "/events")
        assert (status, answer["error"]["code"]) == (400, 50035)
