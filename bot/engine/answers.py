"""Finds the answer to a command of which nobody knows whether it was given, and remembers it as the card.

A process that was killed while it answered leaves the right to edit the answer behind; with that Discord
says whether there is one. Drawing the card is the business of `cards`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import discord

from bot.engine.references import placed
from bot.jobs import Card

if TYPE_CHECKING:
    from bot.clock import Clock
    from bot.jobs import Job
    from bot.service import Service
    from bot.store import Store


class Answers:
    """Asks Discord for cards that were perhaps shown."""

    def __init__(self, *, client: discord.Client, store: Store, service: Service, clock: Clock) -> None:
        self._client = client
        self._store = store
        self._service = service
        self._clock = clock

    async def find(self, job: Job) -> Card | None:
        """Return the card of a job for which none is stored; raises what discord.py raises."""
        right = await self._store.held_answer(job.batch_id)
        if right is None or self._clock.now() >= right.until:
            return None
        try:
            # Discord takes this word for the id of the answer that a token belongs to.
            message = await self.webhook(right.token).fetch_message(cast("int", "@original"))
        except discord.NotFound:
            return None
        card = Card(
            channel_id=message.channel.id,
            message_id=message.id,
            token=right.token,
            token_until=right.until,
        )
        await self._service.attach_card([job], card, placed(job, message))
        return card

    def webhook(self, token: str) -> discord.Webhook:
        """Return the way to an answer by its interaction's token."""
        return discord.Webhook.partial(self._client.application_id or 0, token, client=self._client)
