"""A person's conversation with the bot: opened, kept, and which commands it has."""

from __future__ import annotations

from typing import Any

from sandbox.world import seed
from sandbox.world.models import ChannelKind
from tests.integration.sandbox.sides import side


async def test_a_conversation_is_opened_once_and_stays_for_who_leaves() -> None:
    async with side() as played:
        played.world.put_commands(None, [{"name": "mine", "description": "x"}])
        status, opened = await played.call("POST", "/direct", json={"user": 101})
        assert (status, opened["type"]) == (200, ChannelKind.DM)
        played.world.remove_member(seed.STUDIO, seed.MIA)
        played.world.remove_member(seed.STUDIO, seed.BEN)
        assert await played.call("POST", "/direct", json={"user": 101}) == (200, opened)
        assert await played.refused("/direct", user=102) == (403, 50007)
        await played.do("/commands", user=101, channel_id=opened["id"], name="mine")
        assert await played.refused(f"/channels/{opened['id']}/messages", user=101, content="hi") == (
            403,
            50007,
        )


async def test_commands_are_told_with_whether_a_conversation_has_them() -> None:
    async with side() as played:
        specs: list[dict[str, Any]] = [
            {"name": "mine", "description": "x", "contexts": [0, 1]},
            {"name": "imagine", "description": "x", "contexts": [0], "dm_permission": True},
            {"name": "old", "description": "x"},
        ]
        played.world.put_commands(None, specs)
        told = {
            each["name"]: each["dm_permission"] for each in (await played.get("/state", user=101))["commands"]
        }
        assert told == {"mine": True, "imagine": False, "old": True}
