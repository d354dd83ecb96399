"""What waits and runs, seen and called off by its members and by moderators, at any moment of its way."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

from tests.e2e.harness import BEN, MIA, NOOR, until
from tests.e2e.reading import every_component, says

if TYPE_CHECKING:
    from tests.e2e.harness import Bot, Sandbox
    from tests.e2e.reading import Message

FREE = "Cancelled; it cost nothing."
SPENT = "Cancelled, but it was already being made, so its credits stay spent."
MANAGE_MESSAGES = 1 << 13


class List:
    """A private list of jobs, as the person who asked for it has it before them."""

    def __init__(self, sandbox: Sandbox, channel: int, user: int, message: Message) -> None:
        self.sandbox = sandbox
        self.channel = channel
        self.user = user
        self.message = message

    @property
    def text(self) -> str:
        return says(self.message)

    def names(self, action: str) -> list[str]:
        """Return the custom_ids of the buttons for an action, from the top."""
        ids = [str(part.get("custom_id", "")) for part in every_component(self.message)]
        return [name for name in ids if name.startswith(f"easel:{action}:")]

    async def press(self, name: str, *, user: int = 0, saying: str = "") -> Message:
        """Press a button and return what its answer is, or changes."""
        pressed = await self.sandbox.press(
            self.channel, int(self.message["id"]), name, user=user or self.user
        )
        return await self.sandbox.reply(pressed, self.channel, saying=saying)

    async def cancel(self, job_id: str, *, saying: str) -> str:
        """Press a job's button, and return what then stands there or is answered."""
        (name,) = [name for name in self.names("jobs_cancel") if job_id in name]
        answer = await self.press(name, saying=saying)
        if answer["id"] == self.message["id"]:
            self.message = answer
        return says(answer)

    async def refresh(self, *, saying: str = "") -> None:
        """Press the button that draws the page anew."""
        self.message = await self.press(self.names("jobs_page")[0], saying=saying)


async def ask(sandbox: Sandbox, channel: int, prompt: str, **options: Any) -> int:
    """Ask for a picture and wait until it is taken in, so that it comes after all earlier ones."""
    card = await sandbox.imagine(channel, prompt, **options)
    await sandbox.answered(card)
    return card


async def listed(sandbox: Sandbox, channel: int, *, user: int = MIA, command: str = "jobs") -> List:
    """Ask for a list of jobs."""
    asked = await sandbox.command(channel, command, {}, user=user)
    return List(sandbox, channel, user, await sandbox.reply(asked, channel))


async def card_says(sandbox: Sandbox, card: int, channel: int, text: str) -> None:
    """Wait until a card says this."""

    async def look() -> bool:
        return text in says(await sandbox.reply(card, channel))

    await until(look, what=f"the card to say: {text}")


async def rows_of(bot: Bot, **wanted: Any) -> list[dict[str, Any]]:
    return [row for row in bot.jobs() if all(row[name] == value for name, value in wanted.items())]


def entry(text: str, prompt: str) -> str:
    """Return what the list says below a prompt."""
    lines = text.splitlines()
    return lines[next(index for index, line in enumerate(lines) if prompt in line) + 1]


async def test_members_see_their_true_places_and_call_off_what_waits_and_what_runs(
    sandbox: Sandbox, idle_bot: Bot
) -> None:
    await idle_bot.start(QUOTA_CONCURRENT_JOBS="1")
    art = await sandbox.channel("art")
    await sandbox.set_service(seconds=60)
    assert "nothing waiting or running" in (await listed(sandbox, art)).text
    cards = {name: await ask(sandbox, art, name) for name in ("first", "second", "third")}
    await ask(sandbox, art, "his first", user=BEN)
    await ask(sandbox, art, "his second", user=BEN)
    first, second, third, *_ = await idle_bot.states("running", "queued", "queued", "running", "queued")

    mine = await listed(sandbox, art)
    assert "Being made, expected <t:" in entry(mine.text, "first")
    assert "Number 1 of 3 in the queue. 1 of yours is running. Expected <t:" in entry(mine.text, "second")
    assert "Number 3 of 3" in entry(mine.text, "third")
    assert "his" not in mine.text
    his = await listed(sandbox, art, user=BEN)
    assert "Number 2 of 3" in entry(his.text, "his second")

    await idle_bot.restart(QUOTA_CONCURRENT_JOBS="1")
    assert FREE in await mine.cancel(third["id"], saying=FREE)
    assert "third" not in mine.text
    await card_says(sandbox, cards["third"], art, FREE)
    assert SPENT in await mine.cancel(first["id"], saying=SPENT)
    assert "still counts as running" in entry(mine.text, "first")
    assert [second["id"] in name for name in mine.names("jobs_cancel")] == [True]
    await card_says(sandbox, cards["first"], art, SPENT)
    states = [(row["state"], row["credits"], bool(row["discarded_at"])) for row in idle_bot.jobs()[:3]]
    assert states == [("running", 1, True), ("queued", 1, False), ("cancelled", 0, False)]
    await his.refresh(saying="Number 2 of 2")
    assert "Traceback" not in idle_bot.text()


