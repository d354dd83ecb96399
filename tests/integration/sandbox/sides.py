"""A served user's side over a world in memory, and a player who calls it."""

from __future__ import annotations

import json
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import aiohttp
from aiohttp import web
from aiohttp.test_utils import TestServer

from sandbox.clock import MovableClock
from sandbox.discord.requests import RequestLog
from sandbox.side.routes import add_routes
from sandbox.world import seed
from sandbox.world.files import MemoryFiles
from sandbox.world.links import Links
from sandbox.world.world import World

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from sandbox.world.events import Event


@dataclass
class Side:
    """The world, its clock, what the bot was told, and a way to call the user's side."""

    world: World
    clock: MovableClock
    log: RequestLog
    http: aiohttp.ClientSession
    told: list[Event]

    async def call(self, method: str, path: str, **options: Any) -> tuple[int, Any]:
        async with self.http.request(method, f"/side{path}", **options) as answer:
            raw = await answer.read()
            return answer.status, json.loads(raw) if raw else None

    async def get(self, path: str, **query: Any) -> Any:
        status, answer = await self.call("GET", path, params=query)
        assert status == 200, answer
        return answer

    async def do(self, path: str, **body: Any) -> Any:
        status, answer = await self.call("POST", path, json=body)
        assert status == 201, answer
        return answer

    async def refused(self, path: str, *, method: str = "POST", **body: Any) -> tuple[int, int]:
        status, answer = await self.call(method, path, json=body)
        assert status >= 400, answer
        assert answer["error"]["status"] == status
        return status, answer["error"]["code"]

    async def upload(self, path: str, body: dict[str, Any], files: dict[str, bytes]) -> tuple[int, Any]:
        form = aiohttp.FormData()
        form.add_field("payload_json", json.dumps(body))
        for name, content in files.items():
            form.add_field(f"files[{name}]", content, filename="a file.png")
        return await self.call("POST", path, data=form)

    def heard(self) -> dict[str, Any]:
        """Return the payload of the latest interaction that the bot was told of."""
        return [event.data for event in self.told if event.type == "INTERACTION_CREATE"][-1]


@asynccontextmanager
async def side(**options: Any) -> AsyncIterator[Side]:
    clock = MovableClock()
    links = Links(clock=clock, base_url="http://cdn")
    world = World(clock=clock, files=MemoryFiles(), links=links)
    seed.plant(world)
    told: list[Event] = []
    world.subscribe(told.append)
    log = RequestLog(clock)
    app = web.Application()
    add_routes(app, world=world, request_log=log, **options)
    async with TestServer(app) as server, aiohttp.ClientSession(str(server.make_url("/"))) as http:
        yield Side(world, clock, log, http, told)
