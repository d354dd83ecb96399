"""What goes wrong on either side ends where it should, with a sentence for whoever can act on it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from tests.e2e.harness import Bot, until
from tests.e2e.reading import Message, says

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tests.e2e.harness import Sandbox


async def notice(sandbox: Sandbox, channel: int, words: str) -> Message:
    """Wait for a message that says this."""

    async def look() -> list[Message]:
        return [message for message in await sandbox.messages(channel) if words in says(message)]

    return (await until(look, what=f"a message that says “{words}”"))[-1]


@pytest.mark.parametrize(
    ("action", "times", "told"),
    [
        ({"kind": "status", "status": 401}, 1, "APIXO_API_KEY"),
        ({"kind": "status", "status": 402}, 1, "top it up"),
        # One of them alone stops nothing.
        ({"kind": "status", "status": 503}, 5, "fails or cannot be reached"),
    ],
    ids=["401", "402", "503"],
)
async def test_a_service_that_takes_nothing_makes_jobs_wait_tells_the_operator_and_resumes(
    sandbox: Sandbox, bot: Bot, action: Mapping[str, object], times: int, told: str
) -> None:
    art = await sandbox.channel("art")
    fault = await sandbox.fault("apixo", action, path="generateTask", times=times)
    command = await sandbox.imagine(art)
    await sandbox.hit(fault)
    await bot.states("queued")

    async def waiting() -> bool:
        return "Nothing is lost" in says(await sandbox.reply(command, art))

    await until(waiting, what="the card to say that it waits")
    await sandbox.picture(await sandbox.studio(art))
    assert told in bot.text()
    assert "sandbox-key" not in bot.text()


async def test_a_service_out_of_credit_takes_the_job_up_again_when_there_is_credit(
    sandbox: Sandbox, bot: Bot
) -> None:
    art = await sandbox.channel("art")
    await sandbox.set_service(balance=0)
    await sandbox.imagine(art)
    await bot.states("queued")
    await sandbox.set_service(balance=10)
    await sandbox.picture(await sandbox.studio(art))


@pytest.mark.parametrize(
    "action",
    [
        {"kind": "status", "status": 500},
        {"kind": "drop"},
        {"kind": "truncate"},
        {"kind": "body", "text": "<html>busy</html>", "content_type": "text/html"},
        {"kind": "huge", "megabytes": 5},
        {"kind": "delay", "seconds": 1},
    ],
    ids=["500", "dropped", "cut", "html", "huge", "slow"],
)
async def test_spoilt_looks_delay_a_picture_and_lose_nothing(
    sandbox: Sandbox, bot: Bot, action: Mapping[str, object]
) -> None:
    art = await sandbox.channel("art")
    await sandbox.fault("apixo", action, path="statusTask", times=2)
    await sandbox.imagine(art)
    await sandbox.picture(await sandbox.studio(art))


@pytest.mark.parametrize(
    "action",
    [
        {"kind": "body", "text": "<html>no picture</html>", "content_type": "text/html"},
        {"kind": "huge", "megabytes": 50},
        {"kind": "bomb"},
        {"kind": "truncate"},
    ],
    ids=["html", "50 MB", "bomb", "cut"],
)
async def test_a_result_that_is_no_picture_fails_with_a_sentence_of_its_own_and_costs_nothing(
    sandbox: Sandbox, bot: Bot, action: Mapping[str, object]
) -> None:
    art = await sandbox.channel("art")
    await sandbox.fault("files", action)
    await sandbox.imagine(art)
    if action["kind"] == "truncate":
        # A cut download is a network fault: it is tried again.
        await bot.states("ready")
        await sandbox.mend()
        await sandbox.picture(await sandbox.studio(art))
        return
    studio = await sandbox.studio(art)
    message = await notice(sandbox, studio, "I could not fetch it")
    assert "It cost you nothing" in says(message)
    (row,) = await bot.states("failed")
    assert row["failure_cause"] == "picture"


async def test_a_result_that_is_missing_for_a_moment_still_comes(sandbox: Sandbox, bot: Bot) -> None:
    art = await sandbox.channel("art")
    await sandbox.fault("files", {"kind": "status", "status": 404}, times=1)
    await sandbox.imagine(art)
    await sandbox.picture(await sandbox.studio(art))


async def test_a_thread_deleted_while_waiting_brings_the_picture_to_the_channel_with_a_mention(
    sandbox: Sandbox, bot: Bot
) -> None:
    art = await sandbox.channel("art")
    await sandbox.set_service(seconds=3)
    await sandbox.imagine(art)
    studio = await sandbox.studio(art)
    await sandbox.ask("DELETE", f"/side/world/channels/{studio}", expect=204)
    message = await sandbox.picture(art)
    assert "<@101>" in says(message)
    assert "was deleted" in says(message)
    (row,) = await bot.states("delivered")
    assert row["rung"] == "channel"
    assert row["discord_code"] == 10003
    await sandbox.imagine(art, "the next one")
    assert await sandbox.studio(art) != studio


@pytest.mark.parametrize(
    "action",
    [
        {"kind": "status", "status": 500},
        {"kind": "status", "status": 503},
        {"kind": "drop"},
        {"kind": "ratelimit", "retry_after": 1, "scope": "user"},
        {"kind": "ratelimit", "retry_after": 1, "scope": "global"},
    ],
    ids=["500", "503", "dropped", "429", "global 429"],
)
@pytest.mark.parametrize("phase", ["before", "after"])
async def test_faults_of_discord_while_posting_bring_the_picture_once(
    sandbox: Sandbox, bot: Bot, action: Mapping[str, object], phase: str
) -> None:
    art = await sandbox.channel("art")
    where = {"method": "POST", "path": r"/channels/\d+/messages$", "phase": phase}
    await sandbox.fault("discord", action, **where, times=2)
    await sandbox.imagine(art)
    await bot.states("delivered")
    studio = await sandbox.studio(art)
    await sandbox.picture(studio)
    assert len(await sandbox.pictures(studio)) == 1


async def test_a_second_bot_on_the_same_database_refuses_to_start_with_a_sentence(
    sandbox: Sandbox, bot: Bot, tmp_path: Path
) -> None:
    folder = tmp_path / "second"
    folder.mkdir()
    second = Bot(sandbox, folder)
    await second.spawn(
        "bot",
        "run",
        env=second.settings(DATABASE_URL=f"sqlite+aiosqlite:///{bot.database}"),
        cwd=folder,
    )
    assert second.process
    async with asyncio.timeout(20):
        assert await second.process.wait() == 2
    assert "Another Easel is already using" in second.text()
    assert "Traceback" not in second.text()


@pytest.mark.parametrize(
    ("setting", "value", "told"),
    [
        ("DISCORD_TOKEN", "wrong", "DISCORD_TOKEN"),
        ("DISCORD_API_URL", "http://127.0.0.1:9", "cannot be reached"),
    ],
)
async def test_a_start_that_cannot_work_ends_with_one_sentence(
    sandbox: Sandbox, idle_bot: Bot, setting: str, value: str, told: str
) -> None:
    await idle_bot.spawn("bot", "run", env=idle_bot.settings(**{setting: value}), cwd=idle_bot.log.parent)
    assert idle_bot.process
    async with asyncio.timeout(20):
        assert await idle_bot.process.wait() == 2
    assert told in idle_bot.text()
    assert "Traceback" not in idle_bot.text()
    assert "Unclosed" not in idle_bot.text()


async def test_an_answer_that_arrived_although_the_connection_broke_off_is_followed_by_a_sentence(
    sandbox: Sandbox, bot: Bot
) -> None:
    art = await sandbox.channel("art")
    await sandbox.fault("discord", {"kind": "drop"}, path="/callback$", phase="after", times=1)
    await sandbox.command(art, "mod block", {"member": 102, "for": "1h", "reason": "spam"}, user=103)

    async def told() -> bool:
        return any("broke off in the middle" in says(each) for each in await sandbox.messages(art, 103))

    await until(told, what="the moderator to be told")
    assert "Traceback" not in bot.text()


async def test_a_card_that_arrived_although_the_connection_broke_off_is_found_before_the_picture_comes(
    sandbox: Sandbox, bot: Bot
) -> None:
    art = await sandbox.channel("art")
    await sandbox.set_service(seconds=60)
    await sandbox.fault("discord", {"kind": "drop"}, path="/callback$", phase="after", times=1)
    command = await sandbox.imagine(art)
    card = await sandbox.answered(command)

    async def known() -> bool:
        return any(row["card_message_id"] == int(card["message_id"]) for row in bot.jobs())

    await until(known, what="the card to be known")
