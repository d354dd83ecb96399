"""The gateway as discord.py and a bare WebSocket see it: what is heard, resuming, being sent away."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import aiohttp
import discord
import pytest

from sandbox.discord.session import Intent
from sandbox.world import seed
from sandbox.world.channels import ChannelChange
from sandbox.world.drafts import Draft
from sandbox.world.models import Overwrite
from tests.integration.sandbox.conftest import WAIT_SECONDS, logged_in

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.integration.sandbox.conftest import Bot, Rig

IDENTIFY: dict[str, Any] = {"token": "sandbox-token", "intents": int(Intent.GUILDS | Intent.GUILD_MESSAGES)}


@asynccontextmanager
async def _connected(rig: Rig) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    url = f"{rig.options.address}/discord/gateway/?v=10&encoding=json"
    async with aiohttp.ClientSession() as http, http.ws_connect(url) as socket:
        hello = await socket.receive_json(timeout=WAIT_SECONDS)
        assert hello["op"] == 10
        assert hello["d"]["heartbeat_interval"] > 0
        yield socket


async def _next(socket: aiohttp.ClientWebSocketResponse) -> dict[str, Any]:
    payload: dict[str, Any] = await socket.receive_json(timeout=WAIT_SECONDS)
    return payload


async def test_a_session_begins_with_ready_and_its_servers(rig: Rig) -> None:
    async with _connected(rig) as socket:
        await socket.send_json({"op": 1, "d": None})
        assert (await _next(socket))["op"] == 11
        await socket.send_json({"op": 2, "d": IDENTIFY})
        ready, guild = await _next(socket), await _next(socket)
    assert (ready["t"], ready["s"], guild["t"], guild["s"]) == ("READY", 1, "GUILD_CREATE", 2)
    assert ready["d"]["guilds"] == [{"id": str(seed.STUDIO), "unavailable": True}]
    assert [one["user"]["id"] for one in guild["d"]["members"]] == [str(seed.BOT)]


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        ({"op": 2, "d": {**IDENTIFY, "token": "wrong"}}, 4004),
        ({"op": 3, "d": {}}, 4003),
        ({"op": 77, "d": {}}, 4001),
        ({"op": 2, "d": {**IDENTIFY, "shard": [3, 2]}}, 4010),
        (["nonsense"], 4002),
    ],
)
async def test_a_client_that_breaks_the_rules_is_hung_up_on(rig: Rig, payload: Any, code: int) -> None:
    async with _connected(rig) as socket:
        await socket.send_json(payload)
        message = await socket.receive(timeout=WAIT_SECONDS)
        assert message.type is aiohttp.WSMsgType.CLOSE
        assert socket.close_code == code


async def test_what_was_missed_is_replayed_on_resume(rig: Rig) -> None:
    async with _connected(rig) as socket:
        await socket.send_json({"op": 2, "d": IDENTIFY})
        ready, guild = await _next(socket), await _next(socket)
        await socket.close(code=4000)
    await rig.until(lambda: not rig.world.bot_online)
    missed = rig.world.post_message(seed.ART, seed.MIA, Draft(content="hello"))
    resume = {"token": "sandbox-token", "session_id": ready["d"]["session_id"], "seq": guild["s"]}
    async with _connected(rig) as socket:
        await socket.send_json({"op": 6, "d": resume})
        replayed, resumed = await _next(socket), await _next(socket)
        assert (replayed["t"], replayed["s"], replayed["d"]["id"]) == ("MESSAGE_CREATE", 3, str(missed.id))
        assert (resumed["t"], resumed["d"]) == ("RESUMED", {})
        assert rig.world.bot_online


async def test_a_session_that_is_too_old_cannot_be_resumed(rig: Rig) -> None:
    async with _connected(rig) as socket:
        await socket.send_json({"op": 2, "d": IDENTIFY})
        ready = await _next(socket)
        await socket.close(code=4000)
    await rig.until(lambda: not rig.world.bot_online)
    rig.clock.move(6 * 60)
    resume = {"token": "sandbox-token", "session_id": ready["d"]["session_id"], "seq": 2}
    async with _connected(rig) as socket:
        await socket.send_json({"op": 6, "d": resume})
        answer = await _next(socket)
        assert (answer["op"], answer["d"]) == (9, False)
        await socket.send_json({"op": 2, "d": IDENTIFY})
        assert (await _next(socket))["t"] == "READY"


async def test_discord_py_resumes_when_it_is_sent_away(rig: Rig, bot: Bot) -> None:
    resumed = asyncio.create_task(bot.wait_for("resumed", timeout=WAIT_SECONDS))
    await asyncio.sleep(0)
    await rig.gateway.ask_to_reconnect()
    await resumed
    rig.command(prompt="still there")
    assert (await bot.interaction()).user.id == seed.MIA


async def test_an_interaction_begun_while_the_line_is_down_arrives_on_resume(rig: Rig, bot: Bot) -> None:
    await rig.gateway.hang_up()
    begun = rig.command()
    assert (await bot.interaction()).id == begun.id


async def test_without_the_intent_messages_are_not_heard_but_threads_are(rig: Rig, bot: Bot) -> None:
    posted = rig.world.post_message(seed.ART, seed.MIA, Draft(content="hello"))
    rig.world.open_thread(seed.ART, seed.MIA, "talk", message_id=posted.id)
    assert (await bot.hears("THREAD_CREATE"))["id"] == str(posted.id)
    assert not [kind for kind, _ in bot.heard if kind.startswith("MESSAGE_")]
    assert bot.guilds[0].get_thread(posted.id) is not None


async def test_with_the_intent_messages_are_heard_without_the_content_of_others(
    rig: Rig, aimed: None
) -> None:
    async with logged_in(intents=discord.Intents(guilds=True, guild_messages=True)) as bot:
        rig.world.post_message(seed.ART, seed.MIA, Draft(content="secret"))
        assert (await bot.hears("MESSAGE_CREATE"))["content"] == ""
        mine = await bot.text_channel(seed.ART).send("mine", nonce="n-1")
        heard = await bot.hears("MESSAGE_CREATE")
        assert (heard["content"], heard["nonce"]) == ("mine", "n-1")
        rig.world.delete_message(seed.ART, mine.id)
        assert (await bot.hears("MESSAGE_DELETE"))["id"] == str(mine.id)


async def test_changes_of_channels_and_roles_reach_the_bots_cache(rig: Rig, bot: Bot) -> None:
    channel = rig.world.create_channel(seed.STUDIO, "new")
    await bot.hears("CHANNEL_CREATE")
    rig.world.change_channel(channel.id, ChannelChange(name="newer"))
    await bot.hears("CHANNEL_UPDATE")
    assert bot.text_channel(channel.id).name == "newer"
    rig.world.set_overwrite(channel.id, Overwrite(id=seed.EASEL_ROLE, type=0, deny=1 << 11))
    await bot.hears("CHANNEL_UPDATE")
    assert not bot.text_channel(channel.id).permissions_for(bot.guilds[0].me).send_messages
    rig.world.delete_channel(channel.id)
    await bot.hears("CHANNEL_DELETE")
    assert bot.get_channel(channel.id) is None
    rig.world.change_role(seed.EASEL_ROLE, permissions=0)
    await bot.hears("GUILD_ROLE_UPDATE")
    role = bot.guilds[0].get_role(seed.EASEL_ROLE)
    assert role is not None
    assert role.permissions.value == 0


async def test_the_bot_hears_when_it_is_removed_and_taken_back(rig: Rig, bot: Bot) -> None:
    rig.world.remove_member(seed.STUDIO, seed.BOT)
    assert (await bot.hears("GUILD_DELETE")) == {"id": str(seed.STUDIO)}
    assert not bot.guilds
    with pytest.raises(discord.HTTPException) as refusal:
        await bot.get_partial_messageable(seed.ART).send("x")
    assert refusal.value.code == 50001
    bot.heard.clear()
    rig.world.add_member(seed.STUDIO, seed.BOT, [seed.EASEL_ROLE])
    await bot.hears("GUILD_CREATE")
    assert [guild.id for guild in bot.guilds] == [seed.STUDIO]


async def test_shards_share_the_servers_between_them(rig: Rig) -> None:
    async with _connected(rig) as first, _connected(rig) as second:
        await first.send_json({"op": 2, "d": {**IDENTIFY, "shard": [0, 2]}})
        await second.send_json({"op": 2, "d": {**IDENTIFY, "shard": [1, 2]}})
        assert len((await _next(first))["d"]["guilds"]) == 1
        assert (await _next(second))["d"]["guilds"] == []
