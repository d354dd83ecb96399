"""Message components: action rows as of old, and Components V2.

`check_components` looks at a message's whole `components` list: each one's fields, then what counts over all
of them (40 components, 4,000 characters, custom ids used once). Modals have their own module.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sandbox.discord.validation.files import ALT_TEXT_MAX, require_reference
from sandbox.discord.validation.form import (
    INT32_MAX,
    Rule,
    boolean,
    by_type,
    choice,
    integer,
    listing,
    missing,
    record,
    snowflake,
    text,
    url,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from sandbox.discord.validation.form import Key, Place

ROW, BUTTON, STRING_SELECT = 1, 2, 3
SECTION, TEXT_DISPLAY, THUMBNAIL, GALLERY, FILE, SEPARATOR = 9, 10, 11, 12, 13, 14
CONTAINER = 17
#: Selects of users, roles, both, and channels.
OTHER_SELECTS: Final = (5, 6, 7, 8)
#: What may be chosen in each of them from the beginning.
DEFAULT_TYPES: Final = {5: ("user",), 6: ("role",), 7: ("user", "role"), 8: ("channel",)}
INTERACTIVE: Final = (BUTTON, STRING_SELECT, *OTHER_SELECTS)

LINK_STYLE, PREMIUM_STYLE = 5, 6

ROWS_MAX: Final = 5
ROW_WIDTH: Final = 5
COMPONENTS_MAX: Final = 40
TEXT_MAX: Final = 4000
#: Not documented: above this many bytes of text, with 12 more for each component, Discord answers 500.
TEXT_BYTES_MAX: Final = 10_170
TEXT_BYTES_EACH: Final = 12

CUSTOM_ID: Final = text(1, 100)
COMPONENT_ID: Final = integer(0, INT32_MAX)


def check_components(place: Place, components: Any, *, names: set[str], is_v2: bool) -> None:
    """Report at `place` what is wrong with a message's components; `names` are the names of its files."""
    _top_level(names, is_v2=is_v2)(place, components)
    if not isinstance(components, list):
        return
    check_custom_ids(place, components)
    if not is_v2:
        return
    found = [component for _, component in walk(components)]
    if len(found) > COMPONENTS_MAX:
        place.fail(
            "COMPONENT_MAX_TOTAL_COMPONENTS_EXCEEDED", f"Components total exceeds maximum of {COMPONENTS_MAX}"
        )
    if sum(map(len, _texts(components))) > TEXT_MAX:
        place.fail(
            "COMPONENT_DISPLAYABLE_TEXT_SIZE_EXCEEDED",
            f"Components displayable text size exceeds maximum size of {TEXT_MAX}",
        )


def text_breaks_discord(components: Any) -> bool:
    """Whether the text is what Discord answers with a 500: few enough characters, too many bytes."""
    if not isinstance(components, list):
        return False
    texts = list(_texts(components))
    size = sum(len(one.encode("utf-8", "surrogatepass")) + TEXT_BYTES_EACH for one in texts)
    return size > TEXT_BYTES_MAX


def check_custom_ids(place: Place, components: Sequence[Any]) -> None:
    """Report every custom id that an earlier component already has."""
    seen: set[str] = set()
    for path, component in walk(components):
        custom_id = component.get("custom_id")
        if not isinstance(custom_id, str):
            continue
        if custom_id in seen:
            message = "Component custom id cannot be duplicated"
            place.at(*path, "custom_id").fail("COMPONENT_CUSTOM_ID_DUPLICATED", message)
        seen.add(custom_id)


def walk(components: Sequence[Any], path: tuple[Key, ...] = ()) -> Iterator[tuple[tuple[Key, ...], Any]]:
    """Yield every component with its path, those inside others and accessories included."""
    for index, component in enumerate(components):
        if not isinstance(component, dict):
            continue
        here = (*path, index)
        yield here, component
        inner = component.get("components")
        if isinstance(inner, list):
            yield from walk(inner, (*here, "components"))
        for key in ("accessory", "component"):
            if isinstance(component.get(key), dict):
                yield (*here, key), component[key]


def component_rule(
    fields: Mapping[str, Rule], *, required: Sequence[str] = (), also: Rule | None = None
) -> Rule:
    """Accept a component with these fields beside its type and number."""
    return record({"id": COMPONENT_ID, **fields}, required=required, also=also)


