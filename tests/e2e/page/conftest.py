"""The page's tests have a browser, and stand in for the bot by its own REST calls where one is needed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import aiohttp
import pytest
from playwright.async_api import expect

from tests.e2e.browser import PATIENCE_MS, page_factory

if TYPE_CHECKING:
    from tests.e2e.harness import Sandbox

__all__ = ["page_factory"]

expect.set_options(timeout=PATIENCE_MS)

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


class Easel:
    """What the bot does by REST alone: it registers commands and posts messages, and answers nobody."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    async def register(self, *commands: dict[str, Any]) -> None:
        """Register these commands for everywhere."""
        me = await self._call("GET", "/users/@me")
        await self._call("PUT", f"/applications/{me['id']}/commands", json=list(commands))

    async def post(self, channel: int, message: dict[str, Any], *, picture: bytes = b"") -> dict[str, Any]:
        """Post a message, with a picture named `picture.png` if one is given."""
        path = f"/channels/{channel}/messages"
        body: dict[str, Any] = {"json": message}
        if picture:
            form = aiohttp.FormData()
            form.add_field("payload_json", json.dumps(message), content_type="application/json")
            form.add_field("files[0]", picture, filename="picture.png", content_type="image/png")
            body = {"data": form}
        posted: dict[str, Any] = await self._call("POST", path, **body)
        return posted

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
