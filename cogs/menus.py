"""The menus of a message, and the forms for an edit that they and a picture's button open.

Each is three steps, as a command is. A form is taken in whenever it comes back: what it is about stands in
its custom_id, or in the database under the id that stands there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import discord
from discord import app_commands

from bot.intake import form_choices, form_files, form_values, origin
from bot.jobs import Mode, OutputFormat
from bot.presentation.actions import Action, custom_id
from bot.presentation.forms import ASPECT_RATIO, FILES, MODE, NEAREST, PICTURES, PROMPT, edit_form, open_form
from bot.service import EditRequest

if TYPE_CHECKING:
    from bot.client import Handler
    from bot.engine.editing import Editor
    from bot.presentation.wording import Catalogue


class EditMenus:
    """What can be done with the pictures of any message; `limit` is the most for one edit."""

    def __init__(self, *, editor: Editor, catalogue: Catalogue, limit: int) -> None:
        self._editor = editor
        self._catalogue = catalogue
        self._limit = limit
        self.commands = (
            app_commands.ContextMenu(name="Edit picture", callback=self.edit),
            app_commands.ContextMenu(name="Use as reference", callback=self.combine),
        )
        self.presses: dict[str, Handler] = {Action.EDIT: self.press}
        self.forms: dict[str, Handler] = {Action.DRAFT: self.filled, Action.EDIT: self.picture_filled}

    async def edit(self, interaction: discord.Interaction[Any], message: discord.Message) -> None:
        """Ask what should be different in the pictures of this message."""
        await self._ask(interaction, message, more=0)

    async def combine(self, interaction: discord.Interaction[Any], message: discord.Message) -> None:
        """Ask what should become of the pictures of this message and of others."""
        await self._ask(interaction, message, more=self._limit - 1)

    async def press(self, interaction: discord.Interaction[Any], job_id: str) -> None:
        """Ask what should be different in the picture above this button."""
        job = await self._editor.editable(interaction, job_id)
        asked = custom_id(Action.EDIT, job_id)
        await open_form(
            interaction, edit_form(self._catalogue, str(interaction.locale), asked, mode=job.mode)
        )

    async def filled(self, interaction: discord.Interaction[Any], draft_id: str) -> None:
        """Make what the form of a message's menu says."""
        await self._editor.edit_draft(
            interaction,
            _request(interaction),
            draft_id,
            picked=form_choices(interaction, PICTURES),
            files=form_files(interaction, FILES),
        )

    async def picture_filled(self, interaction: discord.Interaction[Any], job_id: str) -> None:
        """Make what the form of a picture's button says."""
        await self._editor.edit_job(interaction, _request(interaction), job_id)

    async def _ask(
        self, interaction: discord.Interaction[Any], message: discord.Message, *, more: int
    ) -> None:
        draft = await self._editor.begin(interaction, message)
        form = edit_form(
            self._catalogue,
            str(interaction.locale),
            custom_id(Action.DRAFT, draft.id),
            pictures=[picture.filename for picture in draft.pictures],
            picked=self._limit,
            more=more,
        )
        await open_form(interaction, form)


def _request(interaction: discord.Interaction[Any]) -> EditRequest:
    values = form_values(interaction)
    shape = values.get(ASPECT_RATIO, NEAREST)
    return EditRequest(
        **origin(interaction).origin(),
        prompt=values.get(PROMPT, ""),
        mode=values.get(MODE) or Mode.PRO.value,
        aspect_ratio="" if shape == NEAREST else shape,
        output_format=OutputFormat.JPEG.value,
        count=1,
    )
