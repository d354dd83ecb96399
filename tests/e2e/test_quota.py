"""What pictures cost: members see it, a moderator changes it for one of them, an admin for all."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

from tests.e2e.harness import ADA, BEN, MIA, NOOR, until
from tests.e2e.reading import says
from tests.e2e.test_buttons import button

if TYPE_CHECKING:
    from tests.e2e.harness import Bot, Sandbox
    from tests.e2e.reading import Message

MODERATOR_ROLE = 202
CONTENT = "forbidden-test-word"


class Desk:
    """Asks about quotas and changes them, in #art."""

    def __init__(self, sandbox: Sandbox, channel: int) -> None:
        self.sandbox = sandbox
        self.channel = channel

    async def ask(self, name: str, *, user: int = MIA, unchecked: bool = False, **options: object) -> str:
        """Run a command and return what the private answer says."""
        return says(await self.message(name, user=user, unchecked=unchecked, **options))

    async def message(
        self, name: str, *, user: int = MIA, unchecked: bool = False, **options: object
    ) -> Message:
        asked = await self.sandbox.command(self.channel, name, options, user=user, unchecked=unchecked)
        message = await self.sandbox.reply(asked, self.channel)
        others = BEN if user != BEN else MIA
        assert message["id"] not in {m["id"] for m in await self.sandbox.messages(self.channel, others)}
        return message

    async def imagine(self, *, user: int = MIA, **options: Any) -> str:
        """Ask for a picture and return what answers it."""
        asked = await self.sandbox.imagine(self.channel, user=user, **options)
        return says(await self.sandbox.reply(asked, self.channel))


async def desk_of(sandbox: Sandbox) -> Desk:
    return Desk(sandbox, await sandbox.channel("art"))


def acts(bot: Bot) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(bot.database)) as connection:
        return connection.execute(
            "SELECT actor_id, kind, member_id, detail, reason FROM acts ORDER BY id"
        ).fetchall()


async def test_a_member_sees_what_is_left_which_rule_gives_it_and_what_it_was_spent_on(
    sandbox: Sandbox, idle_bot: Bot
) -> None:
    await idle_bot.start(QUOTA_DAILY_CREDITS="5")
    desk = await desk_of(sandbox)
    fresh = await desk.ask("quota")
    assert "**5 of 5 credits left**" in fresh
    assert "this bot's limit" in fresh
    assert "No picture so far." in fresh
    assert "comes back" not in fresh

    await desk.imagine(mode="max")
    await desk.imagine(prompt=f"a {CONTENT}")
    mine, refused = await idle_bot.states("delivered", "failed")
    told = await desk.ask("quota")
    assert "**3 of 5 credits left**" in told
    assert "The next credit comes back <t:" in told
    paid = next(line for line in told.splitlines() if mine["id"] in line)
    assert "**2 credits**" in paid
    assert "a red fox" in paid
    given_back = next(line for line in told.splitlines() if refused["id"] in line)
    assert "**0 credits**" in given_back
    assert "1 given back: the image service's content rules refused it" in given_back
    assert "**5 of 5 credits left**" in await desk.ask("quota", user=BEN)

    await idle_bot.restart(QUOTA_DAILY_CREDITS="5")
    refusal = await desk.imagine(count=4)
    assert "This costs 4 credits and you have 3 of 5 left for these 24 hours (this bot's limit" in refusal
    assert "comes back <t:" in refusal
    assert len(idle_bot.jobs()) == 2


