"""Whatever is done to a job in whatever state, in any order or at once: it ends rightly and stays gone."""

from __future__ import annotations

import asyncio
import random
import shutil
from typing import TYPE_CHECKING, Final

import pytest

from bot.engine.figures import Figures
from bot.errors import EaselError
from bot.jobs import JobState
from bot.metrics import Metrics
from bot.store import open_store
from tests.clocks import FakeClock
from tests.databases import lay_out
from tests.factories import GUILD, MEMBER
from tests.integration.engine.conftest import bench_of
from tests.integration.engine.crossing import DEEDS, STATES, Crossing, drawn
from tests.integration.store.old_databases import FOLDER

if TYPE_CHECKING:
    from pathlib import Path

    from bot.jobs import Job

#: How many pairs of deeds are tried with a job in each state; all of them would take an hour.
PAIRS: Final = 2
OLD: Final = sorted(FOLDER.glob("easel-*.db"))


async def do(crossing: Crossing, deed: str, job: Job, done: list[str]) -> None:
    """Do something to a job; what is refused is not done, and an odd error is nobody's answer."""
    try:
        await crossing.deed(deed)(job)
    except EaselError:
        return
    done.append(deed)


async def check(crossing: Crossing, job: Job, done: list[str]) -> None:
    """Hold the job to what must be true at the end, whatever was done."""
    now = await crossing.store.job(job.id)
    assert now.state.is_final
    assert (now.due_at, now.lease_owner) == (None, None)
    free = now.state is JobState.FAILED or (now.state is JobState.CANCELLED and now.discarded_at is None)
    assert now.credits == (0 if free else 1)
    acts = (await crossing.store.acts_of(GUILD, at_most=9)).acts
    assert len(acts) == sum("moderator" in deed for deed in done)
    assert crossing.far_end.pictures <= 1
    assert crossing.far_end.notices <= 1
    if now.erased_at is None:
        is_to_be_told = now.state is JobState.FAILED and not now.is_called_off
        assert crossing.far_end.notices == is_to_be_told
    await check_what_is_left(crossing, now, done)


async def check_what_is_left(crossing: Crossing, now: Job, done: list[str]) -> None:
    """Hold Discord and the archive to what the job says of itself."""
    far_end, store = crossing.far_end, crossing.store
    there = {number for number, whose in far_end.messages.items() if whose == now.id}
    known = {number for _, number in await store.earlier_messages(now.id)} | {now.message_id} - {None}
    kept = [key for key in crossing.bench.archive.pictures if now.id in key]
    assert there == known
    assert now.archive_key is None or kept == [now.archive_key]
    if now.removed_at:
        assert (there, kept) == (set(), [])
    if "erase" in done:
        assert (now.prompt, now.alt_text, now.references, now.result_urls) == ("", None, (), ())
        assert (there, kept, far_end.cards, now.card) == (set(), [], {}, None)
        wish = await store.erasure_of(MEMBER)
        assert wish
        assert wish.done_at
    elif now.card and "retain" not in done:
        assert far_end.cards[now.card.message_id] == drawn(await store.batch(now.batch_id))


async def walk(file: Path, state: str, deeds: tuple[str, ...], *, at_once: bool) -> None:
    clock, metrics = FakeClock(), Metrics()
    async with open_store(lay_out(file), clock=clock, busy_timeout=5, watch=Figures(metrics)) as store:
        crossing = Crossing(bench_of(store, clock, metrics))
        job = await crossing.begin(state)
        done: list[str] = []
        if at_once:
            await asyncio.gather(*(do(crossing, deed, job, done) for deed in deeds))
        else:
            for deed in deeds:
                await do(crossing, deed, job, done)
        await crossing.rest(job)
        await check(crossing, job, done)


@pytest.mark.parametrize("state", STATES)
async def test_two_deeds_and_the_loops_leave_a_job_as_it_should_be(tmp_path: Path, state: str) -> None:
    dice = random.Random(state)
    for number in range(PAIRS):
        deeds = tuple(dice.sample(DEEDS, 2))
        at_once = dice.random() < 0.5
        try:
            await walk(tmp_path / f"{number}.db", state, deeds, at_once=at_once)
        except AssertionError as error:
            error.add_note(f"{state}: {deeds}{' at once' if at_once else ''}")
            raise


@pytest.mark.parametrize(
    ("state", "deeds"),
    [
        ("unanswered", ("erase", "card_comes")),
        ("told", ("moderator_deletes", "post_again")),
        ("told", ("erase", "post_again")),
        ("undeliverable", ("moderator_deletes", "claim")),
        ("undeliverable", ("erase", "claim")),
        ("running", ("cancel", "moderator_cancels")),
        ("posted_unmarked", ("erase", "crash")),
    ],
)
@pytest.mark.parametrize("at_once", [False, True])
async def test_what_meets_most_easily_does_no_harm(
    tmp_path: Path, state: str, deeds: tuple[str, ...], *, at_once: bool
) -> None:
    await walk(tmp_path / "easel.db", state, deeds, at_once=at_once)


@pytest.mark.parametrize("old", OLD, ids=lambda path: path.stem)
async def test_the_jobs_of_an_old_database_come_to_their_ends_and_can_be_erased(
    tmp_path: Path, old: Path
) -> None:
    shutil.copy(old, tmp_path / "easel.db")
    clock, metrics = FakeClock(), Metrics()
    clock.advance(3600)
    url = f"sqlite+aiosqlite:///{tmp_path / 'easel.db'}"
    async with open_store(url, clock=clock, busy_timeout=5, watch=Figures(metrics)) as store:
        crossing = Crossing(bench_of(store, clock, metrics))
        before = await store.jobs_of_member(MEMBER, at_most=99)
        for job in before:
            await crossing.rest(job)
        after = await store.jobs_of_member(MEMBER, at_most=99)
        assert [job.id for job in after] == [job.id for job in before]
        assert {(job.state.is_final, job.due_at, job.lease_owner) for job in after} == {(True, None, None)}
        assert all(not job.credits for job in after if job.state in {JobState.FAILED, JobState.CANCELLED})
        delivered = {job.id for job in after if job.state is JobState.DELIVERED}
        assert {job.id for job in before if job.state in {JobState.READY, JobState.RUNNING}} <= delivered
        await crossing.erase(after[0])
        await crossing.rest(after[0])
        erased = await store.jobs_of_member(MEMBER, at_most=99)
        assert {(job.prompt, job.message_id, job.card, job.archive_key) for job in erased} == {
            ("", None, None, None)
        }
        assert crossing.far_end.messages == {}
