"""Balances the books after a run: the bot's database, Discord's messages and the image service's tasks.

`violations` compares the three and returns a sentence for each promise that was broken.
"""

from __future__ import annotations

import asyncio
import re
import sqlite3
from collections import Counter, defaultdict
from contextlib import closing
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

from bot.jobs import TRANSITIONS, JobState
from tests.e2e.chaos.meddling import references_of
from tests.e2e.harness import ADA
from tests.e2e.reading import pictures_of, says

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tests.e2e.harness import Bot, Sandbox
    from tests.e2e.reading import Message

Row = dict[str, Any]
_PRICES: Final = {"pro": 1, "max": 2}
_ENDS: Final = (
    *("is there", "are there", "No picture", "Discord let me post it nowhere"),
    *("ancelled", "was deleted", "removed by a moderator"),
)
_EPHEMERAL: Final = 1 << 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Books:
    """What the three sides hold; the bot's public messages by their channel, the log channel's by themselves.

    `words` is every text in the database, `files` the names of the kept pictures.
    """

    rows: Sequence[Row]
    events: Sequence[Row]
    acts: Sequence[Row]
    messages: Mapping[int, Sequence[Message]]
    log: Sequence[Message]
    tasks: Sequence[Row]
    words: str
    files: Sequence[str]

    @property
    def remembered(self) -> list[Row]:
        """Return the jobs whose words were not erased."""
        return [row for row in self.rows if row["erased_at"] is None]

    def posted(self) -> Iterator[tuple[int, Message]]:
        """Return every message of the bot with its channel."""
        for channel, messages in self.messages.items():
            for message in messages:
                yield channel, message


async def read(sandbox: Sandbox, bot: Bot, *, log_channel: int) -> Books:
    """Read all of it."""
    with closing(sqlite3.connect(f"file:{bot.database}?mode=ro", uri=True, timeout=10)) as connection:
        connection.row_factory = sqlite3.Row
        events = [dict(row) for row in connection.execute("SELECT * FROM job_events ORDER BY id")]
        acts = [dict(row) for row in connection.execute("SELECT * FROM acts ORDER BY id")]
        words = "\n".join(connection.iterdump())
    state = await sandbox.state(ADA)
    places = [place for guild in state["guilds"] for place in (*guild["channels"], *guild["threads"])]
    for person in await sandbox.ask("GET", "/side/people"):
        if not person["bot"]:
            places += (await sandbox.state(int(person["id"])))["direct_channels"]
    messages: dict[int, list[Message]] = {}
    for place in places:
        found = await sandbox.ask("GET", f"/side/world/threads/{place['id']}/messages")
        messages[int(place["id"])] = [message for message in found if _is_public(message)]
    return Books(
        rows=bot.jobs(),
        events=events,
        acts=acts,
        log=messages.pop(log_channel),
        messages=messages,
        tasks=await sandbox.tasks(),
        words=words,
        files=[file.name for file in await asyncio.to_thread(lambda: [*bot.images.rglob("*.*")])],
    )


def _is_public(message: Message) -> bool:
    return bool(message["author"].get("bot")) and not message["flags"] & _EPHEMERAL


def violations(books: Books) -> list[str]:
    """Return what is wrong; an empty list is what the engine promises."""
    checks = (_ends, _credits, _pictures, _tasks, _histories, _notices, _cards)
    return [problem for check in checks for problem in check(books)]


def summary(books: Books) -> dict[str, int]:
    """Return how many jobs came to which end."""
    ends = Counter(
        f"failed ({row['failure_cause']})" if row["state"] == "failed" else row["state"] for row in books.rows
    )
    return dict(sorted(ends.items()))


def _ends(books: Books) -> Iterator[str]:
    for row in books.rows:
        if not JobState(row["state"]).is_final:
            yield f"{row['id']} is still {row['state']}"
        elif row["due_at"] is not None:
            yield f"{row['id']} is {row['state']}, but nobody was told"
        if row["lease_owner"] is not None:
            yield f"{row['id']} is {row['state']} and still held"


def _credits(books: Books) -> Iterator[str]:
    for row in books.rows:
        free = row["state"] == "failed" or (row["state"] == "cancelled" and row["discarded_at"] is None)
        price = 0 if free else _PRICES[row["mode"]]
        if row["credits"] != price:
            yield f"{row['id']} is {row['state']} and costs {row['credits']}, not {price}"


