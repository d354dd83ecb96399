"""Reading the service's JSON: times, numbers and texts in every shape that clients have met."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from bot.errors import ProviderFaultError
from bot.jobs import Failure, FailureCause
from bot.provider.client import TaskState, parse_callback
from bot.provider.wire import Envelope, WireTask, decode_json, read_envelope

MOMENT = datetime(2026, 1, 9, 13, 33, 30, tzinfo=UTC)


def callback(**fields: object) -> bytes:
    return json.dumps({"code": 200, "message": "success", "data": {"taskId": "task_1", **fields}}).encode()


@pytest.mark.parametrize(
    "value",
    [
        1767965610000,
        "1767965610000",
        1767965610000.0,
        1767965610,
        "1767965610",
        "2026-01-09T13:33:30Z",
        "2026-01-09T14:33:30+01:00",
        "2026-01-09 13:33:30",
    ],
    ids=repr,
)
def test_a_time_is_read_in_every_shape(value: object) -> None:
    assert WireTask.model_validate({"createTime": value}).created_at == MOMENT


@pytest.mark.parametrize(
    "value",
    [
        None,
        "",
        "soon",
        0,
        -5,
        True,
        [],
        {},
        10**400,
        10**15,
        float("inf"),
        "9" * 500,
        "１７６７９６５６１０",
        "9999",
    ],
    ids=lambda value: repr(value)[:20],
)
def test_a_time_that_makes_no_sense_is_absent_and_breaks_nothing(value: object) -> None:
    created_at = WireTask.model_validate({"createTime": value}).created_at
    assert created_at is None or created_at.year < 9999


@pytest.mark.parametrize(
    ("value", "cost"), [(41388, 41388), ("41388", 41388), (1.9, 1), (-1, None), ("x", None)]
)
def test_a_duration_is_a_whole_number_of_milliseconds_or_absent(value: object, cost: int | None) -> None:
    assert WireTask.model_validate({"costTime": value}).cost_ms == cost


def test_texts_come_out_such_that_any_database_and_log_takes_them() -> None:
    task = WireTask.model_validate({"failMsg": "a\x00b\ud800c\x1b[31m" + "x" * 9000, "failCode": 12})
    task.fail_message.encode()
    assert task.fail_message.startswith("a b?c [31m")
    assert len(task.fail_message) <= 2000
    assert task.fail_code == "12"


@pytest.mark.parametrize(
    "url",
    [
        "ftp://x/y",
        "javascript:alert(1)",
        "/x.png",
        "https://x/\ud800",
        "https://x/\n",
        "https://x/" + "y" * 5000,
        5,
    ],
    ids=lambda url: repr(url)[:20],
)
def test_a_result_that_is_no_web_address_is_left_out(url: object) -> None:
    result = {"resultUrls": [url, "https://r2.apixo.ai/good.png"]}
    task = WireTask.model_validate({"resultJson": result})
    if isinstance(url, str) and url.endswith("\n"):
        assert len(task.result_urls) == 2
        assert task.result_urls[0] == "https://x/"
    else:
        assert task.result_urls == ("https://r2.apixo.ai/good.png",)


def test_a_single_address_may_stand_without_a_list() -> None:
    task = WireTask.model_validate({"resultJson": '{"resultUrls": "https://r2.apixo.ai/x.png"}'})
    assert task.result_urls == ("https://r2.apixo.ai/x.png",)


@pytest.mark.parametrize(
    ("code", "number"),
    [(200, 200), ("400", 400), (401.0, 401), (None, None), ("OK", None), (True, None), ([], None)],
)
def test_the_code_of_an_envelope_is_a_number_or_absent(code: object, number: int | None) -> None:
    assert Envelope.model_validate({"code": code}).code == number


@pytest.mark.parametrize(
    "body",
    [b"{", b"\xff", b"[" * 200_000, b"1" * 5000, b"", b"{}x"],
    ids=["half", "bytes", "deep", "long", "empty", "more"],
)
def test_every_way_to_break_json_is_one_error(body: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        decode_json(body)
    with pytest.raises(ProviderFaultError):
        read_envelope(body)


def test_a_callback_reports_a_success() -> None:
    status = parse_callback(
        callback(state="success", resultJson='{"resultUrls":["https://cdn.apixo.ai/x.png"]}', costTime=5)
    )
    assert (status.task_id, status.state, status.cost_ms) == ("task_1", TaskState.SUCCESS, 5)
    assert status.result_urls == ("https://cdn.apixo.ai/x.png",)


def test_a_callback_reports_a_failure_with_a_code_of_200() -> None:
    status = parse_callback(callback(state="failed", failCode="NSFW", failMsg="no"))
    assert status.state is TaskState.FAILED
    assert status.failure == Failure(cause=FailureCause.CONTENT, code="NSFW", detail="no")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"hello",
        b"<html></html>",
        b"[]",
        b'{"code": 200}',
        b'{"code": 200, "data": null}',
        b'{"code": 200, "data": {"state": "success"}}',
        b'{"code": 500, "data": {"taskId": "task_1", "state": "pending"}}',
        callback(state="success"),
    ],
    ids=["empty", "text", "html", "list", "no-data", "null", "no-id", "error", "no-result"],
)
def test_a_callback_that_makes_no_sense_is_a_fault(body: bytes) -> None:
    with pytest.raises(ProviderFaultError):
        parse_callback(body)
