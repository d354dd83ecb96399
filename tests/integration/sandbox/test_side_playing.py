"""What people post and run through the user's side, and what the bot is told of it."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.discord.permissions import Permission
from sandbox.world import seed
from sandbox.world.channels import ChannelChange
from sandbox.world.drafts import Draft
from sandbox.world.models import ChannelKind, Overwrite
from tests.integration.sandbox.sides import side
from tests.pictures import png

IMAGINE: dict[str, Any] = {
    "name": "imagine",
    "description": "x",
    "options": [
        {
            "name": "prompt",
            "type": 3,
            "description": "x",
            "required": True,
            "min_length": 2,
            "max_length": 20,
        },
        {"name": "mode", "type": 3, "description": "x", "choices": [{"name": "pro", "value": "pro"}]},
        {"name": "count", "type": 4, "description": "x", "min_value": 1, "max_value": 4},
        {"name": "strength", "type": 10, "description": "x", "min_value": 0, "max_value": 1},
        {"name": "spoiler", "type": 5, "description": "x"},
        {"name": "member", "type": 6, "description": "x"},
        {"name": "place", "type": 7, "description": "x", "channel_types": [0]},
        {"name": "role", "type": 8, "description": "x"},
        {"name": "image", "type": 11, "description": "x"},
    ],
}
ART = {"user": "101", "channel_id": str(seed.ART)}


async def test_a_person_posts_a_message_with_a_file() -> None:
    async with side() as played:
        status, message = await played.upload(
            f"/channels/{seed.ART}/messages", {"user": 101, "content": "hi"}, {"0": png(8, 6)}
        )
        assert status == 201
        assert (message["content"], message["author"]["id"]) == ("hi", "101")
        assert message["attachments"][0]["width"] == 8
        assert played.told[-1].type == "MESSAGE_CREATE"


@pytest.mark.parametrize(
    ("user", "channel", "content", "refusal"),
    [
        (101, seed.STAFF, "hi", (403, 50001)),
        (101, 999, "hi", (404, 10003)),
        (101, seed.ART, "", (400, 50006)),
        (101, seed.ART, "x" * 2001, (400, 50035)),
        (100, seed.ART, "hi", (403, 20001)),
    ],
)
async def test_a_message_that_discord_would_not_take_is_refused(
    user: int, channel: int, content: str, refusal: tuple[int, int]
) -> None:
    async with side() as played:
        assert await played.refused(f"/channels/{channel}/messages", user=user, content=content) == refusal


async def test_a_person_without_send_messages_posts_nothing_and_runs_nothing() -> None:
    async with side() as played:
        played.world.put_commands(None, [IMAGINE])
        played.world.set_overwrite(
            seed.ART, Overwrite(id=seed.EVERYONE, type=0, deny=int(Permission.SEND_MESSAGES))
        )
        assert await played.refused(f"/channels/{seed.ART}/messages", user=101, content="x") == (403, 50013)
        assert await played.refused("/commands", **ART, name="imagine", options={"prompt": "cat"}) == (
            403,
            50013,
        )


async def test_a_message_opens_an_archived_thread() -> None:
    async with side() as played:
        thread = played.world.open_thread(seed.ART, seed.BEN, "studio")
        played.world.change_channel(thread.id, ChannelChange(archived=True))
        await played.do(f"/channels/{thread.id}/messages", user=101, content="hello again")
        assert not played.world.thread(thread.id).thread_state().archived


async def test_nobody_writes_in_a_locked_thread() -> None:
    async with side() as played:
        thread = played.world.open_thread(seed.ART, seed.BEN, "studio")
        played.world.change_channel(thread.id, ChannelChange(locked=True))
        assert await played.refused(f"/channels/{thread.id}/messages", user=101, content="x") == (403, 160005)


async def test_a_command_reaches_the_bot_with_its_options_in_order() -> None:
    async with side() as played:
        (command,) = played.world.put_commands(None, [IMAGINE])
        given = {"count": 2, "prompt": "a cat", "strength": 0.5, "spoiler": True, "mode": "pro"}
        begun = await played.do("/commands", **ART, name="imagine", options=given)
        payload = played.heard()
        assert payload["id"] == begun["interaction_id"]
        assert payload["member"]["user"]["id"] == "101"
        assert payload["data"]["id"] == str(command.id)
        assert [(one["name"], one["type"], one["value"]) for one in payload["data"]["options"]] == [
            ("prompt", 3, "a cat"),
            ("mode", 3, "pro"),
            ("count", 4, 2),
            ("strength", 10, 0.5),
            ("spoiler", 5, True),
        ]
        assert (await played.get(f"/interactions/{begun['interaction_id']}", user=101))[
            "command"
        ] == "imagine"


async def test_chosen_people_channels_and_roles_are_resolved() -> None:
    async with side() as played:
        played.world.put_commands(None, [IMAGINE])
        given = {
            "prompt": "a cat",
            "member": "102",
            "place": str(seed.LOUNGE),
            "role": str(seed.MODERATOR_ROLE),
        }
        await played.do("/commands", **ART, name="imagine", options=given)
        resolved = played.heard()["data"]["resolved"]
        assert resolved["users"]["102"]["username"] == "ben"
        assert "user" not in resolved["members"]["102"]
        assert resolved["channels"][str(seed.LOUNGE)]["name"] == "lounge"
        assert resolved["roles"][str(seed.MODERATOR_ROLE)]["name"] == "Moderator"


async def test_a_file_option_becomes_a_short_lived_attachment() -> None:
    async with side() as played:
        played.world.put_commands(None, [IMAGINE])
        body = {**ART, "name": "imagine", "options": {"prompt": "a cat"}}
        status, _ = await played.upload("/commands", body, {"image": png(8, 6)})
        assert status == 201
        data = played.heard()["data"]
        (attachment,) = data["resolved"]["attachments"].values()
        assert data["options"][-1] == {"name": "image", "type": 11, "value": attachment["id"]}
        assert attachment["ephemeral"] is True
        assert (attachment["width"], attachment["height"]) == (8, 6)
        assert "/ephemeral-attachments/" in attachment["url"]
        assert await played.world.files.get(int(attachment["id"])) == png(8, 6)


@pytest.mark.parametrize(
    ("options", "wrong"),
    [
        ({}, "prompt"),
        ({"prompt": ""}, "prompt"),
        ({"prompt": "a"}, "prompt"),
        ({"prompt": "a" * 21}, "prompt"),
        ({"prompt": 5}, "prompt"),
        ({"prompt": "a cat", "mode": "best"}, "mode"),
        ({"prompt": "a cat", "count": 5}, "count"),
        ({"prompt": "a cat", "count": 1.5}, "count"),
        ({"prompt": "a cat", "strength": 2}, "strength"),
        ({"prompt": "a cat", "spoiler": "yes"}, "spoiler"),
        ({"prompt": "a cat", "member": "999"}, "member"),
        ({"prompt": "a cat", "place": str(seed.STAFF)}, "place"),
        ({"prompt": "a cat", "place": str(seed.VOICE)}, "place"),
        ({"prompt": "a cat", "image": "123"}, None),
        ({"prompt": "a cat", "colour": "red"}, "colour"),
    ],
)
async def test_an_option_that_discords_client_would_not_send_is_refused(
    options: dict[str, Any], wrong: str | None
) -> None:
    async with side() as played:
        played.world.put_commands(None, [IMAGINE])
        status, answer = await played.call(
            "POST", "/commands", json={**ART, "name": "imagine", "options": options}
        )
        if wrong is None:
            assert status == 201
            assert [one["name"] for one in played.heard()["data"]["options"]] == ["prompt"]
        else:
            assert (status, answer["error"]["code"]) == (400, 50035)
            assert list(answer["error"]["errors"]["options"]) == [wrong]


async def test_unchecked_options_are_sent_as_they_are() -> None:
    async with side() as played:
        played.world.put_commands(None, [IMAGINE])
        options = {"prompt": "", "mode": "best", "count": 99, "colour": "red"}
        body = {**ART, "name": "imagine", "options": options, "unchecked": True}
        status, _ = await played.call("POST", "/commands", json=body)
        assert status == 201
        sent = {one["name"]: one["value"] for one in played.heard()["data"]["options"]}
        assert sent == options


async def test_a_subcommand_is_named_with_spaces() -> None:
    spec = {
        "name": "settings",
        "description": "x",
        "options": [
            {"name": "show", "type": 1, "description": "x"},
            {
                "name": "quota",
                "type": 2,
                "description": "x",
                "options": [
                    {
                        "name": "set",
                        "type": 1,
                        "description": "x",
                        "options": [{"name": "credits", "type": 4, "description": "x", "required": True}],
                    }
                ],
            },
        ],
    }
    async with side() as played:
        played.world.put_commands(None, [spec])
        await played.do("/commands", **ART, name="settings show")
        assert played.heard()["data"]["options"] == [{"name": "show", "type": 1, "options": []}]
        begun = await played.do("/commands", **ART, name="settings quota set", options={"credits": 3})
        asked = await played.get(f"/interactions/{begun['interaction_id']}", user=101)
        assert asked["command"] == "settings quota set", "Discord names a command with its group"
        (group,) = played.heard()["data"]["options"]
        assert (group["name"], group["type"], group["options"][0]["type"]) == ("quota", 2, 1)
        assert group["options"][0]["options"] == [{"name": "credits", "type": 4, "value": 3}]
        for name in ("settings", "settings quota", "settings nothing"):
            assert await played.refused("/commands", **ART, name=name) == (400, 50035)


async def test_commands_are_refused_to_those_who_may_not_use_them() -> None:
    async with side() as played:
        moderating = {"name": "mod", "description": "x", "default_member_permissions": str(1 << 13)}
        played.world.put_commands(None, [IMAGINE, moderating])
        assert await played.refused("/commands", **ART, name="nothing") == (404, 10063)
        assert await played.refused("/commands", **ART, name="mod") == (403, 50013)
        await played.do("/commands", **{**ART, "user": 103}, name="mod")
        hidden = await played.refused("/commands", user=101, channel_id=seed.STAFF, name="imagine")
        assert hidden == (403, 50001)
        played.world.set_overwrite(
            seed.ART, Overwrite(id=seed.EVERYONE, type=0, deny=int(Permission.USE_APPLICATION_COMMANDS))
        )
        assert await played.refused("/commands", **ART, name="imagine") == (403, 50013)


async def test_no_command_runs_in_an_archived_thread() -> None:
    async with side() as played:
        played.world.put_commands(None, [IMAGINE])
        thread = played.world.open_thread(seed.ART, seed.BEN, "studio")
        played.world.change_channel(thread.id, ChannelChange(archived=True))
        refusal = await played.refused("/commands", user=101, channel_id=thread.id, name="imagine")
        assert refusal == (400, 50083)


async def test_a_command_runs_in_a_direct_conversation() -> None:
    async with side() as played:
        played.world.put_commands(None, [IMAGINE])
        direct = played.world.open_dm(seed.MIA)
        await played.do(
            "/commands", user=101, channel_id=direct.id, name="imagine", options={"prompt": "cat"}
        )
        assert played.heard()["user"]["id"] == "101"
        state = await played.get("/state", user=101)
        assert [channel["id"] for channel in state["direct_channels"]] == [str(direct.id)]
        assert await played.refused("/commands", user=102, channel_id=direct.id, name="imagine") == (
            403,
            50001,
        )


async def test_a_message_menu_brings_its_message() -> None:
    async with side() as played:
        played.world.put_commands(None, [{"name": "Edit picture", "type": 3}])
        target = played.world.post_message(seed.ART, seed.BEN, Draft(content="look"))
        await played.do("/menus", **ART, message_id=target.id, name="Edit picture")
        data = played.heard()["data"]
        assert (data["type"], data["target_id"]) == (3, str(target.id))
        assert data["resolved"]["messages"][str(target.id)]["content"] == "look"
        assert await played.refused("/menus", **ART, message_id=1, name="Edit picture") == (404, 10008)


async def test_each_of_several_message_menus_brings_the_whole_message() -> None:
    async with side() as played:
        played.world.put_commands(None, [{"name": name, "type": 3} for name in ("Edit", "Vary", "Details")])
        _, posted = await played.upload(
            f"/channels/{seed.ART}/messages",
            {"user": 102, "attachments": [{"id": 0, "description": "a wall", "is_spoiler": True}]},
            {"0": png(8, 6)},
        )
        for name in ("Edit", "Vary", "Details"):
            await played.do("/menus", **ART, message_id=posted["id"], name=name)
            data = played.heard()["data"]
            assert (data["name"], data["target_id"]) == (name, posted["id"])
            (message,) = data["resolved"]["messages"].values()
            (file,) = message["attachments"]
            assert (file["description"], file["width"], file["flags"]) == ("a wall", 8, 8)
            assert message["author"]["id"] == "102"


async def test_the_answer_to_a_message_menu_points_to_its_message() -> None:
    async with side() as played:
        played.world.put_commands(None, [{"name": "Edit", "type": 3}])
        target = played.world.post_message(seed.ART, seed.BEN, Draft(content="look"))
        begun = await played.do("/menus", **ART, message_id=target.id, name="Edit")
        token = played.heard()["token"]
        played.world.answer_with_message(int(begun["interaction_id"]), token, Draft(content="done"))
        answer, *_ = await played.get(f"/channels/{seed.ART}/messages", user=101)
        assert (answer["type"], answer["referenced_message"]["id"]) == (23, str(target.id))
        assert answer["interaction_metadata"]["target_message_id"] == str(target.id)
        assert answer["mentions"] == []


async def test_a_person_opens_a_thread_on_a_message() -> None:
    async with side() as played:
        message = played.world.post_message(seed.ART, seed.BEN, Draft(content="look"))
        path = f"/channels/{seed.ART}/messages/{message.id}/threads"
        thread = await played.do(path, user=101, name="talk")
        assert (thread["id"], thread["type"], thread["owner_id"]) == (str(message.id), 11, "101")
        assert int(thread["my_permissions"]) & Permission.SEND_MESSAGES_IN_THREADS
        assert await played.refused(path, user=102, name="again") == (400, 160004)


async def test_a_thread_is_refused_where_discord_refuses_it() -> None:
    async with side() as played:
        said = played.world.post_message(seed.ART, seed.BEN, Draft(content="look"))
        private = played.world.post_message(seed.ART, seed.BOT, Draft(content="psst"), only_for=seed.MIA)
        played.world.open_thread(seed.ART, seed.BEN, "by itself")
        notice = played.world.history(seed.ART)[-1]
        voice = played.world.post_message(seed.VOICE, seed.BEN, Draft(content="hello"))

        async def refusal(channel: int, message: int, name: str = "talk", user: int = 101) -> tuple[int, int]:
            return await played.refused(
                f"/channels/{channel}/messages/{message}/threads", user=user, name=name
            )

        assert await refusal(seed.ART, said.id, name="") == (400, 50035)
        assert await refusal(seed.ART, private.id) == (403, 50021)
        assert await refusal(seed.ART, private.id, user=102) == (404, 10008)
        assert await refusal(seed.ART, notice.id) == (403, 50021)
        assert await refusal(seed.VOICE, voice.id) == (400, 50024)
        forbidden = Overwrite(id=seed.EVERYONE, type=0, deny=int(Permission.CREATE_PUBLIC_THREADS))
        played.world.set_overwrite(seed.ART, forbidden)
        assert await refusal(seed.ART, said.id) == (403, 50013)


async def test_wrong_bodies_are_named_and_not_fallen_over() -> None:
    async with side() as played:
        assert await played.refused("/commands", user=101, channel_id="art", name="x") == (400, 50035)
        status, answer = await played.call("POST", "/commands", data=b"{")
        assert (status, answer["error"]["code"]) == (400, 50109)
        status, answer = await played.call("POST", "/commands", json=[1])
        assert (status, answer["error"]["code"]) == (400, 50035)


async def test_the_person_may_stand_in_the_query() -> None:
    async with side() as played:
        status, _ = await played.call(
            "POST", f"/channels/{seed.ART}/messages", params={"user": 101}, json={"content": "hi"}
        )
        assert status == 201


async def test_a_private_thread_is_only_its_members() -> None:
    async with side() as played:
        thread = played.world.open_thread(seed.ART, seed.BEN, "ours", kind=ChannelKind.PRIVATE_THREAD)
        path = f"/channels/{thread.id}/messages"
        assert await played.refused(path, user=101, content="let me in") == (403, 50001)
        await played.do(path, user=102, content="alone")
