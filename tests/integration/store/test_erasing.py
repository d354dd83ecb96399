"""What is kept of a member is counted, and goes when they wish it: words first, then whose it was."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.acts import Act, ActKind
from bot.errors import QuotaError, UnknownJobError, UnwillingOwnerError
from bot.jobs import NOBODY, Card, JobState, Rung
from bot.mydata import JobCounts
from bot.quota import WINDOW, Limits
from tests.factories import CHANNEL, GUILD, MEMBER, NO_LIMITS, THREAD, batch_factory, reference_factory
from tests.integration.store.road import LEASE

if TYPE_CHECKING:
    from pathlib import Path

    from bot.jobs import Job
    from bot.store import Store
    from tests.clocks import FakeClock
    from tests.integration.store.road import Road

BEN = 77
DAY = WINDOW.total_seconds()


async def told(store: Store, job: Job) -> Job:
    """Return a job whose outcome was told, as nobody has it in hand any more."""
    (claimed,) = await store.claim_announcements(owner="me", lease=timedelta(seconds=30), at_most=9)
    assert claimed.id == job.id
    return await store.mark_announced(claimed)


async def test_what_is_kept_is_counted_for_each_member_alone(store: Store, road: Road) -> None:
    await road.queued(member_id=BEN)
    job = await road.delivered(references=(reference_factory(),))
    await store.mark_archived(job, f"2026/03/{job.id}.jpg")
    await road.failed()
    await road.queued()
    await store.remember_studio(guild_id=GUILD, channel_id=CHANNEL, member_id=MEMBER, thread_id=THREAD)
    await store.set_edits_allowed(MEMBER, allowed=False)
    act = Act(guild_id=GUILD, actor_id=7, kind=ActKind.REMOVE, member_id=MEMBER, job_id=job.id)
    await store.change_server_settings(GUILD, lambda now: replace(now, spoiler=True), act=act)
    kept = await store.kept_of(MEMBER)
    assert kept.counts == JobCounts(
        jobs=3, wordless=0, unfinished=1, posted=1, kept_pictures=1, with_references=1
    )
    assert (kept.since, kept.edits_allowed, kept.erasure) == (job.created_at, False, None)
    assert [studio.thread_id for studio in kept.studios] == [THREAD]
    assert [(each.kind, each.job_id) for each in kept.acts] == [(ActKind.REMOVE, job.id)]
    assert (await store.kept_of(404)).since is None


async def test_words_go_from_what_ended_and_numbers_stay(store: Store, road: Road) -> None:
    fields = {"prompt": "my secret", "references": (reference_factory(),)}
    job = await told(store, await road.delivered(**fields))
    running = await road.running(prompt="not yet")
    theirs = await told(store, await road.delivered(member_id=BEN))
    wish = await store.wish_erasure(MEMBER)
    assert await store.erase_words(wish, at_most=9) == 1
    now = await store.job(job.id)
    assert (now.prompt, now.member_name, now.references, now.result_urls, now.task_id) == (
        "",
        "",
        (),
        (),
        None,
    )
    assert (now.erased_at, now.is_repeatable) == (road.clock.now(), False)
    assert (now.credits, now.state, now.message_id) == (1, JobState.DELIVERED, job.message_id)
    assert (await store.events(job.id))[-1].reason == "erased by its member"
    assert (await store.job(running.id)).prompt == "not yet"
    assert (await store.job(theirs.id)).prompt
    assert not await store.is_erased(wish)


async def test_a_job_in_somebodys_hands_comes_later(store: Store, road: Road) -> None:
    failed = await road.failed()
    (claimed,) = await store.claim_announcements(owner="me", lease=timedelta(seconds=30), at_most=1)
    wish = await store.wish_erasure(MEMBER)
    assert await store.erase_words(wish, at_most=9) == 0
    await store.mark_announced(claimed)
    assert await store.erase_words(wish, at_most=9) == 1
    assert (await store.job(failed.id)).failure is not None


async def test_what_was_asked_for_after_the_wish_is_not_touched(store: Store, road: Road) -> None:
    wish = await store.wish_erasure(MEMBER)
    road.clock.advance(1)
    later = await told(store, await road.delivered())
    assert await store.erase_words(wish, at_most=9) == 0
    assert await store.is_erased(wish)
    assert (await store.job(later.id)).prompt


async def test_erasing_gives_nobody_their_spent_credits_back(
    store: Store, road: Road, clock: FakeClock
) -> None:
    job = await told(store, await road.delivered())
    wish = await store.wish_erasure(MEMBER)
    await store.erase_words(wish, at_most=9)
    await store.forget_message(await store.job(job.id))
    await store.finish_erasure(wish)
    limits = Limits(daily_credits=1, concurrent_jobs=3)
    assert await store.forget_whose(wish, at_most=9) == 0
    with pytest.raises(QuotaError):
        await store.admit(batch_factory(), limits)
    clock.advance(DAY)
    assert await store.forget_whose(wish, at_most=9) == 1
    now = await store.job(job.id)
    assert (now.member_id, now.thread_id, now.message_channel_id) == (NOBODY, None, None)
    assert str(MEMBER) not in " ".join(event.actor for event in await store.events(job.id))
    assert await store.admit(batch_factory(), limits)


async def test_server_and_operator_caps_still_count_what_was_erased(store: Store, road: Road) -> None:
    await told(store, await road.delivered())
    wish = await store.wish_erasure(MEMBER)
    await store.erase_words(wish, at_most=9)
    await store.finish_erasure(wish)
    cap = Limits(daily_credits=None, concurrent_jobs=3, server_daily_credits=1)
    with pytest.raises(QuotaError):
        await store.admit(batch_factory(member_id=BEN), cap)


async def test_messages_and_copies_are_named_until_they_are_gone(store: Store, road: Road) -> None:
    job = await road.delivered()
    await store.attach_card(job.batch_id, Card(channel_id=CHANNEL, message_id=8))
    await store.mark_archived(await store.job(job.id), f"2026/03/{job.id}.jpg")
    await told(store, job)
    wish = await store.wish_erasure(MEMBER)
    await store.erase_words(wish, at_most=9)
    (left,) = await store.remains(wish, after="", at_most=9)
    assert await store.remains(wish, after=left.id, at_most=9) == []
    await store.forget_message(left, left=wish)
    await store.forget_card(left)
    assert [each.id for each in await store.remains(wish, after="", at_most=9)] == [job.id]
    assert await store.forget_whose(wish, at_most=9) == 0
    await store.mark_not_kept_any_more(left)
    assert await store.is_erased(wish)
    assert (await store.kept_of(MEMBER)).erasure == replace(wish, left_behind=1)


async def test_a_wish_is_taken_up_by_one_at_a_time_and_again_when_it_is_due(
    store: Store, clock: FakeClock
) -> None:
    wish = await store.wish_erasure(MEMBER)
    claimed = await store.claim_erasure(lease=timedelta(seconds=30))
    assert claimed == replace(wish, due_at=clock.now() + timedelta(seconds=30))
    assert await store.claim_erasure(lease=timedelta(seconds=30)) is None
    await store.put_off_erasure(wish, due_at=clock.now() + timedelta(seconds=5))
    assert await store.next_erasure() == clock.now() + timedelta(seconds=5)
    clock.advance(5)
    assert await store.claim_erasure(lease=timedelta(seconds=30))


async def test_a_wish_made_anew_is_not_ended_with_the_earlier_one(store: Store, clock: FakeClock) -> None:
    earlier = await store.wish_erasure(MEMBER)
    clock.advance(1)
    wish = await store.wish_erasure(MEMBER)
    await store.finish_erasure(earlier)
    await store.end_erasure(earlier)
    assert await store.erasure_of(MEMBER) == wish


async def test_in_the_end_the_wish_and_the_member_are_forgotten_but_not_their_no(
    store: Store, clock: FakeClock
) -> None:
    for member_id, allowed in ((MEMBER, True), (BEN, False)):
        await store.set_edits_allowed(member_id, allowed=allowed)
        await store.end_erasure(await store.wish_erasure(member_id))
        assert await store.erasure_of(member_id) is None
    assert (await store.kept_of(MEMBER)).since is None
    asked = batch_factory(member_id=BEN + 1)
    await store.check_consent(asked, [MEMBER])
    with pytest.raises(UnwillingOwnerError):
        await store.check_consent(asked, [BEN])


async def test_studios_are_forgotten_with_the_wish_and_a_later_one_with_its_end(store: Store) -> None:
    studio = {"guild_id": GUILD, "channel_id": CHANNEL, "member_id": MEMBER}
    await store.remember_studio(**studio, thread_id=THREAD)
    wish = await store.wish_erasure(MEMBER)
    assert await store.studio(**studio) is None
    await store.remember_studio(**studio, thread_id=THREAD)
    await store.finish_erasure(wish)
    assert await store.studio(**studio) is None


async def test_only_what_waits_can_be_called_off(store: Store, road: Road) -> None:
    queued = await road.queued()
    await road.queued(member_id=BEN)
    wish = await store.wish_erasure(MEMBER)
    road.clock.advance(1)
    await road.queued()
    assert [job.id for job in await store.unposted_jobs(wish, at_most=9)] == [queued.id]


async def test_old_words_go_by_themselves_and_the_rest_stays_its_members(
    store: Store, road: Road, clock: FakeClock
) -> None:
    old = await told(store, await road.delivered())
    clock.advance(DAY)
    young = await told(store, await road.delivered())
    before = clock.now() - timedelta(hours=1)
    assert await store.erase_old_words(before=before, at_most=9) == 1
    assert await store.erase_old_words(before=before, at_most=9) == 0
    now = await store.job(old.id)
    assert (now.prompt, now.member_id, now.message_id) == ("", MEMBER, old.message_id)
    assert (await store.job(young.id)).prompt == young.prompt


async def test_jobs_are_read_page_by_page_with_their_histories(store: Store, road: Road) -> None:
    jobs = [await road.queued() for _ in range(3)]
    first = await store.jobs_of_member(MEMBER, at_most=2)
    rest = await store.jobs_of_member(MEMBER, after=first[-1].id, at_most=2)
    assert [*first, *rest] == sorted(jobs, key=lambda job: job.id)
    histories = await store.histories([job.id for job in jobs])
    assert [len(lines) for lines in histories.values()] == [1, 1, 1]
    assert await store.admit(batch_factory(), NO_LIMITS)


async def everything_in(store: Store) -> str:
    """Return all that stands in any table, as one text."""
    async with store._database.reading() as connection:
        names = (
            await connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'table'")
        ).scalars()
        rows = [(await connection.exec_driver_sql(f'SELECT * FROM "{name}"')).all() for name in names.all()]
    return str(rows)


async def test_in_the_end_no_table_knows_the_member(store: Store, road: Road, clock: FakeClock) -> None:
    secret = "my secret wish"
    picture = await road.delivered(prompt=secret, references=(reference_factory(author_id=MEMBER),))
    await store.mark_announced((await store.claim_announcements(owner="me", lease=LEASE, at_most=9))[0])
    posted = await store.mark_posted_again(
        picture, channel_id=CHANNEL, message_id=20, rung=Rung.CHANNEL, actor=f"member:{MEMBER}"
    )
    await store.mark_removed(posted, actor=f"member:{MEMBER}", reason="deleted by its member", by=MEMBER)
    waiting = await road.queued(prompt=secret)
    await store.call_off(waiting.id, by=MEMBER, actor=f"member:{MEMBER}", reason="erased by its member")
    await store.mark_announced((await store.claim_announcements(owner="me", lease=LEASE, at_most=9))[0])
    await store.begin_draft(guild_id=GUILD, member_id=MEMBER, pictures=[])
    await store.remember_studio(guild_id=GUILD, channel_id=CHANNEL, member_id=MEMBER, thread_id=THREAD)
    wish = await store.wish_erasure(MEMBER)
    assert await store.erase_words(wish, at_most=9) == 2
    await store.finish_erasure(wish)
    assert secret not in await everything_in(store)
    clock.advance(DAY)
    assert await store.forget_whose(wish, at_most=9) == 2
    await store.end_erasure(wish)
    assert str(MEMBER) not in await everything_in(store)


async def test_blocks_and_extra_credits_go_once_they_are_over(store: Store, clock: FakeClock) -> None:
    act = Act(guild_id=GUILD, actor_id=BEN, kind=ActKind.QUOTA, member_id=MEMBER)
    ends = clock.now() + timedelta(hours=1)
    for guild_id, until in ((GUILD, None), (GUILD + 1, ends)):
        await store.block(guild_id=guild_id, member_id=MEMBER, until=until, reason="spam", actor_id=BEN)
    await store.grant_credits(GUILD, MEMBER, 5, act=act)
    await store.wish_erasure(MEMBER)
    kept = await store.kept_of(MEMBER)
    assert (len(kept.blocks), len(kept.grants)) == (2, 1)
    clock.advance(DAY)
    await store.wish_erasure(MEMBER)
    kept = await store.kept_of(MEMBER)
    assert ([block.guild_id for block in kept.blocks], kept.grants) == ([GUILD], ())


async def test_what_a_moderator_did_stays_known_of_an_erased_picture(
    store: Store, road: Road, clock: FakeClock
) -> None:
    job = await told(store, await road.delivered())
    await store.mark_removed(job, actor=f"moderator:{BEN}", reason="deleted by a moderator", by=BEN)
    wish = await store.wish_erasure(MEMBER)
    await store.erase_words(wish, at_most=9)
    clock.advance(DAY)
    await store.forget_whose(wish, at_most=9)
    assert (await store.job(job.id)).removed_by == BEN


async def test_nothing_of_it_is_left_in_the_files_of_the_database(
    store: Store, road: Road, file: Path
) -> None:
    secret = "unmistakable-wombat-" * 250
    job = await told(store, await road.delivered(prompt=secret))
    wish = await store.wish_erasure(MEMBER)
    await store.erase_words(wish, at_most=9)
    await store.forget_message(job)
    assert await store.finish_erasure(wish)
    for each in file.parent.glob(f"{file.name}*"):
        assert b"unmistakable-wombat" not in each.read_bytes(), each.name


async def test_words_that_come_late_do_not_come_back_to_an_erased_job(store: Store, road: Road) -> None:
    job = await told(store, await road.delivered(references=(reference_factory(),)))
    await store.erase_words(await store.wish_erasure(MEMBER), at_most=9)
    (renewed,) = await store.renew_references(job.batch_id, job.references)
    assert renewed.references == ()
    card = Card(channel_id=CHANNEL, message_id=8, token="token", token_until=store._clock.now())
    (carded,) = await store.attach_card(job.batch_id, card, job.references)
    assert (carded.references, carded.card) == ((), card)
    with pytest.raises(UnknownJobError):
        await store.describe(job.id, "words")
    await store.forget_card(carded)
    assert await store.held_answer(job.batch_id) is None


async def test_what_was_left_behind_is_still_told_after_another_wish(store: Store, road: Road) -> None:
    await told(store, await road.delivered())
    wish = await store.wish_erasure(MEMBER)
    await store.erase_words(wish, at_most=9)
    (left,) = await store.remains(wish, after="", at_most=9)
    await store.forget_message(left, left=wish)
    road.clock.advance(1)
    assert (await store.wish_erasure(MEMBER)).left_behind == 1


async def test_a_thread_that_bears_the_prompt_is_remembered_until_it_has_another_name(
    store: Store, road: Road
) -> None:
    job = await road.delivered()
    job = await told(store, job)
    async with store._database.writing() as connection:
        await connection.exec_driver_sql(f"UPDATE jobs SET own_thread = 1, thread_id = {THREAD}")
    wish = await store.wish_erasure(MEMBER)
    await store.erase_words(wish, at_most=9)
    (left,) = await store.remains(wish, after="", at_most=9)
    await store.forget_message(left)
    assert not await store.is_erased(wish)
    await store.forget_thread(left)
    assert await store.is_erased(wish)


async def test_what_lost_its_words_by_time_is_erased_like_the_rest(
    store: Store, road: Road, clock: FakeClock
) -> None:
    job = await told(store, await road.delivered())
    await store.erase_old_words(before=clock.now(), at_most=9)
    wish = await store.wish_erasure(MEMBER)
    assert not await store.is_erased(wish)
    assert await store.erase_words(wish, at_most=9) == 1
    assert (await store.job(job.id)).removed_at == clock.now()