def select_rule(kind: int, *, also: Rule | None = None) -> Rule:
    """Accept a select of this type; `also` looks at it after everything else did."""

    def check(place: Place, component: Mapping[str, Any]) -> None:
        _check_range(place, component)
        if also is not None:
            also(place, component)

    fields: dict[str, Rule] = {
        "custom_id": CUSTOM_ID,
        "placeholder": text(0, 150),
        "min_values": integer(0, 25),
        "max_values": integer(1, 25),
        "disabled": boolean,
        "required": boolean,
    }
    if kind != STRING_SELECT:
        chosen = record({"id": snowflake, "type": choice(*DEFAULT_TYPES[kind])}, required=("id", "type"))
        fields["default_values"] = listing(chosen, 0, 25)
        fields["channel_types"] = listing(integer(0))
        return component_rule(fields, required=("custom_id",), also=check)
    fields["options"] = options_rule(1, 25)
    return component_rule(fields, required=("custom_id", "options"), also=check)


def options_rule(least: int, most: int) -> Rule:
    """Accept the options of a select, a radio group or a group of checkboxes."""
    option = record(
        {
            "label": text(1, 100),
            "value": text(1, 100),
            "description": text(0, 100),
            "default": boolean,
            "emoji": EMOJI,
        },
        required=("label", "value"),
    )
    each = listing(option, least, most)

    def rule(place: Place, value: Any) -> None:
        each(place, value)
        if not isinstance(value, list):
            return
        seen: set[Any] = set()
        for index, one in enumerate(value):
            taken = one.get("value") if isinstance(one, dict) else None
            if isinstance(taken, str) and taken in seen:
                message = "The specified option value is already used"
                place.at(index).fail("SELECT_COMPONENT_OPTION_VALUE_DUPLICATED", message)
            elif isinstance(taken, str):
                seen.add(taken)

    return rule


def _texts(components: Sequence[Any]) -> Iterator[str]:
    for _, component in walk(components):
        content = component.get("content")
        if component.get("type") == TEXT_DISPLAY and isinstance(content, str):
            yield content


def _top_level(names: set[str], *, is_v2: bool) -> Rule:
    if not is_v2:
        return listing(by_type({ROW: ROW_RULE}), 0, ROWS_MAX)
    media = _media_rule("http", "https", names=names)
    picture: dict[str, Rule] = {"media": media, "description": text(1, ALT_TEXT_MAX), "spoiler": boolean}
    thumbnail = component_rule(picture, required=("media",))
    section = component_rule(
        {
            "components": listing(by_type({TEXT_DISPLAY: TEXT_RULE}), 1, 3),
            "accessory": by_type({BUTTON: BUTTON_RULE, THUMBNAIL: thumbnail}),
        },
        required=("components", "accessory"),
    )
    gallery = component_rule(
        {"items": listing(record(picture, required=("media",)), 1, 10)}, required=("items",)
    )
    file = component_rule({"file": _media_rule(names=names), "spoiler": boolean}, required=("file",))
    inside: dict[int, Rule] = {
        ROW: ROW_RULE,
        SECTION: section,
        TEXT_DISPLAY: TEXT_RULE,
        GALLERY: gallery,
        FILE: file,
        SEPARATOR: SEPARATOR_RULE,
    }
    container = component_rule(
        {
            "components": listing(by_type(inside), 1, COMPONENTS_MAX),
            "accent_color": integer(0, 0xFFFFFF),
            "spoiler": boolean,
        },
        required=("components",),
    )
    return listing(by_type({**inside, CONTAINER: container}), 0, COMPONENTS_MAX)


def _media_rule(*schemes: str, names: set[str]) -> Rule:
    """Accept `{url}`, where the address is an attachment's or has one of `schemes`."""
    elsewhere = url(*schemes, "attachment") if schemes else None

    def address(place: Place, value: Any) -> None:
        if isinstance(value, str) and value.startswith("attachment://"):
            require_reference(place, value, names)
        elif elsewhere is not None:
            elsewhere(place, value)
        else:
            place.fail("URL_TYPE_INVALID_SCHEME", "Scheme must be one of ('attachment',).")

    return record({"url": address}, required=("url",))


def _check_range(place: Place, component: Mapping[str, Any]) -> None:
    """A select's least and most number of choices must fit each other and what there is to choose.

    One that says it is required asks for one choice at least, in messages as well, where the documentation
    calls that ignored (discord/discord-api-docs#7800 on GitHub).
    """
    least, most = component.get("min_values"), component.get("max_values")
    options = component.get("options")
    least = 1 if least is None else least
    most = 1 if most is None else most
    if not (isinstance(least, int) and isinstance(most, int)):
        return
    if least > most:
        place.at("min_values").fail("NUMBER_TYPE_MAX", f"int value should be less than or equal to {most}.")
    if least == 0 and component.get("required") is True:
        zero_but_required(place)
    chosen = component.get("default_values")
    if isinstance(chosen, list) and chosen and not least <= len(chosen) <= most:
        message = f"Must be between {least} and {most} in length."
        place.at("default_values").fail("BASE_TYPE_BAD_LENGTH", message)
    if not isinstance(options, list):
        return
    if most > len(options) > 0:
        place.at("max_values").fail(
            "NUMBER_TYPE_MAX", f"int value should be less than or equal to {len(options)}."
        )
    if sum(1 for one in options if isinstance(one, dict) and one.get("default") is True) > most:
        message = "The specified number of default values exceeds the specified maximum values"
        place.fail("SELECT_COMPONENT_TOO_MANY_DEFAULT_VALUES", message)


