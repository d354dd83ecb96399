"""Plays a plan: members ask, faults strike, the bot dies and comes back; then calm until nothing is due.

It stops nothing and judges nothing: what came of it is read in `tests.e2e.chaos.books`.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections import Counter
from contextlib import closing, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import aiohttp

from tests.e2e.chaos.meddling import Meddling
from tests.e2e.harness import PATIENCE, until

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.e2e.chaos.plan import Kill, Plan, Wish
    from tests.e2e.harness import Bot, Sandbox

FINAL: Final = frozenset({"delivered", "failed", "cancelled", "rejected", "undeliverable"})
#: The states in which the image service is done with a task.
ENDED: Final = frozenset({"success", "failed"})
_DOUBLED: Final = 0.1
_GLANCE: Final = 0.003
_TEXT: Final = 0
_THREAD: Final = 11


@dataclass
class Tally:
    """What was done to the bot."""

    kills: Counter[str] = field(default_factory=Counter)
    doubled: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    storm_seconds: float = 0.0
    calm_seconds: float = 0.0


class Play:
    """One run. The bot is not started yet when it is made."""

    def __init__(self, sandbox: Sandbox, bot: Bot, plan: Plan, *, port: int) -> None:
        self.tally = Tally()
        self._sandbox = sandbox
        self._bot = bot
        self._plan = plan
        self._places: list[int] = []
        self._guild = self.log_channel = 0
        self.meddling = Meddling(sandbox, bot, plan, self._places)
        self._settings = {
            "QUOTA_DAILY_CREDITS": "1000000",
            "QUOTA_CONCURRENT_JOBS": "1000",
            "LEASE_SECONDS": "2",
            "GUESS_SECONDS": "1",
            "POLL_FIRST_SECONDS": "2",
            "POLL_EVERY_SECONDS": "5",
            "PUBLIC_URL": f"http://127.0.0.1:{port}",
            "HTTP_PORT": str(port),
            "CALLBACK_SECRET": "chaos-chaos-chaos-chaos-chaos-chaos",
        }

    async def storm(self) -> None:
        """Let everything happen at once until there are enough jobs and the bot has died often enough."""
        began = asyncio.get_running_loop().time()
        await self._set_the_stage()
        await self._bot.start(**self._settings)
        self._choose_the_log_channel()
        for fault in self._plan.faults():
            await self._sandbox.ask("POST", "/faults", json=fault, expect=201)
        asking = asyncio.create_task(self._ask())
        beside = [asyncio.create_task(each) for each in (self._double_callbacks(), self.meddling.go_on())]
        try:
            for number, kill in enumerate(self._plan.kills(), start=1):
                await self._kill(kill)
                if asking.done() and number >= self._plan.least_kills:
                    break
            await asking
        finally:
            for task in (asking, *beside):
                task.cancel()
            ended = await asyncio.gather(asking, *beside, return_exceptions=True)
        for problem in ended:
            if isinstance(problem, Exception):
                raise problem
        self.tally.storm_seconds = asyncio.get_running_loop().time() - began

    async def calm(self, *, patience: float, restart: bool) -> None:
        """Let the faults end, and wait until nothing is left to do; `restart` ends what still hangs."""
        began = asyncio.get_running_loop().time()
        for fault in await self._sandbox.faults():
            self.tally.faults[f"{fault['target']} {fault['action']['kind']}"] += fault["hits"]
        await self._sandbox.mend()
        if restart:
            await self._bot.restart(**self._settings)
        async with asyncio.timeout(patience):
            await self.meddling.set_right()
        await until(self._is_settled, what="everything to settle", patience=patience)
        # The image service has brought what it ever will; now the ten minutes may pass for the others.
        await asyncio.sleep(sum(self._plan.retries))
        self._let_the_grace_pass()
        await until(self._is_over, what="nothing to be due", patience=patience)
        self.tally.calm_seconds = asyncio.get_running_loop().time() - began

    async def repeat_all_callbacks(self) -> None:
        """Bring every callback once more, long after it mattered."""
        for task in await self._sandbox.tasks():
            if task["state"] in ENDED:
                await self._call_back(task)

    async def _set_the_stage(self) -> None:
        await self._sandbox.set_service(
            plain_pictures=True,
            balance=100_000,
            callback_retry_seconds=self._plan.retries,
            seconds=1.5,
            spread=1.5,
        )
        guild = (await self._sandbox.guild())["id"]
        self._guild = int(guild)
        for number in range(self._plan.places):
            # Every third place is a thread in the channel before it.
            thread = {"type": _THREAD, "parent_id": str(self._places[-1])} if number % 3 == 2 else {}
            wish = {"guild_id": guild, "name": f"chaos-{number}", "type": _TEXT, **thread}
            self._places.append(await self._make(wish))
        self.log_channel = await self._make({"guild_id": guild, "name": "chaos-log", "type": _TEXT})

    async def _make(self, wish: dict[str, Any]) -> int:
        made = await self._sandbox.ask("POST", "/side/world/channels", json=wish, expect=201)
        return int(made["id"])

    def _choose_the_log_channel(self) -> None:
        """Decide for the server, as an admin would, where acts are told."""
        with closing(sqlite3.connect(self._bot.database, timeout=PATIENCE)) as connection, connection:
            connection.execute(
                "INSERT INTO servers (guild_id, spoiler, own_pictures_only, thread_mode, log_channel_id) "
                "VALUES (?, 0, 0, 'per-member', ?)",
                (self._guild, self.log_channel),
            )

    async def _ask(self) -> None:
        """Ask until the bot has taken enough; who asks while it is dead is told so by Discord."""
        for wish, pause in zip(self._plan.wishes(), self._plan.pauses(), strict=False):
            await self._wish(wish)
            await asyncio.sleep(pause)
            if self._count() >= self._plan.jobs:
                return

    async def _wish(self, wish: Wish) -> None:
        await self._sandbox.imagine(
            self._places[wish.place], wish.prompt, user=wish.user, count=wish.count, **wish.options
        )

    def _count(self) -> int:
        with closing(self._connect()) as connection:
            return int(connection.execute("SELECT count(*) FROM jobs").fetchone()[0])

    async def _kill(self, kill: Kill) -> None:
        await asyncio.sleep(kill.seconds)
        if kill.change is None:
            name = "at a random moment"
        else:
            met = await self._watch(kill.change)
            name = f"{kill.change[0] or 'admitted'} > {kill.change[1]}" if met else "after waiting in vain"
        await self._bot.kill()
        self.tally.kills[name] += 1
        await asyncio.sleep(kill.down)
        await self._bot.start(**self._settings)

    async def _watch(self, change: tuple[str | None, str]) -> bool:
        """Return True as soon as some job makes this change, and False when that takes too long."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self._plan.patience
        with closing(self._connect()) as connection:
            (last,) = connection.execute("SELECT coalesce(max(id), 0) FROM job_events").fetchone()
            newer = "SELECT 1 FROM job_events WHERE id > ? AND source IS ? AND target = ?"
            while loop.time() < deadline:
                if connection.execute(newer, (last, *change)).fetchone():
                    return True
                await asyncio.sleep(_GLANCE)
        return False

    async def _double_callbacks(self) -> None:
        """Bring some callbacks a second time, at about the time of the first."""
        chance, seen = self._plan.chance("doubled callbacks"), set[str]()
        while True:
            for task in await self._sandbox.tasks():
                if task["state"] not in ENDED or task["taskId"] in seen:
                    continue
                seen.add(task["taskId"])
                if chance.random() < _DOUBLED:
                    await self._call_back(task)
                    self.tally.doubled += 1
            await asyncio.sleep(1)

    async def _call_back(self, task: dict[str, Any]) -> None:
        body = {"code": 200, "message": "success", "data": task}
        with suppress(aiohttp.ClientError, TimeoutError):
            async with self._sandbox.session.post(task["callback_url"], json=body) as answer:
                assert answer.status == 200, (answer.status, await answer.text())

    async def _is_settled(self) -> bool:
        return all(
            row["state"] == "unconfirmed" or (row["state"] in FINAL and row["due_at"] is None)
            for row in self._bot.jobs()
        )

    async def _is_over(self) -> bool:
        waiting = "SELECT count(*) FROM {}"
        with closing(self._connect()) as connection:
            left = [
                connection.execute(waiting.format(which)).fetchone()[0]
                for which in ("acts WHERE due_at IS NOT NULL", "erasures WHERE done_at IS NULL")
            ]
        rows = self._bot.jobs()
        return not any(left) and all(row["state"] in FINAL and row["due_at"] is None for row in rows)

    def _let_the_grace_pass(self) -> None:
        """Make the time come at which a lost answer is given up, which is ten minutes away."""
        with closing(sqlite3.connect(self._bot.database, timeout=PATIENCE)) as connection, connection:
            connection.execute("UPDATE jobs SET due_at = created_at WHERE state = 'unconfirmed'")

    def _connect(self) -> sqlite3.Connection:
        return sqlite3.connect(f"file:{self._bot.database}?mode=ro", uri=True, timeout=PATIENCE)


def unfinished(rows: Sequence[dict[str, Any]]) -> list[str]:
    """Return what is not over yet, for whoever waited in vain."""
    return [
        f"{row['id']} {row['state']} due {row['due_at']} lease {row['lease_owner']} {row['lease_until']}"
        for row in rows
        if row["state"] not in FINAL or row["due_at"] is not None
    ]
