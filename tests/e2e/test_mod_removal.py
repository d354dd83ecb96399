"""Moderators remove what has no message: pictures that no place took, and those deleted by hand but kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest_asyncio

from tests.e2e.gallery import Visitor, job, undeliverable
from tests.e2e.harness import until
from tests.e2e.reading import says
from tests.e2e.running import GENEROUS
from tests.e2e.stage import Stage
from tests.e2e.test_mod import Desk, acts

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.e2e.harness import Bot, Sandbox


@pytest_asyncio.fixture
async def stage(sandbox: Sandbox, idle_bot: Bot) -> AsyncIterator[Stage]:
    await idle_bot.start(**GENEROUS)
    yield Stage(sandbox=sandbox, bot=idle_bot)


async def test_a_picture_that_no_place_took_is_removed_by_its_number_and_claimed_by_nobody(
    stage: Stage,
) -> None:
    made = await undeliverable(stage, await stage.channel())
    channel = await stage.channel()
    desk = Desk(stage.sandbox, channel)
    visitor = Visitor(stage.sandbox, channel)
    await visitor.open(made["prompt"])
    await visitor.pick(made["prompt"])
    assert "The picture is removed" in await desk.mod("remove", message=made["id"], reason="spam")
    assert "does not wait" in says(await visitor.press("Post it here", saying="does not wait"))
    assert not list(stage.bot.images.rglob("*.jpg"))
    assert job(stage, made)["archive_key"] is None
    assert [(act["kind"], act["reason"]) for act in acts(stage.bot)] == [("remove", "spam")]
    assert "deleted already" in await desk.mod("remove", message=made["id"], reason="again")

    async def told() -> bool:
        cards = await stage.sandbox.messages(made["channel_id"])
        return any("removed by a moderator" in says(card) for card in cards)

    await until(told, what="the card to say who removed it")


async def test_a_picture_whose_message_was_deleted_by_hand_is_removed_before_it_is_posted_again(
    stage: Stage,
) -> None:
    channel = await stage.channel()
    desk = Desk(stage.sandbox, channel)
    async with stage.held_back(channel) as waiting:
        assert "still to come" in await desk.mod(
            "remove", message=(await waiting.row("ready"))["id"], reason="x"
        )
    made = await waiting.row()
    place = made["message_channel_id"]
    await stage.sandbox.ask("DELETE", f"/side/world/messages/{place}/{made['message_id']}", expect=204)
    visitor = Visitor(stage.sandbox, channel)
    await visitor.open(waiting.prompt)
    await visitor.pick(waiting.prompt)
    assert "its member can post it again" in await desk.mod("who", message=made["id"])
    assert "The picture is removed" in await desk.mod("remove", message=made["id"], reason="spam")
    assert "is deleted already" in says(await visitor.press("Post again", saying="is deleted already"))
    assert await stage.sandbox.pictures(place) == []
    assert not list(stage.bot.images.rglob("*.jpg"))