def zero_but_required(place: Place) -> None:
    """Report a select that has to be answered, but not with anything."""
    message = "Select menus marked as required cannot have a min_values of 0"
    place.at("min_values").fail("SELECT_COMPONENT_REQUIRED_ZERO_MIN_VALUES", message)


def _check_button(place: Place, button: Mapping[str, Any]) -> None:
    """What a button must and may not have depends on its style."""
    style = button.get("style")
    has = {name for name in ("custom_id", "url", "sku_id", "label", "emoji") if button.get(name)}
    if not isinstance(style, int) or style not in BUTTON_STYLE_RULES:
        return
    BUTTON_STYLE_RULES[style](place, has)
    if style != PREMIUM_STYLE and not has & {"label", "emoji"}:
        place.at("label").fail("BUTTON_COMPONENT_LABEL_OR_EMOJI_REQUIRED", "A label or emoji is required")


def _check_pressed(place: Place, has: set[str]) -> None:
    if "custom_id" not in has:
        place.at("custom_id").fail("BUTTON_COMPONENT_CUSTOM_ID_REQUIRED", "A custom id is required")
    if "url" in has:
        _exclusive(place)
    if "sku_id" in has:
        place.at("sku_id").fail("BUTTON_COMPONENT_SKU_ID_INVALID", "Only premium buttons have a sku id")


def _check_link(place: Place, has: set[str]) -> None:
    if "url" not in has:
        place.at("url").fail("BUTTON_COMPONENT_URL_REQUIRED", "A url is required")
    if "custom_id" in has:
        _exclusive(place)


def _check_premium(place: Place, has: set[str]) -> None:
    if "sku_id" not in has:
        missing(place.at("sku_id"))
    for name in sorted(has - {"sku_id"}):
        place.at(name).fail("BUTTON_COMPONENT_PREMIUM_INVALID", f"A premium button has no {name}")


def _exclusive(place: Place) -> None:
    code = "BUTTON_COMPONENT_CUSTOM_ID_URL_MUTUALLY_EXCLUSIVE"
    place.at("custom_id").fail(code, "A custom id and url cannot both be specified")


def _check_width(place: Place, row: Mapping[str, Any]) -> None:
    """A row is 5 wide: a button takes 1, a select all of it."""
    width = 0
    inner = row.get("components")
    for index, component in enumerate(inner if isinstance(inner, list) else ()):
        kind = component.get("type") if isinstance(component, dict) else None
        width += 1 if kind == BUTTON else ROW_WIDTH
        if width > ROW_WIDTH:
            message = "The specified component exceeds the maximum width"
            place.at("components", index).fail("COMPONENT_LAYOUT_WIDTH_EXCEEDED", message)


BUTTON_STYLE_RULES: Final[dict[int, Callable[[Place, set[str]], None]]] = {
    **dict.fromkeys((1, 2, 3, 4), _check_pressed),
    LINK_STYLE: _check_link,
    PREMIUM_STYLE: _check_premium,
}
EMOJI: Final = record({"id": snowflake, "name": text(0, 32), "animated": boolean})
BUTTON_RULE: Final = component_rule(
    {
        "style": choice(1, 2, 3, 4, 5, 6),
        "label": text(0, 80),
        "custom_id": CUSTOM_ID,
        "url": url("http", "https", "discord", most=512),
        "sku_id": snowflake,
        "emoji": EMOJI,
        "disabled": boolean,
    },
    required=("style",),
    also=_check_button,
)
TEXT_RULE: Final = component_rule({"content": text(1, TEXT_MAX)}, required=("content",))
SEPARATOR_RULE: Final = component_rule({"divider": boolean, "spacing": choice(1, 2)})
ROW_RULE: Final = component_rule(
    {
        "components": listing(
            by_type(
                {
                    BUTTON: BUTTON_RULE,
                    STRING_SELECT: select_rule(STRING_SELECT),
                    **{kind: select_rule(kind) for kind in OTHER_SELECTS},
                }
            ),
            1,
            5,
        )
    },
    required=("components",),
    also=_check_width,
)
