"""Uploaded files and the attachments that a request speaks of.

`check_files` refuses too many and too large ones before anything else is looked at, as Discord does;
`names_after` says which names `attachment://` may then refer to. Where files are kept is the world's matter.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol

from sandbox.discord import errors
from sandbox.discord.incoming import clean_name
from sandbox.discord.validation.form import Rule, boolean, listing, missing, record, snowflake, text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sandbox.discord.validation.form import Place

ATTACHMENTS_MAX: Final = 10
ALT_TEXT_MAX: Final = 1024
#: Discord's documentation names this as the most for a whole request, in bytes.
REQUEST_MAX: Final = 25 * 1024 * 1024


class UploadedFile(Protocol):
    """A part `files[n]` of a multipart request; its place in the sequence is its n."""

    @property
    def filename(self) -> str:
        """The name that the caller gave it."""
        ...

    @property
    def size(self) -> int:
        """Its size in bytes."""
        ...


@dataclass(frozen=True, slots=True)
class Kept:
    """An attachment that an existing message has."""

    id: int
    filename: str


@dataclass(frozen=True, slots=True)
class Existing:
    """The message that is edited, as far as the rules care."""

    content: str = ""
    embeds: int = 0
    components: int = 0
    flags: int = 0
    attachments: Sequence[Kept] = ()


def check_files(files: Sequence[UploadedFile], *, size_limit: int) -> None:
    """Raise if there are more than 10 files (30015) or one is larger than `size_limit` bytes (413, 40005)."""
    if len(files) > ATTACHMENTS_MAX:
        raise errors.max_attachments()
    too_large = any(file.size > size_limit for file in files)
    if too_large or sum(file.size for file in files) > max(REQUEST_MAX, size_limit):
        raise errors.request_entity_too_large()


def attachment_rule(files: Sequence[UploadedFile], kept: Sequence[Kept]) -> Rule:
    """Accept the list `attachments`: every entry names an uploaded file by its n or a kept one by its id."""
    known = {str(index) for index in range(len(files))} | {str(one.id) for one in kept}

    def is_known(place: Place, value: Mapping[str, Any]) -> None:
        if value.get("id") is not None and str(value["id"]) not in known:
            place.fail("ATTACHMENT_NOT_FOUND", "Attachment data not found")

    entry = record(
        {
            "id": snowflake,
            "filename": text(1, 1024),
            "description": text(0, ALT_TEXT_MAX),
            "title": text(0, 1024),
            "is_spoiler": boolean,
        },
        required=("id",),
        also=is_known,
    )
    return listing(entry, 0, ATTACHMENTS_MAX)


def names_after(body: Mapping[str, Any], files: Sequence[UploadedFile], kept: Sequence[Kept]) -> set[str]:
    """Return the file names of the message's attachments once the request is done.

    An edit without `attachments` keeps all; with it, it keeps those that it lists. New files always come in.
    """
    listed = body.get("attachments")
    entries = [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else None
    if entries is None:
        return {file.filename for file in files} | {one.filename for one in kept}
    given = {str(one.get("id")): one.get("filename") for one in entries}
    names = {clean_name(str(given.get(str(n)) or file.filename)) for n, file in enumerate(files)}
    return names | {one.filename for one in kept if str(one.id) in given}


def require_reference(place: Place, value: str, names: set[str]) -> None:
    """Report an `attachment://` address whose file is not among `names`."""
    name = value.removeprefix("attachment://")
    if not name:
        missing(place)
    elif name not in names:
        place.fail(
            "UNFURLED_MEDIA_ITEM_REFERENCED_ATTACHMENT_NOT_FOUND",
            f'The referenced attachment "{name}" was not found.',
        )
