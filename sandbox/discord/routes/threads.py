"""Opening threads, who is in them, and the archive.

Renaming, archiving and deleting a thread are a channel's, see `sandbox.discord.routes.channels`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

from sandbox.discord import access, incoming
from sandbox.discord.answers import answer, nothing
from sandbox.discord.permissions import Permission
from sandbox.discord.validation import check_thread
from sandbox.world import shapes
from sandbox.world.models import ChannelKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sandbox.world.models import Channel
    from sandbox.world.world import World

_CHANNEL = r"/channels/{channel:\d+}"


class ThreadRoutes:
    """Routes that open threads, and below `/channels/{thread}/thread-members`."""

    def __init__(self, world: World) -> None:
        self._world = world

    def table(self) -> Sequence[web.RouteDef]:
        """Return all routes."""
        return [
            web.post(rf"{_CHANNEL}/messages/{{message:\d+}}/threads", self.open_on_message),
            web.post(rf"{_CHANNEL}/threads", self.open),
            web.get(rf"{_CHANNEL}/threads/archived/public", self.archive),
            web.get(rf"{_CHANNEL}/thread-members", self.members),
            web.put(rf"{_CHANNEL}/thread-members/@me", self.join),
            web.delete(rf"{_CHANNEL}/thread-members/@me", self.leave),
            web.put(rf"{_CHANNEL}/thread-members/{{user:\d+}}", self.add),
            web.delete(rf"{_CHANNEL}/thread-members/{{user:\d+}}", self.remove),
        ]

    async def open_on_message(self, request: web.Request) -> web.Response:
        """Open a thread on a message, whose id it takes."""
        body = (await incoming.read(request)).fields()
        bot, message_id = self._world.bot_id, int(request.match_info["message"])
        message = access.open_thread_on(self._world, bot, _id(request), message_id)
        check_thread(body)
        thread = self._world.open_thread(
            message.channel_id,
            bot,
            body["name"],
            message_id=message_id,
            auto_archive_minutes=body.get("auto_archive_duration") or 1440,
            slowmode_seconds=body.get("rate_limit_per_user") or 0,
        )
        return self._answer(thread, status=201)

    async def open(self, request: web.Request) -> web.Response:
        """Open a thread by itself; a private one if nothing else is asked for."""
        body = (await incoming.read(request)).fields()
        check_thread(body)
        kind = ChannelKind(body.get("type") or ChannelKind.PRIVATE_THREAD)
        private = kind is ChannelKind.PRIVATE_THREAD
        bot = self._world.bot_id
        channel = access.open_thread(self._world, bot, _id(request), private=private, on_message=False)
        thread = self._world.open_thread(
            channel.id,
            bot,
            body["name"],
            kind=kind,
            auto_archive_minutes=body.get("auto_archive_duration") or 1440,
            slowmode_seconds=body.get("rate_limit_per_user") or 0,
            invitable=body.get("invitable", True),
        )
        return self._answer(thread, status=201)

    async def archive(self, request: web.Request) -> web.Response:
        """Return a channel's archived threads that are not private, newest first."""
        bot = self._world.bot_id
        channel = access.view(self._world, bot, _id(request), Permission.READ_MESSAGE_HISTORY)
        found = [
            one
            for one in self._world.threads_of(channel.guild_id or 0)
            if one.parent_id == channel.id
            and one.thread_state().archived
            and one.kind is not ChannelKind.PRIVATE_THREAD
        ]
        found.sort(key=lambda one: one.thread_state().archive_changed_at, reverse=True)
        limit = incoming.numbered(request.query, "limit") or 50
        shown = found[:limit]
        joined = [one for one in shown if bot in one.thread_state().members]
        return answer(
            {
                "threads": [shapes.channel(self._world, one, viewer=bot) for one in shown],
                "members": [shapes.thread_member(one, bot) for one in joined],
                "has_more": len(found) > limit,
            }
        )

    async def members(self, request: web.Request) -> web.Response:
        """Return who is in a thread."""
        thread = self._thread(request)
        return answer([shapes.thread_member(thread, one) for one in thread.thread_state().members])

    async def join(self, request: web.Request) -> web.Response:
        """Put the bot into a thread."""
        self._world.join_thread(self._thread(request).id, self._world.bot_id)
        return nothing()

    async def leave(self, request: web.Request) -> web.Response:
        """Take the bot out of a thread."""
        self._world.leave_thread(self._thread(request).id, self._world.bot_id)
        return nothing()

    async def add(self, request: web.Request) -> web.Response:
        """Put somebody else into a thread, for which it is enough to be able to write in it."""
        thread = self._thread(request, Permission.SEND_MESSAGES_IN_THREADS)
        user_id = int(request.match_info["user"])
        self._world.member(thread.guild_id or 0, user_id)
        self._world.join_thread(thread.id, user_id)
        return nothing()

    async def remove(self, request: web.Request) -> web.Response:
        """Take somebody else out of a thread: with Manage Threads, or out of one's own private thread."""
        thread = self._thread(request)
        is_own = thread.thread_state().owner_id == self._world.bot_id
        if not (is_own and thread.kind is ChannelKind.PRIVATE_THREAD):
            self._thread(request, Permission.MANAGE_THREADS)
        self._world.leave_thread(thread.id, int(request.match_info["user"]))
        return nothing()

    def _thread(self, request: web.Request, *needed: Permission) -> Channel:
        access.view(self._world, self._world.bot_id, _id(request), *needed)
        return self._world.thread(_id(request))

    def _answer(self, thread: Channel, *, status: int) -> web.Response:
        return answer(shapes.channel(self._world, thread, viewer=self._world.bot_id), status=status)


def _id(request: web.Request) -> int:
    return int(request.match_info["channel"])
