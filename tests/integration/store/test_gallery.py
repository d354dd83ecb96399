"""A member's pictures page by page, and what is written down when one is posted again or claimed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from bot.errors import StaleJobError
from bot.jobs import JobState, Place, Rung
from bot.store.gallery import Spot
from bot.wishes import Origin
from tests.factories import CHANNEL, GUILD, MEMBER, THREAD
from tests.integration.store.road import LEASE
from tests.integration.store.test_query_plans import plans

if TYPE_CHECKING:
    from bot.store import Store
    from tests.integration.store.road import Road

HERE = Origin(
    guild_id=GUILD,
    channel_id=CHANNEL + 10,
    thread_id=THREAD + 10,
    private=True,
    place=Place.THREAD,
    place_note=None,
    member_id=MEMBER,
    member_name="Ada",
    locale="de",
)


async def prompts(store: Store, spot: Spot, *words: str, at_most: int = 3) -> list[str]:
    """Return the prompts of a page."""
    found = await store.pictures_of(MEMBER, GUILD, spot=spot, words=words, at_most=at_most)
    return [job.prompt for job in found]


async def ids(store: Store) -> list[str]:
    return [job.id for job in await store.pictures_of(MEMBER, GUILD, spot=Spot(), at_most=1000)]


async def some(road: Road, *wanted: str) -> None:
    """Have pictures made, the last one the newest."""
    for prompt in wanted:
        road.clock.advance(1)
        await road.delivered(prompt=prompt)


async def test_pictures_come_newest_first_and_on_from_any_of_them_both_ways(store: Store, road: Road) -> None:
    await some(road, "1", "2", "3", "4", "5")
    assert await prompts(store, Spot()) == ["5", "4", "3"]
    newest = await ids(store)
    assert await prompts(store, Spot(job_id=newest[2])) == ["2", "1"]
    assert await prompts(store, Spot(job_id=newest[4], older=False)) == ["2", "3", "4"]
    assert await prompts(store, Spot(job_id=newest[0], older=False)) == []


async def test_only_a_members_finished_pictures_in_that_server_are_theirs(store: Store, road: Road) -> None:
    await road.delivered(prompt="mine")
    await road.delivered(prompt="of somebody else", member_id=MEMBER + 1)
    await road.delivered(prompt="elsewhere", guild_id=GUILD + 1)
    await road.failed(prompt="failed")
    await road.running(prompt="running")
    road.clock.advance(1)
    await road.undeliverable(prompt="stuck")
    assert await prompts(store, Spot(), at_most=9) == ["stuck", "mine"]


@pytest.mark.parametrize("words", [("FOX",), ("straße",), ("STRASSE", "fox"), ("ﬁre",), ("FIRE",)])
async def test_all_words_are_found_in_capitals_or_not(store: Store, road: Road, words: tuple[str]) -> None:
    await some(road, "a red fox, Straße, fire", "a dog", "a fax")
    assert await prompts(store, Spot(), *words) == ["a red fox, Straße, fire"]
    assert await prompts(store, Spot(), *words, "dog") == []


async def test_words_are_looked_for_through_all_of_many_pictures(
    store: Store, road: Road, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.store.gallery._READ_AT_ONCE", 2)
    await some(road, *(f"{'fox' if number % 3 == 0 else 'dog'} {number}" for number in range(10)))
    assert await prompts(store, Spot(), "fox", at_most=9) == ["fox 9", "fox 6", "fox 3", "fox 0"]
    assert await prompts(store, Spot(), "fox", at_most=2) == ["fox 9", "fox 6"]
    oldest = (await ids(store))[-1]
    newer = await prompts(store, Spot(job_id=oldest, older=False), "fox", at_most=2)
    assert newer == ["fox 3", "fox 6"]


async def test_a_page_costs_the_same_wherever_it_begins(store: Store, road: Road) -> None:
    await some(road, "1", "2")
    last = (await ids(store))[-1]
    for spot, bounds in (
        (Spot(), ""),
        (Spot(job_id=last), " AND id<?"),
        (Spot(job_id=last, older=False), " AND id>?"),
    ):
        (step,) = await plans(store, store.pictures_of(MEMBER, GUILD, spot=spot, at_most=6))
        assert step == f"SEARCH jobs USING INDEX jobs_of_member (member_id=? AND guild_id=?{bounds})"


async def test_words_are_looked_for_among_the_members_own_pictures_alone(store: Store, road: Road) -> None:
    await some(road, "fox")
    looking, fetching = await plans(
        store, store.pictures_of(MEMBER, GUILD, spot=Spot(), words=["fox"], at_most=6)
    )
    assert looking == "SEARCH jobs USING INDEX jobs_of_member (member_id=? AND guild_id=?)"
    assert fetching == "SEARCH jobs USING INDEX sqlite_autoindex_jobs_1 (id=?)"


async def test_pictures_are_counted_without_their_rows(store: Store, road: Road) -> None:
    await some(road, "1", "2", "3")
    newest = await ids(store)
    assert await store.count_pictures_of(MEMBER, GUILD, newer_than=newest[1]) == (1, 3)
    assert await store.count_pictures_of(MEMBER + 1, GUILD, newer_than=newest[1]) == (0, 0)
    (step,) = await plans(store, store.count_pictures_of(MEMBER, GUILD, newer_than=newest[1]))
    assert step == "SEARCH jobs USING COVERING INDEX jobs_of_member (member_id=? AND guild_id=?)"


async def test_a_picture_that_was_posted_again_knows_its_newest_message_and_the_earlier_ones(
    store: Store, road: Road
) -> None:
    job = again = await road.delivered()
    for message_id in (20, 30, 30):
        again = await store.mark_posted_again(
            job, channel_id=CHANNEL, message_id=message_id, rung=Rung.CHANNEL, actor="member:1"
        )
    changes: dict[str, Any] = {"message_channel_id": CHANNEL, "message_id": 30, "rung": Rung.CHANNEL}
    assert again == replace(job, **changes)
    assert await store.earlier_messages(job.id) == [(THREAD, 9), (CHANNEL, 20)]
    lines = [event for event in await store.events(job.id) if event.reason == "posted again"]
    assert [(line.source, line.target, line.actor) for line in lines] == [
        (JobState.DELIVERED, JobState.DELIVERED, "member:1")
    ] * 2
    await store.mark_removed(again, actor="member:1", reason="deleted by its member")
    assert await store.earlier_messages(job.id) == []


async def test_a_deleted_picture_is_not_posted_again(store: Store, road: Road) -> None:
    job = await road.delivered()
    await store.mark_removed(job, actor="moderator:7", reason="deleted by a moderator")
    with pytest.raises(StaleJobError):
        await store.mark_posted_again(job, channel_id=1, message_id=2, rung=Rung.CHANNEL, actor="member:1")
    with pytest.raises(StaleJobError):
        await store.mark_message_gone(job)
    assert (await store.job(job.id)).message_id is None


async def test_a_message_that_is_gone_is_no_deleted_picture_and_never_a_newer_message(
    store: Store, road: Road
) -> None:
    job = await road.delivered()
    gone = await store.mark_message_gone(job)
    assert gone == replace(job, message_id=None)
    assert (await store.events(job.id))[-1].reason == "its message is gone"
    again = await store.mark_posted_again(
        gone, channel_id=CHANNEL, message_id=20, rung=Rung.CHANNEL, actor="member:1"
    )
    assert await store.mark_message_gone(job) == again
    assert await store.earlier_messages(job.id) == []


async def test_a_claimed_picture_is_delivered_where_its_member_is_and_kept_meanwhile(
    store: Store, road: Road
) -> None:
    stuck = await road.undeliverable()
    await store.claim_announcements(owner="announcer", lease=LEASE, at_most=1)
    road.clock.advance(86_400 * 40)
    claimed = await store.claim_undeliverable(stuck, HERE)
    assert claimed.state is JobState.DELIVERING
    assert (claimed.channel_id, claimed.thread_id, claimed.private, claimed.place) == (
        HERE.channel_id,
        HERE.thread_id,
        True,
        Place.THREAD,
    )
    assert (claimed.credits, claimed.locale) == (stuck.credits, stuck.locale)
    (event,) = [e for e in await store.events(stuck.id) if e.source is JobState.UNDELIVERABLE]
    assert (event.target, event.actor) == (JobState.DELIVERING, f"member:{MEMBER}")
    kept = await store.claim_prunable(owner="p", lease=LEASE, before=road.clock.now(), at_most=9)
    assert kept == []
    (due,) = await store.claim_orphaned_deliveries(owner="me", lease=LEASE, at_most=9)
    assert due.id == stuck.id
    with pytest.raises(StaleJobError):
        await store.claim_undeliverable(stuck, HERE)


async def test_what_was_deleted_is_not_claimed(store: Store, road: Road) -> None:
    stuck = await road.undeliverable()
    removed = await store.mark_removed(stuck, actor="member:1", reason="deleted by its member")
    assert (removed.state, removed.removed_at) == (JobState.UNDELIVERABLE, road.clock.now())
    with pytest.raises(StaleJobError):
        await store.claim_undeliverable(stuck, HERE)


async def test_pages_of_all_servers_are_read_in_their_order(store: Store, road: Road) -> None:
    await some(road, "1", "2")
    last = (await ids(store))[-1]
    for spot, bounds in ((Spot(), ""), (Spot(job_id=last), " AND id<?")):
        (step,) = await plans(store, store.pictures_of(MEMBER, None, spot=spot, at_most=6))
        assert step == f"SEARCH jobs USING INDEX jobs_of_person (member_id=?{bounds})"
    (step,) = await plans(store, store.count_pictures_of(MEMBER, None, newer_than=last))
    assert step == "SEARCH jobs USING COVERING INDEX jobs_of_member (member_id=?)"
