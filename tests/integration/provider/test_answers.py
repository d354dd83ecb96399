"""Envelopes, status fields and states: one test for each documented row."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from bot.errors import (
    BalanceError,
    KeyRefusedError,
    ProviderFaultError,
    TaskRefusedError,
)
from bot.jobs import Failure, FailureCause
from bot.provider.client import ApixoClient, TaskRequest, TaskState, TaskStatus

if TYPE_CHECKING:
    from tests.integration.provider.conftest import Service

URL_OF_RESULT = "https://r2.apixo.ai/xxx.png"
RESULT = json.dumps({"resultUrls": [URL_OF_RESULT]})


async def test_an_accepted_task_is_known_by_its_id(
    service: Service, client: ApixoClient, castle: TaskRequest
) -> None:
    service.reply_json({"code": 200, "message": "success", "data": {"taskId": "task_12345678"}})
    assert await client.submit(castle) == "task_12345678"


async def test_the_success_of_the_page_is_read_whole(service: Service, client: ApixoClient) -> None:
    service.reply_json(
        {
            "code": 200,
            "message": "success",
            "data": {
                "taskId": "task_12345678",
                "state": "success",
                "resultJson": '{"resultUrls":["https://r2.apixo.ai/xxx.png"]}',
                "createTime": 1767965610929,
                "completeTime": 1767965652317,
                "costTime": 41388,
            },
        }
    )
    assert await client.status("task_12345678") == TaskStatus(
        task_id="task_12345678",
        state=TaskState.SUCCESS,
        result_urls=(URL_OF_RESULT,),
        failure=None,
        created_at=datetime(2026, 1, 9, 13, 33, 30, 929000, tzinfo=UTC),
        completed_at=datetime(2026, 1, 9, 13, 34, 12, 317000, tzinfo=UTC),
        cost_ms=41388,
    )


async def test_the_failure_of_the_page_is_a_status_and_not_an_error(
    service: Service, client: ApixoClient
) -> None:
    service.reply_json(
        {
            "code": 200,
            "message": "success",
            "data": {
                "taskId": "task_12345678",
                "state": "failed",
                "failCode": "CONTENT_VIOLATION",
                "failMsg": "Content does not meet safety guidelines",
            },
        }
    )
    status = await client.status("task_12345678")
    assert status.state is TaskState.FAILED
    assert status.result_urls == ()
    assert status.failure == Failure(
        cause=FailureCause.CONTENT,
        code="CONTENT_VIOLATION",
        detail="Content does not meet safety guidelines",
    )


async def test_a_refusal_with_null_data_is_judged_by_its_message(
    service: Service, client: ApixoClient, castle: TaskRequest
) -> None:
    service.reply_json({"code": 400, "message": "Insufficient credits", "data": None}, status=400)
    with pytest.raises(BalanceError, match="Insufficient credits"):
        await client.submit(castle)


async def test_a_refusal_with_an_error_text_in_data_is_judged_by_it(
    service: Service, client: ApixoClient, castle: TaskRequest
) -> None:
    service.reply_json(
        {"code": 400, "message": "Invalid request", "data": {"error": "prompt is required"}},
        status=400,
    )
    with pytest.raises(TaskRefusedError, match="prompt is required") as caught:
        await client.submit(castle)
    assert caught.value.cause == FailureCause.PROMPT


async def test_a_refusal_without_data_is_understood(
    service: Service, client: ApixoClient, castle: TaskRequest
) -> None:
    service.reply_json({"code": 401, "message": "Unauthorized"}, status=401)
    with pytest.raises(KeyRefusedError):
        await client.submit(castle)


async def test_a_bare_number_in_data_is_a_balance(service: Service, client: ApixoClient) -> None:
    service.reply_json({"code": 200, "message": "success", "data": 0.1})
    assert await client.balance() == Decimal("0.1")


@pytest.mark.parametrize("data", [None, [], {}, "much", True, float("nan")], ids=repr)
async def test_a_balance_that_is_no_number_is_a_fault(
    service: Service, client: ApixoClient, data: object
) -> None:
    service.reply_json({"code": 200, "data": data})
    with pytest.raises(ProviderFaultError):
        await client.balance()


async def test_a_running_task_has_only_an_id_a_state_and_a_beginning(
    service: Service, client: ApixoClient
) -> None:
    service.reply_task(state="processing", createTime=1767965610929)
    status = await client.status("task_1")
    assert status.state is TaskState.PROCESSING
    assert status.created_at is not None
    assert (status.completed_at, status.cost_ms, status.failure, status.result_urls) == (None, None, None, ())


async def test_a_failure_may_carry_times_without_a_cost(service: Service, client: ApixoClient) -> None:
    service.reply_task(state="failed", failCode="NSFW", createTime=1767965610929, completeTime=1767965652317)
    status = await client.status("task_1")
    assert status.completed_at is not None
    assert status.cost_ms is None


async def test_what_the_service_says_of_a_failure_is_cut_for_the_operator(
    service: Service, client: ApixoClient
) -> None:
    service.reply_task(state="failed", failCode="GENERATION_FAILED", failMsg="x" * 5000)
    failure = (await client.status("task_1")).failure
    assert failure is not None
    assert failure.detail == "x" * 300


@pytest.mark.parametrize("host", ["r2.apixo.ai", "cdn.apixo.ai", "file.apixo.ai/temp", "elsewhere.example"])
async def test_results_may_lie_on_any_host(service: Service, client: ApixoClient, host: str) -> None:
    url = f"https://{host}/x.jpg"
    service.reply_task(state="success", resultJson=json.dumps({"resultUrls": [url]}))
    assert (await client.status("task_1")).result_urls == (url,)


@pytest.mark.parametrize(
    ("text", "state"),
    [
        ("pending", TaskState.PENDING),
        ("processing", TaskState.PROCESSING),
        ("processing_r2", TaskState.PROCESSING),
        ("PROCESSING", TaskState.PROCESSING),
        (" Pending ", TaskState.PENDING),
        ("waiting", TaskState.UNKNOWN),
        ("", TaskState.UNKNOWN),
        (None, TaskState.UNKNOWN),
        (7, TaskState.UNKNOWN),
    ],
)
async def test_a_state_that_is_not_an_end_keeps_the_task_running(
    service: Service, client: ApixoClient, text: object, state: TaskState
) -> None:
    service.reply_task(state=text)
    status = await client.status("task_1")
    assert status.state is state
    assert status.failure is None


@pytest.mark.parametrize("text", ["success", "Success", " SUCCESS "])
async def test_success_ends_a_task_however_it_is_spelled(
    service: Service, client: ApixoClient, text: str
) -> None:
    service.reply_task(state=text, resultJson=RESULT)
    assert (await client.status("task_1")).state is TaskState.SUCCESS


@pytest.mark.parametrize("text", ["failed", "FAILED", "Failed\n"])
async def test_failed_ends_a_task_however_it_is_spelled(
    service: Service, client: ApixoClient, text: str
) -> None:
    service.reply_task(state=text, failCode="MODEL_UNAVAILABLE")
    status = await client.status("task_1")
    assert status.state is TaskState.FAILED
    assert status.failure is not None


async def test_a_missing_state_keeps_the_task_running(service: Service, client: ApixoClient) -> None:
    service.reply_task()
    assert (await client.status("task_1")).state is TaskState.UNKNOWN


async def test_an_unknown_state_is_logged_once(
    service: Service, client: ApixoClient, caplog: pytest.LogCaptureFixture
) -> None:
    service.reply_task(state="dreaming")
    with caplog.at_level(logging.WARNING):
        await client.status("task_1")
        await client.status("task_1")
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert "dreaming" in caplog.text
