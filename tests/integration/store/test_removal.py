"""A deleted picture is marked once, with who deleted it and why; the job stays as it was."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bot.errors import StaleJobError
from bot.jobs import JobState, Rung
from tests.factories import CHANNEL

if TYPE_CHECKING:
    from bot.store import Store
    from tests.integration.store.road import Road


async def test_a_deleted_picture_leaves_its_job_and_a_line_of_history(store: Store, road: Road) -> None:
    job = await road.delivered()
    removed = await store.mark_removed(job, actor="moderator:7", reason="deleted by a moderator")
    assert removed.is_removed
    assert removed == replace(job, message_id=None, removed_at=store._clock.now())
    last = (await store.events(job.id))[-1]
    assert (last.source, last.target) == (JobState.DELIVERED, JobState.DELIVERED)
    assert (last.actor, last.reason) == ("moderator:7", "deleted by a moderator")


async def test_a_picture_is_deleted_once(store: Store, road: Road) -> None:
    job = await road.delivered()
    await store.mark_removed(job, actor="member:1", reason="deleted by its member")
    with pytest.raises(StaleJobError):
        await store.mark_removed(job, actor="member:1", reason="deleted by its member")


async def test_a_picture_that_was_posted_again_meanwhile_is_not_deleted_yet(store: Store, road: Road) -> None:
    job = await road.delivered()
    again = await store.mark_posted_again(
        job, channel_id=CHANNEL, message_id=10, rung=Rung.CHANNEL, actor="member:1"
    )
    with pytest.raises(StaleJobError):
        await store.mark_removed(job, actor="member:1", reason="deleted by its member")
    assert (await store.mark_removed(again, actor="member:1", reason="deleted by its member")).is_removed


async def test_what_was_not_posted_cannot_be_deleted(store: Store, road: Road) -> None:
    with pytest.raises(StaleJobError):
        await store.mark_removed(await road.delivering(), actor="member:1", reason="deleted by its member")


async def test_a_copy_that_left_the_archive_loses_its_name(store: Store, road: Road) -> None:
    fetched = await road.fetched()
    kept = await store.mark_archived(fetched, f"2026/03/{fetched.id}.jpg")
    await store.mark_not_kept_any_more(replace(kept, archive_key="2026/03/another.jpg"))
    assert (await store.job(kept.id)).archive_key == kept.archive_key
    await store.mark_not_kept_any_more(kept)
    assert (await store.job(kept.id)).archive_key is None
