"""One member's job, everything that can be done to it, and a Discord that remembers what it shows."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Final, cast

from bot.engine.eraser import Eraser
from bot.engine.posting import Posted
from bot.engine.removal import Remover
from bot.engine.retention import Retention
from bot.engine.shelf import Shelf
from bot.experience import Experience
from bot.jobs import AnswerRight, Card, Job, JobState, ReferenceSource, Rung, WaitReason
from bot.presentation.cards import job_card
from bot.presentation.wording import Catalogue
from bot.provider.client import TaskState
from bot.quota import Limits, Prices
from bot.service import Service
from bot.service.gallery import Gallery
from bot.service.moderation import BlockOrder, Moderation, Person
from bot.service.queue import Queue
from tests.clocks import NOON
from tests.factories import CHANNEL, GUILD, MEMBER, THREAD, batch_factory, reference_factory
from tests.integration.engine.conftest import status

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from bot.engine.keeping import Original
    from tests.integration.engine.conftest import Bench

#: What a job can be in the middle of; a name that is no state is a method of `Crossing`.
STATES: Final = [
    "unanswered",
    "queued",
    "guess",
    "put_off",
    "submitting",
    "unconfirmed",
    "running",
    "discarded",
    "ready",
    "fetched",
    "put_back",
    "delivering",
    "posted_unmarked",
    "delivered",
    "told",
    "undeliverable",
    "failed",
    "cancelled",
]
#: What can be done to it, or happen; each is a method of `Crossing`.
DEEDS: Final = [
    "cancel",
    "moderator_cancels",
    "moderator_blocks",
    "erase",
    "retain",
    "delete",
    "moderator_deletes",
    "post_again",
    "claim",
    "undo",
    "go",
    "describe",
    "card_comes",
    "crash",
    "work",
]
MODERATOR: Final = 7
_LIMITS: Final = Limits(daily_credits=None, concurrent_jobs=9)
_RANKED: Final = {"is_owner": False, "is_bot": False}


@dataclass
class FarEnd:
    """What Discord shows: messages by their ids, and each card as it was drawn last."""

    bench: Bench
    messages: dict[int, str] = field(default_factory=dict)
    cards: dict[int, str] = field(default_factory=dict)
    pictures: int = 0
    notices: int = 0
    ids: Any = field(default_factory=lambda: count(100))
    tasks: list[asyncio.Task[None]] = field(default_factory=list)

    async def post_picture(self, job: Job, picture: Original, before: Sequence[bytes] = ()) -> Posted:
        await asyncio.sleep(0)
        self.pictures += 1
        return self._posted(job)

    async def post_failure(self, job: Job, sentence: str) -> Posted:
        await asyncio.sleep(0)
        self.notices += 1
        return self._posted(job)

    async def find_posted(self, job: Job) -> Posted | None:
        found = next((number for number, whose in self.messages.items() if whose == job.id), None)
        return Posted(channel_id=THREAD, message_id=found, rung=Rung.THREAD) if found else None

    def _posted(self, job: Job) -> Posted:
        number = next(self.ids)
        self.messages[number] = job.id
        return Posted(channel_id=THREAD, message_id=number, rung=Rung.THREAD)

    async def redraw(self, job: Job) -> None:
        jobs = await self.bench.store.batch(job.batch_id)
        card = jobs[0].card
        await asyncio.sleep(0)
        if card and card.message_id in self.cards:
            self.cards[card.message_id] = drawn(jobs)

    def redraw_soon(self, job: Job) -> None:
        self.tasks.append(asyncio.create_task(self.redraw(job)))

    def get_guild(self, guild_id: int) -> None:
        return None

    def get_partial_messageable(self, channel_id: int, *, guild_id: int | None) -> Any:
        async def delete(number: int) -> None:
            await asyncio.sleep(0)
            self.messages.pop(number, None)
            self.cards.pop(number, None)

        async def send(*, nonce: str, **_: object) -> Any:
            await asyncio.sleep(0)
            number = next(self.ids)
            self.messages[number] = nonce.partition("-")[0]
            return SimpleNamespace(
                id=number, channel=SimpleNamespace(id=channel_id), delete=lambda: delete(number)
            )

        return SimpleNamespace(
            send=send, get_partial_message=lambda number: SimpleNamespace(delete=lambda: delete(number))
        )


def drawn(jobs: Sequence[Job]) -> str:
    """Return what the card of these jobs says."""
    return str(job_card(Catalogue(), jobs, expected=NOON, waiting=None).description)


class Crossing:
    """The deeds, each as a member or a moderator does it, and the loops that go on meanwhile."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.store, self.clock = bench.store, bench.clock
        self.far_end = far_end = FarEnd(bench)
        for worker in (bench.deliverer, bench.announcer):
            worker._poster = cast("Any", far_end)
        bench.announcer._cards = cast("Any", far_end)
        bench.workplace.signals.on_card(far_end.redraw_soon)
        bench.provider.on_status = status(TaskState.SUCCESS, result_urls=("https://cdn.example/1.png",))
        parts: dict[str, Any] = {"store": self.store, "clock": self.clock}
        at_discord: dict[str, Any] = {
            **parts,
            "client": far_end,
            "archive": bench.archive,
            "cards": far_end,
            "catalogue": Catalogue(),
            "metrics": bench.workplace.metrics,
        }
        answers = SimpleNamespace(find=self._no_answer)
        self.remover = Remover(**at_discord, answers=cast("Any", answers))
        self.shelf = Shelf(**at_discord, keeps=True)
        self.eraser = Eraser(bench.workplace, remover=self.remover)
        self.service = Service(
            **parts,
            experience=Experience(**parts),
            limits=_LIMITS,
            prices=Prices(pro=1, max=2),
            wake=lambda: None,
            is_draining=lambda: False,
            guess_time=timedelta(seconds=20),
        )
        self.queue = Queue(
            **parts,
            service=self.service,
            experience=Experience(**parts),
            per_member=3,
            in_flight_limit=9,
            is_draining=lambda: False,
            changed=far_end.redraw_soon,
        )
        self.moderation = Moderation(**parts, service=self.service, wake=lambda: None)
        self.gallery = Gallery(store=self.store, wake=lambda: None, for_adults=lambda _: False)

    async def _no_answer(self, job: Job) -> None:
        return None

    # What can be done to a job.

    async def cancel(self, job: Job) -> None:
        await self.queue.cancel(job.id, member_id=MEMBER, guild_id=GUILD)

    async def moderator_cancels(self, job: Job) -> None:
        await self.queue.cancel(job.id, member_id=MODERATOR, guild_id=GUILD, moderates=True)

    async def moderator_blocks(self, job: Job) -> None:
        await self.moderation.block(
            BlockOrder(
                guild_id=GUILD,
                actor=Person(id=MODERATOR, rank=(2, 2), **_RANKED),
                target=Person(id=MEMBER, rank=(1, 1), **_RANKED),
                reason="spam",
            )
        )

    async def erase(self, job: Job) -> None:
        await self.store.wish_erasure(MEMBER)
        await self.eraser._turn()

    async def retain(self, job: Job) -> None:
        await Retention(self.bench.workplace, keep_for=timedelta())._turn()

    async def delete(self, job: Job) -> None:
        await self._delete(job, by=MEMBER)

    async def moderator_deletes(self, job: Job) -> None:
        await self._delete(job, by=MODERATOR)

    async def _delete(self, job: Job, *, by: int) -> None:
        found = await self.service.removable_job(job.id, guild_id=GUILD, member_id=by, moderates=by != MEMBER)
        await self.remover.remove(found, by=by, reason="" if by == MEMBER else "spam")

    async def post_again(self, job: Job) -> None:
        origin = batch_factory()
        await self.shelf.post_again(await self.gallery.to_post_again(job.id, origin), origin)

    async def claim(self, job: Job) -> None:
        await self.gallery.claim(job.id, batch_factory())

    async def undo(self, job: Job) -> None:
        await self.service.undo_guess(job.id, member_id=MEMBER)

    async def go(self, job: Job) -> None:
        await self.service.confirm_guess(job.id, member_id=MEMBER)

    async def describe(self, job: Job) -> None:
        await self.store.describe(job.id, "a secret description")

    async def card_comes(self, job: Job) -> None:
        if (await self.store.job(job.id)).card is None:
            await self.show_card(job)

    async def crash(self, job: Job) -> None:
        self.clock.advance(31)

    async def work(self, job: Job) -> None:
        await self._round()

    # How a job comes into a state.

    async def begin(self, state: str) -> Job:
        """Return a job in a state, with a card, a kept picture where it has one, and all of it told."""
        job = await getattr(self, f"_{state}", lambda: self._plain(state))()
        if state != "unanswered":
            await self.show_card(job)
        if state in {"delivered", "undeliverable", "told", "put_back"}:
            key = await self.bench.archive.keep(job.id, b"", SimpleNamespace(suffix=".png"))
            self.bench.archive.pictures[key] = self.bench.fetcher.result  # type: ignore[assignment]
            job = await self.store.mark_archived(job, key)
        if state == "told":
            await self.bench.turn(self.bench.announcer)
        return await self.store.job(job.id)

    async def _plain(self, state: str) -> Job:
        job: Job = await getattr(self.bench.road, state)()
        await self._show(job)
        return job

    async def _show(self, job: Job) -> None:
        if job.state is JobState.DELIVERED and job.message_id:
            self.far_end.messages[job.message_id] = job.id
            self.far_end.pictures += 1

    async def _told(self) -> Job:
        return await self._plain("delivered")

    async def _unanswered(self) -> Job:
        right = AnswerRight(token="t", until=self.clock.now() + timedelta(minutes=15))
        return await self.bench.road.queued(answer=right)

    async def _guess(self) -> Job:
        reference = reference_factory(source=ReferenceSource.NEWEST)
        return await self.bench.road.queued(references=(reference,), held_for=timedelta(seconds=20))

    async def _put_off(self) -> Job:
        return await self.store.requeue(
            await self.bench.road.submitting(),
            due_at=self.clock.now() + timedelta(seconds=20),
            wait_reason=WaitReason.SERVICE_BUSY,
            reason="busy",
        )

    async def _discarded(self) -> Job:
        job = await self.bench.road.running()
        return await self.store.call_off(job.id, by=MEMBER, actor=f"member:{MEMBER}", reason="no")

    async def _put_back(self) -> Job:
        job = await self.bench.road.delivering()
        return await self.store.put_back(job, due_at=self.clock.now(), reason="rate limit")

    async def _posted_unmarked(self) -> Job:
        job = await self.bench.road.delivering()
        await self.far_end.post_picture(job, cast("Any", None))
        return job

    async def show_card(self, job: Job) -> None:
        number = next(self.far_end.ids)
        jobs = await self.store.batch(job.batch_id)
        self.far_end.cards[number] = drawn(jobs)
        attached = await self.service.attach_card(
            jobs, Card(channel_id=CHANNEL, message_id=number), list(job.references)
        )
        if any(each.is_over for each in attached):
            await self.far_end.redraw(attached[0])

    # The loops.

    async def _round(self) -> None:
        for worker in (
            self.bench.submitter,
            self.bench.poller,
            self.bench.deliverer,
            self.bench.announcer,
        ):
            await self.bench.turn(worker)
        await self.eraser._turn()
        await asyncio.gather(*self.far_end.tasks)

    async def rest(self, job: Job) -> None:
        """Let the loops go on until nothing is to be done any more."""
        for _ in range(12):
            await self._round()
            now, wish = await self.store.job(job.id), await self.store.erasure_of(MEMBER)
            if now.state.is_final and now.due_at is None and (wish is None or wish.done_at):
                return
            self.clock.advance(16)

    def deed(self, name: str) -> Callable[[Job], Awaitable[None]]:
        return cast("Callable[[Job], Awaitable[None]]", getattr(self, name))
