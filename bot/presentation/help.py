"""What `/help` answers: what can be done here by whoever asks, and with which commands.

The commands come from the command tree with their own descriptions, so a new one appears by itself; those
that need a permission are shown to whoever has it.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import discord
from discord import app_commands

from bot.errors import N_
from bot.presentation.details import DONE, WORKING, WRONG
from bot.presentation.failures import channel_list, permission_names
from bot.presentation.text import relative, shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from bot.acts import Block
    from bot.presentation.wording import Catalogue
    from bot.service.guidance import Situation

Command: TypeAlias = "app_commands.Command[Any, ..., Any] | app_commands.ContextMenu | app_commands.Group"

#: All embeds of a message may have 6,000 characters together; each part has its share.
_MEMBERS_SHARE: Final = 2400
_STAFF_SHARE: Final = 1300
_MAKES_PICTURES: Final = N_("Pictures can be made in this channel.")
_NOT_HERE: Final = N_("Pictures can't be made in this channel. Here they can: {places}.")
_DIRECT: Final = N_(
    "Pictures are made in servers. Here you can look through yours from all servers, and see and erase what "
    "I keep about you, also of servers that you have left."
)
_BLOCKED: Final = N_("You can't make pictures in this server until {until}. The reason: {reason}")
_BLOCKED_FOR_GOOD: Final = N_("You can't make pictures in this server. The reason: {reason}")
_REASON_LENGTH: Final = 150
_MISSING: Final = N_(
    "I can't post pictures here: I am missing {permissions}. A moderator can allow it for me."
)


async def show_help(
    catalogue: Catalogue,
    interaction: discord.Interaction[Any],
    situation: Situation,
    commands: Iterable[Command],
    *,
    id_of: Callable[[int | None, str], int | None],
) -> None:
    """Answer privately with what this person can do here.

    `id_of` tells Discord's id of a top-level command in a server, None if it is not known.
    """
    embeds = help_embeds(
        catalogue,
        str(interaction.locale),
        situation,
        [each for each in commands if _may_use(each, interaction)],
        id_of=partial(id_of, interaction.guild_id),
        guild=interaction.guild,
    )
    await interaction.response.send_message(embeds=embeds, ephemeral=True)


def help_embeds(
    catalogue: Catalogue,
    locale: str,
    situation: Situation,
    commands: Sequence[Command],
    *,
    id_of: Callable[[str], int | None],
    guild: discord.Guild | None = None,
) -> list[discord.Embed]:
    """Return the parts of the answer: the situation with everybody's commands, then those of staff.

    `id_of` tells Discord's id of a top-level command, None if it is not known.
    """
    staff = [each for each in commands if _needed(each) is not None]
    admins = [each for each in staff if _needed(each) == discord.Permissions(manage_guild=True)]
    moderators = [each for each in staff if each not in admins]
    everybody = [each for each in commands if each not in staff]
    facts = "\n".join(_facts(catalogue, locale, situation, guild))
    first = discord.Embed(
        title=catalogue.say(locale, "What you can do here"),
        description=f"{facts}\n\n{_listing(catalogue, locale, everybody, id_of, share=_MEMBERS_SHARE)}",
        colour=DONE if _is_well(situation) else WRONG,
    )
    embeds = [first]
    for title, theirs in ((N_("For moderators"), moderators), (N_("For admins"), admins)):
        if theirs:
            listing = _listing(catalogue, locale, theirs, id_of, share=_STAFF_SHARE)
            embeds.append(
                discord.Embed(title=catalogue.say(locale, title), description=listing, colour=WORKING)
            )
    return embeds


def _may_use(command: Command, interaction: discord.Interaction[Any]) -> bool:
    """Whether Discord offers the command to whoever asks, where they ask, unless the server differs."""
    if interaction.guild_id is None:
        contexts = command.allowed_contexts
        return contexts is not None and bool(contexts.dm_channel)
    needed, permissions = _needed(command), interaction.permissions
    return needed is None or permissions.administrator or permissions.is_superset(needed)


def _needed(command: Command) -> discord.Permissions | None:
    return command.default_permissions


def _is_well(situation: Situation) -> bool:
    makes_pictures = situation.is_allowed and not situation.missing and situation.block is None
    return makes_pictures or situation.is_direct


def _facts(catalogue: Catalogue, locale: str, situation: Situation, guild: discord.Guild | None) -> list[str]:
    lines = []
    if situation.is_direct:
        lines.append(catalogue.say(locale, _DIRECT))
    elif situation.block is not None:
        lines.append(_blocked(catalogue, locale, situation.block))
    elif not situation.is_allowed:
        places = channel_list(catalogue, locale, situation.places, guild)
        lines.append(catalogue.say(locale, _NOT_HERE, places=places))
    elif situation.missing:
        names = permission_names(catalogue, locale, situation.missing)
        lines.append(catalogue.say(locale, _MISSING, permissions=names))
    else:
        lines.append(catalogue.say(locale, _MAKES_PICTURES))
    lines.append(_credits(catalogue, locale, situation))
    prices = situation.prices
    lines.append(
        catalogue.say(
            locale,
            "A picture costs {pro} in the mode pro and {max} in the mode max; one that fails costs nothing.",
            pro=_in_credits(catalogue, locale, prices.pro),
            max=_in_credits(catalogue, locale, prices.max),
        )
    )
    return lines


def _blocked(catalogue: Catalogue, locale: str, block: Block) -> str:
    reason = shown(block.reason, _REASON_LENGTH) if block.reason else "—"
    if block.until is None:
        return catalogue.say(locale, _BLOCKED_FOR_GOOD, reason=reason)
    return catalogue.say(locale, _BLOCKED, until=relative(block.until), reason=reason)


def _in_credits(catalogue: Catalogue, locale: str, count: int) -> str:
    return catalogue.say_count(locale, "{count} credit", "{count} credits", count=count)


def _credits(catalogue: Catalogue, locale: str, situation: Situation) -> str:
    if situation.limit is None or situation.left is None:
        return catalogue.say(locale, "You have no limit of credits.")
    line = catalogue.say_count(
        locale,
        "You have {count} of {limit} credits left for these 24 hours.",
        "You have {count} of {limit} credits left for these 24 hours.",
        count=situation.left,
        limit=situation.limit,
    )
    if situation.back_at is not None:
        back = catalogue.say(locale, "The next one comes back {back}.", back=relative(situation.back_at))
        line = f"{line} {back}"
    return line


def _listing(
    catalogue: Catalogue,
    locale: str,
    commands: Iterable[Command],
    id_of: Callable[[str], int | None],
    *,
    share: int,
) -> str:
    """Return a line for each command, or, where `share` characters do not hold that, their names alone."""
    lines: list[str] = []
    names: list[str] = []
    for command in commands:
        for leaf in _leaves(command):
            name = _mention(catalogue, locale, leaf, id_of)
            names.append(name)
            about = "" if isinstance(leaf, app_commands.ContextMenu) else leaf.description
            lines.append(f"{name} {about}".rstrip())
    whole = "\n".join(lines)
    if len(whole) <= share:
        return whole
    while names and len(" ".join(names)) > share:
        names.pop()
    return " ".join(names)


def _leaves(command: Command) -> list[Command]:
    """Return what can be run: a command itself, or the commands below a group."""
    if isinstance(command, app_commands.Group):
        return [leaf for each in command.commands for leaf in _leaves(each)]
    return [command]


def _mention(catalogue: Catalogue, locale: str, command: Command, id_of: Callable[[str], int | None]) -> str:
    if isinstance(command, app_commands.ContextMenu):
        return catalogue.say(locale, "**{name}** in a message's menu, under Apps", name=command.name)
    top = command.root_parent or command
    command_id = id_of(top.name)
    name = command.qualified_name
    return f"**/{name}**" if command_id is None else f"</{name}:{command_id}>"
