"""Quotas under any order of events: a real database against a model that adds everything up by hand.

The steps go in turns through two stores on one file, as those of two processes do, and some through both at
once.
"""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import permutations
from typing import TYPE_CHECKING, Any, Final

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from bot.acts import Act, ActKind
from bot.errors import BeingPostedError, CancelledJobError, JobOverError, QuotaError
from bot.jobs import TRANSITIONS, Job, JobState, Rung
from bot.quota import Limits, Rule, Spender
from bot.store import Store, open_beside, open_store
from bot.store.community import credit_grants, member_quotas, role_quotas, servers
from bot.store.tables import job_events, jobs
from tests.clocks import FakeClock
from tests.databases import lay_out
from tests.factories import THREAD, batch_factory
from tests.integration.store.road import FAILURE, LEASE

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

TABLES: Final = (servers, role_quotas, member_quotas, credit_grants)
MEMBERS: Final = (1, 2)
GUILDS: Final = (10, 20)
ROLES: Final = (31, 32)
DAY: Final = timedelta(hours=24)
ACT: Final = Act(guild_id=10, actor_id=9, kind=ActKind.QUOTA)

members, guilds = st.sampled_from(MEMBERS), st.sampled_from(GUILDS)
roles = st.sampled_from([ROLES, (), ROLES[:1], ROLES[1:]])
limits = st.sampled_from([None, 6, 3, 9, 12, 0, -1, 10**12])
#: Which job an event is about: one of those that are there.
which = st.integers(0, 40)
SECONDS: Final = st.one_of(
    st.sampled_from([0.0, 0.001, 86_399.999, 86_400.0]),
    st.integers(-30, 30).map(lambda hours: hours * 3600.0),
)
#: Who asks where, with which roles, at which price, and for how many.
WISH: Final = st.tuples(members, guilds, roles, st.sampled_from([1, 2, 0, 3]), st.integers(1, 4))
ASK: Final = st.one_of(
    st.tuples(st.just("ask"), WISH),
    st.tuples(st.just("rush"), st.lists(WISH, min_size=2, max_size=3)),
)
EVENT: Final = st.one_of(
    st.tuples(st.just("set_role"), guilds, st.sampled_from(ROLES), limits),
    st.tuples(st.just("set_member"), members, guilds, limits),
    st.tuples(st.just("grant"), members, guilds, st.integers(1, 5)),
    st.tuples(st.just("reset"), members, guilds),
    st.tuples(st.just("fail"), which),
    st.tuples(st.just("call_off"), which),
    st.tuples(st.just("call_off"), which),
    st.tuples(st.just("move_on"), which),
    st.tuples(st.just("move_on"), which),
    st.tuples(st.just("lose"), which),
    st.tuples(st.just("set_everybody"), guilds, limits),
    st.tuples(st.just("set_cap"), guilds, limits),
    st.tuples(st.just("clock"), SECONDS, st.booleans()),
)


@dataclass
class Paid:
    """What the model knows of a job."""

    member: int
    guild: int
    credits: int
    at: datetime


