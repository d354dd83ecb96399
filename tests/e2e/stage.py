"""One bot in one sandbox for many tests: pictures are held back while a test changes the world."""

from __future__ import annotations

import sqlite3
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING, Any, Final

from tests.e2e.harness import MIA, Bot, Sandbox, until
from tests.e2e.reading import Message, says

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

PRIVATE_THREAD: Final = 12
_numbers = count(1)


def numbered(word: str) -> str:
    """Return a text that no other test uses."""
    return f"{word} {next(_numbers)}"


@dataclass
class Stage:
    """The sandbox, the bot in it, and hands to change both."""

    sandbox: Sandbox
    bot: Bot

    async def channel(self, kind: int = 0) -> int:
        """Make a channel that nobody else uses."""
        guild = (await self.sandbox.guild())["id"]
        body = {"guild_id": guild, "name": numbered("place"), "type": kind}
        made = await self.sandbox.ask("POST", "/side/world/channels", json=body, expect=201)
        return int(made["id"])

    async def private_thread(self, channel: int) -> int:
        """Make a private thread with Mia and the bot in it."""
        guild = (await self.sandbox.guild())["id"]
        body = {
            "guild_id": guild,
            "name": "secret",
            "type": PRIVATE_THREAD,
            "parent_id": str(channel),
            "members": [MIA],
        }
        made = await self.sandbox.ask("POST", "/side/world/channels", json=body, expect=201)
        return int(made["id"])

    async def bot_id(self) -> int:
        """Return the bot's id."""
        return next(int(p["id"]) for p in await self.sandbox.ask("GET", "/side/people") if p["bot"])

    async def allow(self, channel: int, permission: int) -> None:
        """Give the bot a permission in a channel."""
        rule = {"type": 1, "allow": str(permission), "deny": "0"}
        path = f"/side/world/channels/{channel}/overwrites/{await self.bot_id()}"
        await self.sandbox.ask("PUT", path, json=rule)

    async def delete(self, channel: int) -> None:
        async with self.sandbox.session.delete(f"{self.sandbox.url}/side/world/channels/{channel}") as answer:
            assert answer.ok

    async def remove_fault(self, fault: int) -> None:
        async with self.sandbox.session.delete(f"{self.sandbox.url}/faults/{fault}") as answer:
            assert answer.ok

    async def refuse(self, path: str, status: int, code: int, **where: object) -> int:
        """Let Discord refuse with this code."""
        action = {"kind": "status", "status": status, "body": {"code": code, "message": "No"}}
        return await self.sandbox.fault("discord", action, path=path, **where)

    @asynccontextmanager
    async def held_back(self, place: int, **options: Any) -> AsyncIterator[Waiting]:
        """Ask for a picture, hold it back while the block runs, and let it go afterwards."""
        prompt = numbered("picture")
        fault = await self.sandbox.fault("files", {"kind": "status", "status": 503})
        card = await self.sandbox.imagine(place, prompt, **options)
        waiting = Waiting(stage=self, prompt=prompt, card=card, place=place)
        try:
            await waiting.rows("ready")
            yield waiting
        finally:
            await self.remove_fault(fault)

    async def answers(self, since: int, *, path: str) -> list[int]:
        """Return the statuses of the bot's requests to a path."""
        calls = await self.sandbox.ask("GET", f"/side/world/requests?since={since}")
        return [int(call["status"]) for call in calls if call["path"] == path]

    async def refusals(self, since: int) -> int:
        """Count the bot's requests that Discord counts as invalid."""
        calls = await self.sandbox.ask("GET", f"/side/world/requests?since={since}")
        return sum(call["status"] in {401, 403, 429} for call in calls)

    async def now(self) -> int:
        """Return the number of the latest request."""
        calls = await self.sandbox.ask("GET", "/side/world/requests?since=0")
        return int(calls[-1]["n"]) if calls else 0

    def history(self, prompt: str) -> str:
        """Return the reasons in the history of the jobs of a prompt."""
        query = "SELECT reason FROM job_events JOIN jobs ON jobs.id = job_id WHERE prompt = ?"
        with closing(sqlite3.connect(f"file:{self.bot.database}?mode=ro", uri=True, timeout=10)) as database:
            return " ".join(reason for (reason,) in database.execute(query, (prompt,)))

    async def direct_messages(self, text: str) -> list[Message]:
        """Return the bot's direct messages to Mia that say this."""
        found: list[Message] = []
        for channel in (await self.sandbox.state(MIA))["direct_channels"]:
            found += [m for m in await self.sandbox.messages(int(channel["id"]), MIA) if text in says(m)]
        return found


@dataclass
class Waiting:
    """Pictures that were asked for with one command."""

    stage: Stage
    prompt: str
    card: int
    place: int

    async def rows(self, state: str) -> list[dict[str, Any]]:
        """Wait until all are in a state; return their rows."""

        async def look() -> list[dict[str, Any]]:
            rows = [row for row in self.stage.bot.jobs() if row["prompt"] == self.prompt]
            return rows if rows and all(row["state"] == state for row in rows) else []

        return await until(look, what=f"{self.prompt} to be {state}")

    async def row(self, state: str = "delivered") -> dict[str, Any]:
        return (await self.rows(state))[0]

    async def thread(self) -> int:
        async def look() -> int:
            rows = [row for row in self.stage.bot.jobs() if row["prompt"] == self.prompt]
            return int(rows[0]["thread_id"] or 0)

        return await until(look, what="its thread")

    async def message(self, channel: int) -> Message:
        """Return the message in a channel that brings the picture."""
        (found,) = [m for m in await self.stage.sandbox.pictures(channel) if self.prompt in says(m)]
        return found

    async def card_says(self, text: str) -> None:
        """Wait until the card says this."""

        async def look() -> bool:
            return text in says(await self.stage.sandbox.reply(self.card, self.place))

        await until(look, what=f"the card to say: {text}")
