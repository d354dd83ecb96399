"""The bot's ear and mouth: it hears interactions over the gateway and answers them as a test says.

Raw JSON on purpose, so that a test decides what Discord is asked for.
"""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Final

import aiohttp

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from aiohttp import ClientWebSocketResponse

    from tests.e2e.harness import Sandbox

_API: Final = "/discord/api/v10"
_PATIENCE: Final = 15
MESSAGE: Final = 4
THINKING: Final = 5
UPDATE: Final = 7
CHOICES: Final = 8
MODAL: Final = 9
EPHEMERAL: Final = 1 << 6
V2: Final = 1 << 15

Interaction = dict[str, Any]


class Listener:
    """A session on the gateway."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._heard: asyncio.Queue[Interaction] = asyncio.Queue()

    async def hears(self) -> Interaction:
        """Return the next interaction."""
        return await asyncio.wait_for(self._heard.get(), _PATIENCE)

    async def answer(
        self, interaction: Interaction, kind: int, data: dict[str, Any], files: Mapping[str, bytes] = {}
    ) -> None:
        """Answer it for the first time; `files` go by their names."""
        path = f"{_API}/interactions/{interaction['id']}/{interaction['token']}/callback"
        body = _body({"type": kind, "data": data}, files)
        await self._sandbox.ask("POST", path, expect=204, **body)

    async def edit(
        self, interaction: Interaction, data: dict[str, Any], files: Mapping[str, bytes] = {}
    ) -> dict[str, Any]:
        """Change its answer."""
        path = f"{_API}/webhooks/{interaction['application_id']}/{interaction['token']}/messages/@original"
        edited: dict[str, Any] = await self._sandbox.ask("PATCH", path, **_body(data, files))
        return edited

    async def follow_up(
        self, interaction: Interaction, data: dict[str, Any], files: Mapping[str, bytes] = {}
    ) -> None:
        """Say one more thing."""
        path = f"{_API}/webhooks/{interaction['application_id']}/{interaction['token']}"
        await self._sandbox.ask("POST", path, **_body(data, files))

    async def listen(self, socket: ClientWebSocketResponse) -> None:
        """Keep what is heard."""
        async for message in socket:
            payload = json.loads(message.data)
            if payload["t"] == "INTERACTION_CREATE":
                self._heard.put_nowait(payload["d"])


@asynccontextmanager
async def listening(sandbox: Sandbox) -> AsyncIterator[Listener]:
    """Be online while the block runs."""
    listener = Listener(sandbox)
    identify = {
        "token": "sandbox-token",
        "intents": 1,
        "properties": {"os": "linux", "browser": "test", "device": "test"},
    }
    url = sandbox.url.replace("http", "ws") + "/discord/gateway?v=10&encoding=json"
    async with sandbox.session.ws_connect(url) as socket:
        await socket.receive_json()
        await socket.send_json({"op": 2, "d": identify})
        while (await socket.receive_json())["t"] != "READY":
            pass
        ear = asyncio.create_task(listener.listen(socket))
        try:
            yield listener
        finally:
            ear.cancel()


def multipart(payload: dict[str, Any], files: Mapping[str, bytes]) -> aiohttp.FormData:
    """Return a request with these files."""
    form = aiohttp.FormData()
    form.add_field("payload_json", json.dumps(payload), content_type="application/json")
    for number, (name, content) in enumerate(files.items()):
        form.add_field(f"files[{number}]", content, filename=name, content_type="image/png")
    return form


def _body(payload: dict[str, Any], files: Mapping[str, bytes]) -> dict[str, Any]:
    return {"data": multipart(payload, files)} if files else {"json": payload}
