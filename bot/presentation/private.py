"""Answers that only the person who pressed sees: the facts of a picture, and the question before deleting.

Each is one message; nothing here decides anything.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import discord

from bot.presentation.actions import Action, below, button
from bot.presentation.details import DETAILS_PROMPT_LENGTH, copy_left, job_details, prompt_file

if TYPE_CHECKING:
    from bot.jobs import Job
    from bot.presentation.wording import Catalogue
    from bot.service import Lineage


async def answer_privately(interaction: discord.Interaction[Any], **parts: Any) -> None:
    """Answer so that nobody else sees it, or fill the private answer that was promised meanwhile."""
    if interaction.response.is_done():
        await interaction.edit_original_response(**parts)
    else:
        await interaction.response.send_message(**parts, ephemeral=True)


async def show_details(
    catalogue: Catalogue, interaction: discord.Interaction[Any], job: Job, lineage: Lineage
) -> None:
    """Answer with the job's facts; a prompt too long for the message comes as a text file."""
    view = None
    if interaction.user.id == job.member_id and job.message_id is not None:
        view = below(button(catalogue, str(interaction.locale), Action.ALT, job.id))
    await interaction.response.send_message(
        embed=job_details(catalogue, str(interaction.locale), job, lineage),
        files=prompt_file(job, beyond=DETAILS_PROMPT_LENGTH),
        view=view or discord.utils.MISSING,
        ephemeral=True,
    )


async def say_undone(catalogue: Catalogue, interaction: discord.Interaction[Any]) -> None:
    """Say that nothing was sent, and how to name the right picture."""
    await interaction.followup.send(
        catalogue.say(
            str(interaction.locale),
            "Nothing was sent, and it cost nothing. Attach the right picture to `/edit`, name its message "
            "with the option “message”, or choose “Apps”, “Edit picture” in that message's menu.",
        ),
        ephemeral=True,
    )


async def say_described(catalogue: Catalogue, interaction: discord.Interaction[Any]) -> None:
    """Say that the words are there."""
    await interaction.followup.send(
        catalogue.say(str(interaction.locale), "The picture has its new alt text."), ephemeral=True
    )


async def ask_before_deleting(catalogue: Catalogue, interaction: discord.Interaction[Any], job: Job) -> None:
    """Ask whether the picture is really to go, with the button that deletes it."""
    locale = str(interaction.locale)
    await interaction.response.send_message(
        catalogue.say(
            locale,
            "Delete this picture for everybody? It cannot be brought back, and its credits stay spent.",
        ),
        view=below(button(catalogue, locale, Action.CONFIRM, job.id)),
        ephemeral=True,
    )


async def say_deleted(
    catalogue: Catalogue, interaction: discord.Interaction[Any], *, no_copy_left: bool
) -> None:
    """Put the outcome in place of the question."""
    locale = str(interaction.locale)
    sentence = catalogue.say(locale, "The picture is deleted.")
    if not no_copy_left:
        sentence += " " + copy_left(catalogue, locale)
    await interaction.edit_original_response(content=sentence, view=None)
