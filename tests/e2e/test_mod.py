"""Moderators in a server: who made what, removing, blocking, the list of acts and the log channel."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

from tests.e2e.harness import ADA, BEN, MIA, NOOR, until
from tests.e2e.reading import every_component, says
from tests.e2e.test_buttons import button, first_picture

if TYPE_CHECKING:
    from tests.e2e.harness import Bot, Sandbox
    from tests.e2e.reading import Message

EASEL = 100
GUILD = 200
MODERATORS = 202
MANAGE_MESSAGES = 1 << 13
SEND_MESSAGES = 1 << 11


def change(bot: Bot, statement: str, *values: object) -> None:
    """Change the bot's database beside the running bot."""
    with closing(sqlite3.connect(bot.database, timeout=10)) as connection:
        connection.execute(statement, values)
        connection.commit()


def acts(bot: Bot) -> list[dict[str, Any]]:
    """Return the acts, the oldest first."""
    with closing(sqlite3.connect(f"file:{bot.database}?mode=ro", uri=True, timeout=10)) as connection:
        connection.row_factory = sqlite3.Row
        return [dict(row) for row in connection.execute("SELECT * FROM acts ORDER BY id")]


def log_to(bot: Bot, channel: int) -> None:
    """Choose the server's log channel."""
    change(bot, "DELETE FROM servers")
    change(
        bot,
        "INSERT INTO servers (guild_id, spoiler, own_pictures_only, thread_mode, log_channel_id) "
        "VALUES (?, 0, 0, 'per-member', ?)",
        GUILD,
        channel,
    )


async def told(sandbox: Sandbox, channel: int, count: int) -> list[str]:
    """Wait for so many acts in the log channel and return what is told of each; messages may hold several."""

    async def look() -> list[str]:
        text = "\n".join(says(message) for message in await sandbox.messages(channel))
        lines = re.findall(r".+?^-# #\d+$", text, re.MULTILINE | re.DOTALL)
        return lines if len(lines) >= count else []

    return await until(look, what=f"{count} lines in the log channel")


async def last_word(sandbox: Sandbox, channel: int, begun: int, *, user: int) -> Message:
    """Return what answers an interaction, also where a promised answer made way for a private one."""

    async def look() -> Message | None:
        await sandbox.answered(begun)
        for message in await sandbox.messages(channel, user):
            if (message.get("interaction_metadata") or {}).get("id") == str(begun) and says(message):
                return message
        return None

    message = await until(look, what="an answer that says something")
    assert message
    return message


class Desk:
    """Runs a moderator's commands in one channel."""

    def __init__(self, sandbox: Sandbox, channel: int) -> None:
        self.sandbox = sandbox
        self.channel = channel

    async def mod(self, command: str, **options: Any) -> str:
        """Run a command, and return what answers it."""
        return says(await self.answer(command, **options))

    async def answer(
        self, command: str, *, user: int = NOOR, unchecked: bool = False, **options: object
    ) -> Message:
        """Run a command and return the message that answers it, which must be private."""
        begun = await self.sandbox.command(
            self.channel, f"mod {command}", options, user=user, unchecked=unchecked
        )
        message = await last_word(self.sandbox, self.channel, begun, user=user)
        assert message["flags"] & (1 << 6)
        return message


def link(channel: int, message: Message) -> str:
    return f"https://discord.com/channels/{GUILD}/{channel}/{message['id']}"


