"""The first answer to an interaction: which kinds it may have, and what is in them.

Whether the interaction is known, late or already answered is the caller's to check.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sandbox.discord import errors
from sandbox.discord.validation.form import Form, choice, integer, listing, missing, record, text
from sandbox.discord.validation.messages import check_message
from sandbox.discord.validation.modals import check_modal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sandbox.discord.validation.files import Existing, UploadedFile
    from sandbox.discord.validation.form import Place

PING, COMMAND, COMPONENT, AUTOCOMPLETE, MODAL_SUBMIT = 1, 2, 3, 4, 5

PONG, MESSAGE, DEFERRED, DEFERRED_UPDATE, UPDATE, CHOICES, MODAL, PREMIUM, LAUNCH = (
    1,
    4,
    5,
    6,
    7,
    8,
    9,
    10,
    12,
)

EPHEMERAL: Final = 1 << 6

#: For each type of interaction, the types of answer that Discord's documentation gives it.
ANSWERS: Final[dict[int, tuple[int, ...]]] = {
    PING: (PONG,),
    COMMAND: (MESSAGE, DEFERRED, MODAL, PREMIUM, LAUNCH),
    COMPONENT: (MESSAGE, DEFERRED, DEFERRED_UPDATE, UPDATE, MODAL, PREMIUM, LAUNCH),
    AUTOCOMPLETE: (CHOICES,),
    MODAL_SUBMIT: (MESSAGE, DEFERRED, PREMIUM, LAUNCH),
}
#: A modal that was opened from a message's component can change that message as well.
ANSWERS_TO_MODAL_ON_MESSAGE: Final = (MESSAGE, DEFERRED, DEFERRED_UPDATE, UPDATE, PREMIUM, LAUNCH)


def _choice_value(place: Place, value: Any) -> None:
    """A choice is a number, or text of at most 100 characters ("Application Command Option Choice")."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        text(1, 100)(place, value)


AUTOCOMPLETE_RULE: Final = record(
    {
        "choices": listing(
            record({"name": text(1, 100), "value": _choice_value}, required=("name", "value")), 0, 25
        )
    },
    required=("choices",),
)


def check_interaction_answer(
    interaction_type: int,
    body: Mapping[str, Any],
    *,
    files: Sequence[UploadedFile] = (),
    size_limit: int,
    from_message: bool = False,
    existing: Existing | None = None,
) -> None:
    """Raise what Discord answers to this callback, if it refuses it.

    `from_message` says that a modal was opened from a message's component. `existing` is the message that an
    answer of type 7 changes. An answer that the sandbox cannot play (premium, activities) raises 501.
    """
    allowed = ANSWERS[interaction_type]
    if interaction_type == MODAL_SUBMIT and from_message:
        allowed = ANSWERS_TO_MODAL_ON_MESSAGE
    form = Form()
    record({"type": choice(*allowed)}, required=("type",))(form, body)
    form.settle()
    kind = body["type"]
    data = body.get("data")
    if kind in (PREMIUM, LAUNCH):
        raise errors.not_modelled("POST", f"an interaction's answer of type {kind}")
    if kind == MESSAGE:
        check_message(_some(form, data), files=files, size_limit=size_limit, prefix=("data",))
    elif kind == UPDATE:
        check_message(data or {}, files=files, size_limit=size_limit, existing=existing, prefix=("data",))
    elif kind == DEFERRED:
        record({"flags": _ephemeral_only})(form.at("data"), data or {})
    elif kind == CHOICES:
        AUTOCOMPLETE_RULE(form.at("data"), _some(form, data))
    elif kind == MODAL:
        check_modal(form.at("data"), _some(form, data))
    form.settle()


def _some(form: Form, data: Any) -> Any:
    """Return `data`, or refuse the answer that comes without."""
    if data is None:
        missing(form.at("data"))
        form.settle()
    return data


def _ephemeral_only(place: Place, value: Any) -> None:
    """When the answer is put off, who may see it is all that can be said of it."""
    integer(0)(place, value)
    if isinstance(value, int) and value & ~EPHEMERAL:
        place.fail("BASE_TYPE_CHOICES", f"Value must be one of (0, {EPHEMERAL}).")
