"""One sandbox and one bot for each test, started as real processes and gone afterwards."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import pytest

from tests.e2e.harness import Bot, Sandbox

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


@pytest.fixture
async def sandbox(tmp_path: Path) -> AsyncIterator[Sandbox]:
    """A sandbox in which a picture takes half a second."""
    sandbox = Sandbox(tmp_path)
    try:
        await sandbox.start("--seconds", "0.5")
        yield sandbox
    finally:
        await sandbox.close()


@pytest.fixture
async def idle_bot(sandbox: Sandbox, tmp_path: Path) -> AsyncIterator[Bot]:
    """A bot that the test itself starts."""
    bot = Bot(sandbox, tmp_path)
    try:
        yield bot
    finally:
        await bot.close()


@pytest.fixture
async def bot(idle_bot: Bot) -> Bot:
    """A bot that is online."""
    await idle_bot.start()
    return idle_bot


@pytest.fixture
def unused_port() -> int:
    """A port that nobody listens on at the moment."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])