@dataclass
class Model:
    """Everything that was decided and spent, in plain lists."""

    limits: Limits
    jobs: dict[str, Paid] = field(default_factory=dict)
    grants: list[Paid] = field(default_factory=list)
    resets: dict[tuple[int, int], datetime] = field(default_factory=dict)
    member: dict[tuple[int, int], int | None] = field(default_factory=dict)
    role: dict[tuple[int, int], int | None] = field(default_factory=dict)
    everybody: dict[int, int | None] = field(default_factory=dict)
    cap: dict[int, int | None] = field(default_factory=dict)

    def limit(self, member: int, guild: int, borne: tuple[int, ...]) -> tuple[int, str]:
        own = self.member.get((guild, member))
        if own is not None:
            return own, "member"
        of_roles = [limit for role in borne if (limit := self.role.get((guild, role))) is not None]
        if of_roles:
            return max(of_roles), "role"
        if (each := self.everybody.get(guild)) is not None:
            return each, "server"
        assert self.limits.daily_credits is not None
        return self.limits.daily_credits, "bot"

    def circles(
        self, member: int, guild: int, borne: tuple[int, ...], now: datetime
    ) -> list[tuple[str, int, list[Paid], list[Paid]]]:
        """Return each limit that holds, with the jobs that count against it and the extra ones in it."""
        fresh = [job for job in self.jobs.values() if job.credits and job.at > now - DAY]
        limit, rule = self.limit(member, guild, borne)
        extra = [
            grant
            for grant in self.grants
            if (grant.member, grant.guild) == (member, guild) and grant.at > now - DAY
        ]
        reset = self.resets.get((guild, member))
        own = [
            job
            for job in fresh
            if job.member == member
            and (rule == "bot" or job.guild == guild)
            and not (job.guild == guild and reset is not None and job.at < reset)
        ]
        found = [("member", max(limit, 0) + sum(grant.credits for grant in extra), own, extra)]
        caps = [cap for cap in (self.cap.get(guild), self.limits.server_daily_credits) if cap is not None]
        if caps:
            found.append(("server", min(caps), [job for job in fresh if job.guild == guild], []))
        if self.limits.operator_daily_credits is not None:
            found.append(("operator", self.limits.operator_daily_credits, fresh, []))
        return found


def back_at(jobs: list[Paid], limit: int, extra: list[Paid], cost: int) -> datetime | None:
    """Return when waiting first helps: the moment at which the sum is below the limit of that moment."""
    if limit <= 0 or cost > limit:
        return None
    spent = sum(job.credits for job in jobs)
    for job in sorted(jobs, key=lambda each: each.at):
        spent -= job.credits
        if spent < limit - sum(grant.credits for grant in extra if grant.at <= job.at):
            return job.at + DAY
    return None


Wish = tuple[int, int, tuple[int, ...], int, int]
Refusal = tuple[str, int, "datetime | None", str]


