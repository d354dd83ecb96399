"""Taking away what tells of a person, when they want it or when its time is over; the counts stay.

A wish is a row before anything is done about it. First the words go, then what lies outside the database
is forgotten as it is removed, and last whose the jobs were: not before a day has passed, so that erasing
gives nobody their spent credits back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import sqlalchemy as sa

from bot.jobs import FINAL_STATES, NOBODY, Job, JobState
from bot.mydata import Erasure
from bot.quota import window_start
from bot.store.columns import Moment
from bot.store.community import blocks, credit_grants, drafts
from bot.store.operations import FREE, SYSTEM, Operations, is_free, upsert
from bot.store.rows import to_job
from bot.store.tables import (
    earlier_messages,
    erasures,
    in_states,
    is_left,
    is_somebodys,
    job_events,
    jobs,
    members,
    studios,
)

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from sqlalchemy.ext.asyncio import AsyncConnection

#: In the history of an erased job, its member has no id.
_SOMEBODY: Final = "member"
#: The columns that hold a member's own words, names, and what others could find them by.
_WORDLESS: Final[dict[str, Any]] = {
    "prompt": "",
    "member_name": "",
    "locale": "en-US",
    "references": (),
    "alt_text": None,
    "result_urls": (),
    "task_id": None,
    "failure_detail": sa.case((jobs.c.failure_cause.is_not(None), "")),
    "card_token": None,
    "card_token_until": None,
    "due_at": None,
}
#: The right to an answer of which nobody knows whether it was given: it is needed to find and delete that.
_UNANSWERED: Final[dict[str, Any]] = {
    column.name: sa.case((jobs.c.card_message_id.is_(None), column))
    for column in (jobs.c.card_token, jobs.c.card_token_until)
}
_CAN_BE_CALLED_OFF: Final = frozenset(JobState) - FINAL_STATES - {JobState.DELIVERING}
_HAS_REMAINS: Final = sa.or_(
    jobs.c.message_id.is_not(None),
    jobs.c.card_message_id.is_not(None),
    jobs.c.card_token.is_not(None),
    jobs.c.archive_key.is_not(None),
    # A thread of a command's own bears the prompt as its name.
    sa.and_(jobs.c.own_thread, jobs.c.thread_id.is_not(None)),
    sa.exists().where(earlier_messages.c.job_id == jobs.c.id),
)


class Erasing(Operations):
    """How a member's traces go."""

    async def wish_erasure(self, member_id: int) -> Erasure:
        """Write down that a member wants everything up to now erased; studios and open forms go at once."""
        now = self._clock.now()
        async with self._database.writing() as connection:
            newest = await connection.execute(sa.select(sa.func.max(jobs.c.created_at)).where(_of(member_id)))
            # A clock that was set back must not leave out what was asked for before that.
            asked_at = max(now, newest.scalar() or now)
            # What an earlier wish had to leave behind is still there.
            values = {"asked_at": asked_at, "due_at": now, "done_at": None}
            wished = await connection.execute(
                upsert(connection, erasures)
                .values(member_id=member_id, left_behind=0, **values)
                .on_conflict_do_update(index_elements=[erasures.c.member_id], set_=values)
                .returning(erasures),
            )
            row = wished.mappings().one()
            await connection.execute(sa.delete(studios).where(studios.c.member_id == member_id))
            await connection.execute(sa.delete(drafts).where(drafts.c.member_id == member_id))
            await _forget_what_is_over(connection, member_id, now=now)
            return Erasure(**row)

    async def erasure_of(self, member_id: int) -> Erasure | None:
        """Return a member's latest wish, if it is remembered."""
        async with self._database.reading() as connection:
            found = await connection.execute(sa.select(erasures).where(erasures.c.member_id == member_id))
            row = found.mappings().first()
            return Erasure(**row) if row else None

    async def claim_erasure(self, *, lease: timedelta) -> Erasure | None:
        """Take the wish that is due longest; nobody else takes it up before the lease is over."""
        now = self._clock.now()
        longest = (
            sa.select(erasures.c.member_id)
            .where(erasures.c.due_at <= now)
            .order_by(erasures.c.due_at)
            .limit(1)
            .with_for_update(skip_locked=True)
            .scalar_subquery()
        )
        async with self._database.writing() as connection:
            claimed = await connection.execute(
                sa.update(erasures)
                .where(erasures.c.member_id == longest)
                .values(due_at=now + lease)
                .returning(erasures),
            )
            row = claimed.mappings().first()
            return Erasure(**row) if row else None

    async def next_erasure(self) -> datetime | None:
        """Return when the next wish is due; None if there is none."""
        async with self._database.reading() as connection:
            due: datetime | None = (
                await connection.execute(sa.select(sa.func.min(erasures.c.due_at)))
            ).scalar()
            return due

    async def put_off_erasure(self, erasure: Erasure, *, due_at: datetime) -> None:
        """Go on with a wish at that moment; one that was made anew meanwhile stays due when it is."""
        await self._change(erasure, due_at=due_at)

    async def unposted_jobs(self, erasure: Erasure, *, at_most: int) -> list[Job]:
        """Return jobs that the wish concerns and that can be called off."""
        async with self._database.reading() as connection:
            found = await connection.execute(
                sa.select(jobs)
                .where(_concerned(erasure), in_states(_CAN_BE_CALLED_OFF), jobs.c.discarded_at.is_(None))
                .order_by(jobs.c.id)
                .limit(at_most),
            )
            return [to_job(row) for row in found.mappings()]

    async def erase_words(self, erasure: Erasure, *, at_most: int) -> int:
        """Take the words out of some jobs that are at their end; return how many that were.

        Whatever was still to be told of them is not told any more. Jobs in somebody's hands come later.
        """
        which = sa.and_(_concerned(erasure), is_left(), _is_at_rest(self._clock.now()))
        return await self._take_words(
            which,
            jobs.c.id,
            at_most=at_most,
            actor=_SOMEBODY,
            reason="erased by its member",
            changes=_UNANSWERED
            | {"removed_at": sa.func.coalesce(jobs.c.removed_at, sa.literal(self._clock.now(), Moment))},
        )

    async def erase_old_words(self, *, before: datetime, at_most: int) -> int:
        """Take the words out of some jobs that ended by that moment; return how many that were.

        Messages and kept pictures stay, and so does whose they are.
        """
        which = sa.and_(
            jobs.c.finished_at <= before,
            jobs.c.erased_at.is_(None),
            _is_at_rest(self._clock.now()),
        )
        return await self._take_words(
            which,
            jobs.c.finished_at,
            at_most=at_most,
            actor=SYSTEM,
            reason="its words were kept long enough",
            changes={},
        )

    async def remains(self, erasure: Erasure, *, after: str, at_most: int) -> list[Job]:
        """Return erased jobs with messages, threads or kept pictures, by their ids, those after `after`."""
        async with self._database.reading() as connection:
            found = await connection.execute(
                sa.select(jobs)
                .where(_concerned(erasure), jobs.c.id > after, jobs.c.erased_at.is_not(None), _HAS_REMAINS)
                .order_by(jobs.c.id)
                .limit(at_most),
            )
            return [to_job(row) for row in found.mappings()]

    async def is_erased(self, erasure: Erasure) -> bool:
        """Return whether all jobs that the wish concerns are without words, messages and kept pictures."""
        async with self._database.reading() as connection:
            return (await connection.execute(_left_of(erasure).limit(1))).first() is None

    async def forget_message(self, job: Job, *, left: Erasure | None = None) -> None:
        """Forget an erased job's message: it is gone, or `left` behind because Discord does not delete it."""
        await self._forget(
            sa.and_(jobs.c.id == job.id, jobs.c.message_id == job.message_id), left, message_id=None
        )

    async def forget_earlier_message(self, job: Job, message_id: int, *, left: Erasure | None = None) -> None:
        """Forget an earlier message of an erased job that was posted again, as `forget_message` does."""
        async with self._database.writing() as connection:
            await connection.execute(
                sa.delete(earlier_messages).where(
                    earlier_messages.c.job_id == job.id, earlier_messages.c.message_id == message_id
                )
            )
            await _leave(connection, left)

    async def forget_card(self, job: Job, *, left: Erasure | None = None) -> None:
        """Forget the card of an erased job's whole command, as `forget_message` does its message."""
        columns = dict.fromkeys(("card_channel_id", "card_message_id", "card_token", "card_token_until"))
        await self._forget(jobs.c.batch_id == job.batch_id, left, **columns)

    async def forget_thread(self, job: Job, *, left: Erasure | None = None) -> None:
        """Forget the thread of an erased job's command: it bears no words any more, or is `left` so."""
        own = sa.and_(jobs.c.batch_id == job.batch_id, jobs.c.own_thread)
        await self._forget(own, left, thread_id=None)

    async def finish_erasure(self, erasure: Erasure) -> bool:
        """Write down that all is gone; what is left to do is to forget whose the counts were.

        False if the member has made the wish anew meanwhile, or something has come to be known: then it is
        not done.
        """
        now = self._clock.now()
        async with self._database.writing() as connection:
            finished = await connection.execute(
                sa.update(erasures)
                .where(_same(erasure), sa.not_(_left_of(erasure).exists()))
                .values(done_at=now, due_at=now)
                .returning(erasures.c.member_id),
            )
            if finished.first() is None:
                return False
            await _forget_studios(connection, erasure.member_id)
        await self.wipe_traces()
        return True

    async def forget_whose(self, erasure: Erasure, *, at_most: int) -> int:
        """Make some erased jobs nobody's that no quota counts any more; return how many that were."""
        concerned = sa.and_(
            _concerned(erasure),
            jobs.c.created_at <= window_start(self._clock.now()),
            jobs.c.erased_at.is_not(None),
            sa.not_(_HAS_REMAINS),
        )
        async with self._database.writing() as connection:
            found = await connection.execute(sa.select(jobs.c.id).where(concerned).limit(at_most))
            ids = list(found.scalars())
            if not ids:
                return 0
            await connection.execute(
                sa.update(jobs)
                .where(jobs.c.id.in_(ids), concerned)
                .values(
                    member_id=NOBODY,
                    thread_id=None,
                    message_channel_id=None,
                    # What a moderator did stays on record.
                    removed_by=_unless(jobs.c.removed_by, erasure.member_id),
                    cancelled_by=_unless(jobs.c.cancelled_by, erasure.member_id),
                ),
            )
            await connection.execute(
                sa.update(job_events)
                .where(job_events.c.job_id.in_(ids), job_events.c.actor == f"member:{erasure.member_id}")
                .values(actor=_SOMEBODY),
            )
            return len(ids)

    async def end_erasure(self, erasure: Erasure) -> None:
        """Forget the wish itself, and a member of whom only that they were here is known."""
        async with self._database.writing() as connection:
            ended = await connection.execute(
                sa.delete(erasures).where(_same(erasure)).returning(erasures.c.member_id)
            )
            if ended.first() is None:
                return
            has_jobs = sa.exists().where(_of(erasure.member_id))
            await connection.execute(
                sa.delete(members).where(
                    members.c.member_id == erasure.member_id,
                    members.c.edits_allowed.is_(True),
                    sa.not_(has_jobs),
                ),
            )

    async def wipe_traces(self) -> None:
        """Let nothing that was erased stay in what the database keeps beside its own file."""
        await self._database.wipe_log()

    async def _take_words(
        self,
        which: sa.ColumnElement[bool],
        first: sa.ColumnElement[Any],
        *,
        at_most: int,
        actor: str,
        reason: str,
        changes: dict[str, Any],
    ) -> int:
        async with self._database.writing() as connection:
            found = await connection.execute(sa.select(jobs.c.id).where(which).order_by(first).limit(at_most))
            ids = list(found.scalars())
            if not ids:
                return 0
            changed = await connection.execute(
                sa.update(jobs)
                .where(jobs.c.id.in_(ids), which)
                .values(erased_at=self._clock.now(), **(_WORDLESS | changes), **FREE)
                .returning(jobs),
            )
            wordless = [to_job(row) for row in changed.mappings()]
            for state in {job.state for job in wordless}:
                same = [job for job in wordless if job.state is state]
                await self._note(connection, same, source=state, target=state, actor=actor, reason=reason)
            return len(wordless)

    async def _forget(self, which: sa.ColumnElement[bool], left: Erasure | None, **columns: None) -> None:
        async with self._database.writing() as connection:
            await connection.execute(
                sa.update(jobs).where(which, jobs.c.erased_at.is_not(None)).values(**columns)
            )
            await _leave(connection, left)

    async def _change(self, erasure: Erasure, **values: Any) -> None:
        async with self._database.writing() as connection:
            await connection.execute(sa.update(erasures).where(_same(erasure)).values(**values))


