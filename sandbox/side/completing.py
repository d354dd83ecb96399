"""What a person's app does while they type into an option that completes itself: it asks the bot.

The option in focus is sent as it stands, with whatever else is filled in so far; nothing of it is checked,
as Discord's app checks nothing before a command is sent.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.discord import errors
from sandbox.side import wire
from sandbox.side.options import leaf, nested
from sandbox.side.playing import Call, Playing, named
from sandbox.world.interaction import InteractionKind
from sandbox.world.models import CommandKind

if TYPE_CHECKING:
    from aiohttp import web

    from sandbox.world.models import Json


class _Typing(Call):
    focused: str


class Completing(Playing):
    """The handler of what is typed."""

    async def autocomplete(self, request: web.Request) -> web.Response:
        """`POST /side/autocompletes`: `focused` is the option that is being typed."""
        call, _ = await wire.form(request, _Typing)
        user_id = wire.person(self._world, call.user or request.query.get("user")).id
        channel = self._speakable(user_id, call.channel_id)
        name, *path = call.name.removeprefix("/").split() or [""]
        command = self._find(user_id, channel, name, CommandKind.CHAT_INPUT)
        specs, path = leaf(command.spec, path)
        if not any(spec["name"] == call.focused and spec.get("autocomplete") for spec in specs):
            problem = {
                "code": "APPLICATION_COMMAND_OPTIONS_UNKNOWN",
                "message": "It does not complete itself.",
            }
            raise errors.invalid_form_body({"focused": {"_errors": [problem]}})
        options: list[Json] = [
            {
                "name": spec["name"],
                "type": spec["type"],
                "value": call.options.get(spec["name"], ""),
                **({"focused": True} if spec["name"] == call.focused else {}),
            }
            for spec in specs
            if spec["name"] in call.options or spec["name"] == call.focused
        ]
        return self._begun(
            self._world.begin_interaction(
                InteractionKind.AUTOCOMPLETE,
                user_id=user_id,
                channel_id=channel.id,
                data={**named(command), "options": nested(path, options)},
                command=command,
            ),
        )
