"""Edits that keep, replace or drop what is shown and the files: of messages, and of private answers."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import aiohttp
import discord
import pytest
from discord import ui

from sandbox.world import seed
from sandbox.world.interaction import InteractionState
from sandbox.world.models import Overwrite
from tests.integration.sandbox.conftest import picture

if TYPE_CHECKING:
    from tests.integration.sandbox.conftest import Bot, Rig

DAY = 24 * 3600


def file(name: str) -> discord.File:
    return discord.File(io.BytesIO(picture()), name)


def layout(*media: str, button: str = "") -> ui.LayoutView:
    """A gallery of these addresses, and a button and a select if a button is named."""
    gallery: ui.MediaGallery[Any] = ui.MediaGallery()
    for address in media:
        gallery.add_item(media=address, description="as it was")
    view = ui.LayoutView(timeout=None).add_item(gallery)
    if button:
        options = [discord.SelectOption(label=letter) for letter in "ab"]
        view.add_item(ui.ActionRow(ui.Button(label="x", custom_id=button)))
        view.add_item(ui.ActionRow(ui.Select(custom_id="pick", options=options)))
    view.stop()
    return view


def items(message: discord.Message) -> list[discord.MediaGalleryItem]:
    gallery = message.components[0]
    assert isinstance(gallery, discord.MediaGalleryComponent)
    return gallery.items


async def loads(url: str) -> bool:
    async with aiohttp.ClientSession() as http, http.get(url) as response:
        return response.status == 200


async def seen(rig: Rig, user: int) -> list[dict[str, Any]]:
    """Return what a person sees in #art, newest first."""
    address = f"{rig.options.address}/side/channels/{seed.ART}/messages"
    async with aiohttp.ClientSession() as http, http.get(address, params={"user": user}) as response:
        assert response.status == 200
        messages: list[dict[str, Any]] = await response.json()
        return messages


async def test_a_view_made_from_a_message_takes_a_new_alt_text_and_spoiler_for_the_file_that_stays(
    rig: Rig, bot: Bot
) -> None:
    message = await bot.text_channel(seed.ART).send(view=layout("attachment://a.png"), file=file("a.png"))
    before = items(message)[0].media.url
    view = ui.LayoutView.from_message(message, timeout=None)
    (gallery,) = view.children
    assert isinstance(gallery, ui.MediaGallery)
    gallery.items[0].description = "seen anew"
    gallery.items[0].spoiler = True
    # The address in the view may have ended by the time of the edit; the file is there all the same.
    rig.clock.move(DAY + 1)
    edited = await message.edit(view=view)
    view.stop()
    (item,) = items(edited)
    assert (item.description, item.spoiler) == ("seen anew", True)
    assert item.media.url.partition("?")[0] == before.partition("?")[0]
    assert (item.media.width, item.media.content_type) == (40, "image/png")
    assert not await loads(before)
    assert await loads(item.media.url)
    again = await bot.text_channel(seed.ART).fetch_message(message.id)
    assert (items(again)[0].description, items(again)[0].spoiler) == ("seen anew", True)


async def test_an_edit_names_the_files_that_stay_and_no_others(rig: Rig, bot: Bot) -> None:
    names = ("attachment://a.png", "attachment://b.png")
    message = await bot.text_channel(seed.ART).send(view=layout(*names), files=[file("a.png"), file("b.png")])
    edited = await message.edit(view=layout("attachment://b.png"))
    assert [item.media.url.partition("?")[0][-5:] for item in items(edited)] == ["b.png"]
    assert len(rig.world.message(seed.ART, message.id).attachments) == 2
    kept = rig.world.message(seed.ART, message.id).attachments[1]
    with pytest.raises(discord.HTTPException) as refusal:
        await bot.http.request(
            discord.http.Route("PATCH", "/channels/{c}/messages/{m}", c=seed.ART, m=message.id),
            json={
                "attachments": [{"id": str(kept.id)}],
                "components": [{"type": 12, "items": [{"media": {"url": "attachment://a.png"}}]}],
            },
        )
    assert refusal.value.code == 50035
    assert 'The referenced attachment "a.png" was not found.' in refusal.value.text


async def test_a_page_of_a_private_answer_is_turned_with_new_components_and_new_files(
    rig: Rig, bot: Bot
) -> None:
    rig.command()
    first = await bot.interaction()
    await first.response.send_message(
        view=layout("attachment://one.png", button="next:2"), file=file("one.png"), ephemeral=True
    )
    answer = await first.original_response()
    old = items(answer)[0].media.url
    begun = rig.press(answer.id, "next:2")
    pressed = await bot.interaction()
    assert pressed.message is not None
    assert pressed.message.flags.ephemeral
    await pressed.response.edit_message(
        view=layout("attachment://two.png", "attachment://three.png", button="next:3"),
        attachments=[file("two.png"), file("three.png")],
    )
    assert rig.world.interaction(begun.id).state is InteractionState.ANSWERED
    (page,) = await seen(rig, seed.MIA)
    gallery, row, _ = page["components"]
    links = [item["media"]["url"] for item in gallery["items"]]
    assert [link.partition("?")[0].rpartition("/")[2] for link in links] == ["two.png", "three.png"]
    assert row["components"][0]["custom_id"] == "next:3"
    assert all([await loads(link) for link in links])
    assert not await loads(old)
    assert await seen(rig, seed.BEN) == []


async def test_a_private_answer_loses_its_components_and_files_by_an_edit(rig: Rig, bot: Bot) -> None:
    rig.command()
    interaction = await bot.interaction()
    await interaction.response.send_message(
        "sure?",
        view=ui.View().add_item(ui.Button(label="x", custom_id="x")),
        file=file("a.png"),
        ephemeral=True,
    )
    await interaction.edit_original_response(content="done", view=None, attachments=[])
    (answer,) = await seen(rig, seed.MIA)
    assert (answer["content"], answer["components"], answer["attachments"]) == ("done", [], [])
    more = await interaction.followup.send(
        view=layout("attachment://b.png", button="y"), file=file("b.png"), ephemeral=True, wait=True
    )
    begun = rig.press(more.id, "y")
    pressed = await bot.interaction()
    await pressed.response.edit_message(view=ui.LayoutView().add_item(ui.TextDisplay("gone")), attachments=[])
    assert rig.world.interaction(begun.id).state is InteractionState.ANSWERED
    newest, _ = await seen(rig, seed.MIA)
    assert [part["type"] for part in newest["components"]] == [10]
    assert await seen(rig, seed.BEN) == []
    assert rig.world.attachments == {}


async def test_where_the_bot_may_not_embed_an_edit_loses_its_embed(rig: Rig, bot: Bot) -> None:
    channel = bot.text_channel(seed.ART)
    bare = await channel.send(embed=discord.Embed(title="before"))
    with_file = await channel.send(embed=discord.Embed(title="before"), file=file("a.png"))
    rig.world.set_overwrite(seed.ART, Overwrite(id=seed.EASEL_ROLE, type=0, deny=1 << 14))
    with pytest.raises(discord.HTTPException) as refused:
        await channel.get_partial_message(bare.id).edit(embed=discord.Embed(title="after"))
    assert refused.value.code == 50006
    edited = await channel.get_partial_message(with_file.id).edit(embed=discord.Embed(title="after"))
    assert edited.embeds == []
