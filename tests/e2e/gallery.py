"""Hands for a gallery: somebody who looks through it, and pictures in every state to be found there."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

from tests.e2e.harness import MIA, until
from tests.e2e.reading import every_component, says
from tests.e2e.stage import numbered

if TYPE_CHECKING:
    from tests.e2e.harness import Bot, Sandbox
    from tests.e2e.reading import Message
    from tests.e2e.stage import Stage


class Visitor:
    """Looks through the gallery of one person in one place."""

    def __init__(self, sandbox: Sandbox, place: int, *, user: int = MIA) -> None:
        self.sandbox = sandbox
        self.place = place
        self.user = user
        self.page: Message = {}

    async def open(self, text: str = "", *, saying: str = "Your pictures") -> Message:
        """Open the gallery, and return its page."""
        options = {"text": text} if text else {}
        asked = await self.sandbox.command(self.place, "gallery", options, user=self.user)
        self.page = await self.sandbox.reply(asked, self.place, saying=saying)
        return self.page

    async def turn(self, label: str, *, saying: str) -> Message:
        """Press a button of the page that changes it, and return it as it is then."""
        await self.sandbox.press(self.place, int(self.page["id"]), self._named(label), user=self.user)
        return await self._becomes(saying)

    async def pick(self, words: str, *, saying: str = "") -> Message:
        """Choose a picture of the page by words of its prompt, and return the page that shows it."""
        (menu,) = [part for part in every_component(self.page) if part.get("options")]
        (job,) = [each["value"] for each in menu["options"] if words in each["label"]]
        body = {
            "user": self.user,
            "channel_id": str(self.place),
            "message_id": self.page["id"],
            "custom_id": menu["custom_id"],
            "values": [job],
        }
        await self.sandbox.ask("POST", "/side/components", json=body, expect=201)

        async def look() -> Message | None:
            page = await self._now()
            return page if "Back" in labels(page) and saying in says(page) else None

        found = await until(look, what=f"the picture {words}")
        assert found
        self.page = found
        return found

    async def press(self, label: str, *, saying: str = "") -> Message:
        """Press a button of the page that is answered beside it, and return the answer."""
        name = self._named(label)
        pressed = await self.sandbox.press(self.place, int(self.page["id"]), name, user=self.user)
        return await self.sandbox.reply(pressed, self.place, saying=saying)

    async def told(self, label: str, saying: str) -> bool:
        """Press a button of the page, and wait until this is told privately beside it."""
        name = self._named(label)
        await self.sandbox.press(self.place, int(self.page["id"]), name, user=self.user)
        return await self.is_told(saying)

    async def is_told(self, saying: str) -> bool:
        """Wait until this is told privately."""

        async def look() -> bool:
            messages = await self.sandbox.messages(self.place, self.user)
            return any(saying in says(message) and message["flags"] & 64 for message in messages)

        return await until(look, what=saying)

    def _named(self, label: str) -> str:
        return next(str(p["custom_id"]) for p in every_component(self.page) if p.get("label") == label)

    async def _now(self) -> Message:
        messages = await self.sandbox.messages(self.place, self.user)
        return next(message for message in messages if message["id"] == self.page["id"])

    async def _becomes(self, saying: str) -> Message:
        async def look() -> Message | None:
            page = await self._now()
            return page if saying in says(page) else None

        found = await until(look, what=f"the page to say: {saying}")
        assert found
        self.page = found
        return found


def labels(page: Message) -> list[str]:
    """Return the labels of a message's buttons."""
    return [part["label"] for part in every_component(page) if part.get("label")]


def thumbnails(page: Message) -> list[dict[str, Any]]:
    """Return the previews of a page."""
    return [part["accessory"] for part in every_component(page) if part.get("accessory")]


async def picture(stage: Stage, channel: int, word: str, **options: Any) -> dict[str, Any]:
    """Have a picture made of words that no other test uses; return its job."""
    prompt = numbered(word)
    await stage.sandbox.imagine(channel, prompt, **options)

    async def look() -> dict[str, Any]:
        found = [row for row in stage.bot.jobs() if row["prompt"] == prompt]
        return found[0] if found and found[0]["state"] == "delivered" else {}

    return await until(look, what=f"{prompt} to be delivered")


def job(stage: Stage, wanted: dict[str, Any]) -> dict[str, Any]:
    """Return a job as it is now."""
    return next(row for row in stage.bot.jobs() if row["id"] == wanted["id"])


def change(bot: Bot, statement: str, *values: object) -> None:
    """Change the bot's database beside it."""
    with closing(sqlite3.connect(bot.database, timeout=10)) as database, database:
        database.execute(statement, values)


async def pictures_with(stage: Stage, place: int, prompt: str) -> list[Message]:
    """Return the public messages of a place that bring the picture of a prompt."""
    return [m for m in await stage.sandbox.pictures(place) if prompt in says(m) and not m["flags"] & 64]


async def undeliverable(stage: Stage, channel: int) -> dict[str, Any]:
    """Return the job of a picture that no place took."""
    direct = await stage.refuse(r"/channels/\d+/messages$", 403, 50013, method="POST")
    try:
        prompt = numbered("stuck puffin")
        await stage.sandbox.imagine(channel, prompt)

        async def look() -> dict[str, Any]:
            found = [row for row in stage.bot.jobs() if row["prompt"] == prompt]
            return found[0] if found and found[0]["state"] == "undeliverable" else {}

        return await until(look, what="a picture that no place takes")
    finally:
        await stage.remove_fault(direct)


def multiply(bot: Bot, made: dict[str, Any], prompts: list[str]) -> None:
    """Write copies of a job into the database, each newer than the one before, with prompts of their own."""
    ids = [f"7{abs(hash(made['id'])) % 10**5:05}{number:010}" for number in range(len(prompts))]
    with closing(sqlite3.connect(bot.database, timeout=10)) as database, database:
        columns = [f'"{name}"' for name in made if name not in {"id", "batch_id", "prompt", "archive_key"}]
        database.executemany(
            f"INSERT INTO jobs (id, batch_id, prompt, {', '.join(columns)})"
            f" SELECT ?, ?, ?, {', '.join(columns)} FROM jobs WHERE id = ?",
            [(one, one, prompt, made["id"]) for one, prompt in zip(ids, prompts, strict=True)],
        )
