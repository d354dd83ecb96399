"""What people see through the user's side."""

from __future__ import annotations

import pytest

from sandbox.discord.permissions import Permission
from sandbox.world import seed
from sandbox.world.drafts import Draft
from sandbox.world.interaction import InteractionKind
from sandbox.world.models import Overwrite
from tests.integration.sandbox.sides import side


async def test_everyone_who_can_be_played_is_listed_with_what_they_are() -> None:
    async with side() as played:
        people = await played.get("/people")
        assert {person["id"]: person["role"] for person in people} == {
            "100": "app",
            "101": "member",
            "102": "member",
            "103": "moderator",
            "104": "owner",
        }


async def test_the_state_has_only_what_this_person_sees() -> None:
    async with side() as played:
        thread = played.world.open_thread(seed.STAFF, seed.NOOR, "secret")
        for user, sees in ((seed.MIA, False), (seed.NOOR, True), (seed.ADA, True)):
            state = await played.get("/state", user=user)
            (guild,) = state["guilds"]
            assert state["user"]["id"] == str(user)
            assert (str(seed.STAFF) in {channel["id"] for channel in guild["channels"]}) is sees
            assert (str(thread.id) in {one["id"] for one in guild["threads"]}) is sees
            assert guild["owner_id"] == str(seed.ADA)


async def test_each_channel_comes_with_what_this_person_may_do_in_it() -> None:
    async with side() as played:
        state = await played.get("/state", user=seed.MIA)
        welcome = state["guilds"][0]["channels"][0]
        assert int(welcome["my_permissions"]) & Permission.SEND_MESSAGES


async def test_the_state_has_the_commands_that_this_person_may_run() -> None:
    async with side() as played:
        played.world.put_commands(
            None,
            [
                {"name": "imagine", "description": "x"},
                {"name": "mod", "description": "x", "default_member_permissions": str(1 << 13)},
            ],
        )
        for user, names in ((seed.MIA, ["imagine"]), (seed.NOOR, ["imagine", "mod"])):
            state = await played.get("/state", user=user)
            assert [command["name"] for command in state["commands"]] == names
            assert state["bot_online"] is False


async def test_messages_come_newest_first_in_pages() -> None:
    async with side() as played:
        ids = [str(played.world.post_message(seed.ART, seed.BEN, Draft(content=str(n))).id) for n in range(5)]
        path = f"/channels/{seed.ART}/messages"
        page = await played.get(path, user=seed.MIA, limit=2)
        assert [message["id"] for message in page] == [ids[4], ids[3]]
        page = await played.get(path, user=seed.MIA, limit=2, before=ids[3])
        assert [message["id"] for message in page] == [ids[2], ids[1]]


async def test_a_private_answer_is_seen_by_its_person_only() -> None:
    async with side() as played:
        begun = played.world.begin_interaction(
            InteractionKind.COMMAND, user_id=seed.MIA, channel_id=seed.ART, data={}
        )
        played.world.answer_with_message(begun.id, begun.token, Draft(content="psst"), ephemeral=True)
        path = f"/channels/{seed.ART}/messages"
        assert [message["content"] for message in await played.get(path, user=seed.MIA)] == ["psst"]
        assert await played.get(path, user=seed.BEN) == []
        assert len(await played.get(f"/world/threads/{seed.ART}/messages")) == 1


async def test_messages_of_a_hidden_channel_are_refused() -> None:
    async with side() as played:
        status, answer = await played.call(
            "GET", f"/channels/{seed.STAFF}/messages", params={"user": seed.MIA}
        )
        assert (status, answer["error"]["code"]) == (403, 50001)
        status, answer = await played.call("GET", "/channels/999/messages", params={"user": seed.MIA})
        assert (status, answer["error"]["code"]) == (404, 10003)


async def test_without_read_message_history_a_channel_looks_empty() -> None:
    async with side() as played:
        played.world.post_message(seed.ART, seed.BEN, Draft(content="old"))
        played.world.set_overwrite(
            seed.ART, Overwrite(id=seed.EVERYONE, type=0, deny=int(Permission.READ_MESSAGE_HISTORY))
        )
        assert await played.get(f"/channels/{seed.ART}/messages", user=seed.MIA) == []


@pytest.mark.parametrize(("name", "code"), [("", 50035), ("mia", 50035), ("999", 10013), ("100", 20001)])
async def test_whoever_asks_must_be_a_person(name: str, code: int) -> None:
    async with side() as played:
        _, answer = await played.call("GET", "/state", params={"user": name})
        assert answer["error"]["code"] == code


async def test_an_interaction_is_shown_to_its_person_as_it_stands() -> None:
    async with side() as played:
        begun = played.world.begin_interaction(
            InteractionKind.COMMAND, user_id=seed.MIA, channel_id=seed.ART, data={}
        )
        path = f"/interactions/{begun.id}"
        assert (await played.get(path, user=seed.MIA))["state"] == "pending"
        played.clock.move(3)
        shown = await played.get(path, user=seed.MIA)
        assert (shown["state"], shown["error"]) == ("failed", "The application did not respond")
        status, answer = await played.call("GET", path, params={"user": seed.BEN})
        assert (status, answer["error"]["code"]) == (404, 10062)
