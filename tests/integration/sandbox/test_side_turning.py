"""Turning the world through the user's side."""

from __future__ import annotations

from sandbox.discord.permissions import Permission
from sandbox.world import seed
from sandbox.world.drafts import Draft
from tests.integration.sandbox.sides import side


async def test_a_channel_is_made_changed_and_deleted() -> None:
    async with side() as played:
        overwrites = [{"id": str(seed.EVERYONE), "type": 0, "allow": "0", "deny": "2048"}]
        made = await played.do(
            "/world/channels", guild_id="200", name="new", type=0, nsfw=True, overwrites=overwrites
        )
        assert (made["name"], made["nsfw"], made["permission_overwrites"]) == ("new", True, overwrites)
        path = f"/world/channels/{made['id']}"
        status, changed = await played.call("PATCH", path, json={"name": "newer", "overwrites": []})
        assert (status, changed["name"], changed["permission_overwrites"]) == (200, "newer", [])
        assert (await played.call("DELETE", path))[0] == 204
        assert (await played.call("DELETE", path))[0] == 404


async def test_a_thread_is_opened_archived_locked_and_opened_again() -> None:
    async with side() as played:
        made = await played.do(
            "/world/channels",
            guild_id=200,
            name="private",
            type=12,
            parent_id=seed.ART,
            owner_id=101,
            members=[100],
        )
        assert played.world.can_view(seed.BOT, int(made["id"]))
        assert not played.world.can_view(seed.BEN, int(made["id"]))
        path = f"/world/channels/{made['id']}"
        for change in (
            {"archived": True, "locked": True},
            {"archived": True},
            {"archived": False, "locked": False},
        ):
            status, changed = await played.call("PATCH", path, json=change)
            assert status == 200
            assert changed["thread_metadata"]["archived"] is change["archived"]


async def test_overwrites_and_roles_take_decimal_permissions() -> None:
    async with side() as played:
        path = f"/world/channels/{seed.ART}/overwrites/{seed.BOT}"
        status, _ = await played.call("PUT", path, json={"type": 1, "allow": "0", "deny": str(1 << 11)})
        assert status == 200
        assert Permission.SEND_MESSAGES not in played.world.permissions(seed.BOT, seed.ART)
        assert (await played.call("DELETE", path))[0] == 204
        assert Permission.SEND_MESSAGES in played.world.permissions(seed.BOT, seed.ART)
        role = f"/world/roles/{seed.EASEL_ROLE}"
        status, changed = await played.call("PATCH", role, json={"permissions": "0"})
        assert (status, changed["permissions"]) == (200, "0")
        assert await played.refused(role, method="PATCH", permissions="some") == (400, 50035)


async def test_a_message_is_deleted() -> None:
    async with side() as played:
        message = played.world.post_message(seed.ART, seed.BEN, Draft(content="x"))
        path = f"/world/messages/{seed.ART}/{message.id}"
        assert (await played.call("DELETE", path))[0] == 204
        assert await played.refused(path, method="DELETE") == (404, 10008)


async def test_the_bot_is_removed_and_let_in_again() -> None:
    async with side() as played:
        assert (await played.call("DELETE", f"/world/guilds/200/members/{seed.BOT}"))[0] == 204
        assert "GUILD_DELETE" in [event.type for event in played.told]
        member = await played.do("/world/guilds/200/members", user_id=seed.BOT, roles=[str(seed.EASEL_ROLE)])
        assert member["roles"] == [str(seed.EASEL_ROLE)]
        assert "GUILD_CREATE" in [event.type for event in played.told]
        status, _ = await played.call("POST", "/world/guilds/200/members", json={"user_id": seed.BOT})
        assert status == 200
        assert played.world.member(200, seed.BOT).roles == [seed.EASEL_ROLE]


async def test_the_bots_requests_are_listed_from_a_number_on() -> None:
    async with side() as played:
        for status in (200, 403):
            played.log.note(method="GET", route="/users/{user}", path="/users/@me", status=status)
        first, second = await played.get("/world/requests")
        assert (first["n"], first["method"], first["route"], first["status"]) == (
            1,
            "GET",
            "/users/{user}",
            200,
        )
        assert await played.get("/world/requests", since=1) == [second]


async def test_all_messages_of_a_thread_are_listed_oldest_first() -> None:
    async with side() as played:
        thread = played.world.open_thread(seed.ART, seed.BEN, "studio")
        for word in ("one", "two"):
            played.world.post_message(thread.id, seed.BEN, Draft(content=word))
        messages = await played.get(f"/world/threads/{thread.id}/messages")
        assert [message["content"] for message in messages][-2:] == ["one", "two"]
