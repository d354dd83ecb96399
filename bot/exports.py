"""Packs what is kept of one member into zip files that are small enough to be sent.

Each part is whole in itself: the facts of some jobs and their kept pictures. One picture at a time is in
memory, a part grows on the disk, and the packing is done beside the event loop. What cannot be had is
listed as missing, with the reason. How parts are sent is not known here.
"""

from __future__ import annotations

import asyncio
import json
import re
import tempfile
import zipfile
from dataclasses import asdict, dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from bot.errors import ArchiveError, ArchiveMissingError, UnknownPartError
from bot.jobids import JOB_ID_LENGTH, picture_filename
from bot.jobs import JobState, Rung

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
    from typing import IO

    from bot.archive import Archive
    from bot.jobs import Job, JobEvent, Reference
    from bot.mydata import KeptData
    from bot.store import Store

#: A part is never larger than this, in bytes, whatever may be uploaded: it must also arrive in time.
LARGEST_PART: Final = 25 * 1024 * 1024
_PAGE: Final = 50
#: What a zip needs for one file beside its content and twice its name, and at its end.
_FOR_ONE_FILE: Final = 160
_FOR_THE_END: Final = 1024
#: So many failures in a row, and the archive is not asked again in this export: each costs seconds.
_PATIENCE: Final = 3
_PART: Final = re.compile(rf"([1-9][0-9]{{0,5}})-([0-9a-z]{{{JOB_ID_LENGTH}}})")
_START: Final = "1"


class Missing(StrEnum):
    """Why a picture that was made is not in the export."""

    DELETED = "it was deleted"
    TIME_OVER = "its time in the archive is over"
    NEVER_KEPT = "it was not kept in the archive"
    GONE = "it is not in the archive any more"
    OUT_OF_REACH = "the archive could not be reached"
    TOO_LARGE = "it is larger than a file that can be sent here"


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where an export goes on: the number of its next part, and the last job that was packed."""

    number: int = 1
    after: str = ""

    @classmethod
    def read(cls, text: str) -> Cursor:
        """Return the place that a text names; the empty text is the beginning. Raises `UnknownPartError`."""
        # What is copied from a message can bring marks along that nobody sees.
        found = _PART.search(text.lower())
        if found is None and re.sub(r"\W", "", text) in {"", _START}:
            return cls()
        if found is None:
            raise UnknownPartError(part=text)
        return cls(number=int(found[1]), after=found[2])

    def __str__(self) -> str:
        return f"{self.number}-{self.after}" if self.after else _START


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One zip file; `rest` is where the next part begins, None if this is the last.

    The file is closed when the next part is asked for.
    """

    filename: str
    file: IO[bytes]
    jobs: int
    pictures: int
    missing: int
    rest: Cursor | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A job with its history, and the channels and ids of the messages that brought it before its newest."""

    job: Job
    events: Sequence[JobEvent]
    earlier: Sequence[tuple[int, int]] = ()


@dataclass(slots=True, kw_only=True)
class _Box:
    """A part that is being packed; `room` is how many bytes may still be put in."""

    number: int
    room: int
    file: IO[bytes]
    zip: zipfile.ZipFile
    jobs: list[bytes] = field(default_factory=list)
    missing: list[dict[str, str]] = field(default_factory=list)
    pictures: int = 0
    last: str = ""
    is_empty: bool = True

    @classmethod
    def open(cls, number: int, limit: int) -> _Box:
        file = tempfile.TemporaryFile()  # noqa: SIM115 - whoever got the part closes it
        return cls(number=number, room=limit - _FOR_THE_END, file=file, zip=zipfile.ZipFile(file, "w"))

    def put(self, name: str, data: bytes, *, packed: bool = False) -> None:
        """Write a file; one that is `packed` already, as pictures are, is stored as it is."""
        kind = zipfile.ZIP_STORED if packed else zipfile.ZIP_DEFLATED
        self.zip.writestr(name, data, compress_type=kind)
        self.is_empty = False
        self.room -= len(data) + _FOR_ONE_FILE + 2 * len(name)

    def finish(self) -> None:
        """Write the facts of the jobs, and what is missing."""
        if self.jobs:
            self.zip.writestr("jobs.json", b"[\n" + b",\n".join(self.jobs) + b"\n]\n", zipfile.ZIP_DEFLATED)
        if self.missing:
            self.zip.writestr("missing.json", _json(self.missing), zipfile.ZIP_DEFLATED)
        self.zip.close()
        self.file.seek(0)


class Exporter:
    """Packs one member's data after another."""

    def __init__(self, *, store: Store, archive: Archive) -> None:
        self._store = store
        self._archive = archive

    async def parts(
        self, kept: KeptData, *, start: Cursor, limit: int, is_late: Callable[[], bool]
    ) -> AsyncGenerator[Part, None]:
        """Give the parts of at most `limit` bytes one by one; once it `is_late`, only the begun one.

        A file that is larger than that is none of the pictures: those are left out and listed.
        """
        limit = min(limit, LARGEST_PART)
        shelf = _Shelf(self._archive, largest=limit - _FOR_THE_END)
        box = await asyncio.to_thread(_Box.open, start.number, limit)
        try:
            if not start.after:
                await asyncio.to_thread(box.put, "about-you.json", _json(_about(kept)))
            async for record in self._jobs(kept.member_id, start.after):
                if is_late():
                    if not box.is_empty:
                        yield await _finished(box, rest=Cursor(box.number + 1, box.last or start.after))
                    return
                packed = await shelf.pack(record)
                if packed.size > box.room and not box.is_empty:
                    yield await _finished(box, rest=Cursor(box.number + 1, box.last))
                    box.file.close()
                    box = await asyncio.to_thread(_Box.open, box.number + 1, limit)
                await asyncio.to_thread(packed.put_into, box)
            yield await _finished(box, rest=None)
        finally:
            box.file.close()

    async def _jobs(self, member_id: int, after: str) -> AsyncIterator[Record]:
        while page := await self._store.jobs_of_member(member_id, after=after, at_most=_PAGE):
            ids = [job.id for job in page]
            histories = await self._store.histories(ids)
            earlier = await self._store.earlier_messages_of(ids)
            for job in page:
                yield Record(job=job, events=histories[job.id], earlier=earlier[job.id])
            after = page[-1].id


