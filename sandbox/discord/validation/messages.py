"""A message's fields, when it is created and when it is edited.

`check_message` is also what an interaction's answer and a forum post are held against. That its author may
send it, and that a reply's message exists, is the caller's to check.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sandbox.discord import errors
from sandbox.discord.validation.components import check_components, text_breaks_discord
from sandbox.discord.validation.files import (
    Existing,
    attachment_rule,
    check_files,
    names_after,
    require_reference,
)
from sandbox.discord.validation.form import (
    Form,
    Rule,
    boolean,
    choice,
    integer,
    listing,
    record,
    require_object,
    snowflake,
    text,
    url,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sandbox.discord.validation.files import UploadedFile
    from sandbox.discord.validation.form import Key, Place

CONTENT_MAX: Final = 2000
EMBEDS_MAX: Final = 10
EMBED_TEXT_MAX: Final = 6000
NONCE_MAX: Final = 25
MENTIONED_IDS_MAX: Final = 100
STICKERS_MAX: Final = 3

IS_COMPONENTS_V2: Final = 1 << 15
#: What a message of Components V2 cannot have, besides a poll.
LEGACY_FIELDS: Final = ("content", "embeds", "sticker_ids", "poll")


def check_message(
    body: Mapping[str, Any],
    *,
    files: Sequence[UploadedFile] = (),
    size_limit: int,
    existing: Existing | None = None,
    prefix: Sequence[Key] = (),
) -> None:
    """Raise what Discord answers to this message, if it refuses it.

    `existing` is the message that the body edits. `size_limit` is the most bytes of one file. `prefix` is
    where the message lies in the request, such as `("data",)` in an interaction's answer.

    Raises 30015 and 40005 for the files, 50035 for the fields, 50006 for a message with nothing in it, and
    the 500 that Discord gives for too many bytes of text in Components V2.
    """
    check_files(files, size_limit=size_limit)
    form = Form(*prefix)
    require_object(form, body)
    kept = existing.attachments if existing else ()
    names = names_after(body, files, kept)
    is_v2 = is_components_v2(body, existing)
    record({**FIELDS, "attachments": attachment_rule(files, kept), "embeds": _embeds_rule(names)})(form, body)
    if body.get("components") is not None:
        check_components(form.at("components"), body["components"], names=names, is_v2=is_v2)
    if is_v2:
        _check_no_legacy(form, body, existing)
    form.settle()
    if not _has_anything(body, files, existing, names):
        raise errors.empty_message()
    if is_v2 and text_breaks_discord(body.get("components")):
        raise errors.server_error(500)


def is_components_v2(body: Mapping[str, Any], existing: Existing | None = None) -> bool:
    """Whether the message is one of Components V2 after the request: once so, it stays so."""
    flags = body.get("flags")
    now = flags if isinstance(flags, int) else 0
    before = existing.flags if existing else 0
    return bool((now | before) & IS_COMPONENTS_V2)


def _has_anything(
    body: Mapping[str, Any], files: Sequence[UploadedFile], existing: Existing | None, names: set[str]
) -> bool:
    """Whether the message holds something after the request; spaces are nothing.

    Of Components V2 only the components are ever on show, so files alone are nothing either.
    """
    before = existing or Existing()
    if is_components_v2(body, existing):
        return bool(body.get("components", before.components))
    content = body.get("content", before.content)
    counted = (
        body.get("embeds", before.embeds),
        body.get("components", before.components),
        body.get("sticker_ids"),
        body.get("poll"),
    )
    return bool((content or "").strip()) or bool(files) or bool(names) or any(counted)


def _check_no_legacy(form: Form, body: Mapping[str, Any], existing: Existing | None) -> None:
    """With Components V2 there is no content and no embed, and an edit has to clear what was there."""
    left_over = {"content": bool(existing and existing.content), "embeds": bool(existing and existing.embeds)}
    for name in LEGACY_FIELDS:
        if body.get(name) or (name not in body and left_over.get(name)):
            message = f"The '{name}' field cannot be used when using MessageFlags.IS_COMPONENTS_V2"
            form.at(name).fail("MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2", message)


def _check_nonce(place: Place, value: Any) -> None:
    if isinstance(value, bool) or not isinstance(value, int | str):
        place.fail("NONCE_TYPE_INVALID_TYPE", "This field must be a string or integer.")
    elif isinstance(value, str) and len(value) > NONCE_MAX:
        place.fail("NONCE_TYPE_TOO_LONG", f"Must be {NONCE_MAX} or fewer characters long.")
    elif isinstance(value, int) and not -(2**63) <= value < 2**63:
        message = "Must be between -9223372036854775808 and 9223372036854775807."
        place.fail("NONCE_TYPE_OUT_OF_BOUNDS", message)


def _check_exclusive_mentions(place: Place, value: Mapping[str, Any]) -> None:
    parsed = value.get("parse")
    for kind in ("users", "roles"):
        if isinstance(parsed, list) and kind in parsed and value.get(kind):
            message = f'parse:["{kind}"] and {kind}: [ids...] are mutually exclusive.'
            place.fail("MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE", message)


def _embeds_rule(names: set[str]) -> Rule:
    """Accept the list `embeds`.

    A picture that refers to a file which the message does not have is refused, although Discord only leaves
    it out: a mistake that cannot be seen is of no use here.
    """
    elsewhere = url("http", "https", "attachment")

    def picture_address(place: Place, value: Any) -> None:
        if isinstance(value, str) and value.startswith("attachment://"):
            require_reference(place, value, names)
        else:
            elsewhere(place, value)

    picture = record({"url": picture_address}, required=("url",))
    embed = record(
        {
            "title": text(0, 256),
            "description": text(0, 4096),
            "url": url("http", "https"),
            "color": integer(0, 0xFFFFFF),
            "image": picture,
            "thumbnail": picture,
            "footer": record({"text": text(0, 2048), "icon_url": picture_address}, required=("text",)),
            "author": record(
                {"name": text(0, 256), "url": url("http", "https"), "icon_url": picture_address},
                required=("name",),
            ),
            "fields": listing(EMBED_FIELD, 0, 25),
        },
    )
    each = listing(embed, 0, EMBEDS_MAX)

    def rule(place: Place, value: Any) -> None:
        each(place, value)
        if isinstance(value, list) and sum(map(embed_text_length, value)) > EMBED_TEXT_MAX:
            place.fail("MAX_EMBED_SIZE_EXCEEDED", f"Embed size exceeds maximum size of {EMBED_TEXT_MAX}")

    return rule


def embed_text_length(embed: Any) -> int:
    """Return the characters of an embed that count towards a message's 6,000."""
    if not isinstance(embed, dict):
        return 0
    fields = embed.get("fields")
    parts = [embed.get("title"), embed.get("description")]
    for inner, key in (("footer", "text"), ("author", "name")):
        if isinstance(embed.get(inner), dict):
            parts.append(embed[inner].get(key))
    for field in fields if isinstance(fields, list) else ():
        if isinstance(field, dict):
            parts += [field.get("name"), field.get("value")]
    return sum(len(part) for part in parts if isinstance(part, str))


EMBED_FIELD: Final = record(
    {"name": text(1, 256), "value": text(1, 1024), "inline": boolean}, required=("name", "value")
)
FIELDS: Final[dict[str, Rule]] = {
    "content": text(0, CONTENT_MAX),
    "tts": boolean,
    "flags": integer(0),
    "nonce": _check_nonce,
    "enforce_nonce": boolean,
    "allowed_mentions": record(
        {
            "parse": listing(choice("users", "roles", "everyone"), unique=True),
            "users": listing(snowflake, 0, MENTIONED_IDS_MAX, unique=True),
            "roles": listing(snowflake, 0, MENTIONED_IDS_MAX, unique=True),
            "replied_user": boolean,
        },
        also=_check_exclusive_mentions,
    ),
    "message_reference": record(
        {
            "type": choice(0, 1),
            "message_id": snowflake,
            "channel_id": snowflake,
            "guild_id": snowflake,
            "fail_if_not_exists": boolean,
        },
        required=("message_id",),
    ),
    "sticker_ids": listing(snowflake, 0, STICKERS_MAX),
}
