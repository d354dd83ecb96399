"""A modal that somebody filled in: checked as Discord's client does, in the shape in which it is submitted.

After Discord's documentation ("Modal Submit Interactions"): a Label comes with its one component, an action
row of the older form with its inputs; what was typed is a `value`, what was chosen are `values`.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

from sandbox.discord.validation import modals as kinds
from sandbox.discord.validation.files import check_files
from sandbox.discord.validation.form import Form, boolean, choice, listing, text
from sandbox.side import resolved

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from sandbox.discord.incoming import Upload
    from sandbox.discord.validation.form import Place
    from sandbox.side.resolved import Resolved
    from sandbox.world.models import Json
    from sandbox.world.world import World


def chosen(
    place: Place,
    component: Json,
    values: object,
    names: Resolved,
    *,
    required: bool,
) -> None:
    """Check what was chosen in a select or a group of boxes, and look the chosen ones up."""
    if not isinstance(values, list):
        place.fail("LIST_TYPE_CONVERT", "Only iterables may be used in a ListType")
        return
    least = _number(component, "min_values", 1 if required else 0)
    if not values and not required:
        return
    all_of_them = len(component.get("options") or ())
    most = _number(component, "max_values", all_of_them if component["type"] == kinds.CHECKBOX_GROUP else 1)
    kind = resolved.SELECTS.get(component["type"])
    if kind is not None:
        listing(lambda _place, _value: None, least, most, unique=True)(place, values)
        for index, value in enumerate(values):
            names.entity(place.at(index), kind, value, channel_types=component.get("channel_types"))
        return
    offered = [option["value"] for option in component.get("options") or ()]
    listing(choice(*offered), least, most, unique=True)(place, values)


class FilledForm:
    """One submit of a modal. `files` are those of its file fields, by their custom_id."""

    def __init__(
        self,
        world: World,
        *,
        values: Mapping[str, Any],
        files: Sequence[Upload],
        names: Resolved,
        size_limit: int,
    ) -> None:
        self._world = world
        self._values = values
        self._files = files
        self._names = names
        self._size_limit = size_limit

    async def submitted(self, modal: Json) -> list[Json]:
        """Return the payload's `components`; 50035 that names each wrong field, 40005 for a large file."""
        check_files(self._files, size_limit=self._size_limit)
        form = Form("values")
        parts: list[Json] = modal.get("components") or []
        fields = {field["custom_id"]: field for part in parts for field in _fields(part)}
        for name in (self._values.keys() | {file.key for file in self._files}) - fields.keys():
            form.at(name).fail("COMPONENT_VALIDATION_FAILED", "This form has no such field.")
        for name, field in fields.items():
            self._check(form.at(name), field)
        form.settle()
        count = itertools.count(1)
        return [await self._shape(part, count) for part in parts]

    def _check(self, place: Place, field: Json) -> None:
        kind, required = field["type"], bool(field.get("required", True))
        value = self._values.get(field["custom_id"])
        if kind == kinds.CHECKBOX:
            if value is not None:
                boolean(place, value)
            return
        if kind == kinds.FILE_UPLOAD:
            count = len(self._uploads(field))
            least = _number(field, "min_values", 1) if required or count else 0
            most = _number(field, "max_values", 1)
            listing(lambda _place, _value: None, least, most)(place, [None] * count)
            return
        if value is None or value in ("", []):
            if required and (field.get("min_values") != 0 or kind in (kinds.TEXT_INPUT, kinds.RADIO_GROUP)):
                place.fail("BASE_TYPE_REQUIRED", "This field is required")
            return
        if kind == kinds.TEXT_INPUT:
            text(field.get("min_length") or 0, field.get("max_length") or kinds.TEXT_INPUT_MAX)(place, value)
        elif kind == kinds.RADIO_GROUP:
            choice(*(option["value"] for option in field["options"]))(place, value)
        else:
            chosen(place, field, value, self._names, required=required)

    async def _shape(self, part: Json, count: Iterator[int]) -> Json:
        shape: Json = {"type": part["type"], "id": part.get("id") or next(count)}
        if part["type"] == kinds.LABEL:
            shape["component"] = await self._filled(part["component"], count)
        elif part["type"] == kinds.ROW:
            shape["components"] = [await self._filled(inner, count) for inner in part["components"]]
        return shape

    async def _filled(self, field: Json, count: Iterator[int]) -> Json:
        kind, name = field["type"], field["custom_id"]
        shape: Json = {"type": kind, "id": field.get("id") or next(count), "custom_id": name}
        value = self._values.get(name)
        if kind == kinds.FILE_UPLOAD:
            return {**shape, "values": await self._keep(field)}
        if kind == kinds.TEXT_INPUT:
            return {**shape, "value": value or ""}
        if kind == kinds.CHECKBOX:
            return {**shape, "value": bool(value)}
        if kind == kinds.RADIO_GROUP:
            return {**shape, "value": value or None}
        return {**shape, "values": [str(one) for one in value or ()]}

    async def _keep(self, field: Json) -> list[str]:
        kept: list[str] = []
        for file in self._uploads(field):
            attachment = await self._world.keep_file(file.filename, file.data, ephemeral=True)
            self._names.attachment(attachment)
            kept.append(str(attachment.id))
        return kept

    def _uploads(self, field: Json) -> list[Upload]:
        return [file for file in self._files if file.key == field["custom_id"]]


def _fields(part: Json) -> list[Json]:
    if part["type"] == kinds.LABEL:
        return [part["component"]]
    return list(part["components"]) if part["type"] == kinds.ROW else []


def _number(component: Json, name: str, default: int) -> int:
    """Return a component's number; a library may send `null` where it means the default."""
    value = component.get(name)
    return default if value is None else int(value)
