"""What nobody else knows is written in the end, and stands in the log meanwhile."""

from __future__ import annotations

import logging

import pytest

from bot.engine import insisting
from bot.engine.insisting import insist
from bot.errors import StaleJobError, StoreBusyError, StoreUnwritableError


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(insisting, "_LONGEST_PAUSE", 0.0)
    monkeypatch.setattr(insisting, "_FIRST_PAUSE", 0.0)


class Write:
    """Raises what it is given, one after the other, and then writes."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)
        self.tries = 0

    async def __call__(self) -> str:
        self.tries += 1
        if self.errors:
            raise self.errors.pop(0)
        return "written"


async def test_a_write_is_tried_until_it_is_taken() -> None:
    write = Write(StoreUnwritableError("full"), StoreBusyError("locked"), StoreUnwritableError("full"))
    assert await insist(write, news="It was accepted") == "written"
    assert write.tries == 4


async def test_the_news_are_logged_once_with_the_first_refusal(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        await insist(Write(*[StoreUnwritableError("full")] * 5), news="Job 7 is task 9")
    first, last = caplog.records
    assert first.levelno == logging.ERROR
    assert first.message == "Job 7 is task 9, but the database does not take it yet: full"
    assert last.message == "Job 7 is task 9: written down now"


async def test_a_write_that_is_taken_at_once_is_not_worth_a_word(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        await insist(Write(), news="Job 7 is task 9")
    assert caplog.records == []


@pytest.mark.parametrize("error", [StaleJobError("moved"), KeyError("a bug")])
async def test_an_answer_is_no_refusal(error: Exception) -> None:
    write = Write(error)
    with pytest.raises(type(error)):
        await insist(write, news="It was accepted")
    assert write.tries == 1
