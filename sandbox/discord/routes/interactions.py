"""Answers to interactions: the first one by the callback, and everything after it by the token as a webhook.

These routes carry no bot's token, and Discord does not count them towards the bot's limit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aiohttp import web

from sandbox.discord import answers, drafting, errors, incoming
from sandbox.discord.answers import answer, nothing
from sandbox.discord.validation import check_interaction_answer, check_message
from sandbox.world import payloads
from sandbox.world.interaction import AnswerKind, Interaction
from sandbox.world.models import MessageFlag

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sandbox.discord.incoming import Body
    from sandbox.world.world import World

_WEBHOOK = r"/webhooks/{application:\d+}/{token}"
_MESSAGE = rf"{_WEBHOOK}/messages/{{message:@original|\d+}}"


class InteractionRoutes:
    """Routes below `/interactions` and `/webhooks/{application}/{token}`."""

    def __init__(self, world: World) -> None:
        self._world = world

    def table(self) -> Sequence[web.RouteDef]:
        """Return all routes."""
        return [
            web.post(r"/interactions/{interaction:\d+}/{token}/callback", self.first),
            web.post(_WEBHOOK, self.follow_up),
            web.get(_MESSAGE, self.message),
            web.patch(_MESSAGE, self.edit),
            web.delete(_MESSAGE, self.delete),
        ]

    async def first(self, request: web.Request) -> web.Response:
        """Take the first answer."""
        body = await incoming.read(request)
        interaction = self._world.interaction(int(request.match_info["interaction"]))
        source = self._source(interaction)
        check_interaction_answer(
            interaction.kind.value,
            body.fields(),
            files=body.files,
            size_limit=self._world.upload_limit(interaction.guild_id),
            from_message=interaction.source_message_id is not None,
            existing=source,
        )
        kind = AnswerKind(body.fields()["type"])
        await self._answer(interaction, kind, request.match_info["token"], body)
        if request.query.get("with_response") in {"1", "true"}:
            return answer(payloads.callback_response(self._world, interaction))
        return nothing()

    async def follow_up(self, request: web.Request) -> web.Response:
        """Post one more message."""
        body = await incoming.read(request)
        token = self._token(request)
        interaction = self._world.interaction_of(token)
        fields = body.fields()
        limit = self._world.upload_limit(interaction.guild_id)
        check_message(fields, files=body.files, size_limit=limit)
        draft = await drafting.draft(self._world, interaction.channel_id, fields, body.files)
        return answers.message(
            self._world, self._world.follow_up(token, draft, ephemeral=_is_ephemeral(fields))
        )

    async def message(self, request: web.Request) -> web.Response:
        """Return one of its messages."""
        return answers.message(self._world, self._world.response(self._token(request), _message(request)))

    async def edit(self, request: web.Request) -> web.Response:
        """Change one of its messages."""
        body = await incoming.read(request)
        token, message_id = self._token(request), _message(request)
        message = self._world.response(token, message_id)
        limit = self._world.upload_limit(self._world.interaction_of(token).guild_id)
        existing = drafting.existing(message)
        check_message(body.fields(), files=body.files, size_limit=limit, existing=existing)
        change = await drafting.change(self._world, message, body.fields(), body.files)
        return answers.message(self._world, self._world.edit_response(token, message_id, change))

    async def delete(self, request: web.Request) -> web.Response:
        """Delete one of its messages."""
        self._world.delete_response(self._token(request), _message(request))
        return nothing()

    async def _answer(self, interaction: Interaction, kind: AnswerKind, token: str, body: Body) -> None:
        world, data = self._world, body.fields().get("data") or {}
        if kind is AnswerKind.MESSAGE:
            draft = await drafting.draft(world, interaction.channel_id, data, body.files)
            world.answer_with_message(interaction.id, token, draft, ephemeral=_is_ephemeral(data))
        elif kind is AnswerKind.THINKING:
            world.answer_later(interaction.id, token, ephemeral=_is_ephemeral(data))
        elif kind is AnswerKind.DEFERRED_UPDATE:
            world.answer_with_update(interaction.id, token, None)
        elif kind is AnswerKind.UPDATE:
            source = world.message(interaction.channel_id, interaction.source_message_id or 0)
            change = await drafting.change(world, source, data, body.files)
            world.answer_with_update(interaction.id, token, change)
        elif kind is AnswerKind.CHOICES:
            world.answer_with_choices(interaction.id, token, data["choices"])
        else:
            world.answer_with_modal(interaction.id, token, data)

    def _source(self, interaction: Interaction) -> Any:
        if interaction.source_message_id is None:
            return None
        found = self._world.messages.get(interaction.channel_id, {}).get(interaction.source_message_id)
        return drafting.existing(found) if found else None

    def _token(self, request: web.Request) -> str:
        if request.match_info["application"] != str(self._world.bot_id):
            raise errors.unknown_webhook()
        return request.match_info["token"]


def _message(request: web.Request) -> int | None:
    given = request.match_info["message"]
    return None if given == "@original" else int(given)


def _is_ephemeral(fields: Mapping[str, Any]) -> bool:
    return bool((fields.get("flags") or 0) & MessageFlag.EPHEMERAL)
