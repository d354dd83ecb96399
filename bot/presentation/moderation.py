"""What moderators read: the lines that tell acts, the list of them, who made a picture, what was done.

A line reads the same in the log channel and in the list, and ends with the act's number.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

import discord
from discord import app_commands

from bot.acts import REASON_LENGTH, ActKind, BlockDetail
from bot.errors import N_
from bot.jobs import JobState, ReferenceSource
from bot.presentation.actions import ActionButton, below
from bot.presentation.details import (
    WORKING,
    address_of,
    copy_left,
    job_details,
    mention_of,
    message_link,
    prompt_file,
)
from bot.presentation.text import at, plain, shown
from bot.service.moderation import FOR_GOOD

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.acts import Act, ActPage, Block, RecordedAct
    from bot.jobs import Job, Reference
    from bot.presentation.wording import Catalogue
    from bot.service.moderation import Origins

#: Escaping can double a text, and a page of lines has to fit into an embed.
_LISTED_LENGTH: Final = 70
_DETAIL_LENGTH: Final = 200
#: The parts of an embed have 6,000 characters together, and escaping can double a prompt.
_PROMPT_LENGTH: Final = 900
_MESSAGE_LENGTH: Final = 2000
_FIELD_LENGTH: Final = 1024
_MESSAGE_ADDRESS: Final = "https://discord.com/channels/"


class ModAction(StrEnum):
    """What a button of a moderator's asks for."""

    LOG = "modlog"  # another page of the acts; the subject is `before.` or `after.` a number


_LINES: Final[dict[ActKind, str]] = {
    ActKind.SETTINGS: N_("{actor} changed the settings: {detail}."),
    ActKind.REMOVE: N_("{actor} removed a picture of {member}"),
    ActKind.BLOCK: N_("{actor} blocked {member}"),
    ActKind.UNBLOCK: N_("{actor} lifted the block of {member}."),
    ActKind.CANCEL: N_("{actor} called off a job of {member}"),
    ActKind.QUOTA: N_("{actor} changed what {member} may spend: {detail}."),
}
_QUOTA_OF_ALL: Final = N_("{actor} changed what may be spent: {detail}.")
_STATES: Final[dict[JobState, str]] = {
    JobState.QUEUED: N_("waits for its turn"),
    JobState.SUBMITTING: N_("is being sent"),
    JobState.UNCONFIRMED: N_("perhaps sent"),
    JobState.RUNNING: N_("is being drawn"),
    JobState.READY: N_("drawn, not posted yet"),
    JobState.HELD: N_("waits for a moderator"),
    JobState.DELIVERING: N_("is being posted"),
    JobState.DELIVERED: N_("posted"),
    JobState.FAILED: N_("failed"),
    JobState.CANCELLED: N_("called off"),
    JobState.REJECTED: N_("rejected"),
    JobState.UNDELIVERABLE: N_("finished, but no place took it"),
}


def act_mark(act: RecordedAct) -> str:
    """Return what stands at the end of an act's line and of no other."""
    return f"-# #{act.id}"


def act_line(catalogue: Catalogue, locale: str, act: RecordedAct, *, longest: int = REASON_LENGTH) -> str:
    """Return the message that tells an act: who, what, whom, why, and its number.

    Of what was typed at most `longest` characters are shown.
    """
    line = _what(catalogue, locale, act, min(longest, _DETAIL_LENGTH))
    if act.reason:
        line += " " + catalogue.say(locale, "Reason: {reason}", reason=shown(act.reason, longest))
    mark = act_mark(act)
    return f"{line[: _MESSAGE_LENGTH - len(mark) - 1]}\n{mark}"


def _what(catalogue: Catalogue, locale: str, act: Act, longest: int) -> str:
    sentence = _LINES[act.kind]
    if act.kind is ActKind.QUOTA and act.member_id is None:
        sentence = _QUOTA_OF_ALL
    line = catalogue.say(
        locale,
        sentence,
        actor=f"<@{act.actor_id}>",
        member=mention_of(catalogue, locale, act.member_id),
        # Easel itself wrote it, with mentions of channels and roles that are to be read as such.
        detail=_whole_words(act.detail, longest),
    )
    if act.kind is ActKind.BLOCK:
        line += " " + _block_words(catalogue, locale, act.detail, longest)
    if act.kind in {ActKind.REMOVE, ActKind.CANCEL}:
        line += _which(catalogue, locale, act)
    return line


