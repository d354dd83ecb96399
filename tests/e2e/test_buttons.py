"""The buttons below a picture: pressed by anybody, at any time, after any restart."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

from tests.e2e.harness import BEN, MIA, NOOR, until
from tests.e2e.reading import every_component, pictures_of, says

if TYPE_CHECKING:
    from tests.e2e.harness import Bot, Sandbox
    from tests.e2e.reading import Message

SEND_MESSAGES_IN_THREADS = 1 << 38


def button(message: Message, action: str) -> str:
    """Return the custom_id of the message's button for an action; empty if it has none."""
    ids = [component.get("custom_id", "") for component in every_component(message)]
    return next((each for each in ids if each.startswith(f"easel:{action}:")), "")


class Hands:
    """Presses the buttons of one place."""

    def __init__(self, sandbox: Sandbox, channel: int) -> None:
        self.sandbox = sandbox
        self.channel = channel

    async def press(self, message: Message, action: str, **who: int) -> int:
        """Press the message's button for an action."""
        name = button(message, action)
        assert name, f"there is no button to {action}"
        return await self.sandbox.press(self.channel, int(message["id"]), name, **who)

    async def ask(self, message: Message, action: str, **who: int) -> Message:
        """Press a button and return what answers it, as whoever pressed sees it."""
        return await self.sandbox.reply(await self.press(message, action, **who), self.channel)

    async def confirm(self, question: Message, *, user: int = MIA) -> None:
        """Confirm that a picture is to be deleted, and wait until the answer stands there."""
        await self.press(question, "confirm", user=user)

        async def look() -> bool:
            return "The picture is deleted" in says(
                next(m for m in await self.sandbox.messages(self.channel, user) if m["id"] == question["id"])
            )

        await until(look, what="the picture to be deleted")


async def first_picture(sandbox: Sandbox, **options: Any) -> tuple[Hands, Message]:
    """Have Mia ask for a picture in #art; return hands for her studio, and the picture there."""
    art = await sandbox.channel("art")
    await sandbox.imagine(art, "a red fox", **options)
    studio = await sandbox.studio(art)
    return Hands(sandbox, studio), await sandbox.picture(studio)


async def test_somebody_else_makes_the_same_again_after_a_restart_at_their_own_cost(
    sandbox: Sandbox, bot: Bot
) -> None:
    hands, first = await first_picture(sandbox, aspect_ratio="1:1", output_format="png")
    await bot.restart()
    card = await hands.ask(first, "reroll", user=BEN)
    assert "a red fox" in says(card)
    second = await sandbox.picture(hands.channel, 2)
    assert f"<@{BEN}>" in says(second)
    mine, his = await bot.states("delivered", "delivered")
    assert (his["parent_id"], his["member_id"], his["credits"]) == (mine["id"], BEN, 1)
    same = ("prompt", "mode", "aspect_ratio", "output_format", "thread_id")
    assert [his[name] for name in same] == [mine[name] for name in same]

    largest = await hands.press(second, "max", user=BEN)
    again = await hands.ask(second, "max", user=BEN)
    assert "already on its way" in says(again)
    await sandbox.answered(largest)
    third = await sandbox.picture(hands.channel, 3)
    assert not button(third, "max")
    *_, job = await bot.states("delivered", "delivered", "delivered")
    assert (job["mode"], job["credits"], job["parent_id"]) == ("max", 2, his["id"])
    details = says(await hands.ask(third, "info"))
    assert details.index(f"/{second['id']})") < details.index(f"/{first['id']})")


async def test_a_form_is_taken_in_long_after_it_was_opened_by_another_process(
    sandbox: Sandbox, bot: Bot
) -> None:
    hands, first = await first_picture(sandbox)
    opened = await hands.press(first, "vary", user=BEN)
    form = await sandbox.form(opened)
    assert form["prompt"]["value"] == "a red fox"
    chosen = [option["value"] for option in form["mode"]["options"] if option.get("default")]
    assert chosen == ["pro"]
    await bot.restart()
    values = {"prompt": "a blue fox", "mode": ["pro"], "aspect_ratio": ["9:16"]}
    card = await sandbox.reply(await sandbox.submit(opened, values), hands.channel)
    assert "a blue fox" in says(card)
    (picture,) = pictures_of(await sandbox.picture(hands.channel, 2))
    assert picture.height > picture.width
    mine, his = await bot.states("delivered", "delivered")
    assert (his["prompt"], his["parent_id"], his["member_id"]) == ("a blue fox", mine["id"], BEN)

    again = await hands.press(first, "vary")
    await sandbox.form(again)
    empty = await sandbox.submit(again, {**values, "prompt": " \n "})
    assert "Your prompt is empty" in says(await sandbox.reply(empty, hands.channel))
    assert "Traceback" not in bot.text()


async def test_its_member_and_moderators_delete_a_picture_and_nobody_else(sandbox: Sandbox, bot: Bot) -> None:
    hands, _ = await first_picture(sandbox, count=2)
    await sandbox.picture(hands.channel, 2)
    first, second = await sandbox.pictures(hands.channel)
    assert "Only whoever asked" in says(await hands.ask(first, "delete", user=BEN))

    question = await hands.ask(first, "delete")
    assert button(question, "confirm")
    await bot.restart()
    await hands.confirm(question)
    assert len(await sandbox.pictures(hands.channel)) == 1
    question, twice = [await hands.ask(second, "delete", user=NOOR) for _ in range(2)]
    await sandbox.ask("DELETE", f"/side/world/messages/{hands.channel}/{second['id']}", expect=204)
    await hands.confirm(question, user=NOOR)
    assert "deleted already" in says(await hands.ask(twice, "confirm", user=NOOR))
    assert await sandbox.pictures(hands.channel) == []

    rows = bot.jobs()
    assert [(row["state"], row["message_id"], row["archive_key"]) for row in rows] == [
        ("delivered", None, None)
    ] * 2
    assert not await asyncio.to_thread(lambda: list(bot.images.rglob("*.jpg")))
    with closing(sqlite3.connect(bot.database)) as connection:
        actors = connection.execute("SELECT actor FROM job_events WHERE reason LIKE 'deleted by %'")
        assert {actor for (actor,) in actors} == {f"member:{rows[0]['member_id']}", f"moderator:{NOOR}"}

    async def struck_out() -> bool:
        (card,) = [m for m in await sandbox.messages(await sandbox.channel("art")) if m.get("embeds")]
        return "~~1~~ ~~2~~" in says(card)

    await until(struck_out, what="the card to strike the pictures out")


async def test_what_cannot_be_is_told_privately(sandbox: Sandbox, bot: Bot) -> None:
    hands, first = await first_picture(sandbox)
    opened = await hands.press(first, "vary")
    await sandbox.form(opened)
    await sandbox.forbid(await sandbox.channel("art"), SEND_MESSAGES_IN_THREADS)
    for action in ("reroll", "vary", "max"):
        assert "Send Messages in Threads" in says(await hands.ask(first, action))
    values = {"prompt": "a blue fox", "mode": ["pro"], "aspect_ratio": ["1:1"]}
    assert "Send Messages in Threads" in says(
        await sandbox.reply(await sandbox.submit(opened, values), hands.channel)
    )

    question = await hands.ask(first, "delete")
    await bot.kill()
    for path in bot.database.parent.glob("easel.db*"):
        path.unlink()
    await bot.start()
    for action in ("info", "delete"):
        assert "don't know that picture any more" in says(await hands.ask(first, action))
    assert "don't know that picture any more" in says(await hands.ask(question, "confirm"))
    assert bot.jobs() == []
