"""The fields of a new thread and of a changed one.

Whether its channel takes threads, and how many a server may have, is the world's to know.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sandbox.discord.validation.form import (
    Form,
    Rule,
    boolean,
    choice,
    integer,
    listing,
    record,
    snowflake,
    text,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Minutes without a message after which a thread is put away.
AUTO_ARCHIVE_MINUTES: Final = (60, 1440, 4320, 10080)
#: Announcement, public and private threads.
THREAD_TYPES: Final = (10, 11, 12)

FIELDS: Final[dict[str, Rule]] = {
    "name": text(1, 100),
    "auto_archive_duration": choice(*AUTO_ARCHIVE_MINUTES),
    "rate_limit_per_user": integer(0, 21600),
    "type": choice(*THREAD_TYPES),
    "invitable": boolean,
    "applied_tags": listing(snowflake, 0, 5),
}


def check_thread(body: Mapping[str, Any]) -> None:
    """Raise 50035 for a new thread's fields, with or without a message to hang on."""
    form = Form()
    record(FIELDS, required=("name",))(form, body)
    form.settle()


def check_thread_edit(body: Mapping[str, Any]) -> None:
    """Raise 50035 for the fields by which a thread is changed."""
    form = Form()
    record({**FIELDS, "archived": boolean, "locked": boolean, "flags": integer(0)})(form, body)
    form.settle()
