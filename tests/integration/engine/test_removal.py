"""A picture is deleted at Discord and from the archive, and marked only when its message is gone."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import aiohttp
import discord
import pytest

from bot.acts import ActKind
from bot.engine.removal import Remover
from bot.errors import (
    ArchiveError,
    BeingPostedError,
    NotDeletedError,
    PostponedError,
    RemovedJobError,
    StaleJobError,
)
from bot.jobs import Rung
from bot.presentation.wording import Catalogue
from tests.factories import CHANNEL, batch_factory

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bot.jobs import Job
    from tests.integration.engine.conftest import Bench

MODERATOR = 7


@dataclass
class FakeDiscord:
    """Has messages that can be deleted, unless an error is set."""

    deleted: list[tuple[int, int]] = field(default_factory=list)
    error: Exception | None = None
    meanwhile: Callable[[], Awaitable[None]] | None = None

    def get_partial_messageable(self, channel_id: int, *, guild_id: int | None) -> Any:
        del guild_id

        async def delete(message_id: int) -> None:
            if self.error:
                raise self.error
            self.deleted.append((channel_id, message_id))
            meanwhile, self.meanwhile = self.meanwhile, None
            if meanwhile:
                await meanwhile()

        return SimpleNamespace(
            get_partial_message=lambda message_id: SimpleNamespace(delete=lambda: delete(message_id))
        )


@dataclass
class FakeCards:
    redrawn: list[str] = field(default_factory=list)

    def redraw_soon(self, job: Job) -> None:
        self.redrawn.append(job.id)


def refusal(kind: type[discord.HTTPException], status: int, code: int) -> discord.HTTPException:
    response = SimpleNamespace(status=status, reason="")
    return kind(cast("Any", response), {"code": code, "message": "no"})


@pytest.fixture
def far_end() -> FakeDiscord:
    return FakeDiscord()


@pytest.fixture
def cards() -> FakeCards:
    return FakeCards()


@pytest.fixture
def remover(bench: Bench, far_end: FakeDiscord, cards: FakeCards) -> Remover:
    return Remover(
        client=cast("Any", far_end),
        store=bench.store,
        archive=bench.archive,
        cards=cast("Any", cards),
        answers=cast("Any", None),
        catalogue=Catalogue(),
        clock=bench.clock,
        metrics=bench.workplace.metrics,
    )


async def kept(bench: Bench) -> Job:
    """Return a delivered job whose picture is in the archive."""
    await bench.road.ready()
    await bench.turn(bench.deliverer)
    (job,) = await bench.store.claim_announcements(owner="me", lease=bench.workplace.lease, at_most=1)
    return await bench.store.mark_announced(job)


async def test_message_and_copy_go_and_the_card_is_redrawn(
    bench: Bench, remover: Remover, far_end: FakeDiscord, cards: FakeCards
) -> None:
    job = await kept(bench)
    assert await remover.remove(job, by=MODERATOR)
    assert far_end.deleted == [(job.message_channel_id, job.message_id)]
    now = await bench.store.job(job.id)
    assert (now.is_removed, now.archive_key, now.credits) == (True, None, job.credits)
    assert (await bench.store.events(job.id))[-1].actor == f"moderator:{MODERATOR}"
    assert cards.redrawn == [job.id]


async def test_its_member_is_named_as_such(bench: Bench, remover: Remover) -> None:
    job = await kept(bench)
    await remover.remove(job, by=job.member_id)
    assert (await bench.store.events(job.id))[-1].actor == f"member:{job.member_id}"


async def test_a_message_that_is_gone_already_counts_as_deleted(
    bench: Bench, remover: Remover, far_end: FakeDiscord
) -> None:
    far_end.error = refusal(discord.NotFound, 404, 10008)
    job = await kept(bench)
    await remover.remove(job, by=MODERATOR)
    assert (await bench.store.job(job.id)).is_removed


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (refusal(discord.Forbidden, 403, 50001), NotDeletedError),
        (refusal(discord.DiscordServerError, 503, 0), PostponedError),
        (discord.RateLimited(60), PostponedError),
        (aiohttp.ClientConnectionError(), PostponedError),
    ],
)
async def test_what_discord_did_not_delete_is_not_marked(
    bench: Bench, remover: Remover, far_end: FakeDiscord, error: Exception, told: type[Exception]
) -> None:
    far_end.error = error
    job = await kept(bench)
    with pytest.raises(told):
        await remover.remove(job, by=MODERATOR)
    assert await bench.store.job(job.id) == job


async def test_an_archive_out_of_reach_keeps_its_copy_and_that_is_told(
    bench: Bench, remover: Remover, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = await kept(bench)

    async def fail(key: str) -> None:
        raise ArchiveError("out of reach", key=key)

    monkeypatch.setattr(bench.archive, "remove", fail)
    assert not await remover.remove(job, by=MODERATOR)
    now = await bench.store.job(job.id)
    assert (now.is_removed, now.archive_key) == (True, job.archive_key)


async def test_of_two_moderators_at_once_one_removes_it_and_one_is_told_so(
    bench: Bench, remover: Remover
) -> None:
    job = await kept(bench)
    assert job.guild_id is not None
    both = [remover.remove(job, by=by, reason=f"by {by}") for by in (MODERATOR, MODERATOR + 1)]
    first, second = await asyncio.gather(*both, return_exceptions=True)
    assert {type(first), type(second)} == {bool, RemovedJobError}
    (act,) = (await bench.store.acts_of(job.guild_id, at_most=5)).acts
    now = await bench.store.job(job.id)
    assert (act.kind, act.member_id, act.job_id) == (ActKind.REMOVE, job.member_id, job.id)
    assert (act.actor_id, act.reason) == (now.removed_by, f"by {now.removed_by}")
    assert act.detail.endswith(f"/{job.message_channel_id}/{job.message_id}")
    assert now.is_moderated


async def test_a_picture_that_is_posted_again_while_its_message_is_deleted_goes_altogether(
    bench: Bench, remover: Remover, far_end: FakeDiscord
) -> None:
    job = await kept(bench)

    async def post_again() -> None:
        await bench.store.mark_posted_again(
            job, channel_id=CHANNEL, message_id=55, rung=Rung.CHANNEL, actor=f"member:{job.member_id}"
        )

    far_end.meanwhile = post_again
    assert await remover.remove(job, by=MODERATOR, reason="spam")
    assert (CHANNEL, 55) in far_end.deleted
    assert (await bench.store.job(job.id)).is_moderated
    assert len((await bench.store.acts_of(job.guild_id or 0, at_most=5)).acts) == 1


async def test_removing_ones_own_picture_is_no_act(bench: Bench, remover: Remover) -> None:
    job = await kept(bench)
    await remover.remove(job, by=job.member_id)
    assert (await bench.store.acts_of(job.guild_id or 0, at_most=5)).acts == ()
    assert not (await bench.store.job(job.id)).is_moderated


async def test_what_no_place_took_goes_with_its_copy_and_cannot_be_claimed(
    bench: Bench, remover: Remover, far_end: FakeDiscord, cards: FakeCards
) -> None:
    job = await bench.road.undeliverable()
    assert job.guild_id is not None
    await remover.remove(job, by=MODERATOR, reason="spam")
    assert far_end.deleted == []
    now = await bench.store.job(job.id)
    assert (now.is_moderated, now.credits, cards.redrawn) == (True, job.credits, [job.id])
    (act,) = (await bench.store.acts_of(job.guild_id, at_most=5)).acts
    assert (act.kind, act.job_id, act.detail, act.reason) == (ActKind.REMOVE, job.id, "", "spam")
    with pytest.raises(StaleJobError):
        await bench.store.claim_undeliverable(job, batch_factory())


async def test_what_its_member_has_claimed_at_this_moment_is_said_to_be_on_its_way(
    bench: Bench, remover: Remover
) -> None:
    job = await bench.road.undeliverable()
    await bench.store.claim_undeliverable(job, batch_factory())
    with pytest.raises(BeingPostedError):
        await remover.remove(job, by=MODERATOR, reason="spam")
    assert (await bench.store.acts_of(job.guild_id or 0, at_most=5)).acts == ()


async def test_a_crash_before_it_is_marked_leaves_no_copy_that_nobody_would_come_back_for(
    bench: Bench, remover: Remover, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = await kept(bench)
    assert bench.archive.pictures

    async def crash(*_: object, **__: object) -> Job:
        raise RuntimeError("killed")

    with monkeypatch.context() as patched:
        patched.setattr(bench.store, "mark_removed", crash)
        with pytest.raises(RuntimeError, match="killed"):
            await remover.remove(job, by=job.member_id)
    assert bench.archive.pictures == {}
    assert await remover.remove(await bench.store.job(job.id), by=job.member_id)
    assert (await bench.store.job(job.id)).is_removed