async def test_a_discarded_picture_keeps_its_turn_until_the_service_is_done_and_is_posted_nowhere(
    sandbox: Sandbox, idle_bot: Bot
) -> None:
    await idle_bot.start(QUOTA_CONCURRENT_JOBS="1")
    art = await sandbox.channel("art")
    await sandbox.set_service(seconds=4)
    card = await sandbox.imagine(art, "a red fox", count=2)
    first, _ = await idle_bot.states("running", "queued")
    mine = await listed(sandbox, art)
    await mine.cancel(first["id"], saying=SPENT)
    await card_says(sandbox, card, art, "1 of 2 cancelled, but already being made")
    assert len(await sandbox.tasks()) == 1
    await idle_bot.states("cancelled", "running")
    await sandbox.set_service(seconds=0.2)
    cancelled, delivered = await idle_bot.states("cancelled", "delivered")
    assert (cancelled["credits"], cancelled["message_id"], cancelled["result_urls"]) == (1, None, "[]")
    assert cancelled["completed_at"] > cancelled["discarded_at"]
    assert delivered["submitted_at"] >= cancelled["completed_at"]
    assert len(await sandbox.pictures(await sandbox.studio(art))) == 1
    await card_says(sandbox, card, art, "Your picture")


async def test_a_discarded_picture_that_fails_is_refunded_without_a_notice(
    sandbox: Sandbox, bot: Bot
) -> None:
    art = await sandbox.channel("art")
    await sandbox.set_service(seconds=2, fail_next="INTERNAL_ERROR")
    card = await sandbox.imagine(art)
    (job,) = await bot.states("running")
    await (await listed(sandbox, art)).cancel(job["id"], saying=SPENT)
    (failed,) = await bot.states("failed")
    await card_says(sandbox, card, art, FREE)
    assert (failed["credits"], failed["message_id"]) == (0, None)
    studio = await sandbox.studio(art)
    assert [m for m in await sandbox.messages(studio) if "It cost you nothing" in says(m)] == []


async def test_a_picture_that_was_not_sent_after_all_is_refunded_although_it_was_called_off_too_late(
    sandbox: Sandbox, bot: Bot
) -> None:
    art = await sandbox.channel("art")
    hold = {"kind": "delay", "seconds": 2}
    fault = await sandbox.fault("apixo", hold, path="generateTask", times=1)
    await sandbox.fault("apixo", {"kind": "status", "status": 503}, path="generateTask")
    card = await sandbox.imagine(art)
    await sandbox.hit(fault)
    (job,) = await bot.states("submitting")
    mine = await listed(sandbox, art)
    assert "Being sent" in mine.text
    await mine.cancel(job["id"], saying=SPENT)

    async def ended() -> bool:
        return bot.jobs()[0]["state"] in {"cancelled", "running"}

    await until(ended, what="the request to be answered")
    (row,) = bot.jobs()
    if row["state"] == "cancelled":
        assert row["credits"] == 0
        await card_says(sandbox, card, art, FREE)
    else:
        await sandbox.mend()
        (row,) = await bot.states("cancelled")
        assert row["credits"] == 1
        await card_says(sandbox, card, art, SPENT)


