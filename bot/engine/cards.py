"""Shows and redraws the card that answers a command.

The card is drawn from the stored jobs, so a redraw can happen at any time and twice. It goes through the
interaction's token while that lives, which costs nothing of the bot's request budget, and by the bot's
own token afterwards. A card that cannot be shown never holds up its jobs. Where it is not known whether a
command was answered, Discord is asked before the card is redrawn.
"""

from __future__ import annotations

import asyncio
import io
import logging
from typing import TYPE_CHECKING, Any
from weakref import WeakValueDictionary

import aiohttp
import discord

from bot.engine.faults import passing_faults
from bot.engine.references import placed
from bot.engine.refusals import Need
from bot.errors import PostponedError, StoreError
from bot.intake import answer_right
from bot.jobs import Card
from bot.presentation.cards import guess_buttons, job_card, reference_filename

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.clock import Clock
    from bot.engine.answers import Answers
    from bot.engine.gate import Gate
    from bot.engine.reach import Reach
    from bot.engine.references import Picture
    from bot.engine.studio import Studios
    from bot.jobs import Job
    from bot.metrics import Metrics
    from bot.presentation.wording import Catalogue
    from bot.service import Service
    from bot.store import Store

log = logging.getLogger(__name__)


class Cards:
    """The cards of all jobs."""

    def __init__(
        self,
        *,
        client: discord.Client,
        store: Store,
        service: Service,
        answers: Answers,
        studios: Studios,
        reach: Reach,
        gate: Gate,
        catalogue: Catalogue,
        clock: Clock,
        metrics: Metrics,
    ) -> None:
        self._client = client
        self._store = store
        self._service = service
        self._answers = answers
        self._studios = studios
        self._reach = reach
        self._gate = gate
        self._catalogue = catalogue
        self._clock = clock
        self._metrics = metrics
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._redraws: set[asyncio.Task[None]] = set()

    async def answer(
        self, interaction: discord.Interaction[Any], jobs: Sequence[Job], pictures: Sequence[Picture] = ()
    ) -> None:
        """Answer a command with its card, and open the thread where the pictures will come.

        `pictures` are the jobs' references: they are posted again with the card.
        """
        try:
            files = _files(jobs[0], pictures)
            message = await _send(
                interaction,
                await self._draw(jobs, uploading=bool(files)),
                files,
                self._buttons(jobs),
            )
        except (discord.HTTPException, aiohttp.ClientError, OSError) as error:
            log.warning("The card of job %s could not be shown; it goes on without: %s", jobs[0].id, error)
            # It may be there all the same, or be taken without its files; the sooner that is known,
            # the sooner its thread can be opened.
            self.redraw_soon(jobs[0])
            return
        right = answer_right(interaction)
        card = Card(
            channel_id=interaction.channel_id or jobs[0].channel_id,
            message_id=message.id,
            token=right.token,
            token_until=right.until,
        )
        jobs = await self._service.attach_card(jobs, card, placed(jobs[0], message))
        if all(job.erased_at for job in jobs):
            # Its member had everything erased while it was on its way; the wish is taken up again for it.
            return
        settled = await self._studios.settle(jobs)
        # What ended while the card was on its way found no card to redraw.
        if settled[0].place_note is not jobs[0].place_note or any(job.is_over for job in settled):
            await self._redraw_if_possible(settled[0])

    def redraw_soon(self, job: Job) -> None:
        """Redraw the job's card beside whatever else goes on; a fault is only logged."""
        task = asyncio.create_task(self._redraw_if_possible(job), name=f"card {job.id}")
        self._redraws.add(task)
        task.add_done_callback(self._redraws.discard)

    async def redraw(self, job: Job) -> None:
        """Draw the card of the job's whole command anew, if it has one.

        Raises `PostponedError` if Discord does not take it now; one that it never takes is let be.
        """
        async with self._locks.setdefault(job.batch_id, asyncio.Lock()):
            jobs = await self._store.batch(job.batch_id)
            try:
                with passing_faults(self._metrics):
                    card = jobs[0].card or await self._answers.find(jobs[0])
                    if card:
                        await self._edit(job, card, await self._draw(jobs), self._buttons(jobs))
            except discord.HTTPException as error:
                log.info("The card of job %s cannot be redrawn: %s", job.id, error)

    async def _redraw_if_possible(self, job: Job) -> None:
        try:
            await self.redraw(job)
        except (PostponedError, StoreError) as error:
            log.info("The card of job %s could not be redrawn now: %s", job.id, error)

    async def finish(self, *, within: float) -> None:
        """Wait at most `within` seconds for the redraws under way, then leave them."""
        if not self._redraws:
            return
        _, pending = await asyncio.wait(self._redraws, timeout=max(within, 0.0))
        for task in pending:
            task.cancel()

    async def _draw(self, jobs: Sequence[Job], *, uploading: bool = False) -> discord.Embed:
        expected = await self._service.expected_end(jobs)
        waiting = self._gate.reason or next((job.wait_reason for job in jobs if job.wait_reason), None)
        return job_card(
            self._catalogue,
            jobs,
            expected=expected,
            waiting=waiting,
            uploading=uploading,
            undoable=self._buttons(jobs) is not None,
        )

    def _buttons(self, jobs: Sequence[Job]) -> discord.ui.View | None:
        return guess_buttons(self._catalogue, jobs) if self._service.lets_undo else None

    async def _edit(
        self, job: Job, card: Card, embed: discord.Embed, buttons: discord.ui.View | None
    ) -> None:
        if card.token and card.token_until and self._clock.now() < card.token_until:
            await self._answers.webhook(card.token).edit_message(card.message_id, embed=embed, view=buttons)
            return
        if self._reach.refusal(job, card.channel_id, Need.EDIT) is not None:
            return
        channel = self._client.get_partial_messageable(card.channel_id)
        try:
            await channel.get_partial_message(card.message_id).edit(embed=embed, view=buttons)
        except discord.HTTPException as error:
            self._reach.refused(job, card.channel_id, Need.EDIT, error)
            raise


def _files(job: Job, pictures: Sequence[Picture]) -> list[discord.File]:
    return [
        discord.File(io.BytesIO(picture.data), filename=reference_filename(job, index))
        for index, picture in enumerate(pictures)
    ]


async def _send(
    interaction: discord.Interaction[Any],
    embed: discord.Embed,
    files: Sequence[discord.File],
    buttons: discord.ui.View | None,
) -> discord.InteractionMessage:
    """Answer the interaction, deferred or not, and return the message."""
    if interaction.response.is_done():
        return await interaction.edit_original_response(embed=embed, attachments=files, view=buttons)
    answer = await interaction.response.send_message(
        embed=embed, files=files, view=buttons or discord.utils.MISSING
    )
    if isinstance(answer.resource, discord.InteractionMessage):
        return answer.resource
    return await interaction.original_response()
