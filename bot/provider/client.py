"""The client of the image service (APIXO, model flux-kontext): submit, look, balance.

One private method speaks HTTP: time limits, a capped body, status and `code`, JSON, and errors of
`bot.errors` only. Nothing is retried here: a submit whose outcome is unknown may already be paid for, and
the engine's loops look and queue again by themselves. The key leaves in one header and comes back in no
error, log line or traceback.
"""

from __future__ import annotations

import logging
import math
import time
from dataclasses import dataclass
from decimal import Decimal
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, Final

import aiohttp
from pydantic import SecretStr
from yarl import URL

from bot.errors import (
    ProviderBusyError,
    ProviderError,
    ProviderFaultError,
    ProviderTimeoutError,
    ProviderUnreachableError,
    SettingsError,
    TaskMissingError,
)
from bot.provider.exchange import Timeouts, read_at_most, user_agent
from bot.provider.failures import Complaint, error_for, is_success, outcome_of
from bot.provider.tasks import TaskRequest, TaskState, TaskStatus, parse_callback, read_task, to_status
from bot.provider.wire import Envelope, WireInput, WireSubmit, read_envelope

if TYPE_CHECKING:
    from bot.metrics import Metrics
    from bot.provider.budget import NoBudget, Permits, RequestBudget

__all__ = ["ApixoClient", "TaskRequest", "TaskState", "TaskStatus", "Timeouts", "parse_callback"]

logger = logging.getLogger(__name__)

MODEL: Final = "flux-kontext"
MAX_BODY_BYTES: Final = 1024 * 1024
#: No answer may keep the bot waiting for longer than this many seconds.
MAX_RETRY_AFTER: Final = 3600.0
#: A key shorter than this could be a word that answers hold anyway; blotting it out would break them.
_SHORTEST_KEY_TO_BLOT: Final = 8
_STRANGE_STATES_TOLD: Final = 20
_TOO_MANY: Final = "429"


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    body: bytes | None  # None if it is larger than allowed
    retry_after: float | None


