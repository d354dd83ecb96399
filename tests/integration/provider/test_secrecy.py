"""The key comes back in nothing that anybody could print, log or send on."""

from __future__ import annotations

import asyncio
import logging
import traceback
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import unused_port

from bot.errors import ProviderError
from bot.provider.client import ApixoClient, TaskRequest, Timeouts
from tests.integration.provider.conftest import API_KEY, MakeClient, Service

Call = Callable[[ApixoClient, TaskRequest], Awaitable[object]]

CALLS: dict[str, Call] = {
    "submit": lambda client, request: client.submit(request),
    "status": lambda client, _: client.status("task_1"),
    "balance": lambda client, _: client.balance(),
}


def chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def everything_about(error: BaseException) -> str:
    """Return whatever a log, an error tracker or a curious reader could get out of an exception."""
    told = "".join(
        traceback.TracebackException.from_exception(error, capture_locals=True).format()
    ) + "".join(traceback.format_exception(error))
    for link in chain(error):
        told += f"{link!r} {link} {link.args!r} {vars(link)!r}"
    return told


async def failure_of(call: Call, client: ApixoClient, request: TaskRequest) -> str:
    with pytest.raises(ProviderError) as caught:
        await call(client, request)
    return everything_about(caught.value)


def script_hang(service: Service) -> None:
    async def hang(_: web.Request) -> web.Response:
        await service.released.wait()
        return web.Response()

    service.reply(hang)


def script_drop(service: Service) -> None:
    async def drop(request: web.Request) -> web.Response:
        assert request.transport is not None
        request.transport.close()
        return web.Response()

    service.reply(drop)


def script_truncated(service: Service) -> None:
    async def truncated(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": "1000"})
        await response.prepare(request)
        await response.write(f'{{"code": 200, "message": "{API_KEY}'.encode())
        assert request.transport is not None
        request.transport.close()
        return response

    service.reply(truncated)


def script_echo(status: int) -> Callable[[Service], None]:
    def script(service: Service) -> None:
        words = f"The key {API_KEY} is wrong"
        service.reply_json(
            {"code": status, "message": words, "failCode": API_KEY, "data": {"error": words}},
            status=status,
        )

    return script


FAULTS: dict[str, Callable[[Service], None]] = {
    "hang": script_hang,
    "drop": script_drop,
    "truncated": script_truncated,
    "html": lambda service: service.reply_bytes(f"<html>{API_KEY}</html>".encode()),
    "echo-in-200": lambda service: service.reply_json({"code": 401, "message": API_KEY}),
    "huge": lambda service: service.reply_bytes(API_KEY.encode() * 100_000),
    **{f"echo-{status}": script_echo(status) for status in (400, 401, 402, 403, 418, 429, 500, 503)},
}


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("call", CALLS)
async def test_no_error_and_no_log_line_holds_the_key(
    service: Service,
    make_client: MakeClient,
    castle: TaskRequest,
    caplog: pytest.LogCaptureFixture,
    fault: str,
    call: str,
) -> None:
    FAULTS[fault](service)
    client = make_client(timeouts=Timeouts(connect=5, total=0.1 if fault == "hang" else 10))
    with caplog.at_level(logging.DEBUG):
        told = await failure_of(CALLS[call], client, castle)
    assert API_KEY not in told
    assert API_KEY not in caplog.text


@pytest.mark.parametrize("call", CALLS)
async def test_no_error_of_a_failed_connection_holds_the_key(
    make_client: MakeClient, castle: TaskRequest, call: str
) -> None:
    client = make_client(base_url=f"http://127.0.0.1:{unused_port()}/api/v1")
    assert API_KEY not in await failure_of(CALLS[call], client, castle)


@pytest.mark.parametrize("call", CALLS)
async def test_no_error_of_an_answer_that_is_not_http_holds_the_key(
    make_client: MakeClient, castle: TaskRequest, call: str
) -> None:
    async def babble(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"BABBLE\r\n\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(babble, "127.0.0.1", 0)
    async with server:
        client = make_client(base_url=f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
        assert API_KEY not in await failure_of(CALLS[call], client, castle)


async def test_the_reason_of_a_failed_task_does_not_hold_the_key(
    service: Service, client: ApixoClient
) -> None:
    service.reply_task(state="failed", failCode=API_KEY, failMsg=f"bad {API_KEY}", resultJson=API_KEY)
    assert API_KEY not in repr(await client.status("task_1"))


def test_the_client_does_not_show_the_key(client: ApixoClient) -> None:
    shown: list[Any] = [client, vars(client)]
    assert API_KEY not in repr(shown)
