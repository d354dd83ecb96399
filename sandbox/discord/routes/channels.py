"""Channels, threads and direct conversations themselves: reading, changing, deleting, overwrites.

Opening threads and who is in them is in `sandbox.discord.routes.threads`. Channels of a server are not made
here: the bot does not need that, and `/side/world/channels` makes them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aiohttp import web

from sandbox.discord import access, errors, incoming
from sandbox.discord.answers import answer, nothing
from sandbox.discord.permissions import Permission
from sandbox.discord.validation import check_thread_edit
from sandbox.world import shapes
from sandbox.world.channels import ChannelChange
from sandbox.world.drafts import Left
from sandbox.world.models import Overwrite

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sandbox.discord.ratelimits import RateLimiter
    from sandbox.world.world import World

#: Discord's names for what can be changed, and the world's.
_NAMES = {
    "name": "name",
    "topic": "topic",
    "nsfw": "nsfw",
    "position": "position",
    "rate_limit_per_user": "slowmode_seconds",
    "archived": "archived",
    "locked": "locked",
    "invitable": "invitable",
    "auto_archive_duration": "auto_archive_minutes",
}


class ChannelRoutes:
    """Routes `/channels/{channel}` and its permissions."""

    def __init__(self, world: World, limiter: RateLimiter) -> None:
        self._world = world
        self._limiter = limiter

    def table(self) -> Sequence[web.RouteDef]:
        """Return all routes."""
        return [
            web.get(r"/channels/{channel:\d+}", self.channel),
            web.patch(r"/channels/{channel:\d+}", self.change),
            web.delete(r"/channels/{channel:\d+}", self.delete),
            web.post(r"/channels/{channel:\d+}/typing", self.typing),
            web.put(r"/channels/{channel:\d+}/permissions/{target:\d+}", self.set_overwrite),
            web.delete(r"/channels/{channel:\d+}/permissions/{target:\d+}", self.remove_overwrite),
        ]

    async def channel(self, request: web.Request) -> web.Response:
        """Return a channel or thread."""
        channel = access.view(self._world, self._world.bot_id, _id(request))
        return answer(shapes.channel(self._world, channel, viewer=self._world.bot_id))

    async def change(self, request: web.Request) -> web.Response:
        """Change a channel or thread."""
        body = (await incoming.read(request)).fields()
        channel = access.view(self._world, self._world.bot_id, _id(request))
        if channel.is_thread:
            check_thread_edit(body)
            opens = body.get("archived") is False and len(body) == 1
            locks = "locked" in body or "rate_limit_per_user" in body
            access.change_thread(self._world, self._world.bot_id, channel.id, opens=opens, locks=locks)
        else:
            on_roles = "permission_overwrites" in body
            needed = Permission.MANAGE_ROLES if on_roles else Permission.MANAGE_CHANNELS
            access.view(self._world, self._world.bot_id, channel.id, needed)
        if "name" in body or "topic" in body:
            self._limiter.check_rename(channel_id=channel.id)
        self._world.change_channel(channel.id, change_of(body))
        return answer(shapes.channel(self._world, channel, viewer=self._world.bot_id))

    async def delete(self, request: web.Request) -> web.Response:
        """Delete a channel or thread."""
        bot = self._world.bot_id
        channel = access.view(self._world, bot, _id(request))
        needed = Permission.MANAGE_THREADS if channel.is_thread else Permission.MANAGE_CHANNELS
        access.view(self._world, bot, channel.id, needed)
        shape = shapes.channel(self._world, channel, viewer=bot)
        self._world.delete_channel(channel.id)
        return answer(shape)

    async def typing(self, request: web.Request) -> web.Response:
        """Show that the bot writes."""
        channel = access.post(self._world, self._world.bot_id, _id(request))
        self._world.start_typing(channel.id, self._world.bot_id)
        return nothing()

    async def set_overwrite(self, request: web.Request) -> web.Response:
        """Set a channel's exception for one role or member."""
        body = (await incoming.read(request)).fields()
        channel = access.view(self._world, self._world.bot_id, _id(request), Permission.MANAGE_ROLES)
        if channel.is_thread:
            raise errors.cannot_execute_on_channel_type()
        self._world.set_overwrite(channel.id, overwrite_of({**body, "id": request.match_info["target"]}))
        return nothing()

    async def remove_overwrite(self, request: web.Request) -> web.Response:
        """Take a channel's exception for one role or member away."""
        channel = access.view(self._world, self._world.bot_id, _id(request), Permission.MANAGE_ROLES)
        self._world.remove_overwrite(channel.id, int(request.match_info["target"]))
        return nothing()


def change_of(body: Mapping[str, Any]) -> ChannelChange:
    """Return a channel's or thread's change from Discord's fields."""
    fields = {ours: body[theirs] for theirs, ours in _NAMES.items() if theirs in body}
    given = body.get("permission_overwrites")
    overwrites = Left.OUT if given is None else [overwrite_of(one) for one in given]
    return ChannelChange(overwrites=overwrites, **fields)


def overwrite_of(body: Mapping[str, Any]) -> Overwrite:
    """Return an overwrite from Discord's object; 50035 if it is none."""
    try:
        return Overwrite(
            id=int(body["id"]),
            type=body["type"],
            allow=int(body.get("allow") or 0),
            deny=int(body.get("deny") or 0),
        )
    except (KeyError, TypeError, ValueError):
        problem = {"code": "BASE_TYPE_BAD", "message": "This is not a permission overwrite."}
        raise errors.invalid_form_body({"permission_overwrites": {"_errors": [problem]}}) from None


def _id(request: web.Request) -> int:
    return int(request.match_info["channel"])
