"""Threads opened, written in, archived and locked with discord.py."""

from __future__ import annotations

from typing import TYPE_CHECKING

import discord
import pytest

from sandbox.world import seed
from sandbox.world.channels import ChannelChange
from sandbox.world.drafts import Draft

if TYPE_CHECKING:
    from tests.integration.sandbox.conftest import Bot, Rig


async def _thread(bot: Bot) -> discord.Thread:
    message = await bot.text_channel(seed.ART).send("card")
    return await message.create_thread(name="studio", auto_archive_duration=60)


async def test_a_thread_has_its_messages_id_and_takes_messages(rig: Rig, bot: Bot) -> None:
    card = await bot.text_channel(seed.ART).send("card")
    thread = await card.create_thread(name="studio")
    assert thread.id == card.id
    assert thread.owner_id == seed.BOT
    await thread.send("first")
    assert rig.world.channel(thread.id).thread_state().message_count == 1
    assert (await bot.text_channel(seed.ART).fetch_message(card.id)).flags.has_thread
    types = [one.type async for one in thread.history()]
    assert types == [discord.MessageType.default, discord.MessageType.thread_starter_message]


async def test_a_message_has_only_one_thread(bot: Bot) -> None:
    thread = await _thread(bot)
    with pytest.raises(discord.HTTPException) as refusal:
        await bot.text_channel(seed.ART).get_partial_message(thread.id).create_thread(name="again")
    assert refusal.value.code == 160004


async def test_threads_are_refused_where_the_bot_may_not_open_them(bot: Bot) -> None:
    card = await bot.text_channel(seed.NO_THREADS).send("card")
    with pytest.raises(discord.Forbidden) as refusal:
        await card.create_thread(name="no")
    assert refusal.value.code == 50013


async def test_writing_opens_an_archived_thread_but_editing_and_deleting_do_not(rig: Rig, bot: Bot) -> None:
    thread = await _thread(bot)
    message = await thread.send("card")
    rig.world.change_channel(thread.id, ChannelChange(archived=True))
    card = thread.get_partial_message(message.id)
    for attempt in (card.edit(content="x"), card.delete()):
        with pytest.raises(discord.HTTPException) as refusal:
            await attempt
        assert refusal.value.code == 50083
    await thread.send("more")
    assert not rig.world.channel(thread.id).thread_state().archived


async def test_a_locked_thread_is_refused_with_160005(rig: Rig, bot: Bot) -> None:
    thread = await _thread(bot)
    message = await thread.send("card")
    rig.world.change_channel(thread.id, ChannelChange(locked=True))
    rig.world.change_channel(thread.id, ChannelChange(archived=True))
    for attempt in (thread.send("x"), thread.edit(archived=False)):
        with pytest.raises(discord.Forbidden) as refusal:
            await attempt
        assert refusal.value.code == 160005
    assert rig.world.message(thread.id, message.id).content == "card"


async def test_the_bot_can_open_and_rename_its_own_thread(rig: Rig, bot: Bot) -> None:
    thread = await _thread(bot)
    rig.world.change_channel(thread.id, ChannelChange(archived=True))
    await thread.edit(archived=False)
    edited = await thread.edit(name="renamed", auto_archive_duration=4320)
    assert (edited.name, edited.auto_archive_duration) == ("renamed", 4320)


async def test_a_thread_is_archived_when_it_has_been_quiet_long_enough(rig: Rig, bot: Bot) -> None:
    thread = await _thread(bot)
    rig.clock.move(61 * 60)
    rig.world.sweep()
    assert rig.world.channel(thread.id).thread_state().archived
    fetched = await bot.fetch_channel(thread.id)
    assert isinstance(fetched, discord.Thread)
    assert fetched.archived
    archived = [one.id async for one in bot.text_channel(seed.ART).archived_threads()]
    assert archived == [thread.id]


async def test_a_deleted_thread_is_gone(rig: Rig, bot: Bot) -> None:
    thread = await _thread(bot)
    rig.world.delete_channel(thread.id)
    with pytest.raises(discord.NotFound) as refusal:
        await thread.send("x")
    assert refusal.value.code == 10003


async def test_a_private_thread_is_seen_by_its_members_and_by_who_manages_threads(rig: Rig, bot: Bot) -> None:
    rig.world.change_role(seed.EVERYONE, permissions=rig.world.guild(seed.STUDIO).roles[200].permissions)
    thread = await bot.text_channel(seed.ART).create_thread(name="secret")
    assert thread.is_private()
    mia = await bot.fetch_user(seed.MIA)
    await thread.add_user(mia)
    assert rig.world.can_view(seed.MIA, thread.id)
    assert not rig.world.can_view(seed.BEN, thread.id)
    assert rig.world.can_view(seed.ADA, thread.id)
    assert {one.id for one in await thread.fetch_members()} == {seed.BOT, seed.MIA}


async def test_a_public_thread_without_a_message_is_announced_in_the_channel(rig: Rig, bot: Bot) -> None:
    public = discord.ChannelType.public_thread
    thread = await bot.text_channel(seed.ART).create_thread(name="open", type=public)
    (notice,) = [one async for one in bot.text_channel(seed.ART).history()]
    assert notice.type is discord.MessageType.thread_created
    await thread.join()
    await thread.leave()
    assert seed.BOT not in rig.world.channel(thread.id).thread_state().members
    assert [one.id for one in await bot.guilds[0].active_threads()] == [thread.id]


async def test_a_thread_on_an_announcement_is_an_announcement_thread(rig: Rig, bot: Bot) -> None:
    notice = rig.world.post_message(seed.ANNOUNCEMENTS, seed.ADA, Draft(content="news"))
    partial = bot.text_channel(seed.ANNOUNCEMENTS).get_partial_message(notice.id)
    thread = await partial.create_thread(name="talk")
    assert thread.type is discord.ChannelType.news_thread
