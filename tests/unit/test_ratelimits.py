"""A window with requests left is used, however long it lasts; a wait that is too long is refused."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any, cast

import discord
import pytest

from bot.ratelimits import Bucket

LONGEST_WAIT = 30.0


def answered(bucket: Bucket, *, remaining: int, reset_after: float) -> None:
    """Tell the bucket what Discord's headers said."""
    headers = {
        "X-Ratelimit-Limit": "20",
        "X-Ratelimit-Remaining": str(remaining),
        "X-Ratelimit-Reset-After": str(reset_after),
    }
    bucket.update(cast("Any", SimpleNamespace(headers=headers)))


async def test_a_second_request_of_a_long_window_is_made() -> None:
    bucket = Bucket(LONGEST_WAIT)
    for remaining in (19, 18, 17):
        async with bucket:
            answered(bucket, remaining=remaining, reset_after=300)


async def test_requests_at_once_share_what_is_left_of_a_long_window() -> None:
    bucket = Bucket(LONGEST_WAIT)
    made: list[int] = []

    async def request(number: int) -> None:
        async with bucket:
            await asyncio.sleep(0)
            made.append(number)
            answered(bucket, remaining=20 - len(made), reset_after=300)

    await asyncio.gather(*(request(number) for number in range(4)))
    assert sorted(made) == [0, 1, 2, 3]


async def test_a_used_up_long_window_is_refused() -> None:
    bucket = Bucket(LONGEST_WAIT)
    bucket.limit = 1
    async with bucket:
        answered(bucket, remaining=1, reset_after=300)
    async with bucket:
        bucket.remaining = 0
        bucket._sleeping = cast("Any", SimpleNamespace(locked=lambda: True))
    with pytest.raises(discord.RateLimited):
        await bucket.acquire()
