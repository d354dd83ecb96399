"""The web server over real HTTP: health, readiness, metrics, callbacks."""

from __future__ import annotations

import asyncio
import logging
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import aiohttp
import pytest

from bot.errors import SettingsError, StoreUnwritableError
from bot.metrics import Metrics
from bot.web import MAX_CALLBACK_BYTES, WebServer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Sequence


class Receiver:
    """Takes callbacks whose signature is `right` and remembers them."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, str, bytes]] = []

    async def __call__(self, job_id: str, signature: str, body: bytes) -> bool:
        self.seen.append((job_id, signature, body))
        return signature == "right"


async def all_well() -> Sequence[str]:
    return ()


@asynccontextmanager
async def serving(
    *,
    metrics: Metrics | None = None,
    readiness: Callable[[], Awaitable[Sequence[str]]] = all_well,
    callbacks: Receiver | None = None,
) -> AsyncIterator[aiohttp.ClientSession]:
    server = WebServer("127.0.0.1", 0, metrics=metrics or Metrics(), readiness=readiness, callbacks=callbacks)
    await server.start()
    try:
        async with aiohttp.ClientSession(f"http://127.0.0.1:{server.port}") as session:
            yield session
    finally:
        await server.stop()


async def test_health_answers_while_the_loop_runs() -> None:
    async with serving() as http, http.get("/healthz") as response:
        assert response.status == 200
        assert await response.json() == {"status": "ok"}


async def test_readiness_lists_what_is_missing() -> None:
    async def not_yet() -> Sequence[str]:
        return ["Discord is not connected."]

    async with serving(readiness=not_yet) as http, http.get("/readyz") as response:
        assert response.status == 503
        assert await response.json() == {"status": "not ready", "problems": ["Discord is not connected."]}
    async with serving() as http, http.get("/readyz") as response:
        assert response.status == 200


async def test_metrics_are_in_the_format_that_prometheus_reads() -> None:
    metrics = Metrics()
    metrics.job_finished("failed", "provider")
    metrics.job_finished("delivered")
    metrics.provider_request("submit", "ok", 0.2)
    metrics.provider_paused("balance")
    metrics.provider_pace(0.5, granted=7)
    metrics.delivery("thread")
    metrics.discord_error(50013)
    metrics.loop_error("poller")
    metrics.loop_turn("poller", datetime(2030, 1, 1, tzinfo=UTC))
    metrics.lateness(-0.1)
    metrics.stage_seconds("running", 30)
    async with serving(metrics=metrics) as http, http.get("/metrics") as response:
        assert response.headers["Content-Type"].startswith("text/plain; version=")
        text = await response.text()
    for line in (
        'easel_jobs_finished_total{cause="provider",state="failed"} 1.0',
        'easel_jobs_finished_total{cause="",state="delivered"} 1.0',
        'easel_provider_requests_total{operation="submit",outcome="ok"} 1.0',
        "easel_provider_paused 1.0",
        'easel_provider_pause{reason="balance"} 1.0',
        "easel_provider_pace 0.5",
        "easel_provider_requests_granted_total 7.0",
        'easel_deliveries_total{rung="thread"} 1.0',
        'easel_discord_errors_total{code="50013"} 1.0',
        'easel_loop_errors_total{loop="poller"} 1.0',
        'easel_loop_last_turn_timestamp_seconds{loop="poller"} 1.893456e+09',
        "easel_delivery_lateness_seconds_sum 0.0",
        'easel_stage_seconds_count{stage="running"} 1.0',
    ):
        assert line in text.splitlines()


def test_two_bots_in_one_process_do_not_share_numbers() -> None:
    first, second = Metrics(), Metrics()
    first.delivery("thread")
    assert b'easel_deliveries_total{rung="thread"}' not in second.render()


async def test_a_callback_is_passed_on_and_answered_at_once() -> None:
    receiver = Receiver()
    async with serving(callbacks=receiver) as http:
        async with http.post("/callbacks/job1/right", data=b'{"a": 1}') as response:
            assert response.status == 200
        assert receiver.seen == [("job1", "right", b'{"a": 1}')]


async def test_a_forged_callback_and_an_unknown_path_get_the_same_answer() -> None:
    async with serving(callbacks=Receiver()) as http:
        answers = []
        for method, path in (
            ("POST", "/callbacks/job1/wrong"),
            ("GET", "/callbacks/job1/right"),
            ("POST", "/callbacks/job1"),
            ("POST", "/nothing"),
        ):
            async with http.request(method, path, data=b"{}") as response:
                headers = {name: value for name, value in response.headers.items() if name != "Date"}
                answers.append((response.status, await response.text(), headers))
    assert answers[0][0] == 404
    assert all(answer == answers[0] for answer in answers)


async def test_without_callbacks_their_path_does_not_exist() -> None:
    async with serving() as http, http.post("/callbacks/job1/right", data=b"{}") as response:
        assert response.status == 404


async def test_a_huge_callback_is_refused_unread() -> None:
    receiver = Receiver()
    async with serving(callbacks=receiver) as http:
        async with http.post("/callbacks/job1/right", data=b"x" * (MAX_CALLBACK_BYTES + 1)) as response:
            assert response.status == 413
        async with http.post("/callbacks/job1/right", data=b"x" * MAX_CALLBACK_BYTES) as response:
            assert response.status == 200
    assert len(receiver.seen) == 1


@pytest.mark.parametrize("path", ["/healthz", "/nothing", "/metrics"])
async def test_every_answer_is_guarded_and_names_no_software(path: str) -> None:
    async with serving() as http, http.get(path) as response:
        assert "Server" not in response.headers
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert response.headers["Cache-Control"] == "no-store"
        assert "default-src 'none'" in response.headers["Content-Security-Policy"]


async def test_the_path_of_a_callback_never_reaches_the_log(caplog: pytest.LogCaptureFixture) -> None:
    async def broken(_job_id: str, _signature: str, _body: bytes) -> bool:
        raise RuntimeError("broken")

    caplog.set_level(logging.DEBUG)
    server = WebServer("127.0.0.1", 0, metrics=Metrics(), readiness=all_well, callbacks=broken)
    await server.start()
    try:
        async with (
            aiohttp.ClientSession(f"http://127.0.0.1:{server.port}") as http,
            http.post("/callbacks/job1/signed-in-secret", data=b"{}") as response,
        ):
            assert response.status == 500
    finally:
        await server.stop()
    assert "broken" in caplog.text
    assert "signed-in-secret" not in caplog.text


@pytest.mark.parametrize(
    ("request_text", "status"),
    [
        (
            "POST /callbacks/job1/right HTTP/1.1\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\nab",
            b" 400 ",
        ),
        ("POST /callbacks/job1/right HTTP/1.1\r\nContent-Length: x\r\n\r\n", b" 400 "),
        ("POST /callbacks/job1/right HTTP/9.9\r\n\r\n", b" 400 "),
        (f"GET /{'x' * 9000} HTTP/1.1\r\n\r\n", b" 400 "),
        ("POST /callbacks/job1/right HTTP/1.1\r\nContent-Length: 9\r\n\r\nab", b""),
    ],
    ids=["no gzip", "no length", "no version", "too long", "broken off"],
)
async def test_a_caller_that_speaks_bad_http_cannot_fill_the_log(
    caplog: pytest.LogCaptureFixture, request_text: str, status: bytes
) -> None:
    receiver = Receiver()
    server = WebServer("127.0.0.1", 0, metrics=Metrics(), readiness=all_well, callbacks=receiver)
    await server.start()
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(request_text.encode())
        if not status:
            writer.write_eof()
        assert status in await reader.readline()
        writer.close()
    finally:
        await server.stop()
    assert not [record for record in caplog.records if record.levelno > logging.INFO]
    assert not receiver.seen


async def test_a_callback_that_cannot_be_written_down_is_asked_to_come_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def full(_job_id: str, _signature: str, _body: bytes) -> bool:
        raise StoreUnwritableError("the disk is full")

    server = WebServer("127.0.0.1", 0, metrics=Metrics(), readiness=all_well, callbacks=full)
    await server.start()
    try:
        async with (
            aiohttp.ClientSession(f"http://127.0.0.1:{server.port}") as http,
            http.post("/callbacks/job1/right", data=b"{}") as response,
        ):
            assert response.status == 503
    finally:
        await server.stop()
    assert [record.levelname for record in caplog.records] == ["WARNING"]


async def test_a_busy_port_gets_a_sentence() -> None:
    first = WebServer("127.0.0.1", 0, metrics=Metrics(), readiness=all_well)
    await first.start()
    second = WebServer("127.0.0.1", first.port, metrics=Metrics(), readiness=all_well)
    try:
        with pytest.raises(SettingsError, match=f"HTTP_PORT {first.port} is used by another program"):
            await second.start()
    finally:
        await first.stop()
    await second.start()
    await second.stop()


async def test_a_foreign_address_gets_a_sentence() -> None:
    server = WebServer("192.0.2.1", 0, metrics=Metrics(), readiness=all_well)
    with pytest.raises(SettingsError, match=r"HTTP_HOST 192\.0\.2\.1 is not an address of this machine"):
        await server.start()
