"""What is asked of the image service, and what it says of a task: records, and their reading.

Pure: a decoded envelope in, a `TaskStatus` or an error out. Whether it came from a look or in a callback
makes no difference here.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from bot.errors import ProviderFaultError, ResultMissingError
from bot.provider.failures import failure_of_task, is_success
from bot.provider.wire import Envelope, WireTask, read_envelope

if TYPE_CHECKING:
    from datetime import datetime

    from bot.jobs import AspectRatio, Failure, Mode, OutputFormat


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskRequest:
    """What to ask for; with a `callback_url` the service also reports there when the task ends."""

    mode: Mode
    prompt: str
    aspect_ratio: AspectRatio
    output_format: OutputFormat
    image_urls: tuple[str, ...] = ()
    callback_url: str | None = None


class TaskState(StrEnum):
    """Where a task stands at the service."""

    PENDING = "pending"
    PROCESSING = "processing"
    SUCCESS = "success"
    FAILED = "failed"
    UNKNOWN = "unknown"  # a state nobody has documented, or none: keep looking until the deadline


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskStatus:
    """What one look, or a callback, says about a task.

    `result_urls` is not empty on success and empty otherwise; `failure` is set on failure only. Times and
    `cost_ms`, the service's own processing time, may be missing in any state.
    """

    task_id: str
    state: TaskState
    result_urls: tuple[str, ...]
    failure: Failure | None
    created_at: datetime | None
    completed_at: datetime | None
    cost_ms: int | None


def parse_callback(body: bytes) -> TaskStatus:
    """Return what a webhook's body says; raise `ProviderFaultError` if it makes no sense.

    Nothing proves who sent it: look at the task before acting on it.
    """
    envelope = read_envelope(body)
    if envelope.code is not None and not is_success(envelope.code):
        message = "the callback reports an error instead of a task"
        raise ProviderFaultError(message, code=str(envelope.code))
    task = read_task(envelope)
    if not task.task_id:
        message = "the callback does not say which task it is about"
        raise ProviderFaultError(message)
    return to_status(task, task.task_id)


def read_task(envelope: Envelope) -> WireTask:
    """Return the task that an answer holds; raise `ProviderFaultError` if it holds none."""
    if not isinstance(envelope.data, dict):
        message = "the answer holds no task"
        raise ProviderFaultError(message)
    return WireTask.model_validate(envelope.data)


def to_status(task: WireTask, task_id: str) -> TaskStatus:
    """Return what the task says; raise `ResultMissingError` for a success without a result."""
    state = _read_state(task.state)
    if state is TaskState.SUCCESS and not task.result_urls:
        message = "the task succeeded, but its result cannot be read"
        raise ResultMissingError(message)
    return TaskStatus(
        task_id=task_id,
        state=state,
        result_urls=task.result_urls if state is TaskState.SUCCESS else (),
        failure=failure_of_task(task.fail_code, task.fail_message) if state is TaskState.FAILED else None,
        created_at=task.created_at,
        completed_at=task.completed_at,
        cost_ms=task.cost_ms,
    )


def _read_state(text: str) -> TaskState:
    name = text.strip().lower()
    # One client has met `processing_r2`.
    if name.startswith(TaskState.PROCESSING):
        return TaskState.PROCESSING
    try:
        return TaskState(name)
    except ValueError:
        return TaskState.UNKNOWN
