"""What an interaction tells: which message was meant, however it was written, and what its person may do."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any
from unittest.mock import Mock

import discord
import pytest

from bot.errors import BadReferenceError, MayNotPostError, NotAdminError, PictureFault
from bot.intake import MessageLink, admin, message_link, place_to_post
from tests.clocks import NOON
from tests.factories import CHANNEL, GUILD, THREAD

MESSAGE = 1_100_000_000_000_000_009


def read(text: str) -> MessageLink:
    return message_link(text, guild_id=GUILD, channel_id=CHANNEL)


@pytest.mark.parametrize(
    "text",
    [
        f"https://discord.com/channels/{GUILD}/{THREAD}/{MESSAGE}",
        f"  https://discord.com/channels/{GUILD}/{THREAD}/{MESSAGE}/ ",
        f"<https://ptb.discord.com/channels/{GUILD}/{THREAD}/{MESSAGE}>",
        f"https://canary.discord.com/channels/{GUILD}/{THREAD}/{MESSAGE}",
        f"https://discordapp.com/channels/{GUILD}/{THREAD}/{MESSAGE}",
        f"{THREAD}-{MESSAGE}",
    ],
)
def test_a_link_names_a_message_and_its_channel(text: str) -> None:
    assert read(text) == MessageLink(channel_id=THREAD, message_id=MESSAGE)


def test_an_id_alone_is_one_of_this_channel() -> None:
    assert read(f" {MESSAGE} ") == MessageLink(channel_id=CHANNEL, message_id=MESSAGE)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (f"https://discord.com/channels/{THREAD}/{THREAD}/{MESSAGE}", PictureFault.ELSEWHERE),
        (f"https://discord.com/channels/@me/{THREAD}/{MESSAGE}", PictureFault.DIRECT),
        (f"https://discord.com/channels/{GUILD}/{THREAD}", PictureFault.NO_LINK),
        (f"https://discord.com.example.org/channels/{GUILD}/{THREAD}/{MESSAGE}", PictureFault.NO_LINK),
        (f"http://discord.com/channels/{GUILD}/{THREAD}/{MESSAGE}", PictureFault.NO_LINK),
        ("https://cdn.discordapp.com/attachments/1/2/cat.png", PictureFault.NO_LINK),
        (f"{MESSAGE}{MESSAGE}", PictureFault.NO_LINK),
        ("9" * 19, PictureFault.NO_LINK),
        (f"{'9' * 19}-{MESSAGE}", PictureFault.NO_LINK),
        (f"https://discord.com/channels/{GUILD}/{THREAD}/{'9' * 19}", PictureFault.NO_LINK),
        ("the one above", PictureFault.NO_LINK),
    ],
)
def test_what_is_no_message_of_this_server_is_refused(text: str, fault: PictureFault) -> None:
    with pytest.raises(BadReferenceError) as caught:
        read(text)
    assert caught.value.fault is fault


def asked(**allowed: bool) -> Any:
    """Return an interaction in a text channel where the bot may do everything and its person what is said."""
    guild = SimpleNamespace(id=GUILD, get_channel=lambda _: None)
    channel = Mock(spec=discord.TextChannel, id=CHANNEL)
    return SimpleNamespace(
        channel=channel,
        guild_id=GUILD,
        client=SimpleNamespace(get_guild=lambda _: guild),
        app_permissions=discord.Permissions.all(),
        permissions=discord.Permissions(**allowed),
        user=SimpleNamespace(id=7, display_name="Mia"),
        locale="en-US",
        token="a token",
        expires_at=NOON,
    )


def test_who_may_not_write_in_a_channel_has_nothing_posted_there() -> None:
    with pytest.raises(MayNotPostError):
        place_to_post(asked(send_messages_in_threads=True))
    assert place_to_post(asked(send_messages=True)).channel_id == CHANNEL
    assert place_to_post(asked(administrator=True)).channel_id == CHANNEL


def test_only_who_manages_the_server_decides_for_it() -> None:
    with pytest.raises(NotAdminError):
        admin(asked(manage_messages=True))
    assert admin(asked(manage_guild=True)).guild_id == GUILD
