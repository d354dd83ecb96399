"""Rate limits over a real HTTP server, as the middleware applies them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from sandbox.clock import MovableClock
from sandbox.discord import errors, ratelimits
from sandbox.discord.ratelimits import RateLimiter

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from aiohttp.typedefs import Handler

API = "/discord/api/v10"


@pytest.fixture
def seen() -> list[str]:
    return []


@pytest.fixture
async def client(seen: list[str]) -> AsyncIterator[TestClient[web.Request, web.Application]]:
    @web.middleware
    async def refusals(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            return await handler(request)
        except errors.DiscordError as error:
            return error.response()

    async def take(request: web.Request) -> web.Response:
        seen.append(request.path)
        return web.Response(text="taken")

    async def refuse(request: web.Request) -> web.Response:
        raise errors.missing_access()

    limits = ratelimits.middleware(RateLimiter(clock=MovableClock()), prefix=API)
    app = web.Application(middlewares=[limits, refusals])
    app.router.add_post(API + "/channels/{id}/messages", take)
    app.router.add_get(API + "/channels/{id}", refuse)
    app.router.add_get("/side/people", take)
    async with TestClient(TestServer(app)) as client:
        yield client


async def test_an_answer_carries_its_buckets_headers(
    client: TestClient[web.Request, web.Application],
) -> None:
    response = await client.post(f"{API}/channels/5/messages")
    assert (response.status, response.headers["X-RateLimit-Remaining"]) == (200, "4")


async def test_a_refusal_of_another_kind_carries_them_too(
    client: TestClient[web.Request, web.Application],
) -> None:
    response = await client.get(f"{API}/channels/5")
    assert (response.status, response.headers["X-RateLimit-Remaining"]) == (403, "49")


async def test_a_request_over_the_limit_is_refused_and_not_done(
    client: TestClient[web.Request, web.Application], seen: list[str]
) -> None:
    for _ in range(5):
        await client.post(f"{API}/channels/5/messages")

    response = await client.post(f"{API}/channels/5/messages")

    assert response.status == 429
    assert response.headers["Content-Type"] == "application/json"
    assert (await response.json())["retry_after"] == 5
    assert len(seen) == 5


async def test_what_is_not_discords_is_not_counted(
    client: TestClient[web.Request, web.Application],
) -> None:
    response = await client.get("/side/people")
    assert response.status == 200
    assert "X-RateLimit-Limit" not in response.headers
