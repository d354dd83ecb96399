"""The image service over real HTTP: what the provider's page promises, callbacks, references and restarts."""

from __future__ import annotations

import asyncio
import io
import json
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from PIL import Image

from sandbox.apixo.server import add_routes
from sandbox.apixo.service import ImageService
from sandbox.apixo.tasks import Config
from sandbox.clock import MovableClock

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

GENERATE = "/apixo/api/v1/generateTask/flux-kontext"
STATUS = "/apixo/api/v1/statusTask/flux-kontext"
BALANCE = "/apixo/api/v1/apikeys/current-balance"
KEY = {"Authorization": "Bearer sandbox-key"}


class Customer:
    """Calls the service and can let time pass."""

    def __init__(self, http: aiohttp.ClientSession, clock: MovableClock) -> None:
        self.http = http
        self.clock = clock
        self.waits: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        await asyncio.sleep(0)
        self.clock.move(seconds)

    async def call(self, method: str, path: str, **options: Any) -> tuple[int, Any]:
        async with self.http.request(method, path, **{"headers": KEY, **options}) as answer:
            return answer.status, json.loads(await answer.read())

    async def submit(
        self, prompt: str = "a castle", *, extra: dict[str, object] | None = None, **changes: object
    ) -> str:
        body = {"input": {"mode": "pro", "prompt": prompt, **changes}, **(extra or {})}
        status, answer = await self.call("POST", GENERATE, json=body)
        assert (status, answer["code"], answer["message"]) == (200, 200, "success"), answer
        task_id = answer["data"]["taskId"]
        assert task_id.startswith("task_")
        return str(task_id)

    async def result(self, task_id: str) -> dict[str, Any]:
        while True:
            status, answer = await self.call("GET", STATUS, params={"taskId": task_id})
            assert (status, answer["code"]) == (200, 200)
            if answer["data"]["state"] in ("success", "failed"):
                return dict(answer["data"])
            await asyncio.sleep(0.01)


@asynccontextmanager
async def serving(
    *,
    data_dir: Path | None = None,
    is_lost: Callable[[str], bool] = lambda _path: False,
    **config: object,
) -> AsyncIterator[Customer]:
    clock = MovableClock()
    async with aiohttp.ClientSession() as bare:
        customer = Customer(bare, clock)
        service = ImageService(
            clock,
            config=Config.model_validate({"seconds": 3, "plain_pictures": True, **config}),
            data_dir=data_dir,
            callback_is_lost=is_lost,
            sleep=customer.sleep,
        )
        app = web.Application()
        add_routes(app, service)
        async with TestServer(app) as server, aiohttp.ClientSession(str(server.make_url("/"))) as http:
            customer.http = http
            yield customer


@asynccontextmanager
async def answering(handler: Callable[[web.Request], Any]) -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", handler)
    async with TestServer(app) as server:
        yield str(server.make_url("/")).rstrip("/")


def picture(
    kind: str = "PNG", size: tuple[int, int] = (64, 48), colour: tuple[int, int, int] = (200, 30, 30)
) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, colour).save(out, kind)
    return out.getvalue()


async def test_a_task_ends_with_a_link_to_a_drawn_picture() -> None:
    async with serving(plain_pictures=False) as customer:
        done = await customer.result(await customer.submit(aspect_ratio="16:9", output_format="png"))
        (url,) = json.loads(done["resultJson"])["resultUrls"]
        async with customer.http.get(url) as answer:
            assert answer.headers["Content-Type"] == "image/png"
            drawn = Image.open(io.BytesIO(await answer.read()))
        assert (drawn.format, drawn.size) == ("PNG", (1392, 752))
        assert done["costTime"] == done["completeTime"] - done["createTime"]
        assert await customer.call("GET", BALANCE) == (
            200,
            {"code": 200, "message": "success", "data": 24.97},
        )


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer wrong"}, {"Authorization": "sandbox-key"}])
@pytest.mark.parametrize(("method", "path"), [("POST", GENERATE), ("GET", STATUS), ("GET", BALANCE)])
async def test_a_wrong_key_is_refused_everywhere(method: str, path: str, headers: dict[str, str]) -> None:
    async with serving() as customer:
        status, answer = await customer.call(method, path, headers=headers)
        assert (status, answer["code"], answer["message"]) == (401, 401, "Invalid or missing API Key")


