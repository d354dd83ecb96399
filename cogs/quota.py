"""`/quota` for members, and the groups `quota` for moderators (`/mod`) and admins (`/settings`).

Each command and button reads the interaction, asks the desk of the service, and shows what came of it. The
groups are made to stand below a parent that others give them; rights are asked anew each time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import discord
from discord import app_commands
from discord.ext import commands

from bot.intake import admin, in_time, officer, spender, spender_named
from bot.presentation.quotas import QuotaAction, say_changed, show_server, show_statement, turn_page
from bot.quota import MOST_CREDITS, MOST_JOBS, Spender
from bot.service import CONCURRENT_JOBS, DAILY_CREDITS, Change
from cogs.options import ReasonOption

if TYPE_CHECKING:
    from bot.client import Handler
    from bot.presentation.wording import Catalogue
    from bot.service import QuotaDesk

_CLEARED: Final = {
    "daily credits": (DAILY_CREDITS,),
    "concurrent jobs": (CONCURRENT_JOBS,),
    "both": (DAILY_CREDITS, CONCURRENT_JOBS),
}
_CLEAR: Final = [app_commands.Choice(name=name, value=name) for name in _CLEARED]
_Credits = app_commands.Range[int, 0, MOST_CREDITS]
_Jobs = app_commands.Range[int, 0, MOST_JOBS]
_Reason = app_commands.Transform[str, ReasonOption]
_RULE: Final = {
    "daily_credits": "Credits in any 24 hours; 0 switches pictures off",
    "concurrent_jobs": "Pictures in the making at once; 0 switches pictures off",
    "no_rule": "What is left to the rule below",
}


def _change(daily_credits: int | None, concurrent_jobs: int | None, no_rule: str) -> Change:
    return Change(
        daily_credits=daily_credits, concurrent_jobs=concurrent_jobs, cleared=_CLEARED.get(no_rule, ())
    )


class QuotaCog(commands.Cog):
    """What is left, and what it was spent on; `presses` says what the buttons of the pages do."""

    def __init__(self, *, desk: QuotaDesk, catalogue: Catalogue) -> None:
        self._desk = desk
        self._catalogue = catalogue
        self.presses: dict[str, Handler] = {
            QuotaAction.PAGE: self.page,
            QuotaAction.MEMBER_PAGE: self.member_page,
        }

    @app_commands.command(name="quota", description="See what you have left and what it was spent on")
    @app_commands.allowed_contexts(guilds=True, dms=True)
    async def quota(self, interaction: discord.Interaction[Any]) -> None:
        """Show one's own statement."""
        statement = await self._desk.own(spender(interaction))
        await show_statement(self._catalogue, interaction, statement)

    async def page(self, interaction: discord.Interaction[Any], subject: str) -> None:
        """Turn the page of one's own statement."""
        statement = await self._desk.own(spender(interaction), page=int(subject))
        await turn_page(self._catalogue, interaction, statement)

    async def member_page(self, interaction: discord.Interaction[Any], subject: str) -> None:
        """Turn the page of a member's statement, for whoever still moderates."""
        member_id, _, page = subject.partition(".")
        member = Spender(guild_id=officer(interaction).guild_id, member_id=int(member_id))
        statement = await self._desk.of_member(member, page=int(page))
        await turn_page(self._catalogue, interaction, statement)


