"""How long after its completion at the provider a picture is in its thread, in real processes.

The same load is run three times: looking as the provider's page advises, looking as learned, and with
callbacks. Pictures take as long as the provider's page says on average; nothing is simulated but the two
far ends. Run by `make bench`; it takes about five minutes.
"""

from __future__ import annotations

import asyncio
import socket
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean, quantiles
from typing import TYPE_CHECKING, Final

from tests.e2e.harness import ADA, BEN, MIA, NOOR, Bot, Sandbox, until

if TYPE_CHECKING:
    from collections.abc import Mapping

_PEOPLE: Final = (MIA, BEN, NOOR, ADA)
_CHANNELS: Final = 10
#: Pictures that teach the bot how long one takes, before those that count.
_LESSONS: Final = 20
_SECRET: Final = "a-secret-for-one-run-of-the-benchmark"
_SECONDS: Final = 30.0
_SPREAD: Final = 8.0
_PATIENCE: Final = 180.0
_DOCUMENTED: Final = {"POLL_FIRST_SECONDS": "20", "POLL_EVERY_SECONDS": "3"}
_LEARNED: Final = {"POLL_FIRST_SECONDS": "", "POLL_EVERY_SECONDS": ""}


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """Lateness in seconds, and looks at the provider per picture."""

    policy: str
    pictures: int
    mean: float
    p95: float
    looks: float


async def measure(policy: str, settings: Mapping[str, str]) -> Result:
    """Run the load once under these settings."""
    with tempfile.TemporaryDirectory() as name:
        sandbox = Sandbox(Path(name))
        bot = Bot(sandbox, Path(name))
        try:
            await sandbox.start("--seconds", "2")
            await sandbox.set_service(plain_pictures=True)
            await bot.start(
                QUOTA_DAILY_CREDITS="1000",
                QUOTA_CONCURRENT_JOBS="100",
                **settings,
            )
            channels = await _channels(sandbox)
            await sandbox.set_service(seconds=_SECONDS, spread=_SPREAD)
            await _load(sandbox, bot, channels, count=_LESSONS)
            before = len(bot.jobs())
            await _load(sandbox, bot, channels, count=len(_PEOPLE) * _CHANNELS)
            return await _result(policy, sandbox, bot, skip=before)
        finally:
            await bot.close()
            await sandbox.close()


async def _channels(sandbox: Sandbox) -> list[int]:
    """Make channels, so that no channel's own rate limit stands in the way."""
    guild = await sandbox.guild()
    made = []
    for number in range(_CHANNELS):
        body = {"guild_id": guild["id"], "name": f"bench-{number}", "type": 0}
        made.append(int((await sandbox.ask("POST", "/side/world/channels", json=body, expect=201))["id"]))
    return made


async def _load(sandbox: Sandbox, bot: Bot, channels: list[int], *, count: int) -> None:
    """Ask for pictures, a few a second, and wait until all of them are there."""
    places = [(channel, person) for channel in channels for person in _PEOPLE]
    wanted = len(bot.jobs()) + count
    for number in range(count):
        channel, person = places[number % len(places)]
        await sandbox.imagine(channel, f"picture {number}", user=person)
        await asyncio.sleep(0.1)

    async def all_there() -> bool:
        rows = bot.jobs()
        return len(rows) == wanted and all(row["state"] == "delivered" for row in rows)

    await until(all_there, what=f"{count} pictures", patience=_PATIENCE)


async def _result(policy: str, sandbox: Sandbox, bot: Bot, *, skip: int) -> Result:
    rows = bot.jobs()[skip:]
    tasks = {task["taskId"]: task for task in await sandbox.tasks()}
    late = [(row["finished_at"] - tasks[row["task_id"]]["completeTime"]) / 1000 for row in rows]
    looks = [tasks[row["task_id"]]["looks"] for row in rows]
    return Result(
        policy=policy,
        pictures=len(rows),
        mean=fmean(late),
        p95=quantiles(late, n=20)[-1],
        looks=fmean(looks),
    )


def _unused_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


async def compare() -> list[Result]:
    """Run the load under each policy in turn."""
    port = _unused_port()
    callbacks = {
        **_LEARNED,
        "HTTP_PORT": str(port),
        "PUBLIC_URL": f"http://127.0.0.1:{port}",
        "CALLBACK_SECRET": _SECRET,
    }
    return [
        await measure("documented", _DOCUMENTED),
        await measure("learned", _LEARNED),
        await measure("callbacks", callbacks),
    ]


def table(results: list[Result]) -> str:
    """Return the figures as a table, each beside the documented policy's."""
    base = results[0].mean
    lines = ["policy       pictures   mean s   p95 s   looks   x documented"]
    lines += [
        f"{each.policy:<12} {each.pictures:>8} {each.mean:>8.2f} {each.p95:>7.2f} "
        f"{each.looks:>7.1f} {each.mean / base:>14.2f}"
        for each in results
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.stdout.write(table(asyncio.run(compare())) + "\n")