def _unless(column: sa.Column[Any], member_id: int) -> sa.ColumnElement[Any]:
    return sa.case((column == member_id, sa.null()), else_=column)


async def _leave(connection: AsyncConnection, left: Erasure | None) -> None:
    """Count a message that Discord does not delete."""
    if left is not None:
        await connection.execute(
            sa.update(erasures).where(_same(left)).values(left_behind=erasures.c.left_behind + 1),
        )


def _same(erasure: Erasure) -> sa.ColumnElement[bool]:
    """Return the condition that the member has not made their wish anew since."""
    return sa.and_(erasures.c.member_id == erasure.member_id, erasures.c.asked_at == erasure.asked_at)


def _of(member_id: int) -> sa.ColumnElement[bool]:
    return sa.and_(jobs.c.member_id == member_id, is_somebodys())


def _concerned(erasure: Erasure) -> sa.ColumnElement[bool]:
    """Return the condition that a job is the member's and was asked for before their wish."""
    return sa.and_(_of(erasure.member_id), jobs.c.created_at <= erasure.asked_at)


def _left_of(erasure: Erasure) -> sa.Select[tuple[str]]:
    """Return the question for the jobs of which something is still to be erased."""
    return sa.select(jobs.c.id).where(_concerned(erasure), sa.or_(is_left(), _HAS_REMAINS))


