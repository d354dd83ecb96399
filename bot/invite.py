"""The link that invites the bot to a server, with exactly the permissions it uses.

Every permission stands here with its reason; the link's number is their sum and nothing more.
Checking them where a picture is to go is the business of `bot.intake`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode


@dataclass(frozen=True, slots=True)
class Permission:
    """A permission by Discord's own name for it, its bit, and what the bot does with it."""

    name: str
    bit: int
    reason: str


#: Bits from Discord's documentation, page "Permissions".
PERMISSIONS: Final = (
    Permission("View Channels", 10, "to see the channel in which somebody asks"),
    Permission("Send Messages", 11, "to post a picture in a channel where no thread can be opened"),
    Permission("Embed Links", 14, "to show the picture and its options as a card"),
    Permission("Attach Files", 15, "to post the picture itself"),
    Permission("Read Message History", 16, "to reply, and to find its own message again after a crash"),
    Permission("Create Public Threads", 35, "to open a studio thread for a member's pictures"),
    Permission("Send Messages in Threads", 38, "to post pictures in that thread"),
)


def permission_number() -> int:
    """Return the permissions as the one number that Discord's invite link takes."""
    return sum(1 << permission.bit for permission in PERMISSIONS)


def invite_link(application_id: int) -> str:
    """Return the address that a server's administrator opens to add the bot."""
    query = {
        "client_id": str(application_id),
        "scope": "bot applications.commands",
        "permissions": str(permission_number()),
    }
    return f"https://discord.com/oauth2/authorize?{urlencode(query)}"
