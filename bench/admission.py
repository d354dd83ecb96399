"""What taking a job in and giving it its turn costs while the history grows to a million jobs.

The same two operations are timed on four database files of different ages, in turns, so that whatever else
the machine does falls on all of them. `make bench` prints the table and puts it and the picture into `docs/`.
"""

from __future__ import annotations

import asyncio
import sqlite3
import sys
import tempfile
import time
from contextlib import AsyncExitStack, closing
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from statistics import median, quantiles
from typing import TYPE_CHECKING, Final

from bench.chart import Axis, Notes, Panel, Point, Series, draw
from bot.acts import Act, ActKind
from bot.jobs import Failure, FailureCause
from bot.quota import Limits, Rule, Spender
from bot.store import open_store
from tests.clocks import NOON, FakeClock
from tests.factories import GUILD, MEMBER, batch_factory

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.store import Store

HISTORIES: Final = (1_000, 10_000, 100_000, 1_000_000)
#: Over how many days a history is spread, and among how many members and servers.
_DAYS: Final = 365
_MEMBERS: Final = 5_000
_GUILDS: Final = 200
_ROUNDS: Final = 400
_WARM_UP: Final = 40
_REACH: Final = 1.3
#: Every limit set, so that every sum is made.
_LIMITS: Final = Limits(
    daily_credits=10**6, concurrent_jobs=5, server_daily_credits=10**6, operator_daily_credits=10**6
)
_LEASE: Final = timedelta(seconds=30)
_FAILURE: Final = Failure(cause=FailureCause.PROVIDER)
_DOCUMENTS: Final = Path(__file__).resolve().parents[1] / "docs"
_TABLE_STARTS: Final = "<!-- made by make bench: admission -->\n"
_TABLE_ENDS: Final = "<!-- end of admission -->\n"
_OPERATIONS: Final = ("admission", "claim")
_COLOUR: Final = "#5865f2"

_FILL: Final = """
    WITH RECURSIVE numbers(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n + 1 < :jobs)
    INSERT INTO jobs (
        id, batch_id, batch_index, batch_size, kind, state, guild_id, channel_id, thread_id, private, place,
        member_id, member_name, locale, mode, aspect_ratio, output_format, credits, price, attempts,
        created_at, submitted_at, completed_at, finished_at, card_channel_id, card_message_id,
        message_channel_id, message_id, rung, cost_ms, task_id, result_urls, prompt
    )
    SELECT
        printf('h%015d', n), printf('b%015d', n), 0, 1, 'imagine', 'delivered', :guild + n % :guilds, 2, 3, 0,
        'studio', :member + (n * 7919) % :members, 'Somebody', 'en-US', iif(n % 4, 'pro', 'max'),
        '16:9', 'jpeg', 1, 1, 1, :until - (:jobs - n) * :step, 0, :until - (:jobs - n) * :step + 20000,
        :until - (:jobs - n) * :step + 25000, 2, n, 3, n, 'thread', 20000, printf('task-%d', n),
        '["https://cdn.example/picture.png"]', 'a lighthouse in a storm, seen from the sea at night'
    FROM numbers
"""
_FILL_EVENTS: Final = """
    INSERT INTO job_events (job_id, at, source, target, actor, reason)
    SELECT id, created_at, NULL, 'queued', 'member', 'admitted' FROM jobs
    UNION ALL SELECT id, finished_at, 'delivering', 'delivered', 'worker', 'posted' FROM jobs
"""


@dataclass
class Run:
    """One database of a certain age, and the milliseconds that its operations took."""

    history: int
    store: Store
    clock: FakeClock
    took: dict[str, list[float]] = field(default_factory=lambda: {"admission": [], "claim": []})


def fill(file: Path, jobs: int) -> None:
    """Put a history of delivered jobs into a new database, spread evenly over the time until now."""
    now = int(NOON.timestamp() * 1000)
    values = {
        "jobs": jobs,
        "guild": GUILD,
        "guilds": _GUILDS,
        "member": MEMBER,
        "members": _MEMBERS,
        "until": now,
        "step": _DAYS * 86_400_000 // jobs,
    }
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("BEGIN")
        connection.execute(_FILL, values)
        connection.execute(_FILL_EVENTS)
        connection.execute("COMMIT")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


