"""The ends of a process: run dry on request, stopped twice, and cut off from Discord."""

from __future__ import annotations

import asyncio
import signal
from typing import TYPE_CHECKING, Any

import aiohttp

from tests.e2e.harness import BEN, Child, until
from tests.e2e.reading import says

if TYPE_CHECKING:
    from pathlib import Path

    from tests.e2e.harness import Bot, Sandbox


async def test_drained_it_finishes_what_is_under_way_refuses_the_rest_and_exits_with_success(
    sandbox: Sandbox, bot: Bot, tmp_path: Path
) -> None:
    art = await sandbox.channel("art")
    await sandbox.set_service(seconds=4)
    await sandbox.imagine(art)
    await bot.states("running")
    drain = Child("drain", tmp_path / "drain.log")
    await drain.spawn("bot", "jobs", "drain", env=bot.settings(), cwd=tmp_path)
    try:

        async def noticed() -> bool:
            return "Draining" in bot.text()

        await until(noticed, what="the bot to notice the drain")
        late = await sandbox.imagine(art, user=BEN)
        refusal = await sandbox.reply(late, art)
        assert "I am about to be updated" in says(refusal)
        assert drain.process
        async with asyncio.timeout(25):
            assert await drain.process.wait() == 0, drain.text()
            assert bot.process
            assert await bot.process.wait() == 0
    finally:
        await drain.close()
    (row,) = await bot.states("delivered")
    assert row["lease_owner"] is None
    assert row["due_at"] is None
    assert drain.text().startswith("Under way: 1 ")
    assert drain.text().endswith("goes on after the next start.\n")
    assert "Traceback" not in bot.text()
    assert len(await sandbox.pictures(await sandbox.studio(art))) == 1


async def test_asked_to_stop_a_second_time_it_ends_at_once_with_an_error(sandbox: Sandbox, bot: Bot) -> None:
    art = await sandbox.channel("art")
    fault = await sandbox.fault("apixo", {"kind": "hang"}, path="generateTask")
    await sandbox.imagine(art)
    await sandbox.hit(fault)
    assert bot.process
    bot.process.send_signal(signal.SIGTERM)

    async def stopping() -> bool:
        return "Stopping" in bot.text()

    await until(stopping, what="the bot to begin its stop")
    assert bot.process.returncode is None
    assert await bot.end(signal.SIGTERM) == 1
    (row,) = bot.jobs()
    assert row["state"] == "submitting"


async def test_it_is_ready_while_connected_and_says_what_is_missing_when_discord_is_gone(
    sandbox: Sandbox, idle_bot: Bot, unused_port: int
) -> None:
    await idle_bot.start(HTTP_PORT=str(unused_port))
    async with aiohttp.ClientSession(f"http://127.0.0.1:{unused_port}") as http:

        async def readiness() -> tuple[int, dict[str, Any]]:
            async with http.get("/readyz") as answer:
                return answer.status, await answer.json()

        async def is_ready() -> bool:
            return (await readiness())[0] == 200

        async def is_cut_off() -> bool:
            return "There is no connection to Discord." in (await readiness())[1].get("problems", [])

        await until(is_ready, what="the bot to be ready")
        await sandbox.end(signal.SIGKILL)
        await until(is_cut_off, what="the bot to notice that Discord is gone")
        assert (await readiness())[0] == 503
