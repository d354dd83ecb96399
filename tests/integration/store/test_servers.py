"""What a server decided is kept whole, and each change comes with the act that says who made it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

from bot.acts import Act, ActKind
from bot.servers import ServerSettings, ThreadMode
from tests.factories import GUILD, MEMBER

if TYPE_CHECKING:
    from pathlib import Path

    from bot.store import Store

ACT = Act(guild_id=GUILD, actor_id=MEMBER, kind=ActKind.SETTINGS, detail="spoiler: on")


def acts(file: Path) -> list[tuple[str, str]]:
    with closing(sqlite3.connect(file)) as connection:
        return list(connection.execute("SELECT kind, detail FROM acts WHERE due_at IS NOT NULL ORDER BY id"))


async def test_a_server_that_decided_nothing_has_the_defaults(store: Store) -> None:
    assert await store.server_settings(GUILD) == ServerSettings(guild_id=GUILD)


async def test_decisions_are_kept_beside_those_of_other_servers(store: Store) -> None:
    wanted = ServerSettings(
        guild_id=GUILD,
        spoiler=True,
        own_pictures_only=True,
        thread_mode=ThreadMode.INLINE,
        log_channel_id=7,
        places=frozenset({1, 2}),
        daily_credits=100,
        member_daily_credits=10,
        member_concurrent_jobs=2,
    )
    assert await store.change_server_settings(GUILD, lambda _: wanted, act=ACT) == wanted
    assert await store.server_settings(GUILD) == wanted
    assert await store.server_settings(GUILD + 1) == ServerSettings(guild_id=GUILD + 1)
    fewer = replace(wanted, places=frozenset({2, 3}))
    await store.change_server_settings(GUILD, lambda now: replace(now, places=fewer.places), act=ACT)
    assert await store.server_settings(GUILD) == fewer


async def test_a_change_writes_its_act_and_no_change_writes_none(store: Store, file: Path) -> None:
    await store.change_server_settings(GUILD, lambda now: replace(now, spoiler=True), act=ACT)
    await store.change_server_settings(GUILD, lambda now: replace(now, spoiler=True), act=ACT)
    assert acts(file) == [("settings", "spoiler: on")]
