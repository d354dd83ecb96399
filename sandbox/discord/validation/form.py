"""The shape of a 50035: rules as data, and the tree of what they found.

A rule is a callable that takes a `Place` and the value there, and reports at the place what is wrong; rules
are built from the functions below and nest as the request does. Every rule runs, so one answer names all that
is wrong, as Discord's does. Subjects and their limits belong to the modules beside this one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from sandbox.discord import errors

if TYPE_CHECKING:
    import re
    from collections.abc import Collection

Key = str | int
Rule = Callable[["Place", Any], None]

SNOWFLAKE_MAX: Final = 2**63 - 1
INT32_MAX: Final = 2**31 - 1


class Place:
    """A place in a request, at which errors can be reported."""

    __slots__ = ("_path", "_tree")

    def __init__(self, tree: errors.FormErrors, path: tuple[Key, ...] = ()) -> None:
        self._tree = tree
        self._path = path

    def at(self, *keys: Key) -> Place:
        """Return the place below this one."""
        return Place(self._tree, (*self._path, *keys))

    def fail(self, code: str, message: str) -> None:
        """Report an error here."""
        node = self._tree
        for key in self._path:
            node = node.setdefault(str(key), {})
        node.setdefault("_errors", []).append({"code": code, "message": message})


class Form(Place):
    """A whole request. Report at its places, then `settle`."""

    __slots__ = ()

    def __init__(self, *prefix: Key) -> None:
        super().__init__({}, prefix)

    @property
    def is_sound(self) -> bool:
        """Whether nothing was reported so far."""
        return not self._tree

    def settle(self) -> None:
        """Raise 50035 with all that was reported, if anything was."""
        if self._tree:
            raise errors.invalid_form_body(self._tree)


def text(least: int = 0, most: int | None = None, *, pattern: re.Pattern[str] | None = None) -> Rule:
    """Accept text of `least` to `most` characters (code points) that matches `pattern` as a whole.

    Discord trims what it is sent, so where something is needed, spaces are nothing (seen with choices of an
    autocompletion: Statsify/statsify#830 on GitHub).
    """

    def rule(place: Place, value: Any) -> None:
        if not isinstance(value, str):
            place.fail("STRING_TYPE_CONVERT", f'Could not interpret "{value}" as string.')
            return
        if least and not value.strip():
            missing(place)
            return
        _check_length(place, len(value), least, most)
        if pattern is not None and not pattern.fullmatch(value):
            place.fail("STRING_TYPE_REGEX", "String value did not match validation regex.")

    return rule


def integer(least: int | None = None, most: int | None = None) -> Rule:
    """Accept a whole number in these bounds."""

    def rule(place: Place, value: Any) -> None:
        if isinstance(value, bool) or not isinstance(value, int):
            place.fail("NUMBER_TYPE_COERCE", f'Value "{value}" is not int.')
        elif least is not None and value < least:
            place.fail("NUMBER_TYPE_MIN", f"int value should be greater than or equal to {least}.")
        elif most is not None and value > most:
            place.fail("NUMBER_TYPE_MAX", f"int value should be less than or equal to {most}.")

    return rule


def number(place: Place, value: Any) -> None:
    """Accept any number."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        place.fail("NUMBER_TYPE_COERCE", f'Value "{value}" is not float.')


def boolean(place: Place, value: Any) -> None:
    """Accept true or false."""
    if not isinstance(value, bool):
        place.fail("BOOLEAN_TYPE_CONVERT", "Must be either true or false.")


def snowflake(place: Place, value: Any) -> None:
    """Accept an id as a number or as its decimal digits."""
    digits = str(value)
    sound = not isinstance(value, bool) and digits.isascii() and digits.isdigit()
    if not sound:
        place.fail("NUMBER_TYPE_COERCE", f'Value "{value}" is not snowflake.')
    elif int(digits) > SNOWFLAKE_MAX:
        place.fail("NUMBER_TYPE_MAX", f"snowflake value should be less than or equal to {SNOWFLAKE_MAX}.")


def choice(*allowed: object) -> Rule:
    """Accept one of these values."""
    listed = f"({', '.join(map(repr, allowed))}{',' if len(allowed) == 1 else ''})"

    def rule(place: Place, value: Any) -> None:
        if isinstance(value, bool) or value not in allowed:
            place.fail("BASE_TYPE_CHOICES", f"Value must be one of {listed}.")

    return rule


def url(*schemes: str, most: int = 2048) -> Rule:
    """Accept an address with one of these schemes."""

    def rule(place: Place, value: Any) -> None:
        if not isinstance(value, str):
            place.fail("STRING_TYPE_CONVERT", f'Could not interpret "{value}" as string.')
            return
        _check_length(place, len(value), 0, most)
        try:
            parts = urlsplit(value)
        except ValueError:
            parts = urlsplit("")
        if not parts.scheme or not parts.netloc:
            place.fail("URL_TYPE_INVALID_URL", "Not a well formed URL.")
        elif parts.scheme not in schemes:
            message = f'Scheme "{parts.scheme}" is not supported. Scheme must be one of {schemes!r}.'
            place.fail("URL_TYPE_INVALID_SCHEME", message)

    return rule


def listing(item: Rule, least: int = 0, most: int | None = None, *, unique: bool = False) -> Rule:
    """Accept a list of `least` to `most` values, each of which `item` accepts."""

    def rule(place: Place, value: Any) -> None:
        if not isinstance(value, Sequence) or isinstance(value, str):
            place.fail("LIST_TYPE_CONVERT", "Only iterables may be used in a ListType")
            return
        _check_length(place, len(value), least, most)
        for index, one in enumerate(value):
            item(place.at(index), one)
            if unique and one in value[:index]:
                place.at(index).fail("SET_TYPE_ALREADY_CONTAINS_VALUE", "The set already contains this value")

    return rule


def mapping(keys: Collection[str], item: Rule) -> Rule:
    """Accept an object with some of `keys`, each with a value that `item` accepts."""
    key_rule = choice(*keys)

    def rule(place: Place, value: Any) -> None:
        if not isinstance(value, Mapping):
            place.fail("DICT_TYPE_CONVERT", "Only dictionaries may be used in a DictType")
            return
        for key, one in value.items():
            key_rule(place.at(key), key)
            item(place.at(key), one)

    return rule


def record(fields: Mapping[str, Rule], *, required: Collection[str] = (), also: Rule | None = None) -> Rule:
    """Accept an object with these fields; others are ignored, as Discord ignores them.

    A null is as good as no field. `also` looks at the whole object after its fields were.
    """

    def rule(place: Place, value: Any) -> None:
        if not isinstance(value, Mapping):
            place.fail("MODEL_TYPE_CONVERT", "Only dictionaries may be used in a ModelType")
            return
        for name, field in fields.items():
            if value.get(name) is not None:
                field(place.at(name), value[name])
            elif name in required:
                missing(place.at(name))
        if also is not None:
            also(place, value)

    return rule


def by_type(kinds: Mapping[int, Rule]) -> Rule:
    """Accept an object whose `type` is a key of `kinds` and that this rule accepts."""
    listed = f"({', '.join(map(str, sorted(kinds)))}{',' if len(kinds) == 1 else ''})"

    def rule(place: Place, value: Any) -> None:
        if not isinstance(value, Mapping):
            place.fail("MODEL_TYPE_CONVERT", "Only dictionaries may be used in a ModelType")
            return
        kind = value.get("type")
        chosen = kinds.get(kind) if isinstance(kind, int) and not isinstance(kind, bool) else None
        if chosen is None:
            place.fail("UNION_TYPE_CHOICES", f'Value of field "type" must be one of {listed}.')
            return
        chosen(place, value)

    return rule


def require_object(form: Form, body: Any) -> None:
    """Raise 50035 unless the body is a JSON object."""
    record({})(form, body)
    form.settle()


def missing(place: Place) -> None:
    """Report that a required field is not there."""
    place.fail("BASE_TYPE_REQUIRED", "This field is required")


def _check_length(place: Place, length: int, least: int, most: int | None) -> None:
    if most is None and length < least:
        place.fail("BASE_TYPE_MIN_LENGTH", f"Must be {least} or more in length.")
    elif most is not None and length > most and least == 0:
        place.fail("BASE_TYPE_MAX_LENGTH", f"Must be {most} or fewer in length.")
    elif most is not None and not least <= length <= most:
        place.fail("BASE_TYPE_BAD_LENGTH", f"Must be between {least} and {most} in length.")
