"""What somebody can do at this moment and in this place, for whoever asks how Easel works.

Only facts: what is worded of them, and which commands there are, is known elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.servers import missing_permissions

if TYPE_CHECKING:
    from datetime import datetime

    from bot.acts import Block
    from bot.quota import Limits, Prices, Spender
    from bot.store import Store
    from bot.wishes import Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """What holds for one person in one place; `is_direct` of a conversation with the bot alone.

    `left` of `limit` credits are left to them, None of None without a limit; the next comes back at
    `back_at`. `places` are where pictures can be made instead, if `is_allowed` is not true of this one.
    `missing` are the permissions that the bot lacks to post a picture here. Under a `block` they can make
    none in this server.
    """

    left: int | None
    limit: int | None
    back_at: datetime | None
    prices: Prices
    is_allowed: bool
    places: tuple[int, ...]
    missing: tuple[str, ...]
    block: Block | None = None
    is_direct: bool = False


class Guidance:
    """Answers what can be done."""

    def __init__(self, *, store: Store, limits: Limits, prices: Prices) -> None:
        self._store = store
        self._limits = limits
        self._prices = prices

    async def situation(self, spender: Spender, place: Origin | None) -> Situation:
        """Return what holds for whoever asks, where they ask; a direct conversation is no place (None)."""
        guild_id = spender.guild_id or 0
        settings = await self._store.server_settings(guild_id)
        standing = await self._store.standing(spender, self._limits)
        return Situation(
            left=standing.left,
            limit=standing.allowance.total,
            back_at=standing.back_at,
            prices=self._prices,
            is_allowed=place is not None and settings.allows(place.channel_id, place.category_id),
            places=tuple(sorted(settings.places)),
            missing=missing_permissions(settings, place) if place else (),
            block=await self._store.block_of(guild_id=guild_id, member_id=spender.member_id),
            is_direct=place is None,
        )
