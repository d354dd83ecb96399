"""The processes of one test, from start to end; `conftest.py` here and in `page` make fixtures of them."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from tests.e2e.harness import Bot, Sandbox

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


@asynccontextmanager
async def running_sandbox(folder: Path) -> AsyncIterator[Sandbox]:
    """Run a sandbox in which a picture takes half a second."""
    sandbox = Sandbox(folder)
    try:
        await sandbox.start("--seconds", "0.5")
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
