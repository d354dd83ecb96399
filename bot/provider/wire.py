"""The image service's JSON as it crosses the wire: what is sent exactly, what comes in leniently.

Field names and shapes are those of the provider's page; the leniency is for what its clients have seen
besides (a result that is an object instead of a string, times as text or in seconds, absent fields).
What an answer means is decided in `bot.provider.client` and `bot.provider.failures`.
"""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import Annotated, Any, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from bot.errors import ProviderFaultError
from bot.jobs import AspectRatio, Mode, OutputFormat

_LONGEST_TEXT: Final = 2000
_LONGEST_ADDRESS: Final = 4096
_LARGEST_NUMBER: Final = 2**53
#: Times below this many milliseconds (the year 1973) are taken for seconds.
_FIRST_MILLISECOND: Final = 100_000_000_000
_UNPRINTABLE: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def _text(value: object) -> str:
    """Return text that can be stored and logged; what is neither text nor a number counts as absent."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    whole = str(value)[:_LONGEST_TEXT].encode("utf-8", "replace").decode("utf-8")
    return _UNPRINTABLE.sub(" ", whole).strip()


def _whole_number(value: object) -> int | None:
    """Return a whole number given as a number or as digits, else None."""
    if isinstance(value, str):
        digits = value.strip()
        # Digits of other scripts and numbers of thousands of digits are no numbers here.
        value = int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 17 else None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    # Also false for what is no number; infinity is too large.
    return int(value) if abs(value) < _LARGEST_NUMBER else None


def _duration(value: object) -> int | None:
    number = _whole_number(value)
    return number if number is not None and number >= 0 else None


def _moment(value: object) -> datetime | None:
    """Return a time given as Unix milliseconds or seconds or as ISO 8601, else None."""
    number = _whole_number(value)
    try:
        if number is not None:
            seconds = number if number < _FIRST_MILLISECOND else number / 1000
            return datetime.fromtimestamp(seconds, UTC) if number > 0 else None
        if isinstance(value, str):
            parsed = datetime.fromisoformat(value.strip())
            return parsed.replace(tzinfo=UTC) if parsed.tzinfo is None else parsed.astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return None


def _result_urls(value: object) -> tuple[str, ...]:
    """Return the addresses in `resultJson`, a JSON string or the object itself; else nothing."""
    if isinstance(value, str):
        try:
            value = decode_json(value)
        except ValueError:
            return ()
    urls = value.get("resultUrls") if isinstance(value, dict) else None
    if isinstance(urls, str):
        urls = [urls]
    if not isinstance(urls, list):
        return ()
    texts = [url.strip() for url in urls if isinstance(url, str)]
    return tuple(text for text in texts if _is_address(text))


def _is_address(text: str) -> bool:
    # Printable leaves out control characters and halves of surrogate pairs, which no database stores.
    return (
        text.lower().startswith(("https://", "http://"))
        and text.isprintable()
        and len(text) <= _LONGEST_ADDRESS
    )


Text = Annotated[str, BeforeValidator(_text)]
Number = Annotated[int | None, BeforeValidator(_whole_number)]
Duration = Annotated[int | None, BeforeValidator(_duration)]
Moment = Annotated[datetime | None, BeforeValidator(_moment)]
Addresses = Annotated[tuple[str, ...], BeforeValidator(_result_urls)]


class WireInput(BaseModel):
    """`input` of a submitted task."""

    model_config = ConfigDict(frozen=True)

    mode: Mode
    prompt: str
    aspect_ratio: AspectRatio
    image_urls: tuple[str, ...] | None = None
    output_format: OutputFormat
    safety_tolerance: int | None = Field(default=None, serialization_alias="safetyTolerance")


class WireSubmit(BaseModel):
    """The body of `POST /generateTask/flux-kontext`."""

    model_config = ConfigDict(frozen=True)

    request_type: str
    callback_url: str | None = None
    provider: str
    input: WireInput

    def to_json(self) -> dict[str, Any]:
        """Return what is sent: fields that are not set are left out."""
        return self.model_dump(mode="json", by_alias=True, exclude_none=True)


class WireTask(BaseModel):
    """`data` of a look at a task, and of the webhook's body."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    task_id: Text = Field(default="", validation_alias="taskId")
    state: Text = ""
    result_urls: Addresses = Field(default=(), validation_alias="resultJson")
    fail_code: Text = Field(default="", validation_alias="failCode")
    fail_message: Text = Field(default="", validation_alias="failMsg")
    created_at: Moment = Field(default=None, validation_alias="createTime")
    completed_at: Moment = Field(default=None, validation_alias="completeTime")
    cost_ms: Duration = Field(default=None, validation_alias="costTime")


class Envelope(BaseModel):
    """What every answer is wrapped in. `data` may be an object, a number, null or absent."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    code: Number = None
    message: Text = ""
    data: Any = None
    error: Text = ""
    fail_code: Text = Field(default="", validation_alias="failCode")
    task_id: Text = Field(default="", validation_alias="taskId")

    def field(self, name: str) -> str:
        """Return a text out of `data`, empty if there is none of that name."""
        return _text(self.data.get(name)) if isinstance(self.data, dict) else ""


def decode_json(body: bytes | str) -> object:
    """Return the decoded JSON; every way in which it can be broken is a `ValueError`."""
    try:
        return json.loads(body, parse_constant=lambda _: None)
    except RecursionError:
        # Out of the handler, so that the traceback does not carry a thousand frames along.
        pass
    message = "nested too deeply"
    raise ValueError(message)


def read_envelope(body: bytes) -> Envelope:
    """Return the envelope of an answer or of a webhook's body, or raise `ProviderFaultError`."""
    try:
        return Envelope.model_validate(decode_json(body))
    except ValidationError:
        message = "the answer is JSON, but not an object"
    except ValueError:
        message = "the answer is not JSON" if body.strip() else "the answer is empty"
    raise ProviderFaultError(message)
