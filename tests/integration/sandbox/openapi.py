"""Holds JSON against Discord's own OpenAPI description, as much of both as the tests need.

The description in `tests/data` is a part of the one that Discord publishes. Unions are taken as "one of these
at least", since many of its branches overlap; fields that it does not name are reported like wrong ones,
because a misspelt field is one of those.
"""

from __future__ import annotations

import json
import re
from datetime import datetime
from pathlib import Path
from typing import Any

PATH = Path(__file__).parents[2] / "data" / "discord-openapi.json"

TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "null": (type(None),),
}


class Description:
    """Discord's description of what it answers."""

    def __init__(self) -> None:
        self._schemas = json.loads(PATH.read_text(encoding="utf-8"))["components"]["schemas"]

    def problems(self, name: str, value: Any) -> list[str]:
        """Return what is wrong with a value that should be of this schema, each as `place: what`."""
        return self._check(self._schemas[name], value, "")

    def _check(self, schema: dict[str, Any], value: Any, place: str, *, is_part: bool = False) -> list[str]:
        if "$ref" in schema:
            whole = self._schemas[schema["$ref"].rsplit("/", 1)[-1]]
            return self._check(whole, value, place, is_part=is_part)
        found = _scalar(schema, value, place)
        if found:
            return found
        for part in schema.get("allOf", ()):
            found += self._check(part, value, place, is_part=True)
        if "oneOf" in schema:
            branches = [self._check(one, value, place) for one in schema["oneOf"]]
            nearest: list[str] = min(branches, key=lambda problems: _badness(problems, place))
            found += nearest
        if isinstance(value, dict):
            found += self._object(schema, value, place, is_part=is_part)
        if isinstance(value, list) and "items" in schema:
            for index, one in enumerate(value):
                found += self._check(schema["items"], one, f"{place}[{index}]")
        return found

    def _object(
        self, schema: dict[str, Any], value: dict[str, Any], place: str, *, is_part: bool
    ) -> list[str]:
        fields = schema.get("properties", {})
        others = schema.get("additionalProperties")
        found = [f"{place}.{name}: is missing" for name in schema.get("required", ()) if name not in value]
        for name, one in value.items():
            if name in fields:
                found += self._check(fields[name], one, f"{place}.{name}")
            elif isinstance(others, dict):
                found += self._check(others, one, f"{place}.{name}")
            elif fields and not is_part:
                found.append(f"{place}.{name}: is not described")
        return found


def _badness(problems: list[str], place: str) -> tuple[bool, int]:
    """A branch for another type of thing is further off than one with many small mistakes."""
    other = any(one.startswith((f"{place}: ", f"{place}.type: ")) for one in problems)
    return other, len(problems)


def _scalar(schema: dict[str, Any], value: Any, place: str) -> list[str]:
    names = schema.get("type", list(TYPES))
    names = [names] if isinstance(names, str) else names
    if not any(_is_of(name, value) for name in names):
        return [f"{place}: {value!r} should be {' or '.join(names)}"]
    if value is None:
        return []
    found = []
    if "enum" in schema and value not in schema["enum"]:
        found.append(f"{place}: {value!r} should be one of {schema['enum']}")
    if "const" in schema and value != schema["const"]:
        found.append(f"{place}: {value!r} should be {schema['const']!r}")
    if isinstance(value, str):
        found += _text(schema, value, place)
    if isinstance(value, int) and not schema.get("minimum", value) <= value <= schema.get("maximum", value):
        found.append(f"{place}: {value} is out of bounds")
    distinct = {json.dumps(one, sort_keys=True) for one in value} if isinstance(value, list) else ()
    if schema.get("uniqueItems") and len(distinct) < len(value):
        found.append(f"{place}: has something twice")
    return found


def _is_of(name: str, value: Any) -> bool:
    if isinstance(value, bool):
        return name == "boolean"
    return isinstance(value, TYPES[name])


def _text(schema: dict[str, Any], value: str, place: str) -> list[str]:
    found = []
    if len(value) > schema.get("maxLength", len(value)):
        found.append(f"{place}: is too long")
    if "pattern" in schema and not re.search(schema["pattern"], value):
        found.append(f"{place}: {value!r} does not match {schema['pattern']}")
    kind = schema.get("format")
    if kind == "date-time" and datetime.fromisoformat(value).tzinfo is None:
        found.append(f"{place}: {value!r} has no time zone")
    if kind == "snowflake" and not value.isdigit():
        found.append(f"{place}: {value!r} is no id")
    if kind == "uri" and not re.match(r"[a-z]+://", value):
        found.append(f"{place}: {value!r} is no address")
    return found
