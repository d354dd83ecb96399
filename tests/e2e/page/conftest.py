"""The page's tests have a browser, and stand in for the bot by its own REST calls where one is needed.

The browser is shared by all of them, so they and what they use run in one event loop, the session's.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest
import pytest_asyncio
from playwright.async_api import expect

from tests.e2e.browser import PATIENCE_MS, browser, page_factory
from tests.e2e.page.answering import listening, multipart
from tests.e2e.running import closing_bot, running_sandbox

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from tests.e2e.harness import Bot, Sandbox
    from tests.e2e.page.answering import Listener

__all__ = ["browser", "page_factory"]

expect.set_options(timeout=PATIENCE_MS)

_HERE: Final = Path(__file__).parent
_TOKEN: Final = {"Authorization": "Bot sandbox-token"}
IMAGINE: Final = {
    "type": 1,
    "name": "imagine",
    "description": "Make a picture from your words",
    "options": [
        {"type": 3, "name": "prompt", "description": "What the picture shows", "required": True},
        {
            "type": 3,
            "name": "mode",
            "description": "The variant of the model",
            "choices": [{"name": "Pro", "value": "pro"}, {"name": "Max", "value": "max"}],
        },
        {"type": 4, "name": "count", "description": "How many", "min_value": 1, "max_value": 4},
    ],
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the tests of this folder in the session's event loop."""
    for item in items:
        if item.path.is_relative_to(_HERE) and pytest_asyncio.is_async_test(item):
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@pytest_asyncio.fixture(loop_scope="session")
async def sandbox(tmp_path: Path) -> AsyncIterator[Sandbox]:
    """A sandbox in which a picture takes half a second."""
    async with running_sandbox(tmp_path) as sandbox:
        yield sandbox


@pytest_asyncio.fixture(loop_scope="session")
async def idle_bot(sandbox: Sandbox, tmp_path: Path) -> AsyncIterator[Bot]:
    """A bot that the test itself starts."""
    async with closing_bot(sandbox, tmp_path) as bot:
        yield bot


@pytest_asyncio.fixture(loop_scope="session")
async def bot(idle_bot: Bot) -> Bot:
    """A bot that is online."""
    await idle_bot.start()
    return idle_bot


class Easel:
    """What the bot does by REST alone: it registers commands and posts messages, and answers nobody."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    async def register(self, *commands: dict[str, Any]) -> None:
        """Register these commands for everywhere."""
        me = await self._call("GET", "/users/@me")
        await self._call("PUT", f"/applications/{me['id']}/commands", json=list(commands))

    async def post(
        self,
        channel: int,
        message: dict[str, Any],
        *,
        picture: bytes = b"",
        files: Mapping[str, bytes] | None = None,
    ) -> dict[str, Any]:
        """Post a message, with a picture named `picture.png` if one is given, or with `files`."""
        path = f"/channels/{channel}/messages"
        sent = files or ({"picture.png": picture} if picture else {})
        body = {"data": multipart(message, sent)} if sent else {"json": message}
        posted: dict[str, Any] = await self._call("POST", path, **body)
        return posted

    async def edit(self, message: dict[str, Any], change: dict[str, Any]) -> dict[str, Any]:
        """Change a message."""
        path = f"/channels/{message['channel_id']}/messages/{message['id']}"
        edited: dict[str, Any] = await self._call("PATCH", path, json=change)
        return edited

    async def thread(self, message: dict[str, Any], name: str) -> int:
        """Open a thread from a message."""
        path = f"/channels/{message['channel_id']}/messages/{message['id']}/threads"
        return int((await self._call("POST", path, json={"name": name}, expect=201))["id"])

    async def conversation(self, user: int) -> int:
        """Open the direct conversation with a person."""
        return int((await self._call("POST", "/users/@me/channels", json={"recipient_id": str(user)}))["id"])

    async def _call(self, method: str, path: str, *, expect: int = 200, **request: Any) -> Any:
        return await self._sandbox.ask(
            method, f"/discord/api/v10{path}", expect=expect, headers=_TOKEN, **request
        )


@pytest.fixture
def easel(sandbox: Sandbox) -> Easel:
    """The bot's hands without the bot."""
    return Easel(sandbox)


@pytest_asyncio.fixture(loop_scope="session")
async def listener(sandbox: Sandbox) -> AsyncIterator[Listener]:
    """The bot's ear and mouth: whoever uses it is online and answers by hand."""
    async with listening(sandbox) as heard:
        yield heard
