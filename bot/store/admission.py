"""Taking jobs in: the quota, the insertion, and what becomes known of a batch right after it.

An admission is one transaction that holds the member's row, and those of the caps that exist, so what two
commands spend at the same moment is counted one after the other. What may be spent is decided by `bot.quota`.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bot import quota
from bot.errors import UnknownJobError
from bot.jobids import new_job_id
from bot.jobs import AnswerRight, Card, Job, JobState, Place, PlaceNote, Reference
from bot.quota import Allowance, Limits, Spender
from bot.store.blocks import check_block
from bot.store.columns import Moment
from bot.store.consents import check_consent
from bot.store.erasing import go_on_erasing
from bot.store.operations import Operations, in_order
from bot.store.rows import card_columns, to_job
from bot.store.servers import as_server_decided
from bot.store.studios import in_known_studio
from bot.store.tables import in_states, jobs
from bot.store.usage import allowance_of, lock_circles, lock_member, usage_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.wishes import NewBatch


class Admission(Operations):
    """How jobs come into the database."""

    async def admit(self, batch: NewBatch, limits: Limits) -> list[Job]:
        """Take in all pictures of a batch, ready to be submitted, or none.

        The jobs come back by `batch_index`, which counts from 0, and their ids sort the same way.
        Errors: `QuotaError` if the batch does not fit under a limit, `BlockedError` for who is blocked,
        `NotInThisChannelError` or `MissingPermissionsError` by what the server has decided, and
        `OwnPicturesOnlyError` or `UnwillingOwnerError` by whose pictures it starts from.
        """
        if batch.count < 1:
            msg = f"a batch holds at least one picture, not {batch.count}"
            raise ValueError(msg)
        now = self._clock.now()
        async with self._database.writing() as connection:
            await lock_member(connection, batch.member_id, now=now)
            await check_block(connection, batch, now=now)
            batch = await in_known_studio(connection, await as_server_decided(connection, batch))
            await check_consent(connection, batch, [each.owner_id for each in batch.references])
            allowance = await _allow(connection, batch, limits, now=now)
            rows = _rows(batch, allowance, now=now)
            inserted = await connection.execute(sa.insert(jobs).returning(jobs), rows)
            admitted = in_order([row["id"] for row in rows], (to_job(row) for row in inserted.mappings()))
            await self._note(
                connection,
                admitted,
                source=None,
                target=JobState.QUEUED,
                actor=f"member:{batch.member_id}",
                reason="admitted",
            )
            return admitted

    async def held_answer(self, batch_id: str) -> AnswerRight | None:
        """Return the right that was stored for an answer of which nobody knows whether it was given."""
        async with self._database.reading() as connection:
            found = await connection.execute(
                sa.select(jobs.c.card_token, jobs.c.card_token_until).where(
                    jobs.c.batch_id == batch_id,
                    jobs.c.card_message_id.is_(None),
                    jobs.c.card_token.is_not(None),
                ),
            )
            row = found.first()
            return None if row is None else AnswerRight(token=row[0], until=row[1])

    async def attach_card(
        self,
        batch_id: str,
        card: Card,
        references: Sequence[Reference] = (),
        *,
        held_for: timedelta = timedelta(),
    ) -> list[Job]:
        """Store the message that answers the command; `UnknownJobError` if there is no such batch.

        With the `references` that came with it nothing holds the jobs back any longer than `held_for`.
        """
        changes = card_columns(card)
        if references:
            changes |= {
                "references": _unless_erased(jobs.c.references, references),
                "due_at": self._no_later_than(held_for),
            }
        return await self._change_batch(batch_id, changes)

    async def hurry_batch(self, batch_id: str) -> list[Job]:
        """Let a batch that is held back be sent now."""
        return await self._change_batch(batch_id, {"due_at": self._no_later_than(timedelta())})

    def _no_later_than(self, held_for: timedelta) -> sa.ColumnElement[datetime | None]:
        """Return when jobs are due, of which those that wait are held back no longer than that from now."""
        latest = sa.literal(self._clock.now() + held_for, Moment)
        is_later = sa.and_(in_states({JobState.QUEUED}), jobs.c.due_at > latest)
        return sa.case((is_later, latest), else_=jobs.c.due_at)

    async def renew_references(self, batch_id: str, references: Sequence[Reference]) -> list[Job]:
        """Store newer addresses of a batch's reference pictures."""
        return await self._change_batch(
            batch_id, {"references": _unless_erased(jobs.c.references, references)}
        )

    async def place(
        self, batch_id: str, *, thread_id: int | None, place: Place, note: PlaceNote | None
    ) -> list[Job]:
        """Store where the pictures of a batch go; `UnknownJobError` if there is no such batch."""
        return await self._change_batch(
            batch_id, {"thread_id": thread_id, "place": place, "place_note": note}
        )

    async def _change_batch(self, batch_id: str, changes: dict[str, Any]) -> list[Job]:
        async with self._database.writing() as connection:
            changed = await connection.execute(
                sa.update(jobs).where(jobs.c.batch_id == batch_id).values(**changes).returning(jobs),
            )
            batch = sorted((to_job(row) for row in changed.mappings()), key=lambda job: job.batch_index)
            if not batch:
                raise UnknownJobError(batch=batch_id)
            if any(job.erased_at and job.removed_at for job in batch):
                await go_on_erasing(connection, batch[0], now=self._clock.now())
        return batch


