"""Messages: posting, changing and deleting them, and their files.

Nobody's permission is asked here, see `sandbox.discord.access`; rules that hold for everyone are kept here:
one message per nonce, no changes in archived threads.
"""

from __future__ import annotations

from copy import deepcopy
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from sandbox.discord import errors
from sandbox.world import media, mentions, shapes
from sandbox.world.drafts import Left
from sandbox.world.files import look_at
from sandbox.world.models import (
    SPOILER_PREFIX,
    Attachment,
    Channel,
    Message,
    MessageFlag,
    MessageKind,
    Reference,
)
from sandbox.world.state import State

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sandbox.world.drafts import Change, Draft
    from sandbox.world.models import Json, Origin

#: "The past few minutes" of Discord's documentation; the true figure is not published.
NONCE_LIFE: Final = timedelta(minutes=3)

#: Flags that somebody may set; the others are Discord's own.
_SETTABLE: Final = (
    MessageFlag.SUPPRESS_EMBEDS | MessageFlag.SUPPRESS_NOTIFICATIONS | MessageFlag.IS_COMPONENTS_V2
)


class Messages(State):
    """What can happen to messages."""

    def __init__(self, **parts: Any) -> None:
        super().__init__(**parts)
        self._nonces: dict[tuple[int, int, str], tuple[int, datetime]] = {}

    async def keep_file(
        self,
        filename: str,
        data: bytes,
        *,
        description: str | None = None,
        spoiler: bool = False,
        ephemeral: bool = False,
    ) -> Attachment:
        """Keep an uploaded file and return what a message or an option can carry.

        `ephemeral` is for files that hang on no message, as a command's options.
        """
        look = await look_at(filename, data)
        attachment = Attachment(
            id=self.ids.next(),
            filename=filename,
            size=len(data),
            content_type=look.content_type,
            width=look.width,
            height=look.height,
            description=description,
            spoiler=spoiler or filename.startswith(SPOILER_PREFIX),
            ephemeral=ephemeral,
        )
        await self.files.put(attachment.id, data)
        if ephemeral:
            self.attachments[attachment.id] = attachment
        return attachment

    def post_message(
        self,
        channel_id: int,
        author_id: int,
        draft: Draft,
        *,
        kind: MessageKind | None = None,
        origin: Origin | None = None,
        only_for: int | None = None,
        loading: bool = False,
    ) -> Message:
        """Post a message; an archived thread is opened by it.

        With `enforce_nonce` the message that this author posted here under this nonce is returned instead, as
        long as the world remembers; 10008 if it was deleted.
        """
        channel = self.channel(channel_id)
        earlier = self._earlier(channel_id, author_id, draft) if draft.enforce_nonce else None
        if earlier is not None:
            self._drop(draft.attachments)
            return earlier
        self._wake(channel)
        message = Message(
            id=self.ids.next(),
            channel_id=channel_id,
            author_id=author_id,
            kind=kind or (MessageKind.REPLY if draft.reference else MessageKind.DEFAULT),
            content=draft.content,
            embeds=deepcopy(list(draft.embeds)),
            components=_numbered(draft.components),
            flags=_flags(draft, ephemeral=only_for is not None, loading=loading),
            nonce=draft.nonce,
            tts=draft.tts,
            reference=draft.reference,
            origin=origin,
            application_id=self.bot_id if author_id == self.bot_id else None,
            only_for=only_for,
        )
        self._attach(message, draft.attachments)
        self._mention(message, draft.allowed_mentions)
        if draft.nonce is not None:
            key = (channel_id, author_id, str(draft.nonce))
            self._nonces.pop(key, None)
            self._nonces[key] = (message.id, self.clock.now() + NONCE_LIFE)
        return self.add_message(message)

    def add_message(self, message: Message) -> Message:
        """Put a finished message into its channel and tell everyone who sees it."""
        channel = self.channel(message.channel_id)
        self.messages.setdefault(channel.id, {})[message.id] = message
        if message.only_for is None:
            channel.last_message_id = message.id
            # Discord does not count the starter: it is the channel's message, shown a second time.
            if channel.thread is not None and message.kind is not MessageKind.THREAD_STARTER_MESSAGE:
                channel.thread.message_count += 1
                channel.thread.total_messages_sent += 1
                channel.thread.members.setdefault(message.author_id, self.clock.now())
        self.emit(
            "MESSAGE_CREATE",
            shapes.message_event(self, message),
            channel=channel,
            only_for=message.only_for,
        )
        return message

    def edit_message(
        self, channel_id: int, message_id: int, change: Change, *, fulfils: bool = False
    ) -> Message:
        """Change a message; 50083 in an archived thread.

        `fulfils` says that this is what a promised answer was waiting for: it no longer shows that the bot
        thinks, and carries no "edited" mark.
        """
        message = self.message(channel_id, message_id)
        channel = self.channel(channel_id)
        require_open(channel)
        if change.content is not Left.OUT:
            message.content = change.content
        if change.embeds is not Left.OUT:
            message.embeds = deepcopy(list(change.embeds))
        if change.components is not Left.OUT:
            message.components = _numbered(change.components)
        if change.attachments is not Left.OUT:
            self._replace_files(message, change.attachments)
        if change.flags is not Left.OUT:
            kept = message.flags & ~MessageFlag.SUPPRESS_EMBEDS
            message.flags = kept | (change.flags & _SETTABLE)
        self._mention(message, change.allowed_mentions)
        if fulfils:
            message.flags &= ~MessageFlag.LOADING
        else:
            message.edited_at = self.clock.now()
        self.tell_update(message)
        return message

    def tell_update(self, message: Message) -> None:
        """Tell everyone who sees it that this message is different now."""
        self.emit(
            "MESSAGE_UPDATE",
            shapes.message_event(self, message),
            channel=self.channel(message.channel_id),
            only_for=message.only_for,
        )

    def delete_message(self, channel_id: int, message_id: int) -> None:
        """Delete a message and its files; a thread that hangs on it stays."""
        message = self.message(channel_id, message_id)
        channel = self.channel(channel_id)
        del self.messages[channel_id][message_id]
        self._replace_files(message, ())
        if channel.thread is not None and message.only_for is None:
            channel.thread.message_count = max(0, channel.thread.message_count - 1)
        data = {"id": str(message_id), "channel_id": str(channel_id)}
        if channel.guild_id is not None:
            data["guild_id"] = str(channel.guild_id)
        self.emit("MESSAGE_DELETE", data, channel=channel, only_for=message.only_for)

    def forget_nonces(self) -> None:
        """Drop nonces that no longer count; the oldest are the first."""
        now = self.clock.now()
        while self._nonces:
            key, (_, until) = next(iter(self._nonces.items()))
            if until > now:
                break
            del self._nonces[key]

    def _earlier(self, channel_id: int, author_id: int, draft: Draft) -> Message | None:
        message_id, until = self._nonces.get((channel_id, author_id, str(draft.nonce)), (0, self.clock.now()))
        if until <= self.clock.now():
            return None
        return self.message(channel_id, message_id)

    def _wake(self, channel: Channel) -> None:
        if channel.thread is None or not channel.thread.archived:
            return
        channel.thread.archived = False
        channel.thread.archive_changed_at = self.clock.now()
        self.emit("THREAD_UPDATE", shapes.channel(self, channel), channel=channel)

    def _attach(self, message: Message, attachments: Sequence[Attachment]) -> None:
        for attachment in attachments:
            attachment.channel_id = message.channel_id
            attachment.ephemeral = message.only_for is not None
            self.attachments[attachment.id] = attachment
        message.attachments = list(attachments)

    def _replace_files(self, message: Message, attachments: Sequence[Attachment]) -> None:
        kept = {attachment.id for attachment in attachments}
        self._drop([one for one in message.attachments if one.id not in kept])
        self._attach(message, attachments)

    def _drop(self, attachments: Sequence[Attachment]) -> None:
        for gone in attachments:
            self.attachments.pop(gone.id, None)
            self.files.drop(gone.id)

    def _mention(self, message: Message, allowed: Json | None) -> None:
        found = mentions.of(
            self,
            channel_id=message.channel_id,
            author_id=message.author_id,
            content=message.content,
            components=message.components,
            allowed=allowed,
            replied_to=self._author_of(message.reference) if message.kind is MessageKind.REPLY else None,
            in_answer=message.origin is not None,
        )
        message.mentions = found.users
        message.mention_roles = found.roles
        message.mention_everyone = found.everyone

    def _author_of(self, reference: Reference | None) -> int | None:
        if reference is None or reference.message_id is None:
            return None
        target = self.messages.get(reference.channel_id, {}).get(reference.message_id)
        return target.author_id if target else None


def require_open(channel: Channel) -> None:
    """Raise 50083 for an archived thread, in which nothing is edited or deleted.

    That deleting is refused as well is not in the documentation, but see discord/discord-api-docs#2855 and
    victornpb/undiscord#399 on GitHub.
    """
    if channel.thread is not None and channel.thread.archived:
        raise errors.thread_archived()


def _flags(draft: Draft, *, ephemeral: bool, loading: bool) -> int:
    flags = draft.flags & _SETTABLE
    if ephemeral:
        flags |= MessageFlag.EPHEMERAL
    return flags | MessageFlag.LOADING if loading else flags


def _numbered(components: Sequence[Json]) -> list[Json]:
    """Give every component that has none an `id`, counting from 1, as Discord does."""
    numbered = deepcopy(list(components))
    taken = {part["id"] for part in media.nested(numbered) if part.get("id")}
    following = 0
    for part in media.nested(numbered):
        if part.get("id"):
            continue
        following += 1
        while following in taken:
            following += 1
        part["id"] = following
    return numbered