async def measure(folder: Path) -> list[Run]:
    """Make the databases and time both operations on all of them, in turns."""
    async with AsyncExitStack() as stack:
        runs = []
        for history in HISTORIES:
            print(f"{history:,} past jobs …", file=sys.stderr)
            file = folder / f"{history}.db"
            url = f"sqlite+aiosqlite:///{file}"
            async with open_store(url, clock=FakeClock()):
                pass
            await asyncio.to_thread(fill, file, history)
            clock = FakeClock()
            store = await stack.enter_async_context(open_store(url, clock=clock))
            act = Act(guild_id=GUILD, actor_id=1, kind=ActKind.QUOTA)
            spender = Spender(guild_id=GUILD, member_id=MEMBER)
            await store.set_member_quota(spender, lambda _: Rule(concurrent_jobs=3), limits=_LIMITS, act=act)
            runs.append(Run(history=history, store=store, clock=clock))
        for number in range(_WARM_UP + _ROUNDS):
            for run in runs:
                await _round(run, counts=number >= _WARM_UP)
        return runs


async def _round(run: Run, *, counts: bool) -> None:
    """Take a job in and give it its turn; it ends at once, so that the next round finds the same."""
    run.clock.advance(1)
    begun = time.perf_counter()
    await run.store.admit(batch_factory(), _LIMITS)
    admitted = time.perf_counter()
    (job,) = await run.store.claim_submissions(
        owner="bench", lease=_LEASE, at_most=32, per_member=3, in_flight_limit=1000
    )
    claimed = time.perf_counter()
    await run.store.fail(job, _FAILURE)
    if counts:
        run.took["admission"].append((admitted - begun) * 1000)
        run.took["claim"].append((claimed - admitted) * 1000)


def table_of(runs: Sequence[Run]) -> str:
    """Return the table in Markdown, a line for each operation."""
    head = ["median ms", *(f"{run.history:,} past jobs" for run in runs), "last ÷ first", "reach"]
    lines = ["| " + " | ".join(head) + " |", "|---" * len(head) + "|"]
    for operation in _OPERATIONS:
        middles = [median(run.took[operation]) for run in runs]
        cells = [operation, *(f"{middle:.2f}" for middle in middles)]
        cells += [f"{middles[-1] / middles[0]:.2f}", f"≤ {_REACH}"]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def picture_of(runs: Sequence[Run]) -> str:
    """Return the picture as SVG: the time of each operation against the length of the history."""
    panels = [
        Panel(title=operation.capitalize(), series=[_series(operation, runs)]) for operation in _OPERATIONS
    ]
    notes = Notes(
        hollow="1,000,000 past jobs; full: fewer",
        high="up to the 95th percentile",
        reading="Flat is good: history costs nothing.",
    )
    across = Axis(ticks=HISTORIES, low=600, high=2_000_000)
    return draw(panels, title="What history costs", x="past jobs", y="ms", notes=notes, across=across)


def _series(operation: str, runs: Sequence[Run]) -> Series:
    return Series(
        name="median",
        colour=_COLOUR,
        points=[
            Point(
                x=run.history,
                y=median(run.took[operation]),
                high=quantiles(run.took[operation], n=20)[-1],
                hollow=run.history == HISTORIES[-1],
            )
            for run in runs
        ],
    )


def _put_into(document: Path, table: str) -> None:
    before, _, rest = document.read_text(encoding="utf-8").partition(_TABLE_STARTS)
    _, _, after = rest.partition(_TABLE_ENDS)
    document.write_text(f"{before}{_TABLE_STARTS}\n{table}\n{_TABLE_ENDS}{after}", encoding="utf-8")


def main() -> None:
    """Run all of it, print the table, and renew the document's table and picture."""
    with tempfile.TemporaryDirectory() as name:
        runs = asyncio.run(measure(Path(name)))
    table = table_of(runs)
    print(table)
    _put_into(_DOCUMENTS / "engine.md", table)
    (_DOCUMENTS / "images" / "admission.svg").write_text(picture_of(runs), encoding="utf-8")


if __name__ == "__main__":
    main()