@dataclass(slots=True, kw_only=True)
class _Packed:
    """One job, ready to be put into a box."""

    job: Job
    facts: bytes
    name: str = ""
    data: bytes = b""
    missing: Missing | None = None

    @property
    def size(self) -> int:
        return len(self.facts) + len(self.data) + 2 * _FOR_ONE_FILE + 2 * len(self.name)

    def put_into(self, box: _Box) -> None:
        if self.name:
            box.put(self.name, self.data, packed=True)
            box.pictures += 1
        if self.missing:
            box.missing.append({"picture": self.job.id, "reason": self.missing.value})
        box.jobs.append(self.facts)
        box.room -= len(self.facts) + _FOR_ONE_FILE
        box.last = self.job.id
        box.is_empty = False


class _Shelf:
    """Takes pictures from the archive, as long as that works."""

    def __init__(self, archive: Archive, *, largest: int) -> None:
        self._archive = archive
        self._largest = largest
        self._failures = 0

    async def pack(self, record: Record) -> _Packed:
        """Return the job with its picture, or with why that is missing."""
        job, known = record.job, job_facts(record)
        data, missing = await self._picture(job)
        name = ""
        if data:
            name = f"pictures/{picture_filename(job.id, '.' + str(job.archive_key).rpartition('.')[2])}"
        picture = {"file": name or None, "missing": missing.value if missing else None}
        facts = _json({**known, "picture": picture if name or missing else None})
        if data and len(facts) + len(data) + len(name) * 2 + 3 * _FOR_ONE_FILE > self._largest:
            data, name, missing = b"", "", Missing.TOO_LARGE
            lost = {"file": None, "missing": missing.value}
            facts = _json({**known, "picture": lost})
        return _Packed(job=job, facts=facts, name=name, data=data, missing=missing)

    async def _picture(self, job: Job) -> tuple[bytes, Missing | None]:
        if job.archive_key is None:
            return b"", _why_not_kept(job)
        if self._failures >= _PATIENCE:
            return b"", Missing.OUT_OF_REACH
        try:
            data = await self._archive.fetch(job.archive_key)
        except ArchiveMissingError:
            return b"", Missing.GONE
        except ArchiveError:
            self._failures += 1
            return b"", Missing.OUT_OF_REACH
        self._failures = 0
        return data, None


def _why_not_kept(job: Job) -> Missing | None:
    """Return why the archive does not name a picture that was made; None if none was."""
    if job.state not in {JobState.DELIVERED, JobState.UNDELIVERABLE}:
        return None
    if job.is_removed:
        return Missing.DELETED
    return Missing.TIME_OVER if job.archived_at else Missing.NEVER_KEPT


