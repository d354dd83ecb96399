"""One sandbox and one bot for each test, started as real processes and gone afterwards."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import pytest

from tests.e2e.running import closing_bot, running_sandbox

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.e2e.harness import Bot, Sandbox


@pytest.fixture
async def sandbox(tmp_path: Path) -> AsyncIterator[Sandbox]:
    """A sandbox in which a picture takes half a second."""
    async with running_sandbox(tmp_path) as sandbox:
        yield sandbox


@pytest.fixture
async def idle_bot(sandbox: Sandbox, tmp_path: Path) -> AsyncIterator[Bot]:
    """A bot that the test itself starts."""
    async with closing_bot(sandbox, tmp_path) as bot:
        yield bot


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
