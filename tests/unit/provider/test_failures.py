"""The tables that say whose matter a failure is."""

from __future__ import annotations

import pytest

from bot.errors import BalanceError, KeyRefusedError, ProviderFaultError, TaskRefusedError
from bot.jobs import Failure, FailureCause
from bot.provider.failures import (
    CODE_RULES,
    KNOWN_CODES,
    MEMBER_CAUSES,
    Complaint,
    cause_of_code,
    cause_of_wording,
    error_for,
    failure_of_task,
)


@pytest.mark.parametrize("code", KNOWN_CODES)
def test_a_known_code_is_known_however_it_is_written(code: str) -> None:
    variants = {code, code.lower(), code.upper(), code.replace("_", ""), code.replace("_", "-"), f" {code} "}
    assert {cause_of_code(variant) for variant in variants} == {KNOWN_CODES[code]}


@pytest.mark.parametrize(("cause", "stem"), [(cause, stem) for cause, stems in CODE_RULES for stem in stems])
def test_an_unknown_code_is_judged_by_the_words_in_it(cause: FailureCause, stem: str) -> None:
    assert cause_of_code(f"Very_{stem.upper()}_Odd") is cause


def test_the_first_rule_wins_when_a_code_has_words_of_several() -> None:
    assert cause_of_code("IMAGE_POLICY") is FailureCause.CONTENT
    assert cause_of_code("PROMPT_SERVER") is FailureCause.PROMPT


@pytest.mark.parametrize("code", ["", " ", "E42", "FAILED", "CONTENT_TYPE", "观"])
def test_a_code_without_such_words_is_nobodys_fault(code: str) -> None:
    assert cause_of_code(code) is FailureCause.UNKNOWN


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("Insufficient credits", FailureCause.BALANCE),
        ("Not enough balance to edit this image", FailureCause.BALANCE),
        ("Invalid API key", FailureCause.ACCESS),
        ("Invalid api_key", FailureCause.ACCESS),
        ("The image violates the safety guidelines", FailureCause.CONTENT),
        ("prompt must not be empty", FailureCause.PROMPT),
        ("Unsupported format", FailureCause.IMAGE),
        ("Upstream timeout", FailureCause.PROVIDER),
        ("More information is on your lovely hourly observer page", FailureCause.UNKNOWN),
        ("", FailureCause.UNKNOWN),
    ],
)
def test_a_sentence_is_judged_by_its_words_and_not_by_letters_inside_them(
    text: str, cause: FailureCause
) -> None:
    assert cause_of_wording(text) is cause


def test_a_failed_task_is_judged_by_its_code_alone_when_it_has_one() -> None:
    assert failure_of_task("GENERATION_FAILED", "a prompt about safety").cause is FailureCause.UNKNOWN


def test_a_failed_task_without_a_code_may_say_in_words_what_concerns_the_member() -> None:
    message = "Content does not meet safety guidelines"
    assert failure_of_task("", message) == Failure(cause=FailureCause.CONTENT, code="", detail=message)


@pytest.mark.parametrize("message", ["no credits", "INSUFFICIENT_CREDITS", "bad API key", "server busy", ""])
def test_a_failed_task_without_a_code_never_points_at_the_operator(message: str) -> None:
    assert failure_of_task("", message).cause is FailureCause.UNKNOWN


def test_the_causes_of_members_are_those_they_can_mend() -> None:
    assert {FailureCause.CONTENT, FailureCause.PROMPT, FailureCause.IMAGE} == MEMBER_CAUSES


@pytest.mark.parametrize(
    ("status", "code", "number"),
    [(200, 400, 400), (400, 200, 400), (500, 400, 400), (502, None, 502), (502, 1015, 502), (200, 7, 7)],
)
def test_the_number_that_judges_is_the_one_that_is_no_success(
    status: int, code: int | None, number: int
) -> None:
    assert Complaint(status=status, code=code).number == number


def test_an_error_keeps_what_the_operator_needs() -> None:
    error = error_for(
        Complaint(status=400, code=400, fail_codes=("", "PROMPT_TOO_LONG"), texts=("Too long", "", "Shorten"))
    )
    assert isinstance(error, TaskRefusedError)
    assert (error.cause, error.code, error.status) == ("prompt", "PROMPT_TOO_LONG", 400)
    assert error.detail == "Too long / Shorten"


def test_the_operators_codes_become_the_operators_errors_on_a_403() -> None:
    assert isinstance(
        error_for(Complaint(status=403, code=403, fail_codes=("INSUFFICIENT_CREDITS",))), BalanceError
    )
    assert isinstance(
        error_for(Complaint(status=403, code=403, fail_codes=("Unauthorized",))), KeyRefusedError
    )


def test_a_success_that_calls_itself_something_odd_is_a_fault() -> None:
    assert isinstance(error_for(Complaint(status=200, code=302)), ProviderFaultError)


LONG = "a castle where the API key to a credit balance lies, " * 200


@pytest.mark.parametrize(
    "message",
    [f"Bad value: {LONG}", f"Bad value: “{LONG[:300]}…”", f"Bad: {LONG} and again {LONG}"],
    ids=["whole", "cut", "twice"],
)
def test_a_message_is_not_judged_by_what_it_repeats_of_a_long_prompt(message: str) -> None:
    error = error_for(Complaint(status=400, code=400, texts=(message,), own_words=(LONG,)))
    assert isinstance(error, TaskRefusedError)
    assert error.cause == FailureCause.UNKNOWN


@pytest.mark.parametrize("prompt", ["", " ", "c", "e", "cred", "insuff", "(?!", "castle"])
def test_a_short_prompt_does_not_hide_the_words_of_the_service(prompt: str) -> None:
    error = error_for(Complaint(status=400, code=400, texts=("Insufficient credits",), own_words=(prompt,)))
    assert isinstance(error, BalanceError)
