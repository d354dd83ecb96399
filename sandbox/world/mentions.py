"""Whom a message mentions: what its text names, as far as `allowed_mentions` and permissions let it.

After Discord's documentation ("Allowed Mentions Object"). A message of the API mentions everything that it
names by default, an answer to an interaction only users.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sandbox.discord.permissions import Permission
from sandbox.world import media

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sandbox.world.models import Json
    from sandbox.world.state import State

_USER: Final = re.compile(r"<@!?(\d+)>")
_ROLE: Final = re.compile(r"<@&(\d+)>")
_EVERYONE: Final = re.compile(r"@(everyone|here)\b")
_TEXT_DISPLAY: Final = 10


@dataclass(frozen=True, slots=True)
class Mentions:
    """Who is mentioned."""

    users: list[int]
    roles: list[int]
    everyone: bool


def of(
    state: State,
    *,
    channel_id: int,
    author_id: int,
    content: str,
    components: Sequence[Json],
    allowed: Json | None,
    replied_to: int | None = None,
    in_answer: bool = False,
) -> Mentions:
    """Return whom this text mentions; `replied_to` is the author of the message that it replies to."""
    rules = _Rules(allowed, in_answer=in_answer)
    text = "\n".join([content, *_texts(components)])
    users = [u for u in _ids(_USER, text) if u in state.users and rules.lets("users", u)]
    if replied_to is not None and rules.replied_user and replied_to not in users:
        users.append(replied_to)
    loud = Permission.MENTION_EVERYONE in state.permissions(author_id, channel_id)
    guild_id = state.channel(channel_id).guild_id
    known = state.guild(guild_id).roles if guild_id is not None else {}
    roles = [r for r in _ids(_ROLE, text) if r in known and loud and rules.lets("roles", r)]
    everyone = loud and rules.everyone and _EVERYONE.search(text) is not None
    return Mentions(users, roles, everyone)


class _Rules:
    """An `allowed_mentions` object, or the default where there is none."""

    def __init__(self, allowed: Json | None, *, in_answer: bool) -> None:
        everything: Json = {
            "parse": ["users"] if in_answer else ["users", "roles", "everyone"],
            "replied_user": True,
        }
        self._allowed: dict[str, Any] = everything if allowed is None else allowed
        self._parse = frozenset(self._allowed.get("parse") or ())

    @property
    def everyone(self) -> bool:
        return "everyone" in self._parse

    @property
    def replied_user(self) -> bool:
        return bool(self._allowed.get("replied_user", False))

    def lets(self, kind: str, target: int) -> bool:
        return kind in self._parse or str(target) in {str(one) for one in self._allowed.get(kind) or ()}


def _ids(pattern: re.Pattern[str], text: str) -> list[int]:
    return list(dict.fromkeys(int(found) for found in pattern.findall(text)))


def _texts(components: Sequence[Json]) -> list[str]:
    parts = media.nested(list(components))
    return [str(part.get("content", "")) for part in parts if part.get("type") == _TEXT_DISPLAY]
