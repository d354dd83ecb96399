"""Members and their own data: seen, taken along, erased for good, whatever happens meanwhile."""

from __future__ import annotations

import io
import json
import sqlite3
import zipfile
from contextlib import closing
from typing import TYPE_CHECKING, Any

from tests.e2e.harness import ADA, BEN, MIA, NOOR, until
from tests.e2e.reading import every_component, says
from tests.e2e.test_buttons import Hands, button

if TYPE_CHECKING:
    from tests.e2e.harness import Bot, Sandbox
    from tests.e2e.reading import Message

ERASE = "mydata_erase"


async def ask(sandbox: Sandbox, name: str, *, user: int = MIA, **options: object) -> Message:
    """Use one of the commands and return the answer, as whoever asked sees it."""
    art = await sandbox.channel("art")
    return await sandbox.reply(await sandbox.command(art, f"mydata {name}", options, user=user), art)


async def show(sandbox: Sandbox, *, saying: str) -> str:
    """Ask what is kept until the answer says this."""

    async def look() -> str:
        shown = says(await ask(sandbox, "show"))
        return shown if saying in shown else ""

    return await until(look, what=f"show to say: {saying}")


async def zips(sandbox: Sandbox, channel: int, *, ending: str, user: int = MIA) -> list[zipfile.ZipFile]:
    """Wait for the end of an export and return the files that came, in their order."""

    async def look() -> list[Message]:
        found = await sandbox.messages(channel, user)
        return found if any(ending in says(message) for message in found) else []

    urls = [
        (file["filename"], file["url"])
        for message in await until(look, what=f"the export to end with: {ending}")
        for file in message.get("attachments", ())
        if file["filename"].endswith(".zip")
    ]
    files = []
    for _, url in urls:
        async with sandbox.session.get(url) as answer:
            assert answer.ok
            files.append(zipfile.ZipFile(io.BytesIO(await answer.read())))
    assert [name for name, _ in urls] == [f"easel-data-{n}.zip" for n in range(1, len(urls) + 1)]
    return files


def jobs_in(files: list[zipfile.ZipFile]) -> list[dict[str, Any]]:
    return [
        job for file in files if "jobs.json" in file.namelist() for job in json.loads(file.read("jobs.json"))
    ]


def rows(bot: Bot, query: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(f"file:{bot.database}?mode=ro", uri=True, timeout=10)) as database:
        return database.execute(query).fetchall()


async def erased(bot: Bot, count: int) -> list[dict[str, Any]]:
    """Wait until so many jobs have nothing left of them; return their rows."""

    async def look() -> list[dict[str, Any]]:
        found = [
            row
            for row in bot.jobs()
            if row["erased_at"] and not (row["message_id"] or row["card_message_id"] or row["archive_key"])
        ]
        return found if len(found) == count else []

    return await until(look, what=f"{count} jobs to be erased")


async def test_a_member_sees_what_is_kept_of_them_and_nobody_else_does(sandbox: Sandbox, bot: Bot) -> None:
    assert "have not asked me for a picture yet" in says(await ask(sandbox, "show"))
    art = await sandbox.channel("art")
    await sandbox.imagine(art, count=2)
    await sandbox.picture(await sandbox.studio(art), 2)
    await bot.states("delivered", "delivered")
    answer = await ask(sandbox, "show")
    shown = says(answer)
    for fact in ("**2** with words", "**2** posted", "**2** kept in", "1 thread as your studio"):
        assert fact in shown
    assert "Others may edit your pictures" in shown
    assert answer["id"] not in {message["id"] for message in await sandbox.messages(art, NOOR)}

    assert "nobody but you" in says(await ask(sandbox, "edits", others="off"))
    assert "Others may not edit your pictures" in says(await ask(sandbox, "show"))
    assert rows(bot, "SELECT member_id, edits_allowed FROM members") == [(MIA, 0)]
    await bot.restart()
    assert "Others may edit" in says(await ask(sandbox, "edits", others="on"))
    assert rows(bot, "SELECT edits_allowed FROM members") == [(1,)]


