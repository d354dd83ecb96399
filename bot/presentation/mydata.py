"""What a member reads about their own data, and how an export reaches them: always privately.

Each answer is one message, but for an export, whose parts are messages of their own. Nothing here decides
what is kept or goes.
"""

from __future__ import annotations

import asyncio
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

import aiohttp
import discord

from bot.errors import N_, ExportBrokenError
from bot.presentation.actions import ActionButton, below
from bot.presentation.private import answer_privately
from bot.presentation.quotas import rule_limits
from bot.presentation.text import relative, shown

if TYPE_CHECKING:
    from bot.exports import Part
    from bot.mydata import Erasure, KeptBlock, KeptData, KeptQuota
    from bot.presentation.wording import Catalogue
    from bot.service.mydata import Export

#: How many of several rules are written out; the export has them all.
_SHOWN_AT_MOST: Final = 5
#: An embed's description has 4,096 characters, and escaping can double these.
_REASON_LENGTH: Final = 100
_SERVER_LENGTH: Final = 50


class MyDataAction(StrEnum):
    """What the buttons of this family ask for."""

    ERASE = "mydata_erase"  # it is meant: erases


async def show_kept(catalogue: Catalogue, interaction: discord.Interaction[Any], kept: KeptData) -> None:
    """Answer with what is kept of the member, in plain words."""
    embed = kept_embed(catalogue, str(interaction.locale), kept, names=_server_names(interaction, kept))
    await answer_privately(interaction, embed=embed)


def kept_embed(catalogue: Catalogue, locale: str, kept: KeptData, *, names: dict[int, str]) -> discord.Embed:
    """Return what is kept of the member; `names` are those of the servers, as far as they are known."""
    lines = [*_about_jobs(catalogue, locale, kept), *_about_rules(catalogue, locale, kept, names)]
    lines += _about_erasure(catalogue, locale, kept.erasure)
    lines += [
        "",
        catalogue.say(
            locale, "`/mydata export` gives you all of it as files, `/mydata erase` takes it away."
        ),
    ]
    return discord.Embed(title=catalogue.say(locale, "What I keep about you"), description="\n".join(lines))


def _about_jobs(catalogue: Catalogue, locale: str, kept: KeptData) -> list[str]:
    counts = kept.counts
    if kept.since is None and not counts.jobs:
        return [catalogue.say(locale, "Nothing: you have not asked me for a picture yet.")]
    since = relative(kept.since) if kept.since else catalogue.say(locale, "an unknown day")
    return [
        catalogue.say(
            locale, "I have known you since {when}. Of the pictures that you asked for:", when=since
        ),
        *(
            f"- {catalogue.say(locale, sentence, count=f'**{number}**')}"
            for sentence, number in (
                (N_("{count} with words, options, times and costs"), counts.jobs - counts.wordless),
                (N_("{count} without words: those are erased"), counts.wordless),
                (N_("{count} under way"), counts.unfinished),
                (N_("{count} posted in Discord"), counts.posted),
                (N_("{count} kept in my archive"), counts.kept_pictures),
                (N_("{count} made from other pictures (references)"), counts.with_references),
            )
            if number or sentence.startswith("{count} with words")
        ),
        *_beside_pictures(catalogue, locale, kept),
    ]


def _beside_pictures(catalogue: Catalogue, locale: str, kept: KeptData) -> list[str]:
    lines = []
    if kept.studios:
        lines.append(
            catalogue.say_count(
                locale,
                "I remember {count} thread as your studio.",
                "I remember {count} threads as your studios.",
                count=len(kept.studios),
            )
        )
    if kept.open_forms:
        lines.append(
            catalogue.say_count(
                locale,
                "{count} form is open for you.",
                "{count} forms are open for you.",
                count=kept.open_forms,
            )
        )
    return lines


def _about_rules(catalogue: Catalogue, locale: str, kept: KeptData, names: dict[int, str]) -> list[str]:
    """Return what the member has decided, and what servers have decided about them."""
    willing = catalogue.say(locale, "Others may edit your pictures (`/mydata edits`).")
    unwilling = catalogue.say(locale, "Others may not edit your pictures (`/mydata edits`).")
    lines = ["", willing if kept.edits_allowed else unwilling]
    lines += [_block(catalogue, locale, block, names) for block in kept.blocks[:_SHOWN_AT_MOST]]
    lines += [_quota(catalogue, locale, quota, names) for quota in kept.quotas[:_SHOWN_AT_MOST]]
    if kept.grants:
        given = sum(grant.credits for grant in kept.grants)
        lines.append(
            catalogue.say_count(
                locale,
                "Moderators gave you {count} credit on top.",
                "Moderators gave you {count} credits on top.",
                count=given,
            )
        )
    if kept.acts:
        lines.append(
            catalogue.say_count(
                locale,
                "{count} act of moderators concerns you or your pictures; it stays on record.",
                "{count} acts of moderators concern you or your pictures; they stay on record.",
                count=len(kept.acts),
            )
        )
    return lines


def _block(catalogue: Catalogue, locale: str, block: KeptBlock, names: dict[int, str]) -> str:
    server = shown(names.get(block.guild_id, str(block.guild_id)), _SERVER_LENGTH)
    reason = shown(block.reason, _REASON_LENGTH) if block.reason else "—"
    if block.until is None:
        return catalogue.say(locale, "Blocked in {server} for good: {reason}", server=server, reason=reason)
    until = relative(block.until)
    return catalogue.say(
        locale, "Blocked in {server} until {until}: {reason}", server=server, until=until, reason=reason
    )


