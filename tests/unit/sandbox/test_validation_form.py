"""The rules that all checks are built of, and the shape of what they find."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.discord.errors import DiscordError
from sandbox.discord.validation import form
from sandbox.discord.validation.form import Form, Rule


def codes(rule: Rule, value: Any) -> list[str]:
    """Return the codes that a rule reports for a value."""
    place = Form()
    rule(place, value)
    try:
        place.settle()
    except DiscordError as error:
        return [one["code"] for one in (error.errors or {}).get("_errors", [])]
    return []


def test_errors_are_nested_as_the_request_is_and_lists_are_keyed_by_index() -> None:
    place = Form()
    place.at("embeds", 0, "fields", 3, "value").fail("BASE_TYPE_REQUIRED", "This field is required")

    with pytest.raises(DiscordError) as caught:
        place.settle()

    problem = {"code": "BASE_TYPE_REQUIRED", "message": "This field is required"}
    assert caught.value.body() == {
        "message": "Invalid Form Body",
        "code": 50035,
        "errors": {"embeds": {"0": {"fields": {"3": {"value": {"_errors": [problem]}}}}}},
    }


def test_all_that_is_wrong_is_in_one_answer() -> None:
    place = Form("data")
    form.record({"a": form.boolean, "b": form.text(1, 3)}, required=("b", "c", "a"))(place, {"a": 1})
    place.at("a").fail("MORE", "more")

    with pytest.raises(DiscordError) as caught:
        place.settle()

    assert caught.value.errors is not None
    data = caught.value.errors["data"]
    assert [one["code"] for one in data["a"]["_errors"]] == ["BOOLEAN_TYPE_CONVERT", "MORE"]
    assert data["b"]["_errors"][0]["code"] == "BASE_TYPE_REQUIRED"


def test_a_sound_form_settles_silently() -> None:
    place = Form()
    assert place.is_sound
    place.settle()


@pytest.mark.parametrize(
    ("rule", "value", "expected"),
    [
        (form.text(0, 3), "abc", []),
        (form.text(0, 3), "abcd", ["BASE_TYPE_MAX_LENGTH"]),
        (form.text(1, 3), "abcd", ["BASE_TYPE_BAD_LENGTH"]),
        (form.text(1, 3), "", ["BASE_TYPE_REQUIRED"]),
        (form.text(1, 3), " \n", ["BASE_TYPE_REQUIRED"]),
        (form.text(0, 3), "  ", []),
        (form.text(0, 3), 12, ["STRING_TYPE_CONVERT"]),
        (form.text(0, 2), "🎨🎨", []),
        (form.integer(0, 5), 5, []),
        (form.integer(0, 5), 6, ["NUMBER_TYPE_MAX"]),
        (form.integer(0, 5), -1, ["NUMBER_TYPE_MIN"]),
        (form.integer(), True, ["NUMBER_TYPE_COERCE"]),
        (form.integer(), "5", ["NUMBER_TYPE_COERCE"]),
        (form.number, 1.5, []),
        (form.number, "1.5", ["NUMBER_TYPE_COERCE"]),
        (form.boolean, False, []),
        (form.boolean, 0, ["BOOLEAN_TYPE_CONVERT"]),
        (form.snowflake, "123", []),
        (form.snowflake, 123, []),
        (form.snowflake, "12a", ["NUMBER_TYPE_COERCE"]),
        (form.snowflake, "٣", ["NUMBER_TYPE_COERCE"]),
        (form.snowflake, str(2**63), ["NUMBER_TYPE_MAX"]),
        (form.choice(1, 2), 2, []),
        (form.choice(1, 2), 3, ["BASE_TYPE_CHOICES"]),
        (form.choice(1, 2), True, ["BASE_TYPE_CHOICES"]),
        (form.choice(1, 2), [], ["BASE_TYPE_CHOICES"]),
        (form.url("https"), "https://example.com/a.png", []),
        (form.url("https"), "ftp://example.com/a.png", ["URL_TYPE_INVALID_SCHEME"]),
        (form.url("https"), "castle", ["URL_TYPE_INVALID_URL"]),
        (form.url("https"), "https://[", ["URL_TYPE_INVALID_URL"]),
        (form.url("https"), 5, ["STRING_TYPE_CONVERT"]),
        (form.listing(form.boolean, 1, 2), [True], []),
        (form.listing(form.boolean, 1, 2), [], ["BASE_TYPE_BAD_LENGTH"]),
        (form.listing(form.boolean, 0, 2), [True] * 3, ["BASE_TYPE_MAX_LENGTH"]),
        (form.listing(form.boolean), "ab", ["LIST_TYPE_CONVERT"]),
        (form.listing(form.boolean), {"a": 1}, ["LIST_TYPE_CONVERT"]),
        (form.mapping(("a",), form.boolean), [], ["DICT_TYPE_CONVERT"]),
        (form.record({}), [], ["MODEL_TYPE_CONVERT"]),
        (form.record({"a": form.boolean}), {"a": None, "b": 3}, []),
        (form.by_type({1: form.record({})}), {"type": 1}, []),
        (form.by_type({1: form.record({})}), {"type": 2}, ["UNION_TYPE_CHOICES"]),
        (form.by_type({1: form.record({})}), {"type": []}, ["UNION_TYPE_CHOICES"]),
        (form.by_type({1: form.record({})}), 1, ["MODEL_TYPE_CONVERT"]),
    ],
)
def test_a_rule_reports_what_discord_reports(rule: Rule, value: Any, expected: list[str]) -> None:
    assert codes(rule, value) == expected


def test_a_repeated_value_of_a_set_is_reported_at_its_place() -> None:
    place = Form()
    form.listing(form.snowflake, unique=True)(place, ["1", "2", "1"])
    with pytest.raises(DiscordError) as caught:
        place.settle()
    assert list(caught.value.errors or {}) == ["2"]


def test_the_words_name_the_limits() -> None:
    place = Form()
    form.text(0, 2000)(place.at("a"), "x" * 2001)
    form.text(1, 45)(place.at("b"), "x" * 46)
    form.integer(0, 21600)(place.at("c"), 21601)
    form.choice(60, 1440)(place.at("d"), 61)
    with pytest.raises(DiscordError) as caught:
        place.settle()
    words = {key: node["_errors"][0]["message"] for key, node in (caught.value.errors or {}).items()}
    assert words == {
        "a": "Must be 2000 or fewer in length.",
        "b": "Must be between 1 and 45 in length.",
        "c": "int value should be less than or equal to 21600.",
        "d": "Value must be one of (60, 1440).",
    }
