"""`/gallery`: one's own pictures, private, paged, at any time; posted again, claimed or deleted from there.

One bot serves the tests that need no other one; each looks for words that no other test uses.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

import pytest
import pytest_asyncio

from tests.e2e.gallery import (
    Visitor,
    change,
    job,
    labels,
    multiply,
    picture,
    pictures_with,
    thumbnails,
    undeliverable,
)
from tests.e2e.harness import BEN, MIA, until
from tests.e2e.reading import every_component, pictures_of, says
from tests.e2e.running import GENEROUS, running_stage

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.e2e.stage import Stage

pytestmark = pytest.mark.asyncio(loop_scope="module")

SEND: Final = 1 << 11


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stage(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    async with running_stage(tmp_path_factory.mktemp("gallery")) as stage:
        yield stage


async def test_a_page_shows_ones_own_pictures_with_previews_and_nobody_elses(stage: Stage) -> None:
    channel = await stage.channel()
    first = await picture(stage, channel, "Öltanker walrus")
    second = await picture(stage, channel, "walrus `two`")
    await picture(stage, channel, "a walrus of Ben", user=BEN)
    visitor = Visitor(stage.sandbox, channel)
    page = await visitor.open("WALRUS")
    assert page["flags"] & 64
    text = says(page)
    assert text.index("two") < text.index("Öltanker")
    assert "Ben" not in text
    assert f"/{first['message_channel_id']}/{first['message_id']})" in text
    alts = [thumbnail["description"] for thumbnail in thumbnails(page)]
    assert alts == [second["prompt"], first["prompt"]]
    for thumbnail in thumbnails(page):
        assert thumbnail["media"]["content_type"] == "image/jpeg"
    assert len(thumbnails(await visitor.open("öLTANKER `walrus"))) == 1
    assert "No prompt of yours" in says(await visitor.open("walrus unheard-of"))
    assert "of Ben" in says(await Visitor(stage.sandbox, channel, user=BEN).open())


async def test_a_spoilered_picture_stays_behind_its_spoiler_and_keeps_its_own_words(stage: Stage) -> None:
    channel = await stage.channel()
    made = await picture(stage, channel, "secret otter")
    words = "an otter, asleep"
    change(stage.bot, "UPDATE jobs SET spoiler = 1, alt_text = ? WHERE id = ?", words, made["id"])
    visitor = Visitor(stage.sandbox, channel)
    (thumbnail,) = thumbnails(await visitor.open("secret otter"))
    assert (thumbnail["spoiler"], thumbnail["description"]) == (True, words)
    page = await visitor.pick("secret otter")
    (item,) = [item for part in every_component(page) for item in part.get("items", ())]
    assert (item["spoiler"], item["description"]) == (True, words)


async def test_pages_are_turned_after_a_restart_and_keep_what_they_look_for(stage: Stage) -> None:
    channel = await stage.channel()
    made = await picture(stage, channel, "quokka")
    more = [f"quokka no. {number:02}" for number in range(1, 12)]
    multiply(stage.bot, made, more)
    visitor = Visitor(stage.sandbox, channel)
    page = await visitor.open("QUOKKA no.")
    assert [f"no. {number:02}" in says(page) for number in (11, 7, 6)] == [True, True, False]
    assert "Newer" not in labels(page)
    await stage.bot.restart(**GENEROUS)
    page = await visitor.turn("Older", saying="no. 06")
    assert "no. 02" in says(page)
    assert "no. 01" not in says(page)
    page = await visitor.pick("no. 04")
    assert "no. 04" in says(page)
    page = await visitor.turn("Back", saying="no. 06")
    page = await visitor.turn("Older", saying="no. 01")
    assert "Older" not in labels(page)
    assert "QUOKKA no." in says(page)
    assert made["prompt"] not in says(page)
    await visitor.turn("Newer", saying="no. 06")
    page = await visitor.turn("Newer", saying="no. 11")
    assert "Newer" not in labels(page)


async def test_the_pages_of_somebody_else_cannot_be_pressed(stage: Stage) -> None:
    channel = await stage.channel()
    made = await picture(stage, channel, "private emu")
    visitor = Visitor(stage.sandbox, channel)
    await visitor.open("private emu")
    page = await visitor.pick("private emu")
    body = {"user": BEN, "channel_id": str(channel), "message_id": page["id"]}
    for name in (f"easel:gallery_post:{made['id']}", "easel:gallery_page:newest"):
        await stage.sandbox.ask("POST", "/side/components", json={**body, "custom_id": name}, expect=404)


async def test_a_picture_whose_thread_is_gone_is_posted_again_once_for_two_presses(stage: Stage) -> None:
    channel = await stage.channel()
    made = await picture(stage, channel, "lost heron")
    await stage.sandbox.ask("DELETE", f"/side/world/channels/{made['thread_id']}", expect=204)
    elsewhere = await stage.channel()
    visitor = Visitor(stage.sandbox, elsewhere)
    await visitor.open("lost heron")
    page = await visitor.pick("lost heron")
    assert "Its message is gone, but I still have a copy." in says(page)
    (shown,) = pictures_of(page)
    assert shown.alt == made["prompt"]

    both = ("is posted again", "already on its way")
    await asyncio.gather(*(visitor.told("Post again", saying) for saying in both))
    (message,) = await pictures_with(stage, elsewhere, made["prompt"])
    assert await visitor.is_told(f"/{elsewhere}/{message['id']}) is posted again")
    assert {"Re-roll", "Vary", "Edit", "Max", "Info", "Delete"} == set(labels(message))
    now = job(stage, made)
    assert (now["message_channel_id"], now["message_id"]) == (elsewhere, int(message["id"]))
    assert stage.history(made["prompt"]).endswith("its message is gone posted again")

    details = await stage.sandbox.press(elsewhere, int(message["id"]), f"easel:info:{made['id']}")
    assert made["id"] in says(await stage.sandbox.reply(details, elsewhere))


async def test_deleting_a_picture_that_was_posted_again_takes_all_its_messages(stage: Stage) -> None:
    channel = await stage.channel()
    made = await picture(stage, channel, "double crane")
    visitor = Visitor(stage.sandbox, channel)
    await visitor.open("double crane")
    await visitor.pick("double crane", saying="Open it")
    await visitor.press("Post again", saying="is posted again")
    studio = made["thread_id"]
    assert [len(await pictures_with(stage, place, made["prompt"])) for place in (studio, channel)] == [1, 1]
    question = await visitor.press("Delete")
    await stage.sandbox.press(channel, int(question["id"]), f"easel:confirm:{made['id']}")

    async def gone() -> bool:
        row = job(stage, made)
        return row["removed_at"] is not None and row["archive_key"] is None

    await until(gone, what="the picture to be deleted")
    assert [len(await pictures_with(stage, place, made["prompt"])) for place in (studio, channel)] == [0, 0]
    await visitor.open("double crane")
    page = await visitor.pick("double crane")
    assert "It was deleted" in says(page)
    assert labels(page) == ["Re-roll", "Back"]
    assert pictures_of(page) == []


async def test_a_picture_without_its_message_is_deleted_from_the_archive(stage: Stage) -> None:
    channel = await stage.channel()
    made = await picture(stage, channel, "stray goose")
    path = f"/side/world/messages/{made['message_channel_id']}/{made['message_id']}"
    await stage.sandbox.ask("DELETE", path, expect=204)
    visitor = Visitor(stage.sandbox, channel)
    await visitor.open("stray goose")
    await visitor.pick("stray goose", saying="Its message is gone")
    question, twice = [await visitor.press("Delete") for _ in range(2)]
    await stage.sandbox.press(channel, int(question["id"]), f"easel:confirm:{made['id']}")

    async def gone() -> bool:
        return job(stage, made)["removed_at"] is not None

    await until(gone, what="the picture to be deleted")
    assert not await asyncio.to_thread((stage.bot.images / made["archive_key"]).exists)
    again = await stage.sandbox.press(channel, int(twice["id"]), f"easel:confirm:{made['id']}")
    assert "deleted already" in says(await stage.sandbox.reply(again, channel))


async def test_without_a_copy_a_picture_is_opened_only_and_without_both_only_its_words_are_left(
    stage: Stage,
) -> None:
    channel = await stage.channel()
    made = await picture(stage, channel, "pruned ibis")
    await asyncio.to_thread((stage.bot.images / made["archive_key"]).unlink)
    change(stage.bot, "UPDATE jobs SET archive_key = NULL WHERE id = ?", made["id"])
    visitor = Visitor(stage.sandbox, channel)
    await visitor.open("pruned ibis")
    page = await visitor.pick("pruned ibis", saying="I keep no copy")
    assert "Open it" in says(page)
    assert labels(page) == ["Re-roll", "Info", "Delete", "Back"]
    path = f"/side/world/messages/{made['message_channel_id']}/{made['message_id']}"
    await stage.sandbox.ask("DELETE", path, expect=204)
    await visitor.turn("Back", saying="**1.**")
    page = await visitor.pick("pruned ibis", saying="Only its words are left")
    assert labels(page) == ["Re-roll", "Back"]
    await visitor.press("Re-roll", saying=made["prompt"])

    async def made_again() -> bool:
        return any(row["parent_id"] == made["id"] for row in stage.bot.jobs())

    await until(made_again, what="another one to be made")


async def test_a_picture_of_a_private_thread_is_posted_again_only_there(stage: Stage) -> None:
    channel = await stage.channel()
    thread = await stage.private_thread(channel)
    made = await picture(stage, thread, "hidden lynx")
    outside = Visitor(stage.sandbox, channel)
    await outside.open("hidden lynx")
    page = await outside.pick("hidden lynx")
    assert len(pictures_of(page)) == 1
    assert f"only there: use `/gallery` in <#{thread}>" in says(page)
    assert labels(page) == ["Info", "Delete", "Back"]
    inside = Visitor(stage.sandbox, thread)
    await inside.open("hidden lynx")
    await inside.pick("hidden lynx")
    await inside.press("Post again", saying="is posted again")
    assert len(await pictures_with(stage, thread, made["prompt"])) == 2
    assert await pictures_with(stage, channel, made["prompt"]) == []


async def test_where_the_bot_may_not_post_it_says_so_and_posts_nothing(stage: Stage) -> None:
    channel = await stage.channel()
    made = await picture(stage, channel, "silent stork")
    visitor = Visitor(stage.sandbox, channel)
    await visitor.open("silent stork")
    await visitor.pick("silent stork")
    await stage.sandbox.forbid(channel, SEND)
    assert "Send Messages" in says(await visitor.press("Post again"))
    assert await pictures_with(stage, channel, made["prompt"]) == []

    thread = made["thread_id"]
    visitor = Visitor(stage.sandbox, thread)
    await visitor.open("silent stork")
    await visitor.pick("silent stork")
    fault = await stage.refuse(f"/channels/{thread}/messages", 403, 20009, method="POST")
    assert await visitor.told("Post again", "does not let me post here")
    await stage.remove_fault(fault)
    assert len(await pictures_with(stage, thread, made["prompt"])) == 1


async def test_where_its_member_may_not_write_nothing_is_posted_for_them(stage: Stage) -> None:
    channel = await stage.channel()
    made = await picture(stage, channel, "muted swan")
    visitor = Visitor(stage.sandbox, channel)
    await visitor.open("muted swan")
    await visitor.pick("muted swan")
    rule = {"type": 1, "allow": "0", "deny": str(SEND)}
    await stage.sandbox.ask("PUT", f"/side/world/channels/{channel}/overwrites/{MIA}", json=rule)
    assert "You may not post messages here" in says(await visitor.press("Post again"))
    assert await pictures_with(stage, channel, made["prompt"]) == []


async def test_a_picture_of_an_age_restricted_channel_is_posted_in_no_other_kind(stage: Stage) -> None:
    red, other_red, plain = [await stage.channel() for _ in range(3)]
    for channel in (red, other_red):
        await stage.sandbox.change_channel(channel, nsfw=True)
    made = await picture(stage, red, "bare mole rat")
    visitor = Visitor(stage.sandbox, plain)
    await visitor.open("bare mole rat")
    page = await visitor.pick("bare mole rat")
    assert len(pictures_of(page)) == 1
    assert "age-restricted" in says(await visitor.press("Post again"))
    assert await pictures_with(stage, plain, made["prompt"]) == []
    visitor = Visitor(stage.sandbox, other_red)
    await visitor.open("bare mole rat")
    await visitor.pick("bare mole rat")
    await visitor.press("Post again", saying="is posted again")
    assert len(await pictures_with(stage, other_red, made["prompt"])) == 1


async def test_what_no_place_took_is_claimed_once_and_survives_a_crash(stage: Stage) -> None:
    made = await undeliverable(stage, await stage.channel())
    channel = await stage.channel()
    visitor = Visitor(stage.sandbox, channel)
    page = await visitor.open(made["prompt"])
    assert "Finished, but Discord let me post it nowhere" in says(page)
    assert len(thumbnails(page)) == 1
    await visitor.pick(made["prompt"])
    fault = await stage.sandbox.fault(
        "discord", {"kind": "status", "status": 503}, path=f"/channels/{channel}/messages", method="POST"
    )
    assert "on its way" in says(await visitor.press("Post it here", saying="on its way"))
    assert "already on its way" in says(await visitor.press("Post it here", saying="on its way"))
    await stage.sandbox.hit(fault)
    await stage.bot.restart(**GENEROUS)
    await stage.remove_fault(fault)

    async def delivered() -> bool:
        return bool(job(stage, made)["state"] == "delivered")

    await until(delivered, what="the claimed picture")
    row = job(stage, made)
    assert (row["rung"], row["message_channel_id"], row["credits"]) == ("channel", channel, made["credits"])
    assert len(await pictures_with(stage, channel, made["prompt"])) == 1
    late = says(await visitor.press("Post it here"))
    assert "does not wait to be claimed any more" in late


async def test_what_no_place_took_can_be_deleted_and_is_not_claimed_then(stage: Stage) -> None:
    made = await undeliverable(stage, await stage.channel())
    channel = await stage.channel()
    visitor = Visitor(stage.sandbox, channel)
    await visitor.open(made["prompt"])
    await visitor.pick(made["prompt"])
    question = await visitor.press("Delete")
    await stage.sandbox.press(channel, int(question["id"]), f"easel:confirm:{made['id']}")

    async def gone() -> bool:
        return job(stage, made)["removed_at"] is not None

    await until(gone, what="the picture to be deleted")
    assert job(stage, made)["archive_key"] is None
    assert "does not wait" in says(await visitor.press("Post it here", saying="does not wait"))
    assert job(stage, made)["state"] == "undeliverable"


async def test_without_an_archive_there_are_pages_that_say_why_nothing_is_shown(stage: Stage) -> None:
    channel = await stage.channel()
    made = await picture(stage, channel, "plain egret")
    visitor = Visitor(stage.sandbox, channel)
    await visitor.open("plain egret")
    await stage.bot.restart(**GENEROUS, ARCHIVE_URL="")
    page = await visitor.open("plain egret", saying="no previews")
    assert "this bot keeps no copies" in says(page)
    assert thumbnails(page) == []
    page = await visitor.pick("plain egret", saying="can't show it here")
    assert "Post again" not in labels(page)
    assert f"/{made['message_id']})" in says(page)
    await stage.bot.restart(**GENEROUS)


async def test_an_archive_out_of_reach_leaves_the_words(stage: Stage) -> None:
    channel = await stage.channel()
    await picture(stage, channel, "distant tern")
    s3 = {"AWS_ENDPOINT": "http://127.0.0.1:9", "AWS_ALLOW_HTTP": "true"}
    keys = {"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x", "AWS_REGION": "x"}
    await stage.bot.restart(**GENEROUS, ARCHIVE_URL="s3://pictures", **s3, **keys)
    visitor = Visitor(stage.sandbox, channel)
    page = await visitor.open("distant tern", saying="can't reach the shelf")
    assert "distant tern" in says(page)
    page = await visitor.pick("distant tern", saying="can't show it just now")
    assert await visitor.told("Post again", "the shelf where I keep pictures right now")
    await stage.bot.restart(**GENEROUS)


async def test_the_last_of_ten_thousand_pictures_is_found(stage: Stage) -> None:
    channel = await stage.channel()
    first = await picture(stage, channel, "the one needle", user=BEN)
    multiply(stage.bot, first, [f"hay {number}" for number in range(10_000)])
    visitor = Visitor(stage.sandbox, channel, user=BEN)
    page = await visitor.open()
    assert "1 to 5 of 10" in says(page)
    assert "hay 9999" in says(page)
    page = await visitor.open("Needle", saying="the one needle")
    assert "hay" not in says(page)
