"""Quotas under any order of events: a real database against a model that adds everything up by hand."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from bot.acts import Act, ActKind
from bot.errors import QuotaError
from bot.jobs import Job, JobState, Rung
from bot.quota import Limits, Rule, Spender
from bot.store import Store, open_store
from bot.store.community import credit_grants, member_quotas, role_quotas, servers
from bot.store.tables import job_events, jobs
from tests.clocks import FakeClock
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
ASK: Final = st.tuples(
    st.just("ask"), members, guilds, roles, st.sampled_from([1, 2, 0, 3]), st.integers(1, 4)
)
EVENT: Final = st.one_of(
    st.tuples(st.just("set_role"), guilds, st.sampled_from(ROLES), limits),
    st.tuples(st.just("set_member"), members, guilds, limits),
    st.tuples(st.just("grant"), members, guilds, st.integers(1, 5)),
    st.tuples(st.just("reset"), members, guilds),
    st.tuples(st.just("fail"), which),
    st.tuples(st.just("cancel"), which),
    st.tuples(st.just("move_on"), which),
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
    ) -> list[tuple[str, int, list[Paid]]]:
        """Return each limit that holds, with the jobs that count against it."""
        fresh = [job for job in self.jobs.values() if job.credits and job.at > now - DAY]
        limit, rule = self.limit(member, guild, borne)
        extra = sum(
            grant.credits
            for grant in self.grants
            if (grant.member, grant.guild) == (member, guild) and grant.at > now - DAY
        )
        reset = self.resets.get((guild, member))
        own = [
            job
            for job in fresh
            if job.member == member
            and (rule == "bot" or job.guild == guild)
            and not (job.guild == guild and reset is not None and job.at < min(reset, now))
        ]
        found = [("member", max(limit, 0) + extra, own)]
        caps = [cap for cap in (self.cap.get(guild), self.limits.server_daily_credits) if cap is not None]
        if caps:
            found.append(("server", min(caps), [job for job in fresh if job.guild == guild]))
        if self.limits.operator_daily_credits is not None:
            found.append(("operator", self.limits.operator_daily_credits, fresh))
        return found


def back_at(jobs: list[Paid], limit: int, cost: int) -> datetime | None:
    """Return when waiting first helps: the moment at which the sum is below the limit again."""
    if limit <= 0 or cost > limit:
        return None
    spent = sum(job.credits for job in jobs)
    for job in sorted(jobs, key=lambda each: each.at):
        spent -= job.credits
        if spent < limit:
            return job.at + DAY
    return None


class Play:
    """Does each step to both."""

    def __init__(self, store: Store, clock: FakeClock, limits: Limits) -> None:
        self.store = store
        self.clock = clock
        self.model = Model(limits=limits)

    async def ask(self, member: int, guild: int, borne: tuple[int, ...], price: int, count: int) -> None:
        now, cost = self.clock.now(), price * count
        refusals = [
            (whose, max(max(limit, 0) - sum(job.credits for job in jobs), 0), back_at(jobs, limit, cost))
            for whose, limit, jobs in self.model.circles(member, guild, borne, now)
            if limit <= 0 or cost > max(limit - sum(job.credits for job in jobs), 0)
        ]
        batch = batch_factory(
            member_id=member, guild_id=guild, role_ids=borne, count=count, credits_each=price
        )
        if refusals:
            with pytest.raises(QuotaError) as caught:
                await self.store.admit(batch, self.model.limits)
            error = caught.value
            assert (error.whose, error.values["left"], error.back_at) == refusals[0]
            assert error.whose != "member" or error.rule == self.model.limit(member, guild, borne)[1]
            return
        admitted = await self.store.admit(batch, self.model.limits)
        assert len(admitted) == count
        for job in admitted:
            self.model.jobs[job.id] = Paid(member, guild, price, now)

    async def _job(self, number: int) -> Job | None:
        ids = sorted(self.model.jobs)
        return await self.store.job(ids[number % len(ids)]) if ids else None

    async def fail(self, number: int) -> None:
        job = await self._job(number)
        if job and job.state in {JobState.QUEUED, JobState.SUBMITTING, JobState.RUNNING, JobState.READY}:
            await self.store.fail(job, FAILURE)
            self.model.jobs[job.id].credits = 0

    async def cancel(self, number: int) -> None:
        job = await self._job(number)
        if job and job.state is JobState.QUEUED:
            await self.store.call_off(job.id, by=1, actor="member:1", reason="changed my mind")
            self.model.jobs[job.id].credits = 0

    async def move_on(self, number: int) -> None:
        """Take a job one step towards its delivery, which changes nothing about credits."""
        owner: dict[str, Any] = {"owner": "worker", "lease": LEASE}
        job = await self._job(number)
        if job is None:
            return
        match job.state:
            case JobState.QUEUED:
                await self.store.claim_submissions(**owner, at_most=99, per_member=3, in_flight_limit=99)
            case JobState.SUBMITTING:
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
        await self.store.set_member_quota(guild, member, lambda _: Rule(daily_credits=limit), act=ACT)
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
        for member in MEMBERS:
            for guild in GUILDS:
                spender = Spender(guild_id=guild, member_id=member, role_ids=ROLES[:1])
                standing = await self.store.standing(spender, self.model.limits)
                shown = [standing.left, standing.left_in_server, standing.left_for_everybody]
                circles = {
                    whose: max(max(limit, 0) - sum(job.credits for job in jobs), 0)
                    for whose, limit, jobs in self.model.circles(member, guild, ROLES[:1], now)
                }
                assert shown == [circles.get(whose) for whose in ("member", "server", "operator")]


async def emptied(store: Store) -> None:
    async with store._database.writing() as connection:
        for table in (job_events, jobs, *TABLES):
            await connection.execute(table.delete())


def test_nobody_ever_spends_more_than_any_order_of_events_allows(tmp_path: Path) -> None:
    clock = FakeClock()
    with asyncio.Runner() as runner:
        opened = open_store(f"sqlite+aiosqlite:///{tmp_path / 'easel.db'}", clock=clock)
        store = runner.run(opened.__aenter__())

        async def play(limits: Limits, steps: list[tuple[Any, ...]]) -> None:
            await emptied(store)
            stage = Play(store, clock, limits)
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
            runner.run(opened.__aexit__(None, None, None))
