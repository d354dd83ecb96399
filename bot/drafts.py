"""Pictures that were found for an edit, and the open form that remembers them. Pure data.

A form may stay open for hours, and its message need not be readable then, so what was on the message is
kept with the form.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime  # noqa: TC003 - read at run time, where a draft comes out of the database

from bot.jobs import ReferenceSource  # noqa: TC001 - likewise


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundPicture:
    """A file that may be a picture, and where it is; `size` in bytes, as far as Discord says.

    `author_id` posted it and `owner_id` is whose picture it is: for one that the bot made, whoever asked for
    it. `job_id` is the job that made it, if the bot itself posted it as one of its pictures. `spoiler` says
    that it was hidden behind a click.
    """

    source: ReferenceSource
    url: str
    filename: str
    size: int | None = None
    channel_id: int | None = None
    message_id: int | None = None
    author_id: int | None = None
    owner_id: int | None = None
    job_id: str | None = None
    spoiler: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A form for an edit that a member has open, and the pictures that it is about."""

    id: str
    created_at: datetime
    guild_id: int
    member_id: int
    pictures: tuple[FoundPicture, ...]
