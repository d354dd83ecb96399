"""What people read about quotas: a statement with its pages, and the rules of a server.

All of it is private. A refund is told only of a job whose credits were really given back.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

import discord

from bot.errors import N_
from bot.jobs import CREDITLESS_STATES, FailureCause, JobState
from bot.presentation.actions import ActionButton, below
from bot.presentation.details import WORKING
from bot.presentation.private import answer_privately
from bot.presentation.text import relative, shown
from bot.quota import RuleKind

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from bot.mydata import KeptQuota
    from bot.presentation.wording import Catalogue
    from bot.quota import Half, Item, Rule, ServerQuotas, Spent, Standing
    from bot.service import Statement


class QuotaAction(StrEnum):
    """What the buttons of a statement ask for."""

    PAGE = "quota_page"  # another page of one's own statement; its subject is the page
    MEMBER_PAGE = "quota_of"  # ... of a member's, for a moderator; its subject is the member and the page


_ITEM_PROMPT_LENGTH: Final = 60
#: The most rules of roles that one message lists.
_MOST_ROLES: Final = 30
_OWN_RULES: Final[dict[RuleKind, str]] = {
    RuleKind.MEMBER: N_("your own limit in this server"),
    RuleKind.ROLE: N_("the limit of your role {role}"),
    RuleKind.SERVER: N_("this server's limit for each member"),
    RuleKind.BOT: N_("this bot's limit for each member, all servers together"),
}
_THEIR_RULES: Final[dict[RuleKind, str]] = {
    **_OWN_RULES,
    RuleKind.MEMBER: N_("their own limit in this server"),
    RuleKind.ROLE: N_("the limit of their role {role}"),
}
_CAUSES: Final[dict[FailureCause, str]] = {
    FailureCause.CONTENT: N_("the image service's content rules refused it"),
    FailureCause.PROMPT: N_("the image service could not use the prompt"),
    FailureCause.IMAGE: N_("the reference picture could not be used"),
    FailureCause.BALANCE: N_("the bot's account was out of credit"),
    FailureCause.ACCESS: N_("the image service refused the bot's access"),
    FailureCause.PROVIDER: N_("the image service had trouble"),
    FailureCause.PICTURE: N_("the picture could not be fetched"),
    FailureCause.LATE: N_("it was not finished in time"),
    FailureCause.UNCONFIRMED: N_("nobody knows whether the request arrived"),
    FailureCause.UNKNOWN: N_("the image service gave no reason"),
}


async def show_statement(
    catalogue: Catalogue, interaction: discord.Interaction[Any], statement: Statement
) -> None:
    """Answer with somebody's statement."""
    locale = str(interaction.locale)
    await interaction.response.send_message(
        embeds=statement_embeds(catalogue, locale, statement),
        view=_pages(catalogue, locale, statement),
        ephemeral=True,
    )


def statement_embeds(catalogue: Catalogue, locale: str, statement: Statement) -> list[discord.Embed]:
    """Return what holds, and a page of what was asked for."""
    return [_standing(catalogue, locale, statement), _items(catalogue, locale, statement)]


async def turn_page(
    catalogue: Catalogue, interaction: discord.Interaction[Any], statement: Statement
) -> None:
    """Put another page in the place of the one that stands there.

    Which roles a member bears comes only with the command, so a moderator keeps what that said above.
    """
    locale = str(interaction.locale)
    embeds = statement_embeds(catalogue, locale, statement)
    if not statement.is_own and interaction.message and interaction.message.embeds:
        embeds[0] = interaction.message.embeds[0]
    await interaction.response.edit_message(embeds=embeds, view=_pages(catalogue, locale, statement))


async def say_changed(
    catalogue: Catalogue,
    interaction: discord.Interaction[Any],
    member: discord.abc.Snowflake,
    standing: Standing,
) -> None:
    """Tell a moderator what holds for the member now."""
    locale = str(interaction.locale)
    done = catalogue.say(locale, "Done. This holds for {member} now:", member=f"<@{member.id}>")
    lines = _standing_lines(catalogue, locale, standing, rules=_THEIR_RULES)
    embed = discord.Embed(description="\n".join([done, *lines]), colour=WORKING)
    await answer_privately(interaction, embed=embed)


async def show_server(
    catalogue: Catalogue, interaction: discord.Interaction[Any], quotas: ServerQuotas
) -> None:
    """Answer with everything that the server has decided about quotas."""
    roles = {role.id for role in interaction.guild.roles} if interaction.guild else set()
    embed = server_rules(catalogue, str(interaction.locale), quotas, roles=roles)
    await answer_privately(interaction, embed=embed)