def job_facts(record: Record) -> dict[str, Any]:
    """Return what is kept of a job as its member may have it: other people stay unnamed."""
    job = record.job
    server = None if job.rung is Rung.DIRECT else job.guild_id
    plain = ("id", "batch_id", "kind", "state", "private", "member_name", "locale", "prompt", "mode")
    options = ("aspect_ratio", "output_format", "spoiler", "alt_text", "credits", "attempts", "task_id")
    moments = ("created_at", "submitted_at", "completed_at", "finished_at", "archived_at", "erased_at")
    places = ("place", "place_note", "own_thread", "rung", "discord_code", "references_sent", "wait_reason")
    ends = ("late_told_at", "discarded_at", "removed_at")
    return {
        **{name: getattr(job, name) for name in (*plain, *options, *moments, *places, *ends)},
        "number": f"{job.batch_index + 1} of {job.batch_size}",
        "server": _id(job.guild_id),
        "channel": _id(job.channel_id),
        "thread": _id(job.thread_id),
        "message": _address(server, job.message_channel_id, job.message_id) if job.message_id else None,
        "earlier_messages": [_address(job.guild_id, *earlier) for earlier in record.earlier],
        "card": _address(job.guild_id, job.card.channel_id, job.card.message_id) if job.card else None,
        "removed_by": _person(job.removed_by, job.member_id),
        "cancelled_by": _person(job.cancelled_by, job.member_id),
        "made_from": job.parent_id,
        "references": [_reference(each, job.member_id) for each in job.references],
        "result_addresses": list(job.result_urls),
        "milliseconds_at_the_service": job.cost_ms,
        "failure": asdict(job.failure) if job.failure else None,
        "history": [
            {
                "at": event.at,
                "from": event.source,
                "to": event.target,
                "by": _actor(event.actor, job.member_id),
                "reason": event.reason,
            }
            for event in record.events
        ],
    }


def _address(guild_id: int | None, channel_id: int | None, message_id: int | None) -> str:
    return f"https://discord.com/channels/{guild_id or '@me'}/{channel_id}/{message_id}"


def _reference(reference: Reference, member_id: int) -> dict[str, Any]:
    return {
        "found": reference.source,
        "type": reference.content_type,
        "bytes": reference.size,
        "width": reference.width,
        "height": reference.height,
        "posted_by": _person(reference.author_id, member_id),
        "found_in_channel": _id(reference.origin_channel_id),
        "found_on_message": _id(reference.origin_message_id),
        "on_card_in_channel": _id(reference.channel_id),
        "on_card": _id(reference.message_id),
    }


def _person(person_id: int | None, member_id: int) -> str | None:
    """Return who somebody is, without naming anybody but the member."""
    return {None: None, member_id: "you"}.get(person_id, "somebody else")


def _actor(actor: str, member_id: int) -> str:
    """Return who did something, without naming anybody but the member."""
    kind, _, number = actor.partition(":")
    if kind == "member":
        return "you" if number in {str(member_id), ""} else "another member"
    return "a moderator" if kind in {"moderator", "admin"} else "easel"


def _about(kept: KeptData) -> dict[str, Any]:
    """Return everything but the jobs."""
    facts = asdict(kept)
    facts["jobs"] = facts.pop("counts")
    facts["acts_about_you"] = facts.pop("acts")
    return facts


def _id(number: int | None) -> str | None:
    """Return an id of Discord's as its own JSON has it: numbers of that size do not survive everywhere."""
    return None if number is None else str(number)


def _json(facts: object) -> bytes:
    return json.dumps(_plain(facts), ensure_ascii=False, indent=1).encode()


def _plain(value: object) -> object:
    """Return the value with ids as texts and moments as ISO 8601, at any depth."""
    if isinstance(value, dict):
        return {
            key: _id(each) if str(key).endswith("_id") and isinstance(each, int) else _plain(each)
            for key, each in value.items()
        }
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return value.isoformat() if isinstance(value, datetime) else value


async def _finished(box: _Box, *, rest: Cursor | None) -> Part:
    await asyncio.to_thread(box.finish)
    return Part(
        filename=f"easel-data-{box.number}.zip",
        file=box.file,
        jobs=len(box.jobs),
        pictures=box.pictures,
        missing=len(box.missing),
        rest=rest,
    )
