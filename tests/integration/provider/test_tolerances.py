"""What a robust client puts up with, each as public clients of the service have met it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from bot.errors import (
    BalanceError,
    KeyRefusedError,
    ProviderError,
    ProviderFaultError,
)
from bot.provider.client import ApixoClient, TaskRequest, TaskState

if TYPE_CHECKING:
    from tests.integration.provider.conftest import MakeClient, Service

URL_OF_RESULT = "https://r2.apixo.ai/xxx.png"
RESULT = json.dumps({"resultUrls": [URL_OF_RESULT]})


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"  \n",
        b"OK",
        b"<!DOCTYPE html><html>busy</html>",
        b"[1, 2]",
        b"null",
        b'"x"',
        b"{",
        b"\xff\xfe\xfa",
    ],
    ids=["empty", "blank", "text", "html", "list", "null", "string", "half", "binary"],
)
async def test_tolerance_1_a_body_that_is_no_envelope_is_a_fault(
    service: Service, client: ApixoClient, castle: TaskRequest, body: bytes
) -> None:
    service.reply_bytes(body)
    with pytest.raises(ProviderFaultError):
        await client.submit(castle)
    with pytest.raises(ProviderFaultError):
        await client.status("task_1")


@pytest.mark.parametrize(
    "payload",
    [{"data": None}, {}, {"data": 5}, {"data": []}, {"data": "x"}],
    ids=["null", "absent", "number", "list", "text"],
)
async def test_tolerance_1_data_that_is_no_task_is_a_fault(
    service: Service, client: ApixoClient, castle: TaskRequest, payload: dict[str, object]
) -> None:
    service.reply_json({"code": 200, "message": "success", **payload})
    with pytest.raises(ProviderFaultError):
        await client.submit(castle)
    with pytest.raises(ProviderFaultError):
        await client.status("task_1")


async def test_tolerance_1_json_nested_without_end_is_a_fault(service: Service, client: ApixoClient) -> None:
    service.reply_bytes(b'{"code":200,"data":' + b"[" * 400_000)
    with pytest.raises(ProviderFaultError):
        await client.status("task_1")


async def test_tolerance_1_json_is_read_whatever_its_content_type_says(
    service: Service, client: ApixoClient
) -> None:
    body = b'{"code": 200, "data": {"state": "pending"}}'
    service.reply_bytes(body, content_type="text/html")
    assert (await client.status("task_1")).state is TaskState.PENDING


@pytest.mark.parametrize(
    ("status", "code", "error"),
    [
        (200, 401, KeyRefusedError),
        (200, 500, ProviderFaultError),
        (200, 0, ProviderFaultError),
        (401, 200, KeyRefusedError),
        (500, 200, ProviderFaultError),
        (500, 401, KeyRefusedError),
    ],
)
async def test_tolerance_2_the_one_of_status_and_code_that_is_no_success_judges(
    service: Service,
    client: ApixoClient,
    castle: TaskRequest,
    status: int,
    code: int,
    error: type[ProviderError],
) -> None:
    service.reply_json({"code": code, "message": "x", "data": {"taskId": "task_1"}}, status=status)
    with pytest.raises(error):
        await client.submit(castle)


async def test_tolerance_2_a_missing_code_leaves_the_judgement_to_the_status(
    service: Service, client: ApixoClient, castle: TaskRequest
) -> None:
    service.reply_json({"data": {"taskId": "task_1"}})
    assert await client.submit(castle) == "task_1"


async def test_tolerance_2_a_code_in_text_counts_as_a_number(
    service: Service, client: ApixoClient, castle: TaskRequest
) -> None:
    service.reply_json({"code": "402", "message": "x"})
    with pytest.raises(BalanceError):
        await client.submit(castle)


@pytest.mark.parametrize(
    "task_id", ["task_12345678", "0123456789abcdef0123456789abcdef", "a b&c=d/e?f#g%20h+i", "任务"]
)
async def test_tolerance_3_a_task_id_is_opaque_and_comes_back_as_it_was(
    service: Service, client: ApixoClient, castle: TaskRequest, task_id: str
) -> None:
    service.reply_json({"code": 200, "data": {"taskId": task_id, "state": "pending"}})
    status = await client.status(await client.submit(castle))
    assert status.task_id == task_id
    assert service.requests[1].url.query["taskId"] == task_id
    assert service.requests[1].url.path == "/api/v1/statusTask/flux-kontext"


async def test_tolerance_3_a_task_id_may_stand_outside_of_data(
    service: Service, client: ApixoClient, castle: TaskRequest
) -> None:
    service.reply_json({"code": 200, "taskId": "task_9"})
    assert await client.submit(castle) == "task_9"


@pytest.mark.parametrize("task_id", [None, "", "  ", {"x": 1}], ids=repr)
async def test_tolerance_3_a_submit_without_a_task_id_is_a_fault(
    service: Service, client: ApixoClient, castle: TaskRequest, task_id: object
) -> None:
    service.reply_json({"code": 200, "message": "success", "data": {"taskId": task_id}})
    with pytest.raises(ProviderFaultError):
        await client.submit(castle)


async def test_tolerance_4_the_state_is_compared_without_its_case(
    service: Service, client: ApixoClient
) -> None:
    service.reply_task(state="PeNdInG")
    assert (await client.status("task_1")).state is TaskState.PENDING


@pytest.mark.parametrize("result", [RESULT, {"resultUrls": [URL_OF_RESULT]}], ids=["string", "object"])
async def test_tolerance_5_a_result_may_be_a_string_or_an_object(
    service: Service, client: ApixoClient, result: object
) -> None:
    service.reply_task(state="success", resultJson=result)
    assert (await client.status("task_1")).result_urls == (URL_OF_RESULT,)


@pytest.mark.parametrize(
    "result",
    [None, "", "{", "null", "[]", "{}", {"resultUrls": []}, {"resultUrls": None}, {"resultUrls": [7, ""]}, 5],
    ids=repr,
)
async def test_tolerance_5_a_success_without_a_usable_result_is_a_fault_of_that_look(
    service: Service, client: ApixoClient, result: object
) -> None:
    service.reply_task(state="success", resultJson=result)
    service.reply_task(state="success", resultJson=RESULT)
    with pytest.raises(ProviderFaultError, match="result"):
        await client.status("task_1")
    assert (await client.status("task_1")).result_urls == (URL_OF_RESULT,)


async def test_tolerance_6_all_addresses_of_a_result_are_kept_in_order(
    service: Service, client: ApixoClient
) -> None:
    urls = [f"https://r2.apixo.ai/{number}.png" for number in range(3)]
    service.reply_task(state="success", resultJson={"resultUrls": urls})
    assert (await client.status("task_1")).result_urls == tuple(urls)


@pytest.mark.parametrize(
    "times",
    [
        {},
        {"createTime": None, "completeTime": "soon", "costTime": "?"},
        {"createTime": 10**30, "costTime": -5},
    ],
    ids=["absent", "nonsense", "absurd"],
)
async def test_tolerance_7_times_that_are_not_there_or_make_no_sense_are_none(
    service: Service, client: ApixoClient, times: dict[str, object]
) -> None:
    service.reply_task(state="success", resultJson=RESULT, **times)
    status = await client.status("task_1")
    assert (status.created_at, status.completed_at, status.cost_ms) == (None, None, None)


async def test_tolerance_8_a_bad_look_leaves_the_next_one_unharmed(
    service: Service, client: ApixoClient
) -> None:
    service.reply_bytes(b"oops")
    service.reply_task(state="pending")
    with pytest.raises(ProviderFaultError):
        await client.status("task_1")
    assert (await client.status("task_1")).state is TaskState.PENDING


async def test_tolerance_8_nothing_is_asked_twice_by_the_client_itself(
    service: Service, client: ApixoClient, castle: TaskRequest
) -> None:
    service.reply_json({"code": 503}, status=503)
    with pytest.raises(ProviderError):
        await client.submit(castle)
    with pytest.raises(ProviderError):
        await client.status("task_1")
    assert len(service.requests) == 2


async def test_an_answer_of_just_the_allowed_size_is_read(service: Service, make_client: MakeClient) -> None:
    body = b'{"code": 200, "data": {"state": "pending"}}'
    service.reply_bytes(body)
    assert (await make_client(max_body_bytes=len(body)).status("task_1")).state is TaskState.PENDING
    with pytest.raises(ProviderFaultError, match="larger"):
        await make_client(max_body_bytes=len(body) - 1).status("task_1")
