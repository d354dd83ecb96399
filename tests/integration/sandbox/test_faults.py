"""Faults on demand, over a real HTTP server whose handlers count what they did."""

from __future__ import annotations

import asyncio
import io
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
from aiohttp import web
from PIL import Image

from sandbox.faults import Faults
from sandbox.faults_spec import FaultSpec

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from aiohttp.typedefs import Handler

MESSAGES = "/discord/api/v10/channels/5/messages"
PICTURE = "/discord/cdn/attachments/5/6/castle.png"
TASK = "/apixo/api/v1/generateTask/flux-kontext"
RESULT = "/apixo/files/castle.jpeg"

ANSWER = {"id": "77", "content": "a castle at sunset, seen from far away"}


@dataclass
class Sandbox:
    """A small application with faults, and a client of it."""

    faults: Faults
    runner: web.AppRunner
    client: aiohttp.ClientSession
    done: list[str] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)

    async def set(self, **spec: Any) -> int:
        """Set a fault as tests do, over HTTP."""
        async with self.client.post("/faults", json=spec) as response:
            assert response.status == 201, await response.text()
            return int((await response.json())["id"])


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    faults = Faults()
    done: list[str] = []
    ended: list[str] = []

    @web.middleware
    async def watch(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            return await handler(request)
        finally:
            ended.append(request.path)

    async def work(request: web.Request) -> web.Response:
        done.append(f"{request.method} {request.path}")
        return web.json_response(ANSWER)

    async def refuse(request: web.Request) -> web.Response:
        raise web.HTTPNotFound

    app = web.Application(middlewares=[watch, faults.middleware])
    faults.add_routes(app)
    app.router.add_get("/side/people", work)
    app.router.add_get("/apixo/api/v1/missing", refuse)
    for path in (MESSAGES, PICTURE, TASK, RESULT):
        app.router.add_route("*", path, work)
    # As in the sandbox itself, and other than in aiohttp's test server, a caller who goes cancels no handler.
    runner = web.AppRunner(app, shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    async with aiohttp.ClientSession("http://127.0.0.1:{1}".format(*runner.addresses[0])) as client:
        yield Sandbox(faults, runner, client, done, ended)
    await runner.cleanup()


async def until(happened: Callable[[], bool]) -> None:
    """Wait until it has happened, ten seconds at most."""
    async with asyncio.timeout(10):
        while True:
            if happened():
                return
            await asyncio.sleep(0.01)


async def test_without_faults_everything_gets_through(sandbox: Sandbox) -> None:
    async with sandbox.client.post(MESSAGES) as response:
        assert response.status == 200
        assert await response.json() == ANSWER


async def test_a_status_before_the_work_leaves_it_undone(sandbox: Sandbox) -> None:
    await sandbox.set(target="discord", action={"kind": "status", "status": 503})

    async with sandbox.client.post(MESSAGES) as response:
        assert response.status == 503
        assert response.headers["Content-Type"] == "application/json"
        assert await response.json() == {"message": "503: Service Unavailable", "code": 0}
    assert sandbox.done == []


async def test_a_status_after_the_work_only_spoils_the_answer(sandbox: Sandbox) -> None:
    await sandbox.set(
        target="discord",
        method="POST",
        path="^/channels/5/messages$",
        phase="after",
        action={"kind": "status", "status": 502, "body": {"x": 1}, "headers": {"Retry-After": "2"}},
    )

    async with sandbox.client.post(MESSAGES) as response:
        assert (response.status, response.headers["Retry-After"]) == (502, "2")
        assert await response.json() == {"x": 1}
    assert sandbox.done == [f"POST {MESSAGES}"]


async def test_a_refusal_of_the_handler_can_be_spoilt_too(sandbox: Sandbox) -> None:
    await sandbox.set(target="apixo", phase="after", action={"kind": "status", "status": 500})

    async with sandbox.client.get("/apixo/api/v1/missing") as response:
        assert response.status == 500


@pytest.mark.parametrize(
    ("target", "path", "status", "body"),
    [
        ("discord", MESSAGES, 401, '{"message": "401: Unauthorized", "code": 0}'),
        ("discord", MESSAGES, 403, '{"message": "Missing Permissions", "code": 50013}'),
        ("discord", MESSAGES, 520, '{"message": "520: Unknown Error", "code": 0}'),
        ("apixo", TASK, 429, '{"code": 429, "message": "Rate limit exceeded", "data": null}'),
        ("apixo", TASK, 500, '{"code": 500, "message": "Internal Server Error", "data": null}'),
        ("cdn", PICTURE, 404, "This content is no longer available."),
        ("files", RESULT, 403, "Forbidden"),
    ],
)
async def test_a_status_without_a_body_is_worded_as_its_target_does(
    sandbox: Sandbox, target: str, path: str, status: int, body: str
) -> None:
    await sandbox.set(target=target, action={"kind": "status", "status": status})

    async with sandbox.client.get(path) as response:
        assert response.status == status
        assert await response.text() == body


@pytest.mark.parametrize("phase", ["before", "after"])
async def test_a_delay_gives_the_real_answer(sandbox: Sandbox, phase: str) -> None:
    await sandbox.set(target="apixo", phase=phase, action={"kind": "delay", "seconds": 0.01})

    async with sandbox.client.post(TASK) as response:
        assert await response.json() == ANSWER
    assert sandbox.done == [f"POST {TASK}"]


@pytest.mark.parametrize(("phase", "done"), [("before", []), ("after", [f"POST {TASK}"])])
async def test_a_hung_request_never_answers_and_ends_with_its_caller(
    sandbox: Sandbox, phase: str, done: list[str]
) -> None:
    await sandbox.set(target="apixo", phase=phase, action={"kind": "hang"})
    timeout = aiohttp.ClientTimeout(total=0.2)

    with pytest.raises(TimeoutError):
        await sandbox.client.post(TASK, timeout=timeout)

    assert sandbox.done == done
    await until(lambda: TASK in sandbox.ended)


async def test_a_hung_request_ends_when_the_application_shuts_down(sandbox: Sandbox) -> None:
    await sandbox.set(target="discord", action={"kind": "hang"})
    call = asyncio.create_task(sandbox.client.post(MESSAGES))
    await until(lambda: sandbox.faults.all()[0].hits == 1)

    await sandbox.runner.cleanup()

    with pytest.raises(aiohttp.ClientError):
        await call


async def test_a_dropped_connection_gives_nothing(sandbox: Sandbox) -> None:
    await sandbox.set(target="discord", phase="after", action={"kind": "drop"})

    with pytest.raises(aiohttp.ServerDisconnectedError):
        await sandbox.client.post(MESSAGES)
    assert sandbox.done == [f"POST {MESSAGES}"]


async def test_a_truncated_answer_breaks_off_in_the_middle(sandbox: Sandbox) -> None:
    await sandbox.set(target="discord", action={"kind": "truncate"})

    async with sandbox.client.post(MESSAGES) as response:
        assert response.status == 200
        with pytest.raises(aiohttp.ClientPayloadError):
            await response.read()
    assert sandbox.done == [f"POST {MESSAGES}"]


async def test_another_body_takes_the_place_of_the_real_one(sandbox: Sandbox) -> None:
    await sandbox.set(target="apixo", action={"kind": "body", "text": "<html>", "content_type": "text/html"})

    async with sandbox.client.post(TASK) as response:
        assert response.status == 200
        assert response.headers["Content-Type"] == "text/html"
        assert await response.text() == "<html>"


async def test_a_huge_answer_is_all_there_and_valid_json(sandbox: Sandbox) -> None:
    await sandbox.set(target="apixo", action={"kind": "huge", "megabytes": 3})

    async with sandbox.client.post(TASK) as response:
        assert "Content-Length" not in response.headers
        assert len(await response.read()) == 3 * 1024 * 1024
        assert await response.json() == {}


async def test_a_huge_picture_is_streamed_until_its_caller_has_seen_enough(sandbox: Sandbox) -> None:
    await sandbox.set(target="files", action={"kind": "huge", "megabytes": 100_000})

    async with sandbox.client.get(RESULT) as response:
        assert response.content_type == "image/png"
        start = await response.content.readexactly(1_000_000)
        assert start.startswith(b"\x89PNG\r\n\x1a\n")
        response.close()


async def test_a_bomb_is_small_and_says_that_it_is_huge(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    await sandbox.set(target="cdn", action={"kind": "bomb"})

    async with sandbox.client.get(PICTURE) as response:
        assert response.content_type == "image/png"
        picture = await response.read()

    assert len(picture) < 200_000
    with pytest.raises(Image.DecompressionBombError):
        Image.open(io.BytesIO(picture))
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", None)
    with Image.open(io.BytesIO(picture)) as bomb:
        assert bomb.size == (30_000, 30_000)
        bomb.verify()


async def test_a_rate_limit_reads_as_discords_own(sandbox: Sandbox) -> None:
    await sandbox.set(target="discord", action={"kind": "ratelimit", "retry_after": 1.5, "scope": "global"})

    async with sandbox.client.post(MESSAGES) as response:
        assert response.status == 429
        assert response.headers["Content-Type"] == "application/json"
        assert response.headers["Via"]
        assert response.headers["X-RateLimit-Scope"] == "global"
        assert response.headers["X-RateLimit-Global"] == "true"
        assert response.headers["Retry-After"] == "2"
        body = await response.json()
    assert (body["retry_after"], body["global"]) == (1.5, True)


async def test_a_rate_limit_of_the_image_service_is_in_its_words(sandbox: Sandbox) -> None:
    await sandbox.set(target="apixo", action={"kind": "ratelimit", "retry_after": 1.5, "scope": "user"})

    async with sandbox.client.post(TASK) as response:
        assert (response.status, response.headers["Retry-After"]) == (429, "1.5")
        assert (await response.json())["code"] == 429


async def test_a_lost_callback_is_told_to_the_image_service_and_spoils_no_request(sandbox: Sandbox) -> None:
    fault = await sandbox.set(target="apixo", path="/hook", times=1, action={"kind": "lose_callback"})

    async with sandbox.client.post(TASK) as response:
        assert response.status == 200
    assert sandbox.faults.callback_is_lost("/other") is False
    assert sandbox.faults.callback_is_lost("http://127.0.0.1:9/hook?job=1") is True
    assert sandbox.faults.callback_is_lost("http://127.0.0.1:9/hook?job=1") is False
    async with sandbox.client.get("/faults") as response:
        [listed] = await response.json()
    assert (listed["id"], listed["hits"]) == (fault, 1)


async def test_a_fault_falls_only_on_its_target_method_and_path(sandbox: Sandbox) -> None:
    await sandbox.set(
        target="discord", method="POST", path="/threads", action={"kind": "status", "status": 500}
    )

    for method, path in (("POST", MESSAGES), ("POST", TASK), ("GET", "/side/people")):
        async with sandbox.client.request(method, path) as response:
            assert response.status == 200


async def test_a_fault_ends_after_its_times(sandbox: Sandbox) -> None:
    await sandbox.set(target="discord", times=2, action={"kind": "status", "status": 500})

    statuses = []
    for _ in range(4):
        async with sandbox.client.post(MESSAGES) as response:
            statuses.append(response.status)
    assert statuses == [500, 500, 200, 200]


async def test_with_a_seed_the_same_requests_are_hit_again(sandbox: Sandbox) -> None:
    runs = []
    for _ in range(2):
        fault = await sandbox.set(
            target="discord", probability=0.5, seed=7, action={"kind": "status", "status": 500}
        )
        statuses = []
        for _ in range(20):
            async with sandbox.client.post(MESSAGES) as response:
                statuses.append(response.status)
        runs.append(statuses)
        await sandbox.client.delete(f"/faults/{fault}")

    assert runs[0] == runs[1]
    assert set(runs[0]) == {200, 500}


async def test_faults_are_listed_and_removed(sandbox: Sandbox) -> None:
    first = await sandbox.set(target="discord", action={"kind": "drop"})
    await sandbox.set(target="apixo", path="/statusTask", action={"kind": "delay", "seconds": 2})

    async with sandbox.client.delete(f"/faults/{first}") as response:
        assert response.status == 204
    async with sandbox.client.delete(f"/faults/{first}") as response:
        assert response.status == 404
    async with sandbox.client.get("/faults") as response:
        [left] = await response.json()
    assert (left["target"], left["path"], left["hits"]) == ("apixo", "/statusTask", 0)
    assert left["action"] == {"kind": "delay", "seconds": 2.0}
    async with sandbox.client.delete("/faults") as response:
        assert response.status == 204
    assert sandbox.faults.all() == []


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("{", "The body is not JSON"),
        ("[]", "valid dictionary"),
        ('{"target": "discord"}', "action: Field required"),
        ('{"target": "moon", "action": {"kind": "drop"}}', "target: Input should be"),
        ('{"target": "discord", "action": {"kind": "explode"}}', "'explode'"),
        ('{"target": "discord", "action": {"kind": "status"}}', "action.status.status: Field required"),
        ('{"target": "discord", "action": {"kind": "drop", "x": 1}}', "action.drop.x: Extra inputs"),
        ('{"target": "discord", "path": "(", "action": {"kind": "drop"}}', "not a regular expression"),
        ('{"target": "discord", "times": 0, "action": {"kind": "drop"}}', "times: Input should be greater"),
        ('{"target": "discord", "action": {"kind": "lose_callback"}}', "only the image service"),
    ],
)
async def test_a_wrong_fault_is_refused_with_what_is_wrong(sandbox: Sandbox, body: str, said: str) -> None:
    async with sandbox.client.post("/faults", data=body) as response:
        assert response.status == 400
        error = (await response.json())["error"]
    assert error["status"] == 400
    assert said in error["message"]
    assert sandbox.faults.all() == []


async def test_the_fault_that_was_set_first_wins(sandbox: Sandbox) -> None:
    for status in (500, 502):
        sandbox.faults.add(
            FaultSpec.model_validate(
                {"target": "discord", "action": {"kind": "status", "status": status}, "times": 1}
            )
        )

    statuses = []
    for _ in range(3):
        async with sandbox.client.post(MESSAGES) as response:
            statuses.append(response.status)
    assert statuses == [500, 502, 200]
