"""The log: two forms, and no secret in either."""

from __future__ import annotations

import io
import json
import logging
from typing import TYPE_CHECKING, Literal

import pytest

from bot.logs import Redactor, set_up_logging

if TYPE_CHECKING:
    from collections.abc import Iterator

TOKEN = 'to"ken-very-hidden'
KEY = 'to"ken-ve'


@pytest.fixture
def untouched_logging() -> Iterator[None]:
    """Put the process's logging back as it was."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    levels = {
        name: logging.getLogger(name).level
        for name in ("aiosqlite", "alembic", "discord", "PIL", "sqlalchemy")
    }
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    for name, old in levels.items():
        logging.getLogger(name).setLevel(old)
    logging.captureWarnings(False)


def logged(log_format: Literal["text", "json"]) -> str:
    stream = io.StringIO()
    set_up_logging("INFO", log_format, [TOKEN], stream)
    log = logging.getLogger("easel.test")
    log.debug("not heard")
    log.info("hello %s", "Mia", extra={"job": "j1"})
    try:
        raise ValueError(f"refused {TOKEN}")
    except ValueError:
        log.exception("with %s", {"token": TOKEN})
    log.warning("PATCH https://discord.com/api/v10/webhooks/12/aW50ZXJhY3Rpb246MTIz/messages/@original")
    log.warning("POST /callbacks/0abc/c2lnbmF0dXJl")
    logging.getLogger("aiosqlite").info("executing INSERT")
    return stream.getvalue()


@pytest.mark.usefixtures("untouched_logging")
@pytest.mark.parametrize("log_format", ["text", "json"])
def test_no_secret_is_in_messages_arguments_tracebacks_or_addresses(
    log_format: Literal["text", "json"],
) -> None:
    output = logged(log_format)
    assert "very-hidden" not in output
    assert "aW50ZXJhY3Rpb246MTIz" not in output
    assert "c2lnbmF0dXJl" not in output
    assert "Traceback" in output
    assert "not heard" not in output
    assert "INSERT" not in output


@pytest.mark.usefixtures("untouched_logging")
def test_json_is_one_object_a_line_with_what_was_passed_as_extra() -> None:
    lines = [json.loads(line) for line in logged("json").splitlines()]
    assert lines[0]["message"] == "hello Mia"
    assert lines[0]["level"] == "INFO"
    assert lines[0]["job"] == "j1"
    assert lines[0]["time"].endswith("+00:00")
    assert lines[1]["error"].startswith("Traceback")


@pytest.mark.usefixtures("untouched_logging")
def test_text_is_a_line_with_time_level_and_logger() -> None:
    first = logged("text").splitlines()[0]
    assert first.endswith("INFO    easel.test: hello Mia")


def test_of_two_secrets_the_longer_is_removed_whole() -> None:
    assert Redactor([KEY, TOKEN])(f"<{TOKEN}>") == "<[hidden]>"


def test_a_secret_too_short_to_be_one_spoils_no_words() -> None:
    assert Redactor(["t", ""])("nothing to hide") == "nothing to hide"
    assert Redactor([])("nothing to hide") == "nothing to hide"


@pytest.mark.usefixtures("untouched_logging")
@pytest.mark.parametrize("log_format", ["text", "json"])
def test_what_others_wrote_makes_no_line_of_its_own(log_format: Literal["text", "json"]) -> None:
    stream = io.StringIO()
    set_up_logging("INFO", log_format, [], stream)
    words = "no\n2026-01-01 ERROR bot: all is lost\r\x1b[2J\u2028\u202e"
    logging.getLogger("easel.test").warning("the service said %s", words)
    (line,) = stream.getvalue().splitlines() if log_format == "text" else [stream.getvalue()]
    assert line.rstrip("\n").count("\n") == 0
    assert "\x1b" not in line
    assert "\\n2026-01-01 ERROR bot: all is lost" in line