async def test_an_export_comes_in_as_many_files_as_it_takes(sandbox: Sandbox, bot: Bot) -> None:
    await sandbox.set_service(noise_megabytes=4)
    art = await sandbox.channel("art")
    await sandbox.imagine(art, "ein Fuchs 🦊", count=3)
    await bot.states("delivered", "delivered", "delivered")
    await sandbox.imagine(art, "Ben's own", user=BEN)
    *mine, _ = await bot.states(*["delivered"] * 4)
    lost = bot.images / mine[2]["archive_key"]
    lost.unlink()
    await sandbox.answered(await sandbox.command(art, "mydata export", {}))
    files = await zips(sandbox, art, ending="That is all I keep about you.")
    assert len(files) == 1
    facts = jobs_in(files)
    assert [job["id"] for job in facts] == [row["id"] for row in mine]
    assert {job["prompt"] for job in facts} == {"ein Fuchs 🦊"}
    assert facts[0]["history"][0]["by"] == "you"
    assert facts[2]["picture"] == {"file": None, "missing": "it is not in the archive any more"}
    assert json.loads(files[0].read("missing.json")) == [
        {"picture": mine[2]["id"], "reason": "it is not in the archive any more"}
    ]
    for job, row in zip(facts[:2], mine, strict=False):
        assert files[0].read(job["picture"]["file"]) == (bot.images / row["archive_key"]).read_bytes()
    about = json.loads(files[0].read("about-you.json"))
    assert (about["member_id"], about["jobs"]["jobs"]) == (str(MIA), 3)


async def test_an_export_that_is_too_large_for_one_file_is_split_and_goes_on_where_it_broke_off(
    sandbox: Sandbox, bot: Bot
) -> None:
    await sandbox.set_service(noise_megabytes=6)
    art = await sandbox.channel("art")
    await sandbox.imagine(art, count=3)
    mine = await bot.states("delivered", "delivered", "delivered")
    await sandbox.answered(await sandbox.command(art, "mydata export", {}))
    files = await zips(sandbox, art, ending="That is all I keep about you.")
    assert [len(jobs_in([file])) for file in files] == [1, 1, 1]
    assert [len([n for n in file.namelist() if n.startswith("pictures/")]) for file in files] == [1, 1, 1]
    assert "about-you.json" not in files[1].namelist()

    part = f"3-{mine[1]['id']}"

    async def taken() -> bool:
        asked = await sandbox.command(art, "mydata export", {"part": part}, user=MIA)
        return "packed already" not in says(await sandbox.reply(asked, art))

    # The first export counts as under way until Discord has confirmed its last word.
    await until(taken, what="the rest to be packed")

    async def again() -> list[str]:
        names = [
            file["filename"]
            for message in await sandbox.messages(art, MIA)
            for file in message.get("attachments", ())
        ]
        return names if names.count("easel-data-3.zip") == 2 else []

    names = await until(again, what="the last part again")
    assert names.count("easel-data-1.zip") == 1
    assert "is no part of an export" in says(await ask(sandbox, "export", part="seven"))


async def test_a_file_that_discord_does_not_take_is_told_with_where_to_go_on(
    sandbox: Sandbox, bot: Bot
) -> None:
    art = await sandbox.channel("art")
    await sandbox.imagine(art)
    await bot.states("delivered")
    fault = await sandbox.fault(
        "discord",
        {"kind": "status", "status": 413, "body": {"code": 40005, "message": "No"}},
        method="POST",
        path="/webhooks/*",
        times=1,
    )
    await sandbox.command(art, "mydata export", {})
    await sandbox.hit(fault)

    async def told() -> bool:
        return any("Discord did not take" in says(m) for m in await sandbox.messages(art, MIA))

    await until(told, what="the refusal to be told")
    assert "Traceback" not in bot.text()


