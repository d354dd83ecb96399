"""What people do besides asking, while everything goes wrong: edits, presses, calling off, removing, erasing.

Each act is tried once and may come to nothing: the bot may be dead, the message gone, the person blocked.
What came of it is read in the database; `Meddling.tried` counts the tries.
"""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections import Counter
from contextlib import closing
from typing import TYPE_CHECKING, Any, Final

from tests.e2e.chaos.plan import ERASED, PEOPLE
from tests.e2e.harness import ADA, BEN, NOOR, PATIENCE, until
from tests.e2e.test_edit import send
from tests.pictures import png

if TYPE_CHECKING:
    from random import Random

    from tests.e2e.chaos.plan import Plan
    from tests.e2e.harness import Bot, Sandbox

#: Seconds that a person waits for an answer before they let it be.
_PATIENCE: Final = 4.0
_COLOURS: Final = ((220, 30, 30), (30, 200, 40), (30, 40, 220))
_BLOCKED: Final = BEN
_ABANDONED: Final = (AssertionError, TimeoutError, LookupError)


class Meddling:
    """The hands of all people but those who only ask."""

    def __init__(self, sandbox: Sandbox, bot: Bot, plan: Plan, places: list[int]) -> None:
        self.tried: Counter[str] = Counter()
        self._sandbox = sandbox
        self._bot = bot
        self._plan = plan
        self._places = places
        self._number = 0
        self._removing: list[str] = []

    async def go_on(self) -> None:
        """Do one thing after the other, chosen by the plan."""
        chance = self._plan.chance("meddling")
        for kind, pause in self._plan.meddlings():
            await asyncio.sleep(pause)
            try:
                await getattr(self, kind)(chance)
            except _ABANDONED:
                self.tried[f"{kind} in vain"] += 1
            else:
                self.tried[kind] += 1

    async def set_right(self) -> None:
        """Repeat what a crash cut off, undo what would go on for ever, and have somebody's data erased."""
        for job_id in self._removing:
            while self._one(f"SELECT 1 FROM jobs WHERE id = '{job_id}' AND removed_at IS NULL"):
                await self._moderate("remove", message=job_id, user=NOOR)
                await asyncio.sleep(1)
        while self._one("SELECT 1 FROM blocks"):
            await self._lift()
        theirs = f"SELECT 1 FROM jobs WHERE member_id = {ERASED}"
        while self._one(theirs) and not self._one(f"{theirs} AND erased_at IS NOT NULL"):
            try:
                await self.erase(self._plan.chance("erasing"))
            except _ABANDONED:
                self.tried["erase in vain"] += 1
            await asyncio.sleep(1)

    async def edit(self, chance: Random) -> None:
        """Edit one or two pictures that come with the command."""
        files = {
            f"files[{name}]": ("given.png", png(40, 30, chance.choice(_COLOURS)))
            for name in ("image", "image2")[: chance.randint(1, 2)]
        }
        body = {
            "user": chance.choice(PEOPLE),
            "channel_id": str(chance.choice(self._places)),
            "name": "edit",
            "options": {"prompt": self._prompt()},
        }
        await send(self._sandbox, "/side/commands", body, files)

    async def guess(self, chance: Random) -> None:
        """Edit whatever the bot finds, and now and then say that it is the wrong picture."""
        place = chance.choice(self._places)
        prompt = self._prompt()
        await self._sandbox.command(place, "edit", {"prompt": prompt}, user=chance.choice(PEOPLE))
        if chance.random() < 0.5:
            return
        query = "SELECT * FROM jobs WHERE prompt = ? AND card_message_id IS NOT NULL"
        row = await self._soon(query, prompt)
        undo = f"easel:undo:{row['id']}"
        await self._press(row["card_channel_id"], row["card_message_id"], undo, row["member_id"])

    async def again(self, chance: Random) -> None:
        """Press a button below somebody's picture, now and then twice."""
        row = self._any(chance, "state = 'delivered' AND message_id IS NOT NULL")
        name = f"easel:{chance.choice(('reroll', 'max'))}:{row['id']}"
        user = chance.choice(PEOPLE)
        for _ in range(chance.choice((1, 1, 2))):
            await self._press(row["message_channel_id"], row["message_id"], name, user)

    async def cancel(self, chance: Random) -> None:
        """Have a moderator call off what somebody has waiting or running."""
        row = self._any(chance, "state IN ('queued', 'submitting', 'unconfirmed', 'running', 'ready')")
        await self._moderate("cancel", job=row["id"], user=NOOR)

    async def give_up(self, chance: Random) -> None:
        """Have a member call off something of their own, by the button of their list."""
        row = self._any(chance, "state IN ('queued', 'submitting', 'unconfirmed', 'running', 'ready')")
        place = chance.choice(self._places)
        asked = await self._sandbox.command(place, "jobs", {}, user=row["member_id"])
        async with asyncio.timeout(_PATIENCE):
            message = await self._sandbox.reply(asked, place)
        name = f"easel:jobs_cancel:{row['id']}.m.0"
        await self._press(place, int(message["id"]), name, row["member_id"])

    async def remove(self, chance: Random) -> None:
        """Have a moderator remove a picture."""
        row = self._any(chance, f"state = 'delivered' AND message_id IS NOT NULL AND member_id != {NOOR}")
        self._removing.append(row["id"])
        await self._moderate("remove", message=row["id"], user=NOOR)

    async def block(self, chance: Random) -> None:
        """Block a member for some seconds."""
        await self._moderate("block", member=_BLOCKED, user=ADA, **{"for": "1h"})
        await asyncio.sleep(chance.uniform(1.0, 4.0))
        await self._lift()

    async def erase(self, chance: Random) -> None:
        """Have everything erased that is kept of one member."""
        place = chance.choice(self._places)
        asked = await self._sandbox.command(place, "mydata erase", {}, user=ERASED)
        async with asyncio.timeout(_PATIENCE):
            message = await self._sandbox.reply(asked, place)
        await self._press(place, int(message["id"]), f"easel:mydata_erase:{ERASED}", ERASED)
        await self._soon("SELECT * FROM erasures")

    async def _lift(self) -> None:
        await self._moderate("unblock", member=_BLOCKED, user=ADA)
        await asyncio.sleep(1)

    async def _moderate(self, command: str, *, user: int, **options: object) -> None:
        self._number += 1
        options["reason"] = f"act{self._number:04}"
        await self._sandbox.command(self._places[0], f"mod {command}", options, user=user)

    async def _press(self, channel: int, message: int, name: str, user: int) -> None:
        await self._sandbox.press(channel, message, name, user=user)

    def _prompt(self) -> str:
        self._number += 1
        return f"a picture no{50_000 + self._number} of chaos"

    def _any(self, chance: Random, which: str) -> dict[str, Any]:
        """Return some row of the jobs; `LookupError` if there is none."""
        return chance.choice(self._all(f"SELECT * FROM jobs WHERE {which} ORDER BY id"))

    async def _soon(self, query: str, *values: object) -> dict[str, Any]:
        async def look() -> list[dict[str, Any]]:
            return self._all(query, *values)

        return (await until(look, what=query, patience=_PATIENCE))[0]

    def _one(self, query: str) -> bool:
        return bool(self._all(query))

    def _all(self, query: str, *values: object) -> list[dict[str, Any]]:
        address = f"file:{self._bot.database}?mode=ro"
        with closing(sqlite3.connect(address, uri=True, timeout=PATIENCE)) as connection:
            connection.row_factory = sqlite3.Row
            return [dict(row) for row in connection.execute(query, values)]


def references_of(row: dict[str, Any]) -> int:
    """Return how many pictures the image service was to get for a job."""
    sent = row["references_sent"]
    return len(json.loads(row["references"])) if sent is None else int(sent)
