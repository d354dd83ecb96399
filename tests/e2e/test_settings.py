"""What an admin decides, by the panel or by a command, holds for everybody from the next request on."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from tests.e2e.harness import ADA, BEN, MIA, NOOR, until
from tests.e2e.reading import every_component, says
from tests.e2e.stage import Stage

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.e2e.harness import Bot, Sandbox
    from tests.e2e.reading import Message

SEND_MESSAGES = 1 << 11
READ_MESSAGE_HISTORY = 1 << 16
MANAGE_GUILD = 1 << 5
CREATE_PUBLIC_THREADS = 1 << 35
SEND_MESSAGES_IN_THREADS = 1 << 38
CATEGORY = 4
MODERATOR_ROLE = 202


class Admin:
    """Ada, or somebody else, in one channel with her panel."""

    def __init__(self, stage: Stage, channel: int, *, user: int = ADA) -> None:
        self.stage = stage
        self.sandbox = stage.sandbox
        self.channel = channel
        self.user = user

    async def decide(self, command: str, **options: object) -> str:
        """Run a command of `/settings` and return what answers it."""
        name = f"settings {command}"
        given = {key: str(value) if isinstance(value, int) else value for key, value in options.items()}
        asked = await self.sandbox.command(self.channel, name, given, user=self.user)
        return says(await self.sandbox.reply(asked, self.channel))

    async def panel(self) -> Message:
        asked = await self.sandbox.command(self.channel, "settings show", {}, user=self.user)
        return await self.sandbox.reply(asked, self.channel)

    async def use(self, panel: Message, custom_id: str, values: Sequence[object] | None = None) -> Message:
        """Press a button or choose in a menu, and return the message that answers."""
        body = {
            "user": self.user,
            "channel_id": str(self.channel),
            "message_id": panel["id"],
            "custom_id": custom_id,
            "values": None if values is None else [str(value) for value in values],
        }
        answer = await self.sandbox.ask("POST", "/side/components", json=body, expect=201)
        interaction = int(answer["interaction_id"])

        async def look() -> str:
            path = f"/side/interactions/{interaction}?user={self.user}"
            found = await self.sandbox.ask("GET", path)
            assert found["state"] != "failed", found
            return found["message_id"] if found["state"] == "answered" else ""

        answered = await until(look, what="an answer")
        return next(m for m in await self.sandbox.messages(self.channel, self.user) if m["id"] == answered)


def choices(panel: Message, action: str) -> list[str]:
    """Return the labels that a menu of the panel offers."""
    (menu,) = [
        c for c in every_component(panel) if c.get("custom_id", "").startswith(f"easel:menu:{action}:")
    ]
    return [option["label"] for option in menu["options"]]


def acts(bot: Bot) -> list[tuple[int, str]]:
    with closing(sqlite3.connect(f"file:{bot.database}?mode=ro", uri=True, timeout=10)) as database:
        return list(database.execute("SELECT actor_id, detail FROM acts WHERE kind = 'settings' ORDER BY id"))


@pytest.fixture
async def stage(sandbox: Sandbox, bot: Bot) -> Stage:
    return Stage(sandbox=sandbox, bot=bot)


async def refusal(stage: Stage, channel: int) -> str:
    """Ask for a picture and return the private answer."""
    message = await stage.sandbox.reply(await stage.sandbox.imagine(channel), channel)
    assert message["flags"] & 64
    return says(message)


async def inside(stage: Stage, category: int) -> int:
    """Make a channel in a category."""
    guild = (await stage.sandbox.guild())["id"]
    body = {"guild_id": guild, "name": "inside", "type": 0, "parent_id": str(category)}
    made = await stage.sandbox.ask("POST", "/side/world/channels", json=body, expect=201)
    return int(made["id"])


async def test_pictures_are_made_in_allowed_channels_with_their_threads_and_nowhere_else(
    stage: Stage,
) -> None:
    art, lounge = [await stage.sandbox.channel(name) for name in ("art", "lounge")]
    await stage.sandbox.imagine(lounge)
    studio = await stage.sandbox.studio(lounge)
    picture = await stage.sandbox.picture(studio)
    admin = Admin(stage, lounge)
    assert f"Pictures can be made:** <#{art}>" in await admin.decide("places add", channel=art)

    for place in (lounge, studio):
        told = await refusal(stage, place)
        assert f"Here they can: <#{art}>" in told
    for action in ("reroll", "vary"):
        pressed = await stage.sandbox.press(
            studio, int(picture["id"]), f"easel:{action}:{stage.bot.jobs()[0]['id']}"
        )
        assert "Pictures can't be made in this channel" in says(await stage.sandbox.reply(pressed, studio))
    await stage.sandbox.imagine(art)
    await stage.sandbox.picture(await stage.sandbox.studio(art))
    assert len(stage.bot.jobs()) == 2

    assert "Pictures can be made:** in all channels" in await admin.decide("places remove", channel=art)
    await stage.sandbox.imagine(lounge)
    await stage.sandbox.picture(studio, 2)


async def test_a_category_allows_the_channels_that_are_in_it_at_that_moment(stage: Stage) -> None:
    category = await stage.channel(CATEGORY)
    room = await inside(stage, category)
    elsewhere = await stage.channel()
    admin = Admin(stage, elsewhere)
    await admin.decide("places add", channel=category)
    await stage.sandbox.imagine(room)
    thread = await stage.sandbox.studio(room)
    await stage.sandbox.picture(thread)
    assert "can't be made" in await refusal(stage, elsewhere)

    await stage.sandbox.change_channel(elsewhere, parent_id=str(category))
    await stage.sandbox.change_channel(room, parent_id="0")
    await stage.sandbox.imagine(elsewhere)
    await stage.sandbox.picture(await stage.sandbox.studio(elsewhere))
    for place in (room, thread):
        assert "can't be made" in await refusal(stage, place)
    assert "in all channels" in await admin.decide("places clear")


async def test_a_deleted_channel_is_shown_as_deleted_and_can_be_taken_away(stage: Stage) -> None:
    art, gone = await stage.sandbox.channel("art"), await stage.channel()
    admin = Admin(stage, art)
    panel = await admin.panel()
    panel = await admin.use(panel, "easel:channels:settings_allow:", [art, gone])
    assert f"<#{art}>, <#{gone}>" in says(panel)
    await admin.decide("log", channel=gone)
    await stage.delete(gone)
    panel = await admin.use(panel, "easel:settings_show:")
    assert f"a deleted channel ({gone}), <#{art}>" in says(panel)
    # Which of the two depends on whether the act was to be told there already.
    assert re.search(
        rf"Log channel:\*\* (a deleted channel \({gone}\)|none \(since .+ is gone\))", says(panel)
    )
    assert choices(panel, "settings_forbid") == [f"a deleted channel ({gone})", "art"]
    panel = await admin.use(panel, "easel:menu:settings_forbid:", [gone])
    assert f"Pictures can be made:** <#{art}>\n" in says(panel)


async def test_the_panel_changes_everything_and_shows_what_two_admins_decided(stage: Stage) -> None:
    art = await stage.sandbox.channel("art")
    role = next(r for r in (await stage.sandbox.guild())["roles"] if r["id"] == str(MODERATOR_ROLE))
    more = int(role["permissions"]) | MANAGE_GUILD
    await stage.sandbox.ask("PATCH", f"/side/world/roles/{MODERATOR_ROLE}", json={"permissions": str(more)})
    ada, noor = Admin(stage, art), Admin(stage, art, user=NOOR)
    hers, his = await ada.panel(), await noor.panel()
    assert hers["flags"] & 64
    assert "Where they come:** One studio thread" in says(hers)

    hers = await ada.use(hers, "easel:settings_spoiler:on")
    # Noor's panel still offers the same; it means what it says.
    his = await noor.use(his, "easel:settings_spoiler:on")
    his = await noor.use(his, "easel:settings_edits:own")
    hers = await ada.use(hers, "easel:menu:settings_threads:", ["per-job"])
    for panel in (hers, await noor.use(his, "easel:settings_show:")):
        assert "Spoilers:** all hidden behind a click" in says(panel)
        assert "Pictures to edit:** members edit only their own" in says(panel)
        assert "Where they come:** A new thread for each command" in says(panel)
    await stage.bot.restart()
    await ada.use(hers, "easel:channels:settings_log:", [art])
    his = await noor.use(his, "easel:settings_show:")
    assert f"Log channel:** <#{art}>\n" in says(his)
    his = await noor.use(his, "easel:settings_log:off")
    assert "Log channel:** none" in says(his)
    assert acts(stage.bot) == [
        (ADA, "spoiler: on"),
        (NOOR, "edits: own"),
        (ADA, "threads: per-job"),
        (ADA, f"log channel: <#{art}>"),
        (NOOR, "log channel: none"),
    ]


async def test_whoever_lost_the_right_since_changes_nothing_and_is_told(stage: Stage) -> None:
    art = await stage.sandbox.channel("art")
    path = f"/side/world/roles/{MODERATOR_ROLE}"
    role = next(r for r in (await stage.sandbox.guild())["roles"] if r["id"] == str(MODERATOR_ROLE))
    more = int(role["permissions"]) | MANAGE_GUILD
    await stage.sandbox.ask("PATCH", path, json={"permissions": str(more)})
    noor = Admin(stage, art, user=NOOR)
    panel = await noor.panel()
    await stage.sandbox.ask("PATCH", path, json={"permissions": role["permissions"]})
    uses: list[tuple[str, list[object] | None]] = [
        ("easel:settings_spoiler:on", None),
        ("easel:settings_show:", None),
        ("easel:channels:settings_allow:", [art]),
        ("easel:menu:settings_threads:", ["inline"]),
        ("easel:channels:settings_log:", [art]),
    ]
    for custom_id, values in uses:
        assert "permission Manage Server" in says(await noor.use(panel, custom_id, values))
    for user in (MIA, NOOR):
        body: dict[str, object] = {"user": user, "channel_id": str(art), "name": "settings show"}
        await stage.sandbox.ask("POST", "/side/commands", json=body, expect=403)
    assert acts(stage.bot) == []


async def test_a_change_that_takes_long_is_still_answered_with_what_is_stored(stage: Stage) -> None:
    art = await stage.sandbox.channel("art")
    with closing(sqlite3.connect(stage.bot.database, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        asked = await stage.sandbox.command(art, "settings spoiler", {"state": "on"}, user=ADA)

        async def promised() -> bool:
            return bool((await stage.sandbox.interaction(asked))["state"] == "thinking")

        await until(promised, what="the promise of an answer")
        other.execute("ROLLBACK")
    panel = await stage.sandbox.reply(asked, art, saying="Spoilers:** all hidden behind a click")
    assert panel["flags"] & 64


async def test_a_thread_for_each_command_is_named_by_the_prompt_and_is_no_studio(stage: Stage) -> None:
    place = await stage.channel()
    admin = Admin(stage, place)
    await admin.decide("threads", mode="per-job")
    for prompt in ("a red fox", "a blue whale"):
        await stage.sandbox.imagine(place, prompt)
        thread = await stage.sandbox.studio(place, prompt)
        (picture,) = [await stage.sandbox.picture(thread)]
        assert prompt in says(picture)
    first, second = await stage.bot.states("delivered", "delivered")
    assert first["thread_id"] != second["thread_id"]
    # What was asked inside a thread stays there, and a studio is still the member's own.
    await stage.sandbox.imagine(first["thread_id"])
    await stage.sandbox.picture(first["thread_id"], 2)
    await admin.decide("threads", mode="per-member")
    await stage.sandbox.imagine(place)
    await stage.sandbox.picture(await stage.sandbox.studio(place, "Mia"))


async def test_a_command_of_its_own_thread_finds_it_again_after_a_crash(stage: Stage) -> None:
    place = await stage.channel()
    admin = Admin(stage, place)
    await admin.decide("threads", mode="per-job")
    async with stage.held_back(place) as waiting:
        thread = await waiting.thread()
        # What was decided when it was asked for holds for it.
        await admin.decide("threads", mode="inline")
        await stage.bot.restart()
    assert waiting.prompt in says(await stage.sandbox.picture(thread))
    assert len(await stage.sandbox.pictures(place)) == 0


async def test_where_no_thread_can_be_had_it_comes_to_the_channel_with_a_note(stage: Stage) -> None:
    place = await stage.channel()
    await Admin(stage, place).decide("threads", mode="per-job")
    fault = await stage.refuse(r"/threads$", 400, 30033)
    async with stage.held_back(place) as waiting:
        await waiting.card_says("because Discord would not open a thread")
    await stage.sandbox.picture(place)
    await stage.remove_fault(fault)
    await stage.sandbox.forbid(place, CREATE_PUBLIC_THREADS)
    async with stage.held_back(place) as waiting:
        await waiting.card_says("I may not open threads in this channel")
    await stage.sandbox.picture(place, 2)


async def test_without_threads_a_picture_is_a_reply_in_the_channel(stage: Stage) -> None:
    place = await stage.channel()
    await Admin(stage, place).decide("threads", mode="inline")
    await stage.sandbox.forbid(place, SEND_MESSAGES_IN_THREADS | CREATE_PUBLIC_THREADS)
    card = await stage.sandbox.reply(await stage.sandbox.imagine(place), place)
    assert "reply here, because" not in says(card)
    picture = await stage.sandbox.picture(place)
    assert picture["message_reference"]["message_id"] == card["id"]

    await stage.allow(place, SEND_MESSAGES_IN_THREADS | CREATE_PUBLIC_THREADS)
    await stage.sandbox.forbid(place, SEND_MESSAGES)
    assert "I am missing **Send Messages and Attach Files**" in await refusal(stage, place)
    assert len(stage.bot.jobs()) == 1


async def test_the_default_spoiler_holds_for_what_is_asked_for_from_then_on(stage: Stage) -> None:
    place = await stage.channel()
    admin = Admin(stage, place)
    for state in ("on", "off"):
        await admin.decide("spoiler", state=state)
        await stage.sandbox.answered(await stage.sandbox.imagine(place, user=BEN))
    assert [row["spoiler"] for row in stage.bot.jobs()] == [1, 0]


async def test_a_log_is_kept_only_where_the_bot_may_write(stage: Stage) -> None:
    place = await stage.channel()
    admin = Admin(stage, place)
    await stage.sandbox.forbid(place, SEND_MESSAGES | READ_MESSAGE_HISTORY)
    told = await admin.decide("log", channel=place)
    assert (
        f"I can't keep a log in <#{place}>: I am missing **Send Messages and Read Message History** there"
        in told
    )
    assert acts(stage.bot) == []
    await stage.allow(place, SEND_MESSAGES | READ_MESSAGE_HISTORY)
    assert f"Log channel:** <#{place}>\n" in await admin.decide("log", channel=place)
    await stage.sandbox.forbid(place, SEND_MESSAGES)
    assert "(I can't write there: I am missing **Send Messages**)" in says(await admin.panel())
    assert "Log channel:** none" in await admin.decide("log")
