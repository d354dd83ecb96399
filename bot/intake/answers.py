"""How an interaction can be answered: in time, for how long, with how large a file.

Discord gives three seconds for the first answer and a quarter of an hour for the others. What is said belongs
to `bot.presentation`.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final, TypeVar

import discord

from bot.jobs import AnswerRight

if TYPE_CHECKING:
    from collections.abc import Coroutine
    from datetime import datetime

_Result = TypeVar("_Result")

#: Discord takes an interaction for failed after 3 seconds; this leaves time for the answer's own way.
PROMPTLY: Final = 1.5


async def in_time(
    interaction: discord.Interaction[Any], work: Coroutine[Any, Any, _Result], *, private: bool = False
) -> _Result:
    """Do the work; if it takes longer than `PROMPTLY` seconds, tell Discord meanwhile that an answer comes.

    Quick work needs no such promise, so its answer, or its refusal, can still be public or private; a
    promised answer is `private` if that is said here.
    """
    task = asyncio.create_task(work)
    try:
        done, _ = await asyncio.wait({task}, timeout=PROMPTLY)
        if not done:
            await interaction.response.defer(thinking=True, ephemeral=private)
    except discord.DiscordException:
        # Whatever became of the promise, what was asked for is still written down.
        await asyncio.wait({task})
        raise
    return await task


def answer_right(interaction: discord.Interaction[Any]) -> AnswerRight:
    """Return the right to see and edit the answer to this interaction."""
    return AnswerRight(token=interaction.token, until=answerable_until(interaction))


def answerable_until(interaction: discord.Interaction[Any]) -> datetime:
    """Return until when more may be said in answer to this interaction, with a minute to spare."""
    return interaction.expires_at - timedelta(minutes=1)


def upload_limit(interaction: discord.Interaction[Any]) -> int:
    """Return how large a file may be that answers this interaction, in bytes.

    Discord names a member's own limit here, which can be more than a request with it may really have.
    """
    plain = (
        interaction.guild.filesize_limit if interaction.guild else discord.utils.DEFAULT_FILE_SIZE_LIMIT_BYTES
    )
    return min(interaction.filesize_limit, plain)
