"""How a run ends when Discord ends it."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any, cast

import discord
import pytest

from bot.errors import DiscordLoginError
from bot.lifetime import _until_stopped


def app_whose_connection_ends_with(error: Exception) -> Any:
    async def connect(*, reconnect: bool) -> None:
        assert reconnect
        raise error

    client = SimpleNamespace(connect=connect, wait_until_ready=asyncio.Event().wait)
    return cast("Any", SimpleNamespace(client=client))


async def test_an_intent_that_is_not_granted_is_told_by_the_setting_that_asks_for_it() -> None:
    app = app_whose_connection_ends_with(discord.PrivilegedIntentsRequired(None))
    with pytest.raises(DiscordLoginError, match="MESSAGE_CONTENT_INTENT"):
        await _until_stopped(app, asyncio.Event())


async def test_a_connection_that_ends_for_good_ends_the_process_with_an_error() -> None:
    app = app_whose_connection_ends_with(OSError("gone"))
    assert await _until_stopped(app, asyncio.Event()) == 1
