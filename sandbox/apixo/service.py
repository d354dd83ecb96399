"""The image service itself: takes requests, works on them beside the event loop, keeps the pictures.

Its own folder holds the pictures; with a `data_dir` pictures and tasks survive a restart, otherwise the
folder is temporary. `server` puts it on the wire.
"""

from __future__ import annotations

import asyncio
import functools
import logging
import tempfile
from contextlib import suppress
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import aiohttp
from pydantic import BaseModel, ValidationError

from sandbox.apixo import callbacks, painter
from sandbox.apixo.references import BadReferenceError, fetch_all
from sandbox.apixo.tasks import RESULT_LIFE, Config, Failure, Task, TaskBook, failure
from sandbox.apixo.wire import (
    INSUFFICIENT_CREDITS,
    RATE_LIMITED,
    UNKNOWN_TASK,
    Envelope,
    GenerateRequest,
    envelope,
    first_problem,
    invalid,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine

    from sandbox.clock import Clock

log = logging.getLogger(__name__)


class _Kept(BaseModel):
    """A task as it is written to the disk."""

    id: str
    request: GenerateRequest
    origin: str
    created_at: datetime
    starts_at: datetime
    due_at: datetime
    cost: Decimal
    doomed: Failure | None
    failure: Failure | None
    file_name: str | None
    worked_at: datetime | None
    settled: bool
    looks: int


class ImageService:
    """The provider's behaviour without its wire.

    `callback_is_lost` is asked with the path of a callback URL before it is sent. `sleep` is how the
    service waits; a test passes one that moves its clock.
    """

    def __init__(
        self,
        clock: Clock,
        *,
        config: Config | None = None,
        data_dir: Path | None = None,
        callback_is_lost: Callable[[str], bool] = lambda _path: False,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.book = TaskBook(clock, config or Config())
        self._clock = clock
        self._data_dir = data_dir
        self._callback_is_lost = callback_is_lost
        self._sleep = sleep
        self._errands: set[asyncio.Task[None]] = set()
        # Two pictures at once leave the event loop some air on a small machine.
        self._easel = asyncio.Semaphore(2)
        self._temporary: tempfile.TemporaryDirectory[str] | None = None
        self._folder = Path()
        self._http: aiohttp.ClientSession | None = None

    async def open(self) -> None:
        """Open the folder and take up what was left undone."""
        if self._data_dir is None:
            self._temporary = await asyncio.to_thread(
                tempfile.TemporaryDirectory, prefix="sandbox-apixo-", ignore_cleanup_errors=True
            )
            self._folder = Path(self._temporary.name)
        else:
            self._folder = self._data_dir / "apixo"
        self._http = aiohttp.ClientSession()
        for kept in await asyncio.to_thread(_load, self._folder):
            task = Task(**{name: getattr(kept, name) for name in _Kept.model_fields})
            self.book.restore(task)
            if not task.settled:
                self._run(self._see_through(task))

    async def close(self) -> None:
        """Stop all work and let go of the folder."""
        errands = list(self._errands)
        for errand in errands:
            errand.cancel()
        await asyncio.gather(*errands, return_exceptions=True)
        if self._http is not None:
            await self._http.close()
        if self._temporary is not None:
            await asyncio.to_thread(self._temporary.cleanup)

    async def generate(self, body: object, *, origin: str) -> Envelope:
        """Take a request; `origin` is the address under which the caller reaches this service."""
        try:
            request = GenerateRequest.model_validate(body)
        except ValidationError as exc:
            return invalid(first_problem(exc))
        most = self.book.config.max_image_urls
        if len(request.input.image_urls) > most:
            return invalid(f"input.image_urls: List should have at most {most} items")
        if self.book.is_full():
            return RATE_LIMITED
        task = self.book.accept(request, origin=origin)
        if task is None:
            return INSUFFICIENT_CREDITS
        await self._keep(task)
        self._run(self._see_through(task))
        return envelope({"taskId": task.id})

    def status(self, task_id: str) -> Envelope:
        """Answer a look at a task."""
        task = self.book.tasks.get(task_id)
        if task is None:
            return UNKNOWN_TASK
        self.book.settle()
        task.looks += 1
        return envelope(task.status(self._clock.now()))

    def file(self, name: str) -> Path | None:
        """Return where a finished picture lies; None if there is none or its 15 days are over."""
        task = self.book.tasks.get(f"task_{name.partition('.')[0]}")
        now = self._clock.now()
        if task is None or task.file_name != name or now - task.created_at > RESULT_LIFE:
            return None
        return self._folder / "files" / name

    def turn(self, changes: dict[str, Any]) -> None:
        """Change the balance or the configuration; raise pydantic's `ValidationError` for a wrong value."""
        config = Config.model_validate(
            {
                **self.book.config.model_dump(),
                **{name: value for name, value in changes.items() if name != "balance"},
            },
        )
        if "balance" in changes:
            self.book.balance = _Balance.model_validate({"balance": changes["balance"]}).balance
        self.book.config = config

    def inspect(self) -> dict[str, Any]:
        """Return everything that a test or a curious person wants to see, newest task last."""
        self.book.settle()
        now = self._clock.now()
        return {
            "balance": float(self.book.balance),
            "config": self.book.config.model_dump(mode="json"),
            "tasks": [_shown(task, now) for task in self.book.tasks.values()],
        }

    def _run(self, errand: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(errand)
        self._errands.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, errand: asyncio.Task[None]) -> None:
        self._errands.discard(errand)
        if not errand.cancelled() and (error := errand.exception()) is not None:
            log.error("a task of the image service broke", exc_info=error)

    async def _see_through(self, task: Task) -> None:
        """Do a task's work, wait for its time, and tell the customer."""
        if task.worked_at is None:
            await self._work(task)
            await self._keep(task)
        while (left := (task.due_at - self._clock.now()).total_seconds()) > 0:
            await self._sleep(left)
        self.book.settle()
        await self._keep(task)
        if task.request.request_type == "callback":
            await self._call_back(task)

    async def _work(self, task: Task) -> None:
        if task.doomed is not None:
            task.failure = task.doomed
        else:
            try:
                await self._paint(task)
            except BadReferenceError as exc:
                log.info("%s: a reference is refused: %s", task.id, exc)
                task.failure = failure("INVALID_IMAGE_URL")
        task.worked_at = self._clock.now()

    async def _paint(self, task: Task) -> None:
        wish = task.request.input
        references = await fetch_all(self._session, wish.image_urls)
        options = {"mode": wish.mode, "ratio": wish.aspect_ratio, "output_format": wish.output_format}
        draw = functools.partial(painter.draw, wish.prompt, **options)
        suffix = "png" if wish.output_format == "png" else "jpg"
        if self.book.config.noise_megabytes:
            draw, suffix = functools.partial(painter.noise, self.book.config.noise_megabytes), "png"
        elif self.book.config.plain_pictures:
            draw = functools.partial(painter.plain, wish.prompt, **options)
        elif references:
            draw = functools.partial(painter.redraw, wish.prompt, references, **options)
        async with self._easel:
            picture = await asyncio.to_thread(draw)
        name = f"{task.id.removeprefix('task_')}.{suffix}"
        await asyncio.to_thread(_write, self._folder / "files" / name, picture)
        task.file_name = name

    async def _call_back(self, task: Task) -> None:
        url = task.request.callback_url
        if url is None:
            return
        if self._callback_is_lost(urlsplit(url).path):
            log.info("%s: its callback is lost on purpose", task.id)
            return
        await callbacks.deliver(
            self._session,
            url,
            envelope(task.status(self._clock.now())),
            delays=self.book.config.callback_retry_seconds,
            sleep=self._sleep,
        )

    async def _keep(self, task: Task) -> None:
        if self._data_dir is not None:
            kept = _Kept(**{name: getattr(task, name) for name in _Kept.model_fields})
            text = kept.model_dump_json(by_alias=True, exclude_unset=True).encode()
            await asyncio.to_thread(_write, self._folder / "tasks" / f"{task.id}.json", text)

    @property
    def _session(self) -> aiohttp.ClientSession:
        if self._http is None:
            msg = "the image service is not open"
            raise RuntimeError(msg)
        return self._http


class _Balance(BaseModel):
    balance: Decimal


def _shown(task: Task, now: datetime) -> dict[str, Any]:
    status = task.status(now)
    request = task.request.model_dump(mode="json", by_alias=True)
    return {
        **status,
        "input": task.request.input.model_dump(mode="json", by_alias=True, exclude_unset=True),
        "request_type": request["request_type"],
        "callback_url": request["callback_url"],
        "provider": request["provider"],
        "completeTime": status.get("completeTime"),
        "looks": task.looks,
        "cost": float(task.cost),
    }


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(path.suffix + ".part")
    part.write_bytes(content)
    part.replace(path)


def _load(folder: Path) -> list[_Kept]:
    """Read the tasks that are kept, oldest first; a file that makes no sense is skipped."""
    kept: list[_Kept] = []
    for path in sorted((folder / "tasks").glob("task_*.json")):
        with suppress(ValidationError):
            kept.append(_Kept.model_validate_json(path.read_bytes()))
    return sorted(kept, key=lambda task: task.created_at)
