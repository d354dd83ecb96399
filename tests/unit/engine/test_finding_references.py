"""What an edit starts from, or started from, is had where it can be, and told plainly where it cannot."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from datetime import timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import discord
import pytest
from PIL import Image

from bot.drafts import FoundPicture
from bot.engine.references import References
from bot.engine.sources import why_none
from bot.errors import ArchiveMissingError, BadReferenceError, PictureError, PictureFault
from bot.jobs import ReferenceSource
from tests.clocks import NOON, FakeClock
from tests.factories import job_factory, reference_factory

if TYPE_CHECKING:
    from bot.jobs import Job

FRESH = "https://cdn.discordapp.com/attachments/1/2/a.png?ex=ffffffff"
ENDED = "https://cdn.discordapp.com/attachments/1/2/a.png?ex=1"


def picture(side: int = 40) -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", (side, side), "navy").save(stream, "PNG")
    return stream.getvalue()


@dataclass
class World:
    """Discord, its files, the database and the archive, as far as they are asked."""

    files: dict[str, bytes | PictureError] = field(default_factory=dict)
    refreshed: object = None
    job: Job = field(default_factory=job_factory)
    kept: bytes | None = None
    asked: list[str] = field(default_factory=list)

    async def fetch_file(self, url: str) -> bytes:
        self.asked.append(url)
        found = self.files.get(url, PictureError("gone", status=404))
        if isinstance(found, PictureError):
            raise found
        return found

    async def request(self, route: discord.http.Route, *, json: dict[str, list[str]]) -> object:
        assert (route.method, route.path) == ("POST", "/attachments/refresh-urls")
        self.asked += json["attachment_urls"]
        if isinstance(self.refreshed, Exception):
            raise self.refreshed
        return self.refreshed

    async def fetch(self, key: str) -> bytes:
        if self.kept is None:
            raise ArchiveMissingError(key)
        return self.kept

    def references(self) -> References:
        async def job(job_id: str) -> Job:
            assert job_id == self.job.id
            return self.job

        return References(
            client=cast("Any", SimpleNamespace(http=self)),
            store=cast("Any", SimpleNamespace(job=job)),
            archive=cast("Any", self),
            clock=FakeClock(),
            fetcher=cast("Any", self),
            limit=2,
        )


def found(url: str = FRESH, **fields: Any) -> FoundPicture:
    return FoundPicture(
        **{"source": ReferenceSource.CHOSEN, "url": url, "filename": "a.png", "owner_id": 7, **fields}
    )


async def test_whose_picture_it_is_stays_with_the_reference() -> None:
    world = World(files={FRESH: picture()})
    (taken,) = await world.references().gather([found(author_id=3)])
    assert (taken.reference.owner_id, taken.reference.author_id) == (7, 3)


async def test_an_ended_address_is_renewed_before_the_file_is_fetched() -> None:
    world = World(files={FRESH: picture()}, refreshed={"refreshed_urls": [{"refreshed": FRESH}]})
    await world.references().gather([found(ENDED)])
    assert world.asked == [ENDED, FRESH]


@pytest.mark.parametrize("answer", [{}, {"refreshed_urls": []}, None, OSError("no network")])
async def test_an_address_that_discord_does_not_renew_is_tried_as_it_is(answer: object) -> None:
    world = World(files={ENDED: picture()}, refreshed=answer)
    assert len(await world.references().gather([found(ENDED)])) == 1


@pytest.mark.parametrize("url", [FRESH, ""])
async def test_a_finished_picture_that_no_message_shows_comes_from_the_archive(url: str) -> None:
    world = World(job=job_factory(archive_key="2026/03/a.png"), kept=picture())
    (taken,) = await world.references().gather([found(url, job_id=world.job.id)])
    assert taken.data == world.kept


@pytest.mark.parametrize("key", [None, "2026/03/a.png"])
async def test_one_that_the_archive_does_not_have_either_is_gone(key: str | None) -> None:
    world = World(job=job_factory(archive_key=key))
    with pytest.raises(BadReferenceError) as refused:
        await world.references().gather([found(job_id=world.job.id)])
    assert refused.value.fault is PictureFault.NOT_KEPT


async def test_a_picture_that_somebody_had_deleted_is_not_brought_back_by_an_open_form() -> None:
    deleted = job_factory(archive_key="2026/03/a.png", removed_at=NOON)
    world = World(files={FRESH: picture()}, job=deleted, kept=picture())
    with pytest.raises(BadReferenceError) as refused:
        await world.references().gather([found(job_id=deleted.id)])
    assert refused.value.fault is PictureFault.NOT_KEPT
    assert world.asked == []


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (PictureError("gone", status=404), PictureFault.CARD_GONE),
        (PictureError("cut", transient=True), PictureFault.NOT_FETCHED),
    ],
)
async def test_what_an_earlier_edit_started_from_went_with_its_card(
    fault: PictureError, told: PictureFault
) -> None:
    world = World(files={FRESH: fault})
    with pytest.raises(BadReferenceError) as refused:
        await world.references().gather([found(source=ReferenceSource.AGAIN)])
    assert refused.value.fault is told


async def test_more_pictures_than_one_edit_takes_are_refused_before_any_is_fetched() -> None:
    world = World()
    with pytest.raises(BadReferenceError) as refused:
        await world.references().gather([found()] * 3)
    assert refused.value.fault is PictureFault.TOO_MANY
    assert world.asked == []


def edited(*urls: str) -> Job:
    until = NOON + timedelta(days=1)
    return job_factory(references=tuple(reference_factory(url=url, url_until=until) for url in urls))


async def test_what_an_edit_started_from_is_shown_small_beside_its_picture() -> None:
    world = World(files={FRESH: picture(3000)})
    (small,) = await world.references().previews(edited(FRESH))
    with Image.open(io.BytesIO(small)) as opened:
        assert (opened.format, opened.size) == ("JPEG", (1024, 1024))


@pytest.mark.parametrize("broken", [PictureError("gone", status=404), b"no picture", TimeoutError()])
async def test_a_picture_is_posted_alone_where_that_cannot_be_had(broken: Any) -> None:
    world = World(files={FRESH: broken})
    if isinstance(broken, TimeoutError):

        async def hang(url: str) -> bytes:
            raise broken

        world.fetch_file = hang  # type: ignore[method-assign]
    assert await world.references().previews(edited(FRESH)) == []
    assert await world.references().previews(job_factory()) == []


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        (None, PictureFault.EMPTY),
        (discord.MessageReference(message_id=1, channel_id=2), PictureFault.EMPTY),
        (
            discord.MessageReference(message_id=1, channel_id=2, type=discord.MessageReferenceType.forward),
            PictureFault.FORWARDED,
        ),
    ],
)
def test_a_forwarded_message_is_told_from_one_without_a_picture(
    reference: discord.MessageReference | None, expected: PictureFault
) -> None:
    assert why_none(cast("Any", SimpleNamespace(reference=reference))) is expected
