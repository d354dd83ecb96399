"""The real processes, as an operator starts them: the sandbox, the bot, and hands to play people with.

The harness speaks to the sandbox only by its documented addresses, and to the bot only by its environment,
its signals and, for its states, its database file. Nothing of the sandbox is imported.
"""

from __future__ import annotations

import json
import re
import signal
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any, Final

import aiohttp

from tests.databases import lay_out
from tests.e2e.child import PATIENCE, ROOT, Child, until
from tests.e2e.reading import pictures_of, says

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tests.e2e.reading import Message

__all__ = ["ADA", "BEN", "LEASE", "MIA", "NOOR", "PATIENCE", "ROOT", "Bot", "Child", "Sandbox", "until"]

MIA: Final = 101
BEN: Final = 102
NOOR: Final = 103
ADA: Final = 104
#: Seconds of the short lease that the bot runs with here.
LEASE: Final = 1.0
_LISTENING: Final = re.compile(r"sandbox listening on (http://\S+)")


class Sandbox(Child):
    """The world outside, and the hands of its people."""

    def __init__(self, folder: Path) -> None:
        super().__init__("sandbox", folder / "sandbox.log")
        self.url = ""
        self.bots: list[Bot] = []
        self._askers: dict[int, int] = {}
        self.session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=PATIENCE))

    async def start(self, *options: str) -> None:
        """Start it on a free port."""
        await self.spawn("sandbox", "--port", "0", *options, env={}, cwd=self.log.parent)

        async def address() -> str:
            found = _LISTENING.search(self.text())
            return found[1] if found else ""

        self.url = await until(address, what="the sandbox's start line")

    async def close(self) -> None:
        """Stop it and the hands."""
        await self.session.close()
        await super().close()

    async def ask(self, method: str, path: str, *, expect: int = 200, **request: Any) -> Any:
        """Call the sandbox and return the JSON of its answer, which must have the expected status."""
        async with self.session.request(method, self.url + path, **request) as answer:
            text = await answer.text()
            assert answer.status == expect, f"{method} {path}: {answer.status} {text}"
            return await answer.json() if text else None

    async def state(self, user: int = MIA) -> dict[str, Any]:
        """Return the world as this person sees it."""
        state: dict[str, Any] = await self.ask("GET", f"/side/state?user={user}")
        return state

    async def channel(self, name: str, user: int = ADA) -> int:
        """Return the id of a channel by its name."""
        guild = (await self.state(user))["guilds"][0]
        return next(int(channel["id"]) for channel in guild["channels"] if channel["name"] == name)

    async def guild(self) -> dict[str, Any]:
        """Return the seeded server as its owner sees it."""
        guild: dict[str, Any] = (await self.state(ADA))["guilds"][0]
        return guild

    async def messages(self, channel: int, user: int = ADA) -> list[Message]:
        """Return a channel's messages, oldest first, as this person sees them."""
        found = await self.ask("GET", f"/side/channels/{channel}/messages?user={user}&limit=100")
        return list(reversed(found))

    async def command(
        self,
        channel: int,
        name: str,
        options: Mapping[str, object],
        *,
        user: int = MIA,
        unchecked: bool = False,
    ) -> int:
        """Run a slash command, `unchecked` with options that Discord's own app would not let through."""
        body = {
            "user": user,
            "channel_id": str(channel),
            "name": name,
            "options": options,
            "unchecked": unchecked,
        }
        return await self._interact("/side/commands", body)

    async def imagine(
        self, channel: int, prompt: str = "a red fox", *, user: int = MIA, **options: object
    ) -> int:
        """Ask for a picture."""
        return await self.command(channel, "imagine", {"prompt": prompt, **options}, user=user)

    async def press(self, channel: int, message: int, custom_id: str, *, user: int = MIA) -> int:
        """Press a button."""
        body = {
            "user": user,
            "channel_id": str(channel),
            "message_id": str(message),
            "custom_id": custom_id,
        }
        return await self._interact("/side/components", body)

    async def menu(self, channel: int, message: int, name: str, *, user: int = MIA) -> int:
        """Choose a command in a message's menu."""
        body = {"user": user, "channel_id": str(channel), "message_id": str(message), "name": name}
        return await self._interact("/side/menus", body)

    async def form(self, interaction: int) -> dict[str, Any]:
        """Wait until an interaction has opened a form, and return its fields by their names."""

        async def look() -> dict[str, Any]:
            found = await self.interaction(interaction)
            assert found["state"] in {"pending", "modal"}, found
            return found.get("modal") or {}

        form = await until(look, what="a form")
        fields = [label["component"] for label in form["components"]]
        return {field["custom_id"]: field for field in fields}

    async def submit(
        self, interaction: int, values: Mapping[str, object], files: Mapping[str, bytes] | None = None
    ) -> int:
        """Send in the form that an interaction opened, with a file for each of these fields."""
        body = {"user": self._askers[interaction], "interaction_id": str(interaction), "values": values}
        return await self._interact("/side/modals", body, files)

    async def _interact(
        self, path: str, body: dict[str, Any], files: Mapping[str, bytes] | None = None
    ) -> int:
        request: dict[str, Any] = {"json": body}
        if files:
            form = aiohttp.FormData()
            form.add_field("payload_json", json.dumps(body), content_type="application/json")
            for name, data in files.items():
                form.add_field(f"files[{name}]", data, filename="given.png", content_type="image/png")
            request = {"data": form}
        answer = await self.ask("POST", path, **request, expect=201)
        interaction = int(answer["interaction_id"])
        self._askers[interaction] = body["user"]
        return interaction

    async def interaction(self, interaction: int) -> dict[str, Any]:
        """Return what became of an interaction."""
        user = self._askers[interaction]
        found: dict[str, Any] = await self.ask("GET", f"/side/interactions/{interaction}?user={user}")
        return found

    async def answered(self, interaction: int) -> dict[str, Any]:
        """Wait until the interaction is answered; it must not fail."""

        async def look() -> dict[str, Any] | None:
            found = await self.interaction(interaction)
            assert found["state"] != "failed", found
            return found if found["state"] == "answered" else None

        found = await until(look, what="an answer to the interaction")
        assert found
        return found

    async def reply(self, interaction: int, channel: int, *, saying: str = "") -> Message:
        """Wait for the answer and return its message as the person who asked sees it.

        An answer that changes a message counts as one before the message is changed; `saying` waits for it.
        """
        found = await self.answered(interaction)
        user = self._askers[interaction]

        async def look() -> Message | None:
            messages = await self.messages(channel, user)
            answers = [message for message in messages if message["id"] == found["message_id"]]
            # A refusal that came late has taken the place of the public promise, which is deleted.
            late = [one for one in messages if _answers(one) == str(interaction)]
            return next((message for message in answers or late if saying in says(message)), None)

        message = await until(look, what=f"the answer's message {saying}".rstrip())
        assert message
        return message

    async def fault(self, target: str, action: Mapping[str, object], **where: object) -> int:
        """Add a fault; return its id."""
        answer = await self.ask(
            "POST", "/faults", json={"target": target, "action": action, **where}, expect=201
        )
        return int(answer["id"])

    async def faults(self) -> list[dict[str, Any]]:
        """Return all faults with their hits."""
        found: list[dict[str, Any]] = await self.ask("GET", "/faults")
        return found

    async def mend(self) -> None:
        """Remove all faults."""
        async with self.session.delete(self.url + "/faults") as answer:
            assert answer.ok

    async def hit(self, fault: int) -> None:
        """Wait until a fault was met."""

        async def look() -> bool:
            return any(int(each["id"]) == fault and each["hits"] for each in await self.faults())

        await until(look, what="the fault to be met")

    async def service(self) -> dict[str, Any]:
        """Return the image service's balance, tasks and configuration."""
        found: dict[str, Any] = await self.ask("GET", "/side/apixo")
        return found

    async def tasks(self) -> list[dict[str, Any]]:
        """Return the tasks that the image service accepted."""
        tasks: list[dict[str, Any]] = (await self.service())["tasks"]
        return tasks

    async def set_service(self, **changes: object) -> None:
        """Change the image service."""
        await self.ask("PATCH", "/side/apixo", json=changes)

    async def change_channel(self, channel: int, **changes: object) -> None:
        """Change a channel or thread without asking for permission."""
        await self.ask("PATCH", f"/side/world/channels/{channel}", json=changes)

    async def forbid(self, channel: int, permission: int) -> None:
        """Take a permission from the bot in a channel."""
        bot = next(person for person in await self.ask("GET", "/side/people") if person["bot"])
        rule = {"type": 1, "allow": "0", "deny": str(permission)}
        await self.ask("PUT", f"/side/world/channels/{channel}/overwrites/{bot['id']}", json=rule)

    async def pictures(self, channel: int) -> list[Message]:
        """Return the messages of a channel or thread that bring a picture."""
        return [message for message in await self.messages(channel) if pictures_of(message)]

    async def picture(self, channel: int, count: int = 1) -> Message:
        """Wait until a place has a number of pictures and the bot has noted them; return the last."""

        async def look() -> list[Message]:
            found = await self.pictures(channel)
            noted = not any(row["state"] == "delivering" for bot in self.bots for row in bot.jobs())
            return found if len(found) >= count and noted else []

        return (await until(look, what=f"{count} pictures in {channel}"))[-1]

    async def studio(self, channel: int, owner: str = "Mia") -> int:
        """Wait for a member's studio thread in a channel and return its id."""

        async def look() -> int:
            for thread in (await self.guild())["threads"]:
                if int(thread["parent_id"]) == channel and owner in thread["name"]:
                    return int(thread["id"])
            return 0

        return await until(look, what=f"{owner}'s studio")


