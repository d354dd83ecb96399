"""What must leave no trace, and what must leave exactly one: erased words, kept pictures, acts.

`violations` returns a sentence for each promise that was broken, as `tests.e2e.chaos.books` does for jobs.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from tests.e2e.chaos.books import mark_of, marks
from tests.e2e.chaos.plan import ERASED
from tests.e2e.reading import pictures_of, says

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.e2e.chaos.books import Books

#: A block is carried out in a transaction of its own; at its very edges an admission may have come before it.
_EDGE_MS: Final = 500


def violations(books: Books) -> list[str]:
    """Return what is wrong; an empty list is what the bot promises."""
    checks = (_erased_words, _kept_pictures, _acts, _blocks)
    return [problem for check in checks for problem in check(books)]


def summary(books: Books) -> dict[str, int]:
    """Return how often each of the things was done that people do besides asking."""
    done = Counter(f"acts of {act['kind']}" for act in books.acts)
    for row in books.rows:
        done["edits"] += row["kind"] == "edit"
        done["guesses"] += '"newest"' in row["references"]
        done["made again"] += row["parent_id"] is not None
        done["called off unsent"] += row["state"] == "cancelled" and row["discarded_at"] is None
        done["discarded"] += row["discarded_at"] is not None
        done["removed"] += row["removed_at"] is not None
        done["erased"] += row["erased_at"] is not None
    return dict(sorted(done.items()))


def _erased_words(books: Books) -> Iterator[str]:
    known = {mark_of(row) for row in books.remembered}
    for mark in sorted(set(marks(books.words)) - known):
        yield f"{mark} was erased, but the database still says it"
    for channel, message in books.posted():
        said = marks(says(message)) + [mark for each in pictures_of(message) for mark in marks(each.alt)]
        for mark in sorted(set(said) - known):
            yield f"{mark} was erased, but message {message['id']} in {channel} still says it"
    for row in books.rows:
        if row["erased_at"] is None:
            continue
        left = [name for name in ("prompt", "member_name", "message_id", "card_message_id") if row[name]]
        if left:
            yield f"{row['id']} is erased but for {', '.join(left)}"
        if row["member_id"] not in (0, ERASED):
            yield f"{row['id']} is erased, but {row['member_id']} never asked for that"


def _kept_pictures(books: Books) -> Iterator[str]:
    of_job = {name.partition(".")[0]: name for name in books.files}
    for row in books.rows:
        kept = of_job.pop(row["id"], None)
        if row["archive_key"] is not None and kept is None:
            yield f"{row['id']} remembers a kept picture that is not there"
        unwanted = row["erased_at"] is not None or row["removed_at"] is not None
        if kept is not None and unwanted:
            yield f"{row['id']} is erased or removed, but its picture is still kept"
    yield from (f"the kept picture {name} belongs to no job" for name in of_job.values())


def _acts(books: Books) -> Iterator[str]:
    reasons = Counter(act["reason"] for act in books.acts)
    yield from (f"{reason} was written down {times} times" for reason, times in reasons.items() if times > 1)
    for reason in reasons:
        told = sum(says(message).count(reason) for message in books.log)
        if told != 1:
            yield f"{reason} was told in the log channel {told} times"


def _blocks(books: Books) -> Iterator[str]:
    begun: dict[int, int] = {}
    for act in books.acts:
        if act["kind"] == "block":
            begun.setdefault(act["member_id"], act["at"])
        elif act["kind"] == "unblock" and act["member_id"] in begun:
            since, until = begun.pop(act["member_id"]) + _EDGE_MS, act["at"] - _EDGE_MS
            for row in books.rows:
                if row["member_id"] == act["member_id"] and since < row["created_at"] < until:
                    yield f"{row['id']} was taken in while its member was blocked"
