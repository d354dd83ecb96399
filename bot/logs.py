"""How the log looks: lines for people or JSON for collectors, never with a secret in it.

Secrets are removed from the finished line, so neither an argument nor a traceback can carry one out.
What is logged, and when, is the business of whoever logs.
"""

from __future__ import annotations

import json
import logging
import re
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, Literal, TextIO

if TYPE_CHECKING:
    from collections.abc import Sequence

_HIDDEN: Final = "[hidden]"
#: Addresses that are secrets themselves: whoever knows one may answer in the bot's name.
_SECRET_PATHS: Final = re.compile(r"(/(?:webhooks|interactions|callbacks)/[\w-]+/)[\w.%~-]{8,}")
#: Chatty libraries and the lowest level at which they are heard; below it they log prompts and tokens.
_QUIET: Final = {
    "aiosqlite": logging.WARNING,
    "alembic": logging.WARNING,
    "discord": logging.INFO,
    "PIL": logging.WARNING,
    "sqlalchemy": logging.WARNING,
}
#: A secret shorter than this could be part of any word; real ones are far longer.
_SHORTEST_SECRET: Final = 8
#: What would begin a new line in a terminal or a collector, or move or turn what is there.
_UNRULY: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")
_PLAIN_RECORD: Final = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


def set_up_logging(
    level: str,
    log_format: Literal["text", "json"],
    secrets: Sequence[str],
    stream: TextIO | None = None,
) -> None:
    """Send the whole process's log to `stream` (standard error), without the `secrets`."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonLines(secrets) if log_format == "json" else TextLines(secrets))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name, lowest in _QUIET.items():
        logging.getLogger(name).setLevel(max(root.level, lowest))
    logging.captureWarnings(True)


class TextLines(logging.Formatter):
    """Time, level, logger and message, for people."""

    def __init__(self, secrets: Sequence[str]) -> None:
        super().__init__("%(asctime)s %(levelname)-7s %(name)s: %(message)s")
        self._redact = Redactor(secrets)

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, with a traceback below it where there is one."""
        return self._redact(super().format(record))

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's name
        """Return the line; what others have put into a message stays on it and makes no line of its own."""
        record.message = _UNRULY.sub(lambda each: ascii(each[0])[1:-1], record.message)
        return super().formatMessage(record)

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:  # noqa: N802 - logging's name
        """Return the time in UTC with milliseconds."""
        return _iso_time(record)


class JsonLines(logging.Formatter):
    """One JSON object a line; what a caller passed as `extra` becomes further keys."""

    def __init__(self, secrets: Sequence[str]) -> None:
        super().__init__()
        self._redact = Redactor(secrets)

    def format(self, record: logging.LogRecord) -> str:
        """Return the object as one line."""
        line: dict[str, object] = {
            "time": _iso_time(record),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        line |= {name: value for name, value in vars(record).items() if name not in _PLAIN_RECORD}
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return self._redact(json.dumps(line, default=str, ensure_ascii=False))


class Redactor:
    """Removes the given secrets, and addresses that are secrets, from a text."""

    def __init__(self, secrets: Sequence[str]) -> None:
        plain = {secret for secret in secrets if len(secret) >= _SHORTEST_SECRET}
        escaped = {json.dumps(secret, ensure_ascii=False)[1:-1] for secret in plain}
        known = sorted(plain | escaped, key=len, reverse=True)
        self._known = re.compile("|".join(re.escape(secret) for secret in known)) if known else None

    def __call__(self, text: str) -> str:
        """Return the text without them."""
        if self._known is not None:
            text = self._known.sub(_HIDDEN, text)
        return _SECRET_PATHS.sub(rf"\1{_HIDDEN}", text)


def _iso_time(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
