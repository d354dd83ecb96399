"""Every outcome is told once: the card is redrawn, and a failure says why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.errors import NowhereError, PostponedError
from bot.jobs import Failure, FailureCause

if TYPE_CHECKING:
    from tests.integration.engine.conftest import Bench


async def test_a_failure_is_told_once_by_its_cause_and_the_card_is_redrawn(bench: Bench) -> None:
    job = await bench.store.fail(await bench.road.looked_at(), Failure(cause=FailureCause.CONTENT))
    for _ in range(2):
        await bench.turn(bench.announcer)
        bench.clock.advance(60)
    assert [job_id for job_id, _ in bench.poster.notices] == [job.id]
    assert "content rules" in bench.poster.notices[0][1]
    assert bench.cards.redrawn == [job.id]


async def test_a_delivered_picture_redraws_its_card_and_posts_nothing_more(bench: Bench) -> None:
    job = await bench.road.delivered()
    for _ in range(2):
        await bench.turn(bench.announcer)
        bench.clock.advance(60)
    assert bench.cards.redrawn == [job.id]
    assert bench.poster.notices == []
    assert (await bench.store.job(job.id)).message_id == job.message_id


async def test_a_failure_that_discord_does_not_take_now_is_told_later(bench: Bench) -> None:
    await bench.store.fail(await bench.road.looked_at(), Failure(cause=FailureCause.LATE))
    bench.poster.error = PostponedError("503")
    await bench.turn(bench.announcer)
    bench.poster.error = None
    bench.clock.advance(60)
    await bench.turn(bench.announcer)
    assert len(bench.poster.notices) == 1


async def test_a_card_that_discord_does_not_take_now_is_redrawn_later_and_nothing_said_twice(
    bench: Bench,
) -> None:
    delivered = await bench.road.delivered()
    failed = await bench.store.fail(await bench.road.looked_at(), Failure(cause=FailureCause.LATE))
    bench.cards.error = PostponedError("503")
    await bench.turn(bench.announcer)
    assert bench.cards.redrawn == []
    bench.cards.error = None
    for _ in range(2):
        bench.clock.advance(60)
        await bench.turn(bench.announcer)
    assert sorted(bench.cards.redrawn) == sorted([delivered.id, failed.id])
    assert [job_id for job_id, _ in bench.poster.notices] == [failed.id]


async def test_a_failure_that_no_place_takes_is_not_tried_for_ever(bench: Bench) -> None:
    job = await bench.store.fail(await bench.road.looked_at(), Failure(cause=FailureCause.LATE))
    bench.poster.error = NowhereError(50007)
    await bench.turn(bench.announcer)
    told = await bench.store.job(job.id)
    assert told.due_at is None
    assert told.discord_code == 50007
    assert bench.cards.redrawn == [job.id]


async def test_a_notice_waits_as_long_as_discord_asks(bench: Bench) -> None:
    job = await bench.store.fail(await bench.road.looked_at(), Failure(cause=FailureCause.LATE))
    bench.poster.error = PostponedError("the bot is not in the server", retry_after=900)
    await bench.turn(bench.announcer)
    due_at = (await bench.store.job(job.id)).due_at
    assert due_at
    assert (due_at - bench.clock.now()).total_seconds() == 900
