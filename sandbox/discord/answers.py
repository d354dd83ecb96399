"""Answers in the form in which discord.py reads them, and messages as far as the bot may read them.

The type is exactly `application/json`: with a charset discord.py takes the body for text.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from aiohttp import web

from sandbox.world import shapes

if TYPE_CHECKING:
    from sandbox.world.models import Message
    from sandbox.world.state import State

_CONTENT: Final[dict[str, Any]] = {"content": "", "embeds": [], "attachments": [], "components": []}


def answer(data: Any, *, status: int = 200) -> web.Response:
    """Return JSON."""
    body = json.dumps(data, separators=(",", ":")).encode()
    return web.Response(body=body, status=status, content_type="application/json")


def nothing() -> web.Response:
    """Return Discord's answer to what needs none."""
    return web.Response(status=204)


def message(state: State, one: Message, *, status: int = 200) -> web.Response:
    """Return a message as the bot may read it."""
    return answer(readable(state, shapes.message(state, one)), status=status)


def readable(state: State, shape: shapes.Shape, *, reads_content: bool | None = None) -> shapes.Shape:
    """Return a message without its content if the bot may not read it.

    Without the message content intent it reads its own messages, direct ones and those that mention it.
    """
    if reads_content is None:
        reads_content = state.bot_reads_content
    if reads_content:
        return shape
    referenced = shape.get("referenced_message")
    if referenced:
        shape = {**shape, "referenced_message": readable(state, referenced, reads_content=False)}
    channel = state.channels.get(int(shape["channel_id"]))
    bot = str(state.bot_id)
    is_direct = channel is not None and channel.guild_id is None
    if is_direct or shape["author"]["id"] == bot or any(u["id"] == bot for u in shape["mentions"]):
        return shape
    return {**shape, **_CONTENT}
