"""The panel that shows what a server has decided, with the menus and buttons that change it.

It is drawn from what is stored, each time anew. What its parts ask for stands in them whole (“turn it on”,
never “the other way round”), so a panel that somebody has overtaken does what it says.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

import discord

from bot.errors import N_
from bot.intake import missing_for_log
from bot.presentation.actions import ActionButton, ActionMenu
from bot.presentation.details import WORKING
from bot.presentation.failures import permission_names
from bot.presentation.text import plain, relative
from bot.servers import ThreadMode

if TYPE_CHECKING:
    from bot.presentation.wording import Catalogue
    from bot.service.administration import Decisions


class Setting(StrEnum):
    """What a part of the panel asks for; the value stands in messages."""

    ALLOW = "settings_allow"  # chooses more places
    FORBID = "settings_forbid"  # chooses places to take away
    EVERYWHERE = "settings_everywhere"
    THREADS = "settings_threads"
    SPOILER = "settings_spoiler"
    EDITS = "settings_edits"
    LOG = "settings_log"
    SHOW = "settings_show"  # draws the panel anew


ON: Final = "on"
OFF: Final = "off"
ANYONE: Final = "anyone"
OWN: Final = "own"

#: In which kinds of channels pictures can be asked for, and the categories above them.
PLACE_TYPES: Final = (
    discord.ChannelType.text,
    discord.ChannelType.voice,
    discord.ChannelType.category,
    discord.ChannelType.news,
    discord.ChannelType.stage_voice,
    discord.ChannelType.forum,
    discord.ChannelType.media,
)
LOG_TYPES: Final = (discord.ChannelType.text, discord.ChannelType.news)
#: What one menu holds at most.
_CHOICES: Final = 25
#: More places than this are counted, not listed: a message's texts may have 4,000 characters together.
_PLACES_SHOWN: Final = 60
_MODES: Final[dict[ThreadMode, str]] = {
    ThreadMode.PER_MEMBER: N_("One studio thread for each member and channel"),
    ThreadMode.PER_JOB: N_("A new thread for each command"),
    ThreadMode.INLINE: N_("No threads: a reply in the channel"),
}


class SettingsPanel(discord.ui.LayoutView):
    """What a server has decided, and what changes it."""

    def __init__(
        self,
        catalogue: Catalogue,
        locale: str,
        decisions: Decisions,
        *,
        guild: discord.Guild | None,
    ) -> None:
        super().__init__(timeout=None)
        self._catalogue = catalogue
        self._locale = locale
        self._decisions = decisions
        self._settings = decisions.settings
        self._guild = guild
        # Those that are gone come first: only the menu takes them away, and it holds no more than 25.
        self._all_places = sorted(self._settings.places, key=lambda place: (not self._is_gone(place), place))
        self.add_item(discord.ui.TextDisplay(f"### {self._say(N_('Easel in this server'))}"))
        lines = (
            self._places(),
            self._threads(),
            self._spoiler(),
            self._edits(),
            self._log(),
            self._credits(),
        )
        text = discord.ui.TextDisplay[SettingsPanel]("\n".join(lines))
        self.add_item(discord.ui.Container(text, accent_colour=WORKING))
        for item in self._menus():
            self.add_item(discord.ui.ActionRow(item))
        self.add_item(discord.ui.ActionRow(*self._buttons()))
        # Its parts are known by their custom_ids; discord.py need not remember this view.
        self.stop()

    def _say(self, sentence: str, **values: object) -> str:
        return self._catalogue.say(self._locale, sentence, **values)

    def _line(self, name: str, value: str) -> str:
        return f"**{name}:** {value}"

    def _places(self) -> str:
        places = self._all_places
        if not places:
            value = self._say(N_("in all channels"))
        else:
            value = ", ".join(self._place(place) for place in places[:_PLACES_SHOWN])
            if len(places) > _PLACES_SHOWN:
                more = len(places) - _PLACES_SHOWN
                value += " " + self._catalogue.say_count(
                    self._locale, "and {count} more", "and {count} more", count=more
                )
        return self._line(self._say(N_("Pictures can be made")), value)

    def _place(self, place: int) -> str:
        return self._say(N_("a deleted channel ({id})"), id=place) if self._is_gone(place) else f"<#{place}>"

    def _is_gone(self, channel_id: int) -> bool:
        """Whether the server has no such channel, by the client's cache, which has all of them."""
        guild = self._guild
        return guild is not None and not guild.unavailable and guild.get_channel(channel_id) is None

    def _threads(self) -> str:
        return self._line(self._say(N_("Where they come")), self._say(_MODES[self._settings.thread_mode]))

    def _spoiler(self) -> str:
        value = self._say(N_("all hidden behind a click")) if self._settings.spoiler else self._say(N_("off"))
        return self._line(self._say(N_("Spoilers")), value)

    def _edits(self) -> str:
        own = self._settings.own_pictures_only
        value = self._say(N_("members edit only their own")) if own else self._say(N_("of anyone"))
        return self._line(self._say(N_("Pictures to edit")), value)

    def _log(self) -> str:
        channel_id, trouble = self._settings.log_channel_id, self._decisions.log_trouble
        value = self._say(N_("none")) if channel_id is None else self._place(channel_id)
        missing: tuple[str, ...] = ()
        if channel_id is not None and self._guild is not None and not self._is_gone(channel_id):
            missing = missing_for_log(self._guild, channel_id)
        if missing:
            names = permission_names(self._catalogue, self._locale, missing)
            value += " " + self._say(
                N_("(I can't write there: I am missing {permissions})"), permissions=names
            )
        elif trouble is not None and channel_id is None:
            value += " " + self._say(N_("(since {when}: the channel is gone)"), when=relative(trouble.at))
        elif trouble is not None and trouble.channel_id == channel_id:
            sentence = N_(
                "(Discord takes nothing there since {when}, code {code}; choose it again and I try at once)"
            )
            value += " " + self._say(sentence, when=relative(trouble.at), code=trouble.code)
        return self._line(self._say(N_("Log channel")), value)

    def _credits(self) -> str:
        settings, limits = self._settings, self._decisions.limits
        parts = [
            self._say(
                N_("{credits} for the whole server"),
                credits=self._credit(settings.daily_credits, limits.server_daily_credits),
            ),
            self._say(
                N_("{credits} for a member"),
                credits=self._credit(settings.member_daily_credits, limits.daily_credits),
            ),
            self._say(
                N_("pictures of a member at once: {number}"),
                number=self._credit(settings.member_concurrent_jobs, limits.concurrent_jobs),
            ),
        ]
        return self._line(self._say(N_("Credits in 24 hours")), " · ".join(parts))

    def _credit(self, decided: int | None, default: int | None) -> str:
        if decided is not None:
            return str(decided)
        return (
            self._say(N_("no limit"))
            if default is None
            else self._say(N_("{number} (default)"), number=default)
        )

    def _menus(self) -> list[discord.ui.Item[Any]]:
        items: list[discord.ui.Item[Any]] = [
            ActionMenu(
                Setting.ALLOW,
                "",
                discord.ui.ChannelSelect(
                    placeholder=self._say(N_("Allow a channel or a whole category …")),
                    channel_types=list(PLACE_TYPES),
                    max_values=_CHOICES,
                ),
            )
        ]
        places = self._all_places[:_CHOICES]
        if places:
            options = [discord.SelectOption(label=self._name(place), value=str(place)) for place in places]
            taking = discord.ui.Select[Any](
                placeholder=self._say(N_("Take a channel away …")), options=options, max_values=len(options)
            )
            items.append(ActionMenu(Setting.FORBID, "", taking))
        modes = [
            discord.SelectOption(
                label=self._say(sentence), value=mode.value, default=mode is self._settings.thread_mode
            )
            for mode, sentence in _MODES.items()
        ]
        items.append(ActionMenu(Setting.THREADS, "", discord.ui.Select(options=modes)))
        items.append(
            ActionMenu(
                Setting.LOG,
                "",
                discord.ui.ChannelSelect(
                    placeholder=self._say(N_("Keep a log in a channel …")), channel_types=list(LOG_TYPES)
                ),
            )
        )
        return items

    def _name(self, place: int) -> str:
        """Return what stands for a place where no mention is rendered."""
        channel = self._guild.get_channel(place) if self._guild else None
        if channel is None:
            return self._place(place) if self._is_gone(place) else str(place)
        return plain(channel.name, 100) or str(place)

    def _buttons(self) -> list[ActionButton]:
        hides, own = self._settings.spoiler, self._settings.own_pictures_only
        buttons = [
            ActionButton(
                Setting.SPOILER,
                OFF if hides else ON,
                self._say(N_("Spoilers off")) if hides else self._say(N_("Spoilers on")),
            ),
            ActionButton(
                Setting.EDITS,
                ANYONE if own else OWN,
                self._say(N_("Edit anyone's")) if own else self._say(N_("Edit only own")),
            ),
        ]
        if self._settings.places:
            buttons.append(ActionButton(Setting.EVERYWHERE, "", self._say(N_("Allow everywhere"))))
        if self._settings.log_channel_id is not None:
            buttons.append(ActionButton(Setting.LOG, OFF, self._say(N_("No log"))))
        buttons.append(ActionButton(Setting.SHOW, "", self._say(N_("Refresh"))))
        return buttons


async def show_settings(
    catalogue: Catalogue,
    interaction: discord.Interaction[Any],
    decisions: Decisions,
) -> None:
    """Answer privately with the panel, or draw the panel anew in which something was pressed."""
    guild = interaction.client.get_guild(decisions.settings.guild_id)
    panel = SettingsPanel(catalogue, str(interaction.locale), decisions, guild=guild)
    if interaction.response.is_done():
        await interaction.edit_original_response(view=panel)
    elif interaction.type is discord.InteractionType.component:
        await interaction.response.edit_message(view=panel)
    else:
        await interaction.response.send_message(view=panel, ephemeral=True)
