"""Channels, threads, members and commands: who sees what, and what happens to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sandbox.discord.errors import DiscordError
from sandbox.discord.permissions import Permission
from sandbox.world import seed
from sandbox.world.channels import ChannelChange
from sandbox.world.drafts import Draft
from sandbox.world.models import ChannelKind, Overwrite

if TYPE_CHECKING:
    from sandbox.clock import MovableClock
    from sandbox.world.world import World
    from tests.unit.sandbox.world.conftest import Told


@pytest.mark.parametrize(
    ("channel", "permission", "may"),
    [
        (seed.ART, Permission.CREATE_PUBLIC_THREADS, True),
        (seed.NO_THREADS, Permission.CREATE_PUBLIC_THREADS, False),
        (seed.NO_THREADS, Permission.SEND_MESSAGES, True),
        (seed.LOOK_ONLY, Permission.SEND_MESSAGES, False),
        (seed.LOOK_ONLY, Permission.ATTACH_FILES, False),
        (seed.LOOK_ONLY, Permission.VIEW_CHANNEL, True),
        (seed.STAFF, Permission.SEND_MESSAGES, True),
        (seed.VOICE, Permission.SEND_MESSAGES, True),
    ],
)
def test_the_seeded_channels_let_the_bot_do_what_the_docs_say(
    world: World, channel: int, permission: Permission, *, may: bool
) -> None:
    assert (permission in world.permissions(seed.BOT, channel)) is may


def test_members_write_where_only_the_bot_is_kept_out(world: World) -> None:
    for channel in (seed.NO_THREADS, seed.LOOK_ONLY):
        held = world.permissions(seed.MIA, channel)
        assert Permission.SEND_MESSAGES | Permission.CREATE_PUBLIC_THREADS in held
    assert not world.can_view(seed.MIA, seed.STAFF)
    assert Permission.MANAGE_MESSAGES in world.permissions(seed.NOOR, seed.STAFF)
    assert Permission.ADMINISTRATOR in world.permissions(seed.ADA, seed.ART)


def test_a_thread_takes_its_parents_overwrites(world: World) -> None:
    thread = world.open_thread(seed.STAFF, seed.NOOR, "case")
    assert not world.can_view(seed.MIA, thread.id)
    assert world.can_view(seed.BOT, thread.id)


def test_whoever_loses_sight_of_a_channel_still_hears_of_that(world: World, told: Told) -> None:
    hidden = Overwrite(id=seed.EVERYONE, type=0, deny=int(Permission.VIEW_CHANNEL))
    world.set_overwrite(seed.ART, hidden)
    assert not world.can_view(seed.MIA, seed.ART)
    assert world.sees(seed.MIA, told.last("CHANNEL_UPDATE"))
    world.post_message(seed.ART, seed.ADA, Draft(content="x"))
    assert not world.sees(seed.MIA, told.last("MESSAGE_CREATE"))


def test_a_deleted_channel_takes_its_threads_along_and_its_viewers_hear_of_it(
    world: World, told: Told
) -> None:
    thread = world.open_thread(seed.STAFF, seed.NOOR, "case")
    world.delete_channel(seed.STAFF)
    assert told.types()[-2:] == ["THREAD_DELETE", "CHANNEL_DELETE"]
    assert world.sees(seed.NOOR, told.last("CHANNEL_DELETE"))
    assert not world.sees(seed.MIA, told.last("CHANNEL_DELETE"))
    with pytest.raises(DiscordError) as refusal:
        world.history(thread.id)
    assert refusal.value.code == 10003


def test_channels_outlive_the_category_that_they_were_in(world: World, told: Told) -> None:
    category = world.create_channel(seed.STUDIO, "Pictures", ChannelKind.CATEGORY)
    inside = world.create_channel(seed.STUDIO, "paintings", parent_id=category.id)
    moved = world.change_channel(seed.ART, ChannelChange(parent_id=category.id))
    world.delete_channel(category.id)
    assert (inside.parent_id, moved.parent_id) == (None, None)
    assert told.types()[-3:] == ["CHANNEL_UPDATE", "CHANNEL_UPDATE", "CHANNEL_DELETE"]


def test_only_a_category_of_the_server_holds_channels(world: World) -> None:
    category = world.create_channel(seed.STUDIO, "Pictures", ChannelKind.CATEGORY)
    with pytest.raises(DiscordError):
        world.create_channel(seed.STUDIO, "inside", parent_id=seed.ART)
    with pytest.raises(DiscordError):
        world.create_channel(seed.STUDIO, "inside", ChannelKind.CATEGORY, parent_id=category.id)
    with pytest.raises(DiscordError):
        world.change_channel(seed.ART, ChannelChange(parent_id=seed.LOUNGE))


def test_an_archived_thread_can_be_locked_but_not_renamed(world: World) -> None:
    thread = world.open_thread(seed.ART, seed.MIA, "talk")
    world.change_channel(thread.id, ChannelChange(archived=True))
    with pytest.raises(DiscordError) as refusal:
        world.change_channel(thread.id, ChannelChange(name="x"))
    assert refusal.value.code == 50083
    assert thread.name == "talk"
    world.change_channel(thread.id, ChannelChange(locked=True))
    world.change_channel(thread.id, ChannelChange(name="x", archived=False))
    assert (thread.name, thread.thread_state().locked) == ("x", True)


def test_only_a_thread_that_stayed_quiet_is_archived(world: World, clock: MovableClock) -> None:
    quiet = world.open_thread(seed.ART, seed.MIA, "quiet", auto_archive_minutes=60)
    lively = world.open_thread(seed.ART, seed.MIA, "lively", auto_archive_minutes=60)
    clock.move(59 * 60)
    world.post_message(lively.id, seed.MIA, Draft(content="x"))
    clock.move(60)
    world.sweep()
    assert quiet.thread_state().archived
    assert not lively.thread_state().archived


def test_a_starter_is_not_counted_and_its_author_does_not_join(world: World) -> None:
    message = world.post_message(seed.ART, seed.BEN, Draft(content="x"))
    thread = world.open_thread(seed.ART, seed.MIA, "talk", message_id=message.id)
    assert thread.thread_state().message_count == 0
    assert list(thread.thread_state().members) == [seed.MIA]
    world.post_message(thread.id, seed.BOT, Draft(content="x"))
    assert list(thread.thread_state().members) == [seed.MIA, seed.BOT]


@pytest.mark.parametrize("channel", [seed.VOICE, seed.STAFF + 1000])
def test_threads_are_only_opened_where_there_are_any(world: World, channel: int) -> None:
    with pytest.raises(DiscordError) as refusal:
        world.open_thread(channel, seed.MIA, "x")
    assert refusal.value.code in {50024, 10003}


def test_an_announcement_channel_has_no_private_threads(world: World) -> None:
    assert world.open_thread(seed.ANNOUNCEMENTS, seed.ADA, "x").kind is ChannelKind.ANNOUNCEMENT_THREAD
    with pytest.raises(DiscordError) as refusal:
        world.open_thread(seed.ANNOUNCEMENTS, seed.ADA, "x", kind=ChannelKind.PRIVATE_THREAD)
    assert refusal.value.code == 50024


def test_who_is_put_into_a_private_thread_sees_it_appear(world: World, told: Told) -> None:
    thread = world.open_thread(seed.ART, seed.BOT, "secret", kind=ChannelKind.PRIVATE_THREAD)
    assert not world.sees(seed.MIA, told.last("THREAD_CREATE"))
    world.join_thread(thread.id, seed.MIA)
    assert world.sees(seed.MIA, told.last("THREAD_CREATE"))
    world.leave_thread(thread.id, seed.MIA)
    assert world.sees(seed.MIA, told.last("THREAD_DELETE"))
    assert not world.can_view(seed.MIA, thread.id)


def test_a_removed_bot_takes_its_commands_for_the_server_along(world: World) -> None:
    world.put_commands(seed.STUDIO, [{"name": "here", "description": "x"}])
    world.put_commands(None, [{"name": "everywhere", "description": "x"}])
    world.remove_member(seed.STUDIO, seed.BOT)
    assert world.commands_in(seed.STUDIO) == []
    world.add_member(seed.STUDIO, seed.BOT, [seed.EASEL_ROLE])
    assert [one.name for one in world.commands_in(seed.STUDIO)] == ["everywhere"]


def test_replacing_all_commands_keeps_ids_and_removes_the_rest(world: World) -> None:
    first, second = world.put_commands(
        None, [{"name": "a", "description": "x"}, {"name": "b", "description": "x"}]
    )
    version = first.version
    (kept,) = world.put_commands(None, [{"name": "a", "description": "y"}])
    assert kept.id == first.id
    assert kept.version != version
    assert second.id not in world.commands


@pytest.mark.parametrize(
    ("needed", "who_may"),
    [
        (None, {seed.MIA, seed.NOOR, seed.ADA}),
        (str(int(Permission.MANAGE_MESSAGES)), {seed.NOOR, seed.ADA}),
        ("0", {seed.ADA}),
    ],
)
def test_a_command_is_found_by_those_with_the_permissions_it_asks_for(
    world: World, needed: str | None, who_may: set[int]
) -> None:
    spec = {"name": "mod", "description": "x", "default_member_permissions": needed}
    command, _ = world.put_command(None, spec)
    found = {user for user in (seed.MIA, seed.NOOR, seed.ADA) if world.may_use(user, command, seed.ART)}
    assert found == who_may


def test_ids_rise_while_the_clock_stands_still(world: World, clock: MovableClock) -> None:
    given = [world.ids.next() for _ in range(5)]
    clock.move(1)
    given.append(world.ids.next())
    assert given == sorted(set(given))
