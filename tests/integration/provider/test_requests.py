"""What is sent: paths, headers and bodies as the provider's page shows them."""

from __future__ import annotations

from contextlib import suppress
from decimal import Decimal

import pytest
from pydantic import SecretStr

from bot.errors import KeyRefusedError, ProviderBusyError, ProviderError, SettingsError
from bot.jobs import AspectRatio, Mode, OutputFormat
from bot.metrics import Metrics
from bot.provider.budget import NoBudget
from bot.provider.client import ApixoClient, TaskRequest
from tests.integration.provider.conftest import API_KEY, MakeClient, Service

ACCEPTED = {"code": 200, "message": "success", "data": {"taskId": "task_12345678"}}


async def test_a_picture_from_text_is_asked_for_as_in_the_first_example_of_the_page(
    service: Service, client: ApixoClient, castle: TaskRequest
) -> None:
    service.reply_json(ACCEPTED)
    assert await client.submit(castle) == "task_12345678"
    (seen,) = service.requests
    assert (seen.method, seen.url.path) == ("POST", "/api/v1/generateTask/flux-kontext")
    assert seen.body == {
        "request_type": "async",
        "provider": "auto",  # the page's default, said aloud
        "input": {
            "mode": "pro",
            "prompt": "a castle on the hill at sunset",
            "aspect_ratio": "16:9",
            "output_format": "jpeg",
        },
    }


async def test_an_edit_is_asked_for_as_in_the_second_example_of_the_page(
    service: Service, make_client: MakeClient
) -> None:
    service.reply_json(ACCEPTED)
    client = make_client(routing="official", safety_tolerance=2)
    await client.submit(
        TaskRequest(
            mode=Mode.MAX,
            prompt="transform this into a watercolor painting",
            aspect_ratio=AspectRatio.WIDE,
            image_urls=("https://example.com/ref.jpg",),
            output_format=OutputFormat.PNG,
        )
    )
    assert service.requests[0].body == {
        "request_type": "async",
        "provider": "official",
        "input": {
            "mode": "max",
            "prompt": "transform this into a watercolor painting",
            "aspect_ratio": "16:9",
            "image_urls": ["https://example.com/ref.jpg"],
            "output_format": "png",
            "safetyTolerance": 2,
        },
    }


async def test_a_safety_tolerance_of_zero_is_sent(
    service: Service, make_client: MakeClient, castle: TaskRequest
) -> None:
    service.reply_json(ACCEPTED)
    await make_client(safety_tolerance=0).submit(castle)
    assert service.requests[0].body["input"]["safetyTolerance"] == 0


async def test_a_callback_address_turns_the_request_into_a_callback_one(
    service: Service, client: ApixoClient
) -> None:
    service.reply_json(ACCEPTED)
    await client.submit(
        TaskRequest(
            mode=Mode.PRO,
            prompt="a castle",
            aspect_ratio=AspectRatio.TALL,
            output_format=OutputFormat.JPEG,
            callback_url="https://bot.example/callback/1",
        )
    )
    body = service.requests[0].body
    assert (body["request_type"], body["callback_url"]) == ("callback", "https://bot.example/callback/1")


async def test_every_request_carries_the_key_and_the_name_of_the_bot(
    service: Service, client: ApixoClient, castle: TaskRequest
) -> None:
    service.reply_json(ACCEPTED)
    service.reply_json({"code": 200, "message": "success", "data": {"taskId": "task_1", "state": "pending"}})
    service.reply_json({"code": 200, "message": "success", "data": 74.87})
    await client.submit(castle)
    await client.status("task_1")
    await client.balance()
    assert len(service.requests) == 3
    for seen in service.requests:
        assert seen.headers["Authorization"] == f"Bearer {API_KEY}"
        assert seen.headers["User-Agent"].startswith("Easel")
    assert service.requests[0].headers["Content-Type"] == "application/json"


async def test_a_look_names_the_model_and_the_task(service: Service, client: ApixoClient) -> None:
    service.reply_task(state="pending")
    await client.status("task_12345678")
    (seen,) = service.requests
    assert (seen.method, seen.url.path) == ("GET", "/api/v1/statusTask/flux-kontext")
    assert dict(seen.url.query) == {"taskId": "task_12345678"}
    assert seen.body is None


async def test_a_base_address_may_end_in_a_slash(service: Service, make_client: MakeClient) -> None:
    service.reply_task(state="pending")
    await make_client(base_url=f"{service.base_url}/").status("task_1")
    assert service.requests[0].url.path == "/api/v1/statusTask/flux-kontext"


async def test_the_balance_is_the_bare_number_in_data(service: Service, client: ApixoClient) -> None:
    service.reply_json({"code": 200, "message": "success", "data": 74.87})
    assert await client.balance() == Decimal("74.87")
    assert service.requests[0].url.path == "/api/v1/apikeys/current-balance"


