"""What a Discord interaction tells: who asks, where, with which rights, and what they typed and chose.

Everything is read from the interaction itself and the client's cache, without a request, so a refusal for
want of a permission comes before anything is spent. What is asked for is the service's business.
"""

from __future__ import annotations

from bot.intake.answers import answer_right, answerable_until, in_time, upload_limit
from bot.intake.forms import chosen, form_choices, form_files, form_values
from bot.intake.links import MessageLink, message_link
from bot.intake.places import (
    asked_in,
    home,
    is_for_adults,
    missing_for_log,
    origin,
    place_to_post,
    spender,
    spender_named,
    surroundings,
)
from bot.intake.rights import (
    admin,
    may_read,
    moderates,
    officer,
    person,
    require_moderator,
    require_moderator_of,
)

__all__ = [
    "MessageLink",
    "admin",
    "answer_right",
    "answerable_until",
    "asked_in",
    "chosen",
    "form_choices",
    "form_files",
    "form_values",
    "home",
    "in_time",
    "is_for_adults",
    "may_read",
    "message_link",
    "missing_for_log",
    "moderates",
    "officer",
    "origin",
    "person",
    "place_to_post",
    "require_moderator",
    "require_moderator_of",
    "spender",
    "spender_named",
    "surroundings",
    "upload_limit",
]
