"""The log channel takes very many acts at once, over a crash of the bot, each of them once, in its order."""

from __future__ import annotations

import re
import sqlite3
import time
from contextlib import closing
from typing import TYPE_CHECKING

from tests.e2e.harness import MIA, NOOR, until
from tests.e2e.reading import says
from tests.e2e.test_mod import GUILD, acts, log_to

if TYPE_CHECKING:
    from tests.e2e.harness import Bot, Sandbox


async def test_two_hundred_acts_are_told_in_few_messages_whatever_happens_meanwhile(
    sandbox: Sandbox, bot: Bot
) -> None:
    staff = await sandbox.channel("staff")
    log_to(bot, staff)
    now = int(time.time() * 1000)
    with closing(sqlite3.connect(bot.database, timeout=10)) as database, database:
        database.executemany(
            "INSERT INTO acts (at, guild_id, actor_id, kind, member_id, detail, reason, due_at)"
            " VALUES (?, ?, ?, 'unblock', ?, '', ?, ?)",
            [(now, GUILD, NOOR, MIA, f"reason {number}", now) for number in range(200)],
        )

    async def told(at_least: int) -> list[int]:
        said = "\n".join(says(message) for message in await sandbox.messages(staff))
        found = [int(number) for number in re.findall(r"^-# #(\d+)$", said, re.MULTILINE)]
        return found if len(found) >= at_least else []

    await until(lambda: told(1), what="the first acts")
    await bot.restart()

    async def all_told() -> bool:
        return not any(act["due_at"] for act in acts(bot))

    await until(all_told, what="all acts to be told", patience=120)
    assert await told(200) == [act["id"] for act in acts(bot)]
    assert len(await sandbox.messages(staff)) <= 30
