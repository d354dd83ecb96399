"""Application commands: slash commands with their options, and the menus on people and messages.

`check_command` is for one, `check_commands` for the list that replaces all. How often a day a command may be
created is the world's to count.
"""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Any, Final

from sandbox.discord import errors
from sandbox.discord.validation.form import (
    Form,
    Rule,
    boolean,
    by_type,
    choice,
    integer,
    listing,
    mapping,
    number,
    record,
    require_object,
    snowflake,
    text,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from sandbox.discord.validation.form import Place

CHAT_INPUT, USER_MENU, MESSAGE_MENU, ENTRY_POINT = 1, 2, 3, 4
SUB_COMMAND, GROUP = 1, 2
STRING, INTEGER, BOOLEAN, USER, CHANNEL, ROLE, MENTIONABLE, NUMBER, ATTACHMENT = 3, 4, 5, 6, 7, 8, 9, 10, 11

#: How many commands of each type an application may have, globally and again in each server.
COMMANDS_MAX: Final = {CHAT_INPUT: 100, USER_MENU: 15, MESSAGE_MENU: 15, ENTRY_POINT: 1}
NAME_MAX: Final = 32
OPTIONS_MAX: Final = 25
CHOICES_MAX: Final = 25
SIZE_MAX: Final = 8000
STRING_MAX: Final = 6000

# fmt: off
LOCALES: Final = (
    "ar", "bg", "cs", "da", "de", "el", "en-GB", "en-US", "es-419", "es-ES", "fi", "fr", "he", "hi", "hr",
    "hu", "id", "it", "ja", "ko", "lt", "nl", "no", "pl", "pt-BR", "ro", "ru", "sv-SE", "th", "tr", "uk",
    "vi", "zh-CN", "zh-TW",
)
# fmt: on
#: Beside letters and digits of all scripts, and the marks of the scripts that cannot do without.
NAME_SIGNS: Final = "-_'"
NAME_SCRIPTS: Final = ("DEVANAGARI", "THAI")


def check_command(body: Mapping[str, Any]) -> None:
    """Raise 50035 for what is wrong with one command."""
    form = Form()
    require_object(form, body)
    _check(form, body)
    form.settle()


def check_commands(bodies: Sequence[Mapping[str, Any]]) -> None:
    """Raise 50035 for what is wrong with a whole list of commands, or 30032 if there are too many."""
    form = Form()
    listing(record({}))(form, bodies)
    form.settle()
    seen: set[tuple[int, str]] = set()
    count = dict.fromkeys(COMMANDS_MAX, 0)
    for index, body in enumerate(bodies):
        _check(form.at(index), body)
        kind = _kind(body)
        key = (kind, str(body.get("name")))
        if key in seen:
            message = "Application command names must be unique"
            form.at(index).fail("APPLICATION_COMMANDS_DUPLICATE_NAME", message)
        seen.add(key)
        count[kind] += 1
    form.settle()
    if any(count[kind] > most for kind, most in COMMANDS_MAX.items()):
        raise errors.max_commands()


def command_size(body: Mapping[str, Any]) -> int:
    """Return the characters that count towards a command's 8,000, of translations the longest."""
    return sum(_text_sizes(body))


def _check(place: Place, body: Mapping[str, Any]) -> None:
    if body.get("type") is not None:
        choice(*COMMANDS_MAX)(place.at("type"), body["type"])
    if _kind(body) == CHAT_INPUT:
        record({**COMMON, **SLASH}, required=("name", "description"))(place, body)
        check_options(place, body)
    else:
        record({**COMMON, **MENU}, required=("name",))(place, body)
    if command_size(body) > SIZE_MAX:
        place.fail("APPLICATION_COMMAND_TOO_LARGE", f"Command exceeds maximum size ({SIZE_MAX})")


def _kind(body: Mapping[str, Any]) -> int:
    kind = body.get("type")
    return kind if isinstance(kind, int) and kind in COMMANDS_MAX else CHAT_INPUT


def _text_sizes(body: Mapping[str, Any]) -> Iterator[int]:
    for field in ("name", "description"):
        translated = body.get(f"{field}_localizations")
        texts = [body.get(field), *(translated.values() if isinstance(translated, dict) else ())]
        yield max((len(one) for one in texts if isinstance(one, str)), default=0)
    if isinstance(body.get("value"), str):
        yield len(body["value"])
    for inner in ("options", "choices"):
        for one in body.get(inner) or () if isinstance(body.get(inner), list) else ():
            if isinstance(one, dict):
                yield from _text_sizes(one)


def check_options(place: Place, body: Mapping[str, Any]) -> None:
    """Report options that repeat a name, come too late for being required, or mix with subcommands."""
    options = body.get("options")
    if not isinstance(options, list):
        return
    options = [one if isinstance(one, dict) else {} for one in options]
    seen: set[str] = set()
    optional = False
    for index, option in enumerate(options):
        here = place.at("options", index)
        name = option.get("name")
        if isinstance(name, str) and name in seen:
            message = "Option names must be unique"
            here.at("name").fail("APPLICATION_COMMAND_OPTIONS_NAME_ALREADY_EXISTS", message)
        seen.add(str(name))
        if option.get("required") and optional:
            message = "Required options must be placed before non-required options"
            here.fail("APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID", message)
        optional = optional or not option.get("required")
    kinds = {option.get("type") in (SUB_COMMAND, GROUP) for option in options}
    if len(kinds) > 1:
        message = "Sub-command and sub-command group option types are mutually exclusive to all other types"
        place.at("options").fail("APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", message)


def _slash_name(place: Place, value: Any) -> None:
    """A slash command's or an option's name: letters, digits, dashes, underscores, no upper case."""
    text(1, NAME_MAX)(place, value)
    if not isinstance(value, str):
        return
    if not all(map(_is_name_character, value)):
        place.fail("STRING_TYPE_REGEX", "String value did not match validation regex.")
    if not value or value != value.lower() or not all(map(_is_name_character, value)):
        place.fail("APPLICATION_COMMAND_INVALID_NAME", "Command name is invalid")


def _is_name_character(character: str) -> bool:
    if character in NAME_SIGNS or unicodedata.category(character)[0] in "LN":
        return True
    return unicodedata.name(character, "").startswith(NAME_SCRIPTS)


def _nothing(place: Place, value: Any) -> None:
    """A menu has no description and no options."""
    if value:
        place.fail("BASE_TYPE_MAX_LENGTH", "Must be 0 or fewer in length.")


def _bits(place: Place, value: Any) -> None:
    if isinstance(value, bool) or not str(value).isdigit():
        place.fail("NUMBER_TYPE_COERCE", f'Value "{value}" is not int.')


def _check_choices(place: Place, option: Mapping[str, Any]) -> None:
    if option.get("autocomplete") and option.get("choices"):
        message = "Autocomplete options cannot have choices"
        place.fail("APPLICATION_COMMAND_OPTIONS_AUTOCOMPLETE_CHOICES_INVALID", message)
    for least, most in (("min_value", "max_value"), ("min_length", "max_length")):
        low, high = option.get(least), option.get(most)
        if isinstance(low, int | float) and isinstance(high, int | float) and low > high:
            place.at(least).fail("NUMBER_TYPE_MAX", f"int value should be less than or equal to {high}.")


def _option(**fields: Rule) -> Rule:
    return record({**NAMED, **fields}, required=("name", "description"), also=_check_choices)


def _choices(value: Rule) -> Rule:
    one = record(
        {"name": text(1, 100), "name_localizations": mapping(LOCALES, text(1, 100)), "value": value},
        required=("name", "value"),
    )
    return listing(one, 0, CHOICES_MAX)


NAMED: Final[dict[str, Rule]] = {
    "name": _slash_name,
    "name_localizations": mapping(LOCALES, _slash_name),
    "description": text(1, 100),
    "description_localizations": mapping(LOCALES, text(1, 100)),
    "required": boolean,
    "autocomplete": boolean,
}
PLAIN_OPTIONS: Final[dict[int, Rule]] = {
    STRING: _option(
        choices=_choices(text(1, 100)), min_length=integer(0, STRING_MAX), max_length=integer(1, STRING_MAX)
    ),
    INTEGER: _option(choices=_choices(integer(-(2**53), 2**53)), min_value=integer(), max_value=integer()),
    NUMBER: _option(choices=_choices(number), min_value=number, max_value=number),
    CHANNEL: _option(channel_types=listing(integer(0), unique=True)),
    **{kind: _option() for kind in (BOOLEAN, USER, ROLE, MENTIONABLE, ATTACHMENT)},
}
SUB_COMMAND_RULE: Final = record(
    {**NAMED, "options": listing(by_type(PLAIN_OPTIONS), 0, OPTIONS_MAX)},
    required=("name", "description"),
    also=check_options,
)
GROUP_RULE: Final = record(
    {**NAMED, "options": listing(by_type({SUB_COMMAND: SUB_COMMAND_RULE}), 1, OPTIONS_MAX)},
    required=("name", "description", "options"),
    also=check_options,
)
COMMON: Final[dict[str, Rule]] = {
    "id": snowflake,
    "default_member_permissions": _bits,
    "dm_permission": boolean,
    "nsfw": boolean,
    "contexts": listing(choice(0, 1, 2), unique=True),
    "integration_types": listing(choice(0, 1), 1, unique=True),
}
SLASH: Final[dict[str, Rule]] = {
    **{name: rule for name, rule in NAMED.items() if name not in ("required", "autocomplete")},
    "options": listing(
        by_type({**PLAIN_OPTIONS, SUB_COMMAND: SUB_COMMAND_RULE, GROUP: GROUP_RULE}), 0, OPTIONS_MAX
    ),
}
MENU: Final[dict[str, Rule]] = {
    "name": text(1, NAME_MAX),
    "name_localizations": mapping(LOCALES, text(1, NAME_MAX)),
    "description": _nothing,
    "options": _nothing,
}
