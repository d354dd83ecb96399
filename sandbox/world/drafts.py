"""What somebody wants to post or change, before it is a message.

Checked by `sandbox.discord.validation` beforehand; here only the fields that the world keeps.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, auto
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sandbox.world.models import Attachment, Json, Reference


class Left(Enum):
    """Stands for a field that was not sent, which is not the same as one that was emptied."""

    OUT = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A message to be. `allowed_mentions` is Discord's object; None is the kind of message's default."""

    content: str = ""
    embeds: Sequence[Json] = ()
    components: Sequence[Json] = ()
    attachments: Sequence[Attachment] = ()
    flags: int = 0
    nonce: str | int | None = None
    enforce_nonce: bool = False
    reference: Reference | None = None
    allowed_mentions: Json | None = None
    tts: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Changes to a message; what was left out stays as it is.

    `attachments` is the whole new list: those to keep and those that are new.
    """

    content: str | Left = Left.OUT
    embeds: Sequence[Json] | Left = Left.OUT
    components: Sequence[Json] | Left = Left.OUT
    attachments: Sequence[Attachment] | Left = Left.OUT
    flags: int | Left = Left.OUT
    allowed_mentions: Json | None = field(default=None)

    @classmethod
    def into(cls, draft: Draft) -> Change:
        """Return the change that makes a message what this draft says."""
        return cls(
            content=draft.content,
            embeds=draft.embeds,
            components=draft.components,
            attachments=draft.attachments,
            flags=draft.flags,
            allowed_mentions=draft.allowed_mentions,
        )
