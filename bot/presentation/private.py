"""Answers that only the person who pressed sees: the facts of a picture, and the question before deleting.

Each is one message, built from stored jobs; nothing here decides anything.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import discord

from bot.presentation.actions import Action, button
from bot.presentation.details import DETAILS_PROMPT_LENGTH, job_details

if TYPE_CHECKING:
    from bot.jobs import Job
    from bot.presentation.wording import Catalogue
    from bot.service import Lineage


async def show_details(
    catalogue: Catalogue, interaction: discord.Interaction[Any], job: Job, lineage: Lineage
) -> None:
    """Answer with the job's facts; a prompt too long for the message comes as a text file."""
    files = []
    if len(job.prompt) > DETAILS_PROMPT_LENGTH:
        files.append(discord.File(io.BytesIO(job.prompt.encode()), filename=f"prompt-{job.id}.txt"))
    view = None
    if interaction.user.id == job.member_id and job.message_id is not None:
        view = _one_button(catalogue, str(interaction.locale), Action.ALT, job.id)
    await interaction.response.send_message(
        embed=job_details(catalogue, str(interaction.locale), job, lineage),
        files=files,
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
    view = _one_button(catalogue, locale, Action.CONFIRM, job.id)
    await interaction.response.send_message(
        catalogue.say(
            locale,
            "Delete this picture for everybody? It cannot be brought back, and its credits stay spent.",
        ),
        view=view,
        ephemeral=True,
    )


async def say_deleted(
    catalogue: Catalogue, interaction: discord.Interaction[Any], *, no_copy_left: bool
) -> None:
    """Put the outcome in place of the question."""
    locale = str(interaction.locale)
    sentence = catalogue.say(locale, "The picture is deleted.")
    if not no_copy_left:
        sentence += " " + catalogue.say(
            locale,
            "My own kept copy could not be removed just now; it goes by itself when its time is over.",
        )
    await interaction.edit_original_response(content=sentence, view=None)


def _one_button(catalogue: Catalogue, locale: str, action: Action, job_id: str) -> discord.ui.View:
    view = discord.ui.View(timeout=None)
    view.add_item(button(catalogue, locale, action, job_id))
    # Buttons are known by their custom_id; discord.py need not remember this view.
    view.stop()
    return view
