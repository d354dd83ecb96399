"""The task book: states by the clock, money, limits and what a status shows."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from pydantic import ValidationError

from sandbox.apixo.tasks import Config, Task, TaskBook, TaskState, failure
from sandbox.apixo.wire import GenerateRequest, first_problem
from sandbox.clock import MovableClock


def request(prompt: str = "a castle", **changes: object) -> GenerateRequest:
    return GenerateRequest.model_validate({"input": {"mode": "pro", "prompt": prompt, **changes}})


def book(**config: object) -> tuple[TaskBook, MovableClock]:
    clock = MovableClock()
    return TaskBook(clock, Config.model_validate({"spread": 0, **config})), clock


def accepted(tasks: TaskBook, wish: GenerateRequest | None = None) -> Task:
    task = tasks.accept(wish or request(), origin="http://here")
    assert task is not None
    return task


def finish(task: Task, clock: MovableClock) -> None:
    task.worked_at = clock.now()
    task.file_name = "x.jpg"


def test_a_task_goes_from_pending_over_processing_to_success_by_the_clock() -> None:
    tasks, clock = book(seconds=10)
    task = accepted(tasks)
    finish(task, clock)
    assert task.state(clock.now()) is TaskState.PENDING
    clock.move(2)
    assert task.state(clock.now()) is TaskState.PROCESSING
    clock.move(8)
    assert task.state(clock.now()) is TaskState.SUCCESS


def test_a_task_does_not_end_before_its_picture_is_drawn() -> None:
    tasks, clock = book(seconds=1)
    task = accepted(tasks)
    clock.move(5)
    assert task.state(clock.now()) is TaskState.PROCESSING
    finish(task, clock)
    assert task.state(clock.now()) is TaskState.SUCCESS
    assert task.status(clock.now())["costTime"] == 5000


def test_a_status_has_only_the_fields_of_its_state() -> None:
    tasks, clock = book(seconds=10)
    task = accepted(tasks)
    finish(task, clock)
    assert set(task.status(clock.now())) == {"taskId", "state", "createTime"}
    clock.move(10)
    shown = task.status(clock.now())
    assert json.loads(str(shown["resultJson"])) == {"resultUrls": ["http://here/apixo/files/x.jpg"]}
    assert shown["costTime"] == 10_000
    task.failure = failure("CONTENT_VIOLATION")
    shown = task.status(clock.now())
    assert "resultJson" not in shown
    assert (shown["failCode"], shown["failMsg"]) == (
        "CONTENT_VIOLATION",
        "Content does not meet safety guidelines",
    )


def test_a_picture_is_charged_when_accepted_and_given_back_when_it_fails() -> None:
    tasks, clock = book(seconds=1, fail_next="GENERATION_FAILED")
    tasks.balance = Decimal("0.09")
    failing = accepted(tasks)
    accepted(tasks, request(mode="max"))
    assert tasks.balance == 0
    failing.failure = failing.doomed
    finish(failing, clock)
    clock.move(1)
    assert tasks.settle() == [failing]
    assert tasks.settle() == []
    assert tasks.balance == Decimal("0.03")


def test_without_enough_balance_nothing_is_accepted() -> None:
    tasks, _ = book()
    tasks.balance = Decimal("0.05")
    assert tasks.accept(request(mode="max"), origin="") is None
    assert tasks.balance == Decimal("0.05")


def test_fail_next_dooms_one_task_only() -> None:
    tasks, _ = book(fail_next="NSFW_DETECTED")
    assert accepted(tasks).doomed == failure("NSFW_DETECTED")
    assert accepted(tasks).doomed is None


def test_the_forbidden_word_dooms_a_task() -> None:
    tasks, _ = book()
    assert accepted(tasks, request("a Forbidden-Test-Word here")).doomed == failure("CONTENT_VIOLATION")


def test_requests_are_limited_in_a_sliding_minute() -> None:
    tasks, clock = book(requests_per_minute=2)
    assert tasks.admit_request()
    clock.move(30)
    assert tasks.admit_request()
    assert not tasks.admit_request()
    clock.move(30)
    assert tasks.admit_request()
    assert not tasks.admit_request()


def test_ended_tasks_make_room_for_others() -> None:
    tasks, clock = book(concurrent_tasks=1, seconds=1)
    task = accepted(tasks)
    assert tasks.is_full()
    finish(task, clock)
    clock.move(1)
    assert not tasks.is_full()


def test_durations_spread_around_their_average() -> None:
    tasks, _ = book(seconds=30, spread=15)
    durations = [
        (task.due_at - task.created_at).total_seconds() for task in (accepted(tasks) for _ in range(400))
    ]
    assert 15 <= min(durations) < 22
    assert 38 < max(durations) <= 45
    assert sum(durations) / len(durations) == pytest.approx(30, abs=2)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ([], ""),
        ({}, "input"),
        ({"input": {"prompt": "x"}}, "input.mode"),
        ({"input": {"mode": "best", "prompt": "x"}}, "input.mode"),
        ({"input": {"mode": "pro"}}, "input.prompt"),
        ({"input": {"mode": "pro", "prompt": "  "}}, "input.prompt"),
        ({"input": {"mode": "pro", "prompt": 5}}, "input.prompt"),
        ({"input": {"mode": "pro", "prompt": "x" * 10_001}}, "input.prompt"),
        ({"input": {"mode": "pro", "prompt": "x", "aspect_ratio": "2:1"}}, "input.aspect_ratio"),
        ({"input": {"mode": "pro", "prompt": "x", "output_format": "webp"}}, "input.output_format"),
        ({"input": {"mode": "pro", "prompt": "x", "safetyTolerance": 3}}, "input.safetyTolerance"),
        ({"input": {"mode": "pro", "prompt": "x", "image_urls": "http://a/b"}}, "input.image_urls"),
        ({"input": {"mode": "pro", "prompt": "x", "image_urls": ["ftp://a/b"]}}, "input.image_urls.0"),
        ({"request_type": "sync", "input": {"mode": "pro", "prompt": "x"}}, "request_type"),
        ({"provider": "cheap", "input": {"mode": "pro", "prompt": "x"}}, "provider"),
        ({"request_type": "callback", "input": {"mode": "pro", "prompt": "x"}}, "callback_url is required"),
    ],
)
def test_a_wrong_field_is_named(body: object, field: str) -> None:
    with pytest.raises(ValidationError) as caught:
        GenerateRequest.model_validate(body)
    assert first_problem(caught.value).startswith(field)


def test_unknown_fields_are_accepted() -> None:
    assert request(watermark="me", uploadCn=False).input.prompt == "a castle"
