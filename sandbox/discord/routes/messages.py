"""Messages in channels, threads and direct conversations.

A message is checked as Discord does, file sizes included, before the world has it. Answers to interactions
are in `sandbox.discord.routes.interactions`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aiohttp import web

from sandbox.discord import access, answers, drafting, errors, incoming
from sandbox.discord.answers import answer, nothing
from sandbox.discord.permissions import Permission
from sandbox.discord.validation import check_message
from sandbox.world import shapes
from sandbox.world.snowflakes import moment_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sandbox.discord.ratelimits import RateLimiter
    from sandbox.world.models import Message
    from sandbox.world.world import World

_ALL = r"/channels/{channel:\d+}/messages"
_ONE = rf"{_ALL}/{{message:\d+}}"


class MessageRoutes:
    """Routes below `/channels/{channel}/messages`."""

    def __init__(self, world: World, limiter: RateLimiter) -> None:
        self._world = world
        self._limiter = limiter

    def table(self) -> Sequence[web.RouteDef]:
        """Return all routes."""
        return [
            web.get(_ALL, self.history),
            web.post(_ALL, self.post),
            web.get(_ONE, self.message),
            web.patch(_ONE, self.edit),
            web.delete(_ONE, self.delete),
        ]

    async def post(self, request: web.Request) -> web.Response:
        """Post a message as the bot."""
        body = await incoming.read(request)
        fields, bot = body.fields(), self._world.bot_id
        channel = access.post(
            self._world,
            bot,
            int(request.match_info["channel"]),
            files=bool(body.files),
            embeds=bool(fields.get("embeds")),
            reply=bool(fields.get("message_reference")),
        )
        limit = self._world.upload_limit(channel.guild_id)
        check_message(fields, files=body.files, size_limit=limit)
        draft = await drafting.draft(self._world, channel.id, fields, body.files)
        return self._answer(self._world.post_message(channel.id, bot, draft))

    async def history(self, request: web.Request) -> web.Response:
        """Return messages, newest first; none to a bot without Read Message History, as Discord does."""
        bot = self._world.bot_id
        channel = access.view(self._world, bot, int(request.match_info["channel"]))
        if Permission.READ_MESSAGE_HISTORY not in self._world.permissions(bot, channel.id):
            return answer([])
        seen = [one for one in self._world.history(channel.id) if one.only_for is None]
        found = page(seen, request.query)
        return answer([answers.readable(self._world, shapes.message(self._world, one)) for one in found])

    async def message(self, request: web.Request) -> web.Response:
        """Return one message."""
        channel_id, message_id = _ids(request)
        bot = self._world.bot_id
        access.view(self._world, bot, channel_id, Permission.READ_MESSAGE_HISTORY)
        return self._answer(access.message(self._world, bot, channel_id, message_id))

    async def edit(self, request: web.Request) -> web.Response:
        """Change one of the bot's own messages."""
        body = await incoming.read(request)
        channel_id, message_id = _ids(request)
        message = access.edit(self._world, self._world.bot_id, channel_id, message_id)
        age = (self._world.clock.now() - moment_of(message_id)).total_seconds()
        self._limiter.check_old_edit(channel_id=channel_id, age=age)
        limit = self._world.upload_limit(self._world.channel(channel_id).guild_id)
        existing = drafting.existing(message)
        fields = self._without_embeds(body.fields(), channel_id)
        check_message(fields, files=body.files, size_limit=limit, existing=existing)
        change = await drafting.change(self._world, message, fields, body.files)
        return self._answer(self._world.edit_message(channel_id, message_id, change))

    async def delete(self, request: web.Request) -> web.Response:
        """Delete a message."""
        channel_id, message_id = _ids(request)
        message = access.delete(self._world, self._world.bot_id, channel_id, message_id)
        self._world.delete_message(message.channel_id, message.id)
        return nothing()

    def _without_embeds(self, fields: dict[str, Any], channel_id: int) -> dict[str, Any]:
        """Leave out the embeds of an edit where the bot may not embed, as Discord does without a word.

        On GitHub: discord/discord-api-docs#2601 and #5648.
        """
        allowed = self._world.permissions(self._world.bot_id, channel_id)
        if not fields.get("embeds") or Permission.EMBED_LINKS in allowed:
            return fields
        return {**fields, "embeds": []}

    def _answer(self, message: Message) -> web.Response:
        return answers.message(self._world, message)


def page(messages: Sequence[Message], query: Mapping[str, str], *, default: int = 50) -> list[Message]:
    """Return those that `limit`, `before`, `after` and `around` ask for, newest first.

    `messages` are oldest first. Raises 50035 for a limit that is not 1 to 100.
    """
    limit = incoming.numbered(query, "limit")
    limit = default if limit is None else limit
    if not 1 <= limit <= 100:
        problem = {"code": "NUMBER_TYPE_MAX", "message": "int value should be between 1 and 100."}
        raise errors.invalid_form_body({"limit": {"_errors": [problem]}})
    before, after = incoming.numbered(query, "before"), incoming.numbered(query, "after")
    around = incoming.numbered(query, "around")
    if around is not None:
        older = [one for one in messages if one.id < around][-(limit // 2) or len(messages) :]
        newer = [one for one in messages if one.id >= around][: limit - limit // 2]
        found = [*older, *newer]
    elif before is not None:
        found = [one for one in messages if one.id < before][-limit:]
    elif after is not None:
        found = [one for one in messages if one.id > after][:limit]
    else:
        found = list(messages[-limit:])
    return found[::-1]


def _ids(request: web.Request) -> tuple[int, int]:
    return int(request.match_info["channel"]), int(request.match_info["message"])
