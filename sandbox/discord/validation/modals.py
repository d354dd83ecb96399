"""Modals: a title, and up to five labelled inputs.

Labels hold one input each; inputs in action rows are the old way and still taken.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sandbox.discord.validation.components import (
    CUSTOM_ID,
    OTHER_SELECTS,
    STRING_SELECT,
    TEXT_RULE,
    check_custom_ids,
    component_rule,
    options_rule,
    select_rule,
    zero_but_required,
)
from sandbox.discord.validation.form import boolean, by_type, choice, integer, listing, missing, record, text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sandbox.discord.validation.form import Place

ROW, TEXT_INPUT, TEXT_DISPLAY = 1, 4, 10
LABEL, FILE_UPLOAD, RADIO_GROUP, CHECKBOX_GROUP, CHECKBOX = 18, 19, 21, 22, 23
TEXT_INPUT_MAX: Final = 4000
#: The style of an input of one line.
SHORT: Final = 1


def check_modal(place: Place, modal: Any) -> None:
    """Report at `place` what is wrong with a modal."""
    MODAL(place, modal)
    components = modal.get("components") if isinstance(modal, dict) else None
    if isinstance(components, list):
        check_custom_ids(place.at("components"), components)


def _check_text_input(place: Place, component: Mapping[str, Any]) -> None:
    """Its lengths must fit each other, and what it is filled with must fit them and be what can be typed.

    On GitHub: discordjs/discord.js#10805 (the length), discord-net/Discord.Net#2789 (lines).
    """
    least, most, value = (component.get(name) for name in ("min_length", "max_length", "value"))
    if isinstance(least, int) and isinstance(most, int) and least > most:
        place.at("min_length").fail("NUMBER_TYPE_MAX", f"int value should be less than or equal to {most}.")
    if not isinstance(value, str):
        return
    if not value:
        place.at("value").fail("BASE_TYPE_MIN_LENGTH", "Must be 1 or more in length.")
    text(least or 0, most or TEXT_INPUT_MAX)(place.at("value"), value)
    if component.get("style") == SHORT and "\n" in value:
        place.fail("COMPONENT_VALIDATION_FAILED", "Component validation failed")


def _check_amounts(place: Place, component: Mapping[str, Any]) -> None:
    """At least one is asked for unless the field may be left out (documentation, notes on `min_values`)."""
    least, most = component.get("min_values"), component.get("max_values")
    if isinstance(least, int) and isinstance(most, int) and least > most:
        place.at("min_values").fail("NUMBER_TYPE_MAX", f"int value should be less than or equal to {most}.")
    if least == 0 and component.get("required") is not False:
        place.at("min_values").fail("NUMBER_TYPE_MIN", "int value should be greater than or equal to 1.")


def _check_select(place: Place, component: Mapping[str, Any]) -> None:
    """A select of a form is not disabled, and required if it does not say otherwise.

    discord-jda/JDA#2984 on GitHub has the error's words.
    """
    if component.get("disabled") is True:
        message = "Modals do not support disabled components"
        place.at("disabled").fail("MODAL_COMPONENT_DISABLED", message)
    if component.get("min_values") == 0 and component.get("required") is None:
        zero_but_required(place)


def _check_group(place: Place, group: Mapping[str, Any]) -> None:
    """A group of checkboxes asks for no more than it has."""
    _check_amounts(place, group)
    options = group.get("options")
    count = len(options) if isinstance(options, list) else 0
    for name in ("min_values", "max_values"):
        amount = group.get(name)
        if isinstance(amount, int) and amount > count > 0:
            place.at(name).fail("NUMBER_TYPE_MAX", f"int value should be less than or equal to {count}.")


def _check_one_default(place: Place, group: Mapping[str, Any]) -> None:
    """Of a radio group's options one at most is chosen from the beginning."""
    options = group.get("options")
    chosen = (
        [one for one in options if isinstance(one, dict) and one.get("default") is True]
        if isinstance(options, list)
        else []
    )
    if len(chosen) > 1:
        message = "The specified number of default values exceeds the specified maximum values"
        place.fail("SELECT_COMPONENT_TOO_MANY_DEFAULT_VALUES", message)


def _check_label(place: Place, label: Mapping[str, Any]) -> None:
    """In a Label the input has no label of its own (change log of 2025-08-25)."""
    component = label.get("component")
    if isinstance(component, dict) and component.get("type") == TEXT_INPUT and component.get("label"):
        message = "A text input in a label has no label of its own"
        place.at("component", "label").fail("COMPONENT_VALIDATION_FAILED", message)


def _check_own_label(place: Place, row: Mapping[str, Any]) -> None:
    """In an action row an input has to name itself; in a Label that is the label's part."""
    for index, component in enumerate(row.get("components") or ()):
        if isinstance(component, dict) and component.get("label") is None:
            missing(place.at("components", index, "label"))


TEXT_INPUT_RULE: Final = component_rule(
    {
        "custom_id": CUSTOM_ID,
        "style": choice(1, 2),
        "label": text(1, 45),
        "min_length": integer(0, TEXT_INPUT_MAX),
        "max_length": integer(1, TEXT_INPUT_MAX),
        "required": boolean,
        "placeholder": text(0, 100),
    },
    required=("custom_id", "style"),
    also=_check_text_input,
)
LABELLED: Final = by_type(
    {
        TEXT_INPUT: TEXT_INPUT_RULE,
        **{kind: select_rule(kind, also=_check_select) for kind in (STRING_SELECT, *OTHER_SELECTS)},
        FILE_UPLOAD: component_rule(
            {
                "custom_id": CUSTOM_ID,
                "min_values": integer(0, 10),
                "max_values": integer(1, 10),
                "required": boolean,
            },
            required=("custom_id",),
            also=_check_amounts,
        ),
        RADIO_GROUP: component_rule(
            {"custom_id": CUSTOM_ID, "options": options_rule(2, 10), "required": boolean},
            required=("custom_id", "options"),
            also=_check_one_default,
        ),
        CHECKBOX_GROUP: component_rule(
            {
                "custom_id": CUSTOM_ID,
                "options": options_rule(1, 10),
                "min_values": integer(0, 10),
                "max_values": integer(1, 10),
                "required": boolean,
            },
            required=("custom_id", "options"),
            also=_check_group,
        ),
        CHECKBOX: component_rule({"custom_id": CUSTOM_ID, "default": boolean}, required=("custom_id",)),
    }
)
LABEL_RULE: Final = component_rule(
    {"label": text(1, 45), "description": text(1, 100), "component": LABELLED},
    required=("label", "component"),
    also=_check_label,
)
INPUT_ROW: Final = component_rule(
    {"components": listing(by_type({TEXT_INPUT: TEXT_INPUT_RULE}), 1, 1)},
    required=("components",),
    also=_check_own_label,
)
MODAL: Final = record(
    {
        "title": text(1, 45),
        "custom_id": CUSTOM_ID,
        "components": listing(
            by_type({ROW: INPUT_ROW, TEXT_DISPLAY: TEXT_RULE, LABEL: LABEL_RULE}),
            1,
            5,
        ),
    },
    required=("title", "custom_id", "components"),
)
