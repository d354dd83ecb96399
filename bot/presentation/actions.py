"""Buttons and menus that outlive every restart: their custom_id holds what is asked for and of what.

All of them are `DynamicItem`s of the classes here, because a message that mixes them with ordinary items
makes discord.py forget the class. What a press does is not known here: the client hands it on.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple, Protocol, Self, cast

import discord

from bot.errors import N_

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.presentation.wording import Catalogue


class Action(StrEnum):
    """What a button, a menu or a form asks for; the value stands in messages that are out there for years."""

    REROLL = "reroll"  # the same once more
    VARY = "vary"  # the same with other words; opens a form
    EDIT = "edit"  # this picture with something changed; opens a form
    DRAFT = "draft"  # the form of a message's menu
    MAX = "max"  # the same in the other mode
    INFO = "info"  # everything about it, privately
    DELETE = "delete"  # asks whether it is meant
    CONFIRM = "confirm"  # it is meant: deletes
    ALT = "alt"  # other words for those who cannot see the picture; opens a form
    GO = "go"  # the picture that was guessed is the right one
    UNDO = "undo"  # ... is not: nothing is sent


_LABELS: Final[dict[Action, str]] = {
    Action.REROLL: N_("Re-roll"),
    Action.VARY: N_("Vary"),
    Action.EDIT: N_("Edit"),
    Action.MAX: N_("Max"),
    Action.INFO: N_("Info"),
    Action.DELETE: N_("Delete"),
    Action.CONFIRM: N_("Delete it"),
    Action.ALT: N_("Change alt text"),
    Action.GO: N_("Go ahead"),
    Action.UNDO: N_("Not this picture"),
}
_DANGEROUS: Final = frozenset({Action.CONFIRM})
#: How the custom_ids of buttons, menus and forms begin that are made here.
OURS: Final = "easel:"
#: An action of another version is known as one, so that whoever presses it is told.
_TEMPLATE: Final = rf"{OURS}(?!menu:|channels:)(?P<action>[a-z_]+):(?P<subject>[\w.:-]*)"
_MENU_TEMPLATE: Final = rf"{OURS}(?:menu|channels):(?P<action>[a-z_]+):(?P<subject>[\w.:-]*)"
Menu = discord.ui.Select[Any] | discord.ui.ChannelSelect[Any]
_Kind = Literal["menu", "channels"]
_MENU_KINDS: Final[dict[type, _Kind]] = {discord.ui.Select: "menu", discord.ui.ChannelSelect: "channels"}


class Host(Protocol):
    """What a button needs of the client it lives in."""

    async def pressed(self, interaction: discord.Interaction[Any], action: str, subject: str) -> None:
        """Do what the button or the menu is for; raises nothing."""
        ...


class ActionButton(discord.ui.DynamicItem[discord.ui.Button[Any]], template=_TEMPLATE):
    """A button that belongs to one job, page or other subject."""

    def __init__(
        self, action: str, subject: str, label: str = "…", *, style: discord.ButtonStyle | None = None
    ) -> None:
        super().__init__(
            discord.ui.Button(
                label=label,
                style=style
                or (discord.ButtonStyle.danger if action in _DANGEROUS else discord.ButtonStyle.secondary),
                custom_id=custom_id(action, subject),
            ),
        )
        self.action = action
        self.subject = subject

    @classmethod
    async def from_custom_id(
        cls,
        interaction: discord.Interaction[Any],
        item: discord.ui.Item[Any],
        match: re.Match[str],
        /,
    ) -> Self:
        """Rebuild the button from the message that was pressed."""
        return cls(match["action"], match["subject"])

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Hand the press on."""
        await cast("Host", interaction.client).pressed(interaction, self.action, self.subject)


class ActionMenu(discord.ui.DynamicItem[Menu], template=_MENU_TEMPLATE):
    """A menu of choices or of the server's channels; `bot.intake.chosen` tells what was chosen."""

    def __init__(self, action: str, subject: str, menu: Menu) -> None:
        menu.custom_id = custom_id(action, subject, kind=_MENU_KINDS[type(menu)])
        super().__init__(menu)
        self.action = action
        self.subject = subject

    @classmethod
    async def from_custom_id(
        cls,
        interaction: discord.Interaction[Any],
        item: discord.ui.Item[Any],
        match: re.Match[str],
        /,
    ) -> Self:
        """Rebuild the menu from the message in which something was chosen."""
        return cls(match["action"], match["subject"], cast("Menu", item))

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Hand the choice on."""
        await cast("Host", interaction.client).pressed(interaction, self.action, self.subject)


def button(catalogue: Catalogue, locale: str, action: Action, subject: str) -> ActionButton:
    """Return the button with its label in a language."""
    return ActionButton(action, subject, catalogue.say(locale, _LABELS[action]))


def below(*buttons: ActionButton) -> discord.ui.View:
    """Return the buttons as they are sent below a text or an embed."""
    view = discord.ui.View(timeout=None)
    for each in buttons:
        view.add_item(each)
    # Buttons are known by their custom_id; discord.py need not remember this view.
    view.stop()
    return view


def row(
    catalogue: Catalogue, locale: str, actions: Sequence[Action], subject: str
) -> discord.ui.ActionRow[Any]:
    """Return a row of buttons of one subject."""
    return discord.ui.ActionRow(*(button(catalogue, locale, action, subject) for action in actions))


def custom_id(action: str, subject: str, *, kind: _Kind | None = None) -> str:
    """Return the custom_id by which a button, a menu or a form of this subject can be known again.

    The subject is an id or a few of them: letters, digits, `_`, `-`, `.` and `:`, together with the action at
    most some 90 characters.
    """
    return f"{OURS}{kind + ':' if kind else ''}{action}:{subject}"


class Asked(NamedTuple):
    """What a custom_id of ours asks for."""

    action: str
    subject: str


def read_custom_id(text: str) -> Asked | None:
    """Return what a custom_id asks for; None if it is none of ours."""
    found = re.fullmatch(_TEMPLATE, text)
    return Asked(found["action"], found["subject"]) if found else None
