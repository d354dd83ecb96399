"""The buttons of a card whose picture was only guessed: it is the right one, or it is not.

Each is three steps, as a command is; what is refused leaves by the client's one exit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.presentation.actions import Action
from bot.presentation.private import say_undone

if TYPE_CHECKING:
    import discord

    from bot.client import Handler
    from bot.engine.cards import Cards
    from bot.presentation.wording import Catalogue
    from bot.service import Service


class GuessButtons:
    """What a member says to a guess."""

    def __init__(self, *, service: Service, cards: Cards, catalogue: Catalogue) -> None:
        self._service = service
        self._cards = cards
        self._catalogue = catalogue
        self.presses: dict[str, Handler] = {Action.GO: self.confirm, Action.UNDO: self.undo}

    async def undo(self, interaction: discord.Interaction[Any], job_id: str) -> None:
        """Call it off before anything was sent."""
        await interaction.response.defer()
        jobs = await self._service.undo_guess(job_id, member_id=interaction.user.id)
        await say_undone(self._catalogue, interaction)
        self._cards.redraw_soon(jobs[0])

    async def confirm(self, interaction: discord.Interaction[Any], job_id: str) -> None:
        """Send it at once."""
        await interaction.response.defer()
        await self._service.confirm_guess(job_id, member_id=interaction.user.id)
