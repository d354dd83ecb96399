"""A real HTTP server that answers what a test tells it to, and clients that speak to it."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from pydantic import SecretStr
from yarl import URL

from bot.jobs import AspectRatio, Mode, OutputFormat
from bot.provider.budget import NoBudget
from bot.provider.client import ApixoClient, TaskRequest

if TYPE_CHECKING:
    from multidict import CIMultiDict

#: Long enough to be recognised wherever it might leak.
API_KEY = "sk-secret-5f2c9e7d41a8"

Reply = Callable[[web.Request], Awaitable[web.StreamResponse]]
MakeClient = Callable[..., ApixoClient]


@dataclass(frozen=True, slots=True)
class Seen:
    """One request as the server got it."""

    method: str
    url: URL
    headers: CIMultiDict[str]
    body: Any


class Service:
    """Answers requests with what was scripted, in that order, the last of it again and again."""

    def __init__(self) -> None:
        self.requests: list[Seen] = []
        self.root = URL()
        self.released = asyncio.Event()
        self._replies: deque[Reply] = deque()

    @property
    def base_url(self) -> str:
        return str(self.root / "api/v1")

    def reply(self, reply: Reply) -> None:
        self._replies.append(reply)

    def reply_json(
        self, payload: object, *, status: int = 200, headers: dict[str, str] | None = None
    ) -> None:
        self.reply_bytes(json.dumps(payload).encode(), status=status, headers=headers)

    def reply_bytes(
        self,
        body: bytes,
        *,
        status: int = 200,
        content_type: str = "application/json",
        headers: dict[str, str] | None = None,
    ) -> None:
        async def answer(_: web.Request) -> web.Response:
            return web.Response(body=body, status=status, content_type=content_type, headers=headers)

        self.reply(answer)

    def reply_task(self, **fields: object) -> None:
        """Answer a look with these fields of a task."""
        self.reply_json({"code": 200, "message": "success", "data": {"taskId": "task_1", **fields}})

    async def handle(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        seen = Seen(request.method, request.url, request.headers.copy(), json.loads(body) if body else None)
        self.requests.append(seen)
        reply = self._replies.popleft() if len(self._replies) > 1 else self._replies[0]
        return await reply(request)


@pytest.fixture
async def service() -> AsyncIterator[Service]:
    scripted = Service()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", scripted.handle)
    async with TestServer(app) as server:
        scripted.root = server.make_url("/")
        yield scripted
        scripted.released.set()


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as opened:
        yield opened


@pytest.fixture
def make_client(service: Service, session: aiohttp.ClientSession) -> MakeClient:
    def make(**changes: Any) -> ApixoClient:
        arguments: dict[str, Any] = {
            "session": session,
            "base_url": service.base_url,
            "api_key": SecretStr(API_KEY),
            "budget": NoBudget(),
        }
        return ApixoClient(**{**arguments, **changes})

    return make


@pytest.fixture
def client(make_client: MakeClient) -> ApixoClient:
    return make_client()


@pytest.fixture
def castle() -> TaskRequest:
    return TaskRequest(
        mode=Mode.PRO,
        prompt="a castle on the hill at sunset",
        aspect_ratio=AspectRatio.WIDE,
        output_format=OutputFormat.JPEG,
    )
