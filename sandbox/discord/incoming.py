"""A request's body: JSON, or a form with JSON in `payload_json` and files in `files[n]`.

Bodies are taken as they come; what is in them is checked by `sandbox.discord.validation`.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from aiohttp import BodyPartReader

from sandbox.discord import errors

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from aiohttp import web

_FILE: Final = re.compile(r"files\[([^\]]+)\]")

#: The most of one request, in bytes; more than any server allows for one file.
_MOST: Final = 200 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Upload:
    """A file of a form; `key` is what stood in `files[…]`."""

    key: str
    filename: str
    data: bytes

    @property
    def size(self) -> int:
        """Its size in bytes."""
        return len(self.data)


@dataclass(frozen=True, slots=True)
class Body:
    """What was sent. `files` are in the order of their numbers, or as they came if they are named."""

    json: Any = field(default_factory=dict)
    files: Sequence[Upload] = ()

    def fields(self) -> dict[str, Any]:
        """Return the JSON as an object; 50035 if it is something else."""
        if not isinstance(self.json, dict):
            problem = {"code": "DICT_TYPE_CONVERT", "message": "Only dictionaries may be used in a DictType"}
            raise errors.invalid_form_body({"_errors": [problem]})
        return self.json


async def read(request: web.Request) -> Body:
    """Read a request's body; 50109 if it is not JSON, 40005 if there is too much of it."""
    if request.content_type == "multipart/form-data":
        return await _form(request)
    raw = await request.read()
    return Body(_parsed(raw)) if raw else Body()


async def _form(request: web.Request) -> Body:
    payload: Any = {}
    files: list[Upload] = []
    left = _MOST
    async for part in await request.multipart():
        if not isinstance(part, BodyPartReader):
            continue
        data = bytes(await part.read())
        left -= len(data)
        if left < 0:
            raise errors.request_entity_too_large()
        if part.name == "payload_json":
            payload = _parsed(data)
        elif found := _FILE.fullmatch(part.name or ""):
            files.append(Upload(found[1], clean_name(part.filename or "file"), data))
    if all(file.key.isdigit() for file in files):
        files.sort(key=lambda file: int(file.key))
    return Body(payload, files)


def numbered(query: Mapping[str, str], name: str) -> int | None:
    """Return an id or a number of a query; 50035 if it is not one."""
    value = query.get(name)
    if value is None:
        return None
    if not value.isdigit():
        problem = {"code": "NUMBER_TYPE_COERCE", "message": f'Value "{value}" is not snowflake.'}
        raise errors.invalid_form_body({name: {"_errors": [problem]}})
    return int(value)


def _parsed(raw: bytes) -> Any:
    try:
        return json.loads(raw)
    except ValueError:
        raise errors.invalid_json() from None


def clean_name(filename: str) -> str:
    """Return a file's name as Discord keeps it: without folders, and without spaces."""
    return filename.replace("\\", "/").rsplit("/", 1)[-1].replace(" ", "_") or "file"
