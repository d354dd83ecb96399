"""The bot is killed without a warning at any moment; started again, it goes on and delivers once."""

from __future__ import annotations

import asyncio
import signal
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from tests.e2e.harness import LEASE, until
from tests.e2e.reading import Message, befores_of, says
from tests.e2e.test_edit import edit
from tests.pictures import png

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from tests.e2e.harness import Bot, Sandbox

HANG: Mapping[str, object] = {"kind": "hang"}
SECRET = "a-secret-of-at-least-32-characters!"


async def the_one_picture(sandbox: Sandbox, bot: Bot, art: int) -> Message:
    """Wait until the job is delivered and told, and return its message, which must be the only one."""
    await bot.states("delivered")
    studio = await sandbox.studio(art)
    message = await sandbox.picture(studio)

    async def told() -> bool:
        return bot.jobs()[0]["due_at"] is None

    await until(told, what="the outcome to be told")
    assert len(await sandbox.pictures(studio)) == 1
    assert await sandbox.pictures(art) == []
    assert len(await sandbox.tasks()) == 1
    (row,) = bot.jobs()
    assert row["lease_owner"] is None
    assert row["credits"] == 1
    assert row["message_id"] == int(message["id"])
    return message


async def test_killed_while_queued_it_is_sent_after_the_restart(sandbox: Sandbox, bot: Bot) -> None:
    art = await sandbox.channel("art")
    busy = {"kind": "status", "status": 429}
    fault = await sandbox.fault("apixo", busy, path="generateTask")
    await sandbox.imagine(art)
    await sandbox.hit(fault)
    await bot.states("queued")
    await bot.kill()
    await sandbox.mend()
    await bot.start()
    await the_one_picture(sandbox, bot, art)


async def test_killed_while_sending_before_anything_arrived_it_is_not_sent_again(
    sandbox: Sandbox, bot: Bot
) -> None:
    art = await sandbox.channel("art")
    fault = await sandbox.fault("apixo", HANG, path="generateTask", phase="before")
    await sandbox.imagine(art)
    studio = await sandbox.studio(art)
    await sandbox.hit(fault)
    await bot.states("submitting")
    await bot.kill()
    await sandbox.mend()
    await bot.start()
    (row,) = await bot.states("failed")
    assert row["failure_cause"] == "unconfirmed"
    assert row["credits"] == 0
    assert await sandbox.tasks() == []

    async def notice() -> list[Message]:
        return [m for m in await sandbox.messages(studio) if "did not send it twice" in says(m)]

    (message,) = await until(notice, what="the reason in the thread")
    assert "It cost you nothing" in says(message)


async def test_killed_while_sending_after_it_arrived_a_callback_brings_the_picture_once(
    sandbox: Sandbox, idle_bot: Bot, unused_port: int
) -> None:
    callbacks = {
        "PUBLIC_URL": f"http://127.0.0.1:{unused_port}",
        "CALLBACK_SECRET": SECRET,
        "HTTP_PORT": str(unused_port),
    }
    await sandbox.set_service(callback_retry_seconds=[1, 4, 16])
    await idle_bot.start(**callbacks)
    art = await sandbox.channel("art")
    fault = await sandbox.fault("apixo", HANG, path="generateTask", phase="after")
    await sandbox.imagine(art)
    await sandbox.studio(art)
    await sandbox.hit(fault)
    await idle_bot.states("submitting")
    await idle_bot.kill()
    await sandbox.mend()
    await idle_bot.start(**callbacks)
    await the_one_picture(sandbox, idle_bot, art)


async def test_killed_while_the_service_draws_it_goes_on_looking(sandbox: Sandbox, bot: Bot) -> None:
    art = await sandbox.channel("art")
    await sandbox.set_service(seconds=3)
    await sandbox.imagine(art)
    await bot.states("running")
    await bot.restart()
    await the_one_picture(sandbox, bot, art)


async def test_killed_while_fetching_the_picture_it_fetches_it_again(sandbox: Sandbox, bot: Bot) -> None:
    art = await sandbox.channel("art")
    fault = await sandbox.fault("files", HANG)
    await sandbox.imagine(art)
    await sandbox.hit(fault)
    await bot.states("ready")
    await bot.kill()
    await sandbox.mend()
    await bot.start()
    await the_one_picture(sandbox, bot, art)


