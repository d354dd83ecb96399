"""The world in a folder: `world.json` with everything but the bytes of files, which are in `files/`.

It is written to another file first and put in place at once, so that a crash leaves the last whole one.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from typing import TYPE_CHECKING

from pydantic import BaseModel

from sandbox.world.interaction import Interaction
from sandbox.world.models import Attachment, Channel, Command, Guild, Message, User
from sandbox.world.snowflakes import Snowflakes

if TYPE_CHECKING:
    from pathlib import Path

    from sandbox.world.world import World

_log = logging.getLogger(__name__)

#: How long changes are collected before they are written, in seconds.
_COLLECT_SECONDS = 1.0


class Saved(BaseModel):
    """Everything in a world that outlives the process."""

    last_id: int
    users: list[User]
    guilds: list[Guild]
    channels: list[Channel]
    messages: list[Message]
    commands: list[Command]
    interactions: list[Interaction]
    option_files: list[Attachment]


def dump(world: World) -> str:
    """Return the world as JSON."""
    saved = Saved(
        last_id=world.ids.next(),
        users=list(world.users.values()),
        guilds=list(world.guilds.values()),
        channels=list(world.channels.values()),
        messages=[one for channel in world.messages.values() for one in channel.values()],
        commands=list(world.commands.values()),
        interactions=list(world.interactions.values()),
        option_files=[one for one in world.attachments.values() if one.channel_id is None],
    )
    return saved.model_dump_json()


def load(world: World, text: str) -> None:
    """Fill an empty world from JSON; pydantic's `ValidationError` if it is not a world."""
    saved = Saved.model_validate_json(text)
    world.ids = Snowflakes(world.clock, last=saved.last_id)
    world.users = {one.id: one for one in saved.users}
    world.guilds = {one.id: one for one in saved.guilds}
    world.channels = {one.id: one for one in saved.channels}
    world.commands = {one.id: one for one in saved.commands}
    world.restore_interactions(saved.interactions)
    for message in saved.messages:
        world.messages.setdefault(message.channel_id, {})[message.id] = message
        world.attachments |= {one.id: one for one in message.attachments}
    world.attachments |= {one.id: one for one in saved.option_files}


class Keeper:
    """Writes a world down whenever it has changed."""

    def __init__(self, world: World, path: Path) -> None:
        self._world = world
        self._path = path
        self._changed = asyncio.Event()
        self._unsubscribe = world.subscribe(lambda _: self._changed.set())
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to write."""
        self._task = asyncio.create_task(self._run(), name="sandbox keeper")

    async def close(self) -> None:
        """Write the last state and stop."""
        self._unsubscribe()
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        await self._write()

    async def _run(self) -> None:
        while True:
            await self._changed.wait()
            await asyncio.sleep(_COLLECT_SECONDS)
            self._changed.clear()
            try:
                await self._write()
            except OSError:
                _log.exception("the world could not be written to %s; it is tried again", self._path)
                self._changed.set()

    async def _write(self) -> None:
        text = dump(self._world)
        await asyncio.to_thread(_replace, self._path, text)


def _replace(path: Path, text: str) -> None:
    beside = path.with_suffix(".new")
    beside.write_text(text, encoding="utf-8")
    beside.replace(path)
