"""Messages sent, read, changed and deleted with discord.py."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import discord
import pytest
from discord import ui

from sandbox.world import seed
from sandbox.world.drafts import Draft
from tests.integration.sandbox.conftest import logged_in, picture

if TYPE_CHECKING:
    from tests.integration.sandbox.conftest import Bot, Rig


def _file(name: str = "a.png", **more: Any) -> discord.File:
    return discord.File(io.BytesIO(picture(64, 48)), name, **more)


async def test_a_file_comes_back_measured_and_with_its_alt_text(bot: Bot) -> None:
    message = await bot.text_channel(seed.ART).send("look", file=_file(description="teal"))
    (attachment,) = message.attachments
    assert (attachment.width, attachment.height, attachment.content_type) == (64, 48, "image/png")
    assert attachment.description == "teal"
    assert await attachment.read() == picture(64, 48)
    spoiler = await bot.text_channel(seed.ART).send(file=_file(spoiler=True))
    assert spoiler.attachments[0].is_spoiler()


class _Button(ui.DynamicItem[ui.Button[Any]], template=r"img:(?P<job>\w+)"):
    def __init__(self, job: str) -> None:
        super().__init__(ui.Button(label="Again", custom_id=f"img:{job}"))


def _layout(name: str = "castle.png") -> ui.LayoutView:
    view = ui.LayoutView(timeout=None)
    gallery: ui.MediaGallery[Any] = ui.MediaGallery()
    gallery.add_item(media=f"attachment://{name}", description="a castle at sunset")
    box: ui.Container[Any] = ui.Container(ui.TextDisplay("**Done** <@101>"), gallery, accent_colour=0x112233)
    box.add_item(ui.File(f"attachment://{name}"))
    view.add_item(box)
    view.add_item(ui.ActionRow(_Button("7")))
    return view


async def test_a_components_v2_message_comes_back_with_its_media_resolved(rig: Rig, bot: Bot) -> None:
    message = await bot.text_channel(seed.ART).send(view=_layout(), file=_file("castle.png"))
    assert message.flags.components_v2
    assert message.attachments == []
    container = message.components[0]
    assert isinstance(container, discord.Container)
    gallery = container.children[1]
    assert isinstance(gallery, discord.MediaGalleryComponent)
    media = gallery.items[0].media
    assert (media.width, media.height, media.content_type) == (64, 48, "image/png")
    assert gallery.items[0].description == "a castle at sunset"
    assert media.url.startswith(f"{rig.options.address}/discord/cdn/attachments/{seed.ART}/")
    assert await bot.http.get_from_cdn(media.url) == picture(64, 48)
    file = container.children[2]
    assert isinstance(file, discord.FileComponent)
    assert file.name == "castle.png"
    row = message.components[1]
    assert isinstance(row, discord.ActionRow)
    assert getattr(row.children[0], "custom_id", None) == "img:7"
    assert [user.id for user in message.mentions] == [seed.MIA]
    assert len({part["id"] for part in rig.world.message(seed.ART, message.id).components}) == 2


async def test_an_edit_replaces_the_files_that_it_does_not_list(rig: Rig, bot: Bot) -> None:
    channel = bot.text_channel(seed.ART)
    message = await channel.send("two", files=[_file("a.png"), _file("b.png")])
    old = message.attachments[1].url
    message = await message.edit(attachments=[message.attachments[0], _file("c.png")], suppress=False)
    assert [one.filename for one in message.attachments] == ["a.png", "c.png"]
    message = await message.edit(content="same files", suppress=False)
    assert [one.filename for one in message.attachments] == ["a.png", "c.png"]
    assert message.edited_at is not None
    with pytest.raises(discord.NotFound):
        await bot.http.get_from_cdn(old)


async def test_the_same_nonce_is_the_same_message_for_three_minutes(rig: Rig, bot: Bot) -> None:
    channel = bot.text_channel(seed.ART)
    first = await channel.send("once", nonce="job-1")
    assert (await channel.send("twice", nonce="job-1")).id == first.id
    assert (await channel.send("elsewhere", nonce="job-2")).id != first.id
    rig.clock.move(3 * 60)
    assert (await channel.send("later", nonce="job-1")).id != first.id


async def test_the_nonce_of_a_deleted_message_is_answered_with_10008(bot: Bot) -> None:
    channel = bot.text_channel(seed.ART)
    first = await channel.send("once", nonce="job-1")
    await first.delete()
    with pytest.raises(discord.NotFound) as refusal:
        await channel.send("again", nonce="job-1")
    assert refusal.value.code == 10008


async def test_a_nonce_holds_for_uploads_too(bot: Bot) -> None:
    channel = bot.text_channel(seed.ART)
    first = await channel.send(file=_file(), nonce="job-1")
    assert (await channel.send(file=_file(), nonce="job-1")).id == first.id


async def test_a_reply_points_to_its_message_and_pings_its_author(rig: Rig, bot: Bot) -> None:
    asked = rig.world.post_message(seed.ART, seed.BEN, Draft(content="may I?"))
    channel = bot.text_channel(seed.ART)
    reply = await channel.get_partial_message(asked.id).reply("you may")
    assert reply.reference is not None
    assert reply.reference.message_id == asked.id
    assert [one.id for one in reply.mentions] == [seed.BEN]
    quiet = await channel.get_partial_message(asked.id).reply("you may", mention_author=False)
    assert quiet.mentions == []
    with pytest.raises(discord.HTTPException) as refusal:
        await channel.get_partial_message(7).reply("to nothing")
    assert refusal.value.code == 50035


async def test_history_is_paged_newest_first(rig: Rig, bot: Bot) -> None:
    posted = [rig.world.post_message(seed.ART, seed.MIA, Draft(content=str(n))).id for n in range(120)]
    channel = bot.text_channel(seed.ART)
    assert [one.id async for one in channel.history(limit=None)] == posted[::-1]
    after = channel.history(limit=3, after=discord.Object(posted[10]))
    assert [one.id async for one in after] == posted[11:14]
    around = channel.history(limit=5, around=discord.Object(posted[50]))
    assert sorted([one.id async for one in around]) == posted[48:53]


async def test_other_peoples_words_are_empty_without_the_message_content_intent(
    rig: Rig, aimed: None
) -> None:
    secret = rig.world.post_message(seed.ART, seed.MIA, Draft(content="secret"))
    addressed = rig.world.post_message(seed.ART, seed.MIA, Draft(content=f"hello <@{seed.BOT}>"))
    async with logged_in() as bot:
        assert (await bot.text_channel(seed.ART).fetch_message(secret.id)).content == ""
        assert "hello" in (await bot.text_channel(seed.ART).fetch_message(addressed.id)).content
    async with logged_in(intents=discord.Intents(guilds=True, message_content=True)) as bot:
        assert (await bot.text_channel(seed.ART).fetch_message(secret.id)).content == "secret"


@pytest.mark.parametrize(("channel_id", "status", "code"), [(seed.LOOK_ONLY, 403, 50013), (999, 404, 10003)])
async def test_sending_where_one_may_not_is_refused(
    bot: Bot, channel_id: int, status: int, code: int
) -> None:
    with pytest.raises(discord.HTTPException) as refusal:
        await bot.get_partial_messageable(channel_id).send("x")
    assert (refusal.value.status, refusal.value.code) == (status, code)


async def test_a_channel_that_cannot_be_seen_is_refused_with_50001(rig: Rig, bot: Bot) -> None:
    rig.world.change_role(seed.EASEL_ROLE, permissions=0)
    rig.world.remove_overwrite(seed.STAFF, seed.EASEL_ROLE)
    with pytest.raises(discord.Forbidden) as refusal:
        await bot.get_partial_messageable(seed.STAFF).send("x")
    assert refusal.value.code == 50001


async def test_a_file_above_the_limit_is_refused_with_40005(bot: Bot) -> None:
    big = discord.File(io.BytesIO(bytes(10 * 1024 * 1024 + 1)), "big.bin")
    with pytest.raises(discord.HTTPException) as refusal:
        await bot.text_channel(seed.ART).send(file=big)
    assert (refusal.value.status, refusal.value.code) == (413, 40005)


async def test_the_bot_changes_only_its_own_messages_and_deletes_others_only_as_a_moderator(
    rig: Rig, bot: Bot
) -> None:
    theirs = rig.world.post_message(seed.ART, seed.MIA, Draft(content="mine"))
    partial = bot.text_channel(seed.ART).get_partial_message(theirs.id)
    with pytest.raises(discord.Forbidden) as refusal:
        await partial.edit(content="x")
    assert refusal.value.code == 50005
    with pytest.raises(discord.Forbidden) as refusal:
        await partial.delete()
    assert refusal.value.code == 50013


async def test_a_message_can_be_sent_to_a_person_directly(rig: Rig, bot: Bot) -> None:
    mia = await bot.fetch_user(seed.MIA)
    message = await mia.send("hello")
    assert isinstance(message.channel, discord.DMChannel)
    assert rig.world.can_view(seed.MIA, message.channel.id)
    assert not rig.world.can_view(seed.BEN, message.channel.id)
    rig.world.remove_member(seed.STUDIO, seed.MIA)
    with pytest.raises(discord.Forbidden) as refusal:
        await mia.send("hello?")
    assert refusal.value.code == 50007


async def test_a_voice_channels_chat_takes_messages_but_no_threads(rig: Rig, bot: Bot) -> None:
    voice = bot.get_channel(seed.VOICE)
    assert isinstance(voice, discord.VoiceChannel)
    message = await voice.send("hello")
    with pytest.raises(discord.HTTPException) as refusal:
        await message.create_thread(name="no")
    assert refusal.value.code == 50024
