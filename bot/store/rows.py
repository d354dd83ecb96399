"""Turning rows into the records of `bot.jobs`, the same everywhere.

A card and a failure are several columns each; which ones is known here and where they are written.
"""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any, Final

from bot.jobs import Card, Failure, Job, JobEvent

if TYPE_CHECKING:
    from sqlalchemy import RowMapping

_SPREAD: Final = frozenset({"card", "failure"})
_PLAIN: Final = tuple(field.name for field in fields(Job) if field.name not in _SPREAD)


def to_job(row: RowMapping) -> Job:
    """Return the job that a whole row of `jobs` holds."""
    return Job(
        **{name: row[name] for name in _PLAIN},
        card=_to_card(row),
        failure=_to_failure(row),
    )


def to_event(row: RowMapping) -> JobEvent:
    """Return the line of history that a row of `job_events` holds."""
    return JobEvent(**{field.name: row[field.name] for field in fields(JobEvent)})


def card_columns(card: Card) -> dict[str, Any]:
    """Return the columns of `jobs` that hold a card."""
    return {
        "card_channel_id": card.channel_id,
        "card_message_id": card.message_id,
        "card_token": card.token,
        "card_token_until": card.token_until,
    }


def failure_columns(failure: Failure) -> dict[str, Any]:
    """Return the columns of `jobs` that hold a failure."""
    return {
        "failure_cause": failure.cause,
        "failure_code": failure.code,
        "failure_detail": failure.detail,
    }


def _to_card(row: RowMapping) -> Card | None:
    if row["card_message_id"] is None:
        return None
    return Card(
        channel_id=row["card_channel_id"],
        message_id=row["card_message_id"],
        token=row["card_token"],
        token_until=row["card_token_until"],
    )


def _to_failure(row: RowMapping) -> Failure | None:
    if row["failure_cause"] is None:
        return None
    return Failure(cause=row["failure_cause"], code=row["failure_code"], detail=row["failure_detail"])