async def test_a_long_statement_is_paged_by_buttons_that_outlive_a_restart(
    sandbox: Sandbox, bot: Bot
) -> None:
    desk = await desk_of(sandbox)
    for _ in range(3):
        await desk.imagine(count=4)
    await bot.states(*["delivered"] * 12)
    ids = [row["id"] for row in reversed(bot.jobs())]
    first = await desk.message("quota")
    assert [each in says(first) for each in ids] == [True] * 8 + [False] * 4
    assert not button(first, "quota_page").endswith(":0")
    await bot.restart()

    await sandbox.press(desk.channel, int(first["id"]), button(first, "quota_page"))

    async def second() -> Message | None:
        found = await sandbox.messages(desk.channel, MIA)
        return next((m for m in found if m["id"] == first["id"] and "Page 2 of 2" in says(m)), None)

    shown = await until(second, what="the second page")
    assert shown
    assert [each in says(shown) for each in ids] == [False] * 8 + [True] * 4
    assert button(shown, "quota_page") == "easel:quota_page:0"

    seen = await desk.message("mod quota show", user=NOOR, member=str(MIA))
    assert "a red fox" not in says(seen)
    assert "this bot's limit" in says(seen)
    await sandbox.press(desk.channel, int(seen["id"]), button(seen, "quota_of"), user=NOOR)

    async def theirs() -> bool:
        found = await sandbox.messages(desk.channel, NOOR)
        text = says(next(m for m in found if m["id"] == seen["id"]))
        return "Page 2 of 2" in text and "this bot's limit" in text and ids[-1] in text

    await until(theirs, what="the moderator's second page")


async def test_a_moderator_sets_adds_and_resets_what_one_member_may_spend(
    sandbox: Sandbox, idle_bot: Bot
) -> None:
    await idle_bot.start(QUOTA_DAILY_CREDITS="2")
    desk = await desk_of(sandbox)
    await desk.imagine(count=2)
    assert "0 of 2 left" in await desk.imagine()
    added = await desk.ask("mod quota add", user=NOOR, member=str(MIA), credits=3, reason="a  contest\n")
    assert "**3 of 5 credits left**" in added
    assert "3 of them were added" in await desk.ask("quota")
    await desk.imagine(count=3)
    assert "0 of 5 left" in await desk.imagine()

    reset = await desk.ask("mod quota reset", user=NOOR, member=str(MIA), reason="a fault of ours")
    assert "**5 of 5 credits left**" in reset
    await desk.imagine()

    own = await desk.ask("mod quota set", user=NOOR, member=str(MIA), daily_credits=0)
    assert "their own limit in this server" in own
    await desk.ask("mod quota reset", user=NOOR, member=str(MIA), reason="again")
    assert "**3 of 3 credits left**" in await desk.ask("quota")
    await desk.ask("mod quota set", user=NOOR, member=str(MIA), concurrent_jobs=0)
    assert "switched off for you here: your own limit in this server is 0" in await desk.imagine()
    back = await desk.ask("mod quota set", user=NOOR, member=str(MIA), no_rule="both")
    assert "this bot's limit" in back

    assert "Nothing was changed" in await desk.ask("mod quota set", user=NOOR, member=str(MIA))
    for wrong in (-1, 10**15):
        said = await desk.ask(
            "mod quota set", user=NOOR, unchecked=True, member=str(MIA), daily_credits=wrong
        )
        assert "You can pick" in said
        assert "0-1000000" in said
    told = acts(idle_bot)
    assert [act[:2] for act in told] == [(NOOR, "quota")] * 6
    assert told[0] == (NOOR, "quota", MIA, "extra credits: 3", "a contest")
    assert [act[3] for act in told[1:]] == [
        "reset",
        "daily credits: 0",
        "reset",
        "concurrent jobs: 0",
        "daily credits: no rule, concurrent jobs: no rule",
    ]
    assert "Traceback" not in idle_bot.text()