async def test_a_moderator_learns_who_made_a_picture_by_its_link_its_card_and_its_number(
    sandbox: Sandbox, bot: Bot
) -> None:
    hands, first = await first_picture(sandbox)
    await hands.ask(first, "reroll", user=BEN)
    second = await sandbox.picture(hands.channel, 2)
    mias, bens = await bot.states("delivered", "delivered")
    desk = Desk(sandbox, await sandbox.channel("lounge"))
    known = await desk.mod("who", message=link(hands.channel, second))
    assert f"<@{BEN}>" in known
    assert "a red fox" in known
    assert "pro · 16:9 · jpeg" in known
    assert f"{hands.channel}/{first['id']}" in known
    assert bens["id"] in known
    assert f"<@{MIA}>" in await desk.mod("who", message=str(mias["card_message_id"]))
    assert f"<@{MIA}>" in await desk.mod("who", message=mias["id"].upper(), user=ADA)

    change(bot, "UPDATE jobs SET message_id = NULL WHERE id = ?", mias["id"])
    unknown = link(hands.channel, first)
    assert mias["id"] in await desk.mod("who", message=unknown)
    assert "I know no picture by that" in await desk.mod("who", message="the one above")
    assert "I know no picture by that" in await desk.mod("who", message="0" * 16)
    assert "another server" in await desk.mod("who", message="https://discord.com/channels/1/2/3")


async def test_a_moderator_removes_a_picture_and_the_log_tells_who_and_why(
    sandbox: Sandbox, bot: Bot
) -> None:
    hands, _ = await first_picture(sandbox, count=2)
    await sandbox.picture(hands.channel, 2)
    first, second = await sandbox.pictures(hands.channel)
    staff = await sandbox.channel("staff")
    log_to(bot, staff)
    desk = Desk(sandbox, await sandbox.channel("art"))
    card = str(bot.jobs()[0]["card_message_id"])
    assert "card of \u20682\u2069 pictures" in await desk.mod("remove", message=card, reason="spam")
    question = await hands.ask(second, "delete", user=ADA)
    answer = await desk.mod("remove", message=link(hands.channel, first), reason="not *nice* @everyone")
    assert "removed" in answer
    await hands.confirm(question, user=ADA)
    assert await sandbox.pictures(hands.channel) == []
    first_line, second_line = await told(sandbox, staff, 2)
    assert f"<@{NOOR}> removed a picture of <@{MIA}>" in first_line
    assert "not \\*nice\\*" in first_line
    assert "[where it was](" in first_line
    assert f"<@{ADA}> removed a picture of <@{MIA}>" in second_line
    assert [act["kind"] for act in acts(bot)] == ["remove", "remove"]
    assert "deleted already" in await desk.mod("remove", message=bot.jobs()[0]["id"], reason="again")
    assert f"removed by <@{NOOR}>" in await desk.mod("who", message=bot.jobs()[0]["id"])

    async def said() -> bool:
        cards = [m for m in await sandbox.messages(desk.channel) if m.get("embeds")]
        return any("2 were removed by a moderator" in says(message) for message in cards)

    await until(said, what="the card to say who removed them")
    assert not list(bot.images.rglob("*.jpg"))


async def test_a_block_refuses_every_way_calls_off_what_waits_and_ends_by_itself(
    sandbox: Sandbox, bot: Bot
) -> None:
    hands, first = await first_picture(sandbox)
    art = await sandbox.channel("art")
    opened = await hands.press(first, "vary")
    await sandbox.form(opened)
    await sandbox.set_service(seconds=600, spread=0)
    await sandbox.imagine(art, count=4)
    await bot.states("delivered", "running", "running", "running", "queued")
    desk = Desk(sandbox, art)
    blocked = await desk.mod("block", member=MIA, reason="spam", **{"for": "3 days"})
    assert f"<@{MIA}> is blocked until <t:" in blocked
    assert "1 waiting picture was called off" in blocked
    *_, waiting = await bot.states("delivered", "running", "running", "running", "cancelled")
    assert waiting["credits"] == 0

    values = {"prompt": "a blue fox", "mode": ["pro"], "aspect_ratio": ["1:1"]}
    refusals = [
        await sandbox.reply(await sandbox.imagine(art), art),
        await hands.ask(first, "reroll"),
        await hands.ask(first, "max"),
        await sandbox.reply(await sandbox.submit(opened, values), hands.channel),
        await last_word(
            sandbox,
            art,
            await sandbox.command(art, "edit", {"prompt": "bluer", "message": link(hands.channel, first)}),
            user=MIA,
        ),
    ]
    for refusal in refusals:
        assert "has blocked you from asking for pictures until <t:" in says(refusal)
        assert "spam" in says(refusal)
        assert refusal["flags"] & (1 << 6)
    assert "a red fox" in says(await hands.ask(first, "info"))
    assert len(bot.jobs()) == 5

    await desk.mod("block", member=MIA, reason="worse", **{"for": "for good"})
    assert "Their reason: \u2068worse" in says(await sandbox.reply(await sandbox.imagine(art), art))
    change(bot, "UPDATE blocks SET until = at + 1")
    await sandbox.set_service(seconds=0.1)
    await sandbox.answered(await sandbox.imagine(art, "free again"))
    assert bot.jobs()[-1]["prompt"] == "free again"
    assert "not blocked here" in await desk.mod("unblock", member=MIA)


