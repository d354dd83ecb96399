"""Shows and redraws the card that answers a command.

The card is drawn from the stored jobs, so a redraw can happen at any time and twice. It goes through the
interaction's token while that lives, which costs nothing of the bot's request budget, and by the bot's
own token afterwards. A card that cannot be shown never holds up its jobs.
"""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final
from weakref import WeakValueDictionary

import aiohttp
import discord

from bot.jobs import Card
from bot.presentation.cards import job_card

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.clock import Clock
    from bot.engine.gate import Gate
    from bot.engine.studio import Studios
    from bot.jobs import Job
    from bot.presentation.wording import Catalogue
    from bot.service import Service
    from bot.store import Store

log = logging.getLogger(__name__)

#: Discord ends an interaction's token after 15 minutes; the last one is left unused.
_TOKEN_MARGIN: Final = timedelta(minutes=1)


class Cards:
    """The cards of all jobs."""

    def __init__(
        self,
        *,
        client: discord.Client,
        store: Store,
        service: Service,
        studios: Studios,
        gate: Gate,
        catalogue: Catalogue,
        clock: Clock,
    ) -> None:
        self._client = client
        self._store = store
        self._service = service
        self._studios = studios
        self._gate = gate
        self._catalogue = catalogue
        self._clock = clock
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._redraws: set[asyncio.Task[None]] = set()

    async def answer(self, interaction: discord.Interaction[Any], jobs: Sequence[Job]) -> None:
        """Answer a command with its card, and open the thread where the pictures will come."""
        jobs = await self._studios.known(jobs)
        try:
            message_id = await _send(interaction, await self._draw(jobs))
        except (discord.HTTPException, aiohttp.ClientError, OSError) as error:
            log.warning("The card of job %s could not be shown; it goes on without: %s", jobs[0].id, error)
            return
        card = Card(
            channel_id=interaction.channel_id or jobs[0].channel_id,
            message_id=message_id,
            token=interaction.token,
            token_until=interaction.expires_at - _TOKEN_MARGIN,
        )
        jobs = await self._service.attach_card(jobs, card)
        settled = await self._studios.settle(jobs)
        if settled[0].place_note is not jobs[0].place_note:
            await self.redraw(settled[0])

    def redraw_soon(self, job: Job) -> None:
        """Redraw the job's card beside whatever else goes on; a fault is only logged."""
        task = asyncio.create_task(self.redraw(job), name=f"card {job.id}")
        self._redraws.add(task)
        task.add_done_callback(self._redraws.discard)

    async def redraw(self, job: Job) -> None:
        """Draw the card of the job's whole command anew, if it has one."""
        if job.card is None:
            return
        async with self._locks.setdefault(job.batch_id, asyncio.Lock()):
            jobs = await self._store.batch(job.batch_id)
            try:
                await self._edit(job.card, await self._draw(jobs))
            except (discord.HTTPException, discord.RateLimited, aiohttp.ClientError, OSError) as error:
                log.info("The card of job %s could not be redrawn: %s", job.id, error)

    async def finish(self) -> None:
        """Wait for the redraws under way."""
        if self._redraws:
            await asyncio.wait(self._redraws, timeout=5)

    async def _draw(self, jobs: Sequence[Job]) -> discord.Embed:
        expected = await self._service.expected_end(jobs)
        return job_card(self._catalogue, jobs, expected=expected, waiting=self._gate.reason)

    async def _edit(self, card: Card, embed: discord.Embed) -> None:
        if card.token and card.token_until and self._clock.now() < card.token_until:
            webhook = discord.Webhook.partial(
                self._client.application_id or 0, card.token, client=self._client
            )
            await webhook.edit_message(card.message_id, embed=embed)
            return
        channel = self._client.get_partial_messageable(card.channel_id)
        await channel.get_partial_message(card.message_id).edit(embed=embed)


async def _send(interaction: discord.Interaction[Any], embed: discord.Embed) -> int:
    """Answer the interaction, deferred or not, and return the message's id."""
    if interaction.response.is_done():
        return (await interaction.edit_original_response(embed=embed)).id
    answer = await interaction.response.send_message(embed=embed)
    return answer.message_id or (await interaction.original_response()).id