async def go_on_erasing(connection: AsyncConnection, job: Job, *, now: datetime) -> None:
    """Take up the wish again that a job was erased by: something of it came to be known only now."""
    await connection.execute(
        sa.update(erasures)
        .where(erasures.c.member_id == job.member_id, erasures.c.asked_at >= job.created_at)
        .values(done_at=None, due_at=now),
    )


def _is_at_rest(now: datetime) -> sa.ColumnElement[bool]:
    return sa.and_(in_states(FINAL_STATES), is_free(now))


async def _forget_what_is_over(connection: AsyncConnection, member_id: int, *, now: datetime) -> None:
    """Forget blocks that have ended and extra credits whose time is over; the others are the servers'."""
    over = blocks.c.until <= now, credit_grants.c.at <= window_start(now)
    for table, is_over in zip((blocks, credit_grants), over, strict=True):
        await connection.execute(sa.delete(table).where(table.c.member_id == member_id, is_over))


async def _forget_studios(connection: AsyncConnection, member_id: int) -> None:
    """Forget the studios that a job made after the wish, unless its member is at work again."""
    at_work = sa.exists().where(_of(member_id), jobs.c.erased_at.is_(None))
    await connection.execute(
        sa.delete(studios).where(studios.c.member_id == member_id, sa.not_(at_work)),
    )
