"""Each cause has its own sentence, and none blames the prompt without the provider's word."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from bot.errors import (
    BadReferenceError,
    EaselError,
    MissingPermissionsError,
    NotInThisChannelError,
    OptionError,
    PictureFault,
    PromptTooLongError,
    QuotaError,
)
from bot.jobs import Failure, FailureCause, JobState
from bot.presentation.failures import error_sentence, failure_sentence
from bot.presentation.wording import Catalogue
from tests.clocks import NOON
from tests.factories import job_factory

CATALOGUE = Catalogue()


def sentence_of(cause: FailureCause, credits_left: int = 0) -> str:
    job = job_factory(
        id="0" * 15 + "7", state=JobState.FAILED, credits=credits_left, failure=Failure(cause=cause)
    )
    return failure_sentence(CATALOGUE, job)


@pytest.mark.parametrize("cause", list(FailureCause))
def test_every_cause_has_a_sentence_of_its_own(cause: FailureCause) -> None:
    others = {sentence_of(other) for other in FailureCause if other is not cause}
    assert sentence_of(cause) not in others


@pytest.mark.parametrize("cause", sorted(set(FailureCause) - {FailureCause.CONTENT}))
def test_only_the_content_cause_speaks_of_content_rules(cause: FailureCause) -> None:
    assert "content" not in sentence_of(cause)


def test_an_unknown_cause_names_the_job() -> None:
    assert "0000000000000007" in sentence_of(FailureCause.UNKNOWN)


def test_a_refund_is_claimed_only_if_there_was_one() -> None:
    assert "cost you nothing" in sentence_of(FailureCause.PROVIDER)
    assert "cost you nothing" not in sentence_of(FailureCause.PROVIDER, credits_left=1)


def test_missing_permissions_are_named_as_discord_names_them() -> None:
    error = MissingPermissionsError(["send_messages_in_threads", "attach_files"])
    assert "**Send Messages in Threads and Attach Files**" in error_sentence(CATALOGUE, "en-US", error)


def test_a_value_out_of_the_list_is_shown_without_its_markdown() -> None:
    error = OptionError(option="mode", value="**@everyone**", choices="pro, max")
    sentence = error_sentence(CATALOGUE, "en-US", error)
    assert "pro, max" in sentence
    assert "@everyone" not in sentence


def test_a_long_prompt_is_told_its_length_and_the_limit() -> None:
    sentence = error_sentence(CATALOGUE, "en-US", PromptTooLongError(length=7000, limit=6000))
    assert "7000" in sentence
    assert "6000" in sentence


@pytest.mark.parametrize(
    ("whose", "expected"),
    [("member", "You have 1 of 20 credits left"), ("server", "This server"), ("operator", "This bot")],
)
def test_a_spent_quota_says_whose_it_is_and_when_it_comes_back(whose: str, expected: str) -> None:
    error = QuotaError(cost=2, left=1, limit=20, back_at=NOON + timedelta(hours=3), whose=whose)
    sentence = error_sentence(CATALOGUE, "en-US", error)
    assert expected in sentence
    assert "<t:" in sentence


def test_a_limit_of_nothing_promises_no_return() -> None:
    error = QuotaError(cost=1, left=0, limit=0, back_at=None, whose="member")
    assert "<t:" not in error_sentence(CATALOGUE, "en-US", error)


def test_every_error_has_a_sentence() -> None:
    todo = [EaselError]
    while todo:
        error = todo.pop()
        assert error.sentence
        todo += error.__subclasses__()


def refused(fault: PictureFault, **values: object) -> str:
    every = {"name": "cat.png", "limit": 4, "count": 5, "value": "x", **values}
    return error_sentence(CATALOGUE, "en-US", BadReferenceError(fault, **every))


def test_everything_that_can_be_wrong_with_a_picture_has_a_sentence_of_its_own() -> None:
    assert len({refused(fault) for fault in PictureFault}) == len(PictureFault)


def test_a_type_that_is_known_is_named() -> None:
    sentence = refused(PictureFault.OTHER_TYPE, type="GIF")
    assert "GIF" in sentence
    assert "JPG, PNG and WebP" in sentence
    assert "whatever its name says" in refused(PictureFault.OTHER_TYPE, type="")


def test_where_pictures_can_be_made_instead_is_told_without_what_was_deleted() -> None:
    guild: Any = SimpleNamespace(unavailable=False, get_channel=lambda place: place == 2 or None)
    error = NotInThisChannelError([1, 2])
    assert "Here they can: <#2>. Nothing" in error_sentence(CATALOGUE, "en-US", error, guild=guild)
    nowhere = error_sentence(CATALOGUE, "en-US", NotInThisChannelError([1]), guild=guild)
    assert "the chosen channels are deleted" in nowhere
    assert "<#1>" not in nowhere