async def test_nobody_blocks_above_themselves_and_those_who_left_can_be_blocked(
    sandbox: Sandbox, bot: Bot
) -> None:
    del bot
    desk = Desk(sandbox, await sandbox.channel("art"))
    people = f"/side/world/guilds/{GUILD}/members"

    async def block(member: int, *, user: int = NOOR, reason: str = "spam", time: str = "1h") -> str:
        return await desk.mod("block", user=user, member=member, reason=reason, **{"for": time})

    assert "yourself" in await block(NOOR)
    assert "owner of the server" in await block(ADA)
    assert "Bots ask for no pictures" in await block(EASEL)
    await sandbox.ask("DELETE", f"{people}/{BEN}", expect=204)
    await sandbox.ask("POST", people, json={"user_id": BEN, "roles": [MODERATORS]}, expect=201)
    assert "highest role" in await block(BEN)
    assert "yourself" in await desk.mod("unblock", member=NOOR)
    assert f"<@{BEN}> is blocked" in await block(BEN, user=ADA)
    assert "yourself" in await desk.mod("unblock", member=BEN, user=BEN)
    assert "highest role" in await desk.mod("unblock", member=BEN)
    assert "may ask for pictures again" in await desk.mod("unblock", member=BEN, user=ADA)
    await sandbox.ask("DELETE", f"{people}/{BEN}", expect=204)
    assert f"<@{BEN}> is blocked" in await block(BEN)
    assert "is no time" in await block(MIA, time="soon")
    assert "401\u2069 characters" in await desk.mod(
        "block", member=MIA, reason="x" * 401, unchecked=True, **{"for": "1h"}
    )


async def test_whoever_is_no_moderator_any_more_is_refused_with_the_question_open(
    sandbox: Sandbox, bot: Bot
) -> None:
    hands, first = await first_picture(sandbox)
    desk = Desk(sandbox, hands.channel)
    for number in range(9):
        reason = f"reason {number}"
        await desk.mod("block", member=BEN, reason=reason, **{"for": "1h"})
    page = await desk.answer("log")
    assert "reason 8" in says(page)
    assert "reason 0" not in says(page)
    older = button(page, "modlog")
    assert older
    question = await hands.ask(first, "delete", user=NOOR)
    await sandbox.press(hands.channel, int(page["id"]), older, user=NOOR)

    async def turned() -> Message | None:
        found = next(m for m in await sandbox.messages(hands.channel, NOOR) if m["id"] == page["id"])
        return found if "reason 0" in says(found) else None

    oldest = await until(turned, what="the older page")
    assert oldest
    labels = [each.get("label") for each in every_component(oldest) if each.get("custom_id")]
    assert labels == ["Newer"]

    await sandbox.ask("PATCH", f"/side/world/roles/{MODERATORS}", json={"permissions": 0})
    refused = await hands.ask(question, "confirm", user=NOOR)
    assert "Only whoever asked" in says(refused)
    begun = await sandbox.press(hands.channel, int(page["id"]), button(oldest, "modlog"), user=NOOR)
    assert "Manage Messages" in says(await sandbox.reply(begun, hands.channel))
    body = {"user": NOOR, "channel_id": str(hands.channel), "name": "mod log", "options": {}}
    await sandbox.ask("POST", "/side/commands", json=body, expect=403)
    assert len(await sandbox.pictures(hands.channel)) == 1
    assert len(acts(bot)) == 9


