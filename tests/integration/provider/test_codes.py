"""Each HTTP status and body code, and each failure code of both families, over real HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.errors import (
    BalanceError,
    KeyRefusedError,
    ProviderBusyError,
    ProviderError,
    ProviderFaultError,
    TaskMissingError,
    TaskRefusedError,
)
from bot.jobs import AspectRatio, FailureCause, Mode, OutputFormat
from bot.provider.client import ApixoClient, TaskRequest

if TYPE_CHECKING:
    from tests.integration.provider.conftest import Service

CODES = [
    pytest.param(400, "Invalid parameters", TaskRefusedError, id="400"),
    pytest.param(400, "Insufficient credits", BalanceError, id="400-credits"),
    pytest.param(401, "Invalid or missing API Key", KeyRefusedError, id="401"),
    pytest.param(402, "Insufficient balance", BalanceError, id="402"),
    pytest.param(403, "Content policy violation", TaskRefusedError, id="403-content"),
    pytest.param(403, "Insufficient permissions", KeyRefusedError, id="403-permission"),
    pytest.param(404, "Task not found", TaskMissingError, id="404"),
    pytest.param(429, "Rate limit exceeded", ProviderBusyError, id="429"),
    pytest.param(500, "Internal server error", ProviderFaultError, id="500"),
    pytest.param(502, "Bad gateway", ProviderFaultError, id="502"),
    pytest.param(503, "Model temporarily unavailable", ProviderBusyError, id="503"),
    pytest.param(504, "Gateway timeout", ProviderFaultError, id="504"),
    pytest.param(418, "I am a teapot", TaskRefusedError, id="another-4xx"),
    pytest.param(599, "", ProviderFaultError, id="another-5xx"),
]


@pytest.mark.parametrize(("code", "message", "error"), CODES)
async def test_a_status_and_its_code_become_their_error(
    service: Service,
    client: ApixoClient,
    castle: TaskRequest,
    code: int,
    message: str,
    error: type[ProviderError],
) -> None:
    service.reply_json({"code": code, "message": message, "data": None}, status=code)
    with pytest.raises(error) as caught:
        await client.submit(castle)
    assert type(caught.value) is error
    assert caught.value.status == code
    with pytest.raises(error):
        await client.status("task_1")


@pytest.mark.parametrize(("code", "message", "error"), CODES)
async def test_a_code_becomes_the_same_error_on_a_status_of_200(
    service: Service,
    client: ApixoClient,
    castle: TaskRequest,
    code: int,
    message: str,
    error: type[ProviderError],
) -> None:
    service.reply_json({"code": code, "message": message, "data": None})
    with pytest.raises(error) as caught:
        await client.submit(castle)
    assert type(caught.value) is error
    named = "INSUFFICIENT_CREDITS" if message == "Insufficient credits" else str(code)
    assert caught.value.code == named


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (301, ProviderFaultError),
        (400, TaskRefusedError),
        (401, KeyRefusedError),
        (402, BalanceError),
        (403, KeyRefusedError),
        (404, TaskMissingError),
        (429, ProviderBusyError),
        (500, ProviderFaultError),
        (502, ProviderFaultError),
        (503, ProviderBusyError),
        (504, ProviderFaultError),
    ],
)
async def test_a_status_with_a_page_of_html_is_judged_by_the_status_alone(
    service: Service, client: ApixoClient, castle: TaskRequest, status: int, error: type[ProviderError]
) -> None:
    page = b"<html>Your credit balance, our content policy, your API key</html>"
    service.reply_bytes(page, status=status, content_type="text/html", headers={"Location": "/elsewhere"})
    with pytest.raises(error) as caught:
        await client.submit(castle)
    assert type(caught.value) is error
    assert len(service.requests) == 1
    if isinstance(caught.value, TaskRefusedError):
        assert caught.value.cause == FailureCause.UNKNOWN


@pytest.mark.parametrize(
    ("message", "cause"),
    [
        ("Invalid parameters", FailureCause.UNKNOWN),
        ("", FailureCause.UNKNOWN),
        ("Insufficient information", FailureCause.UNKNOWN),
        ("Please check your lovely request", FailureCause.UNKNOWN),
        ("The prompt is too long", FailureCause.PROMPT),
        ("Cannot access provided image URL", FailureCause.IMAGE),
        ("The prompt violates our content policy", FailureCause.CONTENT),
        ("SensitiveContentDetected", FailureCause.CONTENT),
        ("rejected: PROMPT_TOO_LONG.", FailureCause.PROMPT),
    ],
)
async def test_a_400_is_put_down_to_what_its_message_speaks_of_and_never_to_content_by_default(
    service: Service, client: ApixoClient, castle: TaskRequest, message: str, cause: FailureCause
) -> None:
    service.reply_json({"code": 400, "message": message, "data": None}, status=400)
    with pytest.raises(TaskRefusedError) as caught:
        await client.submit(castle)
    assert caught.value.cause == cause


@pytest.mark.parametrize(
    "message", ["API key lacks permission", "Insufficient permissions for this image model", "Forbidden"]
)
async def test_a_403_that_does_not_speak_of_content_is_about_the_key(
    service: Service, client: ApixoClient, castle: TaskRequest, message: str
) -> None:
    service.reply_json({"code": 403, "message": message}, status=403)
    with pytest.raises(KeyRefusedError):
        await client.submit(castle)


@pytest.mark.parametrize(
    "payload",
    [
        {"failCode": "NSFW_DETECTED"},
        {"data": {"failCode": "NSFW_DETECTED"}},
        {"data": {"error": "NSFW_DETECTED"}},
        {"message": "NSFW_DETECTED"},
        {"message": "The request failed with NSFW_DETECTED, sorry"},
        {"error": "nsfw detected"},
    ],
    ids=["failCode", "data.failCode", "data.error", "message", "within-message", "error"],
)
@pytest.mark.parametrize("status", [400, 403, 422, 500])
async def test_an_immediate_error_may_name_a_failure_code_in_any_of_its_fields(
    service: Service, client: ApixoClient, castle: TaskRequest, payload: dict[str, object], status: int
) -> None:
    service.reply_json({"code": status, **payload}, status=status)
    with pytest.raises(TaskRefusedError) as caught:
        await client.submit(castle)
    assert caught.value.cause == FailureCause.CONTENT
    assert caught.value.code == "NSFW_DETECTED"


async def test_an_immediate_error_that_names_the_balance_is_the_operators(
    service: Service, client: ApixoClient, castle: TaskRequest
) -> None:
    service.reply_json({"code": 400, "message": "x", "failCode": "INSUFFICIENT_CREDITS"}, status=400)
    with pytest.raises(BalanceError):
        await client.submit(castle)


async def test_a_500_that_only_sounds_like_a_failure_code_stays_a_fault(
    service: Service, client: ApixoClient
) -> None:
    service.reply_json(
        {"code": 500, "failCode": "IMAGE_SERVER_DOWN", "message": "Image server down"}, status=500
    )
    with pytest.raises(ProviderFaultError):
        await client.status("task_1")


async def test_a_prompt_that_the_service_repeats_cannot_make_the_account_look_empty(
    service: Service, client: ApixoClient
) -> None:
    prompt = "INSUFFICIENT_CREDITS: unauthorized API key, credit balance, NSFW"
    service.reply_json({"code": 400, "message": f"Bad value: {prompt}", "data": None}, status=400)
    request = TaskRequest(
        mode=Mode.PRO,
        prompt=prompt,
        aspect_ratio=AspectRatio.SQUARE,
        output_format=OutputFormat.PNG,
    )
    with pytest.raises(TaskRefusedError) as caught:
        await client.submit(request)
    assert caught.value.cause == FailureCause.UNKNOWN


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"Retry-After": "7"}, 7),
        ({"Retry-After": "0"}, 0),
        ({"Retry-After": "99999999"}, 3600),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "-4"}, None),
        (
            {"Retry-After": "Fri, 09 Jan 2026 13:34:00 GMT", "Date": "Fri, 09 Jan 2026 13:33:30 GMT"},
            30,
        ),
        (
            {"Retry-After": "Fri, 09 Jan 2026 13:33:00 GMT", "Date": "Fri, 09 Jan 2026 13:33:30 GMT"},
            0,
        ),
    ],
    ids=["none", "seconds", "zero", "absurd", "word", "negative", "date", "past-date"],
)
async def test_a_busy_service_may_say_how_long_to_stay_away(
    service: Service,
    client: ApixoClient,
    castle: TaskRequest,
    status: int,
    headers: dict[str, str],
    seconds: float | None,
) -> None:
    service.reply_json({"code": status, "message": "x"}, status=status, headers=headers)
    with pytest.raises(ProviderBusyError) as caught:
        await client.submit(castle)
    assert caught.value.retry_after == seconds


@pytest.mark.parametrize("status", [401, 403, 429])
async def test_the_balance_may_be_refused_like_anything_else(
    service: Service, client: ApixoClient, status: int
) -> None:
    service.reply_json({"code": status, "message": "no"}, status=status)
    with pytest.raises(ProviderBusyError if status == 429 else KeyRefusedError):
        await client.balance()


@pytest.mark.parametrize(
    ("code", "cause"),
    [
        ("CONTENT_VIOLATION", FailureCause.CONTENT),
        ("INVALID_IMAGE_URL", FailureCause.IMAGE),
        ("NSFW_DETECTED", FailureCause.CONTENT),
        ("PROMPT_TOO_LONG", FailureCause.PROMPT),
        ("INVALID_PROMPT", FailureCause.PROMPT),
        ("IMAGE_TOO_LARGE", FailureCause.IMAGE),
        ("UNSUPPORTED_FORMAT", FailureCause.IMAGE),
        ("IMAGE_DOWNLOAD_FAILED", FailureCause.IMAGE),
        ("PROCESSING_TIMEOUT", FailureCause.PROVIDER),
        ("MODEL_UNAVAILABLE", FailureCause.PROVIDER),
        ("GENERATION_FAILED", FailureCause.UNKNOWN),
        ("INSUFFICIENT_CREDITS", FailureCause.BALANCE),
        ("SensitiveContent", FailureCause.CONTENT),
        ("SensitiveContentDetected", FailureCause.CONTENT),
        ("InputImageSensitiveContentDetected", FailureCause.CONTENT),
        ("InputOutputSensitiveContentDetected", FailureCause.CONTENT),
        ("NSFW", FailureCause.CONTENT),
        ("ProhibitedContentDetected", FailureCause.CONTENT),
        ("PromptLengthExceeded", FailureCause.PROMPT),
        pytest.param("OUTPUT_MODERATION", FailureCause.CONTENT, id="rule-content"),
        pytest.param("PromptLanguageUnsupported", FailureCause.PROMPT, id="rule-prompt"),
        pytest.param("ReferenceDownloadRefused", FailureCause.IMAGE, id="rule-image"),
        pytest.param("QuotaExceeded", FailureCause.BALANCE, id="rule-balance"),
        pytest.param("API-KEY-DISABLED", FailureCause.ACCESS, id="rule-access"),
        pytest.param("UPSTREAM_OVERLOADED", FailureCause.PROVIDER, id="rule-provider"),
        pytest.param("E1234", FailureCause.UNKNOWN, id="rule-none"),
        pytest.param("", FailureCause.UNKNOWN, id="missing"),
        pytest.param(None, FailureCause.UNKNOWN, id="null"),
        pytest.param(1001, FailureCause.UNKNOWN, id="number"),
    ],
)
async def test_the_failure_code_of_a_task_says_whose_matter_it_is(
    service: Service, client: ApixoClient, code: object, cause: FailureCause
) -> None:
    service.reply_task(state="failed", failCode=code, failMsg="It did not work")
    failure = (await client.status("task_1")).failure
    assert failure is not None
    assert failure.cause is cause
    assert failure.code == ("" if code is None else str(code))
