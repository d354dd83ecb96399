"""The tasks of the image service: what was asked, what it cost, where it stands and how it ends.

Time decides: a task moves from pending to processing to its end by the clock, but never ends before
its work is done. Everything here is pure; drawing, downloading and calling back belong to `service`.
"""

from __future__ import annotations

import json
import secrets
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from random import Random
from typing import TYPE_CHECKING, Final

from pydantic import BaseModel, ConfigDict, Field

if TYPE_CHECKING:
    from sandbox.apixo.wire import GenerateRequest
    from sandbox.clock import Clock

#: USD for one picture, by mode.
PRICES: Final = {"pro": Decimal("0.03"), "max": Decimal("0.06")}
#: The provider's page: result links are valid for 15 days.
RESULT_LIFE: Final = timedelta(days=15)
FORBIDDEN_WORD: Final = "forbidden-test-word"
#: A task waits for this share of its time, two seconds at most, before it is worked on.
_PENDING_SHARE: Final = 0.2
_PENDING_MOST: Final = 2.0
_MINUTE: Final = timedelta(minutes=1)

FAIL_MESSAGES: Final = {
    "CONTENT_VIOLATION": "Content does not meet safety guidelines",
    "INVALID_IMAGE_URL": "Cannot access provided image URL",
}


class TaskState(StrEnum):
    """The states that the provider's page names."""

    PENDING = "pending"
    PROCESSING = "processing"
    SUCCESS = "success"
    FAILED = "failed"


class Config(BaseModel):
    """What can be turned while the service runs; the limits' defaults are those of the provider's page."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    seconds: float = Field(default=3.0, ge=0, le=86_400)
    spread: float = Field(default=0.5, ge=0, le=86_400)
    callback_retry_seconds: tuple[float, ...] = Field(default=(30.0, 60.0, 120.0), max_length=3)
    requests_per_minute: int = Field(default=10_000, ge=0)
    concurrent_tasks: int = Field(default=1000, ge=0)
    max_image_urls: int = Field(default=5, ge=0)
    fail_next: str | None = None
    plain_pictures: bool = False
    noise_megabytes: int = Field(default=0, ge=0, le=100)

    @classmethod
    def realistic(cls) -> Config:
        """Return the durations of the provider's page: about 30 seconds on average."""
        return cls(seconds=30.0, spread=15.0)


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a task fails, in the service's words."""

    code: str
    message: str


def failure(code: str) -> Failure:
    """Return the failure with the service's message for this code."""
    return Failure(code, FAIL_MESSAGES.get(code, "Task failed, please try again later"))


@dataclass(slots=True, kw_only=True)
class Task:
    """One task; `worked_at` is when its picture was drawn or its failure was found."""

    id: str
    request: GenerateRequest
    origin: str  # the address under which the service was called, for result links
    created_at: datetime
    starts_at: datetime
    due_at: datetime
    cost: Decimal
    doomed: Failure | None = None
    failure: Failure | None = None
    file_name: str | None = None
    worked_at: datetime | None = None
    settled: bool = False
    looks: int = 0

    @property
    def completed_at(self) -> datetime | None:
        """When the task ends: at its time, or later if the work takes longer; None while that is unknown."""
        return None if self.worked_at is None else max(self.due_at, self.worked_at)

    def state(self, now: datetime) -> TaskState:
        """Return where the task stands at this moment."""
        done = self.completed_at
        if done is not None and now >= done:
            return TaskState.FAILED if self.failure else TaskState.SUCCESS
        return TaskState.PENDING if now < self.starts_at else TaskState.PROCESSING

    def status(self, now: datetime) -> dict[str, object]:
        """Return `data` of a status answer: only the fields that the state has."""
        state = self.state(now)
        shown: dict[str, object] = {"taskId": self.id, "state": state.value}
        if state is TaskState.SUCCESS:
            shown["resultJson"] = json.dumps({"resultUrls": [f"{self.origin}/apixo/files/{self.file_name}"]})
        elif state is TaskState.FAILED and self.failure is not None:
            shown["failCode"] = self.failure.code
            shown["failMsg"] = self.failure.message
        shown["createTime"] = _milliseconds(self.created_at)
        done = self.completed_at
        if done is not None and state in (TaskState.SUCCESS, TaskState.FAILED):
            shown["completeTime"] = _milliseconds(done)
            shown["costTime"] = _milliseconds(done) - _milliseconds(self.created_at)
        return shown


def _milliseconds(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)


@dataclass(slots=True)
class TaskBook:
    """All tasks, the balance and the limits of the account."""

    clock: Clock
    config: Config = field(default_factory=Config)
    balance: Decimal = Decimal(25)
    tasks: dict[str, Task] = field(default_factory=dict)
    _open: dict[str, Task] = field(default_factory=dict)
    _requests: deque[datetime] = field(default_factory=deque)

    def admit_request(self) -> bool:
        """Count a request and tell whether the account's limit of a minute allows it."""
        now = self.clock.now()
        while self._requests and self._requests[0] <= now - _MINUTE:
            self._requests.popleft()
        if len(self._requests) >= self.config.requests_per_minute:
            return False
        self._requests.append(now)
        return True

    def is_full(self) -> bool:
        """Whether as many tasks run as the account may have at once."""
        self.settle()
        return len(self._open) >= self.config.concurrent_tasks

    def accept(self, request: GenerateRequest, *, origin: str) -> Task | None:
        """Charge for a picture and begin its task; None means that the balance does not suffice."""
        cost = PRICES[request.input.mode]
        if self.balance < cost:
            return None
        self.balance -= cost
        now = self.clock.now()
        task_id = f"task_{secrets.token_hex(12)}"
        seconds = self._seconds(task_id)
        task = Task(
            id=task_id,
            request=request,
            origin=origin,
            created_at=now,
            starts_at=now + timedelta(seconds=min(_PENDING_MOST, seconds * _PENDING_SHARE)),
            due_at=now + timedelta(seconds=seconds),
            cost=cost,
            doomed=self._doom(request),
        )
        self.restore(task)
        return task

    def restore(self, task: Task) -> None:
        """Take in a task that exists already."""
        self.tasks[task.id] = task
        if not task.settled:
            self._open[task.id] = task

    def settle(self) -> list[Task]:
        """Close the tasks whose time has come, give the money for failed ones back, and return them."""
        now = self.clock.now()
        ended = [
            task for task in self._open.values() if task.state(now) in (TaskState.SUCCESS, TaskState.FAILED)
        ]
        for task in ended:
            del self._open[task.id]
            task.settled = True
            if task.failure is not None:
                self.balance += task.cost
                task.cost = Decimal(0)
        return ended

    def _seconds(self, task_id: str) -> float:
        seconds, spread = self.config.seconds, min(self.config.spread, self.config.seconds)
        return Random(task_id).triangular(seconds - spread, seconds + spread, seconds)

    def _doom(self, request: GenerateRequest) -> Failure | None:
        if self.config.fail_next is not None:
            code, self.config = self.config.fail_next, self.config.model_copy(update={"fail_next": None})
            return failure(code)
        if FORBIDDEN_WORD in request.input.prompt.lower():
            return failure("CONTENT_VIOLATION")
        return None
