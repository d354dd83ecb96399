"""Turning the world, for tests and for play: channels, roles, members, messages, and what the bot asked for.

Nobody's permission is asked. What happens is told to everyone whom it concerns, as any other change.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, Field

from sandbox.discord import errors, incoming
from sandbox.side import wire
from sandbox.world import shapes
from sandbox.world.channels import ChannelChange
from sandbox.world.models import THREAD_KINDS, Channel, ChannelKind, Overwrite

if TYPE_CHECKING:
    from aiohttp import web

    from sandbox.discord.requests import RequestLog
    from sandbox.world.world import World


class _NewChannel(BaseModel):
    """`owner_id` and `members` are for threads only; the bot owns a thread if nobody is named."""

    guild_id: int
    name: str = Field(min_length=1, max_length=100)
    type: ChannelKind = ChannelKind.TEXT
    parent_id: int | None = None
    nsfw: bool = False
    overwrites: list[Overwrite] = Field(default_factory=list)
    owner_id: int | None = None
    members: list[int] = Field(default_factory=list)


class _ChannelChange(BaseModel):
    """A `parent_id` of 0 takes a channel out of its category."""

    name: str | None = Field(default=None, min_length=1, max_length=100)
    parent_id: int | None = None
    nsfw: bool | None = None
    archived: bool | None = None
    locked: bool | None = None
    overwrites: list[Overwrite] | None = None


class _Overwrite(BaseModel):
    type: Literal[0, 1]
    allow: int = Field(default=0, ge=0)
    deny: int = Field(default=0, ge=0)


class _RoleChange(BaseModel):
    permissions: int = Field(ge=0)


class _NewMember(BaseModel):
    user_id: int
    roles: list[int] = Field(default_factory=list)


class Turning:
    """Handlers below `/side/world`."""

    def __init__(self, world: World, requests: RequestLog) -> None:
        self._world = world
        self._requests = requests

    async def create_channel(self, request: web.Request) -> web.Response:
        """`POST /side/world/channels`; with a thread's type and `parent_id` it opens a thread."""
        wish, _ = await wire.form(request, _NewChannel)
        channel = self._open_thread(wish) if wish.type in THREAD_KINDS else self._create(wish)
        return wire.answer(shapes.channel(self._world, channel), status=201)

    async def change_channel(self, request: web.Request) -> web.Response:
        """`PATCH /side/world/channels/{id}`."""
        wish, _ = await wire.form(request, _ChannelChange)
        channel = self._world.channel(wire.number(request, "id"))
        changes = {
            name: value for name in wish.model_fields_set if (value := getattr(wish, name)) is not None
        }
        if "parent_id" in changes:
            changes["parent_id"] = changes["parent_id"] or None
        if channel.thread is not None and channel.thread.archived and changes == {"archived": True}:
            return wire.answer(shapes.channel(self._world, channel))
        changed = self._world.change_channel(channel.id, ChannelChange(**changes))
        return wire.answer(shapes.channel(self._world, changed))

    async def delete_channel(self, request: web.Request) -> web.Response:
        """`DELETE /side/world/channels/{id}`."""
        self._world.delete_channel(wire.number(request, "id"))
        return wire.nothing()

    async def set_overwrite(self, request: web.Request) -> web.Response:
        """`PUT /side/world/channels/{id}/overwrites/{target}`."""
        wish, _ = await wire.form(request, _Overwrite)
        overwrite = Overwrite(id=wire.number(request, "target"), **wish.model_dump())
        channel = self._world.set_overwrite(wire.number(request, "id"), overwrite)
        return wire.answer(shapes.channel(self._world, channel))

    async def remove_overwrite(self, request: web.Request) -> web.Response:
        """`DELETE /side/world/channels/{id}/overwrites/{target}`."""
        self._world.remove_overwrite(wire.number(request, "id"), wire.number(request, "target"))
        return wire.nothing()

    async def change_role(self, request: web.Request) -> web.Response:
        """`PATCH /side/world/roles/{id}`."""
        wish, _ = await wire.form(request, _RoleChange)
        role = self._world.change_role(wire.number(request, "id"), permissions=wish.permissions)
        return wire.answer(shapes.role(role))

    async def delete_message(self, request: web.Request) -> web.Response:
        """`DELETE /side/world/messages/{channel}/{id}`."""
        self._world.delete_message(wire.number(request, "channel"), wire.number(request, "id"))
        return wire.nothing()

    async def add_member(self, request: web.Request) -> web.Response:
        """`POST /side/world/guilds/{guild}/members`; someone who is in already keeps their place."""
        wish, _ = await wire.form(request, _NewMember)
        guild = self._world.guild(wire.number(request, "guild"))
        known = guild.members.get(wish.user_id)
        member = known or self._world.add_member(guild.id, wish.user_id, wish.roles)
        return wire.answer(shapes.member(self._world, member), status=200 if known else 201)

    async def remove_member(self, request: web.Request) -> web.Response:
        """`DELETE /side/world/guilds/{guild}/members/{user}`."""
        self._world.remove_member(wire.number(request, "guild"), wire.number(request, "user"))
        return wire.nothing()

    async def requests(self, request: web.Request) -> web.Response:
        """`GET /side/world/requests`."""
        since = incoming.numbered(request.query, "since") or 0
        return wire.answer([one.shape() for one in self._requests.since(since)])

    async def all_messages(self, request: web.Request) -> web.Response:
        """`GET /side/world/threads/{id}/messages`: oldest first, private ones included."""
        history = self._world.history(wire.number(request, "id"))
        return wire.answer([shapes.message(self._world, message) for message in history])

    def _create(self, wish: _NewChannel) -> Channel:
        return self._world.create_channel(
            wish.guild_id,
            wish.name,
            wish.type,
            parent_id=wish.parent_id,
            nsfw=wish.nsfw,
            overwrites=wish.overwrites,
        )

    def _open_thread(self, wish: _NewChannel) -> Channel:
        parent = self._world.channel(wish.parent_id or 0)
        if parent.guild_id != wish.guild_id:
            raise errors.unknown_channel()
        owner_id = self._world.user(wish.owner_id or self._world.bot_id).id
        thread = self._world.open_thread(parent.id, owner_id, wish.name, kind=wish.type)
        for member in wish.members:
            self._world.join_thread(thread.id, self._world.user(member).id)
        return thread
