"""Makes the database files under `tests/data`, one for each released shape of the tables.

Run once, on the day a migration is the newest: `python -m tests.integration.store.old_databases`.
A file is never made anew later: it stands for the databases out there.
"""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Final

from alembic.script import ScriptDirectory

from bot.jobs import Card, JobState, Mode
from bot.store import open_store
from bot.store.migrations import config_for
from tests.clocks import FakeClock
from tests.factories import CHANNEL, GUILD, MEMBER, THREAD
from tests.integration.store.road import Road

if TYPE_CHECKING:
    from bot.jobs import Job

FOLDER: Final = Path(__file__).parents[2] / "data"
#: The states that have a row in every file; the way to a later state would take an earlier one along.
STATES: Final = tuple(
    state for state in reversed(JobState) if state not in {JobState.HELD, JobState.REJECTED}
)


def newest() -> str:
    """Return the name of the newest migration."""
    head = ScriptDirectory.from_config(config_for()).get_current_head()
    assert head is not None
    return head


def kept_as(job: Job) -> str:
    """Return the key under which the archive has a job's picture."""
    return f"2026/03/{job.id}.png"


async def make(file: Path) -> list[Job]:
    """Fill a new database with a job in every state, cards, keys, a failure and a studio; return the jobs."""
    clock = FakeClock()
    async with open_store(f"sqlite+aiosqlite:///{file}", clock=clock) as store:
        road = Road(store, clock)
        jobs = []
        for state in STATES:
            clock.advance(60)
            job = await road.to(state, prompt=f"a {state.value} lighthouse 🗼", mode=Mode.MAX, credits_each=2)
            card = Card(channel_id=CHANNEL, message_id=8, token="token", token_until=clock.now())
            carded = await store.attach_card(job.batch_id, card)
            jobs += [await store.mark_archived(each, kept_as(each)) for each in carded]
        await store.remember_studio(guild_id=GUILD, channel_id=CHANNEL, member_id=MEMBER, thread_id=THREAD)
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")
        connection.execute("VACUUM")
    return jobs


def main() -> None:
    """Make the file of the newest migration, unless it exists."""
    file = FOLDER / f"easel-{newest()}.db"
    if not file.exists():
        asyncio.run(make(file))
        file.with_name(f"{file.name}.lock").unlink()


if __name__ == "__main__":
    main()