async def test_the_balance_is_none_where_the_endpoint_is_missing(
    service: Service, client: ApixoClient
) -> None:
    service.reply_bytes(b"404: Not Found", status=404, content_type="text/plain")
    assert await client.balance() is None


async def test_a_key_read_from_a_file_may_end_in_a_line_break(
    service: Service, make_client: MakeClient
) -> None:
    service.reply_task(state="pending")
    await make_client(api_key=SecretStr(f"{API_KEY}\n")).status("task_1")
    assert service.requests[0].headers["Authorization"] == f"Bearer {API_KEY}"


@pytest.mark.parametrize(
    "key", ["", "  ", "two\nlines", "schlüssel"], ids=["empty", "blank", "lines", "umlaut"]
)
async def test_a_key_that_no_header_can_hold_is_a_wrong_setting(make_client: MakeClient, key: str) -> None:
    with pytest.raises(SettingsError, match="APIXO_API_KEY") as caught:
        make_client(api_key=SecretStr(key))
    assert not key.strip() or key not in str(caught.value)


async def test_the_budget_is_asked_before_every_request(
    service: Service, make_client: MakeClient, castle: TaskRequest
) -> None:
    class Counting(NoBudget):
        taken = 0

        async def take(self) -> int:
            assert len(service.requests) == self.taken
            self.taken += 1
            return 0

    budget = Counting()
    client = make_client(budget=budget)
    service.reply_json(ACCEPTED)
    service.reply_task(state="pending")
    service.reply_json({"code": 200, "data": 1})
    await client.submit(castle)
    await client.status("task_1")
    await client.balance()
    assert budget.taken == 3


class Noted(NoBudget):
    """Remembers what it is told of the pace."""

    def __init__(self) -> None:
        self.told: list[object] = []

    async def take(self) -> int:
        return 7

    def succeeded(self) -> None:
        self.told.append("succeeded")

    async def refused(self, era: int, *, retry_after: float | None) -> None:
        self.told.append((era, retry_after))


@pytest.mark.parametrize("status", [429, 200])
async def test_the_budget_hears_of_each_429_in_the_status_or_in_the_body(
    service: Service, make_client: MakeClient, status: int
) -> None:
    budget = Noted()
    client = make_client(budget=budget)
    service.reply_json({"code": 429, "message": "slow"}, status=status, headers={"Retry-After": "9"})
    with pytest.raises(ProviderBusyError):
        await client.status("task_1")
    assert budget.told == [(7, 9.0)]


async def test_an_overload_or_a_refusal_is_no_matter_of_the_pace(
    service: Service, make_client: MakeClient
) -> None:
    budget = Noted()
    client = make_client(budget=budget)
    service.reply_json({"code": 503}, status=503)
    service.reply_json({"code": 401}, status=401)
    service.reply_task(state="pending")
    for expected in (ProviderBusyError, KeyRefusedError):
        with pytest.raises(expected):
            await client.status("task_1")
    assert budget.told == []
    await client.status("task_1")
    assert budget.told == ["succeeded"]


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        ((200, ACCEPTED), "ok"),
        ((401, {"code": 401, "message": "Unauthorized"}), "key"),
        ((402, {"code": 402, "message": "Insufficient balance"}), "balance"),
        ((429, {"code": 429, "message": "Too many requests"}), "busy"),
        ((404, {"code": 404, "message": "Not found"}), "missing"),
        ((400, {"code": 400, "message": "PROMPT_TOO_LONG"}), "refused"),
        ((500, {"code": 500, "message": "Internal"}), "fault"),
    ],
)
async def test_each_request_is_counted_by_what_was_asked_and_how_it_ended(
    service: Service,
    make_client: MakeClient,
    castle: TaskRequest,
    answer: tuple[int, dict[str, object]],
    outcome: str,
) -> None:
    metrics = Metrics()
    service.reply_json(answer[1], status=answer[0])
    with suppress(ProviderError):
        await make_client(metrics=metrics).submit(castle)
    counted = f'easel_provider_requests_total{{operation="submit",outcome="{outcome}"}} 1.0'
    assert counted in metrics.render().decode()
    assert 'easel_provider_request_seconds_count{operation="submit"} 1.0' in metrics.render().decode()


async def test_a_request_that_reaches_nobody_is_counted_too(
    make_client: MakeClient, castle: TaskRequest
) -> None:
    metrics = Metrics()
    with suppress(ProviderError):
        await make_client(metrics=metrics, base_url="http://127.0.0.1:1/api/v1").submit(castle)
    assert b'easel_provider_requests_total{operation="submit",outcome="unreachable"} 1.0' in metrics.render()
