"""Attachment links: signed, ending, made fresh."""

from __future__ import annotations

import asyncio
import io
from typing import TYPE_CHECKING, Any

import aiohttp
import discord
import pytest
from discord.http import Route

from sandbox.world import seed
from tests.integration.sandbox.conftest import picture

if TYPE_CHECKING:
    from tests.integration.sandbox.conftest import Bot, Rig


async def _posted(bot: Bot) -> discord.Attachment:
    file = discord.File(io.BytesIO(picture()), "a b.png")
    return (await bot.text_channel(seed.ART).send(file=file)).attachments[0]


async def test_a_link_ends_and_a_read_gives_a_fresh_one(rig: Rig, bot: Bot) -> None:
    attachment = await _posted(bot)
    assert attachment.filename == "a_b.png"
    rig.clock.move(24 * 3600 + 1)
    async with aiohttp.ClientSession() as http, http.get(attachment.url) as response:
        assert response.status == 404
        assert await response.text() == "This content is no longer available."
    route = Route("POST", "/attachments/refresh-urls")
    answer = await bot.http.request(route, json={"attachment_urls": [attachment.url, "https://else.where/x"]})
    fresh, foreign = answer["refreshed_urls"]
    assert await bot.http.get_from_cdn(fresh["refreshed"]) == picture()
    assert foreign["refreshed"] == "https://else.where/x"


@pytest.mark.parametrize("urls", [None, [], "https://a.b/c", ["https://a.b/c"] * 51, [7], ["attachments/1"]])
async def test_only_1_to_50_addresses_can_be_made_fresh(bot: Bot, urls: object) -> None:
    with pytest.raises(discord.HTTPException) as refusal:
        await bot.http.request(Route("POST", "/attachments/refresh-urls"), json={"attachment_urls": urls})
    assert (refusal.value.status, refusal.value.code) == (400, 50035)


async def test_only_the_bot_can_make_links_fresh(rig: Rig) -> None:
    address = f"{rig.api}/attachments/refresh-urls"
    body = {"attachment_urls": ["https://a.b/c"]}
    async with aiohttp.ClientSession() as http, http.post(address, json=body) as response:
        assert response.status == 401


async def test_a_link_that_has_ended_is_no_reference_for_the_image_service(rig: Rig, bot: Bot) -> None:
    attachment = await _posted(bot)

    async def edited(url: str) -> dict[str, Any]:
        apixo, key = f"{rig.options.address}/apixo/api/v1", {"Authorization": "Bearer sandbox-key"}
        body = {"input": {"mode": "pro", "prompt": "x", "image_urls": [url]}}
        async with aiohttp.ClientSession(headers=key) as http:
            await http.patch(f"{rig.options.address}/side/apixo", json={"seconds": 0, "plain_pictures": True})
            async with http.post(f"{apixo}/generateTask/flux-kontext", json=body) as response:
                task = (await response.json())["data"]["taskId"]
            while True:
                async with http.get(f"{apixo}/statusTask/flux-kontext", params={"taskId": task}) as response:
                    data: dict[str, Any] = (await response.json())["data"]
                if data["state"] in ("success", "failed"):
                    return data
                await asyncio.sleep(0.01)

    assert (await edited(attachment.url))["state"] == "success"
    rig.clock.move(24 * 3600 + 1)
    assert (await edited(attachment.url))["failCode"] == "INVALID_IMAGE_URL"
    answer = await bot.http.request(
        Route("POST", "/attachments/refresh-urls"), json={"attachment_urls": [attachment.url]}
    )
    assert (await edited(answer["refreshed_urls"][0]["refreshed"]))["state"] == "success"


async def test_a_tampered_link_is_dead(rig: Rig, bot: Bot) -> None:
    attachment = await _posted(bot)
    for broken in (attachment.url.replace("ex=", "ex=f"), attachment.url.partition("?")[0]):
        with pytest.raises(discord.NotFound):
            await bot.http.get_from_cdn(broken)


async def test_a_deleted_messages_file_is_gone(rig: Rig, bot: Bot) -> None:
    attachment = await _posted(bot)
    (message,) = rig.world.history(seed.ART)
    rig.world.delete_message(seed.ART, message.id)
    with pytest.raises(discord.NotFound):
        await bot.http.get_from_cdn(attachment.url)


async def test_an_options_file_has_an_ephemeral_link(rig: Rig) -> None:
    kept = await rig.world.keep_file("ref.png", picture(), ephemeral=True)
    link = rig.world.links.to(kept, application_id=seed.BOT)
    assert f"/ephemeral-attachments/{seed.BOT}/{kept.id}/ref.png" in link
    async with aiohttp.ClientSession() as http, http.get(link) as response:
        assert response.headers["Content-Type"] == "image/png"
        assert await response.read() == picture()