class Bot(Child):
    """The bot as `easel run` starts it, on a database of its own."""

    def __init__(self, sandbox: Sandbox, folder: Path) -> None:
        super().__init__("bot", folder / "bot.log")
        self.sandbox = sandbox
        sandbox.bots.append(self)
        self.database = folder / "easel.db"
        self.images = folder / "images"

    def settings(self, **changes: str) -> dict[str, str]:
        """Return the settings it is started with."""
        return {
            "DISCORD_TOKEN": "sandbox-token",
            "DISCORD_API_URL": f"{self.sandbox.url}/discord/api/v10",
            "APIXO_API_KEY": "sandbox-key",
            "APIXO_BASE_URL": f"{self.sandbox.url}/apixo/api/v1",
            "DATABASE_URL": f"sqlite+aiosqlite:///{self.database}",
            "ARCHIVE_URL": f"file:{self.images}",
            "HTTP_PORT": "0",
            "POLL_FIRST_SECONDS": "0.2",
            "POLL_EVERY_SECONDS": "0.2",
            "LEASE_SECONDS": str(LEASE),
            # A guess is sent at once, where a test does not look at that very thing.
            "GUESS_SECONDS": "0",
            "ALLOW_PRIVATE_PICTURE_HOSTS": "true",
            **changes,
        }

    async def start(self, **changes: str) -> None:
        """Start it and wait until it is connected."""
        if not self.database.exists():
            lay_out(self.database)
        await self.spawn("bot", "run", env=self.settings(**changes), cwd=self.log.parent)

        async def online() -> bool:
            assert self.process
            assert self.process.returncode is None, self.text()[-3000:]
            return bool((await self.sandbox.state())["bot_online"])

        await until(online, what="the bot to be online")

    async def restart(self, **changes: str) -> None:
        """Kill it without a warning and start it again."""
        await self.kill()
        await self.start(**changes)

    async def kill(self) -> None:
        """Kill it without a warning, and wait until the sandbox has noticed."""
        await self.end(signal.SIGKILL)

        async def offline() -> bool:
            return not (await self.sandbox.state())["bot_online"]

        await until(offline, what="the sandbox to notice the end of the bot")

    def jobs(self) -> list[dict[str, Any]]:
        """Return the rows of its jobs, in the order of their admission; none before its first start."""
        if not self.database.exists():
            return []
        with closing(sqlite3.connect(f"file:{self.database}?mode=ro", uri=True, timeout=10)) as connection:
            connection.row_factory = sqlite3.Row
            return [dict(row) for row in connection.execute("SELECT * FROM jobs ORDER BY id")]

    async def states(self, *wanted: str) -> list[dict[str, Any]]:
        """Wait until the jobs are in these states, in the order of their admission."""

        async def look() -> list[dict[str, Any]]:
            rows = self.jobs()
            return rows if [row["state"] for row in rows] == list(wanted) else []

        return await until(look, what=f"jobs to be {', '.join(wanted)}")


def _answers(message: Message) -> str:
    """Return the interaction that a message answers."""
    return str((message.get("interaction_metadata") or {}).get("id", ""))
