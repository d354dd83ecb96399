"""Broken exchanges: what was sent for certain, what perhaps, and what not at all."""

from __future__ import annotations

import asyncio
import gzip
import socket
from typing import TYPE_CHECKING

import aiohttp
import pytest
from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.test_utils import unused_port

from bot.errors import ProviderFaultError, ProviderTimeoutError, ProviderUnreachableError
from bot.provider.client import ApixoClient, TaskRequest, TaskState, Timeouts

if TYPE_CHECKING:
    from tests.integration.provider.conftest import MakeClient, Service

IMPATIENT = Timeouts(connect=5, total=0.2)


class Resolver(AbstractResolver):
    """A name service that never answers, or answers that there is no such name."""

    def __init__(self, error: OSError | None = None) -> None:
        self.error = error

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        if self.error is not None:
            raise self.error
        await asyncio.Event().wait()
        return []

    async def close(self) -> None:
        pass


async def test_a_refused_connection_means_that_nothing_was_sent(
    make_client: MakeClient, castle: TaskRequest
) -> None:
    client = make_client(base_url=f"http://127.0.0.1:{unused_port()}/api/v1")
    with pytest.raises(ProviderUnreachableError):
        await client.submit(castle)


async def test_a_name_that_does_not_exist_means_that_nothing_was_sent(
    make_client: MakeClient, castle: TaskRequest
) -> None:
    connector = aiohttp.TCPConnector(resolver=Resolver(OSError("no such name")))
    async with aiohttp.ClientSession(connector=connector) as session:
        client = make_client(session=session, base_url="http://provider.invalid/api/v1")
        with pytest.raises(ProviderUnreachableError):
            await client.submit(castle)


async def test_a_connection_that_takes_too_long_means_that_nothing_was_sent(
    make_client: MakeClient, castle: TaskRequest
) -> None:
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(resolver=Resolver())) as session:
        client = make_client(
            session=session,
            base_url="http://provider.invalid/api/v1",
            timeouts=Timeouts(connect=0.05, total=30),
        )
        with pytest.raises(ProviderUnreachableError):
            await client.submit(castle)


async def test_a_failed_tls_handshake_means_that_nothing_was_sent(
    service: Service, make_client: MakeClient, castle: TaskRequest
) -> None:
    client = make_client(base_url=str(service.root.with_scheme("https")))
    with pytest.raises(ProviderUnreachableError):
        await client.submit(castle)
    assert service.requests == []


async def test_an_answer_that_does_not_come_leaves_the_outcome_unknown(
    service: Service, make_client: MakeClient, castle: TaskRequest
) -> None:
    async def never(_: web.Request) -> web.Response:
        await service.released.wait()
        return web.Response()

    service.reply(never)
    with pytest.raises(ProviderTimeoutError):
        await make_client(timeouts=IMPATIENT).submit(castle)
    assert len(service.requests) == 1


async def test_a_body_that_stops_coming_leaves_the_outcome_unknown(
    service: Service, make_client: MakeClient, castle: TaskRequest
) -> None:
    async def half(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(b'{"code": 200, ')
        await service.released.wait()
        return response

    service.reply(half)
    with pytest.raises(ProviderTimeoutError):
        await make_client(timeouts=IMPATIENT).submit(castle)


async def test_a_truncated_body_leaves_the_outcome_unknown(
    service: Service, client: ApixoClient, castle: TaskRequest
) -> None:
    async def truncated(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": "1000"})
        await response.prepare(request)
        await response.write(b'{"code": 200, "data": {"taskId": "task_1"}}')
        assert request.transport is not None
        request.transport.close()
        return response

    service.reply(truncated)
    with pytest.raises(ProviderTimeoutError):
        await client.submit(castle)


async def test_a_dropped_connection_leaves_the_outcome_unknown_and_is_not_sent_again(
    service: Service, client: ApixoClient, castle: TaskRequest
) -> None:
    async def drop(request: web.Request) -> web.Response:
        assert request.transport is not None
        request.transport.close()
        return web.Response()

    service.reply_task(state="pending")
    service.reply(drop)
    # The connection is kept from this look, so that the drop meets a connection in use before.
    await client.status("task_1")
    with pytest.raises(ProviderTimeoutError):
        await client.submit(castle)
    assert len(service.requests) == 2


async def test_an_answer_that_is_not_http_is_a_fault(make_client: MakeClient, castle: TaskRequest) -> None:
    async def babble(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"BABBLE BABBLE\r\n\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(babble, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(ProviderFaultError):
            await make_client(base_url=f"http://127.0.0.1:{port}").submit(castle)


async def test_an_announced_huge_body_is_not_read(
    service: Service, make_client: MakeClient, castle: TaskRequest
) -> None:
    async def huge(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": str(10**9)})
        await response.prepare(request)
        await service.released.wait()
        return response

    service.reply(huge)
    with pytest.raises(ProviderFaultError, match="larger"):
        await make_client(timeouts=Timeouts(connect=5, total=20)).submit(castle)


async def test_an_endless_body_is_read_no_further_than_the_limit(
    service: Service, make_client: MakeClient
) -> None:
    sent = 0

    async def endless(request: web.Request) -> web.StreamResponse:
        nonlocal sent
        response = web.StreamResponse()
        await response.prepare(request)
        while not service.released.is_set():
            await response.write(b" " * 65536)
            sent += 65536
        return response

    service.reply(endless)
    with pytest.raises(ProviderFaultError, match="larger"):
        await make_client(max_body_bytes=1000).status("task_1")
    # What was under way in buffers, not hundreds of megabytes.
    assert sent < 64 * 1024 * 1024


async def test_a_compressed_body_counts_with_what_it_unpacks_to(
    service: Service, client: ApixoClient
) -> None:
    bomb = gzip.compress(b" " * 64 * 1024 * 1024)
    service.reply_bytes(bomb, headers={"Content-Encoding": "gzip"})
    with pytest.raises(ProviderFaultError, match="larger"):
        await client.status("task_1")


async def test_a_compressed_answer_is_read(service: Service, client: ApixoClient) -> None:
    body = gzip.compress(b'{"code": 200, "data": {"state": "pending"}}')
    service.reply_bytes(body, headers={"Content-Encoding": "gzip"})
    assert (await client.status("task_1")).state is TaskState.PENDING


async def test_a_broken_compression_leaves_the_outcome_unknown(
    service: Service, client: ApixoClient, castle: TaskRequest
) -> None:
    service.reply_bytes(b"this is not gzip", headers={"Content-Encoding": "gzip"})
    with pytest.raises(ProviderTimeoutError):
        await client.submit(castle)


async def test_a_huge_error_page_is_judged_by_its_status(service: Service, client: ApixoClient) -> None:
    service.reply_bytes(b"x" * 3 * 1024 * 1024, status=502, content_type="text/html")
    with pytest.raises(ProviderFaultError) as caught:
        await client.status("task_1")
    assert caught.value.status == 502


async def test_cookies_and_redirects_are_not_followed(
    service: Service, client: ApixoClient, castle: TaskRequest
) -> None:
    service.reply_bytes(b"", status=307, headers={"Location": "/steal", "Set-Cookie": "a=b"})
    with pytest.raises(ProviderFaultError):
        await client.submit(castle)
    assert [seen.url.path for seen in service.requests] == ["/api/v1/generateTask/flux-kontext"]