def _whole_words(text: str, longest: int) -> str:
    """Return as many words as fit, so that no mention is cut in two."""
    if len(text) <= longest:
        return plain(text, longest)
    return plain(text[:longest].rpartition(" ")[0], longest) + " …"


def _which(catalogue: Catalogue, locale: str, act: Act) -> str:
    """Name the job, and the place where its picture was."""
    parts = [catalogue.say(locale, "job {job_id}", job_id=act.job_id)] if act.job_id else []
    if act.detail.startswith(_MESSAGE_ADDRESS) and " " not in act.detail:
        parts.append(catalogue.say(locale, "[where it was]({link})", link=act.detail))
    return f" ({', '.join(parts)})." if parts else "."


def _block_words(catalogue: Catalogue, locale: str, text: str, longest: int) -> str:
    detail = BlockDetail.read(text)
    if detail is None:
        return shown(text, longest)
    words = _until(catalogue, locale, detail) + "."
    if detail.cancelled:
        words += " " + _cancelled(catalogue, locale, detail.cancelled)
    return words


def _until(catalogue: Catalogue, locale: str, block: Block | BlockDetail) -> str:
    if block.until is None:
        return catalogue.say(locale, "for good")
    return catalogue.say(locale, "until {until}", until=at(block.until))


def _cancelled(catalogue: Catalogue, locale: str, count: int) -> str:
    return catalogue.say_count(
        locale,
        "{count} waiting picture was called off and refunded.",
        "{count} waiting pictures were called off and refunded.",
        count=count,
    )


def time_choices(catalogue: Catalogue, locale: str, times: Sequence[str]) -> list[app_commands.Choice[str]]:
    """Return what Discord's app offers while somebody types for how long to block."""
    return [
        app_commands.Choice(name=_time_name(catalogue, locale, time)[:100], value=time[:100])
        for time in times
    ]


def _time_name(catalogue: Catalogue, locale: str, time: str) -> str:
    count, unit = time[:-1], time[-1:]
    if time == FOR_GOOD:
        return catalogue.say(locale, "for good")
    if count.isdecimal() and unit == "h":
        return catalogue.say_count(locale, "{count} hour", "{count} hours", count=int(count))
    if count.isdecimal() and unit == "d":
        return catalogue.say_count(locale, "{count} day", "{count} days", count=int(count))
    return time


async def show_acts(catalogue: Catalogue, interaction: discord.Interaction[Any], page: ActPage) -> None:
    """Answer with a page of acts; at the press of a button in place of the page before."""
    locale = str(interaction.locale)
    lines = [f"{at(act.at)} {act_line(catalogue, locale, act, longest=_LISTED_LENGTH)}" for act in page.acts]
    embed = discord.Embed(
        title=catalogue.say(locale, "What moderators and admins did"),
        description="\n".join(lines) or catalogue.say(locale, "Nothing yet."),
        colour=WORKING,
    )
    buttons = []
    if page.has_newer:
        subject = f"after.{page.acts[0].id}"
        buttons.append(ActionButton(ModAction.LOG, subject, catalogue.say(locale, "Newer")))
    if page.has_older:
        subject = f"before.{page.acts[-1].id}"
        buttons.append(ActionButton(ModAction.LOG, subject, catalogue.say(locale, "Older")))
    view = below(*buttons)
    if interaction.type is discord.InteractionType.component:
        await interaction.response.edit_message(embed=embed, view=view)
    else:
        await interaction.response.send_message(embed=embed, view=view, ephemeral=True)


