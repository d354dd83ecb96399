"""Every rung of the delivery ladder, and pictures larger than Discord takes, over the wire.

One bot serves the whole file. A picture is held back while the test changes the world around it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest
import pytest_asyncio

from tests.e2e.harness import BEN, MIA, until
from tests.e2e.reading import Message, every_component, pictures_of, says
from tests.e2e.running import GENEROUS, running_stage
from tests.e2e.stage import Stage, numbered

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

pytestmark = pytest.mark.asyncio(loop_scope="module")

VIEW: Final = 1 << 10
ATTACH: Final = 1 << 15
HISTORY: Final = 1 << 16
MANAGE_THREADS: Final = 1 << 34
WRITE_IN_THREADS: Final = 1 << 38
ANNOUNCEMENT: Final = 5


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stage(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    async with running_stage(tmp_path_factory.mktemp("ladder")) as stage:
        yield stage


async def test_an_archived_thread_is_opened_by_the_picture(stage: Stage) -> None:
    async with stage.held_back(await stage.channel()) as waiting:
        thread = await waiting.thread()
        await stage.sandbox.change_channel(thread, archived=True)
    row = await waiting.row()
    assert (row["rung"], row["message_channel_id"], row["discord_code"]) == ("thread", thread, None)
    assert await waiting.message(thread)


async def test_a_locked_thread_leads_to_its_channel_with_a_mention_and_a_link(stage: Stage) -> None:
    channel = await stage.channel()
    async with stage.held_back(channel) as waiting:
        thread = await waiting.thread()
        await stage.sandbox.change_channel(thread, locked=True, archived=True)
    row = await waiting.row()
    assert (row["rung"], row["discord_code"]) == ("channel", 160005)
    message = await waiting.message(channel)
    assert f"<@{MIA}>" in says(message)
    assert f"<#{thread}>" in says(message)
    assert [mention["id"] for mention in message["mentions"]] == [str(MIA)]
    assert not message["mention_everyone"]
    await waiting.card_says(f"/{channel}/{message['id']})")


async def test_whoever_manages_threads_posts_in_a_locked_one(stage: Stage) -> None:
    channel = await stage.channel()
    await stage.allow(channel, MANAGE_THREADS)
    async with stage.held_back(channel) as waiting:
        await stage.sandbox.change_channel(await waiting.thread(), locked=True, archived=True)
    assert (await waiting.row())["rung"] == "thread"


async def test_a_thread_that_must_be_opened_first_is_opened_by_whoever_may(stage: Stage) -> None:
    channel = await stage.channel()
    await stage.allow(channel, MANAGE_THREADS)
    since = await stage.now()
    async with stage.held_back(channel) as waiting:
        thread = await waiting.thread()
        await stage.sandbox.change_channel(thread, archived=True)
        await stage.refuse(rf"/channels/{thread}/messages$", 400, 50083, method="POST", times=1)
    assert (await waiting.row())["rung"] == "thread"
    calls = await stage.sandbox.ask("GET", f"/side/world/requests?since={since}")
    assert [c["status"] for c in calls if c["method"] == "PATCH" and c["path"] == f"/channels/{thread}"] == [
        200
    ]


async def test_a_deleted_thread_leads_to_its_channel_and_the_next_command_opens_a_new_one(
    stage: Stage,
) -> None:
    channel = await stage.channel()
    async with stage.held_back(channel) as waiting:
        thread = await waiting.thread()
        await stage.delete(thread)
    row = await waiting.row()
    assert (row["rung"], row["discord_code"]) == ("channel", 10003)
    assert "was deleted" in says(await waiting.message(channel))
    async with stage.held_back(channel) as following:
        assert await following.thread() != thread
    assert (await following.row())["rung"] == "thread"


async def test_a_deleted_channel_leads_to_a_direct_message(stage: Stage) -> None:
    channel = await stage.channel()
    async with stage.held_back(channel) as waiting:
        await waiting.thread()
        await stage.delete(channel)
    row = await waiting.row()
    assert (row["rung"], row["discord_code"]) == ("direct", 10003)
    (message,) = await stage.direct_messages(waiting.prompt)
    assert pictures_of(message)
    assert "was deleted" in says(message)

    names = [component.get("custom_id", "") for component in every_component(message)]
    assert [name for name in names if name] == [f"easel:info:{row['id']}", f"easel:delete:{row['id']}"]
    place, sandbox = int(message["channel_id"]), stage.sandbox
    press = await sandbox.press(place, int(message["id"]), f"easel:info:{row['id']}")
    assert waiting.prompt in says(await sandbox.reply(press, place))
    press = await sandbox.press(place, int(message["id"]), f"easel:delete:{row['id']}")
    question = await sandbox.reply(press, place)
    press = await sandbox.press(place, int(question["id"]), f"easel:confirm:{row['id']}")
    await sandbox.answered(press)

    async def gone() -> bool:
        return not any(pictures_of(each) for each in await stage.direct_messages(waiting.prompt))

    await until(gone, what="the picture to go")


@pytest.mark.parametrize(
    ("permission", "rung", "code"),
    [
        (WRITE_IN_THREADS, "channel", 50013),
        (WRITE_IN_THREADS | HISTORY, "channel", 50013),
        (ATTACH, "direct", 50013),
        (VIEW, "direct", 50001),
    ],
    ids=["write", "write and history", "attach", "view"],
)
async def test_a_permission_taken_away_leads_to_the_next_rung_without_a_refused_request(
    stage: Stage, permission: int, rung: str, code: int
) -> None:
    channel = await stage.channel()
    async with stage.held_back(channel) as waiting:
        await waiting.thread()
        since = await stage.now()
        await stage.sandbox.forbid(channel, permission)
    row = await waiting.row()
    assert (row["rung"], row["discord_code"]) == (rung, code)
    assert await stage.refusals(since) == 0


async def test_a_refusal_is_remembered_until_something_changes(stage: Stage) -> None:
    channel = await stage.channel()
    async with stage.held_back(channel) as waiting:
        thread = await waiting.thread()
        messages = f"/channels/{thread}/messages"
        fault = await stage.refuse(f"{messages}$", 403, 50001, method="POST")
    assert (await waiting.row())["rung"] == "channel"
    since = await stage.now()
    async with stage.held_back(channel, count=4) as following:
        pass
    assert {row["rung"] for row in await following.rows("delivered")} == {"channel"}
    assert await stage.answers(since, path=messages) == []
    await stage.remove_fault(fault)
    await stage.allow(channel, MANAGE_THREADS)
    async with stage.held_back(channel) as last:
        pass
    assert (await last.row())["rung"] == "thread"
    assert stage.bot.text().count(f"may not post a picture in place {thread} ") == 1


async def test_nothing_of_a_private_thread_is_told_outside_of_it(stage: Stage) -> None:
    channel = await stage.channel()
    thread = await stage.private_thread(channel)
    async with stage.held_back(thread) as waiting:
        await stage.sandbox.change_channel(thread, locked=True)
    row = await waiting.row()
    assert (row["rung"], row["discord_code"]) == ("direct", 160005)
    assert len(await stage.direct_messages(waiting.prompt)) == 1
    assert await stage.sandbox.messages(channel) == []


async def test_not_even_a_failure_in_a_private_thread_is_told_outside_of_it(stage: Stage) -> None:
    channel = await stage.channel()
    thread = await stage.private_thread(channel)
    await stage.sandbox.set_service(seconds=2)
    prompt = numbered("a forbidden-test-word,")
    await stage.sandbox.imagine(thread, prompt)
    await stage.sandbox.change_channel(thread, locked=True)
    await stage.sandbox.set_service(seconds=0.2)

    async def told() -> list[Message]:
        return await stage.direct_messages(prompt)

    (notice,) = await until(told, what="the reason as a direct message")
    assert "content rules" in says(notice)
    assert await stage.sandbox.messages(channel) == []


async def test_a_failure_follows_the_ladder_with_a_link_to_its_thread(stage: Stage) -> None:
    channel = await stage.channel()
    async with stage.held_back(channel) as waiting:
        thread = await waiting.thread()
    await waiting.row()
    await stage.sandbox.change_channel(thread, locked=True)
    await stage.sandbox.imagine(channel, "a forbidden-test-word")

    async def told() -> list[Message]:
        return [m for m in await stage.sandbox.messages(channel) if "content rules" in says(m)]

    (notice,) = await until(told, what="the reason in the channel")
    assert f"<#{thread}>" in says(notice)
    assert [mention["id"] for mention in notice["mentions"]] == [str(MIA)]


async def test_a_picture_that_no_place_takes_waits_and_its_card_says_so(stage: Stage) -> None:
    channel = await stage.channel()
    async with stage.held_back(channel, user=BEN) as waiting:
        thread = await waiting.thread()
        await stage.sandbox.forbid(channel, ATTACH)
        direct = rf"/channels/(?!{channel}/|{thread}/)\d+/messages$"
        closed = await stage.refuse(direct, 403, 50007, method="POST")
    row = await waiting.row("undeliverable")
    await stage.remove_fault(closed)
    assert (row["rung"], row["discord_code"], row["credits"]) == (None, 50007, 1)
    assert row["archive_key"]
    await waiting.card_says("Discord lets me post it nowhere")


async def test_a_bot_that_was_removed_waits_for_its_return_and_posts_then(stage: Stage) -> None:
    channel = await stage.channel()
    guild, bot = (await stage.sandbox.guild())["id"], await stage.bot_id()
    members = f"{stage.sandbox.url}/side/world/guilds/{guild}/members"
    since = await stage.now()
    async with stage.held_back(channel) as waiting:
        thread = await waiting.thread()
        own = next(r["id"] for r in (await stage.sandbox.guild())["roles"] if r["name"] == "Easel")
        async with stage.sandbox.session.delete(f"{members}/{bot}") as answer:
            assert answer.ok

    async def put_back() -> bool:
        return "not in the server" in stage.history(waiting.prompt)

    await until(put_back, what="the picture to wait")
    assert await stage.answers(since, path=f"/channels/{thread}/messages") == []
    assert await stage.direct_messages(waiting.prompt) == []
    body = {"user_id": bot, "roles": [own]}
    async with stage.sandbox.session.post(members, json=body) as answer:
        assert answer.ok
    row = await waiting.row()
    assert (row["rung"], row["message_channel_id"]) == ("thread", thread)
    assert await stage.refusals(since) == 0


async def test_a_thread_in_an_announcement_channel_takes_pictures_as_any_other(stage: Stage) -> None:
    async with stage.held_back(await stage.channel(ANNOUNCEMENT)) as waiting:
        thread = await waiting.thread()
    assert (await waiting.row())["message_channel_id"] == thread


async def test_a_picture_larger_than_the_server_takes_is_made_smaller_and_says_so(stage: Stage) -> None:
    await stage.sandbox.set_service(noise_megabytes=12)
    async with stage.held_back(await stage.channel(), output_format="png") as waiting:
        thread = await waiting.thread()
    await stage.sandbox.set_service(noise_megabytes=0)
    row = await waiting.row()
    (picture,) = pictures_of(message := await waiting.message(thread))
    assert picture.filename.endswith(".jpg")
    assert "Made smaller" in says(message)
    async with stage.sandbox.session.get(picture.url) as answer:
        assert 1_000_000 < len(await answer.read()) <= 10 * 1024 * 1024
    assert (stage.bot.images / row["archive_key"]).stat().st_size > 12_000_000


async def test_a_server_whose_limit_dropped_meanwhile_gets_a_smaller_picture(stage: Stage) -> None:
    await stage.sandbox.set_service(noise_megabytes=1)
    async with stage.held_back(await stage.channel()) as waiting:
        await stage.sandbox.set_service(noise_megabytes=0)
        thread = await waiting.thread()
        await stage.refuse(rf"/channels/{thread}/messages$", 413, 40005, method="POST", times=1)
    row = await waiting.row()
    assert (row["rung"], row["discord_code"]) == ("thread", None)
    assert "Made smaller" in says(await waiting.message(thread))


async def test_killed_while_sending_a_direct_message_the_picture_is_found_there(stage: Stage) -> None:
    channel = await stage.channel()
    async with stage.held_back(channel) as waiting:
        await stage.sandbox.forbid(channel, ATTACH)
        hang = await stage.sandbox.fault(
            "discord", {"kind": "hang"}, method="POST", path=r"/channels/\d+/messages$", phase="after"
        )
    await stage.sandbox.hit(hang)
    await waiting.rows("delivering")
    await stage.bot.kill()
    await stage.remove_fault(hang)
    await stage.bot.start(**GENEROUS)
    row = await waiting.row()
    assert (row["rung"], row["discord_code"]) == ("direct", 50013)
    (message,) = await stage.direct_messages(waiting.prompt)
    assert row["message_id"] == int(message["id"])


async def test_a_connection_that_broke_after_posting_brings_no_second_copy(stage: Stage) -> None:
    async with stage.held_back(await stage.channel()) as waiting:
        thread = await waiting.thread()
        drop = {"kind": "drop"}
        path = rf"/channels/{thread}/messages$"
        await stage.sandbox.fault("discord", drop, method="POST", path=path, phase="after", times=1)
    row = await waiting.row()
    assert row["message_id"] == int((await waiting.message(thread))["id"])
