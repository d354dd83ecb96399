"""Buttons that outlive every restart: their custom_id holds what is asked for and the job's id.

All of them are `DynamicItem`s of one class, because a message that mixes them with ordinary items makes
discord.py forget the class. What a press does is not known here: the client hands it on.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol, Self, cast

import discord

from bot.errors import N_
from bot.jobids import JOB_ID_LENGTH
from bot.jobs import Mode

if TYPE_CHECKING:
    from bot.jobs import Job
    from bot.presentation.wording import Catalogue


class Action(StrEnum):
    """What a button, or the form that it opens, asks for; the value stands in messages that are out there."""

    REROLL = "reroll"  # the same once more
    VARY = "vary"  # the same with other words; opens a form
    MAX = "max"  # the same in the other mode
    INFO = "info"  # everything about it, privately
    DELETE = "delete"  # asks whether it is meant
    CONFIRM = "confirm"  # it is meant: deletes


_LABELS: Final[dict[Action, str]] = {
    Action.REROLL: N_("Re-roll"),
    Action.VARY: N_("Vary"),
    Action.MAX: N_("Max"),
    Action.INFO: N_("Info"),
    Action.DELETE: N_("Delete"),
    Action.CONFIRM: N_("Delete it"),
}
#: How the custom_ids of buttons and forms begin that this module makes.
OURS: Final = "easel:"
_TEMPLATE: Final = rf"{OURS}(?P<action>{'|'.join(Action)}):(?P<job_id>[0-9a-z]{{{JOB_ID_LENGTH}}})"


class Host(Protocol):
    """What a button needs of the client it lives in."""

    async def pressed(self, interaction: discord.Interaction[Any], action: Action, job_id: str) -> None:
        """Do what the button is for; raises nothing."""
        ...


class PictureButton(discord.ui.DynamicItem[discord.ui.Button[Any]], template=_TEMPLATE):
    """A button that belongs to one picture."""

    def __init__(self, action: Action, job_id: str, label: str = "…") -> None:
        super().__init__(
            discord.ui.Button(
                label=label,
                style=(
                    discord.ButtonStyle.danger if action is Action.CONFIRM else discord.ButtonStyle.secondary
                ),
                custom_id=custom_id(action, job_id),
            ),
        )
        self.action = action
        self.job_id = job_id

    @classmethod
    async def from_custom_id(
        cls,
        interaction: discord.Interaction[Any],
        item: discord.ui.Item[Any],
        match: re.Match[str],
        /,
    ) -> Self:
        """Rebuild the button from the message that was pressed."""
        return cls(Action(match["action"]), match["job_id"])

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Hand the press on."""
        await cast("Host", interaction.client).pressed(interaction, self.action, self.job_id)


def picture_rows(
    catalogue: Catalogue, job: Job, *, in_server: bool = True
) -> list[discord.ui.ActionRow[Any]]:
    """Return the buttons below a picture: those that make another one, then those about this one.

    Pictures are made in servers only, so the first kind is missing elsewhere.
    """
    making: list[Action] = []
    if in_server and job.is_repeatable:
        making += [Action.REROLL, Action.VARY]
        if job.mode is not Mode.MAX:
            making.append(Action.MAX)
    rows = [row for row in (making, [Action.INFO, Action.DELETE]) if row]
    return [
        discord.ui.ActionRow(*(button(catalogue, job.locale, action, job.id) for action in row))
        for row in rows
    ]


def button(catalogue: Catalogue, locale: str, action: Action, job_id: str) -> PictureButton:
    """Return the button with its label in a language."""
    return PictureButton(action, job_id, catalogue.say(locale, _LABELS[action]))


def custom_id(action: Action, job_id: str) -> str:
    """Return the custom_id by which a message or a form of this job can be known again."""
    return f"{OURS}{action}:{job_id}"


class Asked(NamedTuple):
    """What a custom_id of ours asks for."""

    action: Action
    job_id: str


def read_custom_id(text: str) -> Asked | None:
    """Return what a custom_id asks for; None if it is none of ours."""
    found = re.fullmatch(_TEMPLATE, text)
    return Asked(Action(found["action"]), found["job_id"]) if found else None
