"""The facts of one job in words, shared by the card, the picture and the private details.

Nothing here sends or decides anything; sentences come from `bot.presentation.wording`.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Final

import discord

from bot.jobs import NOBODY, JobState, Rung
from bot.presentation.text import SHOWN_PROMPT_LENGTH, relative, shown

if TYPE_CHECKING:
    from bot.jobs import Job
    from bot.presentation.wording import Catalogue
    from bot.service import Lineage

WORKING: Final = discord.Colour(0x5865F2)
DONE: Final = discord.Colour(0x2D9A5F)
WRONG: Final = discord.Colour(0xC2453D)
#: An embed's description holds 4,096 characters, and escaping can double a prompt.
DETAILS_PROMPT_LENGTH: Final = 1900


def options_line(catalogue: Catalogue, job: Job, *, count: int) -> str:
    """Return the chosen options in one line."""
    parts = [job.mode.value, job.aspect_ratio.value, job.output_format.value]
    if count > 1:
        parts.append(catalogue.say_count(job.locale, "{count} picture", "{count} pictures", count=count))
    return " · ".join(parts)


def prompt_file(job: Job, *, beyond: int) -> list[discord.File]:
    """Return the whole prompt as a text file where it is longer than what is shown of it; else none."""
    if len(job.prompt) <= beyond:
        return []
    return [discord.File(io.BytesIO(job.prompt.encode()), filename=f"prompt-{job.id}.txt")]


def copy_left(catalogue: Catalogue, locale: str) -> str:
    """Return what is said of a deleted picture whose kept copy could not be removed."""
    return catalogue.say(
        locale,
        "My own kept copy could not be removed just now; it goes by itself when its time is over.",
    )


def message_link(job: Job) -> str:
    """Return the address of the message that holds the job's picture."""
    server = None if job.rung is Rung.DIRECT else job.guild_id
    return address_of(server, job.message_channel_id, job.message_id)


def address_of(guild_id: int | None, channel_id: int | None, message_id: int | None) -> str:
    """Return the address of a message; outside servers there is no guild."""
    return f"https://discord.com/channels/{guild_id or '@me'}/{channel_id}/{message_id}"


def job_details(
    catalogue: Catalogue,
    locale: str,
    job: Job,
    lineage: Lineage,
    *,
    longest: int = DETAILS_PROMPT_LENGTH,
    sources: str | None = None,
) -> discord.Embed:
    """Return everything about one job that whoever sees the picture may know, for a private answer.

    Of the prompt at most `longest` characters are shown; `sources` can say more of what it started from.
    """
    words = shown(job.prompt, longest)
    if job.erased_at is not None:
        words = catalogue.say(locale, "The words of this picture were erased.")
    embed = discord.Embed(
        description=words,
        colour=DONE if job.state is JobState.DELIVERED else WORKING,
    )
    fields = [
        (catalogue.say(locale, "Options"), options_line(catalogue, job, count=1)),
        (catalogue.say(locale, "Made for"), mention_of(catalogue, locale, job.member_id)),
        (catalogue.say(locale, "Asked"), relative(job.created_at)),
        (catalogue.say(locale, "Credits"), str(job.credits)),
    ]
    if job.cost_ms:
        seconds = round(job.cost_ms / 1000)
        took = catalogue.say_count(locale, "{count} second", "{count} seconds", count=seconds)
        fields.append((catalogue.say(locale, "Drawn in"), took))
    if job.batch_size > 1:
        embed.title = catalogue.say(
            locale,
            "Picture {number} of {count}",
            number=job.batch_index + 1,
            count=job.batch_size,
        )
    for name, value in fields:
        embed.add_field(name=name, value=value)
    started_from = _sources(catalogue, locale, job) if sources is None else sources
    if started_from:
        embed.add_field(name=catalogue.say(locale, "Started from"), value=started_from, inline=False)
    if lineage.ancestors:
        embed.add_field(
            name=catalogue.say(locale, "Made from"), value=_chain(catalogue, locale, lineage), inline=False
        )
    embed.set_footer(text=catalogue.say(locale, "Job {job_id}", job_id=job.id))
    return embed


def _sources(catalogue: Catalogue, locale: str, job: Job) -> str:
    """Return whose pictures it started from and on which messages they were, each message once."""
    lines = []
    for reference in job.references:
        whose = reference.owner_id or reference.author_id
        if reference.origin_message_id is None or whose is None:
            continue
        link = address_of(job.guild_id, reference.origin_channel_id, reference.origin_message_id)
        lines.append(catalogue.say(locale, "[picture]({link}) of {member}", link=link, member=f"<@{whose}>"))
    return "\n".join(dict.fromkeys(lines))


def _chain(catalogue: Catalogue, locale: str, lineage: Lineage) -> str:
    """Return the pictures that it came from, the nearest first, each as a link to its message."""
    lines = []
    for number, job in enumerate(lineage.ancestors, start=1):
        if job.erased_at is not None and job.message_id is None:
            when = relative(job.created_at)
            lines.append(catalogue.say(locale, "{number}. erased picture, {when}", number=number, when=when))
            continue
        picture = (
            catalogue.say(locale, "[picture]({link})", link=message_link(job))
            if job.message_id is not None
            else catalogue.say(locale, "deleted picture")
        )
        lines.append(
            catalogue.say(
                locale,
                "{number}. {picture} by {member}, {when}",
                number=number,
                picture=picture,
                member=mention_of(catalogue, locale, job.member_id),
                when=relative(job.created_at),
            )
        )
    if lineage.more:
        lines.append(catalogue.say(locale, "… and earlier ones"))
    return "\n".join(lines)


def words_of(catalogue: Catalogue, locale: str, job: Job, length: int = SHOWN_PROMPT_LENGTH) -> str:
    """Return the prompt as it may stand in a message, or that there is none any more."""
    return wordless(catalogue, locale) if job.erased_at else shown(job.prompt, length)


def wordless(catalogue: Catalogue, locale: str) -> str:
    """Return what stands in the place of words that were erased."""
    return catalogue.say(locale, "(its words are erased)")


def mention_of(catalogue: Catalogue, locale: str, member_id: int | None) -> str:
    """Return the mention of somebody; nobody knows any more who that was where all is erased."""
    return catalogue.say(locale, "somebody") if member_id in {None, NOBODY} else f"<@{member_id}>"