async def show_origins(catalogue: Catalogue, interaction: discord.Interaction[Any], origins: Origins) -> None:
    """Answer with everything that is known of a job; a prompt too long for the message comes as a file."""
    locale, job = str(interaction.locale), origins.job
    sources = _fitting([_reference(catalogue, locale, job, each) for each in job.references])
    embed = job_details(catalogue, locale, job, origins.lineage, longest=_PROMPT_LENGTH, sources=sources)
    embed.insert_field_at(
        0, name=catalogue.say(locale, "State"), value=_state(catalogue, locale, job), inline=False
    )
    if len(origins.batch) > 1:
        lines = [f"`{each.id}` {_state(catalogue, locale, each)}" for each in origins.batch]
        name = catalogue.say(locale, "All pictures of this command")
        embed.add_field(name=name, value=_fitting(lines), inline=False)
    embed.add_field(name=catalogue.say(locale, "When"), value=_times(catalogue, locale, job), inline=False)
    if origins.block is not None:
        words = _until(catalogue, locale, origins.block)
        reason = shown(origins.block.reason, _DETAIL_LENGTH)
        embed.add_field(name=catalogue.say(locale, "Blocked"), value=f"{words}. {reason}", inline=False)
    await interaction.edit_original_response(embed=embed, attachments=prompt_file(job, beyond=_PROMPT_LENGTH))


def _state(catalogue: Catalogue, locale: str, job: Job) -> str:
    if job.is_moderated:
        return catalogue.say(locale, "removed by {moderator}", moderator=f"<@{job.removed_by}>")
    if job.is_removed and job.removed_at is None and job.archive_key is not None:
        return catalogue.say(locale, "its message is gone, but its member can post it again")
    if job.is_removed:
        return catalogue.say(locale, "deleted")
    words = catalogue.say(locale, _STATES[job.state])
    if job.message_id is None:
        return words
    return f"{words}: {catalogue.say(locale, '[message]({link})', link=message_link(job))}"


def _reference(catalogue: Catalogue, locale: str, job: Job, reference: Reference) -> str:
    """Say how a reference picture was found and whose it is."""
    author = mention_of(catalogue, locale, reference.author_id)
    if reference.source is ReferenceSource.GIVEN or reference.origin_message_id is None:
        return catalogue.say(locale, "a file that {author} gave", author=author)
    link = address_of(job.guild_id, reference.origin_channel_id, reference.origin_message_id)
    return catalogue.say(locale, "a picture in [this message]({link}) of {author}", link=link, author=author)


def _times(catalogue: Catalogue, locale: str, job: Job) -> str:
    moments = [
        (N_("asked {when}"), job.created_at),
        (N_("sent {when}"), job.submitted_at),
        (N_("drawn {when}"), job.completed_at),
        (N_("ended {when}"), job.finished_at),
    ]
    return "\n".join(catalogue.say(locale, words, when=at(when)) for words, when in moments if when)


def _fitting(lines: Sequence[str]) -> str:
    """Return as many lines as a field holds."""
    text = ""
    for line in lines:
        if len(text) + len(line) + 3 > _FIELD_LENGTH:
            return f"{text}\n…"
        text = f"{text}\n{line}" if text else line
    return text


async def say_removed(
    catalogue: Catalogue, interaction: discord.Interaction[Any], *, no_copy_left: bool
) -> None:
    """Tell the moderator that the picture is gone."""
    locale = str(interaction.locale)
    sentence = catalogue.say(locale, "The picture is removed; its card says so.")
    if not no_copy_left:
        sentence += " " + copy_left(catalogue, locale)
    await interaction.edit_original_response(content=sentence)


async def say_blocked(
    catalogue: Catalogue, interaction: discord.Interaction[Any], block: Block, *, cancelled: int
) -> None:
    """Tell the moderator until when a member is blocked, and what that called off."""
    locale = str(interaction.locale)
    sentence = catalogue.say(
        locale,
        "{member} is blocked {until}.",
        member=f"<@{block.member_id}>",
        until=_until(catalogue, locale, block),
    )
    if cancelled:
        sentence += " " + _cancelled(catalogue, locale, cancelled)
    sentence += " " + catalogue.say(locale, "What is being drawn already still comes.")
    await interaction.edit_original_response(content=sentence)


async def say_unblocked(catalogue: Catalogue, interaction: discord.Interaction[Any], block: Block) -> None:
    """Tell the moderator that a member may ask for pictures again."""
    sentence = catalogue.say(
        str(interaction.locale), "{member} may ask for pictures again.", member=f"<@{block.member_id}>"
    )
    await interaction.edit_original_response(content=sentence)
