"""The options of a slash command, checked as Discord's client checks them before it sends anything.

A command's definition is what the bot registered. `unchecked` sends whatever was given, as a broken or an
outdated client might; files are still needed for options that are files.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sandbox.discord import errors
from sandbox.discord.validation import commands as kinds
from sandbox.discord.validation.files import check_files
from sandbox.discord.validation.form import Form, Rule, boolean, choice, integer, number, text
from sandbox.side import resolved

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sandbox.discord.incoming import Upload
    from sandbox.discord.validation.form import Place
    from sandbox.side.resolved import Resolved
    from sandbox.world.models import Json
    from sandbox.world.world import World

#: Discord's documentation: an integer option is between -2^53+1 and 2^53-1.
_INTEGER_MOST: Final = 2**53 - 1
_ENTITIES: Final = {
    kinds.USER: resolved.USER,
    kinds.CHANNEL: resolved.CHANNEL,
    kinds.ROLE: resolved.ROLE,
    kinds.MENTIONABLE: resolved.MENTIONABLE,
}


class Options:
    """What was given for one call of a command, and what becomes of it."""

    def __init__(
        self,
        world: World,
        *,
        values: Mapping[str, Any],
        files: Sequence[Upload],
        names: Resolved,
        size_limit: int,
        unchecked: bool,
    ) -> None:
        self._world = world
        self._values = values
        self._files = {file.key: file for file in files}
        self._names = names
        self._size_limit = size_limit
        self._unchecked = unchecked

    async def fill(self, specs: Sequence[Json]) -> list[Json]:
        """Return the options of the payload, in the order of the definition.

        Raises 50035 that names each wrong option, or 40005 for a file that is too large.
        """
        form = Form("options")
        check_files(list(self._files.values()), size_limit=self._size_limit)
        known = {str(spec["name"]) for spec in specs}
        for name in (self._values.keys() | self._files.keys()) - known:
            if not self._unchecked or name in self._files:
                form.at(name).fail("APPLICATION_COMMAND_OPTIONS_UNKNOWN", "This command has no such option.")
        for spec in specs:
            self._check(form.at(spec["name"]), spec)
        form.settle()
        filled = [await self._filled(spec) for spec in specs if self._is_given(spec)]
        extra = [self._guessed(name) for name in self._values.keys() - known]
        return filled + extra

    def _is_given(self, spec: Json) -> bool:
        name = spec["name"]
        return name in self._files if spec["type"] == kinds.ATTACHMENT else self._values.get(name) is not None

    def _check(self, place: Place, spec: Json) -> None:
        if not self._is_given(spec) or self._values.get(spec["name"]) == "":
            if spec.get("required") and not self._unchecked:
                place.fail("BASE_TYPE_REQUIRED", "This field is required")
            return
        if spec["type"] in _ENTITIES:
            kind, value = _ENTITIES[spec["type"]], self._values[spec["name"]]
            self._names.entity(place, kind, value, channel_types=spec.get("channel_types"))
        elif spec["type"] != kinds.ATTACHMENT and not self._unchecked:
            _rule(spec)(place, self._values[spec["name"]])

    async def _filled(self, spec: Json) -> Json:
        name, kind = spec["name"], spec["type"]
        if kind == kinds.ATTACHMENT:
            file = self._files[name]
            attachment = await self._world.keep_file(file.filename, file.data, ephemeral=True)
            self._names.attachment(attachment)
            return {"name": name, "type": kind, "value": str(attachment.id)}
        value = self._values[name]
        return {"name": name, "type": kind, "value": str(value) if kind in _ENTITIES else value}

    def _guessed(self, name: str) -> Json:
        value = self._values[name]
        guesses = {bool: kinds.BOOLEAN, int: kinds.INTEGER, float: kinds.NUMBER}
        return {"name": name, "type": guesses.get(type(value), kinds.STRING), "value": value}


def leaf(spec: Json, path: Sequence[str]) -> tuple[list[Json], list[str]]:
    """Return the options of the subcommand that `path` leads to, and the path as it is nested.

    Raises 50035 if the path is wrong, or ends before a subcommand was chosen.
    """
    specs: list[Json] = spec.get("options") or []
    for step in path:
        inner = next((one for one in specs if one["name"] == step and one["type"] in _GROUPING), None)
        if inner is None:
            raise _no_subcommand()
        specs = inner.get("options") or []
    if any(one["type"] in _GROUPING for one in specs):
        raise _no_subcommand()
    return specs, list(path)


_GROUPING: Final = (kinds.SUB_COMMAND, kinds.GROUP)


def nested(path: Sequence[str], filled: list[Json]) -> list[Json]:
    """Put filled options below their subcommand and its group, as the payload has them."""
    options = filled
    for depth, step in enumerate(reversed(path)):
        options = [{"name": step, "type": _GROUPING[min(depth, 1)], "options": options}]
    return options


def _no_subcommand() -> errors.DiscordError:
    problem = {"code": "APPLICATION_COMMAND_SUBCOMMAND_UNKNOWN", "message": "Choose one of its subcommands."}
    return errors.invalid_form_body({"name": {"_errors": [problem]}})


def _rule(spec: Json) -> Rule:
    choices = [one["value"] for one in spec.get("choices") or ()]
    if choices:
        return choice(*choices)
    kind = spec["type"]
    if kind == kinds.STRING:
        return text(spec.get("min_length") or 0, spec.get("max_length") or kinds.STRING_MAX)
    if kind == kinds.INTEGER:
        return integer(
            _bound(spec.get("min_value"), -_INTEGER_MOST), _bound(spec.get("max_value"), _INTEGER_MOST)
        )
    return boolean if kind == kinds.BOOLEAN else _number_within(spec.get("min_value"), spec.get("max_value"))


def _bound(value: Any, default: int) -> int:
    return default if value is None else int(value)


def _number_within(least: float | None, most: float | None) -> Rule:
    def rule(place: Place, value: Any) -> None:
        number(place, value)
        if isinstance(value, bool) or not isinstance(value, int | float):
            return
        if least is not None and value < least:
            place.fail("NUMBER_TYPE_MIN", f"float value should be greater than or equal to {least}.")
        if most is not None and value > most:
            place.fail("NUMBER_TYPE_MAX", f"float value should be less than or equal to {most}.")

    return rule
