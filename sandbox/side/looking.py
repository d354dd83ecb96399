"""What a person sees: people, servers with their channels, messages, and how an interaction stands.

Nothing changes by looking. Whatever this person could not see in Discord is left out or refused. What
happens while one looks comes by `sandbox.side.stream`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sandbox.discord import access, errors, incoming
from sandbox.discord.permissions import Permission
from sandbox.side import wire
from sandbox.world import payloads, shapes

if TYPE_CHECKING:
    from aiohttp import web

    from sandbox.world.models import Channel, Command, Guild, User
    from sandbox.world.world import World

#: Discord's documentation: limit is between 1 and 100, 50 by default.
_PAGE: Final = 50
_MOST: Final = 100


class Looking:
    """Handlers that change nothing."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def people(self, _: web.Request) -> web.Response:
        """`GET /side/people`."""
        return wire.answer([_person(self._world, user) for user in self._world.users.values()])

    async def state(self, request: web.Request) -> web.Response:
        """`GET /side/state`."""
        world = self._world
        user = wire.asker(world, request)
        guilds = [guild for guild in world.guilds.values() if user.id in guild.members]
        direct = [c for c in world.channels.values() if user.id in c.recipients]
        return wire.answer(
            {
                "user": shapes.user(user),
                "guilds": [_guild(world, guild, user) for guild in guilds],
                "direct_channels": [channel_for(world, channel, user.id) for channel in direct],
                "commands": [shapes.command(one) for one in _commands(world, user)],
                "bot_online": world.bot_online,
            },
        )

    async def messages(self, request: web.Request) -> web.Response:
        """`GET /side/channels/{channel}/messages`: newest first."""
        world, channel_id = self._world, wire.number(request, "channel")
        user = wire.asker(world, request)
        access.view(world, user.id, channel_id)
        limit = incoming.numbered(request.query, "limit") or _PAGE
        before = incoming.numbered(request.query, "before")
        if Permission.READ_MESSAGE_HISTORY not in world.permissions(user.id, channel_id):
            return wire.answer([])
        seen = [
            message
            for message in reversed(world.history(channel_id))
            if world.sees_message(user.id, message) and (before is None or message.id < before)
        ]
        return wire.answer([shapes.message(world, message) for message in seen[: min(limit, _MOST)]])

    async def interaction(self, request: web.Request) -> web.Response:
        """`GET /side/interactions/{id}`: only for whoever began it."""
        user = wire.asker(self._world, request)
        interaction = self._world.interaction(wire.number(request, "id"))
        if interaction.user_id != user.id:
            raise errors.unknown_interaction()
        return wire.answer(payloads.interaction_update(interaction))


def channel_for(world: World, channel: Channel, user_id: int) -> dict[str, Any]:
    """Return a channel or thread with what this person may do in it."""
    shape = shapes.channel(world, channel, viewer=user_id)
    return {**shape, "my_permissions": str(int(world.permissions(user_id, channel.id)))}


def _person(world: World, user: User) -> dict[str, Any]:
    return {
        "id": str(user.id),
        "username": user.username,
        "global_name": user.global_name,
        "bot": user.bot,
        "role": _role_word(world, user),
    }


def _role_word(world: World, user: User) -> str:
    """Name what somebody is: by ownership first, then by their highest role."""
    if user.bot:
        return "app"
    for guild in world.guilds.values():
        if guild.owner_id == user.id:
            return "owner"
        member = guild.members.get(user.id)
        roles = [guild.roles[role] for role in member.roles if role in guild.roles] if member else []
        if roles:
            return max(roles, key=lambda role: role.position).name.lower()
    return "member"


def _guild(world: World, guild: Guild, user: User) -> dict[str, Any]:
    def visible(channels: list[Channel]) -> list[dict[str, Any]]:
        return [channel_for(world, one, user.id) for one in channels if world.can_view(user.id, one.id)]

    return {
        "id": str(guild.id),
        "name": guild.name,
        "owner_id": str(guild.owner_id),
        "roles": [shapes.role(role) for role in sorted(guild.roles.values(), key=lambda role: role.position)],
        "members": [shapes.member(world, member) for member in guild.members.values()],
        "channels": visible(world.channels_of(guild.id)),
        "threads": visible(world.threads_of(guild.id)),
    }


def _commands(world: World, user: User) -> list[Command]:
    """Return the commands that this person may run in at least one place that they see."""
    places = [channel_id for channel_id in world.channels if world.can_view(user.id, channel_id)]
    return [
        command
        for command in world.commands.values()
        if any(world.may_use(user.id, command, place) for place in places)
    ]