class ApixoClient:
    """The only speaker to the service's API; whoever passes the session in also closes it.

    `base_url` ends in `/api/v1`. `routing` is the service's `provider` field: auto, value or official.
    Every method raises subclasses of `ProviderError` and nothing else, and waits for the budget first.
    """

    def __init__(
        self,
        *,
        session: aiohttp.ClientSession,
        base_url: str,
        api_key: SecretStr,
        budget: RequestBudget | NoBudget,
        metrics: Metrics | None = None,
        routing: str = "auto",
        safety_tolerance: int | None = None,
        timeouts: Timeouts | None = None,
        max_body_bytes: int = MAX_BODY_BYTES,
    ) -> None:
        key = api_key.get_secret_value().strip()
        if not key or not key.isascii() or not key.isprintable():
            message = "APIXO_API_KEY must be one line of plain characters, as the provider shows it."
            raise SettingsError(message)
        self._api_key = SecretStr(key)
        self._session = session
        self._base_url = URL(base_url.rstrip("/"))
        self._budget = budget
        self._metrics = metrics
        self._routing = routing
        self._safety_tolerance = safety_tolerance
        limits = timeouts or Timeouts()
        self._timeout = aiohttp.ClientTimeout(
            total=limits.total,
            connect=limits.connect,
            sock_connect=limits.connect,
        )
        self._max_body_bytes = max_body_bytes
        self._user_agent = user_agent()
        self._strange_states: set[str] = set()

    async def permits(self, most: int) -> Permits:
        """Wait until the account's budget allows one more request; return how many it allows, at most `most`.

        Raises `ProviderHeldError` if nothing may be sent for a while.
        """
        return await self._budget.take_some(most)

    def give_back(self, unused: Permits) -> None:
        """Give permits back that are not needed."""
        self._budget.give_back(unused)

    async def submit(self, request: TaskRequest, *, era: int | None = None) -> str:
        """Hand a task in and return its id; `era` is that of a permit, without one it waits for its own.

        `ProviderUnreachableError` and `ProviderBusyError` mean that nothing was started. After
        `ProviderTimeoutError` or `ProviderFaultError` a task may exist and cost money.
        """
        body = WireSubmit(
            request_type="callback" if request.callback_url else "async",
            callback_url=request.callback_url,
            provider=self._routing,
            input=WireInput(
                mode=request.mode,
                prompt=request.prompt,
                aspect_ratio=request.aspect_ratio,
                image_urls=request.image_urls or None,
                output_format=request.output_format,
                safety_tolerance=self._safety_tolerance,
            ),
        )
        envelope = await self._request(
            "submit",
            "POST",
            self._base_url / "generateTask" / MODEL,
            body=body.to_json(),
            own_words=(request.prompt, *request.image_urls),
            era=era,
        )
        task_id = envelope.field("taskId") or envelope.task_id
        if not task_id:
            message = "the task was accepted, but the answer does not say its id"
            raise ProviderFaultError(message)
        return task_id

    async def status(self, task_id: str) -> TaskStatus:
        """Look at a task.

        A success whose result cannot be read raises `ResultMissingError`: another look may find it whole.
        """
        url = (self._base_url / "statusTask" / MODEL).with_query({"taskId": task_id})
        task = read_task(await self._request("look", "GET", url))
        status = to_status(task, task_id)
        if status.state is TaskState.UNKNOWN:
            self._tell_strange_state(task.state)
        return status

    async def balance(self) -> Decimal | None:
        """Return the account's balance in US dollars, None where the service has no such endpoint."""
        try:
            envelope = await self._request("balance", "GET", self._base_url / "apikeys" / "current-balance")
        except TaskMissingError:
            return None
        return _read_amount(envelope.data)

    async def _request(
        self,
        operation: str,
        method: str,
        url: URL,
        *,
        body: dict[str, Any] | None = None,
        own_words: tuple[str, ...] = (),
        era: int | None = None,
    ) -> Envelope:
        if era is None:
            era = await self._budget.take()
        began = time.perf_counter()
        try:
            envelope = await self._ask(method, url, body=body, own_words=own_words)
        except ProviderBusyError as error:
            if _TOO_MANY in {str(error.status), error.code}:
                await self._budget.refused(era, retry_after=error.retry_after)
            self._count(operation, outcome_of(error), began)
            raise
        except ProviderError as error:
            self._count(operation, outcome_of(error), began)
            raise
        self._budget.succeeded()
        self._count(operation, "ok", began)
        return envelope

    def _count(self, operation: str, outcome: str, began: float) -> None:
        if self._metrics:
            self._metrics.provider_request(operation, outcome, time.perf_counter() - began)

    async def _ask(
        self, method: str, url: URL, *, body: dict[str, Any] | None, own_words: tuple[str, ...]
    ) -> Envelope:
        answer = await self._exchange(method, url, body)
        if isinstance(answer, ProviderError):
            raise answer
        logger.debug("%s %s answered %d", method, url.path, answer.status)
        if not is_success(answer.status):
            raise error_for(_complaint(answer, _envelope_or_blank(answer.body), own_words))
        if answer.body is None:
            message = f"the answer is larger than {self._max_body_bytes} bytes"
            raise ProviderFaultError(message)
        envelope = read_envelope(answer.body)
        if envelope.code is not None and not is_success(envelope.code):
            raise error_for(_complaint(answer, envelope, own_words))
        return envelope

    async def _exchange(self, method: str, url: URL, body: dict[str, Any] | None) -> _Answer | ProviderError:
        """Send one request and read the answer; a broken exchange is returned as its error, not raised.

        Raised in the handler, the error would carry aiohttp's own exception along, and that one can hold
        the request's headers, so the key.
        """
        try:
            async with self._session.request(
                method,
                url,
                json=body,
                headers=self._headers(),
                timeout=self._timeout,
                allow_redirects=False,
                raise_for_status=False,
            ) as response:
                return _Answer(
                    response.status,
                    self._without_key(await read_at_most(response, self._max_body_bytes)),
                    _retry_after(response),
                )
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, aiohttp.InvalidURL) as exc:
            return ProviderUnreachableError(f"no connection: {_describe(exc)}")
        except aiohttp.ClientResponseError as exc:
            return ProviderFaultError(f"the answer is not HTTP: {type(exc).__name__}")
        except (TimeoutError, aiohttp.ClientError, OSError) as exc:
            return ProviderTimeoutError(f"no whole answer: {_describe(exc)}")

    def _headers(self) -> dict[str, str]:
        return {
            "Authorization": f"Bearer {self._api_key.get_secret_value()}",
            "Accept": "application/json",
            "User-Agent": self._user_agent,
        }

    def _without_key(self, body: bytes | None) -> bytes | None:
        """Blot the key out of an answer: services like to repeat the key that they refuse."""
        key = self._api_key.get_secret_value().encode()
        if body is None or len(key) < _SHORTEST_KEY_TO_BLOT:
            return body
        return body.replace(key, b"***")

    def _tell_strange_state(self, state: str) -> None:
        if state in self._strange_states or len(self._strange_states) >= _STRANGE_STATES_TOLD:
            return
        self._strange_states.add(state)
        logger.warning("The image service reports the unknown state %r; such tasks count as running.", state)


def _read_amount(data: object) -> Decimal:
    if isinstance(data, int | float | str) and not isinstance(data, bool):
        try:
            amount = float(data)
        except (ValueError, OverflowError):
            amount = math.nan
        if math.isfinite(amount):
            return Decimal(str(amount))
    message = "the balance is not a number"
    raise ProviderFaultError(message)


def _envelope_or_blank(body: bytes | None) -> Envelope:
    """Return the envelope of an error; a page of HTML or nothing at all leaves the HTTP status to judge."""
    try:
        return read_envelope(body or b"")
    except ProviderFaultError:
        return Envelope()


def _complaint(answer: _Answer, envelope: Envelope, own_words: tuple[str, ...]) -> Complaint:
    return Complaint(
        status=answer.status,
        code=envelope.code,
        fail_codes=(envelope.fail_code, envelope.field("failCode")),
        texts=(envelope.message, envelope.field("error"), envelope.error, envelope.field("failMsg")),
        retry_after=answer.retry_after,
        own_words=own_words,
    )


def _retry_after(response: aiohttp.ClientResponse) -> float | None:
    """Return `Retry-After` in seconds; a date counts from the `Date` of the same answer, if it has one."""
    value = response.headers.get("Retry-After", "").strip()
    try:
        if value.isascii() and value.isdigit():
            seconds = float(value)
        else:
            until = parsedate_to_datetime(value)
            seconds = (until - parsedate_to_datetime(response.headers.get("Date", ""))).total_seconds()
    except (ValueError, TypeError):
        return None
    return min(max(seconds, 0.0), MAX_RETRY_AFTER)


def _describe(exc: BaseException) -> str:
    """Return an exception's name and, of a failed connection, the system's word for it."""
    reason = getattr(exc, "os_error", None)
    return f"{type(exc).__name__} ({reason})" if reason is not None else type(exc).__name__