async def test_the_files_that_came_before_one_that_discord_does_not_take_stay(
    sandbox: Sandbox, bot: Bot
) -> None:
    await sandbox.set_service(noise_megabytes=6)
    art = await sandbox.channel("art")
    await sandbox.imagine(art, count=2)
    mine = await bot.states("delivered", "delivered")
    where = {"method": "POST", "path": "^/webhooks/", "times": 1}
    await sandbox.fault("discord", {"kind": "delay", "seconds": 0}, **where)
    refused = {"kind": "status", "status": 413, "body": {"code": 40005, "message": "No"}}
    fault = await sandbox.fault("discord", refused, **where)
    await sandbox.command(art, "mydata export", {})
    await sandbox.hit(fault)

    async def told() -> list[Message]:
        found = await sandbox.messages(art, MIA)
        return found if any(f"2-{mine[0]['id']}" in says(message) for message in found) else []

    found = await until(told, what="the refusal to be told with where to go on")
    files = [file["filename"] for message in found for file in message.get("attachments", ())]
    assert files == ["easel-data-1.zip"]


async def test_erasing_takes_words_pictures_cards_and_copies_and_nothing_of_others(
    sandbox: Sandbox, bot: Bot
) -> None:
    art = await sandbox.channel("art")
    await sandbox.imagine(art, "my secret wish", count=2)
    studio = await sandbox.studio(art)
    first = await sandbox.picture(studio, 2)
    await bot.states("delivered", "delivered")
    hands = Hands(sandbox, studio)
    await hands.press(first, "reroll", user=BEN)
    theirs = await sandbox.picture(studio, 3)
    await bot.states("delivered", "delivered", "delivered")

    question = await ask(sandbox, "erase")
    assert button(question, ERASE) == f"easel:{ERASE}:{MIA}"
    assert len(await sandbox.pictures(studio)) == 3
    await bot.restart()
    await sandbox.press(art, int(question["id"]), button(question, ERASE))
    done = await erased(bot, 2)
    assert {(row["prompt"], row["member_name"], row["state"], row["credits"]) for row in done} == {
        ("", "", "delivered", 1)
    }
    (left,) = await sandbox.pictures(studio)
    assert left["id"] == theirs["id"]
    assert not [m for m in await sandbox.messages(art) if m["author"].get("bot") and "my secret" in says(m)]
    assert len(list(bot.images.rglob("*.jpg"))) == 1

    async def said() -> bool:
        return any("Everything is erased" in says(m) for m in await sandbox.messages(art, MIA))

    await until(said, what="the answer to say that it is done")
    assert "erased picture" in says(await hands.ask(theirs, "info", user=BEN))
    shown = await show(sandbox, saying="is erased")
    assert "**2** without words" in shown
    reroll = await hands.ask(theirs, "reroll", user=BEN)
    assert "my secret wish" in says(reroll)
    assert "Traceback" not in bot.text()


async def test_jobs_in_flight_are_called_off_and_erased_when_they_end_also_after_a_crash(
    sandbox: Sandbox, bot: Bot
) -> None:
    await bot.restart(QUOTA_CONCURRENT_JOBS="1")
    await sandbox.set_service(seconds=8)
    art = await sandbox.channel("art")
    await sandbox.imagine(art, "my secret wish", count=2)
    studio = await sandbox.studio(art)
    await bot.states("running", "queued")
    question = await ask(sandbox, "erase")
    await sandbox.press(art, int(question["id"]), button(question, ERASE))
    await bot.states("running", "cancelled")
    await bot.restart(QUOTA_CONCURRENT_JOBS="1")
    done = await erased(bot, 2)
    assert [(row["state"], row["credits"], row["prompt"]) for row in done] == [
        ("cancelled", 1, ""),
        ("cancelled", 0, ""),
    ]
    assert await sandbox.pictures(studio) == []
    assert not [m for m in await sandbox.messages(art) if m["author"].get("bot") and "my secret" in says(m)]
    assert "is erased" in await show(sandbox, saying="is erased")

    await sandbox.imagine(art, "something new")
    await bot.states("cancelled", "cancelled", "delivered")
    assert bot.jobs()[-1]["prompt"] == "something new"


