"""The processes of one test, from start to end; `conftest.py` here and in `page` make fixtures of them."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

from tests.e2e.harness import Bot, Sandbox
from tests.e2e.stage import Stage

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

#: What a bot for many tests may spend.
GENEROUS: Final = {"QUOTA_DAILY_CREDITS": "1000", "QUOTA_CONCURRENT_JOBS": "50"}


@asynccontextmanager
async def running_sandbox(folder: Path, *, seconds: float = 0.5) -> AsyncIterator[Sandbox]:
    """Run a sandbox in which a picture takes so long."""
    sandbox = Sandbox(folder)
    try:
        await sandbox.start("--seconds", str(seconds))
        yield sandbox
    finally:
        await sandbox.close()


@asynccontextmanager
async def closing_bot(sandbox: Sandbox, folder: Path) -> AsyncIterator[Bot]:
    """Have a bot that is not started yet, and stop it in the end."""
    bot = Bot(sandbox, folder)
    try:
        yield bot
    finally:
        await bot.close()


@asynccontextmanager
async def running_stage(folder: Path) -> AsyncIterator[Stage]:
    """Run a sandbox and a bot for many tests, in which pictures are quick and nobody runs out of credits."""
    async with running_sandbox(folder, seconds=0.2) as sandbox, closing_bot(sandbox, folder) as bot:
        await sandbox.set_service(plain_pictures=True, spread=0, balance=1000)
        await bot.start(**GENEROUS)
        yield Stage(sandbox, bot)