def server_rules(
    catalogue: Catalogue, locale: str, quotas: ServerQuotas, *, roles: Collection[int]
) -> discord.Embed:
    """Return what a server has decided; `roles` are those that it has, which come before deleted ones."""
    cap = (
        catalogue.say(locale, "no cap of its own")
        if quotas.daily_credits is None
        else _per_day(catalogue, locale, quotas.daily_credits)
    )
    everybody = rule_limits(catalogue, locale, quotas.everybody)
    lines = [
        catalogue.say(locale, "**The whole server:** {cap}", cap=cap),
        catalogue.say(locale, "**Each member:** {rule}", rule=everybody),
    ]
    for rule in sorted(quotas.roles, key=lambda rule: rule.role_id not in roles)[:_MOST_ROLES]:
        deleted = catalogue.say(locale, "a deleted role")
        name = f"<@&{rule.role_id}>" if rule.role_id in roles else deleted
        lines.append(f"**{name}:** {rule_limits(catalogue, locale, rule)}")
    if len(quotas.roles) > _MOST_ROLES:
        more = len(quotas.roles) - _MOST_ROLES
        lines.append(
            catalogue.say_count(locale, "… and {count} more role", "… and {count} more roles", count=more)
        )
    lines.append(
        catalogue.say(
            locale,
            "A member's own limit (`/mod quota set`) comes first, then the highest of their roles, then that "
            "of each member. What has no rule here follows the bot's own limits, and so do its caps.",
        )
    )
    # A message has room for fewer characters than an embed.
    return discord.Embed(description="\n".join(lines), colour=WORKING)


def rule_words(catalogue: Catalogue, locale: str, rule: RuleKind, role_id: object) -> str:
    """Return whose rule a limit of the reader's own is, for the middle of a sentence."""
    return catalogue.say(locale, _OWN_RULES[rule], role=f"<@&{role_id}>")


def rule_limits(catalogue: Catalogue, locale: str, rule: Rule | KeptQuota) -> str:
    """Return what a rule limits, in a few words."""
    words: list[str] = []
    if rule.daily_credits is not None:
        words.append(_per_day(catalogue, locale, rule.daily_credits))
    if rule.concurrent_jobs is not None:
        words.append(
            catalogue.say_count(
                locale, "{count} picture at a time", "{count} pictures at a time", count=rule.concurrent_jobs
            )
        )
    return ", ".join(words) or catalogue.say(locale, "no rule")


def _per_day(catalogue: Catalogue, locale: str, amount: int) -> str:
    return catalogue.say_count(
        locale, "{count} credit in 24 hours", "{count} credits in 24 hours", count=amount
    )


def _standing(catalogue: Catalogue, locale: str, statement: Statement) -> discord.Embed:
    rules = _OWN_RULES if statement.is_own else _THEIR_RULES
    lines = _standing_lines(catalogue, locale, statement.standing, rules=rules)
    if not statement.is_own:
        lines.insert(0, f"<@{statement.spender.member_id}>")
    return discord.Embed(
        title=catalogue.say(locale, N_("Your credits") if statement.is_own else N_("Their credits")),
        description="\n".join(lines),
        colour=WORKING,
    )


def _standing_lines(
    catalogue: Catalogue, locale: str, standing: Standing, *, rules: dict[RuleKind, str]
) -> list[str]:
    say: Callable[..., str] = catalogue.say
    allowance, left = standing.allowance, standing.left

    def whose(half: Half) -> str:
        return say(locale, rules[half.rule], role=f"<@&{half.role_id}>")

    if left is None:
        lines = [say(locale, "No limit of credits.")]
    else:
        lines = [
            say(
                locale,
                "**{left} of {limit} credits left** for these 24 hours: {rule}.",
                left=left,
                limit=allowance.total,
                rule=whose(allowance.credits),
            )
        ]
        if allowance.extra:
            added = catalogue.say_count(
                locale,
                "{count} of them was added by a moderator; it goes {until}.",
                "{count} of them were added by a moderator; the first of those go {until}.",
                count=allowance.extra,
                until=relative(allowance.extra_until) if allowance.extra_until else "—",
            )
            lines.append(added)
        if standing.back_at:
            back = relative(standing.back_at)
            lines.append(say(locale, "The next credit comes back {back}.", back=back))
    lines.append(_at_once(catalogue, locale, allowance.jobs.limit or 0, whose(allowance.jobs)))
    return lines + _caps(catalogue, locale, standing)


def _at_once(catalogue: Catalogue, locale: str, number: int, whose: str) -> str:
    if number <= 0:
        return catalogue.say(locale, "Pictures are switched off: {rule} is 0 at a time.", rule=whose)
    return catalogue.say_count(
        locale,
        "{count} picture at a time, the others wait for their turn: {rule}.",
        "{count} pictures at a time, the others wait for their turn: {rule}.",
        count=number,
        rule=whose,
    )


