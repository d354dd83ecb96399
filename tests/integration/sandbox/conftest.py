"""A sandbox on a real port with a clock that can be moved, and a discord.py client that is logged in."""

from __future__ import annotations

import asyncio
import io
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import discord
import pytest
import yarl
from discord import app_commands
from PIL import Image

from sandbox.app import GATEWAY, REQUESTS, WORLD, serve
from sandbox.discord.rest import TOKEN
from sandbox.options import Options
from sandbox.world import seed
from sandbox.world.interaction import Interaction, InteractionKind

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from aiohttp import web

    from sandbox.discord.gateway import Gateway
    from sandbox.discord.requests import RequestLog
    from sandbox.world.world import World

WAIT_SECONDS = 10


class RunningClock:
    """The machine's clock, moved forward."""

    def __init__(self) -> None:
        self._ahead = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) + self._ahead

    def move(self, seconds: float) -> None:
        self._ahead += timedelta(seconds=seconds)


@dataclass(frozen=True)
class Rig:
    """A running sandbox and what a test turns in it."""

    options: Options
    app: web.Application
    clock: RunningClock

    @property
    def world(self) -> World:
        return self.app[WORLD]

    @property
    def gateway(self) -> Gateway:
        return self.app[GATEWAY]

    @property
    def requests(self) -> RequestLog:
        return self.app[REQUESTS]

    @property
    def api(self) -> str:
        return f"{self.options.address}/discord/api/v10"

    async def until(self, happened: Callable[[], bool]) -> None:
        """Wait until this is so."""
        changed = asyncio.Event()
        unsubscribe = self.world.subscribe(lambda _: changed.set())
        async with asyncio.timeout(WAIT_SECONDS):
            while not happened():
                await changed.wait()
                changed.clear()
        unsubscribe()

    def command(
        self, *, user_id: int = seed.MIA, channel_id: int = seed.ART, name: str = "paint", **options: str
    ) -> Interaction:
        """Run a slash command that need not be registered."""
        given = [{"name": key, "type": 3, "value": value} for key, value in options.items()]
        data = {"id": "1", "name": name, "type": 1, "options": given}
        return self.world.begin_interaction(
            InteractionKind.COMMAND, user_id=user_id, channel_id=channel_id, data=data
        )

    def press(
        self, message_id: int, custom_id: str, *, user_id: int = seed.MIA, channel_id: int = seed.ART
    ) -> Interaction:
        """Press a button of a message."""
        return self.world.begin_interaction(
            InteractionKind.COMPONENT,
            user_id=user_id,
            channel_id=channel_id,
            message_id=message_id,
            data={"custom_id": custom_id, "component_type": 2},
        )


class Bot(discord.Client):
    """A client that hands every interaction and dispatch to the test."""

    def __init__(self, **settings: Any) -> None:
        settings.setdefault("intents", discord.Intents(guilds=True))
        super().__init__(guild_ready_timeout=0.05, enable_debug_events=True, **settings)
        self.tree = app_commands.CommandTree(self)
        self.interactions: asyncio.Queue[discord.Interaction[Any]] = asyncio.Queue()
        self.heard: list[tuple[str, Any]] = []
        self._heard_more = asyncio.Event()

    async def on_interaction(self, interaction: discord.Interaction[Any]) -> None:
        self.interactions.put_nowait(interaction)

    async def on_socket_raw_receive(self, text: str) -> None:
        payload = discord.utils._from_json(text)
        if payload["op"] == 0:
            self.heard.append((payload["t"], payload["d"]))
            self._heard_more.set()

    async def interaction(self) -> discord.Interaction[Any]:
        """Return the next interaction."""
        return await asyncio.wait_for(self.interactions.get(), WAIT_SECONDS)

    async def hears(self, kind: str) -> Any:
        """Return the data of the next dispatch of this kind that was not returned before."""
        async with asyncio.timeout(WAIT_SECONDS):
            while True:
                for index, (heard, data) in enumerate(self.heard):
                    if heard == kind:
                        del self.heard[index]
                        return data
                self._heard_more.clear()
                await self._heard_more.wait()

    def text_channel(self, channel_id: int) -> discord.TextChannel:
        channel = self.get_channel(channel_id)
        assert isinstance(channel, discord.TextChannel)
        return channel


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    clock = RunningClock()
    async with serve(Options(port=0), clock) as (options, app):
        yield Rig(options, app, clock)


@pytest.fixture
def aimed(rig: Rig) -> Iterator[None]:
    """Let discord.py talk to the sandbox."""
    base, gateway = discord.http.Route.BASE, discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY
    discord.http.Route.BASE = rig.api
    discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(
        f"ws://127.0.0.1:{rig.options.port}/discord/gateway"
    )
    yield
    discord.http.Route.BASE = base
    discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = gateway


@asynccontextmanager
async def logged_in(**settings: Any) -> AsyncIterator[Bot]:
    """Run a client until the block ends."""
    bot = Bot(**settings)
    running = asyncio.create_task(bot.start(TOKEN))
    ready = asyncio.create_task(bot.wait_until_ready())
    try:
        await asyncio.sleep(0)
        await asyncio.wait({running, ready}, timeout=WAIT_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        assert bot.is_ready()
        yield bot
    finally:
        ready.cancel()
        await bot.close()
        await asyncio.gather(running, ready, return_exceptions=True)


@pytest.fixture
async def bot(aimed: None) -> AsyncIterator[Bot]:
    async with logged_in() as client:
        yield client


def picture(width: int = 40, height: int = 30) -> bytes:
    """Return a small PNG."""
    out = io.BytesIO()
    Image.new("RGB", (width, height), "teal").save(out, "PNG")
    return out.getvalue()