async def test_nobody_answers_the_question_for_somebody_else(sandbox: Sandbox, bot: Bot) -> None:
    art = await sandbox.channel("art")
    await sandbox.imagine(art)
    await bot.states("delivered")
    question = await ask(sandbox, "erase")
    others = await sandbox.messages(art, BEN)
    assert question["id"] not in {message["id"] for message in others}
    shown = [part.get("custom_id") for message in others for part in every_component(message)]
    assert f"easel:{ERASE}:{MIA}" not in shown


async def test_a_card_that_comes_after_its_command_was_erased_does_not_stay(
    sandbox: Sandbox, bot: Bot
) -> None:
    await bot.restart(APIXO_MAX_CONCURRENT_TASKS="1")
    await sandbox.set_service(seconds=600)
    art = await sandbox.channel("art")
    await sandbox.imagine(art, "the only one that is made", user=BEN)
    await bot.states("running")
    question = await ask(sandbox, "erase")
    delay = {"kind": "delay", "seconds": 2}
    await sandbox.fault("discord", delay, method="POST", path=r"/interactions/\d+/.+/callback", times=1)
    asked = await sandbox.imagine(art, "my secret wish")
    await bot.states("running", "queued")
    await sandbox.press(art, int(question["id"]), button(question, ERASE))
    await bot.states("running", "cancelled")

    async def deleted() -> bool:
        calls = await sandbox.ask("GET", "/side/world/requests?since=0")
        came = any(f"/interactions/{asked}/" in call["path"] for call in calls)
        return came and any(call["method"] == "DELETE" and call["status"] == 204 for call in calls)

    await until(deleted, what="the card to come and to go")
    assert not [m for m in await sandbox.messages(art) if m["author"].get("bot") and "my secret" in says(m)]
    (row,) = await erased(bot, 1)
    assert (row["state"], row["prompt"], row["card_token"]) == ("cancelled", "", None)


async def test_a_picture_in_a_thread_that_sleeps_is_erased_as_well(sandbox: Sandbox, bot: Bot) -> None:
    art = await sandbox.channel("art")
    await sandbox.imagine(art)
    await bot.states("delivered")
    studio = await sandbox.studio(art)
    await sandbox.change_channel(studio, archived=True)
    question = await ask(sandbox, "erase")
    await sandbox.press(art, int(question["id"]), button(question, ERASE))
    await erased(bot, 1)
    assert "did not let me" not in await show(sandbox, saying="is erased")
    assert await sandbox.pictures(studio) == []


async def test_a_thread_that_bears_the_prompt_loses_it_also_when_it_is_archived(
    sandbox: Sandbox, bot: Bot
) -> None:
    art = await sandbox.channel("art")
    await sandbox.answered(await sandbox.command(art, "settings threads", {"mode": "per-job"}, user=ADA))
    await sandbox.imagine(art, "my secret wish")
    (row,) = await bot.states("delivered")
    await sandbox.change_channel(row["thread_id"], archived=True)
    question = await ask(sandbox, "erase")
    await sandbox.press(art, int(question["id"]), button(question, ERASE))
    await erased(bot, 1)

    async def named() -> list[str]:
        threads = [thread["name"] for thread in (await sandbox.guild())["threads"]]
        return threads if "Erased picture" in threads else []

    assert "my secret wish" not in await until(named, what="the thread to have another name")
    assert "is erased" in await show(sandbox, saying="is erased")
    assert "did not let me" not in await show(sandbox, saying="is erased")
