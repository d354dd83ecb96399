"""The engine's loops on a real database file, with stand-ins for the provider and for Discord."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any, cast

import pytest

from bot.archive import NoArchive, key_of
from bot.engine.announcer import Announcer
from bot.engine.cadence import Cadence
from bot.engine.deliverer import Deliverer
from bot.engine.draining import Drainer
from bot.engine.figures import Figures
from bot.engine.gate import Gate
from bot.engine.keeping import Keeper, Original
from bot.engine.poller import Poller
from bot.engine.posting import Posted
from bot.engine.signals import Signals
from bot.engine.submitter import Submitter
from bot.engine.workplace import Workplace
from bot.errors import ArchiveError, ArchiveMissingError
from bot.experience import Experience
from bot.jobs import Job, JobState, Rung
from bot.metrics import Metrics
from bot.presentation.wording import Catalogue
from bot.provider.budget import Permits
from bot.provider.client import TaskRequest, TaskState, TaskStatus
from bot.store import Store, open_store
from tests.clocks import FakeClock
from tests.databases import lay_out
from tests.factories import THREAD
from tests.integration.store.road import Road
from tests.pictures import png

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from decimal import Decimal
    from pathlib import Path

    from bot.archive import FileKind

LEASE = timedelta(seconds=30)


@dataclass
class FakeProvider:
    """Answers what the test says; an exception is raised."""

    submitted: list[TaskRequest] = field(default_factory=list)
    looked_at: list[str] = field(default_factory=list)
    eras: list[int | None] = field(default_factory=list)
    given_back: int = 0
    on_permits: Exception | int = 100
    on_submit: Exception | str = "task-1"
    on_status: Exception | TaskStatus | None = None
    on_balance: Exception | Decimal | None = None

    async def permits(self, most: int) -> Permits:
        if isinstance(self.on_permits, Exception):
            raise self.on_permits
        return Permits(count=min(most, self.on_permits), era=1)

    def give_back(self, unused: Permits) -> None:
        self.given_back += unused.count

    async def submit(self, request: TaskRequest, *, era: int | None = None) -> str:
        self.eras.append(era)
        self.submitted.append(request)
        if isinstance(self.on_submit, Exception):
            raise self.on_submit
        return self.on_submit

    async def status(self, task_id: str) -> TaskStatus:
        self.looked_at.append(task_id)
        if isinstance(self.on_status, Exception):
            raise self.on_status
        return self.on_status or status(TaskState.PROCESSING, task_id=task_id)

    async def balance(self) -> Decimal | None:
        if isinstance(self.on_balance, Exception):
            raise self.on_balance
        return self.on_balance


@dataclass
class FakeFetcher:
    """Has one picture."""

    result: Exception | bytes = field(default_factory=lambda: png(64, 36))
    fetched: list[str] = field(default_factory=list)

    async def fetch(self, url: str) -> bytes:
        self.fetched.append(url)
        if isinstance(self.result, Exception):
            raise self.result
        return self.result


@dataclass
class FakePoster:
    """Remembers what was posted; `earlier` is what a look back finds."""

    pictures: list[tuple[str, Original]] = field(default_factory=list)
    notices: list[tuple[str, str]] = field(default_factory=list)
    befores: list[bytes] = field(default_factory=list)
    error: Exception | None = None
    earlier: Posted | None = None

    async def post_picture(self, job: Job, picture: Original, before: Sequence[bytes] = ()) -> Posted:
        if self.error:
            raise self.error
        self.pictures.append((job.id, picture))
        self.befores += before
        return Posted(channel_id=THREAD, message_id=7, rung=Rung.THREAD)

    async def post_failure(self, job: Job, sentence: str) -> Posted:
        if self.error:
            raise self.error
        self.notices.append((job.id, sentence))
        return Posted(channel_id=THREAD, message_id=8, rung=Rung.THREAD)

    async def find_posted(self, job: Job) -> Posted | None:
        if self.error:
            raise self.error
        return self.earlier


class FakeArchive(NoArchive):
    """Keeps pictures in memory; an error is raised by whatever is asked of it."""

    def __init__(self) -> None:
        self.pictures: dict[str, bytes] = {}
        self.asked: list[str] = []
        self.error: ArchiveError | None = None

    def _ask(self, operation: str) -> None:
        self.asked.append(operation)
        if self.error:
            raise self.error

    async def keep(self, job_id: str, data: bytes, info: FileKind) -> str:
        self._ask("keep")
        key = key_of(job_id, info.suffix)
        self.pictures[key] = data
        return key

    async def fetch(self, key: str) -> bytes:
        self._ask("fetch")
        if key not in self.pictures:
            raise ArchiveMissingError("it is not in the archive", key=key)
        return self.pictures[key]

    async def remove(self, key: str) -> None:
        self._ask("remove")
        self.pictures.pop(key, None)


class FakeStudios:
    """Every studio is the same thread."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def settle(self, jobs: list[Job]) -> list[Job]:
        first = jobs[0]
        return await self._store.place(first.batch_id, thread_id=THREAD, place=first.place, note=None)


