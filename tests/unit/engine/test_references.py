"""How long an address of Discord's lasts, and which hosts hold files."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.engine.references import end_of, file_hosts
from tests.clocks import NOON

WHOLE = NOON.replace(microsecond=0)


def test_a_signed_address_says_when_it_ends() -> None:
    ends = WHOLE + timedelta(hours=24)
    url = f"https://cdn.discordapp.com/attachments/1/2/a.png?ex={int(ends.timestamp()):x}&is=0&hm=abc&"
    assert end_of(url) == ends


@pytest.mark.parametrize("query", ["", "?ex=", "?ex=never", "?ex=ffffffffffffffffffff", "?is=1"])
def test_an_address_that_says_nothing_has_no_known_end(query: str) -> None:
    assert end_of(f"https://cdn.discordapp.com/attachments/1/2/a.png{query}") is None


def test_a_discord_on_the_same_machine_holds_its_own_files_only_where_that_is_allowed() -> None:
    ours = file_hosts("http://127.0.0.1:8700/discord/api/v10", private=True)
    assert ours - file_hosts("http://127.0.0.1:8700/discord/api/v10", private=False) == {"127.0.0.1"}
    assert file_hosts("https://discord.com/api/v10", private=False) == {
        "cdn.discordapp.com",
        "media.discordapp.net",
    }
