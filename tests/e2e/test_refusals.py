"""What cannot be done is refused privately, in a clear sentence, before anything is spent."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from tests.e2e.harness import BEN, MIA, until
from tests.e2e.reading import Message, says

if TYPE_CHECKING:
    from tests.e2e.harness import Bot, Sandbox

EPHEMERAL = 1 << 6
PERMISSIONS = {
    "View Channel": 1 << 10,
    "Send Messages in Threads": 1 << 38,
    "Attach Files": 1 << 15,
}


async def refusal(sandbox: Sandbox, channel: int) -> Message:
    """Wait for the answer, which must be private."""

    async def look() -> list[Message]:
        return [message for message in await sandbox.messages(channel, MIA) if message["flags"] & EPHEMERAL]

    (answer,) = await until(look, what="a private answer")
    assert answer["id"] not in [message["id"] for message in await sandbox.messages(channel, BEN)]
    return answer


async def nothing_was_spent(sandbox: Sandbox, bot: Bot) -> bool:
    return bot.jobs() == [] and await sandbox.tasks() == []


@pytest.mark.parametrize("prompt", ["", "    ", "\u200b\u200b", "\n\t"])
async def test_an_empty_prompt_is_refused(sandbox: Sandbox, bot: Bot, prompt: str) -> None:
    art = await sandbox.channel("art")
    await sandbox.command(art, "imagine", {"prompt": prompt}, unchecked=True)
    answer = await refusal(sandbox, art)
    assert "prompt is empty" in says(answer)
    assert await nothing_was_spent(sandbox, bot)


@pytest.mark.parametrize(
    ("option", "value", "choice"),
    [("mode", "ultra", "pro, max"), ("aspect_ratio", "2:1", "21:9"), ("count", 9, "1-4")],
)
async def test_a_value_that_is_not_in_the_list_is_refused_with_the_choices(
    sandbox: Sandbox, bot: Bot, option: str, value: object, choice: str
) -> None:
    art = await sandbox.channel("art")
    options = {"prompt": "a fox", option: value}
    await sandbox.command(art, "imagine", options, unchecked=True)
    answer = await refusal(sandbox, art)
    assert choice in says(answer)
    assert await nothing_was_spent(sandbox, bot)


@pytest.mark.parametrize("name", list(PERMISSIONS))
async def test_a_missing_permission_is_named_before_anything_is_spent(
    sandbox: Sandbox, bot: Bot, name: str
) -> None:
    art = await sandbox.channel("art")
    await sandbox.forbid(art, PERMISSIONS[name])
    await sandbox.imagine(art)
    answer = await refusal(sandbox, art)
    assert name in says(answer)
    assert await nothing_was_spent(sandbox, bot)


async def test_where_the_bot_may_only_look_both_missing_permissions_are_named(
    sandbox: Sandbox, bot: Bot
) -> None:
    channel = await sandbox.channel("look-only")
    await sandbox.imagine(channel)
    answer = await refusal(sandbox, channel)
    assert "Send Messages" in says(answer)
    assert "Attach Files" in says(answer)
    assert await nothing_was_spent(sandbox, bot)


async def test_pictures_beyond_the_quota_are_refused_all_or_none(sandbox: Sandbox, idle_bot: Bot) -> None:
    await idle_bot.start(QUOTA_DAILY_CREDITS="3")
    art = await sandbox.channel("art")
    await sandbox.imagine(art, count=4)
    answer = await refusal(sandbox, art)
    assert "This costs 4" in says(answer)
    assert "3 is the most" in says(answer)
    assert "3 left" in says(answer)
    assert await nothing_was_spent(sandbox, idle_bot)


async def test_a_locked_database_is_told_privately_and_the_next_command_works(
    sandbox: Sandbox, bot: Bot
) -> None:
    art = await sandbox.channel("art")
    with closing(sqlite3.connect(bot.database, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        await sandbox.imagine(art)
        answer = await refusal(sandbox, art)
        other.execute("ROLLBACK")
    assert "very busy" in says(answer)
    await sandbox.imagine(art)
    await sandbox.picture(await sandbox.studio(art))


@pytest.mark.parametrize(
    "prompt",
    [
        "@everyone <@101> <@&1> look",
        "`code` **bold** ```block``` ||spoiler||",
        "\u202eright to left\u202c שלום",
        "👩‍🎨🦊 paints a 🌈",
        "# heading\n> quote\n- list",
        "[link](https://example.com) <#1>",
        "a castle " * 666,
    ],
    ids=["mentions", "markdown", "direction", "emoji", "lines", "links", "6000"],
)
async def test_a_strange_prompt_reaches_the_service_whole_and_harms_no_message(
    sandbox: Sandbox, bot: Bot, prompt: str
) -> None:
    art = await sandbox.channel("art")
    card = await sandbox.reply(await sandbox.imagine(art, prompt), art)
    message = await sandbox.picture(await sandbox.studio(art))
    (task,) = await sandbox.tasks()
    assert task["input"]["prompt"] == prompt.strip()
    assert [mention["id"] for mention in message["mentions"]] == ["101"]
    assert card["mentions"] == []
    assert not card["mention_everyone"]
    assert not message["mention_everyone"]
