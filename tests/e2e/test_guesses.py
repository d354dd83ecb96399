"""A picture that was found by itself: its member says yes or no, or nothing, before it is sent."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from tests.e2e.harness import BEN, Bot, Sandbox, until
from tests.e2e.reading import every_component, says
from tests.e2e.test_buttons import Hands, button
from tests.e2e.test_edit import RED, colour_of, edit, is_like
from tests.e2e.test_editing import told
from tests.pictures import png

if TYPE_CHECKING:
    from tests.e2e.reading import Message


async def red_picture(sandbox: Sandbox) -> int:
    """Have a red picture made in Mia's studio of #art, and return the studio's id."""
    art = await sandbox.channel("art")
    await edit(sandbox, art, png(90, 90, RED))
    studio = await sandbox.studio(art)
    await sandbox.picture(studio)
    return studio


async def guess(sandbox: Sandbox, **options: object) -> tuple[Hands, Message]:
    """Edit the newest picture without naming it; return hands for its place, and the card."""
    studio = await red_picture(sandbox)
    asked = await sandbox.command(studio, "edit", {"prompt": "the newest", **options})
    card = await sandbox.reply(asked, studio, saying="newest picture that I found")
    return Hands(sandbox, studio), card


async def lost_its_buttons(hands: Hands, card: Message) -> None:
    """Wait until the card has no buttons any more."""

    async def bare() -> bool:
        messages = await hands.sandbox.messages(hands.channel)
        return not every_component(next(one for one in messages if one["id"] == card["id"]))

    await until(bare, what="the card to lose its buttons")


async def test_a_wrong_guess_is_undone_by_its_member_before_anything_is_sent(
    sandbox: Sandbox, idle_bot: Bot
) -> None:
    await idle_bot.start(GUESS_SECONDS="60")
    hands, card = await guess(sandbox)
    studio = hands.channel
    await hands.press(card, "undo", user=BEN)
    await told(sandbox, studio, "Only whoever asked", user=BEN)
    await hands.press(card, "undo")
    await told(sandbox, studio, "Nothing was sent, and it cost nothing")
    rows = await idle_bot.states("delivered", "cancelled")
    assert rows[1]["credits"] == 0
    await lost_its_buttons(hands, card)
    assert len(await sandbox.tasks()) == 1
    assert not [m for m in await sandbox.messages(studio) if "could not" in says(m)]


async def test_a_right_guess_is_sent_at_once_and_then_it_is_too_late_to_undo(
    sandbox: Sandbox, idle_bot: Bot
) -> None:
    await idle_bot.start(GUESS_SECONDS="60")
    hands, card = await guess(sandbox)
    studio = hands.channel
    undo = button(card, "undo")
    await hands.press(card, "go")
    await sandbox.picture(studio, 2)
    await lost_its_buttons(hands, card)
    late = [row["id"] for row in await idle_bot.states("delivered", "delivered")]
    assert undo == f"easel:undo:{late[1]}"


async def test_a_guess_that_nobody_objects_to_is_sent_by_itself(sandbox: Sandbox, idle_bot: Bot) -> None:
    await idle_bot.start(GUESS_SECONDS="1")
    studio = await red_picture(sandbox)
    await sandbox.command(studio, "edit", {"prompt": "the newest"})
    assert is_like(await colour_of(sandbox, await sandbox.picture(studio, 2)), RED)


async def test_both_buttons_of_a_guess_at_once_come_to_one_end_that_both_presses_are_told(
    sandbox: Sandbox, idle_bot: Bot
) -> None:
    await idle_bot.start(GUESS_SECONDS="60")
    hands, card = await guess(sandbox, count=2)
    studio = hands.channel
    await asyncio.gather(*(hands.press(card, action) for action in ("undo", "go", "undo")))

    async def over() -> list[str]:
        states = [row["state"] for row in idle_bot.jobs()[1:]]
        return states if set(states) in ({"cancelled"}, {"delivered"}) else []

    states = await until(over, what="both pictures to come to the same end")
    credits_spent = [row["credits"] for row in idle_bot.jobs()[1:]]
    assert credits_spent == ([0, 0] if states[0] == "cancelled" else [1, 1])
    await told(sandbox, studio, "cancelled already" if states[0] == "cancelled" else "too late")
    assert "Traceback" not in idle_bot.text()