async def test_a_finished_picture_is_called_off_before_it_is_posted_and_not_while_it_is(
    sandbox: Sandbox, bot: Bot
) -> None:
    art = await sandbox.channel("art")
    files = await sandbox.fault("files", {"kind": "status", "status": 503})
    card = await sandbox.imagine(art, "called off")
    (job,) = await bot.states("ready")
    mine = await listed(sandbox, art)
    assert "about to be posted" in mine.text
    await mine.cancel(job["id"], saying=SPENT)
    await card_says(sandbox, card, art, SPENT)
    (row,) = await bot.states("cancelled")
    assert row["credits"] == 1

    async with sandbox.session.delete(f"{sandbox.url}/faults/{files}") as answer:
        assert answer.ok
    posts = await sandbox.fault(
        "discord", {"kind": "delay", "seconds": 3}, method="POST", path=r"/channels/\d+/messages$"
    )
    waiting = await sandbox.fault("files", {"kind": "delay", "seconds": 2})
    await sandbox.imagine(art, "posted")
    await bot.states("cancelled", "ready")
    late = await listed(sandbox, art)
    await sandbox.hit(waiting)
    await sandbox.hit(posts)
    _, posted = await bot.states("cancelled", "delivering")
    assert "being posted at this moment" in await late.cancel(posted["id"], saying="")
    await bot.states("cancelled", "delivered")
    assert "over already" in await late.cancel(posted["id"], saying="")
    assert "Traceback" not in bot.text()


async def test_while_the_service_is_paused_the_list_says_so_and_calling_off_costs_nothing(
    sandbox: Sandbox, bot: Bot
) -> None:
    art = await sandbox.channel("art")
    await sandbox.set_service(balance=0)
    card = await sandbox.imagine(art)
    await card_says(sandbox, card, art, "Nothing is lost")
    mine = await listed(sandbox, art)
    assert "Number 1 of 1 in the queue. The service is paused" in mine.text
    assert "Expected" not in mine.text
    (job,) = bot.jobs()
    await mine.cancel(job["id"], saying=FREE)
    await card_says(sandbox, card, art, FREE)
    await bot.states("cancelled")


async def test_moderators_see_everybodys_and_call_them_off_on_record_once(sandbox: Sandbox, bot: Bot) -> None:
    art = await sandbox.channel("art")
    await sandbox.set_service(seconds=60)
    card = await ask(sandbox, art, "a rude fox")
    await ask(sandbox, art, "a red fox", user=BEN)
    rude, red = await bot.states("running", "running")
    refused = {"user": BEN, "channel_id": str(art), "name": "mod jobs", "options": {}}
    await sandbox.ask("POST", "/side/commands", json=refused, expect=403)

    one, other = [await listed(sandbox, art, user=NOOR, command="mod jobs") for _ in range(2)]
    assert f"<@{MIA}>" in one.text
    assert f"<@{BEN}>" in one.text
    await one.cancel(rude["id"], saying=SPENT)
    assert "cancelled already" in await other.cancel(rude["id"], saying="")
    await card_says(sandbox, card, art, "A moderator cancelled this. It was already being made")
    given = {"job": f" `{red['id'].upper()}` ", "reason": "too loud"}
    done = await sandbox.command(art, "mod cancel", given, user=NOOR)
    assert SPENT in says(await sandbox.reply(done, art))
    unknown = await sandbox.command(art, "mod cancel", {"job": "nothing"}, user=NOOR)
    assert "don't know that picture" in says(await sandbox.reply(unknown, art))
    with closing(sqlite3.connect(bot.database)) as connection:
        acts = connection.execute("SELECT kind, actor_id, member_id, job_id, detail, reason FROM acts")
        detail = "already sent, credits stay spent"
        assert acts.fetchall() == [
            ("cancel", NOOR, MIA, rude["id"], detail, ""),
            ("cancel", NOOR, BEN, red["id"], detail, "too loud"),
        ]


async def test_whoever_moderates_no_longer_is_refused_at_the_button(sandbox: Sandbox, bot: Bot) -> None:
    art = await sandbox.channel("art")
    await sandbox.set_service(seconds=60)
    await sandbox.imagine(art)
    (job,) = await bot.states("running")
    theirs = await listed(sandbox, art, user=NOOR, command="mod jobs")
    guild = await sandbox.guild()
    role = next(
        one for one in guild["roles"] if int(one["permissions"]) & MANAGE_MESSAGES and not one["managed"]
    )
    changed = {"permissions": str(int(role["permissions"]) & ~MANAGE_MESSAGES)}
    await sandbox.ask("PATCH", f"/side/world/roles/{role['id']}", json=changed)
    assert "You need the permission Manage Messages" in await theirs.cancel(job["id"], saying="")
    (row,) = await bot.states("running")
    assert row["discarded_at"] is None