async def test_wrong_fields_get_400_with_the_reason() -> None:
    async with serving() as customer:
        status, answer = await customer.call("POST", GENERATE, json={"input": {"mode": "x", "prompt": "y"}})
        assert (status, answer["code"]) == (400, 400)
        assert "input.mode" in answer["data"]["error"]
        status, answer = await customer.call("POST", GENERATE, data=b"{")
        assert (status, answer["data"]["error"]) == (400, "The body is not valid JSON")


async def test_an_empty_account_gets_the_pages_own_answer() -> None:
    async with serving() as customer:
        await customer.call("PATCH", "/side/apixo", json={"balance": 0.01})
        body = {"input": {"mode": "pro", "prompt": "x"}}
        assert await customer.call("POST", GENERATE, json=body) == (
            400,
            {"code": 400, "message": "Insufficient credits", "data": None},
        )


async def test_unknown_models_and_tasks_get_404() -> None:
    async with serving() as customer:
        for path in (
            STATUS + "?taskId=task_none",
            GENERATE.replace("flux", "other").replace("generate", "status"),
        ):
            status, answer = await customer.call("GET", path)
            assert (status, answer["code"]) == (404, 404)


async def test_too_many_requests_and_tasks_get_429() -> None:
    async with serving(concurrent_tasks=0) as customer:
        status, answer = await customer.call("POST", GENERATE, json={"input": {"mode": "pro", "prompt": "x"}})
        assert (status, answer["message"]) == (429, "Rate limit exceeded")
        await customer.call("PATCH", "/side/apixo", json={"requests_per_minute": 1})
        assert (await customer.call("GET", BALANCE))[0] == 429


async def test_a_forbidden_prompt_fails_and_is_not_charged() -> None:
    async with serving() as customer:
        done = await customer.result(await customer.submit("forbidden-test-word"))
        assert (done["state"], done["failCode"]) == ("failed", "CONTENT_VIOLATION")
        assert (await customer.call("GET", BALANCE))[1]["data"] == 25


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
async def test_a_reference_is_redrawn(kind: str) -> None:
    async def give(_: web.Request) -> web.Response:
        return web.Response(body=picture(kind), content_type="application/octet-stream")

    async with serving(plain_pictures=False) as customer, answering(give) as url:
        done = await customer.result(await customer.submit("as a poster", image_urls=[f"{url}/a?b=%2F"]))
        assert done["state"] == "success"
        async with customer.http.get(json.loads(done["resultJson"])["resultUrls"][0]) as answer:
            drawn = Image.open(io.BytesIO(await answer.read())).convert("RGB").resize((1, 1))
        colour = drawn.getpixel((0, 0))
        assert isinstance(colour, tuple)
        assert colour[0] > colour[1] + 40


async def test_each_task_redraws_the_very_reference_that_it_names() -> None:
    colours = {"/red": (200, 30, 30), "/green": (30, 170, 30), "/blue": (30, 30, 200)}
    asked: list[str] = []

    async def give(request: web.Request) -> web.Response:
        asked.append(request.path)
        return web.Response(body=picture(colour=colours[request.path]))

    async with serving(plain_pictures=False) as customer, answering(give) as url:
        for path, colour in colours.items():
            done = await customer.result(await customer.submit("the same words", image_urls=[url + path]))
            async with customer.http.get(json.loads(done["resultJson"])["resultUrls"][0]) as answer:
                drawn = Image.open(io.BytesIO(await answer.read())).convert("RGB").resize((1, 1))
            shown = drawn.getpixel((0, 0))
            assert isinstance(shown, tuple)
            assert shown.index(max(shown)) == colour.index(max(colour))
            assert max(shown) > sorted(shown)[1] + 40
        assert asked == list(colours)


@pytest.mark.parametrize(
    "body",
    [
        None,
        b"<html></html>",
        picture("GIF"),
        b"\x89PNG\r\n\x1a\n" + b"\0" * 99,
        picture() + b"0" * (10 * 1024 * 1024),
    ],
)
async def test_a_reference_that_is_no_small_picture_fails_the_task(body: bytes | None) -> None:
    async def give(_: web.Request) -> web.Response:
        return web.Response(status=404) if body is None else web.Response(body=body)

    async with serving() as customer, answering(give) as url:
        done = await customer.result(await customer.submit(image_urls=[url]))
        assert (done["failCode"], done["failMsg"]) == (
            "INVALID_IMAGE_URL",
            "Cannot access provided image URL",
        )


