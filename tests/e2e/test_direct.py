"""In a conversation with the bot people reach what is theirs, also of servers that they have left."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.e2e.gallery import Visitor, labels, thumbnails
from tests.e2e.harness import BEN, MIA, until
from tests.e2e.reading import says
from tests.e2e.test_buttons import button
from tests.e2e.test_mydata import ERASE, erased, jobs_in, zips

if TYPE_CHECKING:
    from tests.e2e.harness import Bot, Sandbox
    from tests.e2e.reading import Message


async def conversation(sandbox: Sandbox, user: int = MIA) -> int:
    return int((await sandbox.ask("POST", "/side/direct", json={"user": user}))["id"])


async def ask(sandbox: Sandbox, place: int, name: str, **options: object) -> Message:
    return await sandbox.reply(await sandbox.command(place, name, options), place)


async def leave(sandbox: Sandbox, user: int = MIA) -> None:
    guild = (await sandbox.guild())["id"]
    path = f"{sandbox.url}/side/world/guilds/{guild}/members/{user}"
    async with sandbox.session.delete(path) as answer:
        assert answer.ok


async def test_who_left_the_server_still_sees_takes_along_and_erases_what_is_theirs(
    sandbox: Sandbox, bot: Bot
) -> None:
    art = await sandbox.channel("art")
    await sandbox.imagine(art, "my secret wish")
    await sandbox.imagine(art, "Ben's own", user=BEN)
    mine, _ = sorted(await bot.states("delivered", "delivered"), key=lambda row: row["member_id"] != MIA)
    direct = await conversation(sandbox)
    await leave(sandbox)

    visitor = Visitor(sandbox, direct)
    page = await visitor.open()
    assert "my secret wish" in says(page)
    assert "Ben's own" not in says(page)
    assert len(thumbnails(page)) == 1
    page = await visitor.pick("my secret wish")
    assert labels(page) == ["Info", "Delete", "Back"]
    assert "my secret wish" in says(await visitor.press("Info"))
    page = await visitor.turn("Back", saying="1 of 1")

    assert "**1** with words" in says(await ask(sandbox, direct, "mydata show"))
    await sandbox.answered(await sandbox.command(direct, "mydata export", {}))
    files = await zips(sandbox, direct, ending="That is all I keep about you.")
    assert [job["id"] for job in jobs_in(files)] == [mine["id"]]

    question = await ask(sandbox, direct, "mydata erase")
    await sandbox.press(direct, int(question["id"]), button(question, ERASE))
    (row,) = await erased(bot, 1)
    assert (row["id"], row["prompt"]) == (mine["id"], "")

    async def empty() -> bool:
        return "You have no pictures yet." in says(await visitor.open())

    await until(empty, what="an empty gallery")
    assert "Traceback" not in bot.text()


async def test_a_conversation_tells_what_is_left_and_what_runs_and_makes_nothing(
    sandbox: Sandbox, bot: Bot
) -> None:
    direct = await conversation(sandbox)
    told = says(await ask(sandbox, direct, "help"))
    assert "Pictures are made in servers." in told
    assert "You have 20 of 20 credits left" in told
    for name in ("gallery", "jobs", "quota", "help", "mydata export"):
        assert f"</{name}:" in told
    assert "imagine" not in told
    assert "mod" not in told.replace("mode", "")

    await sandbox.set_service(seconds=600)
    await sandbox.imagine(await sandbox.channel("art"), "a slow lighthouse")
    await bot.states("running")
    listed = await ask(sandbox, direct, "jobs")
    assert "a slow lighthouse" in says(listed)
    spent = says(await ask(sandbox, direct, "quota"))
    assert "19 of 20" in spent
    assert "another server" not in spent
    await sandbox.press(direct, int(listed["id"]), button(listed, "jobs_cancel"))

    async def discarded() -> bool:
        return bool(bot.jobs()[0]["discarded_at"])

    await until(discarded, what="the picture to be called off")
    assert "Traceback" not in bot.text()
