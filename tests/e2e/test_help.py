"""`/help` says what whoever asks can do where they ask, and nothing of what they cannot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.e2e.harness import ADA, MIA
from tests.e2e.reading import says
from tests.e2e.stage import Stage

if TYPE_CHECKING:
    from tests.e2e.harness import Bot, Sandbox

ATTACH_FILES = 1 << 15


async def help_of(sandbox: Sandbox, channel: int, user: int = MIA) -> str:
    message = await sandbox.reply(await sandbox.command(channel, "help", {}, user=user), channel)
    assert message["flags"] & 64
    return says(message)


async def test_help_links_the_commands_that_one_may_use_and_counts_what_is_left(
    sandbox: Sandbox, bot: Bot
) -> None:
    art = await sandbox.channel("art")
    ids = {command["name"]: command["id"] for command in (await sandbox.state(ADA))["commands"]}
    told = await help_of(sandbox, art)
    assert "Pictures can be made in this channel." in told
    assert "You have 20 of 20 credits left" in told
    assert f"</imagine:{ids['imagine']}> Make a picture from your words" in told
    assert f"</help:{ids['help']}>" in told
    assert "settings" not in told
    await sandbox.imagine(art, mode="max")
    await bot.states("delivered")
    told = await help_of(sandbox, art)
    assert "You have 18 of 20 credits left for these 24 hours. The next one comes back <t:" in told
    theirs = await help_of(sandbox, art, ADA)
    assert f"</settings places add:{ids['settings']}>" in theirs
    assert "You have 20 of 20" in theirs


async def test_help_says_where_pictures_can_be_made_and_what_the_bot_is_missing(
    sandbox: Sandbox, bot: Bot
) -> None:
    art, lounge = [await sandbox.channel(name) for name in ("art", "lounge")]
    assert "missing **Send Messages in Threads and Attach Files**" in await help_of(
        sandbox, await sandbox.channel("look-only")
    )
    allowed = await sandbox.command(art, "settings places add", {"channel": str(art)}, user=ADA)
    await sandbox.answered(allowed)
    assert f"Here they can: <#{art}>" in await help_of(sandbox, lounge)
    assert "Pictures can be made in this channel" in await help_of(sandbox, art)
    thread = await Stage(sandbox=sandbox, bot=bot).private_thread(art)
    assert "Pictures can be made in this channel" in await help_of(sandbox, thread)
