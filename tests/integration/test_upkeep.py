"""`easel jobs` beside a running bot: what there is to do, and a drain that is done, late or called off."""

from __future__ import annotations

import asyncio
import signal
import sys
from asyncio.subprocess import PIPE
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from pydantic import SecretStr

from bot import upkeep
from bot.__main__ import CANNOT_START, OK, main
from bot.clock import SystemClock
from bot.settings import Settings
from bot.store import open_store
from bot.store.pause import Pause, PauseReason, ProviderCall
from tests.clocks import FakeClock
from tests.factories import NO_LIMITS, batch_factory
from tests.integration.store.road import Road

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from bot.store import Store


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upkeep, "_EVERY", 0.01)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(
        discord_token=SecretStr("t"),
        apixo_api_key=SecretStr("k"),
        database_url=f"sqlite+aiosqlite:///{tmp_path}/easel.db",
    )


async def happens(condition: Callable[[], bool]) -> None:
    for _ in range(1000):
        if condition():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it did not happen")


class Bot:
    """Has the database, and does with a drain what a test says."""

    def __init__(self, store: Store, exit_stack: AsyncExitStack) -> None:
        self.store = store
        self._exit_stack = exit_stack

    async def asked(self) -> None:
        """Wait until somebody asks for a drain."""
        for _ in range(1000):
            if await self.store.drain():
                return
            await asyncio.sleep(0.01)
        raise AssertionError("nobody asked for a drain")

    async def stop(self) -> None:
        await self._exit_stack.aclose()


@asynccontextmanager
async def running(settings: Settings) -> AsyncIterator[Bot]:
    async with AsyncExitStack() as exit_stack:
        store = await exit_stack.enter_async_context(open_store(settings.database_url, clock=SystemClock()))
        yield Bot(store, exit_stack)


async def test_the_list_counts_the_jobs_and_tells_the_age_of_the_oldest(settings: Settings) -> None:
    now = SystemClock().now()
    clock = FakeClock(now - timedelta(minutes=5))
    async with open_store(settings.database_url, clock=clock) as store:
        road = Road(store, clock)
        await road.running()
        clock.set(270)
        await store.admit(batch_factory(count=3), NO_LIMITS)
        pause = Pause(
            reason=PauseReason.BALANCE,
            call=ProviderCall.SUBMIT,
            since=now,
            closed_at=now,
            reopens_at=now + timedelta(seconds=15),
            failed_probes=0,
        )
        await store.change_service_pause(lambda _: pause)
        lines = await upkeep.overview(settings)
    assert lines[0] == "state          jobs  oldest"
    assert lines[1].split()[:2] == ["queued", "3"]
    assert lines[1].endswith(" s")
    assert "running           1  5 min" in lines
    assert "ready             0" in lines
    assert any(line.startswith("Sending is paused since ") and "top it up" in line for line in lines)
    assert lines[-1] == "The bot is running."
    assert (await upkeep.overview(settings))[-1] == "No bot is running on this database."


async def test_a_drain_waits_until_the_bot_is_dry_and_has_stopped(settings: Settings) -> None:
    said: list[str] = []
    async with running(settings) as bot:
        road = Road(bot.store, FakeClock(SystemClock().now()))
        await road.running()
        waiting = asyncio.create_task(upkeep.drain(settings, said.append, within=20))
        await bot.asked()
        await bot.store.note_drain()
        await happens(lambda: bool(said))
        assert "stops when nothing is under way" in (await upkeep.overview(settings))[-1]
        await bot.store.note_drain(done=True)
        await happens(lambda: len(said) > 1)
        await bot.stop()
        assert await waiting
    assert said == [
        "Under way: 1 running.",
        "Nothing is under way any more; the bot is stopping.",
        "The bot has stopped. What is still queued goes on after the next start.",
    ]


async def test_a_drain_that_takes_too_long_is_taken_back(settings: Settings) -> None:
    said: list[str] = []
    async with running(settings) as bot:
        waiting = asyncio.create_task(upkeep.drain(settings, said.append, within=0.1))
        await bot.asked()
        await bot.store.note_drain()
        assert not await waiting
        assert await bot.store.drain() is None
    assert said[-2:] == ["It is not dry after 0 s.", "The bot goes on as before."]


async def test_a_drain_that_is_broken_off_is_taken_back(settings: Settings) -> None:
    said: list[str] = []
    async with running(settings) as bot:
        waiting = asyncio.create_task(upkeep.drain(settings, said.append, within=20))
        await bot.asked()
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        assert await bot.store.drain() is None
    assert said == ["The bot goes on as before."]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_the_command_takes_its_drain_back_when_it_is_told_to_end(
    settings: Settings, number: signal.Signals
) -> None:
    environ = {"DISCORD_TOKEN": "t", "APIXO_API_KEY": "k", "DATABASE_URL": settings.database_url}
    async with running(settings) as bot:
        command = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bot", "jobs", "drain", env=environ, stdout=PIPE, stderr=PIPE
        )
        await bot.asked()
        command.send_signal(number)
        said, complained = await command.communicate()
        assert await bot.store.drain() is None
    assert (command.returncode, complained) == (1, b"")
    assert said.endswith(b"The bot goes on as before.\n")


async def test_a_bot_that_does_not_react_is_left_as_it_is(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upkeep, "_REACTION", timedelta())
    said: list[str] = []
    async with running(settings) as bot:
        assert not await upkeep.drain(settings, said.append, within=20)
        assert await bot.store.drain() is None
    assert "has not reacted" in said[0]


async def test_a_bot_that_dies_meanwhile_is_no_longer_in_the_way(settings: Settings) -> None:
    said: list[str] = []
    async with running(settings) as bot:
        waiting = asyncio.create_task(upkeep.drain(settings, said.append, within=20))
        await bot.asked()
        await bot.stop()
        assert await waiting
    assert said == ["The bot has stopped by itself; what was under way goes on after the next start."]


async def test_a_bot_that_was_started_anew_ends_the_drain(settings: Settings) -> None:
    said: list[str] = []
    async with running(settings) as bot:
        waiting = asyncio.create_task(upkeep.drain(settings, said.append, within=20))
        await bot.asked()
        await bot.store.end_drain()
        assert not await waiting
    assert said[0] == "The drain was called off, or the bot was started again meanwhile."


async def test_without_a_bot_nothing_is_under_way(settings: Settings) -> None:
    async with running(settings):
        pass
    said: list[str] = []
    assert await upkeep.drain(settings, said.append, within=20)
    assert said == ["No bot is running on this database, so nothing is under way."]


def test_the_commands_find_the_database_by_the_settings(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    env_file = tmp_path / "settings"
    env_file.write_text(
        f"DISCORD_TOKEN=t\nAPIXO_API_KEY=k\nDATABASE_URL=sqlite+aiosqlite:///{tmp_path}/easel.db\n", "utf-8"
    )
    settings = ["--env-file", str(env_file)]
    assert main([*settings, "jobs", "list"]) == CANNOT_START
    assert "There is no database at" in capsys.readouterr().err
    assert main([*settings, "migrate"]) == OK
    assert main([*settings, "jobs", "drain", "--timeout", "1"]) == OK
    assert main([*settings, "jobs"]) == OK
    assert "No bot is running on this database." in capsys.readouterr().out
