"""Discord's errors, as they go over the wire."""

from __future__ import annotations

import inspect
import json
from typing import TYPE_CHECKING

import pytest

from sandbox.discord import errors

if TYPE_CHECKING:
    from sandbox.discord.errors import DiscordError


@pytest.mark.parametrize(
    ("error", "status", "code", "message"),
    [
        (errors.unknown_channel(), 404, 10003, "Unknown Channel"),
        (errors.unknown_message(), 404, 10008, "Unknown Message"),
        (errors.unknown_webhook(), 404, 10015, "Unknown Webhook"),
        (errors.unknown_interaction(), 404, 10062, "Unknown interaction"),
        (errors.unauthorized(), 401, 0, "401: Unauthorized"),
        (errors.request_entity_too_large(), 413, 40005, "Request entity too large"),
        (errors.already_acknowledged(), 400, 40060, "Interaction has already been acknowledged."),
        (errors.missing_access(), 403, 50001, "Missing Access"),
        (errors.empty_message(), 400, 50006, "Cannot send an empty message"),
        (errors.missing_permissions(), 403, 50013, "Missing Permissions"),
        (errors.invalid_webhook_token(), 401, 50027, "Invalid Webhook Token"),
        (errors.thread_archived(), 400, 50083, "Thread is archived"),
        (errors.thread_locked(), 403, 160005, "Thread is locked"),
    ],
)
def test_an_error_has_discords_status_code_and_message(
    error: DiscordError, status: int, code: int, message: str
) -> None:
    assert (error.status, error.code) == (status, code)
    assert error.body() == {"message": message, "code": code}


def test_no_two_errors_share_a_code() -> None:
    made = [
        maker()
        for maker in vars(errors).values()
        if inspect.isfunction(maker) and not inspect.signature(maker).parameters
    ]
    codes = [error.code for error in made if error.code]
    assert len(codes) == len(set(codes))


def test_a_refused_form_carries_its_tree() -> None:
    tree = {"content": {"_errors": [{"code": "BASE_TYPE_REQUIRED", "message": "This field is required"}]}}
    assert errors.invalid_form_body(tree).body() == {
        "message": "Invalid Form Body",
        "code": 50035,
        "errors": tree,
    }


def test_a_rate_limit_says_how_long_and_for_whom() -> None:
    error = errors.rate_limited(64.57, scope="shared")

    assert error.status == 429
    assert error.body() == {
        "message": "You are being rate limited.",
        "retry_after": 64.57,
        "global": False,
        "code": 0,
    }
    assert error.headers == {"Retry-After": "65", "X-RateLimit-Scope": "shared", "Via": "1.1 google"}


def test_a_global_rate_limit_is_marked_as_such() -> None:
    error = errors.rate_limited(0.2, is_global=True)

    assert error.body()["global"] is True
    assert error.headers["X-RateLimit-Scope"] == "global"
    assert error.headers["X-RateLimit-Global"] == "true"
    assert error.headers["Retry-After"] == "1"


@pytest.mark.parametrize(
    ("error", "code"),
    [(errors.write_rate(3), 20028), (errors.too_many_edits(3), 30046), (errors.slowmode(3), 20016)],
)
def test_special_limits_are_429s_with_a_code(error: DiscordError, code: int) -> None:
    assert error.status == 429
    assert error.body()["code"] == code
    assert error.body()["retry_after"] == 3
    assert error.headers["Via"]


def test_what_is_not_modelled_names_the_route() -> None:
    error = errors.not_modelled("PUT", "/guilds/1/bans/2")

    assert error.status == 501
    assert "PUT /guilds/1/bans/2" in error.message


def test_the_answers_type_has_no_charset() -> None:
    response = errors.unknown_user().response()

    assert response.status == 404
    assert response.headers["Content-Type"] == "application/json"
    assert isinstance(response.body, bytes)
    assert json.loads(response.body) == {"message": "Unknown User", "code": 10013}
