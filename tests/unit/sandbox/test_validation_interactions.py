"""What Discord refuses in an interaction's answer, and in modals and threads."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.discord.validation import (
    Existing,
    Kept,
    check_interaction_answer,
    check_thread,
    check_thread_edit,
)
from tests.unit.sandbox.refusals import findings, refusal

COMMAND, COMPONENT, AUTOCOMPLETE, MODAL_SUBMIT = 2, 3, 4, 5


def found(interaction: int, body: Any, **kwargs: Any) -> dict[str, str]:
    """Return what is found in an answer."""
    return findings(check_interaction_answer, interaction, body, size_limit=1000, **kwargs)


def text_input(**fields: Any) -> dict[str, Any]:
    """Return a text input that is taken, with some fields changed."""
    return {"type": 4, "custom_id": "prompt", "style": 2, **fields}


def who(**fields: Any) -> dict[str, Any]:
    """Return a select of people."""
    return {"type": 5, "custom_id": "who", **fields}


def group(**fields: Any) -> dict[str, Any]:
    """Return a group of two checkboxes that is taken, with some fields changed."""
    options = [{"label": letter, "value": letter} for letter in "ab"]
    return {"type": 22, "custom_id": "extras", "options": options, **fields}


def label(component: Any = None, **fields: Any) -> dict[str, Any]:
    """Return a Label that is taken, with some fields changed."""
    return {"type": 18, "label": "Prompt", "component": component or text_input(), **fields}


def modal(*components: Any, **fields: Any) -> dict[str, str]:
    """Return what is found in a modal, by paths below `data`."""
    data = {"title": "Edit", "custom_id": "edit:1", "components": list(components), **fields}
    result = found(COMMAND, {"type": 9, "data": data})
    return {path.removeprefix("data."): code for path, code in result.items()}


@pytest.mark.parametrize(
    ("interaction", "taken"),
    [(COMMAND, {4, 5, 9}), (COMPONENT, {4, 5, 6, 7, 9}), (AUTOCOMPLETE, {8}), (MODAL_SUBMIT, {4, 5})],
)
def test_each_interaction_has_its_own_answers(interaction: int, taken: set[int]) -> None:
    for kind in (1, 4, 5, 6, 7, 8, 9, 11):
        result = found(interaction, {"type": kind, "data": {"content": "a", "choices": [], "title": "a"}})
        assert (result.get("type") is None) == (kind in taken), kind


def test_a_modal_from_a_message_can_change_that_message() -> None:
    body = {"type": 7, "data": {"content": "a"}}
    assert found(MODAL_SUBMIT, body) == {"type": "BASE_TYPE_CHOICES"}
    assert found(MODAL_SUBMIT, body, from_message=True) == {}


@pytest.mark.parametrize("body", [{}, {"type": None}])
def test_an_answer_has_a_type(body: dict[str, Any]) -> None:
    assert found(COMMAND, body) == {"type": "BASE_TYPE_REQUIRED"}


@pytest.mark.parametrize(("kind", "interaction"), [(4, COMMAND), (8, AUTOCOMPLETE), (9, COMMAND)])
def test_an_answer_that_says_something_has_data(kind: int, interaction: int) -> None:
    assert found(interaction, {"type": kind}) == {"data": "BASE_TYPE_REQUIRED"}


def test_a_message_is_checked_below_data() -> None:
    body = {"type": 4, "data": {"content": "x" * 2001}}
    assert found(COMMAND, body) == {"data.content": "BASE_TYPE_MAX_LENGTH"}
    assert refusal(check_interaction_answer, COMMAND, {"type": 4, "data": {}}, size_limit=1).code == 50006


def test_a_deferred_answer_only_says_who_may_see_it() -> None:
    assert found(COMMAND, {"type": 5}) == {}
    assert found(COMMAND, {"type": 5, "data": {"flags": 64}}) == {}
    assert found(COMMAND, {"type": 5, "data": {"flags": 1 << 15}}) == {"data.flags": "BASE_TYPE_CHOICES"}


def test_an_update_is_held_against_the_message_that_it_changes() -> None:
    existing = Existing(content="a", attachments=[Kept(9, "castle.png")])
    assert found(COMPONENT, {"type": 6}) == {}
    assert found(COMPONENT, {"type": 7, "data": {"components": []}}, existing=existing) == {}
    body = {"type": 7, "data": {"attachments": [{"id": "10"}]}}
    assert found(COMPONENT, body, existing=existing) == {"data.attachments.0": "ATTACHMENT_NOT_FOUND"}


@pytest.mark.parametrize("kind", [10, 12])
def test_what_the_sandbox_cannot_play_is_refused_loudly(kind: int) -> None:
    assert refusal(check_interaction_answer, COMMAND, {"type": kind}, size_limit=1).status == 501


def test_an_autocomplete_has_25_choices() -> None:
    choices = [{"name": str(n), "value": n} for n in range(26)]
    assert found(AUTOCOMPLETE, {"type": 8, "data": {"choices": choices[:25]}}) == {}
    assert found(AUTOCOMPLETE, {"type": 8, "data": {"choices": choices}}) == {
        "data.choices": "BASE_TYPE_MAX_LENGTH"
    }
    assert found(AUTOCOMPLETE, {"type": 8, "data": {"choices": [{"name": "a"}]}}) == {
        "data.choices.0.value": "BASE_TYPE_REQUIRED"
    }


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        ({"name": "a", "value": 1.5}, {}),
        ({"name": " ", "value": "a"}, {"data.choices.0.name": "BASE_TYPE_REQUIRED"}),
        ({"name": "a", "value": ""}, {"data.choices.0.value": "BASE_TYPE_REQUIRED"}),
        ({"name": "a", "value": "x" * 101}, {"data.choices.0.value": "BASE_TYPE_BAD_LENGTH"}),
        ({"name": "a", "value": True}, {"data.choices.0.value": "STRING_TYPE_CONVERT"}),
    ],
)
def test_a_choice_of_an_autocompletion_is_checked(choice: dict[str, Any], expected: dict[str, str]) -> None:
    assert found(AUTOCOMPLETE, {"type": 8, "data": {"choices": [choice]}}) == expected


def test_a_modal_with_all_inputs_is_taken() -> None:
    options = [{"label": "Wide", "value": "16:9"}, {"label": "Square", "value": "1:1"}]
    inputs = [
        text_input(max_length=4000, min_length=0, required=True, placeholder="x" * 100, value="a castle"),
        {"type": 3, "custom_id": "ratio", "options": options, "required": True},
        {"type": 19, "custom_id": "file", "min_values": 0, "max_values": 10, "required": False},
        {"type": 21, "custom_id": "mode", "options": options},
        {"type": 22, "custom_id": "extras", "options": options, "max_values": 2},
    ]
    assert modal(*map(label, inputs)) == {}
    assert modal({"type": 10, "content": "Read this."}, label({"type": 23, "custom_id": "sure"})) == {}
    assert modal({"type": 1, "components": [text_input(label="Prompt")]}) == {}


@pytest.mark.parametrize(
    ("components", "fields", "expected"),
    [
        ([label()], {"title": "x" * 46}, {"title": "BASE_TYPE_BAD_LENGTH"}),
        ([label()], {"custom_id": "x" * 101}, {"custom_id": "BASE_TYPE_BAD_LENGTH"}),
        ([label()], {"custom_id": None}, {"custom_id": "BASE_TYPE_REQUIRED"}),
        ([], {}, {"components": "BASE_TYPE_BAD_LENGTH"}),
        (
            [label(text_input(custom_id=str(n))) for n in range(6)],
            {},
            {"components": "BASE_TYPE_BAD_LENGTH"},
        ),
        ([text_input()], {}, {"components.0": "UNION_TYPE_CHOICES"}),
        ([label(label="x" * 46)], {}, {"components.0.label": "BASE_TYPE_BAD_LENGTH"}),
        ([label(description="x" * 101)], {}, {"components.0.description": "BASE_TYPE_BAD_LENGTH"}),
        ([{"type": 18, "label": "a"}], {}, {"components.0.component": "BASE_TYPE_REQUIRED"}),
        ([label({"type": 2})], {}, {"components.0.component": "UNION_TYPE_CHOICES"}),
        ([label(), label()], {}, {"components.1.component.custom_id": "COMPONENT_CUSTOM_ID_DUPLICATED"}),
        (
            [{"type": 1, "components": [text_input()]}],
            {},
            {"components.0.components.0.label": "BASE_TYPE_REQUIRED"},
        ),
    ],
)
def test_a_modal_is_checked(components: list[Any], fields: dict[str, Any], expected: dict[str, str]) -> None:
    assert modal(*components, **fields) == expected


@pytest.mark.parametrize(
    ("component", "expected"),
    [
        (text_input(style=3), {"style": "BASE_TYPE_CHOICES"}),
        (text_input(max_length=4001), {"max_length": "NUMBER_TYPE_MAX"}),
        (text_input(min_length=9, max_length=8), {"min_length": "NUMBER_TYPE_MAX"}),
        (text_input(placeholder="x" * 101), {"placeholder": "BASE_TYPE_MAX_LENGTH"}),
        (text_input(value="x" * 4001), {"value": "BASE_TYPE_MAX_LENGTH"}),
        (text_input(value="x" * 9, max_length=8), {"value": "BASE_TYPE_MAX_LENGTH"}),
        (text_input(value="x", min_length=2), {"value": "BASE_TYPE_BAD_LENGTH"}),
        (text_input(value=""), {"value": "BASE_TYPE_MIN_LENGTH"}),
        (text_input(value="two\nlines", style=1), {"": "COMPONENT_VALIDATION_FAILED"}),
        (text_input(value="two\nlines", style=2), {}),
        (text_input(label="Prompt"), {"label": "COMPONENT_VALIDATION_FAILED"}),
        (who(disabled=True), {"disabled": "MODAL_COMPONENT_DISABLED"}),
        (who(disabled=False), {}),
        (who(min_values=0), {"min_values": "SELECT_COMPONENT_REQUIRED_ZERO_MIN_VALUES"}),
        (who(min_values=0, required=True), {"min_values": "SELECT_COMPONENT_REQUIRED_ZERO_MIN_VALUES"}),
        (who(min_values=0, required=False), {}),
        ({"type": 19, "custom_id": "a", "min_values": 0}, {"min_values": "NUMBER_TYPE_MIN"}),
        ({"type": 19, "custom_id": "a", "max_values": 11}, {"max_values": "NUMBER_TYPE_MAX"}),
        ({"type": 19, "custom_id": "a", "min_values": 2, "max_values": 1}, {"min_values": "NUMBER_TYPE_MAX"}),
        (
            {"type": 21, "custom_id": "a", "options": [{"label": "a", "value": "a"}]},
            {"options": "BASE_TYPE_BAD_LENGTH"},
        ),
        ({"type": 22, "custom_id": "a"}, {"options": "BASE_TYPE_REQUIRED"}),
        (group(max_values=3), {"max_values": "NUMBER_TYPE_MAX"}),
        (group(min_values=3), {"min_values": "NUMBER_TYPE_MAX"}),
        (group(min_values=0), {"min_values": "NUMBER_TYPE_MIN"}),
        (group(min_values=0, required=False), {}),
        (
            group(type=21, options=[{"label": n, "value": n, "default": True} for n in "ab"]),
            {"": "SELECT_COMPONENT_TOO_MANY_DEFAULT_VALUES"},
        ),
        ({"type": 23}, {"custom_id": "BASE_TYPE_REQUIRED"}),
    ],
)
def test_an_input_of_a_modal_is_checked(component: dict[str, Any], expected: dict[str, str]) -> None:
    assert modal(label(component)) == {
        f"components.0.component.{path}".rstrip("."): code for path, code in expected.items()
    }


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"name": "A castle", "auto_archive_duration": 1440, "type": 11, "rate_limit_per_user": 0}, {}),
        ({"name": "x" * 100}, {}),
        ({}, {"name": "BASE_TYPE_REQUIRED"}),
        ({"name": "x" * 101}, {"name": "BASE_TYPE_BAD_LENGTH"}),
        ({"name": "a", "auto_archive_duration": 30}, {"auto_archive_duration": "BASE_TYPE_CHOICES"}),
        ({"name": "a", "rate_limit_per_user": 21601}, {"rate_limit_per_user": "NUMBER_TYPE_MAX"}),
        ({"name": "a", "type": 0}, {"type": "BASE_TYPE_CHOICES"}),
        ({"name": "a", "invitable": 1}, {"invitable": "BOOLEAN_TYPE_CONVERT"}),
        ([], {"": "MODEL_TYPE_CONVERT"}),
    ],
)
def test_a_new_thread_is_checked(body: Any, expected: dict[str, str]) -> None:
    assert findings(check_thread, body) == expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"archived": False}, {}),
        ({"locked": "yes"}, {"locked": "BOOLEAN_TYPE_CONVERT"}),
        ({"name": ""}, {"name": "BASE_TYPE_REQUIRED"}),
    ],
)
def test_a_changed_thread_is_checked(body: Any, expected: dict[str, str]) -> None:
    assert findings(check_thread_edit, body) == expected
