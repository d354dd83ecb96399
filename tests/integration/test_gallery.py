"""What members may do with their own pictures, on a real database; nobody else gets anything."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from bot.errors import (
    AgeRestrictedError,
    ArchiveMissingError,
    NotClaimableError,
    PressedTwiceError,
    PrivatePictureError,
    RemovedJobError,
    UnknownJobError,
)
from bot.jobs import JobState, Place
from bot.service.gallery import PAGE_SIZE, Gallery
from bot.store.gallery import Spot
from bot.wishes import Origin
from tests.factories import CHANNEL, GUILD, MEMBER, THREAD
from tests.integration.store.road import LEASE, Road

if TYPE_CHECKING:
    from bot.jobs import Job
    from bot.store import Store

BEN = MEMBER + 1
ADULT = CHANNEL + 100
HERE = Origin(
    guild_id=GUILD,
    channel_id=CHANNEL,
    thread_id=None,
    private=False,
    place=Place.CHANNEL,
    place_note=None,
    member_id=MEMBER,
    member_name="Ada",
    locale="en-US",
)
NOT_MINE = [replace(HERE, member_id=BEN), replace(HERE, guild_id=GUILD + 1)]


@pytest.fixture
def woken() -> list[str]:
    return []


@pytest.fixture
def gallery(store: Store, woken: list[str]) -> Gallery:
    return Gallery(
        store=store, wake=lambda: woken.append("deliverer"), for_adults=lambda channel: channel == ADULT
    )


async def kept(store: Store, road: Road, **fields: Any) -> Job:
    return await store.mark_archived(await road.delivered(**fields), "2026/03/x.png")


async def numbers(gallery: Gallery, spot: Spot, text: str = "") -> tuple[str, bool, bool, int | None]:
    page = await gallery.page(member_id=MEMBER, guild_id=GUILD, spot=spot, text=text)
    return " ".join(job.prompt for job in page.jobs), page.newer, page.older, page.first


async def test_pages_follow_each_other_without_a_gap_both_ways(gallery: Gallery, road: Road) -> None:
    made = []
    for number in range(2 * PAGE_SIZE + 2):
        road.clock.advance(1)
        made.append((await road.delivered(prompt=f"{number:02}")).id)
    assert await numbers(gallery, Spot()) == ("11 10 09 08 07", False, True, 1)
    assert await numbers(gallery, Spot(job_id=made[7])) == ("06 05 04 03 02", True, True, 6)
    assert await numbers(gallery, Spot(job_id=made[2])) == ("01 00", True, False, 11)
    assert await numbers(gallery, Spot(job_id=made[1], older=False)) == ("06 05 04 03 02", True, True, 6)
    newest = ("11 10 09 08 07", False, True, 1)
    assert await numbers(gallery, Spot(job_id=made[6], older=False)) == newest
    assert await numbers(gallery, Spot(job_id=made[9], older=False)) == newest
    assert await numbers(gallery, Spot(), "09") == ("09", False, False, None)


async def test_outside_servers_ones_pictures_of_all_servers_are_there(gallery: Gallery, road: Road) -> None:
    for number, guild_id in enumerate((GUILD, GUILD + 1)):
        road.clock.advance(1)
        await road.delivered(prompt=f"{number}", guild_id=guild_id)
    road.clock.advance(1)
    job = await road.delivered(prompt="2", guild_id=None)
    await road.delivered(prompt="of Ben", member_id=BEN)
    for text in ("", "1"):
        page = await gallery.page(member_id=MEMBER, guild_id=None, spot=Spot(), text=text)
        assert [each.prompt for each in page.jobs] == ([text] if text else ["2", "1", "0"])
    page = await gallery.page(member_id=MEMBER, guild_id=None, spot=Spot(job_id=job.id), text="")
    assert ([each.prompt for each in page.jobs], page.first, page.total) == (["1", "0"], 2, 3)
    assert await gallery.picture(job.id, member_id=MEMBER, guild_id=None) == job
    with pytest.raises(UnknownJobError):
        await gallery.picture(job.id, member_id=BEN, guild_id=None)


async def test_what_its_member_had_erased_is_no_picture_any_more(
    gallery: Gallery, store: Store, road: Road
) -> None:
    job = await road.delivered()
    await store.mark_announced((await store.claim_announcements(owner="me", lease=LEASE, at_most=1))[0])
    await store.erase_old_words(before=road.clock.now(), at_most=9)
    assert await numbers(gallery, Spot()) == ("", False, False, 1)
    await store.erase_words(await store.wish_erasure(MEMBER), at_most=9)
    page = await gallery.page(member_id=MEMBER, guild_id=GUILD, spot=Spot(), text="")
    assert page.jobs == ()
    assert (await store.job(job.id)).member_id == MEMBER


async def test_a_picture_of_an_age_restricted_channel_is_posted_in_no_other_kind(
    gallery: Gallery, store: Store, road: Road
) -> None:
    job = await kept(store, road, channel_id=ADULT)
    stuck = await road.undeliverable(channel_id=ADULT)
    with pytest.raises(AgeRestrictedError):
        await gallery.to_post_again(job.id, HERE)
    with pytest.raises(AgeRestrictedError):
        await gallery.claim(stuck.id, HERE)
    assert await gallery.to_post_again(job.id, replace(HERE, channel_id=ADULT)) == job
    free = await kept(store, road)
    assert await gallery.to_post_again(free.id, replace(HERE, channel_id=ADULT)) == free


@pytest.mark.parametrize("origin", NOT_MINE)
async def test_for_everybody_else_and_elsewhere_there_is_no_such_picture(
    gallery: Gallery, store: Store, road: Road, origin: Origin
) -> None:
    job, stuck = await kept(store, road), await road.undeliverable()
    with pytest.raises(UnknownJobError):
        await gallery.to_post_again(job.id, origin)
    with pytest.raises(UnknownJobError):
        await gallery.claim(stuck.id, origin)
    with pytest.raises(UnknownJobError):
        await gallery.picture(job.id, member_id=origin.member_id, guild_id=origin.guild_id)


async def test_a_picture_of_a_private_thread_leaves_it_in_no_way(
    gallery: Gallery, store: Store, road: Road
) -> None:
    secret: dict[str, Any] = {"private": True, "thread_id": THREAD, "place": Place.THREAD}
    job, stuck = await kept(store, road, **secret), await road.undeliverable(**secret)
    there = replace(HERE, thread_id=THREAD, private=True, place=Place.THREAD)
    for elsewhere in (HERE, replace(there, thread_id=THREAD + 1)):
        with pytest.raises(PrivatePictureError):
            await gallery.to_post_again(job.id, elsewhere)
        with pytest.raises(PrivatePictureError):
            await gallery.claim(stuck.id, elsewhere)
    assert await gallery.to_post_again(job.id, there) == job
    assert (await gallery.claim(stuck.id, there)).state is JobState.DELIVERING


async def test_only_what_is_kept_and_not_deleted_is_posted_again(
    gallery: Gallery, store: Store, road: Road
) -> None:
    with pytest.raises(ArchiveMissingError):
        await gallery.to_post_again((await road.delivered()).id, HERE)
    job = await kept(store, road)
    assert await gallery.to_post_again(job.id, HERE) == job
    # The archive may not have let go of its copy.
    await store.mark_removed(job, actor="moderator:7", reason="deleted by a moderator")
    with pytest.raises(RemovedJobError):
        await gallery.to_post_again(job.id, HERE)


async def test_a_picture_is_claimed_once_and_the_deliverer_is_told(
    gallery: Gallery, road: Road, woken: list[str]
) -> None:
    job = await road.undeliverable()
    await gallery.claim(job.id, HERE)
    assert woken == ["deliverer"]
    with pytest.raises(PressedTwiceError):
        await gallery.claim(job.id, HERE)
    with pytest.raises(NotClaimableError):
        await gallery.claim((await road.delivered()).id, HERE)
    assert woken == ["deliverer"]
