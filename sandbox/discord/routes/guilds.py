"""Servers as the bot reads them: themselves, their channels, roles, members and open threads.

Nothing is changed here: `/side/world` turns roles and members, and a channel has its own routes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

from sandbox.discord import access, incoming
from sandbox.discord.answers import answer
from sandbox.world import shapes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sandbox.world.world import World


class GuildRoutes:
    """Routes below `/guilds`."""

    def __init__(self, world: World) -> None:
        self._world = world

    def table(self) -> Sequence[web.RouteDef]:
        """Return all routes."""
        return [
            web.get(r"/guilds/{guild:\d+}", self.guild),
            web.get(r"/guilds/{guild:\d+}/channels", self.channels),
            web.get(r"/guilds/{guild:\d+}/roles", self.roles),
            web.get(r"/guilds/{guild:\d+}/members", self.members),
            web.get(r"/guilds/{guild:\d+}/members/{user:\d+}", self.member),
            web.get(r"/guilds/{guild:\d+}/threads/active", self.active_threads),
        ]

    async def guild(self, request: web.Request) -> web.Response:
        """Return a server."""
        guild = self._world.guild(self._id(request))
        counts = {"approximate_member_count": len(guild.members), "approximate_presence_count": 0}
        with_counts = request.query.get("with_counts") in {"1", "true"}
        return answer({**shapes.guild(self._world, guild), **(counts if with_counts else {})})

    async def channels(self, request: web.Request) -> web.Response:
        """Return its channels without threads."""
        found = self._world.channels_of(self._id(request))
        return answer([shapes.channel(self._world, channel) for channel in found])

    async def roles(self, request: web.Request) -> web.Response:
        """Return its roles."""
        roles = self._world.guild(self._id(request)).roles.values()
        return answer([shapes.role(role) for role in roles])

    async def members(self, request: web.Request) -> web.Response:
        """Return who is in it, by id."""
        members = self._world.guild(self._id(request)).members
        after = incoming.numbered(request.query, "after") or 0
        limit = incoming.numbered(request.query, "limit") or 1
        found = [members[user] for user in sorted(members) if user > after][:limit]
        return answer([shapes.member(self._world, member) for member in found])

    async def member(self, request: web.Request) -> web.Response:
        """Return one who is in it."""
        member = self._world.member(self._id(request), int(request.match_info["user"]))
        return answer(shapes.member(self._world, member))

    async def active_threads(self, request: web.Request) -> web.Response:
        """Return the open threads that the bot sees."""
        bot = self._world.bot_id
        found = [
            thread
            for thread in self._world.threads_of(self._id(request))
            if not thread.thread_state().archived and self._world.can_view(bot, thread.id)
        ]
        joined = [thread for thread in found if bot in thread.thread_state().members]
        return answer(
            {
                "threads": [shapes.channel(self._world, thread, viewer=bot) for thread in found],
                "members": [shapes.thread_member(thread, bot) for thread in joined],
            }
        )

    def _id(self, request: web.Request) -> int:
        guild_id = int(request.match_info["guild"])
        access.member_of(self._world, self._world.bot_id, guild_id)
        return guild_id
