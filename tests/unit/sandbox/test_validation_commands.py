"""What Discord refuses in commands."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.discord.validation import check_command, check_commands
from sandbox.discord.validation.commands import command_size
from tests.unit.sandbox.refusals import findings, refusal


def command(**fields: Any) -> dict[str, Any]:
    """Return a slash command that is taken, with some fields changed."""
    return {"name": "imagine", "description": "Make a picture.", **fields}


def option(**fields: Any) -> dict[str, Any]:
    """Return a text option that is taken, with some fields changed."""
    return {"type": 3, "name": "prompt", "description": "What to draw.", **fields}


def menu(**fields: Any) -> dict[str, Any]:
    """Return a menu on messages that is taken, with some fields changed."""
    return {"type": 3, "name": "Edit this picture", **fields}


def found(body: Any) -> dict[str, str]:
    """Return what is found in a command."""
    return findings(check_command, body)


def test_a_full_command_is_taken() -> None:
    body = command(
        type=1,
        name_localizations={"de": "male", "fr": "imagine"},
        description_localizations={"de": "Male ein Bild."},
        default_member_permissions="0",
        nsfw=False,
        contexts=[0],
        integration_types=[0],
        options=[
            option(required=True, max_length=1000, min_length=1),
            option(name="ratio", choices=[{"name": "Wide", "value": "16:9"}]),
            option(name="count", type=4, min_value=1, max_value=4, choices=[{"name": "one", "value": 1}]),
            option(name="strength", type=10, min_value=0.1),
            option(name="reference", type=11),
            option(name="where", type=7, channel_types=[0, 5]),
        ],
    )
    assert found(body) == {}


@pytest.mark.parametrize("name", ["imagine", "mal-mir_was", "x" * 32, "描く", "วาด", "चित्र", "l'art"])
def test_names_of_all_scripts_are_taken(name: str) -> None:
    assert found(command(name=name)) == {}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Imagine", "APPLICATION_COMMAND_INVALID_NAME"),
        ("make art", "STRING_TYPE_REGEX,APPLICATION_COMMAND_INVALID_NAME"),
        ("art!", "STRING_TYPE_REGEX,APPLICATION_COMMAND_INVALID_NAME"),
        ("x" * 33, "BASE_TYPE_BAD_LENGTH"),
        ("", "BASE_TYPE_REQUIRED,APPLICATION_COMMAND_INVALID_NAME"),
        (None, "BASE_TYPE_REQUIRED"),
        (5, "STRING_TYPE_CONVERT"),
    ],
)
def test_a_wrong_name_is_refused(name: Any, expected: str) -> None:
    assert found(command(name=name)) == {"name": expected}


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"description": None}, {"description": "BASE_TYPE_REQUIRED"}),
        ({"description": "x" * 101}, {"description": "BASE_TYPE_BAD_LENGTH"}),
        ({"type": 9}, {"type": "BASE_TYPE_CHOICES"}),
        ({"name_localizations": {"xx": "a"}}, {"name_localizations.xx": "BASE_TYPE_CHOICES"}),
        (
            {"name_localizations": {"de": "Male"}},
            {"name_localizations.de": "APPLICATION_COMMAND_INVALID_NAME"},
        ),
        ({"contexts": [3]}, {"contexts.0": "BASE_TYPE_CHOICES"}),
        ({"integration_types": []}, {"integration_types": "BASE_TYPE_MIN_LENGTH"}),
        ({"default_member_permissions": "admin"}, {"default_member_permissions": "NUMBER_TYPE_COERCE"}),
        (
            {"options": [option(name=f"o{n}") for n in range(26)]},
            {"options": "BASE_TYPE_MAX_LENGTH"},
        ),
    ],
)
def test_the_fields_of_a_command_are_checked(fields: dict[str, Any], expected: dict[str, str]) -> None:
    assert found(command(**fields)) == expected


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        (option(type=12), {"": "UNION_TYPE_CHOICES"}),
        (option(name="Prompt"), {"name": "APPLICATION_COMMAND_INVALID_NAME"}),
        (option(description=""), {"description": "BASE_TYPE_REQUIRED"}),
        (option(max_length=6001), {"max_length": "NUMBER_TYPE_MAX"}),
        (option(max_length=0), {"max_length": "NUMBER_TYPE_MIN"}),
        (option(min_length=5, max_length=4), {"min_length": "NUMBER_TYPE_MAX"}),
        (
            option(choices=[{"name": str(n), "value": str(n)} for n in range(26)]),
            {"choices": "BASE_TYPE_MAX_LENGTH"},
        ),
        (option(choices=[{"name": "x" * 101, "value": "a"}]), {"choices.0.name": "BASE_TYPE_BAD_LENGTH"}),
        (option(choices=[{"name": "a", "value": "x" * 101}]), {"choices.0.value": "BASE_TYPE_BAD_LENGTH"}),
        (option(choices=[{"name": "a", "value": 5}]), {"choices.0.value": "STRING_TYPE_CONVERT"}),
        (option(type=4, choices=[{"name": "a", "value": "5"}]), {"choices.0.value": "NUMBER_TYPE_COERCE"}),
        (option(type=10, choices=[{"name": "a"}]), {"choices.0.value": "BASE_TYPE_REQUIRED"}),
        (
            option(autocomplete=True, choices=[{"name": "a", "value": "a"}]),
            {"": "APPLICATION_COMMAND_OPTIONS_AUTOCOMPLETE_CHOICES_INVALID"},
        ),
    ],
)
def test_an_option_is_checked(one: dict[str, Any], expected: dict[str, str]) -> None:
    expected = {f"options.0.{path}".rstrip("."): code for path, code in expected.items()}
    assert found(command(options=[one])) == expected


def test_required_options_come_first() -> None:
    body = command(options=[option(), option(name="ratio", required=True)])
    assert found(body) == {"options.1": "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID"}


def test_an_options_name_is_used_once() -> None:
    body = command(options=[option(), option()])
    assert found(body) == {"options.1.name": "APPLICATION_COMMAND_OPTIONS_NAME_ALREADY_EXISTS"}


def test_subcommands_nest_once() -> None:
    sub = option(type=1, name="show", options=[option()])
    group = option(type=2, name="quota", options=[sub])
    assert found(command(options=[group, option(type=1, name="help")])) == {}
    assert found(command(options=[option(type=2, name="a", options=[group])])) == {
        "options.0.options.0": "UNION_TYPE_CHOICES"
    }
    assert found(command(options=[option(type=1, name="a", options=[sub])])) == {
        "options.0.options.0": "UNION_TYPE_CHOICES"
    }
    assert found(command(options=[sub, option()])) == {"options": "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID"}


def test_required_options_of_a_subcommand_come_first_too() -> None:
    sub = option(type=1, name="show", options=[option(), option(name="ratio", required=True)])
    assert found(command(options=[sub])) == {
        "options.0.options.1": "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID"
    }


def test_a_command_has_8000_characters_of_translations_the_longest() -> None:
    choices = [{"name": "x" * 100, "value": "x" * 100}] * 25
    body = command(options=[option(choices=choices, name_localizations={"de": "auftrag"})])
    assert command_size(body) == len("imagineMake a picture.auftragWhat to draw.") + 5000
    options = [option(name=f"o{n}", choices=choices) for n in range(2)]
    assert found(command(options=options)) == {"": "APPLICATION_COMMAND_TOO_LARGE"}


def test_a_menu_has_a_name_and_nothing_else() -> None:
    assert found(menu()) == {}
    assert found(menu(description="", options=[])) == {}
    assert found(menu(description="Edit.")) == {"description": "BASE_TYPE_MAX_LENGTH"}
    assert found(menu(options=[option()])) == {"options": "BASE_TYPE_MAX_LENGTH"}
    assert found(menu(name="x" * 33)) == {"name": "BASE_TYPE_BAD_LENGTH"}


def test_a_list_of_commands_is_reported_by_index() -> None:
    bodies = [command(), menu(), command(name="Quota")]
    assert findings(check_commands, bodies) == {"2.name": "APPLICATION_COMMAND_INVALID_NAME"}


def test_a_name_is_used_once_for_each_type() -> None:
    assert findings(check_commands, [command(), menu(name="imagine")]) == {}
    assert findings(check_commands, [command(), command()]) == {"1": "APPLICATION_COMMANDS_DUPLICATE_NAME"}


@pytest.mark.parametrize(("kind", "most"), [(1, 100), (2, 15), (3, 15)])
def test_there_are_so_many_commands_of_each_type(kind: int, most: int) -> None:
    bodies = [command(name=f"c{n}") if kind == 1 else menu(type=kind, name=f"c{n}") for n in range(most + 1)]
    assert findings(check_commands, bodies[:-1]) == {}
    assert refusal(check_commands, bodies).code == 30032


@pytest.mark.parametrize("body", [[], "imagine", None])
def test_nonsense_is_refused(body: Any) -> None:
    assert found(body) == {"": "MODEL_TYPE_CONVERT"}
    assert findings(check_commands, [body]) == {"0": "MODEL_TYPE_CONVERT"}
    assert found(command(options=[body])) == {"options.0": "MODEL_TYPE_CONVERT"}
