"""What is asked for before it becomes jobs: who asks and where, and what one command wants. Pure data.

Nothing here is stored; admitting a wish is the store's business.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bot.jobs import AnswerRight, AspectRatio, Kind, Mode, OutputFormat, Place, PlaceNote, Reference


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Who asks and where; its fields mean what the same fields of `Job` mean.

    `role_ids` are the member's roles at this moment, `category_id` is that of the channel, if it has one.
    `missing` are the permissions that the bot lacks to post at `place`. In a channel that may have threads
    the server has the choice (`has_choice`), and `missing_inline` are those that a reply there would lack.
    `answer` is stored before the answer is given: it tells later whether it was.
    """

    guild_id: int | None
    channel_id: int
    thread_id: int | None
    private: bool
    place: Place
    place_note: PlaceNote | None
    member_id: int
    member_name: str
    locale: str
    role_ids: tuple[int, ...] = ()
    category_id: int | None = None
    missing: tuple[str, ...] = ()
    has_choice: bool = False
    missing_inline: tuple[str, ...] = ()
    answer: AnswerRight | None = None

    def origin(self) -> dict[str, Any]:
        """Return who asks and where, by field, for another wish of the same origin."""
        return {each.name: getattr(self, each.name) for each in fields(Origin)}


@dataclass(frozen=True, slots=True, kw_only=True)
class NewBatch(Origin):
    """What one command asks for: `count` pictures of one prompt, admitted all or none.

    `credits_each` is the price of one picture. `held_for` keeps the jobs from being sent until the card has
    come, but no longer than that.
    """

    kind: Kind
    prompt: str
    mode: Mode
    aspect_ratio: AspectRatio
    output_format: OutputFormat
    count: int
    credits_each: int
    parent_id: str | None = None
    references: tuple[Reference, ...] = ()
    held_for: timedelta = timedelta()
    spoiler: bool = False
    own_thread: bool = False
