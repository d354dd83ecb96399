"""The buttons below a picture, and the forms that they open.

Each is three steps, as a command is: read the press, one call to the service, one call that shows the
result. Errors are not caught here; they leave by the client's one exit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.intake import form_values, moderates, origin
from bot.jobs import Mode
from bot.presentation.actions import Action
from bot.presentation.forms import ALT_TEXT, ASPECT_RATIO, MODE, PROMPT, alt_form, open_form, vary_form
from bot.presentation.private import ask_before_deleting, say_deleted, say_described, show_details
from bot.service import AgainRequest

if TYPE_CHECKING:
    import discord

    from bot.client import Handler
    from bot.engine.describing import Describer
    from bot.engine.editing import Editor
    from bot.engine.removal import Remover
    from bot.jobs import Job
    from bot.presentation.wording import Catalogue
    from bot.service import Service


class Buttons:
    """What each button and each form does; `presses` and `forms` say which method is whose."""

    def __init__(
        self,
        *,
        service: Service,
        editor: Editor,
        remover: Remover,
        describer: Describer,
        catalogue: Catalogue,
    ) -> None:
        self._service = service
        self._editor = editor
        self._remover = remover
        self._describer = describer
        self._catalogue = catalogue
        self.presses: dict[str, Handler] = {
            Action.REROLL: self.reroll,
            Action.VARY: self.vary,
            Action.MAX: self.max,
            Action.INFO: self.info,
            Action.DELETE: self.delete,
            Action.CONFIRM: self.confirm,
            Action.ALT: self.alt,
        }
        self.forms: dict[str, Handler] = {Action.VARY: self.varied, Action.ALT: self.described}

    async def reroll(self, interaction: discord.Interaction[Any], job_id: str) -> None:
        """Make the same once more."""
        await self._editor.again(interaction, AgainRequest(**origin(interaction).origin(), job_id=job_id))

    async def max(self, interaction: discord.Interaction[Any], job_id: str) -> None:
        """Make the same in the mode max."""
        request = AgainRequest(**origin(interaction).origin(), job_id=job_id, mode=Mode.MAX.value)
        await self._editor.again(interaction, request)

    async def vary(self, interaction: discord.Interaction[Any], job_id: str) -> None:
        """Ask what another one should show; where none could be posted, nobody types in vain."""
        await self._service.check_place(origin(interaction))
        job = await self._service.variable_job(
            job_id, guild_id=interaction.guild_id, member_id=interaction.user.id
        )
        await open_form(interaction, vary_form(self._catalogue, str(interaction.locale), job))

    async def varied(self, interaction: discord.Interaction[Any], job_id: str) -> None:
        """Make what the form says."""
        values = form_values(interaction)
        request = AgainRequest(
            **origin(interaction).origin(),
            job_id=job_id,
            prompt=values.get(PROMPT, ""),
            mode=values.get(MODE),
            aspect_ratio=values.get(ASPECT_RATIO),
        )
        await self._editor.again(interaction, request)

    async def info(self, interaction: discord.Interaction[Any], job_id: str) -> None:
        """Tell the facts of the picture, and which ones it was made from."""
        job = await self._visible(interaction, job_id)
        await show_details(self._catalogue, interaction, job, await self._service.lineage(job))

    async def delete(self, interaction: discord.Interaction[Any], job_id: str) -> None:
        """Ask whoever may delete it whether it is meant."""
        job = await self._removable(interaction, job_id)
        await ask_before_deleting(self._catalogue, interaction, job)

    async def confirm(self, interaction: discord.Interaction[Any], job_id: str) -> None:
        """Delete it, if this person still may."""
        job = await self._removable(interaction, job_id)
        await interaction.response.defer()
        no_copy_left = await self._remover.remove(job, by=interaction.user.id)
        await say_deleted(self._catalogue, interaction, no_copy_left=no_copy_left)

    async def alt(self, interaction: discord.Interaction[Any], job_id: str) -> None:
        """Ask its member for other words for those who cannot see it."""
        job = await self._service.own_job(job_id, member_id=interaction.user.id)
        await open_form(interaction, alt_form(self._catalogue, str(interaction.locale), job))

    async def described(self, interaction: discord.Interaction[Any], job_id: str) -> None:
        """Put the words of the form to the picture."""
        job = await self._service.own_job(job_id, member_id=interaction.user.id)
        await interaction.response.defer(ephemeral=True)
        await self._describer.describe(job, form_values(interaction).get(ALT_TEXT, ""))
        await say_described(self._catalogue, interaction)

    async def _visible(self, interaction: discord.Interaction[Any], job_id: str) -> Job:
        return await self._service.visible_job(
            job_id, guild_id=interaction.guild_id, member_id=interaction.user.id
        )

    async def _removable(self, interaction: discord.Interaction[Any], job_id: str) -> Job:
        return await self._service.removable_job(
            job_id,
            guild_id=interaction.guild_id,
            member_id=interaction.user.id,
            moderates=moderates(interaction),
        )