async def test_a_log_channel_that_takes_nothing_loses_no_act(sandbox: Sandbox, bot: Bot) -> None:
    desk = Desk(sandbox, await sandbox.channel("art"))
    staff = await sandbox.channel("staff")

    async def block(reason: str) -> None:
        await desk.mod("block", member=MIA, reason=reason, **{"for": "1d"})

    async def due(*wanted: bool) -> list[bool]:
        async def look() -> list[bool]:
            found = [act["due_at"] is not None for act in acts(bot)]
            return found if found == list(wanted) else []

        return await until(look, what=f"acts to be due: {wanted}")

    async def logged(text: str) -> bool:
        async def look() -> bool:
            return text in bot.text()

        return await until(look, what=f"the bot's own log to say: {text}")

    await block("no log channel")
    await due(False)
    await sandbox.forbid(staff, SEND_MESSAGES)
    log_to(bot, staff)
    await block("refused")
    await logged("takes nothing and is left alone")
    await due(False, True)
    bot_id = next(p["id"] for p in await sandbox.ask("GET", "/side/people") if p["bot"])
    await sandbox.ask("DELETE", f"/side/world/channels/{staff}/overwrites/{bot_id}", expect=204)
    change(bot, "UPDATE log_troubles SET until = 0")
    change(bot, "UPDATE acts SET due_at = 0 WHERE due_at IS NOT NULL")
    (line,) = await told(sandbox, staff, 1)
    assert "refused" in line
    await due(False, False)

    fault = await sandbox.fault(
        "discord", {"kind": "drop"}, path=f"channels/{staff}/messages$", phase="after"
    )
    await block("told without an answer")
    await sandbox.hit(fault)
    await bot.kill()
    await sandbox.mend()
    change(bot, "UPDATE acts SET due_at = 0 WHERE due_at IS NOT NULL")
    await bot.start()
    await due(False, False, False)
    assert len(await told(sandbox, staff, 2)) == 2

    path = f"/side/world/channels/{staff}"
    await sandbox.ask("DELETE", path, expect=204)
    await block("no channel any more")
    await logged("gone and forgotten")
    await due(False, False, False, False)
    listed = await desk.mod("log", user=ADA)
    for reason in ("no log channel", "refused", "told without an answer", "no channel any more"):
        assert reason in listed


async def test_a_moderator_of_one_channel_has_no_say_elsewhere(sandbox: Sandbox, bot: Bot) -> None:
    art, lounge = await sandbox.channel("art"), await sandbox.channel("lounge")
    for channel in (art, lounge):
        await sandbox.answered(await sandbox.imagine(channel))
    in_art, in_lounge = await bot.states("delivered", "delivered")
    rule = {"type": 1, "allow": str(MANAGE_MESSAGES), "deny": "0"}
    await sandbox.ask("PUT", f"/side/world/channels/{art}/overwrites/{BEN}", json=rule)
    desk = Desk(sandbox, art)
    assert f"<@{MIA}>" in await desk.mod("who", user=BEN, message=in_art["id"])
    for command in ("who", "remove"):
        reason = {"reason": "spam"} if command == "remove" else {}
        refusal = await desk.mod(command, user=BEN, message=in_lounge["id"], **reason)
        assert "where that picture is" in refusal
    refusals = [
        await desk.mod("block", user=BEN, member=MIA, reason="spam", **{"for": "1h"}),
        await desk.mod("unblock", user=BEN, member=MIA),
        await desk.mod("log", user=BEN),
    ]
    assert all("in the whole server" in refusal for refusal in refusals)
    assert "removed" in await desk.mod("remove", user=BEN, message=in_art["id"], reason="spam")
    assert [act["actor_id"] for act in acts(bot)] == [BEN]