def _pictures(books: Books) -> Iterator[str]:
    shown: dict[str, list[tuple[int, int, str]]] = defaultdict(list)
    for channel, message in books.posted():
        for picture in pictures_of(message):
            job_id = picture.filename.removeprefix("easel-").partition(".")[0]
            shown[job_id].append((channel, int(message["id"]), picture.alt))
    for row in books.rows:
        found = shown.pop(row["id"], [])
        if row["state"] != "delivered" or row["removed_at"] is not None or row["erased_at"] is not None:
            if found:
                end = "removed" if row["state"] == "delivered" else row["state"]
                yield f"{row['id']} is {end}, but its picture is there: {found}"
            continue
        if len(found) != 1:
            yield f"{row['id']} is delivered, but its picture is there {len(found)} times: {found}"
            continue
        ((channel, message_id, alt),) = found
        if (channel, message_id) != (row["message_channel_id"], row["message_id"]):
            yield f"{row['id']} was posted in {channel} as {message_id}, but remembers another place"
        if channel not in (row["thread_id"], row["channel_id"]):
            yield f"{row['id']} was posted in {channel}, where nobody asked for it"
        if mark_of(row) not in alt:
            yield f"{row['id']} shows somebody else's picture: {alt}"
    yield from (f"the picture of {job_id} belongs to no job: {found}" for job_id, found in shown.items())


def marks(text: str) -> list[str]:
    """Return the words in a text that stand in one command's prompt only."""
    return re.findall(r"\bno\d{5}\b", text)


def mark_of(row: Row) -> str:
    """Return that word of a job's prompt."""
    (mark,) = marks(row["prompt"])
    return mark


def _tasks(books: Books) -> Iterator[str]:
    sent = Counter(task["callback_url"].split("/")[-2] for task in books.tasks)
    yield from (f"{job_id} was sent {times} times" for job_id, times in sent.items() if times > 1)
    jobs = Counter(row["prompt"] for row in books.remembered)
    remembered = {row["id"]: row for row in books.remembered}
    prompts: Counter[str] = Counter()
    for task in books.tasks:
        row = remembered.get(task["callback_url"].split("/")[-2])
        if row is None:
            continue
        prompts[task["input"]["prompt"]] += 1
        got, wanted = len(task["input"].get("image_urls") or ()), references_of(row)
        if row["task_id"] == task["taskId"] and got != wanted:
            yield f"{row['id']} was sent with {got} pictures instead of {wanted}"
    for prompt, times in prompts.items():
        if times > jobs[prompt]:
            yield f"the prompt {prompt!r} was sent {times} times for {jobs[prompt]} jobs"
    of_task = {task["taskId"]: task["callback_url"].split("/")[-2] for task in books.tasks}
    for row in books.rows:
        if row["task_id"] is not None and of_task.get(row["task_id"]) != row["id"]:
            yield f"{row['id']} has the task of {of_task.get(row['task_id'])}"


def _histories(books: Books) -> Iterator[str]:
    lines: dict[str, list[Row]] = defaultdict(list)
    for event in books.events:
        lines[event["job_id"]].append(event)
    for row in books.rows:
        history = lines[row["id"]]
        if not history or history[0]["source"] is not None or history[0]["target"] != "queued":
            yield f"the history of {row['id']} does not begin with its admission"
            continue
        if history[-1]["target"] != row["state"]:
            yield f"the history of {row['id']} ends {history[-1]['target']}, but it is {row['state']}"
        for before, event in pairwise(history):
            source, target = JobState(event["source"]), JobState(event["target"])
            if event["source"] != before["target"]:
                yield f"the history of {row['id']} jumps from {before['target']} to {source}"
            if target is not source and target not in TRANSITIONS[source]:
                yield f"{row['id']} went from {source} to {target}"


def _notices(books: Books) -> Iterator[str]:
    failed: dict[str, list[Row]] = defaultdict(list)
    for row in books.remembered:
        if row["state"] == "failed" and row["discarded_at"] is None:
            failed[mark_of(row)].append(row)
    said: Counter[str] = Counter()
    known = {int(message["id"]) for _, message in books.posted()}
    for _, message in books.posted():
        if not message.get("embeds") and not pictures_of(message):
            said.update(marks(says(message)))
    for mark in sorted(said.keys() | failed.keys()):
        rows = failed[mark]
        refused = sum(row["message_id"] is None and row["discord_code"] is not None for row in rows)
        if not len(rows) - refused <= said[mark] <= len(rows):
            yield f"{len(rows)} jobs of {mark} failed, and their member was told {said[mark]} times"
    for rows in failed.values():
        for row in rows:
            if row["message_id"] is not None and row["message_id"] not in known:
                yield f"{row['id']} remembers a notice that is not there"


def _cards(books: Books) -> Iterator[str]:
    cards = {
        int(message["id"]): says(message)
        for _, message in books.posted()
        if message.get("embeds") and not pictures_of(message)
    }
    for row in books.rows:
        if row["card_message_id"] is not None and row["card_message_id"] not in cards:
            yield f"the card of {row['id']} is not there"
        card = cards.get(row["card_message_id"] or 0, "")
        is_shown = row["state"] == "delivered" and row["message_id"] is not None
        if card and is_shown and str(row["message_id"]) not in card:
            yield f"the card of {row['id']} does not link its picture: {card!r}"
    known = {row["card_message_id"] for row in books.rows}
    for message_id, card in cards.items():
        if not any(end in card for end in _ENDS):
            whose = "" if message_id in known else " (no job knows it)"
            yield f"the card {message_id}{whose} does not say the end: {card!r}"
