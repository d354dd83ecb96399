"""The bot about itself: its user, its application, where the gateway is, and its direct conversations.

Other people are read by their id alone. What the gateway says is in `sandbox.discord.gateway`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

from sandbox.discord import errors, incoming
from sandbox.discord.answers import answer
from sandbox.discord.permissions import NOTHING
from sandbox.world import shapes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sandbox.world.world import World

#: GATEWAY_MESSAGE_CONTENT_LIMITED and APPLICATION_COMMAND_BADGE.
_FLAGS = 1 << 19 | 1 << 23


class UserRoutes:
    """Routes below `/users`, `/applications/@me` and `/gateway`."""

    def __init__(self, world: World, *, gateway_url: str) -> None:
        self._world = world
        self._gateway_url = gateway_url

    def table(self) -> Sequence[web.RouteDef]:
        """Return all routes."""
        return [
            web.get("/users/@me", self.me),
            web.get("/users/@me/guilds", self.guilds),
            web.post("/users/@me/channels", self.open_dm),
            web.get(r"/users/{user:\d+}", self.user),
            web.get("/oauth2/applications/@me", self.application),
            web.get("/applications/@me", self.application),
            web.get("/gateway", self.gateway),
            web.get("/gateway/bot", self.gateway_for_bots),
        ]

    async def me(self, _: web.Request) -> web.Response:
        """Return the bot's user."""
        bot = shapes.user(self._world.user(self._world.bot_id))
        return answer({**bot, "verified": True, "mfa_enabled": True, "locale": "en-US", "email": None})

    async def user(self, request: web.Request) -> web.Response:
        """Return anybody's user."""
        return answer(shapes.user(self._world.user(int(request.match_info["user"]))))

    async def guilds(self, _: web.Request) -> web.Response:
        """Return the servers that the bot is in."""
        found = [g for g in self._world.guilds.values() if self._world.bot_id in g.members]
        return answer(
            [
                {
                    "id": str(guild.id),
                    "name": guild.name,
                    "icon": None,
                    "banner": None,
                    "owner": guild.owner_id == self._world.bot_id,
                    "permissions": str(int(self._guild_permissions(guild.id))),
                    "features": [],
                }
                for guild in found
            ]
        )

    async def open_dm(self, request: web.Request) -> web.Response:
        """Return the conversation with someone."""
        recipient = (await incoming.read(request)).fields().get("recipient_id")
        if not str(recipient or "").isdigit() or int(str(recipient)) == self._world.bot_id:
            raise errors.cannot_send_to_user()
        return answer(shapes.channel(self._world, self._world.open_dm(int(str(recipient)))))

    async def application(self, _: web.Request) -> web.Response:
        """Return the bot's application."""
        bot = self._world.user(self._world.bot_id)
        owner = next(iter(self._world.guilds.values())).owner_id
        return answer(
            {
                "id": str(bot.id),
                "name": bot.global_name,
                "description": "",
                "icon": None,
                "bot": shapes.user(bot),
                "bot_public": True,
                "bot_require_code_grant": False,
                "owner": shapes.user(self._world.user(owner)),
                "team": None,
                "verify_key": "0" * 64,
                "flags": _FLAGS,
                "rpc_origins": [],
                "tags": [],
                "redirect_uris": [],
                "interactions_endpoint_url": None,
                "role_connections_verification_url": None,
                "integration_types_config": {"0": {}},
                "approximate_guild_count": len(self._world.guilds),
            }
        )

    async def gateway(self, _: web.Request) -> web.Response:
        """Return where the gateway is."""
        return answer({"url": self._gateway_url})

    async def gateway_for_bots(self, _: web.Request) -> web.Response:
        """Return where the gateway is and how many sessions may be begun."""
        limit = {"total": 1000, "remaining": 1000, "reset_after": 0, "max_concurrency": 1}
        return answer({"url": self._gateway_url, "shards": 1, "session_start_limit": limit})

    def _guild_permissions(self, guild_id: int) -> int:
        guild = self._world.guild(guild_id)
        held = int(NOTHING)
        for role in (guild_id, *guild.members[self._world.bot_id].roles):
            held |= guild.roles[role].permissions
        return held