def _caps(catalogue: Catalogue, locale: str, standing: Standing) -> list[str]:
    """Return what is left under the server's cap, and the bot's where that is what stops everybody."""
    lines = []
    usage = standing.usage
    if standing.left_in_server is not None:
        lines.append(
            catalogue.say(
                locale,
                "All members of this server together have {left} of {limit} left.",
                left=standing.left_in_server,
                limit=max(standing.allowance.server_daily_credits or 0, 0),
            )
        )
        if standing.left_in_server == 0 and usage.server and standing.allowance.server_daily_credits:
            lines[-1] += _next_one(catalogue, locale, usage.server)
    if standing.left_for_everybody == 0:
        lines.append(
            catalogue.say(locale, "This bot has spent its credits for today, in all servers together.")
        )
        if standing.allowance.operator_daily_credits:
            lines[-1] += _next_one(catalogue, locale, usage.operator)
    return lines


def _next_one(catalogue: Catalogue, locale: str, spent: Spent) -> str:
    """Return when the next credit comes back, as a further sentence; nothing if none does."""
    if spent.back_at is None:
        return ""
    return " " + catalogue.say(locale, "The next one comes back {back}.", back=relative(spent.back_at))


def _items(catalogue: Catalogue, locale: str, statement: Statement) -> discord.Embed:
    page = statement.page
    lines = [_item(catalogue, locale, item, statement) for item in page.items]
    embed = discord.Embed(
        title=catalogue.say(locale, "What was asked for"),
        description="\n".join(lines) or catalogue.say(locale, "No picture so far."),
        colour=WORKING,
    )
    if page.pages > 1:
        footer = catalogue.say(locale, "Page {page} of {pages}", page=page.page + 1, pages=page.pages)
        embed.set_footer(text=footer)
    return embed


def _item(catalogue: Catalogue, locale: str, item: Item, statement: Statement) -> str:
    """Return one line; a moderator is not told the words, which may come from a private place."""
    credits_now = catalogue.say_count(locale, "{count} credit", "{count} credits", count=item.credits)
    parts = [f"**{credits_now}**"]
    if item.state in CREDITLESS_STATES and item.credits == 0 and item.price != 0:
        parts.append(_refund(catalogue, locale, item, statement))
    elif item.was_discarded:
        parts.append(catalogue.say(locale, "called off when it was already being made"))
    elif item.state is JobState.QUEUED:
        parts.append(catalogue.say(locale, "waiting"))
    elif not item.state.is_final:
        parts.append(catalogue.say(locale, "in the making"))
    parts.append(item.mode.value)
    if statement.is_own:
        if item.prompt:
            parts.append(shown(item.prompt, _ITEM_PROMPT_LENGTH))
        if statement.spender.guild_id not in {None, item.guild_id}:
            parts.append(catalogue.say(locale, "in another server"))
    return " · ".join([*parts, relative(item.created_at), f"`{item.id}`"])


def _refund(catalogue: Catalogue, locale: str, item: Item, statement: Statement) -> str:
    cause = _cause(catalogue, locale, item, statement)
    if item.price is None:
        return catalogue.say(locale, "given back: {cause}", cause=cause)
    return catalogue.say(locale, "{price} given back: {cause}", price=item.price, cause=cause)


def _cause(catalogue: Catalogue, locale: str, item: Item, statement: Statement) -> str:
    if item.state is JobState.FAILED:
        return catalogue.say(locale, _CAUSES[item.failure_cause or FailureCause.UNKNOWN])
    if item.state is JobState.REJECTED:
        return catalogue.say(locale, "a moderator said no")
    if item.ended_by == f"member:{statement.spender.member_id}":
        own = N_("called off by you") if statement.is_own else N_("called off by its member")
        return catalogue.say(locale, own)
    if (item.ended_by or "").startswith("moderator:"):
        return catalogue.say(locale, "called off by a moderator")
    return catalogue.say(locale, "called off")


def _pages(catalogue: Catalogue, locale: str, statement: Statement) -> discord.ui.View:
    """Return the buttons for the pages before and after; there are none where one page holds all."""
    page = statement.page
    buttons = []
    labels = {page.page - 1: N_("Newer"), page.page + 1: N_("Older")}
    for number, label in labels.items():
        if 0 <= number < page.pages:
            action, subject = QuotaAction.PAGE, str(number)
            if not statement.is_own:
                action, subject = QuotaAction.MEMBER_PAGE, f"{statement.spender.member_id}.{number}"
            buttons.append(ActionButton(action, subject, catalogue.say(locale, label)))
    return below(*buttons)