class Play:
    """Does each step to both."""

    def __init__(self, stores: tuple[Store, Store], clock: FakeClock, limits: Limits) -> None:
        self.stores = stores
        self.clock = clock
        self.model = Model(limits=limits)

    @property
    def store(self) -> Store:
        """The store whose turn it is."""
        self.stores = self.stores[::-1]
        return self.stores[0]

    def refusal(self, wish: Wish) -> Refusal | None:
        """Return how the model refuses a wish, None if it does not."""
        member, guild, borne, price, count = wish
        cost = price * count
        for whose, limit, spent, extra in self.model.circles(member, guild, borne, self.clock.now()):
            left = max(max(limit, 0) - sum(job.credits for job in spent), 0)
            if limit <= 0 or cost > left:
                rule = self.model.limit(member, guild, borne)[1] if whose == "member" else "bot"
                return whose, left, back_at(spent, limit, extra, cost), rule
        return None

    def take_in(self, wish: Wish, admitted: list[Job]) -> None:
        member, guild, _, price, count = wish
        assert len(admitted) == count
        at = max(self.clock.now(), self.model.resets.get((guild, member), self.clock.now()))
        for job in admitted:
            self.model.jobs[job.id] = Paid(member, guild, price, at)

    async def _asked(self, wish: Wish) -> list[Job] | Refusal:
        member, guild, borne, price, count = wish
        batch = batch_factory(
            member_id=member, guild_id=guild, role_ids=borne, count=count, credits_each=price
        )
        try:
            return await self.store.admit(batch, self.model.limits)
        except QuotaError as error:
            return error.whose, int(str(error.values["left"])), error.back_at, str(error.rule)

    async def ask(self, wish: Wish) -> None:
        await self.rush([wish])

    async def rush(self, wishes: list[Wish]) -> None:
        """Ask for several at once: what comes of it is what came of them in one order or another."""
        results = await asyncio.gather(*map(self._asked, wishes))
        before = dict(self.model.jobs)
        for order in permutations(zip(wishes, results, strict=True)):
            self.model.jobs = dict(before)
            for wish, result in order:
                if self.refusal(wish) != (None if isinstance(result, list) else result):
                    break
                if isinstance(result, list):
                    self.take_in(wish, result)
            else:
                return
        pytest.fail(f"no order explains {results}")

    async def _job(self, number: int) -> Job | None:
        ids = sorted(self.model.jobs)
        return await self.store.job(ids[number % len(ids)]) if ids else None

    async def fail(self, number: int) -> None:
        job = await self._job(number)
        if job and JobState.FAILED in TRANSITIONS[job.state]:
            await self.store.fail(job, FAILURE)
            self.model.jobs[job.id].credits = 0

    async def call_off(self, number: int) -> None:
        """Call a job off in both stores at once: only one that was not sent yet costs nothing."""
        job = await self._job(number)
        if job is None:
            return
        work = [store.call_off(job.id, by=1, actor="member:1", reason="enough") for store in self.stores]
        results = await asyncio.gather(*work, return_exceptions=True)
        done = [result for result in results if isinstance(result, Job)]
        refused: type[Exception] = CancelledJobError
        if not job.is_called_off and (job.state.is_final or job.state is JobState.DELIVERING):
            refused = JobOverError if job.state.is_final else BeingPostedError
        assert len(done) == (1 if refused is CancelledJobError and not job.is_called_off else 0)
        assert all(isinstance(result, refused) for result in results if result not in done)
        if done and job.state is JobState.QUEUED:
            self.model.jobs[job.id].credits = 0
        assert all(each.credits == self.model.jobs[job.id].credits for each in done)

    async def lose(self, number: int) -> None:
        """Let a request not be taken, or its answer be lost, or a picture find no place."""
        job = await self._job(number)
        if job is None:
            return
        now = self.clock.now()
        match job.state:
            case JobState.SUBMITTING if number % 2:
                back = await self.store.requeue(job, due_at=now, wait_reason=None, reason="503")
                if back.state is JobState.CANCELLED:
                    self.model.jobs[job.id].credits = 0
            case JobState.SUBMITTING:
                await self.store.mark_unconfirmed(job, deadline=now, reason="no answer")
            case JobState.DELIVERING:
                await self.store.mark_undeliverable(job, reason="no place")

    async def move_on(self, number: int) -> None:
        """Take a job one step towards its delivery, which changes nothing about credits."""
        owner: dict[str, Any] = {"owner": "worker", "lease": LEASE}
        job = await self._job(number)
        if job is None:
            return
        match job.state:
            case JobState.QUEUED:
                await self.store.claim_submissions(**owner, at_most=99, per_member=3, in_flight_limit=99)
            case JobState.SUBMITTING | JobState.UNCONFIRMED:
                await self.store.mark_running(job, task_id="t", look_at=self.clock.now())
            case JobState.RUNNING:
                for each in await self.store.claim_looks(**owner, at_most=99):
                    urls = ["https://cdn.example/1.png"]
                    await self.store.mark_ready(
                        each, result_urls=urls, cost_ms=None, completed_at=self.clock.now()
                    )
            case JobState.READY:
                for each in await self.store.claim_ready(**owner, at_most=99):
                    await self.store.begin_delivery(each)
            case JobState.DELIVERING:
                await self.store.mark_delivered(job, channel_id=THREAD, message_id=9, rung=Rung.THREAD)

    async def grant(self, member: int, guild: int, extra: int) -> None:
        await self.store.grant_credits(guild, member, extra, act=ACT)
        self.model.grants.append(Paid(member, guild, extra, self.clock.now()))

    async def reset(self, member: int, guild: int) -> None:
        await self.store.reset_quota(guild, member, act=ACT)
        self.model.resets[guild, member] = self.clock.now()

    async def set_member(self, member: int, guild: int, limit: int | None) -> None:
        spender = Spender(guild_id=guild, member_id=member)
        await self.store.set_member_quota(
            spender, lambda _: Rule(daily_credits=limit), limits=self.model.limits, act=ACT
        )
        self.model.member[guild, member] = limit

    async def set_role(self, guild: int, role: int, limit: int | None) -> None:
        await self.store.set_role_quota(guild, role, lambda _: Rule(daily_credits=limit), act=ACT)
        self.model.role[guild, role] = limit

    async def set_everybody(self, guild: int, limit: int | None) -> None:
        await self.store.change_server_settings(
            guild, lambda old: replace(old, member_daily_credits=limit), act=ACT
        )
        self.model.everybody[guild] = limit

    async def set_cap(self, guild: int, limit: int | None) -> None:
        await self.store.change_server_settings(guild, lambda old: replace(old, daily_credits=limit), act=ACT)
        self.model.cap[guild] = limit

    async def clock_(self, seconds: float, noticed: bool) -> None:
        """Let time pass, or set the clock back, which the bot may have noticed or not yet."""
        if seconds >= 0:
            self.clock.advance(seconds)
            return
        now, by = self.clock.set(seconds), timedelta(seconds=-seconds)
        if not noticed:
            return
        await self.store.set_back(by, owner="worker", lease=LEASE, in_hand=())
        for paid in [job for job in self.model.jobs.values() if job.credits] + self.model.grants:
            paid.at = paid.at - by if paid.at > now else paid.at
        for key, at in self.model.resets.items():
            self.model.resets[key] = at - by if at > now else at

    async def compare(self) -> None:
        """What everybody is shown is what the model says."""
        now = self.clock.now()
        for job_id, paid in self.model.jobs.items():
            assert (await self.store.job(job_id)).credits == paid.credits
        for member in MEMBERS:
            for guild in GUILDS:
                spender = Spender(guild_id=guild, member_id=member, role_ids=ROLES[:1])
                standing = await self.store.standing(spender, self.model.limits)
                shown = [standing.left, standing.left_in_server, standing.left_for_everybody]
                circles = {
                    whose: max(max(limit, 0) - sum(job.credits for job in jobs), 0)
                    for whose, limit, jobs, _ in self.model.circles(member, guild, ROLES[:1], now)
                }
                assert shown == [circles.get(whose) for whose in ("member", "server", "operator")]


