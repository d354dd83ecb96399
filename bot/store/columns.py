"""How values of the bot stand in columns: moments, lists, reference pictures, words of a closed set.

What comes back is what was put in; what cannot be stored without loss raises `ValueError`.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import sqlalchemy as sa
from pydantic import TypeAdapter

if TYPE_CHECKING:
    from collections.abc import Iterable
    from enum import StrEnum

    from sqlalchemy.engine import Dialect

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
#: Of a closed set, in characters.
_LONGEST_WORD: Final = 16
_MILLISECOND: Final = timedelta(milliseconds=1)


class Moment(sa.types.TypeDecorator[datetime]):
    """A moment, stored as whole milliseconds since 1970; takes and gives aware UTC datetimes only."""

    impl = sa.BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        """Return the milliseconds for the database; `ValueError` for a naive or foreign time."""
        del dialect
        if value is None:
            return None
        if value.utcoffset() != timedelta(0):
            msg = f"only aware UTC times are stored, not {value!r}"
            raise ValueError(msg)
        return (value - _EPOCH) // _MILLISECOND

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        """Return the aware datetime for the milliseconds of the database."""
        del dialect
        return None if value is None else _EPOCH + value * _MILLISECOND


class TextList(sa.types.TypeDecorator[tuple[str, ...]]):
    """Some strings in their order, stored as a JSON array."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: tuple[str, ...] | None, dialect: Dialect) -> str:
        """Return the JSON text for the database."""
        del dialect
        return json.dumps(list(value or ()))

    def process_result_value(self, value: str | None, dialect: Dialect) -> tuple[str, ...]:
        """Return the strings that the JSON text of the database holds."""
        del dialect
        return tuple(json.loads(value or "[]"))


class RecordList(sa.types.TypeDecorator[tuple[Any, ...]]):
    """Some records of one class in their order, stored as a JSON array of objects."""

    impl = sa.Text
    cache_ok = True

    def __init__(self, record: type) -> None:
        super().__init__()
        self.record = record
        self._adapter: TypeAdapter[tuple[Any, ...]] = TypeAdapter(tuple[record, ...])  # type: ignore[valid-type]

    def process_bind_param(self, value: tuple[Any, ...] | None, dialect: Dialect) -> str:
        """Return the JSON text for the database."""
        del dialect
        return self._adapter.dump_json(value or ()).decode()

    def process_result_value(self, value: str | None, dialect: Dialect) -> tuple[Any, ...]:
        """Return the records that the JSON text of the database holds."""
        del dialect
        return self._adapter.validate_json(value or "[]")


def word(words: type[StrEnum]) -> sa.Enum:
    """Return the type of a column that holds one of these words, as text."""
    return sa.Enum(
        words,
        values_callable=lambda members: [member.value for member in members],
        native_enum=False,
        create_constraint=False,
        length=_LONGEST_WORD,
    )


def quoted(words: Iterable[StrEnum]) -> str:
    """Return the words as a list in SQL, for the text of a rule."""
    return ", ".join(f"'{word.value}'" for word in words)
