"""The message that a member names by its link or its id.

Nothing here says that there is such a message, or that they may see it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from bot.errors import BadReferenceError, PictureFault

_ID: Final = r"[0-9]{1,19}"
#: What a database holds; Discord's ids get there in the year 2084.
_LARGEST_ID: Final = 2**63 - 1
_LINK: Final = re.compile(
    rf"<?https://(?:\w+\.)?discord(?:app)?\.com/channels/(?P<guild>@me|{_ID})/(?P<channel>{_ID})/(?P<message>{_ID})/?>?"
)
#: What Discord's app copies with Shift held, or the id alone.
_IDS: Final = re.compile(rf"(?:(?P<channel>{_ID})-)?(?P<message>{_ID})")


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageLink:
    """A message that a member names; nothing says yet that they may see it."""

    channel_id: int
    message_id: int


def message_link(text: str, *, guild_id: int, channel_id: int) -> MessageLink:
    """Return the message that a link or an id stands for; an id alone is one of `channel_id`.

    Raises `BadReferenceError` if it is neither, or the link leads out of the server.
    """
    value = text.strip()
    ids = _IDS.fullmatch(value)
    link = ids or _LINK.fullmatch(value)
    if link is None or max(int(link["channel"] or 0), int(link["message"])) > _LARGEST_ID:
        raise BadReferenceError(PictureFault.NO_LINK, value=value)
    if ids:
        return MessageLink(channel_id=int(ids["channel"] or channel_id), message_id=int(ids["message"]))
    if link["guild"] == "@me":
        raise BadReferenceError(PictureFault.DIRECT, value=value)
    if int(link["guild"]) != guild_id:
        raise BadReferenceError(PictureFault.ELSEWHERE, value=value)
    return MessageLink(channel_id=int(link["channel"]), message_id=int(link["message"]))
