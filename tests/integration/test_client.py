"""The connection to Discord: a request without an answer is given up."""

from __future__ import annotations

import asyncio

import aiohttp
import discord
import pytest
from aiohttp import web

from bot.client import give_up_after


async def test_a_request_that_discord_never_answers_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    hold = asyncio.Event()

    async def user(_: web.Request) -> web.Response:
        return web.json_response({"id": "1", "username": "easel", "discriminator": "0", "avatar": None})

    async def messages(_: web.Request) -> web.Response:
        await hold.wait()
        return web.Response()

    app = web.Application()
    app.router.add_get("/users/@me", user)
    app.router.add_get("/channels/1/messages", messages)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    monkeypatch.setattr(discord.http.Route, "BASE", f"http://127.0.0.1:{runner.addresses[0][1]}")
    client = discord.Client(intents=discord.Intents.none())
    try:
        await client.http.static_login("a-token")
        give_up_after(client.http, aiohttp.ClientTimeout(sock_read=0.05))
        with pytest.raises(TimeoutError):
            await client.http.logs_from(1, limit=1)
    finally:
        hold.set()
        await client.http.close()
        await runner.cleanup()
