"""An export holds everything in parts that fit, one picture at a time, and goes on where it broke off."""

from __future__ import annotations

import json
import tempfile
import zipfile
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from bot.archive import NoArchive
from bot.errors import (
    ArchiveError,
    ArchiveMissingError,
    ExportRunningError,
    NotPackedError,
    NotYourQuestionError,
    UnknownPartError,
)
from bot.exports import Cursor, Exporter, Record, job_facts
from bot.jobs import Card, JobEvent, JobState, Rung
from bot.service.mydata import MyDataService
from tests.clocks import NOON, FakeClock
from tests.factories import CHANNEL, GUILD, MEMBER, THREAD, batch_factory, job_factory, reference_factory
from tests.integration.store.road import Road

if TYPE_CHECKING:
    from pathlib import Path

    from bot.jobs import Job
    from bot.store import Store

PICTURE = 20_000
MOD = 900_000_000_000_000_001
FRIEND = 900_000_000_000_000_002


class Shelf(NoArchive):
    """Has a picture for every key but those that it lost; an error is raised for all."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.lost: set[str] = set()
        self.sizes: dict[str, int] = {}
        self.error: ArchiveError | None = None

    async def fetch(self, key: str) -> bytes:
        self.asked.append(key)
        if self.error:
            raise self.error
        if key in self.lost:
            raise ArchiveMissingError("gone", key=key)
        return key.encode() + bytes(self.sizes.get(key, PICTURE))


@dataclass
class Sent:
    """What is left of a part after it was closed."""

    name: str
    size: int
    rest: str | None
    files: dict[str, bytes] = field(default_factory=dict)

    @property
    def jobs(self) -> list[dict[str, Any]]:
        return json.loads(self.files["jobs.json"]) if "jobs.json" in self.files else []


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


@pytest.fixture
def service(store: Store, shelf: Shelf, clock: FakeClock) -> MyDataService:
    exporter = Exporter(store=store, archive=shelf)
    return MyDataService(store=store, exporter=exporter, clock=clock, wake=lambda: None)


async def delivered(store: Store, clock: FakeClock, count: int) -> list[Job]:
    """Return delivered jobs whose pictures are kept."""
    road = Road(store, clock)
    jobs = []
    for _ in range(count):
        job = await road.fetched(prompt="ein Fuchs 🦊")
        await store.mark_archived(job, f"2026/03/{job.id}.png")
        jobs.append(await store.job(job.id))
        clock.advance(1)
    return jobs


async def export(service: MyDataService, *, limit: int, part: str = "", seconds: float = 840) -> list[Sent]:
    sent = []
    until = service._clock.now() + timedelta(seconds=seconds)
    async with service.export(MEMBER, part=part, limit=limit, until=until) as going:
        async for each in going.parts:
            data = each.file.read()
            each.file.seek(0)
            with zipfile.ZipFile(each.file) as opened:
                assert opened.testzip() is None
                files = {name: opened.read(name) for name in opened.namelist()}
            sent.append(Sent(each.filename, len(data), str(each.rest) if each.rest else None, files))
    return sent


async def test_every_part_fits_and_together_they_hold_everything(
    store: Store, service: MyDataService, clock: FakeClock
) -> None:
    jobs = await delivered(store, clock, 7)
    limit = 3 * PICTURE
    sent = await export(service, limit=limit)
    assert len(sent) >= 4
    assert all(part.size <= limit for part in sent)
    assert [job["id"] for part in sent for job in part.jobs] == [job.id for job in jobs]
    pictures = [name for part in sent for name in part.files if name.startswith("pictures/")]
    assert pictures == [f"pictures/easel-{job.id}.png" for job in jobs]
    assert [part.rest is None for part in sent] == [False] * (len(sent) - 1) + [True]


async def test_an_export_goes_on_after_the_last_part_that_arrived(
    store: Store, service: MyDataService, clock: FakeClock
) -> None:
    await delivered(store, clock, 5)
    sent = await export(service, limit=3 * PICTURE)
    again = await export(service, limit=3 * PICTURE, part=f"\u2068{sent[0].rest}\u2069")
    assert [(part.name, part.jobs) for part in again] == [(part.name, part.jobs) for part in sent[1:]]


async def test_what_is_packed_too_late_waits_for_the_next_time(
    store: Store, service: MyDataService, clock: FakeClock
) -> None:
    await delivered(store, clock, 2)
    assert await export(service, limit=10**6, seconds=60) == await export(service, limit=10**6, seconds=60)
    (only,) = await export(service, limit=10**6, seconds=60)
    assert (only.jobs, only.rest, "about-you.json" in only.files) == ([], "1", True)


async def test_a_picture_that_cannot_be_had_is_listed_with_the_reason(
    store: Store, service: MyDataService, clock: FakeClock, shelf: Shelf
) -> None:
    lost, large, fine = await delivered(store, clock, 3)
    shelf.lost = {str(lost.archive_key)}
    shelf.sizes = {str(large.archive_key): 10 * PICTURE}
    sent = await export(service, limit=4 * PICTURE)
    missing = [entry for part in sent for entry in json.loads(part.files.get("missing.json", b"[]"))]
    assert missing == [
        {"picture": lost.id, "reason": "it is not in the archive any more"},
        {"picture": large.id, "reason": "it is larger than a file that can be sent here"},
    ]
    assert all(part.size <= 4 * PICTURE for part in sent)
    assert [job["picture"]["file"] for part in sent for job in part.jobs][
        2
    ] == f"pictures/easel-{fine.id}.png"


async def test_an_archive_out_of_reach_is_not_asked_for_every_picture(
    store: Store, service: MyDataService, clock: FakeClock, shelf: Shelf
) -> None:
    await delivered(store, clock, 6)
    shelf.error = ArchiveError("down")
    (sent,) = await export(service, limit=10**6)
    assert len(shelf.asked) == 3
    assert {job["picture"]["missing"] for job in sent.jobs} == {"the archive could not be reached"}


async def test_a_member_has_one_export_at_a_time_and_the_next_when_it_ended(
    service: MyDataService, clock: FakeClock
) -> None:
    options: dict[str, Any] = {"part": "", "limit": 10**6, "until": clock.now()}
    async with service.export(MEMBER, **options):
        with pytest.raises(ExportRunningError):
            async with service.export(MEMBER, **options):
                pass
        async with service.export(MEMBER + 1, **options):
            pass
    async with service.export(MEMBER, **options):
        pass


async def test_only_the_member_can_mean_it(store: Store, service: MyDataService) -> None:
    with pytest.raises(NotYourQuestionError):
        await service.erase(MEMBER, by=MEMBER + 1)
    assert await store.erasure_of(MEMBER) is None
    assert (await service.erase(MEMBER, by=MEMBER)).member_id == MEMBER


async def test_a_part_that_nobody_wants_any_more_is_closed(
    store: Store, shelf: Shelf, clock: FakeClock
) -> None:
    await delivered(store, clock, 3)
    exporter = Exporter(store=store, archive=shelf)
    kept = await store.kept_of(MEMBER)
    async with aclosing(
        exporter.parts(kept, start=Cursor(), limit=2 * PICTURE, is_late=lambda: False)
    ) as parts:
        first = await anext(parts)
    assert first.file.closed


@pytest.mark.parametrize("text", ["seven", "0-01kasaaaaaaaaaaa", "2", "1-short"])
def test_what_is_no_part_is_refused(text: str) -> None:
    with pytest.raises(UnknownPartError):
        Cursor.read(text)


@pytest.mark.parametrize("text", ["", "1", " 1 ", "\u20681\u2069"])
def test_the_first_part_is_the_beginning(text: str) -> None:
    assert Cursor.read(text) == Cursor()


def test_nobody_else_is_named_in_the_facts() -> None:
    job = job_factory(
        state=JobState.DELIVERED,
        references=(reference_factory(author_id=FRIEND, url="https://secret"),),
        removed_by=MOD,
        cancelled_by=MEMBER,
    )

    def line(actor: str) -> JobEvent:
        state = JobState.DELIVERED
        return JobEvent(job_id=job.id, at=NOON, source=state, target=state, actor=actor, reason="r")

    actors = [f"member:{MEMBER}", f"moderator:{MOD}", f"member:{FRIEND}", "a1b2c3", "easel"]
    facts = job_facts(Record(job=job, events=[line(actor) for actor in actors]))
    assert [each["by"] for each in facts["history"]] == [
        "you",
        "a moderator",
        "another member",
        "easel",
        "easel",
    ]
    assert facts["references"][0]["posted_by"] == facts["removed_by"] == "somebody else"
    assert facts["cancelled_by"] == "you"
    text = str(facts)
    assert not [secret for secret in (MOD, FRIEND, "https://secret") if str(secret) in text]
    assert batch_factory().prompt in text


async def test_all_messages_of_a_picture_are_named(
    store: Store, service: MyDataService, clock: FakeClock
) -> None:
    job = await Road(store, clock).delivered()
    await store.attach_card(job.batch_id, Card(channel_id=CHANNEL, message_id=8))
    await store.mark_posted_again(
        job, channel_id=CHANNEL, message_id=20, rung=Rung.CHANNEL, actor=f"member:{MEMBER}"
    )
    ((facts,),) = [part.jobs for part in await export(service, limit=10**6)]
    here = f"https://discord.com/channels/{GUILD}"
    assert (facts["message"], facts["card"]) == (f"{here}/{CHANNEL}/20", f"{here}/{CHANNEL}/8")
    assert facts["earlier_messages"] == [f"{here}/{THREAD}/9"]


def test_a_picture_that_came_as_a_direct_message_is_named_as_one() -> None:
    job = job_factory(state=JobState.DELIVERED, rung=Rung.DIRECT, message_channel_id=CHANNEL, message_id=9)
    assert job_facts(Record(job=job, events=()))["message"] == f"https://discord.com/channels/@me/{CHANNEL}/9"


async def test_a_disk_without_room_is_told_as_such(
    store: Store, service: MyDataService, clock: FakeClock, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    await delivered(store, clock, 1)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "not there"))
    with pytest.raises(NotPackedError):
        await export(service, limit=10**6)
    monkeypatch.setattr(tempfile, "tempdir", None)
    assert await export(service, limit=10**6)
