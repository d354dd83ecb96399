"""What else the presentation builds: what moderators, admins and the reckoning show, help, and refusals.

`EVERYTHING` names these and what is in `builders`.
"""

from __future__ import annotations

from dataclasses import replace
from string import Formatter
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Final, cast

import discord

from bot import errors
from bot.acts import ActKind, ActPage, Block, BlockDetail, RecordedAct
from bot.jobs import NOBODY, JobState, Mode
from bot.presentation import moderation, private, quotas
from bot.presentation.failures import error_sentence
from bot.presentation.help import help_embeds
from bot.presentation.settings import SettingsPanel
from bot.quota import (
    MOST_CREDITS,
    MOST_JOBS,
    Allowance,
    Half,
    Item,
    ItemPage,
    Limits,
    Prices,
    Rule,
    RuleKind,
    ServerQuotas,
    Spender,
    Spent,
    Standing,
    Usage,
)
from bot.servers import ServerSettings
from bot.service import Lineage, Statement
from bot.service.administration import Decisions
from bot.service.guidance import Situation
from bot.service.moderation import PAGE, Origins
from bot.service.quotas import PAGE_SIZE
from tests.clocks import NOON
from tests.unit.presentation.builders import (
    CATALOGUE,
    HUGE,
    LOCALE,
    Interaction,
    Sent,
    all_forms,
    done_job,
    galleries,
    job_cards,
    kept,
    message,
    notices,
    pictures,
    queues,
    thread_names,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PERMISSIONS: Final = ("view_channel", "connect", "send_messages", "attach_files")


async def details(text: str) -> list[Sent]:
    """Return everything about a picture, for a member and for a moderator."""
    job = done_job(text)
    lineage = Lineage(ancestors=(job,) * 6, more=True)
    member, moderator = Interaction(), Interaction()
    await private.show_details(CATALOGUE, cast("Any", member), job, lineage)
    block = Block(guild_id=HUGE, member_id=HUGE, until=NOON, reason=text[:400], actor_id=HUGE, at=NOON)
    origins = Origins(job=job, batch=(job,) * 4, lineage=lineage, block=block)
    await moderation.show_origins(CATALOGUE, cast("Any", moderator), origins)
    return member.sent + moderator.sent


async def forgotten(text: str) -> list[Sent]:
    """Return what is said of a picture of which nobody knows any more whose it was."""
    erased = done_job("", member_id=NOBODY, member_name="", erased_at=NOON, references=())
    lineage = Lineage(ancestors=(erased, replace(erased, message_id=None)))
    interaction = Interaction()
    asked = cast("Any", interaction)
    await private.show_details(CATALOGUE, asked, erased, lineage)
    origins = Origins(job=erased, batch=(erased,), lineage=lineage, block=None)
    await moderation.show_origins(CATALOGUE, asked, origins)
    act = RecordedAct(
        guild_id=HUGE,
        actor_id=HUGE,
        kind=ActKind.REMOVE,
        member_id=NOBODY,
        job_id="0" * 16,
        reason=" ".join(text.split())[:400],
        id=1,
        at=NOON,
    )
    return [*interaction.sent, message(content=moderation.act_line(CATALOGUE, LOCALE, act))]


def _standing() -> Standing:
    spent = Spent(credits=MOST_CREDITS, oldest_at=NOON)
    allowance = Allowance(
        credits=Half(limit=MOST_CREDITS, rule=RuleKind.ROLE, role_id=HUGE),
        jobs=Half(limit=MOST_JOBS, rule=RuleKind.ROLE, role_id=HUGE),
        server_daily_credits=MOST_CREDITS,
        operator_daily_credits=MOST_CREDITS,
        extra=MOST_CREDITS,
        extra_until=NOON,
    )
    return Standing(allowance=allowance, usage=Usage(member=spent, server=spent, operator=spent))


async def statements(text: str) -> list[Sent]:
    """Return statements of one's own and of a member's, and the rules of a server."""
    item = Item(
        id="0" * 16,
        guild_id=5,
        state=JobState.CANCELLED,
        mode=Mode.MAX,
        prompt=text[:6000],
        created_at=NOON,
        credits=0,
        price=10**9,
        failure_cause=None,
        was_discarded=False,
        ended_by="moderator:5",
    )
    page = ItemPage(items=(item,) * PAGE_SIZE, page=1, pages=10_000)
    interaction = Interaction(guild=SimpleNamespace(roles=[discord.Object(HUGE)]))
    asked = cast("Any", interaction)
    for is_own in (True, False):
        spender = Spender(guild_id=HUGE, member_id=HUGE)
        statement = Statement(spender=spender, standing=_standing(), page=page, is_own=is_own)
        await quotas.show_statement(CATALOGUE, asked, statement)
    rule = Rule(daily_credits=MOST_CREDITS, concurrent_jobs=MOST_JOBS, role_id=HUGE)
    rules = ServerQuotas(everybody=rule, daily_credits=MOST_CREDITS, roles=(rule,) * 250)
    await quotas.show_server(CATALOGUE, asked, rules)
    await quotas.say_changed(CATALOGUE, asked, discord.Object(HUGE), _standing())
    return interaction.sent


def panels(text: str) -> list[Sent]:
    """Return the settings of servers with many channels of this name, there and gone."""
    settings = ServerSettings(
        guild_id=HUGE,
        places=frozenset(range(HUGE - 500, HUGE)),
        log_channel_id=HUGE,
        daily_credits=MOST_CREDITS,
        member_daily_credits=MOST_CREDITS,
        member_concurrent_jobs=MOST_JOBS,
    )
    decisions = Decisions(settings=settings, limits=Limits(daily_credits=1, concurrent_jobs=1))
    nobody = discord.Permissions.none()
    channel = SimpleNamespace(name=text[:100], permissions_for=lambda _: nobody)
    guilds = [
        SimpleNamespace(unavailable=False, me=None, get_channel=lambda _, found=found: found)
        for found in (channel, None)
    ]
    return [
        message(view=SettingsPanel(CATALOGUE, LOCALE, decisions, guild=cast("Any", guild)))
        for guild in guilds
    ]


async def acts(text: str) -> list[Sent]:
    """Return pages of acts, their lines in the log, and the times that are offered."""
    sent = []
    for kind in ActKind:
        detail = BlockDetail(until=NOON, cancelled=10_000).text() if kind is ActKind.BLOCK else "<#1> " * 99
        act = RecordedAct(
            guild_id=HUGE,
            actor_id=HUGE,
            kind=kind,
            member_id=HUGE,
            job_id="0" * 16,
            detail=detail,
            reason=" ".join(text.split())[:400],
            id=HUGE,
            at=NOON,
        )
        interaction = Interaction()
        page = ActPage(acts=(act,) * PAGE, has_older=True, has_newer=True)
        await moderation.show_acts(CATALOGUE, cast("Any", interaction), page)
        sent += [*interaction.sent, message(content=moderation.act_line(CATALOGUE, LOCALE, act))]
    return sent


def helps(text: str) -> list[Sent]:
    """Return the help for somebody who may do everything in a place where little works."""
    situation = Situation(
        left=MOST_CREDITS,
        limit=MOST_CREDITS,
        back_at=NOON,
        prices=Prices(pro=1, max=2),
        is_allowed=False,
        places=tuple(range(HUGE - 500, HUGE)),
        missing=PERMISSIONS,
        block=Block(guild_id=1, member_id=1, until=NOON, reason=text[:400], actor_id=1, at=NOON),
    )
    commands = [
        _command_group("pictures", None),
        _command_group("mod", discord.Permissions(manage_messages=True)),
        _command_group("settings", discord.Permissions(manage_guild=True)),
    ]
    embeds = help_embeds(CATALOGUE, LOCALE, situation, commands, id_of=lambda _: HUGE)
    return [message(embeds=tuple(embeds))]


def _command_group(name: str, permissions: discord.Permissions | None) -> discord.app_commands.Group:
    group = discord.app_commands.Group(name=name, description="x", default_permissions=permissions)

    async def nothing(interaction: discord.Interaction[Any]) -> None: ...

    for number in range(25):
        command: Any = discord.app_commands.Command(
            name=f"command-{number}", description="d" * (90 if number % 2 else 20), callback=nothing
        )
        group.add_command(command)
    return group


def refusals(text: str) -> list[Sent]:
    """Return what is said of every error, with this text wherever it names something."""
    return [message(content=error_sentence(CATALOGUE, LOCALE, error)) for error in _errors(text)]


def _errors(text: str) -> Iterator[errors.EaselError]:
    places = range(HUGE - 500, HUGE)
    numbers = {"cost": 10**9, "left": 10**9, "limit": 10**9}
    of_their_own: dict[type[errors.EaselError], list[errors.EaselError]] = {
        errors.MissingPermissionsError: [errors.MissingPermissionsError(PERMISSIONS)],
        errors.LogChannelError: [errors.LogChannelError(HUGE, PERMISSIONS)],
        errors.NotInThisChannelError: [errors.NotInThisChannelError(places)],
        errors.QuotaError: [
            errors.QuotaError(**numbers, back_at=back_at, whose=whose, rule=rule, role_id=HUGE)
            for back_at in (NOON, None)
            for whose in ("member", "server", "operator")
            for rule in RuleKind
        ],
        errors.NotModeratorError: [errors.NotModeratorError(scope) for scope in errors.Scope],
        errors.NotBlockableError: [errors.NotBlockableError(why) for why in errors.Unblockable],
        errors.BlockedError: [errors.BlockedError(until=until, reason=text[:400]) for until in (NOON, None)],
        errors.BadReferenceError: [
            errors.BadReferenceError(fault, name=text, value=text, type=kind, limit=10**9, count=10**9)
            for fault in errors.PictureFault
            for kind in (text, "")
        ],
    }
    for kind in _below(errors.EaselError):
        if kind in of_their_own:
            yield from of_their_own[kind]
        elif "sentence" in vars(kind):
            names = [name for _, name, _, _ in Formatter().parse(kind.sentence) if name]
            yield kind(text, **dict.fromkeys(names, text))


def _below(kind: type[errors.EaselError]) -> Iterator[type[errors.EaselError]]:
    yield kind
    for each in kind.__subclasses__():
        yield from _below(each)


EVERYTHING: Final[dict[str, Callable[[str], Any]]] = {
    each.__name__: each
    for each in (
        job_cards,
        pictures,
        notices,
        thread_names,
        details,
        forgotten,
        all_forms,
        galleries,
        queues,
        statements,
        panels,
        acts,
        kept,
        helps,
        refusals,
    )
}