def _unless_erased(column: sa.Column[Any], value: Sequence[Reference]) -> sa.ColumnElement[Any]:
    """Return the new value, but nothing comes back to a job whose member had it erased meanwhile."""
    new = sa.literal(tuple(value), column.type)
    return sa.case((jobs.c.erased_at.is_(None), new), else_=column)


async def _allow(connection: AsyncConnection, batch: NewBatch, limits: Limits, *, now: datetime) -> Allowance:
    """Hold what the limits hang on, and refuse what does not fit; return what holds for the member."""
    spender = Spender(guild_id=batch.guild_id, member_id=batch.member_id, role_ids=batch.role_ids)
    allowance = await allowance_of(connection, spender, limits, now=now)
    await lock_circles(connection, spender, allowance)
    usage = await usage_of(connection, spender, allowance, now=now)
    quota.check(usage, allowance, batch.count * batch.credits_each)
    return allowance


def _rows(batch: NewBatch, allowance: Allowance, *, now: datetime) -> list[dict[str, Any]]:
    # Ids of one millisecond differ by chance only; sorted, the pictures of a batch wait in their order.
    ids = sorted(new_job_id(now) for _ in range(batch.count))
    batch_id = new_job_id(now)
    return [
        {
            "id": job_id,
            "batch_id": batch_id,
            "batch_index": index,
            "batch_size": batch.count,
            "kind": batch.kind,
            "state": JobState.QUEUED,
            "guild_id": batch.guild_id,
            "channel_id": batch.channel_id,
            "thread_id": batch.thread_id,
            "private": batch.private,
            "place": batch.place,
            "place_note": batch.place_note,
            "member_id": batch.member_id,
            "member_name": batch.member_name,
            "locale": batch.locale,
            "prompt": batch.prompt,
            "mode": batch.mode,
            "aspect_ratio": batch.aspect_ratio,
            "output_format": batch.output_format,
            "credits": batch.credits_each,
            "attempts": 0,
            "created_at": quota.spent_at(now, allowance.reset_at),
            "due_at": now + batch.held_for,
            "card_token": batch.answer.token if batch.answer else None,
            "card_token_until": batch.answer.until if batch.answer else None,
            "result_urls": (),
            "parent_id": batch.parent_id,
            "references": batch.references,
            "spoiler": batch.spoiler,
            "own_thread": batch.own_thread,
            "price": batch.credits_each,
            "concurrent_jobs": allowance.jobs_here,
        }
        for index, job_id in enumerate(ids)
    ]
