"""The ids of jobs: short, sorted by time, good for a Discord nonce, and found again in a picture's name.

Pure; what a job is stands in `bot.jobs`.
"""

from __future__ import annotations

import re
import secrets
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_ALPHABET: Final = "0123456789abcdefghjkmnpqrstvwxyz"
_TIME_DIGITS: Final = 10  # 50 bits of milliseconds
_RANDOM_DIGITS: Final = 6  # 30 bits
#: A Discord nonce holds at most 25 characters; a job id is one.
JOB_ID_LENGTH: Final = _TIME_DIGITS + _RANDOM_DIGITS


def new_job_id(now: datetime) -> str:
    """Return a fresh id: 16 characters that sort by time, in Crockford's base 32 (no i, l, o, u)."""
    number = (int(now.timestamp() * 1000) << (5 * _RANDOM_DIGITS)) | secrets.randbits(5 * _RANDOM_DIGITS)
    digits: list[str] = []
    for _ in range(JOB_ID_LENGTH):
        number, digit = divmod(number, 32)
        digits.append(_ALPHABET[digit])
    return "".join(reversed(digits))


def is_job_id(text: str) -> bool:
    """Return whether a text has the form of an id; whether there is such a job is another matter."""
    return len(text) == JOB_ID_LENGTH and all(digit in _ALPHABET for digit in text)


def job_id_moment(job_id: str) -> datetime:
    """Return when an id was made, to the millisecond; `ValueError` for what is no id."""
    if len(job_id) != JOB_ID_LENGTH:
        raise ValueError(f"{job_id!r} is no job id")
    milliseconds = 0
    for digit in job_id[:_TIME_DIGITS]:
        milliseconds = milliseconds * 32 + _ALPHABET.index(digit)
    return _EPOCH + timedelta(milliseconds=milliseconds)


def picture_filename(job_id: str, suffix: str) -> str:
    """Return the name under which a job's picture is posted."""
    return f"easel-{job_id}{suffix}"


def job_of_picture(filename: str) -> str | None:
    """Return the id of the job whose picture has this name; None if it is no such name."""
    found = re.fullmatch(rf"easel-([{_ALPHABET}]{{{JOB_ID_LENGTH}}})\.\w+", filename)
    return found[1] if found else None


class Before(NamedTuple):
    """A reference picture of a command, counted from 0."""

    batch_id: str
    place: int


def before_filename(batch_id: str, index: int, suffix: str, *, spoiler: bool = False) -> str:
    """Return the name under which a reference picture of a command is posted; `index` counts from 0.

    Discord hides a file behind a click whose name begins with `SPOILER_`.
    """
    return f"{'SPOILER_' if spoiler else ''}before-{batch_id}-{index + 1}{suffix}"


def before_of(filename: str) -> Before | None:
    """Return which reference picture has this name; None if it is no such name."""
    found = re.fullmatch(
        rf"(?:SPOILER_)?before-([{_ALPHABET}]{{{JOB_ID_LENGTH}}})-([1-9][0-9]?)\.\w+", filename
    )
    return Before(found[1], int(found[2]) - 1) if found else None
