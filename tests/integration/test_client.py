"""The connection to Discord: what is no answer, or never comes, is a fault like any other."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import aiohttp
import discord
import pytest
from aiohttp import web

from bot.client import give_up_after, refuse_nonsense

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


async def user(_: web.Request) -> web.Response:
    return web.json_response({"id": "1", "username": "easel", "discriminator": "0", "avatar": None})


async def silence(_: web.Request) -> web.Response:
    await asyncio.Event().wait()
    return web.Response()


async def nonsense(_: web.Request) -> web.Response:
    return web.Response(text="<html>Bad gateway</html>", content_type="text/html")


async def nothing(_: web.Request) -> web.Response:
    return web.Response(status=204)


@pytest.fixture
async def http(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[discord.http.HTTPClient]:
    app = web.Application()
    app.router.add_get("/users/@me", user)
    app.router.add_get("/channels/1/messages", silence)
    app.router.add_get("/channels/2/messages", nonsense)
    app.router.add_post("/channels/3/typing", nothing)
    app.router.add_get("/webhooks/4/a-token/messages/5", nonsense)
    app.router.add_delete("/webhooks/4/a-token/messages/6", nothing)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    monkeypatch.setattr(discord.http.Route, "BASE", f"http://127.0.0.1:{runner.addresses[0][1]}")
    client = discord.Client(intents=discord.Intents.none())
    try:
        await client.http.static_login("a-token")
        yield client.http
    finally:
        await client.http.close()
        await runner.cleanup()


async def test_a_request_that_discord_never_answers_is_given_up(http: discord.http.HTTPClient) -> None:
    give_up_after(http, aiohttp.ClientTimeout(sock_read=0.05))
    with pytest.raises(TimeoutError):
        await http.logs_from(1, limit=1)


async def test_an_answer_that_is_no_json_counts_as_one_that_did_not_arrive(
    http: discord.http.HTTPClient,
) -> None:
    refuse_nonsense(http)
    with pytest.raises(aiohttp.ClientPayloadError, match="no JSON"):
        await http.logs_from(2, limit=1)
    await http.send_typing(3)


async def test_so_does_one_to_an_answer_of_an_interaction(http: discord.http.HTTPClient) -> None:
    async def log_in() -> None:
        refuse_nonsense(http)

    await asyncio.create_task(log_in())
    async with aiohttp.ClientSession() as session:
        webhook = discord.Webhook.partial(4, "a-token", session=session)
        with pytest.raises(aiohttp.ClientPayloadError, match="no JSON"):
            await webhook.fetch_message(5)
        await webhook.delete_message(6)
