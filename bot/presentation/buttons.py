"""Buttons that outlive every restart: their custom_id holds the job's id and nothing else.

All of them are `DynamicItem`s, because a message that mixes them with ordinary items makes discord.py
forget the whole class. A press is parsed, answered by one service call and shown by one presentation
call; whatever goes wrong leaves through the client's one error exit.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any, Final, Protocol, Self, cast

import discord

from bot.presentation.details import DETAILS_PROMPT_LENGTH, job_details

if TYPE_CHECKING:
    import re

    from bot.jobs import Job
    from bot.presentation.wording import Catalogue
    from bot.service import Service

_JOB_ID: Final = "(?P<job_id>[0-9a-z]{16})"


class Host(Protocol):
    """What a button needs of the client it lives in."""

    service: Service
    catalogue: Catalogue

    async def answer_error(self, interaction: discord.Interaction[Any], error: Exception) -> None:
        """Tell the person privately what went wrong."""
        ...


class InfoButton(discord.ui.DynamicItem[discord.ui.Button[Any]], template=f"easel:info:{_JOB_ID}"):
    """Shows the whole prompt and the facts of a picture, privately, to whoever can see it."""

    def __init__(self, job_id: str, label: str = "Info") -> None:
        super().__init__(
            discord.ui.Button(
                label=label,
                style=discord.ButtonStyle.secondary,
                custom_id=custom_id("info", job_id),
            ),
        )
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
        return cls(match["job_id"])

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Answer the press."""
        host = cast("Host", interaction.client)
        try:
            job = await host.service.visible_job(self.job_id, guild_id=interaction.guild_id)
            await show_details(host.catalogue, interaction, job)
        except Exception as error:  # noqa: BLE001 - the error exit sorts them all
            await host.answer_error(interaction, error)


async def show_details(catalogue: Catalogue, interaction: discord.Interaction[Any], job: Job) -> None:
    """Answer privately with the job's facts; a prompt too long for the message comes as a text file."""
    files = []
    if len(job.prompt) > DETAILS_PROMPT_LENGTH:
        files.append(discord.File(io.BytesIO(job.prompt.encode()), filename=f"prompt-{job.id}.txt"))
    await interaction.response.send_message(
        embed=job_details(catalogue, str(interaction.locale), job),
        files=files,
        ephemeral=True,
    )


def custom_id(action: str, job_id: str) -> str:
    """Return the custom_id by which a message of this job can be known again."""
    return f"easel:{action}:{job_id}"