class MemberQuotaGroup(app_commands.Group):
    """`quota` for moderators: one member's statement, own limit, extra credits and new start."""

    def __init__(self, *, desk: QuotaDesk, catalogue: Catalogue) -> None:
        super().__init__(name="quota", description="What a member may spend")
        self._desk = desk
        self._catalogue = catalogue

    @app_commands.command(name="show", description="See what a member has left and what it was spent on")
    @app_commands.describe(member="Whose")
    async def show(self, interaction: discord.Interaction[Any], member: discord.User) -> None:
        """Show a member's statement."""
        officer(interaction)
        statement = await self._desk.of_member(spender_named(interaction, member))
        await show_statement(self._catalogue, interaction, statement)

    @app_commands.command(name="set", description="Give a member a limit of their own in this server")
    @app_commands.describe(member="Whose", **_RULE)
    @app_commands.choices(no_rule=_CLEAR)
    async def set(
        self,
        interaction: discord.Interaction[Any],
        member: discord.User,
        daily_credits: _Credits | None = None,
        concurrent_jobs: _Jobs | None = None,
        no_rule: str = "",
    ) -> None:
        """Change a member's own rule."""
        change = _change(daily_credits, concurrent_jobs, no_rule)
        work = self._desk.set_member(officer(interaction), spender_named(interaction, member), change)
        standing = await in_time(interaction, work, private=True)
        await say_changed(self._catalogue, interaction, member, standing)

    @app_commands.command(name="add", description="Give a member extra credits in this server for 24 hours")
    @app_commands.describe(member="Whose", credits="How many", reason="Why; kept with your name")
    async def add(
        self,
        interaction: discord.Interaction[Any],
        member: discord.User,
        credits: app_commands.Range[int, 1, MOST_CREDITS],  # noqa: A002 - the option's name
        reason: _Reason,
    ) -> None:
        """Give extra credits."""
        whose = spender_named(interaction, member)
        work = self._desk.add(officer(interaction), whose, credits, reason=reason)
        standing = await in_time(interaction, work, private=True)
        await say_changed(self._catalogue, interaction, member, standing)

    @app_commands.command(name="reset", description="Let what a member spent in this server count no more")
    @app_commands.describe(member="Whose", reason="Why; kept with your name")
    async def reset(
        self, interaction: discord.Interaction[Any], member: discord.User, reason: _Reason
    ) -> None:
        """Begin a member's day anew."""
        work = self._desk.reset(officer(interaction), spender_named(interaction, member), reason=reason)
        standing = await in_time(interaction, work, private=True)
        await say_changed(self._catalogue, interaction, member, standing)


class ServerQuotaGroup(app_commands.Group):
    """`quota` for admins: the rules of roles, of each member, and of the whole server."""

    def __init__(self, *, desk: QuotaDesk, catalogue: Catalogue) -> None:
        super().__init__(name="quota", description="What members of this server may spend")
        self._desk = desk
        self._catalogue = catalogue

    @app_commands.command(name="show", description="See this server's rules about credits")
    async def show(self, interaction: discord.Interaction[Any]) -> None:
        """Show the server's rules."""
        quotas = await self._desk.server(admin(interaction))
        await show_server(self._catalogue, interaction, quotas)

    @app_commands.command(name="role", description="Limit or raise what the bearers of a role may spend")
    @app_commands.describe(role="Whose bearers; of several roles the highest limit holds", **_RULE)
    @app_commands.choices(no_rule=_CLEAR)
    async def role(
        self,
        interaction: discord.Interaction[Any],
        role: discord.Role,
        daily_credits: _Credits | None = None,
        concurrent_jobs: _Jobs | None = None,
        no_rule: str = "",
    ) -> None:
        """Change the rule of a role."""
        change = _change(daily_credits, concurrent_jobs, no_rule)
        work = self._desk.set_role(admin(interaction), role.id, change)
        await show_server(self._catalogue, interaction, await in_time(interaction, work, private=True))

    @app_commands.command(name="member", description="Limit or raise what each member may spend here")
    @app_commands.describe(**_RULE)
    @app_commands.choices(no_rule=_CLEAR)
    async def member(
        self,
        interaction: discord.Interaction[Any],
        daily_credits: _Credits | None = None,
        concurrent_jobs: _Jobs | None = None,
        no_rule: str = "",
    ) -> None:
        """Change the rule for everybody in the server."""
        change = _change(daily_credits, concurrent_jobs, no_rule)
        work = self._desk.set_everybody(admin(interaction), change)
        await show_server(self._catalogue, interaction, await in_time(interaction, work, private=True))

    @app_commands.command(name="server", description="Cap what all members of this server spend together")
    @app_commands.describe(credits="Credits in any 24 hours; leave it out for no cap")
    async def server(
        self,
        interaction: discord.Interaction[Any],
        credits: _Credits | None = None,  # noqa: A002 - the option's name
    ) -> None:
        """Set or take away the server's cap."""
        work = self._desk.set_server(admin(interaction), credits)
        await show_server(self._catalogue, interaction, await in_time(interaction, work, private=True))