async def test_what_is_under_way_is_offered_while_a_moderator_types(sandbox: Sandbox, bot: Bot) -> None:
    art = await sandbox.channel("art")
    await sandbox.set_service(seconds=60)
    for prompt in ("a red fox", "a blue fox", "a castle"):
        await ask(sandbox, art, prompt)
    rows = await bot.states("running", "running", "running")

    typing = {"user": NOOR, "channel_id": str(art), "name": "mod cancel", "focused": "job"}

    async def offered(words: str) -> list[str]:
        asked = {**typing, "options": {"job": words}}
        begun = await sandbox.ask("POST", "/side/autocompletes", json=asked, expect=201)

        async def answered() -> dict[str, Any] | None:
            found = await sandbox.ask("GET", f"/side/interactions/{begun['interaction_id']}?user={NOOR}")
            return found if found["state"] == "answered" else None

        found = await until(answered, what="something to be offered")
        assert found
        return [choice["value"] for choice in found["choices"]]

    ids = [row["id"] for row in rows]
    assert await offered("") == ids
    assert await offered("FOX") == ids[:2]
    assert await offered(ids[2]) == ids[2:]


async def test_many_are_shown_in_pages(sandbox: Sandbox, idle_bot: Bot) -> None:
    count = 10
    await idle_bot.start(QUOTA_CONCURRENT_JOBS="1")
    art = await sandbox.channel("art")
    await sandbox.set_service(seconds=60)
    for index in range(count):
        await sandbox.imagine(art, f"picture {index}")

    async def admitted() -> bool:
        return len(idle_bot.jobs()) == count

    await until(admitted, what="all to be taken in")
    mine = await listed(sandbox, art)
    assert f"{count} pictures under way** · page 1 of 2" in mine.text
    assert len(mine.names("jobs_cancel")) == 8
    more = await mine.press(mine.names("jobs_page")[-1], saying="page 2 of 2")
    mine.message = more
    last = mine.names("jobs_cancel")
    assert len(last) == 2
    for name in last:
        await mine.cancel(name.partition(":jobs_cancel:")[2].partition(".")[0], saying=FREE)
    assert "8 pictures under way**" in mine.text
    assert "page" not in mine.text


async def test_calling_off_is_told_also_where_the_database_takes_its_time(
    sandbox: Sandbox, idle_bot: Bot
) -> None:
    await idle_bot.start(QUOTA_CONCURRENT_JOBS="1")
    art = await sandbox.channel("art")
    await sandbox.set_service(seconds=60)
    for prompt in ("first", "second", "third"):
        await ask(sandbox, art, prompt)
    _, second, third = await idle_bot.states("running", "queued", "queued")
    mine = await listed(sandbox, art)
    (name,) = [name for name in mine.names("jobs_cancel") if second["id"] in name]
    with closing(sqlite3.connect(idle_bot.database, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        slow = [
            await sandbox.press(art, int(mine.message["id"]), name),
            await sandbox.command(art, "mod cancel", {"job": third["id"]}, user=NOOR),
        ]

        async def promised() -> bool:
            return all([(await sandbox.interaction(each))["state"] == "thinking" for each in slow])

        await until(promised, what="the promise of answers")
        connection.execute("ROLLBACK")
    for each in slow:
        assert FREE in says(await sandbox.reply(each, art, saying=FREE))
    await idle_bot.states("running", "cancelled", "cancelled")
    assert "Traceback" not in idle_bot.text()


async def test_called_off_at_the_very_moment_it_is_sent_it_is_one_or_the_other(
    sandbox: Sandbox, bot: Bot
) -> None:
    art = await sandbox.channel("art")
    await sandbox.set_service(seconds=0.2)
    await sandbox.fault("apixo", {"kind": "delay", "seconds": 0.05}, path="generateTask")
    cards = [await ask(sandbox, art, f"picture {index}") for index in range(6)]
    ids = [row["id"] for row in bot.jobs()]
    told = await asyncio.gather(
        *(sandbox.command(art, "mod cancel", {"job": job_id}, user=NOOR) for job_id in ids)
    )
    said = [says(await sandbox.reply(each, art)) for each in told]

    async def over() -> bool:
        return all(row["state"] in {"cancelled", "delivered"} and row["due_at"] is None for row in bot.jobs())

    await until(over, what="all to be over and told")
    for words, row, card in zip(said, bot.jobs(), cards, strict=False):
        if FREE in words:
            assert (row["state"], row["credits"]) == ("cancelled", 0)
            await card_says(sandbox, card, art, "it cost nothing")
        elif SPENT in words:
            assert (row["state"], row["credits"]) == ("cancelled", 1)
            await card_says(sandbox, card, art, "credits stay spent")
        else:
            assert (row["state"], row["credits"]) == ("delivered", 1)
    posted = len(await sandbox.pictures(await sandbox.studio(art)))
    assert posted == len(await rows_of(bot, state="delivered"))