@pytest.mark.parametrize("phase", ["before", "after"])
async def test_killed_while_posting_it_posts_or_adopts_the_one_message(
    sandbox: Sandbox, bot: Bot, phase: str
) -> None:
    art = await sandbox.channel("art")
    fault = await sandbox.fault("discord", HANG, method="POST", path=r"/channels/\d+/messages$", phase=phase)
    await sandbox.imagine(art)
    await sandbox.hit(fault)
    await bot.states("delivering")
    await bot.kill()
    await sandbox.mend()
    await bot.start()
    await the_one_picture(sandbox, bot, art)


async def test_a_message_older_than_discords_own_memory_is_adopted_too(sandbox: Sandbox, bot: Bot) -> None:
    """Without Discord's check of the nonce, only the look back stands between the member and a copy."""
    art = await sandbox.channel("art")
    place = {"method": "POST", "path": r"/channels/\d+/messages$"}
    fault = await sandbox.fault("discord", HANG, **place, phase="after")
    await sandbox.imagine(art)
    await sandbox.hit(fault)
    studio = await sandbox.studio(art)

    async def posted() -> list[Message]:
        return await sandbox.pictures(studio)

    # A fault counts as met a moment before what it spoils is done.
    await until(posted, what="the picture")
    await bot.states("delivering")
    await bot.kill()
    await sandbox.mend()
    refuse = await sandbox.fault("discord", {"kind": "status", "status": 500}, **place)
    await bot.start()
    await the_one_picture(sandbox, bot, art)
    assert not any(int(each["id"]) == refuse and each["hits"] for each in await sandbox.faults())


async def test_killed_after_posting_the_card_is_redrawn_and_nothing_posted_twice(
    sandbox: Sandbox, bot: Bot
) -> None:
    art = await sandbox.channel("art")
    fault = await sandbox.fault("discord", HANG, method="PATCH", path=r"/webhooks/.*/messages/\d+$")
    card = await sandbox.imagine(art)
    await bot.states("delivered")
    await sandbox.hit(fault)
    await bot.kill()
    await sandbox.mend()
    await bot.start()
    message = await the_one_picture(sandbox, bot, art)
    assert message["id"] in says(await sandbox.reply(card, art))


async def test_killed_while_answering_it_finds_its_card_again_and_says_the_end_there(
    sandbox: Sandbox, bot: Bot
) -> None:
    art = await sandbox.channel("art")
    await sandbox.set_service(seconds=3)
    fault = await sandbox.fault("discord", HANG, path=r"^/interactions/.*/callback$", phase="after")
    command = await sandbox.imagine(art)
    await sandbox.hit(fault)
    # Killed while sending, the job would rightly end as unconfirmed.
    await bot.states("running")
    await bot.kill()
    await sandbox.mend()
    await bot.start()
    (row,) = await bot.states("delivered")

    async def says_the_end() -> bool:
        return str(row["message_id"]) in says(await sandbox.reply(command, art))

    await until(says_the_end, what="the card to link the picture")


async def test_killed_while_it_takes_a_picture_in_nothing_is_spent_or_left_of_it(
    sandbox: Sandbox, bot: Bot
) -> None:
    art = await sandbox.channel("art")
    fault = await sandbox.fault("cdn", HANG)
    await edit(sandbox, art, png(90, 90))
    await sandbox.hit(fault)
    await bot.kill()
    await sandbox.mend()
    await bot.start()
    await edit(sandbox, art, png(90, 90))
    await the_one_picture(sandbox, bot, art)


