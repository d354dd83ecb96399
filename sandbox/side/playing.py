"""What a person does: posts messages, opens threads, runs commands, presses buttons, fills in forms.

Everything is asked of Discord's rules first, as its client and its servers would; then the world begins
the interaction, and the bot hears of it if it is there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from pydantic import BaseModel, Field

from sandbox.discord import access, drafting, errors
from sandbox.discord.validation import check_message, check_thread
from sandbox.discord.validation.form import Form
from sandbox.side import wire
from sandbox.side.forms import FilledForm, chosen
from sandbox.side.looking import channel_for
from sandbox.side.options import Options, leaf, nested
from sandbox.side.resolved import Resolved
from sandbox.world import media, shapes
from sandbox.world.interaction import InteractionKind, InteractionState
from sandbox.world.models import CommandKind

if TYPE_CHECKING:
    from aiohttp import web

    from sandbox.world.interaction import Interaction
    from sandbox.world.models import Channel, Command, Json
    from sandbox.world.world import World

_BUTTON: Final = 2
_SELECTS: Final = (3, 5, 6, 7, 8)
#: What a person's message can have; the rest of Discord's fields are for applications.
_POSTABLE: Final = frozenset(
    {"content", "message_reference", "attachments", "allowed_mentions", "nonce", "flags"}
)


class _Deed(BaseModel):
    """What every deed names, if not in the query; ids may be numbers or decimal strings."""

    user: int | str = ""


class Call(_Deed):
    """A command with what was filled in."""

    channel_id: int
    name: str
    options: dict[str, Any] = Field(default_factory=dict)
    unchecked: bool = False


class _Menu(_Deed):
    channel_id: int
    message_id: int
    name: str


class _Press(_Deed):
    channel_id: int
    message_id: int
    custom_id: str
    values: list[Any] | None = None


class _Submit(_Deed):
    interaction_id: int
    values: dict[str, Any] = Field(default_factory=dict)


class Playing:
    """Handlers that do what a person does."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def post(self, request: web.Request) -> web.Response:
        """`POST /side/channels/{channel}/messages`."""
        world, channel_id = self._world, wire.number(request, "channel")
        deed, sent = await wire.form(request, _Deed)
        user = wire.person(world, deed.user or request.query.get("user"))
        fields = {name: value for name, value in sent.fields().items() if name in _POSTABLE}
        reply = bool(fields.get("message_reference"))
        channel = access.post(world, user.id, channel_id, files=bool(sent.files), reply=reply)
        check_message(fields, files=sent.files, size_limit=world.upload_limit(channel.guild_id))
        draft = await drafting.draft(world, channel_id, fields, sent.files)
        message = world.post_message(channel_id, user.id, draft)
        return wire.answer(shapes.message_event(world, message), status=201)

    async def thread(self, request: web.Request) -> web.Response:
        """`POST /side/channels/{channel}/messages/{message}/threads`."""
        world = self._world
        deed, sent = await wire.form(request, _Deed)
        user = wire.person(world, deed.user or request.query.get("user"))
        channel_id, message_id = wire.number(request, "channel"), wire.number(request, "message")
        access.open_thread_on(world, user.id, channel_id, message_id)
        check_thread(sent.fields())
        thread = world.open_thread(
            channel_id,
            user.id,
            sent.fields()["name"],
            message_id=message_id,
            auto_archive_minutes=sent.fields().get("auto_archive_duration") or 1440,
        )
        return wire.answer(channel_for(world, thread, user.id), status=201)

    async def direct(self, request: web.Request) -> web.Response:
        """`POST /side/direct`: the conversation with the bot, which is there once it was opened."""
        deed, _ = await wire.form(request, _Deed)
        user = wire.person(self._world, deed.user or request.query.get("user"))
        access.open_direct(self._world, user.id)
        return wire.answer(channel_for(self._world, self._world.open_dm(user.id), user.id))

    async def command(self, request: web.Request) -> web.Response:
        """`POST /side/commands`: `name` of a subcommand is written with spaces, as people type it."""
        call, sent = await wire.form(request, Call)
        user_id = wire.person(self._world, call.user or request.query.get("user")).id
        channel = self._speakable(user_id, call.channel_id)
        name, *path = call.name.removeprefix("/").split() or [""]
        command = self._find(user_id, channel, name, CommandKind.CHAT_INPUT)
        specs, path = leaf(command.spec, path)
        names = Resolved(self._world, user_id=user_id, guild_id=channel.guild_id)
        options = Options(
            self._world,
            values=call.options,
            files=sent.files,
            names=names,
            size_limit=self._world.upload_limit(channel.guild_id),
            unchecked=call.unchecked,
        )
        filled = nested(path, await options.fill(specs))
        data: Json = {**named(command), **({"options": filled} if filled else {})}
        return self._begun(
            self._world.begin_interaction(
                InteractionKind.COMMAND,
                user_id=user_id,
                channel_id=channel.id,
                data=names.into(data),
                command=command,
            ),
        )

    async def menu(self, request: web.Request) -> web.Response:
        """`POST /side/menus`: a message menu."""
        call, _ = await wire.form(request, _Menu)
        user_id = wire.person(self._world, call.user or request.query.get("user")).id
        channel = self._speakable(user_id, call.channel_id)
        command = self._find(user_id, channel, call.name, CommandKind.MESSAGE)
        target = access.message(self._world, user_id, channel.id, call.message_id)
        names = Resolved(self._world, user_id=user_id, guild_id=channel.guild_id)
        names.message(target)
        return self._begun(
            self._world.begin_interaction(
                InteractionKind.COMMAND,
                user_id=user_id,
                channel_id=channel.id,
                data=names.into({**named(command), "target_id": str(target.id)}),
                command=command,
            ),
        )

    async def component(self, request: web.Request) -> web.Response:
        """`POST /side/components`: a button or a select of a message of the bot."""
        press, _ = await wire.form(request, _Press)
        user_id = wire.person(self._world, press.user or request.query.get("user")).id
        message = access.message(self._world, user_id, press.channel_id, press.message_id)
        form = Form()
        found = [
            part for part in media.nested(message.components) if part.get("custom_id") == press.custom_id
        ]
        part = found[0] if found and message.author_id == self._world.bot_id else {}
        if part.get("type") not in (_BUTTON, *_SELECTS) or part.get("disabled"):
            form.at("custom_id").fail("COMPONENT_VALIDATION_FAILED", "Component validation failed")
        form.settle()
        channel = self._world.channel(press.channel_id)
        names = Resolved(self._world, user_id=user_id, guild_id=channel.guild_id)
        data: Json = {"custom_id": press.custom_id, "component_type": part["type"], "id": part.get("id")}
        if part["type"] in _SELECTS:
            chosen(form.at("values"), part, press.values or [], names, required=part.get("min_values") != 0)
            form.settle()
            data["values"] = [str(value) for value in press.values or ()]
        return self._begun(
            self._world.begin_interaction(
                InteractionKind.COMPONENT,
                user_id=user_id,
                channel_id=channel.id,
                data=names.into(data),
                message_id=message.id,
            ),
        )

    async def modal(self, request: web.Request) -> web.Response:
        """`POST /side/modals`: submit the form that an interaction opened."""
        submit, sent = await wire.form(request, _Submit)
        user_id = wire.person(self._world, submit.user or request.query.get("user")).id
        opener = self._world.interaction(submit.interaction_id)
        if opener.user_id != user_id or opener.state is not InteractionState.MODAL or opener.modal is None:
            raise errors.unknown_interaction()
        channel = access.view(self._world, user_id, opener.channel_id)
        names = Resolved(self._world, user_id=user_id, guild_id=channel.guild_id)
        filled = FilledForm(
            self._world,
            values=submit.values,
            files=sent.files,
            names=names,
            size_limit=self._world.upload_limit(channel.guild_id),
        )
        components = await filled.submitted(opener.modal)
        return self._begun(
            self._world.begin_interaction(
                InteractionKind.MODAL,
                user_id=user_id,
                channel_id=channel.id,
                data=names.into({"custom_id": opener.modal["custom_id"], "components": components}),
                message_id=opener.source_message_id,
            ),
        )

    def _speakable(self, user_id: int, channel_id: int) -> Channel:
        """Return a channel in which this person may write, as a command needs it; not an archived thread.

        In the conversation with the bot a command needs no server that both are in.
        """
        if self._world.channel(channel_id).guild_id is None:
            return access.view(self._world, user_id, channel_id)
        channel = access.post(self._world, user_id, channel_id)
        if channel.thread is not None and channel.thread.archived:
            raise errors.thread_archived()
        return channel

    def _find(self, user_id: int, channel: Channel, name: str, kind: CommandKind) -> Command:
        """Return a command that this person may run here; a server's own one before one for everywhere."""
        named = [
            command
            for command in self._world.commands_in(channel.guild_id)
            if command.kind is kind and command.name == name
        ]
        if not named:
            raise errors.unknown_application_command()
        command = max(named, key=lambda one: one.guild_id is not None)
        if not self._world.may_use(user_id, command, channel.id):
            raise errors.missing_permissions()
        if command.spec.get("nsfw") and not self._world.parent_or_self(channel).nsfw:
            raise errors.unknown_application_command()
        return command

    def _begun(self, interaction: Interaction) -> web.Response:
        return wire.answer({"interaction_id": str(interaction.id)}, status=201)


def named(command: Command) -> Json:
    """Return what an interaction says of its command."""
    data: Json = {"id": str(command.id), "name": command.name, "type": command.kind.value}
    return data if command.guild_id is None else {**data, "guild_id": str(command.guild_id)}
