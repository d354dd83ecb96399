"""`/imagine` from the command to the picture in the thread, in real processes over the wire."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from tests.e2e.harness import BEN, MIA, until
from tests.e2e.reading import pictures_of, says

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tests.e2e.harness import Bot, Sandbox
    from tests.e2e.reading import Message


async def test_a_picture_comes_to_the_members_studio_with_alt_text_and_a_mention(
    sandbox: Sandbox, bot: Bot
) -> None:
    art = await sandbox.channel("art")
    card = await sandbox.reply(await sandbox.imagine(art, "a red fox in the snow"), art)
    assert "a red fox in the snow" in says(card)
    assert "<t:" in says(card)

    studio = await sandbox.studio(art)
    message = await sandbox.picture(studio)
    (picture,) = pictures_of(message)
    (job,) = await bot.states("delivered")
    assert picture.filename == f"easel-{job['id']}.jpg"
    assert picture.alt == "a red fox in the snow"
    assert picture.width > picture.height
    assert f"<@{MIA}>" in says(message)
    assert [mention["id"] for mention in message["mentions"]] == [str(MIA)]


async def test_the_card_is_redrawn_with_a_link_when_the_picture_is_there(sandbox: Sandbox, bot: Bot) -> None:
    art = await sandbox.channel("art")
    card = await sandbox.reply(await sandbox.imagine(art), art)
    picture = await sandbox.picture(await sandbox.studio(art))

    async def linked() -> bool:
        now = next(message for message in await sandbox.messages(art) if message["id"] == card["id"])
        return f"/{picture['id']})" in says(now)

    await until(linked, what="the link on the card")


async def test_a_delivered_picture_costs_two_requests_where_a_thread_is_opened_and_one_where_it_exists(
    sandbox: Sandbox, bot: Bot
) -> None:
    art = await sandbox.channel("art")
    for pictures, expected in ((1, 2), (2, 1)):
        before = len(await counted_requests(sandbox))
        await sandbox.imagine(art)
        await sandbox.picture(await sandbox.studio(art), pictures)
        await until(told(bot), what="the outcome to be told")
        assert len(await counted_requests(sandbox)) - before == expected


async def test_a_members_studio_is_used_again_even_when_it_is_archived(sandbox: Sandbox, bot: Bot) -> None:
    art = await sandbox.channel("art")
    await sandbox.imagine(art, "the first")
    studio = await sandbox.studio(art)
    await sandbox.picture(studio)
    await sandbox.change_channel(studio, archived=True)
    card = await sandbox.reply(await sandbox.imagine(art, "the second"), art)
    assert f"<#{studio}>" in says(card)
    await sandbox.picture(studio, 2)


async def test_two_members_have_studios_of_their_own(sandbox: Sandbox, bot: Bot) -> None:
    art = await sandbox.channel("art")
    await sandbox.imagine(art, "hers", user=MIA)
    await sandbox.imagine(art, "his", user=BEN)
    hers, his = await sandbox.studio(art, "Mia"), await sandbox.studio(art, "Ben")
    assert hers != his
    assert "hers" in says(await sandbox.picture(hers))
    assert "his" in says(await sandbox.picture(his))


async def test_two_commands_at_once_share_one_studio(sandbox: Sandbox, bot: Bot) -> None:
    art = await sandbox.channel("art")
    await asyncio.gather(sandbox.imagine(art, "one"), sandbox.imagine(art, "two"))
    await sandbox.picture(await sandbox.studio(art), 2)
    assert len((await sandbox.guild())["threads"]) == 1


async def test_inside_a_thread_the_picture_comes_to_that_thread(sandbox: Sandbox, bot: Bot) -> None:
    art = await sandbox.channel("art")
    await sandbox.imagine(art)
    studio = await sandbox.studio(art)
    await sandbox.picture(studio)
    await sandbox.imagine(studio, "by Ben in Mia's thread", user=BEN)
    assert "by Ben" in says(await sandbox.picture(studio, 2))
    assert len((await sandbox.guild())["threads"]) == 1


@pytest.mark.parametrize("name", ["no-threads", "Voice"])
async def test_where_no_thread_can_be_opened_the_picture_comes_as_a_reply_and_the_card_says_why(
    sandbox: Sandbox, bot: Bot, name: str
) -> None:
    channel = await sandbox.channel(name)
    card = await sandbox.reply(await sandbox.imagine(channel), channel)
    assert "as a reply here, because" in says(card)
    picture = await sandbox.picture(channel)
    assert picture["message_reference"]["message_id"] == card["id"]


async def test_a_long_rate_limit_on_opening_threads_brings_the_picture_to_the_channel(
    sandbox: Sandbox, bot: Bot
) -> None:
    art = await sandbox.channel("art")
    limit = {"kind": "ratelimit", "retry_after": 219, "scope": "shared"}
    await sandbox.fault("discord", limit, method="POST", path="/threads$")
    card = await sandbox.reply(await sandbox.imagine(art), art)
    await sandbox.picture(art)
    now = await sandbox.messages(art)
    assert "opens" not in says(card)
    (row,) = await bot.states("delivered")
    assert row["place_note"] == "rate_limited"
    assert any(message.get("message_reference") for message in now)


async def test_four_pictures_come_from_one_command_under_one_card(sandbox: Sandbox, bot: Bot) -> None:
    art = await sandbox.channel("art")
    card = await sandbox.reply(await sandbox.imagine(art, count=4), art)
    assert "4 pictures" in says(card)
    studio = await sandbox.studio(art)
    await sandbox.picture(studio, 4)
    names = {pictures_of(message)[0].filename for message in await sandbox.pictures(studio)}
    assert len(names) == 4

    async def counted() -> bool:
        now = next(message for message in await sandbox.messages(art) if message["id"] == card["id"])
        return "4 of 4 pictures are there" in says(now)

    await until(counted, what="the card to count four")


async def test_the_chosen_options_reach_the_service_and_the_picture(sandbox: Sandbox, bot: Bot) -> None:
    art = await sandbox.channel("art")
    await sandbox.imagine(art, "a tower", aspect_ratio="9:16", mode="max", output_format="png")
    message = await sandbox.picture(await sandbox.studio(art))
    (task,) = await sandbox.tasks()
    assert task["input"] == {
        "mode": "max",
        "prompt": "a tower",
        "aspect_ratio": "9:16",
        "output_format": "png",
    }
    assert task["request_type"] == "async"
    (picture,) = pictures_of(message)
    assert picture.filename.endswith(".png")
    assert picture.height > picture.width
    (row,) = await bot.states("delivered")
    assert row["credits"] == 2


async def test_a_refused_prompt_is_told_by_its_cause_and_costs_nothing(sandbox: Sandbox, bot: Bot) -> None:
    art = await sandbox.channel("art")
    await sandbox.imagine(art, "a forbidden-test-word")
    studio = await sandbox.studio(art)

    async def notice() -> list[Message]:
        return [m for m in await sandbox.messages(studio) if "content rules" in says(m)]

    (message,) = await until(notice, what="the reason in the thread")
    assert "It cost you nothing" in says(message)
    (row,) = await bot.states("failed")
    assert row["credits"] == 0


async def test_the_info_button_answers_privately_after_a_restart(sandbox: Sandbox, bot: Bot) -> None:
    art = await sandbox.channel("art")
    await sandbox.imagine(art, "a harbour at night")
    studio = await sandbox.studio(art)
    message = await sandbox.picture(studio)
    (job,) = await bot.states("delivered")
    await bot.restart()
    press = await sandbox.press(studio, int(message["id"]), f"easel:info:{job['id']}", user=BEN)
    details = await sandbox.reply(press, studio)
    assert "a harbour at night" in says(details)
    assert job["id"] in says(details)
    assert details["id"] not in [each["id"] for each in await sandbox.messages(studio, MIA)]


async def counted_requests(sandbox: Sandbox) -> list[dict[str, object]]:
    """Return the bot's requests that count against its limit: all but those of interactions."""
    calls = await sandbox.ask("GET", "/side/world/requests?since=0")
    return [call for call in calls if not call["path"].startswith(("/interactions", "/webhooks"))]


def told(bot: Bot) -> Callable[[], Awaitable[bool]]:
    """Return a look at whether every outcome was told."""

    async def look() -> bool:
        return all(row["state"] == "delivered" and row["due_at"] is None for row in bot.jobs())

    return look
