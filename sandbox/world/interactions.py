"""Interactions in the world: beginning them, answering them, and the messages that come of it.

The rules of the lifecycle are in `sandbox.world.interaction`; here they meet channels and messages.
"""

from __future__ import annotations

import secrets
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from sandbox.discord import errors
from sandbox.world import payloads
from sandbox.world.commands import Commands
from sandbox.world.drafts import Change, Draft
from sandbox.world.interaction import AnswerKind, Interaction, InteractionKind
from sandbox.world.messages import require_open
from sandbox.world.models import CommandKind, Message, MessageFlag, MessageKind, Origin, Reference

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sandbox.world.models import Command, Json

#: How long an interaction can still be asked about after its beginning.
_KEPT_FOR: Final = timedelta(hours=1)
#: Discord's option types of a subcommand and of a group of them.
_GROUPING: Final = (1, 2)


class Interactions(Commands):
    """What can happen to interactions."""

    def __init__(self, **parts: Any) -> None:
        super().__init__(**parts)
        #: Those that time alone can still change, by their ids.
        self._waiting: set[int] = set()

    def restore_interactions(self, interactions: Sequence[Interaction]) -> None:
        """Take interactions over from before a restart, in the order in which they began."""
        for interaction in interactions:
            self.interactions[interaction.id] = interaction
            if interaction.is_waiting:
                self._waiting.add(interaction.id)

    def begin_interaction(
        self,
        kind: InteractionKind,
        *,
        user_id: int,
        channel_id: int,
        data: Json,
        command: Command | None = None,
        message_id: int | None = None,
    ) -> Interaction:
        """Begin an interaction and tell the bot, if a session of it is there to hear.

        `data` is the payload's `data`; `message_id` the message that a component hangs on (also for a modal
        that was opened by one).
        """
        channel = self.channel(channel_id)
        interaction_id = self.ids.next()
        interaction = Interaction(
            id=interaction_id,
            token=f"{interaction_id}.{secrets.token_urlsafe(96)}",
            kind=kind,
            user_id=self.user(user_id).id,
            channel_id=channel.id,
            guild_id=channel.guild_id,
            begun_at=self.clock.now(),
            data=data,
            command_name=_full_name(command, data) if command else None,
            source_message_id=message_id,
        )
        self.interactions[interaction.id] = interaction
        self.emit("INTERACTION_CREATE", payloads.interaction(self, interaction), only_for=self.bot_id)
        self._tell_user(interaction)
        return interaction

    def interaction(self, interaction_id: int) -> Interaction:
        """Return an interaction as it is now; 10062 if there is none."""
        try:
            interaction = self.interactions[interaction_id]
        except KeyError:
            raise errors.unknown_interaction() from None
        self._let_time_pass(interaction)
        return interaction

    def interaction_of(self, token: str) -> Interaction:
        """Return the interaction whose token this is, if the token may be used; else 50027 or 10015."""
        head, _, _ = token.partition(".")
        interaction = self.interactions.get(int(head)) if head.isdecimal() else None
        if interaction is None:
            raise errors.invalid_webhook_token()
        interaction.require_token(token, now=self.clock.now())
        return interaction

    def answer_with_message(
        self, interaction_id: int, token: str, draft: Draft, *, ephemeral: bool = False
    ) -> Interaction:
        """Answer with a message (callback type 4)."""
        interaction = self._accept(interaction_id, token, AnswerKind.MESSAGE)
        message = self._respond(interaction, draft, ephemeral=ephemeral)
        return self._answered(interaction, message)

    def answer_later(self, interaction_id: int, token: str, *, ephemeral: bool = False) -> Interaction:
        """Promise a message (callback type 5); until it comes its user sees that the bot thinks."""
        interaction = self._accept(interaction_id, token, AnswerKind.THINKING)
        message = self._respond(interaction, Draft(), ephemeral=ephemeral, loading=True)
        return self._answered(interaction, message)

    def answer_with_update(self, interaction_id: int, token: str, change: Change | None) -> Interaction:
        """Change the component's message (callback type 7), or promise to (type 6, `change` None)."""
        kind = AnswerKind.DEFERRED_UPDATE if change is None else AnswerKind.UPDATE
        interaction = self._accept(interaction_id, token, kind)
        message = self.message(interaction.channel_id, interaction.source_message_id or 0)
        if change is not None:
            self.edit_message(message.channel_id, message.id, change)
        return self._answered(interaction, message)

    def answer_with_modal(self, interaction_id: int, token: str, modal: Json) -> Interaction:
        """Open a form for its user (callback type 9)."""
        interaction = self._accept(interaction_id, token, AnswerKind.MODAL)
        interaction.modal = modal
        return self._answered(interaction, None)

    def answer_with_choices(self, interaction_id: int, token: str, choices: Sequence[Json]) -> Interaction:
        """Offer values for an option that is being typed (callback type 8)."""
        interaction = self._accept(interaction_id, token, AnswerKind.CHOICES)
        interaction.choices = list(choices)
        return self._answered(interaction, None)

    def follow_up(self, token: str, draft: Draft, *, ephemeral: bool = False) -> Message:
        """Post one more message; the first one after a promise is the promised one instead."""
        interaction = self.interaction_of(token)
        if interaction.waits_for_text and interaction.response_message_id is not None:
            return self.edit_response(token, None, Change.into(draft))
        return self._respond(interaction, draft, ephemeral=ephemeral, follows=interaction.response_message_id)

    def response(self, token: str, message_id: int | None) -> Message:
        """Return a message of this interaction, by its id or `@original` (None); 10008 if there is none."""
        interaction = self.interaction_of(token)
        wanted = message_id if message_id is not None else interaction.response_message_id
        message = self.messages.get(interaction.channel_id, {}).get(wanted or 0)
        if message is None or not _belongs(message, interaction):
            raise errors.unknown_message()
        return message

    def edit_response(self, token: str, message_id: int | None, change: Change) -> Message:
        """Change a message of this interaction; the first change of a promised one fulfils the promise."""
        interaction = self.interaction_of(token)
        message = self.response(token, message_id)
        fulfils = bool(message.flags & MessageFlag.LOADING)
        self.edit_message(message.channel_id, message.id, change, fulfils=fulfils)
        if fulfils:
            interaction.filled_in()
            self._tell_user(interaction)
        return message

    def delete_response(self, token: str, message_id: int | None) -> None:
        """Delete a message of this interaction."""
        interaction = self.interaction_of(token)
        message = self.response(token, message_id)
        require_open(self.channel(message.channel_id))
        self.delete_message(message.channel_id, message.id)
        if message.flags & MessageFlag.LOADING:
            interaction.filled_in()
            self._tell_user(interaction)

    def age_interactions(self) -> None:
        """Fail those whose time is over, and forget those that nobody can ask about any more."""
        oldest = self.clock.now() - _KEPT_FOR
        for interaction in [self.interactions[one] for one in self._waiting]:
            self._let_time_pass(interaction)
        while self.interactions:
            first = next(iter(self.interactions.values()))
            if first.begun_at >= oldest:
                break
            del self.interactions[first.id]
            self._waiting.discard(first.id)

    def _accept(self, interaction_id: int, token: str, kind: AnswerKind) -> Interaction:
        interaction = self.interaction(interaction_id)
        self.channel(interaction.channel_id)
        interaction.accept_answer(kind, token=token, now=self.clock.now())
        return interaction

    def _answered(self, interaction: Interaction, message: Message | None) -> Interaction:
        if message is not None:
            interaction.response_message_id = message.id
            interaction.response_ephemeral = message.only_for is not None
        self._tell_user(interaction)
        return interaction

    def _respond(
        self,
        interaction: Interaction,
        draft: Draft,
        *,
        ephemeral: bool,
        loading: bool = False,
        follows: int | None = None,
    ) -> Message:
        target = _target(interaction)
        points_to = follows or interaction.source_message_id or target
        if points_to is not None:
            reference = Reference(
                message_id=points_to, channel_id=interaction.channel_id, guild_id=interaction.guild_id
            )
            draft = replace(draft, reference=reference)
        return self.post_message(
            interaction.channel_id,
            self.bot_id,
            draft,
            kind=MessageKind.REPLY if points_to not in {None, target} else self._kind(interaction),
            origin=Origin(
                interaction_id=interaction.id,
                kind=interaction.kind.value,
                user_id=interaction.user_id,
                command_name=interaction.command_name,
                target_message_id=target,
            ),
            only_for=interaction.user_id if ephemeral else None,
            loading=loading,
        )

    def _kind(self, interaction: Interaction) -> MessageKind:
        if interaction.kind is not InteractionKind.COMMAND:
            return MessageKind.DEFAULT
        is_menu = interaction.data.get("type") in {CommandKind.USER, CommandKind.MESSAGE}
        return MessageKind.CONTEXT_MENU_COMMAND if is_menu else MessageKind.CHAT_INPUT_COMMAND

    def _let_time_pass(self, interaction: Interaction) -> None:
        if interaction.let_time_pass(self.clock.now()):
            self._tell_user(interaction)

    def _tell_user(self, interaction: Interaction) -> None:
        if interaction.is_waiting:
            self._waiting.add(interaction.id)
        else:
            self._waiting.discard(interaction.id)
        self.emit(
            "INTERACTION_UPDATE",
            payloads.interaction_update(interaction),
            only_for=interaction.user_id,
        )


def _full_name(command: Command, data: Json) -> str:
    """Name a command with its group and subcommand, as Discord shows it above the answer."""
    names, options = [command.name], data.get("options") or []
    while options and options[0]["type"] in _GROUPING:
        names.append(options[0]["name"])
        options = options[0].get("options") or []
    return " ".join(names)


def _target(interaction: Interaction) -> int | None:
    """Return the message on which a message menu was used; its answer points to it."""
    if interaction.data.get("type") != CommandKind.MESSAGE:
        return None
    return int(interaction.data["target_id"])


def _belongs(message: Message, interaction: Interaction) -> bool:
    if message.id == interaction.response_message_id:
        return True
    return message.origin is not None and message.origin.interaction_id == interaction.id