@dataclass
class FakeCards:
    """Remembers which jobs' cards were redrawn."""

    redrawn: list[str] = field(default_factory=list)
    error: Exception | None = None

    async def redraw(self, job: Job) -> None:
        if self.error:
            raise self.error
        self.redrawn.append(job.id)


class FakeReferences:
    """Every reference is where its job says, or what the test raises."""

    error: Exception | None = None

    async def fresh_urls(self, job: Job) -> tuple[str, ...]:
        if self.error:
            raise self.error
        return tuple(reference.url for reference in job.references)

    async def previews(self, job: Job) -> list[bytes]:
        return [reference.url.encode() for reference in job.references]


def status(state: TaskState, **fields: Any) -> TaskStatus:
    """Return a status with every other field empty."""
    empty: dict[str, Any] = {
        "task_id": "task-1",
        "result_urls": (),
        "failure": None,
        "created_at": None,
        "completed_at": None,
        "cost_ms": None,
    }
    return TaskStatus(state=state, **{**empty, **fields})


@dataclass
class Bench:
    """All workers around one store, and the hands to turn them."""

    store: Store
    clock: FakeClock
    road: Road
    workplace: Workplace
    provider: FakeProvider
    fetcher: FakeFetcher
    poster: FakePoster
    cards: FakeCards
    archive: FakeArchive
    references: FakeReferences
    gate: Gate
    submitter: Submitter
    poller: Poller
    deliverer: Deliverer
    announcer: Announcer
    drainer: Drainer
    stops: list[str]

    async def turn(self, worker: Submitter | Poller | Deliverer | Announcer) -> None:
        """Let a worker take one turn and finish what it took on."""
        await worker._turn()
        await worker.crew.finish(within=10)

    async def state(self, job: Job) -> JobState:
        return (await self.store.job(job.id)).state


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    clock, metrics = FakeClock(), Metrics()
    url = lay_out(tmp_path / "easel.db")
    async with open_store(url, clock=clock, busy_timeout=0.05, watch=Figures(metrics)) as store:
        yield bench_of(store, clock, metrics)


def bench_of(store: Store, clock: FakeClock, metrics: Metrics | None = None) -> Bench:
    """Return all workers around a store."""
    metrics = metrics or Metrics()
    stops: list[str] = []
    drainer = Drainer(store=store, clock=clock, stop=lambda: stops.append("drained"))
    workplace = Workplace(
        store=store, signals=Signals(), clock=clock, metrics=metrics, owner="me", lease=LEASE
    )
    provider, fetcher, poster, cards = FakeProvider(), FakeFetcher(), FakePoster(), FakeCards()
    gate = Gate(store=store, balance=provider.balance, clock=clock, metrics=metrics)
    archive = FakeArchive()
    references = FakeReferences()
    studios = cast("Any", FakeStudios(store))
    engine_side: dict[str, Any] = {
        "provider": provider,
        "gate": gate,
        "cadence": Cadence(),
        "experience": Experience(store=store, clock=clock),
    }
    return Bench(
        drainer=drainer,
        stops=stops,
        store=store,
        clock=clock,
        road=Road(store, clock, worker="me"),
        workplace=workplace,
        provider=provider,
        fetcher=fetcher,
        poster=poster,
        cards=cards,
        archive=archive,
        references=references,
        gate=gate,
        submitter=Submitter(
            workplace,
            **engine_side,
            per_member=3,
            in_flight_limit=1000,
            addresses=None,
            is_draining=lambda: drainer.is_on,
            references=references,
        ),
        poller=Poller(workplace, **engine_side),
        deliverer=Deliverer(
            workplace,
            fetcher=cast("Any", fetcher),
            keeper=Keeper(workplace, archive=archive),
            poster=cast("Any", poster),
            studios=studios,
            references=references,
        ),
        announcer=Announcer(
            workplace,
            poster=cast("Any", poster),
            studios=studios,
            cards=cast("Any", cards),
            catalogue=Catalogue(),
        ),
    )
