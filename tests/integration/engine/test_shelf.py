"""Kept pictures are shown and posted again, whatever the archive and Discord do meanwhile."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import aiohttp
import discord
import pytest

from bot.archive import NoArchive
from bot.engine.shelf import Shelf
from bot.errors import (
    ArchiveError,
    ArchiveMissingError,
    NotPostedError,
    PostponedError,
    PressedTwiceError,
    RemovedJobError,
)
from bot.jobs import Place, Rung
from bot.presentation.wording import Catalogue
from bot.service.gallery import ShelfTrouble
from bot.wishes import Origin
from tests.factories import CHANNEL, GUILD, MEMBER
from tests.integration.engine.test_removal import FakeCards, kept, refusal
from tests.unit.test_images import picture

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bot.jobs import Job
    from tests.integration.engine.conftest import Bench

HERE = Origin(
    guild_id=GUILD,
    channel_id=CHANNEL,
    thread_id=None,
    private=False,
    place=Place.CHANNEL,
    place_note=None,
    member_id=MEMBER,
    member_name="Ada",
    locale="en-US",
)


@dataclass
class FakeDiscord:
    """Takes messages and has those that were posted before, unless an error is set."""

    nonces: list[str] = field(default_factory=list)
    deleted: list[int] = field(default_factory=list)
    error: Exception | None = None
    on_send: Callable[[], Awaitable[object]] | None = None

    def get_guild(self, guild_id: int) -> None:
        del guild_id

    def get_partial_messageable(self, channel_id: int, *, guild_id: int | None) -> Any:
        del guild_id

        async def fetch() -> None:
            if self.error:
                raise self.error

        async def send(*, nonce: str, **rest: object) -> Any:
            del rest
            if self.error:
                raise self.error
            self.nonces.append(nonce)
            number = len(self.nonces) + 100
            if self.on_send:
                await self.on_send()

            async def delete() -> None:
                self.deleted.append(number)

            return SimpleNamespace(id=number, channel=SimpleNamespace(id=channel_id), delete=delete)

        return SimpleNamespace(send=send, get_partial_message=lambda _: SimpleNamespace(fetch=fetch))


@pytest.fixture
def far_end() -> FakeDiscord:
    return FakeDiscord()


@pytest.fixture
def shelf(bench: Bench, far_end: FakeDiscord) -> Shelf:
    return shelf_of(bench, far_end)


def shelf_of(bench: Bench, far_end: FakeDiscord, **changes: Any) -> Shelf:
    parts: dict[str, Any] = {
        "client": far_end,
        "store": bench.store,
        "archive": bench.archive,
        "keeps": True,
        "cards": FakeCards(),
        "catalogue": Catalogue(),
        "clock": bench.clock,
        "metrics": bench.workplace.metrics,
    }
    return Shelf(**{**parts, **changes})


async def test_a_picture_that_is_posted_again_has_that_message_from_then_on(
    bench: Bench, shelf: Shelf, far_end: FakeDiscord
) -> None:
    job = await kept(bench)
    posted = await shelf.post_again(job, HERE)
    assert (posted.message_channel_id, posted.message_id, posted.rung) == (CHANNEL, 101, Rung.CHANNEL)
    bench.clock.advance(4)
    await shelf.post_again(posted, HERE)
    first, second = far_end.nonces
    assert first != second
    assert max(map(len, far_end.nonces)) <= 25


async def test_a_second_press_at_once_posts_nothing(bench: Bench, shelf: Shelf, far_end: FakeDiscord) -> None:
    job = await kept(bench)
    await shelf.post_again(job, HERE)
    with pytest.raises(PressedTwiceError):
        await shelf.post_again(job, HERE)
    assert len(far_end.nonces) == 1


async def test_a_press_after_one_that_was_not_written_down_has_the_same_nonce(
    bench: Bench, shelf: Shelf, far_end: FakeDiscord
) -> None:
    job = await kept(bench)

    async def die() -> None:
        raise RuntimeError("the process ends here")

    far_end.on_send = die
    with pytest.raises(RuntimeError):
        await shelf.post_again(job, HERE)
    far_end.on_send = None
    await shelf.post_again(job, HERE)
    first, second = far_end.nonces
    assert first == second


async def test_a_picture_that_is_deleted_while_it_is_posted_again_is_taken_back(
    bench: Bench, shelf: Shelf, far_end: FakeDiscord
) -> None:
    job = await kept(bench)
    far_end.on_send = lambda: bench.store.mark_removed(job, actor="moderator:7", reason="deleted")
    with pytest.raises(RemovedJobError):
        await shelf.post_again(job, HERE)
    assert far_end.deleted == [101]


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (refusal(discord.Forbidden, 403, 50013), NotPostedError),
        (refusal(discord.DiscordServerError, 503, 0), PostponedError),
        (discord.RateLimited(60), PostponedError),
        (aiohttp.ClientConnectionError(), PostponedError),
    ],
)
async def test_what_discord_does_not_take_changes_nothing(
    bench: Bench, shelf: Shelf, far_end: FakeDiscord, error: Exception, told: type[Exception]
) -> None:
    job = await kept(bench)
    far_end.error = error
    with pytest.raises(told):
        await shelf.post_again(job, HERE)
    assert await bench.store.job(job.id) == job


async def test_a_message_counts_as_gone_only_if_discord_says_that_there_is_none(
    bench: Bench, shelf: Shelf, far_end: FakeDiscord
) -> None:
    job = await kept(bench)
    for error in (refusal(discord.Forbidden, 403, 50001), aiohttp.ClientConnectionError()):
        far_end.error = error
        assert (await shelf.find(job)).job == job
    far_end.error = refusal(discord.NotFound, 404, 10003)
    found = await shelf.find(job)
    assert (found.job.message_id, found.job.archive_key) == (None, job.archive_key)
    assert found.picture is not None
    assert await bench.store.job(job.id) == found.job


async def test_a_copy_that_is_lost_is_offered_no_more(bench: Bench, shelf: Shelf) -> None:
    job = await kept(bench)
    bench.archive.pictures.clear()
    found = await shelf.find(job)
    assert (found.job.archive_key, found.picture, found.trouble) == (None, None, None)
    assert (await shelf.previews([job])).pictures == {}
    with pytest.raises(ArchiveMissingError):
        await shelf.post_again(job, HERE)


async def test_a_damaged_copy_costs_the_other_previews_nothing(bench: Bench, shelf: Shelf) -> None:
    sound, damaged = await kept(bench), await kept(bench)
    bench.archive.pictures[damaged.archive_key or ""] = picture("PNG", size=(400, 300))[:-4000]
    made = await shelf.previews([damaged, sound])
    assert (set(made.pictures), made.trouble) == ({sound.id}, None)


async def test_an_archive_out_of_reach_is_asked_once_for_a_page_and_then_left_alone(
    bench: Bench, shelf: Shelf
) -> None:
    jobs: list[Job] = [await kept(bench) for _ in range(5)]
    bench.archive.asked.clear()
    bench.archive.error = ArchiveError("out of reach")
    for _ in range(2):
        made = await shelf.previews(jobs)
        assert (made.pictures, made.trouble) == ({}, ShelfTrouble.OUT_OF_REACH)
        found = await shelf.find(jobs[0])
        assert (found.job, found.picture, found.trouble) == (jobs[0], None, ShelfTrouble.OUT_OF_REACH)
    assert len(bench.archive.asked) <= 2
    with pytest.raises(ArchiveError):
        await shelf.post_again(jobs[0], HERE)
    bench.archive.error = None
    bench.clock.advance(61)
    assert len((await shelf.previews(jobs)).pictures) == len(jobs)


async def test_an_archive_that_is_off_is_told_as_such(bench: Bench, far_end: FakeDiscord) -> None:
    job = await kept(bench)
    shelf = shelf_of(bench, far_end, archive=NoArchive(), keeps=False)
    assert (await shelf.previews([job])).trouble is ShelfTrouble.OFF
    found = await shelf.find(job)
    assert (found.job.archive_key, found.trouble) == (None, ShelfTrouble.OFF)
    assert (await bench.store.job(job.id)).archive_key == job.archive_key


async def test_a_deleted_picture_is_shown_to_nobody_while_its_copy_is_still_there(
    bench: Bench, shelf: Shelf
) -> None:
    job = await kept(bench)
    removed = await bench.store.mark_removed(job, actor="moderator:7", reason="deleted by a moderator")
    assert removed.archive_key
    assert (await shelf.previews([removed])).pictures == {}
    assert (await shelf.find(removed)).picture is None