@pytest.mark.parametrize("phase", ["before", "after"])
async def test_killed_while_it_shows_the_card_of_an_edit_the_picture_comes_once_and_the_card_says_so(
    sandbox: Sandbox, bot: Bot, phase: str
) -> None:
    art = await sandbox.channel("art")
    fault = await sandbox.fault("discord", HANG, path="messages/@original", method="PATCH", phase=phase)
    await edit(sandbox, art, png(90, 90))
    await sandbox.hit(fault)
    await bot.states("queued")
    await bot.kill()
    await sandbox.mend()
    await bot.start()

    async def sent() -> bool:
        return bool(await sandbox.tasks())

    # It waits half a minute for its card, of which nobody knows whether it came.
    await until(sent, what="the edit to be sent", patience=120)
    message = await the_one_picture(sandbox, bot, art)
    assert len(befores_of(message)) == 1

    async def says_the_end() -> bool:
        (card,) = await sandbox.messages(art)
        return message["id"] in says(card)

    await until(says_the_end, what="the card to link the picture")
    (card,) = await sandbox.messages(art)
    assert bool(card["embeds"][0].get("image")) == (phase == "after")


async def test_killed_while_opening_a_studio_the_next_command_finds_it_again(
    sandbox: Sandbox, bot: Bot
) -> None:
    art = await sandbox.channel("art")
    await sandbox.set_service(seconds=3)
    await sandbox.fault("discord", HANG, path="/threads$", method="POST", phase="after")
    await sandbox.imagine(art, "first")
    studio = await sandbox.studio(art)
    await bot.states("running")
    await bot.kill()
    await sandbox.mend()
    # Nobody opens a thread for what is called off, so only the next command can find the one that is there.
    with closing(sqlite3.connect(bot.database)) as connection, connection:
        assert connection.execute("SELECT count(*) FROM studios").fetchone() == (0,)
        connection.execute("UPDATE jobs SET discarded_at = 1, cancelled_by = member_id")
    await bot.start()
    await sandbox.imagine(art, "second")
    await sandbox.picture(studio)
    await bot.states("cancelled", "delivered")
    assert [int(thread["id"]) for thread in (await sandbox.guild())["threads"]] == [studio]


async def test_killed_at_random_moments_under_load_every_picture_comes_once(
    sandbox: Sandbox, idle_bot: Bot
) -> None:
    await idle_bot.start(QUOTA_DAILY_CREDITS="100", QUOTA_CONCURRENT_JOBS="10")
    art = await sandbox.channel("art")
    await sandbox.set_service(plain_pictures=True)
    for index in range(3):
        await sandbox.imagine(art, f"picture {index}", count=4)
        await until(admitted(idle_bot, 4 * (index + 1)), what="the jobs to be admitted")
        await asyncio.sleep(0.2 + 0.4 * index)
        await idle_bot.restart(QUOTA_DAILY_CREDITS="100", QUOTA_CONCURRENT_JOBS="10")

    async def all_ended() -> list[dict[str, Any]]:
        rows = idle_bot.jobs()
        over = all(row["state"] in {"delivered", "failed"} and row["due_at"] is None for row in rows)
        return rows if over else []

    rows = await until(all_ended, what="all jobs to end", patience=90)
    assert len(rows) == 12
    delivered = [row for row in rows if row["state"] == "delivered"]
    threads = [int(thread["id"]) for thread in (await sandbox.guild())["threads"]]
    shown = [message["id"] for place in (art, *threads) for message in await sandbox.pictures(place)]
    assert sorted(int(each) for each in shown) == sorted(row["message_id"] for row in delivered)
    assert sum(row["credits"] for row in rows) == len(delivered)
    assert all(row["failure_cause"] == "unconfirmed" for row in rows if row["state"] == "failed")
    prompts = [task["input"]["prompt"] for task in await sandbox.tasks()]
    assert all(prompts.count(f"picture {index}") <= 4 for index in range(3))
    assert all(row["lease_owner"] is None for row in rows)


async def test_asked_to_stop_it_finishes_what_is_under_way_and_exits_with_success(
    sandbox: Sandbox, bot: Bot
) -> None:
    art = await sandbox.channel("art")
    await sandbox.set_service(seconds=LEASE + 2)
    await sandbox.imagine(art)
    await bot.states("running")
    assert await bot.end(signal.SIGTERM) == 0
    (row,) = bot.jobs()
    assert row["lease_owner"] is None
    assert "Traceback" not in bot.text()
    await bot.start()
    await the_one_picture(sandbox, bot, art)


def admitted(bot: Bot, count: int) -> Callable[[], Awaitable[bool]]:
    """Return a look at whether so many jobs are in the database."""

    async def look() -> bool:
        return len(bot.jobs()) == count

    return look
