"""Logging in with discord.py, registering commands, and what the sandbox refuses."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import aiohttp
import discord
import pytest
from discord.http import Route

from sandbox.world import seed

if TYPE_CHECKING:
    from tests.integration.sandbox.conftest import Bot, Rig


async def test_the_bot_finds_its_server_with_its_own_permissions(bot: Bot) -> None:
    (guild,) = bot.guilds
    assert (guild.id, guild.name) == (seed.STUDIO, "The Studio")
    assert guild.me.id == seed.BOT
    assert bot.application_id == seed.BOT
    here = bot.text_channel(seed.ART).permissions_for(guild.me)
    assert here.create_public_threads
    assert here.attach_files
    assert not bot.text_channel(seed.NO_THREADS).permissions_for(guild.me).create_public_threads
    assert not bot.text_channel(seed.LOOK_ONLY).permissions_for(guild.me).send_messages


async def test_the_world_knows_whether_the_bot_is_there(rig: Rig, bot: Bot) -> None:
    statuses: list[bool] = []
    rig.world.subscribe(lambda e: statuses.append(e.data["online"]) if e.type == "BOT_STATUS" else None)
    assert rig.world.bot_online
    await bot.close()
    await rig.gateway.hang_up()
    assert statuses == [False]


async def test_a_wrong_token_is_refused_with_401(aimed: None) -> None:
    client = discord.Client(intents=discord.Intents.none())
    with pytest.raises(discord.LoginFailure):
        await client.login("another-token")
    await client.close()


async def test_commands_are_registered_for_a_server_and_keep_their_ids(rig: Rig, bot: Bot) -> None:
    @bot.tree.command(name="imagine", description="Make a picture", guild=discord.Object(seed.STUDIO))
    async def imagine(_: discord.Interaction[Any], prompt: str) -> None: ...

    (first,) = await bot.tree.sync(guild=discord.Object(seed.STUDIO))
    (again,) = await bot.tree.sync(guild=discord.Object(seed.STUDIO))
    assert first.id == again.id
    assert [option.name for option in again.options] == ["prompt"]
    (command,) = rig.world.commands_in(seed.STUDIO)
    assert command.name == "imagine"
    assert [one.id for one in await bot.tree.fetch_commands(guild=discord.Object(seed.STUDIO))] == [first.id]
    await first.delete()
    assert rig.world.commands_in(seed.STUDIO) == []


async def test_a_route_that_is_not_modelled_is_answered_with_501_and_named_in_the_log(
    bot: Bot, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, logger="sandbox"), pytest.raises(discord.HTTPException) as refusal:
        await bot.http.request(Route("GET", "/guilds/{guild_id}/bans", guild_id=seed.STUDIO))
    assert refusal.value.status == 501
    assert "GET /guilds/200/bans" in refusal.value.text
    assert "GET /guilds/200/bans" in caplog.text


async def test_every_request_of_the_bot_is_logged_with_its_route_and_status(rig: Rig, bot: Bot) -> None:
    before = rig.requests.since()[-1].n
    await bot.text_channel(seed.ART).send("hello")
    with pytest.raises(discord.NotFound):
        await bot.text_channel(seed.ART).fetch_message(7)
    seen = [(one.method, one.route, one.path, one.status) for one in rig.requests.since(before)]
    assert seen[0] == ("POST", "/channels/{channel}/messages", f"/channels/{seed.ART}/messages", 200)
    assert seen[1][0] == "GET"
    assert seen[1][3] == 404


async def test_answers_are_plain_json_and_carry_rate_limit_headers(rig: Rig) -> None:
    headers = {"Authorization": "Bot sandbox-token"}
    async with aiohttp.ClientSession(headers=headers) as http, http.get(f"{rig.api}/users/@me") as response:
        assert response.headers["Content-Type"] == "application/json"
        assert "X-RateLimit-Bucket" in response.headers
        assert (await response.json())["id"] == str(seed.BOT)


async def test_a_broken_body_is_refused_with_50109(rig: Rig) -> None:
    headers = {"Authorization": "Bot sandbox-token", "Content-Type": "application/json"}
    async with (
        aiohttp.ClientSession(headers=headers) as http,
        http.post(f"{rig.api}/channels/{seed.ART}/messages", data="{") as response,
    ):
        assert response.status == 400
        assert (await response.json())["code"] == 50109