async def emptied(store: Store) -> None:
    async with store._database.writing() as connection:
        for table in (job_events, jobs, *TABLES):
            await connection.execute(table.delete())


def test_nobody_ever_spends_more_than_any_order_of_events_allows(tmp_path: Path) -> None:
    clock = FakeClock()
    with asyncio.Runner() as runner:
        opened = AsyncExitStack()
        url = lay_out(tmp_path / "easel.db")
        store = runner.run(opened.enter_async_context(open_store(url, clock=clock)))
        other = runner.run(opened.enter_async_context(open_beside(url, clock=clock)))

        async def play(limits: Limits, steps: list[tuple[Any, ...]]) -> None:
            await emptied(store)
            stage = Play((store, other), clock, limits)
            for name, *arguments in steps:
                await getattr(stage, "clock_" if name == "clock" else name)(*arguments)
            await stage.compare()

        @settings(
            max_examples=24,
            derandomize=True,
            database=None,
            # A failure is told at once, as it was found: making it smaller would take minutes.
            phases=[Phase.generate],
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow],
        )
        @given(
            daily=st.sampled_from([8, 4, 12, 0, -1]),
            server=st.sampled_from([None, 15, 6]),
            operator=st.sampled_from([None, 25, 12]),
            of_roles=st.lists(st.sampled_from([3, 9, 6, 12]), min_size=2, max_size=2, unique=True),
            rounds=st.lists(st.tuples(EVENT, ASK, ASK), min_size=12, max_size=16),
        )
        def run(
            daily: int, server: int | None, operator: int | None, of_roles: list[int], rounds: list[Any]
        ) -> None:
            bounds = Limits(
                daily_credits=daily,
                concurrent_jobs=3,
                server_daily_credits=server,
                operator_daily_credits=operator,
            )
            first = [
                ("set_role", GUILDS[0], role, limit) for role, limit in zip(ROLES, of_roles, strict=True)
            ]
            runner.run(play(bounds, first + [step for each in rounds for step in each]))

        try:
            run()
        finally:
            runner.run(opened.aclose())