async def test_an_admin_decides_for_roles_for_each_member_and_for_the_whole_server(
    sandbox: Sandbox, idle_bot: Bot
) -> None:
    await idle_bot.start(QUOTA_DAILY_CREDITS="20", SERVER_DAILY_CREDITS="6")
    desk = await desk_of(sandbox)
    everybody = await desk.ask("settings quota member", user=ADA, daily_credits=1, concurrent_jobs=2)
    assert "**Each member:** 1 credit in 24 hours, 2 pictures at a time" in everybody
    role = await desk.ask(
        "settings quota role", user=ADA, role=str(MODERATOR_ROLE), daily_credits=4, concurrent_jobs=1
    )
    assert f"**<@&{MODERATOR_ROLE}>:** 4 credits in 24 hours, 1 picture at a time" in role
    assert "the limit of your role <@&202>" in await desk.ask("quota", user=NOOR)
    assert "this server's limit for each member" in await desk.ask("quota", user=BEN)

    await desk.imagine(user=NOOR, count=4)
    assert "0 of 1 left" not in await desk.imagine(user=BEN)
    assert "0 of 1 left for these 24 hours (this server's limit for each member)" in await desk.imagine(
        user=BEN
    )
    assert "5 credits in 24 hours" in await desk.ask("settings quota server", user=ADA, credits=5)
    refusal = await desk.imagine(user=MIA)
    assert "This server has spent its credits for today" in refusal
    assert "no cap of its own" in await desk.ask("settings quota server", user=ADA)
    await desk.imagine(user=MIA)
    assert "All members of this server together have 0 of 6 left" in await desk.ask("quota")

    everyone = (await sandbox.guild())["id"]
    same = await desk.ask("settings quota role", user=ADA, role=everyone, concurrent_jobs=3)
    assert "**Each member:** 1 credit in 24 hours, 3 pictures at a time" in same
    gone = await desk.ask("settings quota role", user=ADA, role=str(MODERATOR_ROLE), no_rule="both")
    assert str(MODERATOR_ROLE) not in gone
    shown = await desk.ask("settings quota show", user=ADA)
    assert "**Each member:** 1 credit in 24 hours" in shown
    jobs = await idle_bot.states(*["delivered"] * 6)
    assert [row["concurrent_jobs"] for row in jobs] == [1, 1, 1, 1, 2, 2]
    assert {act[0] for act in acts(idle_bot)} == {ADA}


async def test_nobody_without_the_right_of_that_moment_changes_or_sees_quotas_of_others(
    sandbox: Sandbox, bot: Bot
) -> None:
    desk = await desk_of(sandbox)
    for _ in range(3):
        await desk.imagine(count=3)
    seen = await desk.message("mod quota show", user=NOOR, member=str(MIA))
    await sandbox.ask("PATCH", f"/side/world/roles/{MODERATOR_ROLE}", json={"permissions": "0"})
    pressed = await sandbox.press(desk.channel, int(seen["id"]), button(seen, "quota_of"), user=NOOR)
    answer = await sandbox.reply(pressed, desk.channel, saying="Manage Messages")
    assert "You need the permission Manage Messages" in says(answer)
    assert acts(bot) == []


async def test_somebody_who_left_and_came_back_finds_what_was_decided_about_them(
    sandbox: Sandbox, bot: Bot
) -> None:
    desk = await desk_of(sandbox)
    guild = (await sandbox.guild())["id"]
    await desk.ask("mod quota set", user=NOOR, member=str(BEN), daily_credits=7)
    await sandbox.ask("DELETE", f"/side/world/guilds/{guild}/members/{BEN}", expect=204)
    left = await sandbox.command(desk.channel, "mod quota show", {"member": str(BEN)}, user=NOOR)
    assert "**7 of 7 credits left**" in says(await sandbox.reply(left, desk.channel))
    await sandbox.ask("POST", f"/side/world/guilds/{guild}/members", json={"user_id": BEN}, expect=201)
    assert "**7 of 7 credits left** for these 24 hours: your own limit" in await desk.ask("quota", user=BEN)


async def test_a_rule_of_the_server_says_how_many_pictures_are_made_at_once(
    sandbox: Sandbox, bot: Bot
) -> None:
    await sandbox.set_service(seconds=30.0)
    desk = await desk_of(sandbox)
    await desk.ask("settings quota member", user=ADA, concurrent_jobs=1)
    await desk.imagine(count=3)
    await bot.states("running", "queued", "queued")
    await desk.ask("mod quota set", user=NOOR, member=str(MIA), concurrent_jobs=2)
    await bot.states("running", "running", "queued")
    assert len(await sandbox.tasks()) == 2
