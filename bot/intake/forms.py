"""What was typed and chosen in a form that was sent in, and what was chosen in a menu of a message.

Values come as they are; whether they are any good is judged by the service.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from bot.drafts import FoundPicture
from bot.jobs import ReferenceSource

if TYPE_CHECKING:
    import discord


def chosen(interaction: discord.Interaction[Any]) -> tuple[str, ...]:
    """Return the values that were chosen in a menu of a message, in the order of the choice.

    In a menu of channels they are ids.
    """
    return tuple(map(str, cast("dict[str, Any]", interaction.data).get("values") or ()))


def form_values(interaction: discord.Interaction[Any]) -> dict[str, str]:
    """Return what was typed and chosen in the form that was sent in, by the custom_ids of its fields.

    Of several choices only the first is returned.
    """
    values: dict[str, str] = {}
    for label in cast("dict[str, Any]", interaction.data).get("components", ()):
        field = label.get("component") or {}
        given = field.get("value") or next(iter(field.get("values") or ()), "")
        if "custom_id" in field:
            values[field["custom_id"]] = str(given)
    return values


def form_choices(interaction: discord.Interaction[Any], name: str) -> list[str]:
    """Return all that was chosen in one field of the form that was sent in."""
    return [
        str(value)
        for label in cast("dict[str, Any]", interaction.data).get("components", ())
        if (label.get("component") or {}).get("custom_id") == name
        for value in label["component"].get("values") or ()
    ]


def form_files(interaction: discord.Interaction[Any], name: str) -> list[FoundPicture]:
    """Return the files that were given in one field of the form that was sent in."""
    resolved = cast("dict[str, Any]", interaction.data).get("resolved") or {}
    files = resolved.get("attachments") or {}
    return [
        FoundPicture(
            source=ReferenceSource.GIVEN,
            url=files[file_id]["url"],
            filename=files[file_id]["filename"],
            size=files[file_id]["size"],
            spoiler=files[file_id]["filename"].startswith("SPOILER_"),
            author_id=interaction.user.id,
            owner_id=interaction.user.id,
        )
        for file_id in form_choices(interaction, name)
        if file_id in files
    ]