async def test_more_references_than_the_route_takes_are_refused() -> None:
    async with serving(max_image_urls=1) as customer:
        body = {"input": {"mode": "pro", "prompt": "x", "image_urls": ["http://a/1", "http://a/2"]}}
        status, answer = await customer.call("POST", GENERATE, json=body)
        assert (status, answer["message"]) == (400, "Invalid request")


async def test_a_callback_carries_the_envelope_of_a_status() -> None:
    heard: asyncio.Queue[dict[str, Any]] = asyncio.Queue()

    async def hear(request: web.Request) -> web.Response:
        heard.put_nowait(await request.json())
        return web.Response()

    async with serving() as customer, answering(hear) as url:
        task_id = await customer.submit(extra={"request_type": "callback", "callback_url": f"{url}/hook"})
        told = await heard.get()
        _, answer = await customer.call("GET", STATUS, params={"taskId": task_id})
        assert told == answer
        assert told["data"]["state"] == "success"


async def test_a_callback_is_repeated_three_times_until_it_gets_200() -> None:
    statuses = [500, 204, 503, 200]
    done = asyncio.Event()

    async def hear(_: web.Request) -> web.Response:
        status = statuses.pop(0)
        if status == 200:
            done.set()
        return web.Response(status=status)

    async with serving(spread=0) as customer, answering(hear) as url:
        await customer.submit(extra={"request_type": "callback", "callback_url": url})
        await done.wait()
        assert customer.waits == [3, 30, 60, 120]


async def test_a_lost_callback_is_never_sent() -> None:
    async def hear(_: web.Request) -> web.Response:
        pytest.fail("it was sent")

    asked = asyncio.Event()

    def is_lost(path: str) -> bool:
        assert path == "/hook/1"
        asked.set()
        return True

    async with serving(is_lost=is_lost) as customer, answering(hear) as url:
        await customer.submit(extra={"request_type": "callback", "callback_url": f"{url}/hook/1"})
        await asked.wait()


async def test_tasks_can_be_inspected() -> None:
    async with serving() as customer:
        task_id = await customer.submit("see me", mode="max", safetyTolerance=1)
        await customer.result(task_id)
        _, seen = await customer.call("GET", "/side/apixo", headers={})
        (task,) = seen["tasks"]
        assert (task["taskId"], task["state"], task["cost"]) == (task_id, "success", 0.06)
        assert task["input"] == {"mode": "max", "prompt": "see me", "safetyTolerance": 1}
        assert (task["request_type"], task["provider"]) == ("async", "auto")
        assert task["looks"] >= 1
        assert seen["balance"] == 24.94


@pytest.mark.parametrize(
    "change", [{"seconds": -1}, {"colour": 1}, {"balance": "much"}, {"callback_retry_seconds": 5}, 7]
)
async def test_turning_it_wrongly_is_refused(change: object) -> None:
    async with serving() as customer:
        status, answer = await customer.call("PATCH", "/side/apixo", json=change)
        assert (status, answer["error"]["status"]) == (400, 400)


async def test_turning_changes_what_is_named_only() -> None:
    async with serving() as customer:
        status, seen = await customer.call(
            "PATCH", "/side/apixo", json={"seconds": 9, "callback_retry_seconds": [1]}
        )
        assert status == 200
        assert (seen["config"]["seconds"], seen["config"]["callback_retry_seconds"]) == (9, [1])
        assert (seen["config"]["concurrent_tasks"], seen["balance"]) == (1000, 25)


async def test_tasks_and_pictures_survive_a_restart(tmp_path: Path) -> None:
    async with serving(data_dir=tmp_path) as customer:
        task_id = await customer.submit()
        done = await customer.result(task_id)
    async with serving(data_dir=tmp_path) as customer:
        customer.clock.move(3600)
        again = await customer.result(task_id)
        assert {**again, "resultJson": ""} == {**done, "resultJson": ""}
        name = json.loads(again["resultJson"])["resultUrls"][0].rpartition("/")[2]
        async with customer.http.get(f"/apixo/files/{name}") as answer:
            assert answer.status == 200
        customer.clock.move(16 * 86400)
        async with customer.http.get(f"/apixo/files/{name}") as answer:
            assert answer.status == 404
