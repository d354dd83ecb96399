"""The panel and the help fit Discord's limits, whatever there is to show."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import discord
import pytest
from discord import app_commands

from bot.acts import Block, LogTrouble
from bot.presentation.actions import ActionMenu, read_custom_id
from bot.presentation.help import help_embeds
from bot.presentation.settings import Setting, SettingsPanel
from bot.presentation.wording import Catalogue
from bot.quota import Limits, Prices
from bot.servers import ServerSettings
from bot.service.administration import Decisions
from bot.service.guidance import Situation
from tests.clocks import NOON
from tests.factories import GUILD

CATALOGUE = Catalogue()
LIMITS = Limits(daily_credits=20, concurrent_jobs=3)
FIRST_ID = 1_100_000_000_000_000_000


def panel(*, trouble: LogTrouble | None = None, guild: Any = None, **decisions: Any) -> SettingsPanel:
    settings = ServerSettings(guild_id=GUILD, **decisions)
    shown = Decisions(settings=settings, limits=LIMITS, log_trouble=trouble)
    return SettingsPanel(CATALOGUE, "en-US", shown, guild=guild)


def text_of(view: SettingsPanel) -> str:
    return "\n".join(
        item.content for item in view.walk_children() if isinstance(item, discord.ui.TextDisplay)
    )


@pytest.mark.parametrize("count", [0, 1, 25, 26, 500])
def test_the_panel_holds_any_number_of_places(count: int) -> None:
    view = panel(places=frozenset(range(FIRST_ID, FIRST_ID + count)), log_channel_id=1)
    assert len(text_of(view)) <= 4000
    assert len(list(view.walk_children())) <= 40
    for item in view.walk_children():
        if isinstance(item, ActionMenu) and isinstance(item.item, discord.ui.Select):
            assert 1 <= len(item.item.options) <= 25
    assert ("and 440 more" in text_of(view)) is (count == 500)


def test_channels_that_are_gone_come_first_because_only_the_menu_takes_them_away() -> None:
    gone = {FIRST_ID + 500, FIRST_ID + 501}
    there = SimpleNamespace(name="place")
    guild = SimpleNamespace(unavailable=False, get_channel=lambda place: None if place in gone else there)
    view = panel(guild=guild, places=frozenset(range(FIRST_ID, FIRST_ID + 60)) | gone)
    menus = [item for item in view.walk_children() if isinstance(item, ActionMenu)]
    menu = next(item.item for item in menus if item.action == Setting.FORBID)
    assert isinstance(menu, discord.ui.Select)
    assert [int(option.value) for option in menu.options[:3]] == [*sorted(gone), FIRST_ID]
    assert text_of(view).count("a deleted channel") == 2
    there.name = "\u202eecalp"
    view = panel(guild=guild, places=frozenset({FIRST_ID}))
    menu = next(
        i.item for i in view.walk_children() if isinstance(i, ActionMenu) and i.action == Setting.FORBID
    )
    assert isinstance(menu, discord.ui.Select)
    assert menu.options[0].label == "ecalp"


def trouble(channel: int, code: int) -> LogTrouble:
    return LogTrouble(guild_id=GUILD, channel_id=channel, code=code, at=NOON, until=NOON)


def test_the_panel_tells_why_there_is_no_log() -> None:
    when = f"<t:{int(NOON.timestamp())}:R>"
    assert f"none (since {when}: the channel is gone)" in text_of(panel(trouble=trouble(7, 10003)))
    refused = text_of(panel(trouble=trouble(7, 50013), log_channel_id=7))
    assert f"<#7> (Discord takes nothing there since {when}, code 50013; choose it again" in refused
    assert "Discord" not in text_of(panel(trouble=trouble(7, 50013), log_channel_id=8))


def test_the_panel_tells_limits_of_the_server_from_those_of_the_bot() -> None:
    text = text_of(panel(daily_credits=100, member_concurrent_jobs=1))
    assert "100 for the whole server · 20 (default) for a member · pictures of a member at once: 1" in text


def test_a_menu_of_channels_is_no_form_and_no_button() -> None:
    menus = [item for item in panel().walk_children() if isinstance(item, ActionMenu)]
    assert [menu.item.custom_id for menu in menus if isinstance(menu.item, discord.ui.ChannelSelect)] == [
        "easel:channels:settings_allow:",
        "easel:channels:settings_log:",
    ]
    assert read_custom_id("easel:channels:settings_log:") is None


def situation(**fields: Any) -> Situation:
    given: dict[str, Any] = {
        "left": 3,
        "limit": 20,
        "back_at": NOON + timedelta(hours=1),
        "prices": Prices(pro=1, max=2),
        "is_allowed": True,
        "places": (),
        "missing": (),
    }
    return Situation(**{**given, **fields})


def group(name: str, count: int, *, permissions: discord.Permissions | None) -> app_commands.Group:
    made = app_commands.Group(name=name, description="x", default_permissions=permissions)

    async def nothing(interaction: discord.Interaction[Any]) -> None: ...

    for number in range(count):
        command: app_commands.Command[Any, ..., Any] = app_commands.Command(
            name=f"command-{number}", description="d" * 100, callback=nothing
        )
        made.add_command(command)
    return made


def test_help_shows_names_alone_where_more_does_not_fit() -> None:
    moderator = discord.Permissions(manage_messages=True)
    admin = discord.Permissions(manage_guild=True)
    commands = [group("pictures", 25, permissions=None), group("mod", 25, permissions=moderator)]
    commands.append(group("settings", 5, permissions=admin))
    places = tuple(range(FIRST_ID, FIRST_ID + 500))
    embeds = help_embeds(
        CATALOGUE,
        "en-US",
        situation(is_allowed=False, places=places),
        commands,
        id_of=lambda _: FIRST_ID,
    )
    assert sum(len(embed) for embed in embeds) <= 6000
    assert all(len(embed.description or "") <= 4096 for embed in embeds)
    assert [embed.title for embed in embeds[1:]] == ["For moderators", "For admins"]
    everybody, moderators, admins = [embed.description or "" for embed in embeds]
    assert f"</pictures command-24:{FIRST_ID}>" in everybody
    assert f"</mod command-24:{FIRST_ID}>" in moderators
    assert "d" * 100 not in moderators
    assert f"</settings command-4:{FIRST_ID}> {'d' * 100}" in admins


def test_a_command_whose_id_nobody_told_is_named() -> None:
    (embed,) = help_embeds(
        CATALOGUE, "en-US", situation(), [group("gallery", 1, permissions=None)], id_of=lambda _: None
    )
    assert "**/gallery command-0** " in (embed.description or "")


def test_help_says_who_is_blocked_and_that_a_conversation_makes_no_pictures() -> None:
    block = Block(guild_id=1, member_id=2, until=None, reason="spam *here*", actor_id=3, at=NOON)
    (blocked,) = help_embeds(CATALOGUE, "en-US", situation(block=block), [], id_of=lambda _: None)
    assert "You can't make pictures in this server. The reason: \u2068spam \\*here" in str(
        blocked.description
    )
    ends = replace(block, until=NOON)
    (blocked,) = help_embeds(CATALOGUE, "en-US", situation(block=ends), [], id_of=lambda _: None)
    assert "until <t:" in str(blocked.description)
    direct = situation(is_allowed=False, is_direct=True)
    (told,) = help_embeds(CATALOGUE, "en-US", direct, [], id_of=lambda _: None)
    assert "Pictures are made in servers" in str(told.description)


def test_help_without_a_limit_promises_no_number() -> None:
    (embed,) = help_embeds(CATALOGUE, "en-US", situation(limit=None, left=None), [], id_of=lambda _: None)
    assert "no limit of credits" in (embed.description or "")
