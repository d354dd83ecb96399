"""What the service says of the queue: why each job waits, when it should be done, and who may call it off."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from bot.acts import Act, ActKind
from bot.errors import NotYourWishError, UnknownJobError
from bot.experience import Experience
from bot.jobs import JobState, WaitReason
from bot.quota import Prices, Rule, Spender
from bot.service import Service
from bot.service.queue import PAGE_SIZE, Queue, WaitCause
from bot.store import Store, open_store
from bot.store.pause import Pause, PauseReason, ProviderCall
from tests.clocks import FakeClock
from tests.databases import lay_out
from tests.factories import GUILD, MEMBER, NO_LIMITS
from tests.integration.store.road import Road

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Collection
    from pathlib import Path

    from bot.jobs import Job
    from bot.store.queue import Turns

BEN = MEMBER + 1
ACT = Act(guild_id=GUILD, actor_id=BEN, kind=ActKind.QUOTA)


class Desk:
    """The queue with one at a time for each member, and what it told the rest of the bot."""

    def __init__(self, store: Store, clock: FakeClock) -> None:
        self.store = store
        self.clock = clock
        self.road = Road(store, clock)
        self.draining = False
        self.changed: list[Job] = []
        experience = Experience(store=store, clock=clock)
        service = Service(
            store=store,
            experience=experience,
            clock=clock,
            limits=NO_LIMITS,
            prices=Prices(pro=1, max=2),
            wake=lambda: None,
            is_draining=lambda: self.draining,
        )
        self.queue = Queue(
            store=store,
            service=service,
            experience=experience,
            clock=clock,
            per_member=1,
            in_flight_limit=4,
            is_draining=lambda: self.draining,
            changed=self.changed.append,
        )

    async def causes(self) -> list[WaitCause | None]:
        line = await self.queue.mine(MEMBER, guild_id=GUILD)
        return [standing.cause for standing in line.standings]

    async def pause(self, reason: PauseReason, *, trial: bool = False) -> None:
        now = self.clock.now()
        pause = Pause(
            reason=reason,
            call=ProviderCall.SUBMIT,
            since=now,
            closed_at=now,
            reopens_at=None if trial else now,
            failed_probes=0,
        )
        await self.store.change_service_pause(lambda _: pause)


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    clock = FakeClock()
    async with open_store(lay_out(tmp_path / "easel.db"), clock=clock) as store:
        yield Desk(store, clock)


async def test_a_job_waits_for_its_turn_for_ones_own_that_run_or_for_ones_own_that_come_first(
    desk: Desk,
) -> None:
    await desk.road.queued()
    assert await desk.causes() == [WaitCause.TURN]
    desk.clock.advance(1)
    await desk.road.queued()
    assert await desk.causes() == [WaitCause.TURN, WaitCause.OWN_FIRST]
    await desk.store.claim_submissions(
        owner="w", lease=desk.clock.now() - desk.clock.now(), at_most=1, per_member=1, in_flight_limit=9
    )
    assert await desk.causes() == [None, WaitCause.OWN_RUNNING]
    line = await desk.queue.mine(MEMBER, guild_id=GUILD)
    assert [standing.own_running for standing in line.standings] == [0, 1]


async def test_what_runs_in_another_server_counts_by_the_bots_limit_and_is_said_to_be_there(
    desk: Desk,
) -> None:
    await desk.road.running(guild_id=GUILD + 1)
    await desk.road.queued()
    (standing,) = (await desk.queue.mine(MEMBER, guild_id=GUILD)).standings
    assert standing.cause is WaitCause.OWN_RUNNING
    assert (standing.own_running, standing.own_elsewhere) == (1, 1)
    rule = Rule(concurrent_jobs=1)
    await desk.store.set_member_quota(
        Spender(guild_id=GUILD, member_id=MEMBER), lambda _: rule, limits=NO_LIMITS, act=ACT
    )
    (standing,) = (await desk.queue.mine(MEMBER, guild_id=GUILD)).standings
    assert (standing.cause, standing.own_running, standing.own_elsewhere) == (WaitCause.TURN, 0, 0)


@pytest.mark.parametrize(
    ("reason", "cause"),
    [
        (PauseReason.KEY, WaitCause.PAUSED),
        (PauseReason.BALANCE, WaitCause.PAUSED),
        (PauseReason.BUSY, WaitCause.BUSY),
        (PauseReason.OUTAGE, WaitCause.BUSY),
    ],
)
async def test_a_paused_service_is_the_reason_for_everybody_and_nobody_can_say_until_when(
    desk: Desk, reason: PauseReason, cause: WaitCause
) -> None:
    await desk.road.running()
    desk.clock.advance(1)
    await desk.road.queued()
    await desk.pause(reason)
    assert await desk.causes() == [None, cause]
    running, queued = (await desk.queue.mine(MEMBER, guild_id=GUILD)).standings
    assert running.expected
    assert (queued.expected, queued.place) == (None, 1)
    await desk.pause(reason, trial=True)
    assert await desk.causes() == [None, WaitCause.OWN_RUNNING]


async def test_a_request_that_was_put_off_is_a_reason_for_its_own_job_until_only_its_turn_is_missing(
    desk: Desk,
) -> None:
    job = await desk.road.submitting()
    soon = desk.clock.now() + timedelta(seconds=2)
    await desk.store.requeue(job, due_at=soon, wait_reason=WaitReason.SERVICE_BUSY, reason="503")
    assert await desk.causes() == [WaitCause.BUSY]
    desk.clock.advance(2)
    assert await desk.causes() == [WaitCause.TURN]
    await desk.pause(PauseReason.BUSY, trial=True)
    assert await desk.causes() == [WaitCause.BUSY]


async def test_what_is_sent_at_the_moment_of_the_question_is_expected_like_what_was_sent(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await desk.road.queued()
    turns = desk.store.turns

    async def sent_meanwhile(job_ids: Collection[str]) -> Turns:
        lease = timedelta(seconds=9)
        await desk.store.claim_submissions(owner="w", lease=lease, at_most=9, per_member=9, in_flight_limit=9)
        return await turns(job_ids)

    monkeypatch.setattr(desk.store, "turns", sent_meanwhile)
    (standing,) = (await desk.queue.mine(MEMBER, guild_id=GUILD)).standings
    assert (standing.job.state, standing.place) == (JobState.QUEUED, None)
    assert standing.expected


async def test_before_an_update_everything_waits_for_that(desk: Desk) -> None:
    await desk.road.queued()
    await desk.pause(PauseReason.KEY)
    desk.draining = True
    assert await desk.causes() == [WaitCause.UPDATING]


async def test_who_comes_later_is_expected_later(desk: Desk) -> None:
    await desk.road.running()
    for _ in range(3):
        desk.clock.advance(0.001)
        await desk.road.queued()
    desk.clock.advance(0.001)
    his = await desk.road.queued(member_id=BEN)
    mine = [s.expected for s in (await desk.queue.mine(MEMBER, guild_id=GUILD)).standings]
    assert all(mine)
    assert mine == sorted(mine, key=str)
    assert len(set(mine)) == 4
    (standing,) = (await desk.queue.mine(BEN, guild_id=GUILD)).standings
    assert standing.job == his
    assert standing.expected
    assert mine[0]
    assert mine[1]
    assert standing.expected < mine[1]


async def test_where_everybody_together_is_at_the_limit_one_waits_for_a_round_of_all(desk: Desk) -> None:
    alone = await desk.road.queued()
    (before,) = (await desk.queue.mine(MEMBER, guild_id=GUILD)).standings
    assert before.job == alone
    await desk.store.call_off(alone.id, by=MEMBER, actor="x", reason="x")
    for number in range(4):
        await desk.road.running(member_id=100 + number)
    await desk.road.queued()
    (after,) = (await desk.queue.mine(MEMBER, guild_id=GUILD)).standings
    assert before.expected
    assert after.expected
    assert after.expected > before.expected


async def test_a_discarded_job_is_listed_until_it_ends_without_a_time(desk: Desk) -> None:
    job = await desk.road.running()
    await desk.queue.cancel(job.id, member_id=MEMBER, guild_id=GUILD)
    (standing,) = (await desk.queue.mine(MEMBER, guild_id=GUILD)).standings
    assert (standing.job.is_called_off, standing.expected) == (True, None)


async def test_pages_hold_some_each_and_a_page_that_is_not_there_is_the_last_one(desk: Desk) -> None:
    for _ in range(PAGE_SIZE + 2):
        desk.clock.advance(0.001)
        await desk.road.queued()
    first = await desk.queue.of_server(GUILD)
    assert (len(first.standings), first.page, first.pages, first.total) == (PAGE_SIZE, 0, 2, PAGE_SIZE + 2)
    for page in (1, 99):
        last = await desk.queue.of_server(GUILD, page=page)
        assert (len(last.standings), last.page) == (2, 1)
    empty = await desk.queue.of_server(GUILD + 1, page=3)
    assert (empty.standings, empty.page, empty.pages) == ((), 0, 1)
    assert (await desk.queue.of_server(GUILD, page=-5)).page == 0


async def test_only_its_member_or_a_moderator_calls_a_job_off(desk: Desk) -> None:
    job = await desk.road.queued()
    with pytest.raises(NotYourWishError):
        await desk.queue.cancel(job.id, member_id=BEN, guild_id=GUILD)
    with pytest.raises(UnknownJobError):
        await desk.queue.cancel(job.id, member_id=BEN, guild_id=GUILD + 1, moderates=True)
    assert desk.changed == []
    cancelled = await desk.queue.cancel(job.id, member_id=BEN, guild_id=GUILD, moderates=True, reason="loud")
    assert (cancelled.state, cancelled.cancelled_by) == (JobState.CANCELLED, BEN)
    assert desk.changed == [cancelled]
    last = (await desk.store.events(job.id))[-1]
    assert (last.actor, last.reason) == (f"moderator:{BEN}", "called off by a moderator")


async def acts(store: Store) -> list[Any]:
    async with store._database.reading() as connection:
        return list(await connection.exec_driver_sql("SELECT actor_id, member_id, reason FROM acts"))


async def test_a_moderators_own_job_is_no_matter_for_the_record(desk: Desk) -> None:
    own, others = await desk.road.queued(), await desk.road.queued(member_id=BEN)
    for job in (own, others):
        await desk.queue.cancel(job.id, member_id=MEMBER, guild_id=GUILD, moderates=True)
    assert await acts(desk.store) == [(MEMBER, BEN, "")]


async def test_what_somebody_types_finds_jobs_by_id_name_and_prompt_but_not_by_secret_prompts(
    desk: Desk,
) -> None:
    fox = await desk.road.queued(prompt="a red FOX")
    secret = await desk.road.queued(prompt="a hidden fox", private=True, member_name="Ben")
    gone = await desk.road.running(prompt="another fox")
    await desk.queue.cancel(gone.id, member_id=MEMBER, guild_id=GUILD)

    async def found(words: str) -> list[str]:
        jobs = await desk.queue.matching(GUILD, words, reads=lambda job: not job.private)
        return [job.id for job in jobs]

    assert await found("fox ") == [fox.id]
    assert await found("ben") == [secret.id]
    assert await found(secret.id) == [secret.id]
    assert set(await found("")) == {fox.id, secret.id}
