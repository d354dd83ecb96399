"""Discord's REST API below one prefix: its routes, who may call them, and how refusals are answered.

A route that is not modelled is answered with 501 and a warning; nothing here makes up a success.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from aiohttp import web

from sandbox.discord import errors
from sandbox.discord.errors import DiscordError
from sandbox.discord.routes.attachments import AttachmentRoutes
from sandbox.discord.routes.channels import ChannelRoutes
from sandbox.discord.routes.commands import CommandRoutes
from sandbox.discord.routes.guilds import GuildRoutes
from sandbox.discord.routes.interactions import InteractionRoutes
from sandbox.discord.routes.messages import MessageRoutes
from sandbox.discord.routes.threads import ThreadRoutes
from sandbox.discord.routes.users import UserRoutes

if TYPE_CHECKING:
    from aiohttp.typedefs import Handler, Middleware

    from sandbox.discord.ratelimits import RateLimiter
    from sandbox.world.world import World

_log = logging.getLogger(__name__)

API: Final = "/discord/api/v10"
TOKEN: Final = "sandbox-token"  # noqa: S105 - the sandbox's documented token, which opens nothing else

#: What is reached without a bot's token; interactions and webhooks have their own in the address.
_OPEN: Final = ("/interactions/", "/webhooks/")


def add_routes(app: web.Application, *, world: World, limiter: RateLimiter, gateway_url: str) -> None:
    """Add every route of the API, and the refusal of all others."""
    for routes in (
        UserRoutes(world, gateway_url=gateway_url),
        CommandRoutes(world),
        ChannelRoutes(world, limiter),
        MessageRoutes(world, limiter),
        ThreadRoutes(world),
        GuildRoutes(world),
        InteractionRoutes(world),
        AttachmentRoutes(world),
    ):
        for route in routes.table():
            app.router.add_route(route.method, f"{API}{route.path}", route.handler)
    app.router.add_route("*", "/discord/api/{tail:.*}", _not_modelled)


def refusals() -> Middleware:
    """Return a middleware that lets in whoever has the bot's token and words what Discord refuses.

    Put it inside of whatever counts requests and spoils answers.
    """

    @web.middleware
    async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
        if not request.path.startswith("/discord/api/"):
            return await handler(request)
        try:
            _authorize(request)
            return await handler(request)
        except DiscordError as refusal:
            return refusal.response()

    return guard


def _authorize(request: web.Request) -> None:
    path = request.path.removeprefix(API)
    if path == "/gateway" or path.startswith(_OPEN):
        return
    if request.headers.get("Authorization") != f"Bot {TOKEN}":
        raise errors.unauthorized()


async def _not_modelled(request: web.Request) -> web.StreamResponse:
    path = request.path.removeprefix(API)
    _log.warning("the bot asked for a route that the sandbox does not model: %s %s", request.method, path)
    raise errors.not_modelled(request.method, path)