def _quota(catalogue: Catalogue, locale: str, quota: KeptQuota, names: dict[int, str]) -> str:
    return catalogue.say(
        locale,
        "Limits of your own in {server}: {limits}",
        server=shown(names.get(quota.guild_id, str(quota.guild_id)), _SERVER_LENGTH),
        limits=rule_limits(catalogue, locale, quota),
    )


def _about_erasure(catalogue: Catalogue, locale: str, erasure: Erasure | None) -> list[str]:
    if erasure is None:
        return []
    asked = relative(erasure.asked_at)
    if erasure.done_at is None:
        return [
            "",
            catalogue.say(locale, "You asked me {when} to erase all this. I am still at it.", when=asked),
        ]
    return [
        "",
        catalogue.say(locale, "What was there when you asked me ({when}) is erased.", when=asked),
        *_about_left(catalogue, locale, erasure),
    ]


def _about_left(catalogue: Catalogue, locale: str, erasure: Erasure) -> list[str]:
    if not erasure.left_behind:
        return []
    return [
        catalogue.say_count(
            locale,
            "Discord did not let me delete {count} message; a moderator can, by hand.",
            "Discord did not let me delete {count} messages; a moderator can, by hand.",
            count=erasure.left_behind,
        )
    ]


def _server_names(interaction: discord.Interaction[Any], kept: KeptData) -> dict[int, str]:
    ids = {block.guild_id for block in kept.blocks} | {quota.guild_id for quota in kept.quotas}
    guilds = [interaction.client.get_guild(guild_id) for guild_id in ids]
    return {guild.id: guild.name for guild in guilds if guild is not None}


async def say_edits(catalogue: Catalogue, interaction: discord.Interaction[Any], allowed: bool) -> None:
    """Answer who may edit the member's pictures from now on."""
    locale = str(interaction.locale)
    sentence = (
        catalogue.say(locale, "Others may edit your pictures.")
        if allowed
        else catalogue.say(
            locale, "From now on nobody but you may edit your pictures. Edits that were made already stay."
        )
    )
    await interaction.edit_original_response(content=sentence)


async def ask_before_erasing(catalogue: Catalogue, interaction: discord.Interaction[Any]) -> None:
    """Ask whether everything is really to go, with the button that does it."""
    locale = str(interaction.locale)
    label = catalogue.say(locale, "Erase everything")
    erase = ActionButton(
        MyDataAction.ERASE, str(interaction.user.id), label, style=discord.ButtonStyle.danger
    )
    question = catalogue.say(
        locale,
        "Erase everything that you asked me for? What waits is called off and refunded, your pictures and "
        "their cards are deleted in Discord and in my archive, and your words, names and references go. It "
        "cannot be brought back. Numbers without names stay, and so do your limits, your blocks and what "
        "moderators did; what you spent today stays spent. Edits that others made of your pictures stay "
        "theirs.\n\nTo have a copy first, use `/mydata export`.",
    )
    await interaction.response.send_message(question, view=below(erase), ephemeral=True)


async def say_erasing(catalogue: Catalogue, interaction: discord.Interaction[Any]) -> None:
    """Put in place of the question that the wish is taken."""
    sentence = catalogue.say(
        str(interaction.locale),
        "I am erasing it. What is being made at this moment goes when it is finished. You need not wait: "
        "`/mydata show` tells how far I am.",
    )
    await interaction.edit_original_response(content=sentence, view=None)


async def say_erased(
    catalogue: Catalogue, interaction: discord.Interaction[Any], erasure: Erasure | None
) -> None:
    """Say that all is gone; None says nothing more, for it takes longer than an answer lives."""
    if erasure is None or erasure.done_at is None:
        return
    locale = str(interaction.locale)
    lines = [catalogue.say(locale, "Everything is erased."), *_about_left(catalogue, locale, erasure)]
    await interaction.edit_original_response(content="\n".join(lines))


async def send_export(catalogue: Catalogue, interaction: discord.Interaction[Any], export: Export) -> None:
    """Send the parts of an export one by one, and say at the end whether that was all.

    Raises `ExportBrokenError`, which says where to go on, if a part cannot be sent.
    """
    await interaction.response.defer(ephemeral=True, thinking=True)
    rest = export.start
    missing, sent = 0, 0
    is_whole = False
    async for part in export.parts:
        try:
            async with asyncio.timeout(export.seconds_left()):
                await _send_part(catalogue, interaction, part)
        except (discord.DiscordException, aiohttp.ClientError, OSError) as error:
            raise ExportBrokenError(str(error), part=str(rest)) from error
        sent += 1
        missing += part.missing
        is_whole = part.rest is None
        rest = part.rest or rest
    locale = str(interaction.locale)
    lines = [catalogue.say_count(locale, "{count} file.", "{count} files.", count=sent)]
    if missing:
        lines.append(
            catalogue.say_count(
                locale,
                "{count} picture is missing; missing.json says why.",
                "{count} pictures are missing; missing.json says why.",
                count=missing,
            )
        )
    lines.append(
        catalogue.say(locale, "That is all I keep about you.")
        if is_whole
        else catalogue.say(
            locale,
            "There is more than I can send in one go. For the rest, use `/mydata export part:{part}`.",
            part=rest,
        )
    )
    await interaction.followup.send(" ".join(lines), ephemeral=True)


async def _send_part(catalogue: Catalogue, interaction: discord.Interaction[Any], part: Part) -> None:
    locale = str(interaction.locale)
    sentence = catalogue.say(
        locale, "Your data. Entries: {jobs}, pictures: {pictures}.", jobs=part.jobs, pictures=part.pictures
    )
    file = discord.File(part.file, filename=part.filename)  # type: ignore[arg-type]
    await interaction.followup.send(sentence, file=file, ephemeral=True)
