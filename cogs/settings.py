"""`/settings`: what a server decides about Easel, as a panel and as plain commands.

Each is three steps: read the interaction and the permission of this moment, one call to the service, and one
call that shows what is stored now. Further groups are added with `add_command`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import discord
from discord import app_commands

from bot.intake import admin, chosen, in_time, missing_for_log
from bot.presentation.settings import OFF, ON, OWN, Setting, show_settings
from bot.servers import ThreadMode
from cogs.options import choices

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from bot.client import Handler
    from bot.presentation.wording import Catalogue
    from bot.service.administration import Administration, Decisions

_Place = (
    discord.TextChannel
    | discord.VoiceChannel
    | discord.StageChannel
    | discord.CategoryChannel
    | discord.ForumChannel
)


class SettingsGroup(app_commands.Group):
    """The commands of admins, and what the parts of their panel do (`presses`)."""

    def __init__(self, *, administration: Administration, catalogue: Catalogue) -> None:
        super().__init__(
            name="settings",
            description="What this server decides about Easel",
            guild_only=True,
            default_permissions=discord.Permissions(manage_guild=True),
        )
        self._administration = administration
        self._catalogue = catalogue
        self.presses: dict[str, Handler] = {
            Setting.SHOW: self.shown,
            Setting.ALLOW: self.allowed,
            Setting.FORBID: self.forbidden,
            Setting.EVERYWHERE: self.everywhere,
            Setting.THREADS: self.threads_chosen,
            Setting.SPOILER: self.spoiler_pressed,
            Setting.EDITS: self.edits_pressed,
            Setting.LOG: self.log_chosen,
        }

    places = app_commands.Group(name="places", description="Where pictures can be made")

    @app_commands.command(name="show", description="Show the settings and change them")
    async def show(self, interaction: discord.Interaction[Any]) -> None:
        """Show the panel."""
        await self._show(interaction, self._administration.settings(admin(interaction)))

    @places.command(name="add", description="Let pictures be made in a channel or a whole category")
    @app_commands.describe(channel="The channel, with its threads, or the category, with its channels")
    async def add(self, interaction: discord.Interaction[Any], channel: _Place) -> None:
        """Allow one more place."""
        await self._show(interaction, self._administration.allow_places(admin(interaction), [channel.id]))

    @places.command(name="remove", description="Take a channel or category away from those allowed")
    @app_commands.describe(channel="The channel or category")
    async def remove(self, interaction: discord.Interaction[Any], channel: _Place) -> None:
        """Allow one place less."""
        await self._show(interaction, self._administration.forbid_places(admin(interaction), [channel.id]))

    @places.command(name="clear", description="Let pictures be made in all channels")
    async def clear(self, interaction: discord.Interaction[Any]) -> None:
        """Allow all places."""
        await self._show(interaction, self._administration.allow_everywhere(admin(interaction)))

    @app_commands.command(name="threads", description="Decide in which threads pictures come")
    @app_commands.describe(mode="A studio for each member, a thread for each command, or no threads")
    @app_commands.choices(mode=choices(ThreadMode))
    async def threads(self, interaction: discord.Interaction[Any], mode: str) -> None:
        """Set the thread mode."""
        await self._show(interaction, self._administration.set_threads(admin(interaction), mode))

    @app_commands.command(name="spoiler", description="Hide every new picture behind a click, or not")
    @app_commands.describe(state="on: all are hidden; off: only where a member wants it")
    async def spoiler(self, interaction: discord.Interaction[Any], state: Literal["on", "off"]) -> None:
        """Set the spoiler of all new pictures."""
        await self._show(interaction, self._administration.set_spoiler(admin(interaction), on=state == ON))

    @app_commands.command(name="edits", description="Decide whose pictures members may edit")
    @app_commands.describe(whose="anyone: all that they see; own: only pictures of their own")
    async def edits(self, interaction: discord.Interaction[Any], whose: Literal["anyone", "own"]) -> None:
        """Set whose pictures may be edited."""
        await self._show(
            interaction, self._administration.set_edits(admin(interaction), own_only=whose == OWN)
        )

    @app_commands.command(name="log", description="Tell in a channel what moderators and admins do")
    @app_commands.describe(channel="The channel; leave it out for no log")
    async def log(
        self, interaction: discord.Interaction[Any], channel: discord.TextChannel | None = None
    ) -> None:
        """Set the log channel."""
        await self._set_log(interaction, channel.id if channel else None)

    async def shown(self, interaction: discord.Interaction[Any], _: str) -> None:
        """Draw the panel anew."""
        await self._show(interaction, self._administration.settings(admin(interaction)))

    async def allowed(self, interaction: discord.Interaction[Any], _: str) -> None:
        """Allow the chosen places."""
        await self._show(
            interaction, self._administration.allow_places(admin(interaction), _ids(interaction))
        )

    async def forbidden(self, interaction: discord.Interaction[Any], _: str) -> None:
        """Take the chosen places away."""
        await self._show(
            interaction, self._administration.forbid_places(admin(interaction), _ids(interaction))
        )

    async def everywhere(self, interaction: discord.Interaction[Any], _: str) -> None:
        """Allow all places."""
        await self._show(interaction, self._administration.allow_everywhere(admin(interaction)))

    async def threads_chosen(self, interaction: discord.Interaction[Any], _: str) -> None:
        """Set the chosen thread mode."""
        mode = next(iter(chosen(interaction)), "")
        await self._show(interaction, self._administration.set_threads(admin(interaction), mode))

    async def spoiler_pressed(self, interaction: discord.Interaction[Any], state: str) -> None:
        """Set the spoiler to what the button says."""
        await self._show(interaction, self._administration.set_spoiler(admin(interaction), on=state == ON))

    async def edits_pressed(self, interaction: discord.Interaction[Any], whose: str) -> None:
        """Set whose pictures may be edited to what the button says."""
        await self._show(
            interaction, self._administration.set_edits(admin(interaction), own_only=whose == OWN)
        )

    async def log_chosen(self, interaction: discord.Interaction[Any], subject: str) -> None:
        """Set the chosen log channel, or none by the button."""
        ids = () if subject == OFF else _ids(interaction)
        await self._set_log(interaction, next(iter(ids), None))

    async def _set_log(self, interaction: discord.Interaction[Any], channel_id: int | None) -> None:
        missing = missing_for_log(interaction.guild, channel_id) if channel_id else ()
        await self._show(
            interaction, self._administration.set_log(admin(interaction), channel_id, missing=missing)
        )

    async def _show(
        self, interaction: discord.Interaction[Any], work: Coroutine[Any, Any, Decisions]
    ) -> None:
        """Do the work and show what is stored afterwards."""
        await show_settings(self._catalogue, interaction, await in_time(interaction, work, private=True))


def _ids(interaction: discord.Interaction[Any]) -> tuple[int, ...]:
    return tuple(map(int, chosen(interaction)))
