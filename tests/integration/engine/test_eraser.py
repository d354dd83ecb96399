"""A wish to be erased is worked off step by step, whatever Discord and the archive say meanwhile."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.acts import Act, ActKind
from bot.engine.eraser import Eraser
from bot.engine.retention import Retention
from bot.errors import NotDeletedError, PostponedError
from bot.jobs import NOBODY, AnswerRight, Card, JobState, Place
from bot.mydata import REMEMBERED
from bot.quota import WINDOW
from bot.servers import ThreadMode
from tests.factories import CHANNEL, GUILD, MEMBER, NO_LIMITS, THREAD, batch_factory

if TYPE_CHECKING:
    from bot.jobs import Job
    from tests.integration.engine.conftest import Bench

CARD = 8
MESSAGE = 7


class FakeRemover:
    """Deletes what it is told, unless there is an error for the message or the archive is closed."""

    def __init__(self, bench: Bench) -> None:
        self.deleted: list[tuple[int | None, int | None]] = []
        self.renamed: list[int | None] = []
        self.errors: dict[int, Exception] = {}
        self.closed = False
        self.lost_card: Card | None = None
        self._bench = bench

    async def delete_message(self, job: Job, channel_id: int | None, message_id: int | None) -> None:
        if message_id in self.errors:
            raise self.errors[message_id]
        self.deleted.append((channel_id, message_id))

    async def find_card(self, job: Job) -> Card | None:
        if self.lost_card is not None:
            await self._bench.store.attach_card(job.batch_id, self.lost_card)
        return self.lost_card

    async def take_words_off_thread(self, job: Job) -> None:
        if job.thread_id in self.errors:
            raise self.errors[job.thread_id]
        self.renamed.append(job.thread_id)

    async def drop_copy(self, job: Job) -> bool:
        if self.closed:
            return False
        await self._bench.store.mark_not_kept_any_more(job)
        return True


@pytest.fixture
def remover(bench: Bench) -> FakeRemover:
    return FakeRemover(bench)


@pytest.fixture
def eraser(bench: Bench, remover: FakeRemover) -> Eraser:
    return Eraser(bench.workplace, remover=remover)  # type: ignore[arg-type]


async def posted(bench: Bench, **fields: object) -> Job:
    """Return a delivered job with a card and a kept picture, of which all was told."""
    job = await bench.road.ready(**fields)
    await bench.store.attach_card(job.batch_id, Card(channel_id=CHANNEL, message_id=CARD))
    await bench.turn(bench.deliverer)
    await bench.turn(bench.announcer)
    return await bench.store.job(job.id)


async def work(bench: Bench, eraser: Eraser) -> None:
    """Take turns until nothing is due now."""
    for _ in range(100):
        due = await eraser._turn()
        if due is None or due > bench.clock.now():
            return
    raise AssertionError("it never rests")


async def test_words_messages_card_and_copy_go_and_the_member_a_day_later(
    bench: Bench, eraser: Eraser, remover: FakeRemover
) -> None:
    job = await posted(bench)
    assert job.archive_key
    wish = await bench.store.wish_erasure(MEMBER)
    await work(bench, eraser)
    assert remover.deleted == [(THREAD, MESSAGE), (CHANNEL, CARD)]
    now = await bench.store.job(job.id)
    assert (now.prompt, now.message_id, now.card, now.archive_key) == ("", None, None, None)
    done = await bench.store.erasure_of(MEMBER)
    assert done
    assert (done.done_at, done.left_behind, now.member_id) == (bench.clock.now(), 0, MEMBER)
    bench.clock.advance(WINDOW.total_seconds())
    await work(bench, eraser)
    assert (await bench.store.job(job.id)).member_id == NOBODY
    bench.clock.advance((REMEMBERED - WINDOW).total_seconds())
    await work(bench, eraser)
    assert await bench.store.erasure_of(MEMBER) is None
    assert wish.asked_at < bench.clock.now()


async def test_a_passing_fault_holds_up_that_message_alone_and_is_tried_again(
    bench: Bench, eraser: Eraser, remover: FakeRemover
) -> None:
    jobs = [await posted(bench) for _ in range(2)]
    remover.errors[MESSAGE] = PostponedError("later")
    await bench.store.wish_erasure(MEMBER)
    await work(bench, eraser)
    assert {(await bench.store.job(job.id)).prompt for job in jobs} == {""}
    assert remover.deleted == []
    remover.errors.clear()
    await work(bench, eraser)
    assert remover.deleted == []
    bench.clock.advance(5)
    await work(bench, eraser)
    assert len(remover.deleted) == 4
    assert {(await bench.store.job(job.id)).message_id for job in jobs} == {None}


async def test_a_rate_limit_is_waited_for(bench: Bench, eraser: Eraser, remover: FakeRemover) -> None:
    await posted(bench)
    remover.errors[MESSAGE] = PostponedError("slow down", retry_after=60)
    await bench.store.wish_erasure(MEMBER)
    await work(bench, eraser)
    remover.errors.clear()
    bench.clock.advance(59)
    await work(bench, eraser)
    assert remover.deleted == []
    bench.clock.advance(1)
    await work(bench, eraser)
    assert remover.deleted


async def test_what_discord_does_not_delete_is_counted_and_left(
    bench: Bench, eraser: Eraser, remover: FakeRemover
) -> None:
    await posted(bench)
    remover.errors[MESSAGE] = NotDeletedError("no", code=50001)
    await bench.store.wish_erasure(MEMBER)
    await work(bench, eraser)
    done = await bench.store.erasure_of(MEMBER)
    assert done
    assert (done.left_behind, done.done_at) == (1, bench.clock.now())


async def test_after_a_day_of_faults_the_rest_is_given_up(
    bench: Bench, eraser: Eraser, remover: FakeRemover
) -> None:
    job = await posted(bench)
    remover.errors[MESSAGE] = remover.errors[CARD] = PostponedError("down")
    remover.closed = True
    await bench.store.wish_erasure(MEMBER)
    await work(bench, eraser)
    assert (await bench.store.job(job.id)).archive_key
    bench.clock.advance(WINDOW.total_seconds())
    await work(bench, eraser)
    done = await bench.store.erasure_of(MEMBER)
    assert done
    assert (done.left_behind, done.done_at) == (2, bench.clock.now())


async def test_what_waits_is_called_off_and_what_runs_is_thrown_away_and_erased_at_its_end(
    bench: Bench, eraser: Eraser, remover: FakeRemover
) -> None:
    running = await bench.road.running()
    queued = await bench.road.queued()
    await bench.store.wish_erasure(MEMBER)
    await work(bench, eraser)
    called_off = await bench.store.job(queued.id)
    assert (called_off.state, called_off.credits, called_off.prompt) == (JobState.CANCELLED, 0, "")
    discarded = await bench.store.job(running.id)
    assert discarded.discarded_at
    assert discarded.prompt
    (looked_at,) = await bench.store.claim_looks(owner="me", lease=timedelta(seconds=30), at_most=1)
    await bench.store.mark_ready(
        looked_at, result_urls=["https://cdn.example/1.png"], cost_ms=None, completed_at=bench.clock.now()
    )
    await bench.turn(bench.deliverer)
    bench.clock.advance(5)
    await work(bench, eraser)
    erased = await bench.store.job(running.id)
    assert (erased.state, erased.credits, erased.prompt) == (JobState.CANCELLED, 1, "")
    assert bench.poster.pictures == []


async def test_a_card_stays_while_a_picture_of_the_same_command_is_being_made(
    bench: Bench, eraser: Eraser, remover: FakeRemover
) -> None:
    first, second = await bench.store.admit(batch_factory(count=2), NO_LIMITS)
    await bench.store.attach_card(first.batch_id, Card(channel_id=CHANNEL, message_id=CARD))
    claimed = await bench.store.claim_submissions(
        owner="me", lease=timedelta(seconds=30), at_most=1, per_member=9, in_flight_limit=9
    )
    await bench.store.mark_running(claimed[0], task_id="t", look_at=bench.clock.now())
    await bench.store.wish_erasure(MEMBER)
    await work(bench, eraser)
    assert (await bench.store.job(second.id)).prompt == ""
    assert remover.deleted == []


@pytest.mark.parametrize("error", [None, NotDeletedError("locked", code=50083)])
async def test_a_thread_that_bears_the_prompt_gets_another_name_once(
    bench: Bench, eraser: Eraser, remover: FakeRemover, error: Exception | None
) -> None:
    act = Act(guild_id=GUILD, actor_id=1, kind=ActKind.SETTINGS)
    await bench.store.change_server_settings(
        GUILD, lambda now: replace(now, thread_mode=ThreadMode.PER_JOB), act=act
    )
    job = await posted(bench, place=Place.STUDIO, thread_id=THREAD)
    if error:
        remover.errors[THREAD] = error
    await bench.store.wish_erasure(MEMBER)
    await work(bench, eraser)
    assert remover.renamed == ([] if error else [THREAD])
    assert (await bench.store.job(job.id)).thread_id is None
    done = await bench.store.erasure_of(MEMBER)
    assert done
    assert (done.left_behind, done.done_at) == (1 if error else 0, bench.clock.now())


async def test_a_card_that_was_shown_by_a_process_that_died_is_found_and_deleted(
    bench: Bench, eraser: Eraser, remover: FakeRemover
) -> None:
    right = AnswerRight(token="token", until=bench.clock.now() + timedelta(minutes=15))
    job = await bench.road.queued(answer=right)
    remover.lost_card = Card(channel_id=CHANNEL, message_id=CARD)
    await bench.store.wish_erasure(MEMBER)
    await work(bench, eraser)
    assert remover.deleted == [(CHANNEL, CARD)]
    assert (await bench.store.job(job.id)).card is None
    done = await bench.store.erasure_of(MEMBER)
    assert done
    assert (done.left_behind, done.done_at) == (0, bench.clock.now())


async def test_a_studio_keeps_its_name(bench: Bench, eraser: Eraser, remover: FakeRemover) -> None:
    await posted(bench, place=Place.STUDIO, thread_id=THREAD)
    await bench.store.wish_erasure(MEMBER)
    await work(bench, eraser)
    assert remover.renamed == []


async def test_whoever_waits_is_told_of_the_end(bench: Bench, eraser: Eraser) -> None:
    wish = await bench.store.wish_erasure(MEMBER)
    assert await eraser.finished(wish, within=0.0) is None
    waiting = asyncio.create_task(eraser.finished(wish, within=30))
    await work(bench, eraser)
    for done in (await waiting, await eraser.finished(wish, within=0.0)):
        assert done
        assert done.done_at == bench.clock.now()


async def test_old_words_go_once_an_hour_and_only_if_that_is_wanted(bench: Bench) -> None:
    job = await posted(bench)
    keep = Retention(bench.workplace, keep_for=timedelta(days=10))
    await keep._turn()
    bench.clock.advance(timedelta(days=10).total_seconds())
    await Retention(bench.workplace, keep_for=None)._turn()
    assert (await bench.store.job(job.id)).prompt
    due = await keep._turn()
    assert due == bench.clock.now() + timedelta(hours=1)
    now = await bench.store.job(job.id)
    assert (now.prompt, now.message_id, now.archive_key) == ("", MESSAGE, job.archive_key)


async def test_a_clock_that_is_set_back_does_not_hold_up_what_is_due(bench: Bench) -> None:
    keep = Retention(bench.workplace, keep_for=timedelta(days=10))
    await keep._turn()
    bench.clock.set(-timedelta(days=400).total_seconds())
    assert await keep._turn() == bench.clock.now() + timedelta(hours=1)
    job = await posted(bench)
    bench.clock.advance(timedelta(days=11).total_seconds())
    await keep._turn()
    assert (await bench.store.job(job.id)).prompt == ""
