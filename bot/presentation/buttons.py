"""The buttons below a picture: which there are, in which rows.

What each asks for, and how it is known again after a restart, stands in `bot.presentation.actions`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.jobs import Mode
from bot.presentation.actions import Action, row

if TYPE_CHECKING:
    import discord

    from bot.jobs import Job
    from bot.presentation.wording import Catalogue


def picture_rows(
    catalogue: Catalogue, job: Job, *, in_server: bool = True
) -> list[discord.ui.ActionRow[Any]]:
    """Return the buttons below a picture: those that make another one, then those about this one.

    Pictures are made in servers only, so the first kind is missing elsewhere.
    """
    making: list[Action] = []
    if in_server:
        making = [Action.REROLL, Action.VARY, Action.EDIT] if job.is_repeatable else [Action.EDIT]
        if job.is_repeatable and job.mode is not Mode.MAX:
            making.append(Action.MAX)
    rows = [actions for actions in (making, [Action.INFO, Action.DELETE]) if actions]
    return [row(catalogue, job.locale, actions, job.id) for actions in rows]
