"""What the bot is asked while a person types into an option that completes itself."""

from __future__ import annotations

from typing import Any

from sandbox.world import seed
from tests.integration.sandbox.sides import side

MOD: dict[str, Any] = {
    "name": "mod",
    "description": "x",
    "options": [
        {
            "name": "cancel",
            "description": "x",
            "type": 1,
            "options": [
                {"name": "job", "type": 3, "description": "x", "required": True, "autocomplete": True},
                {"name": "reason", "type": 3, "description": "x"},
            ],
        }
    ],
}
TYPING: dict[str, Any] = {"user": "101", "channel_id": str(seed.ART), "name": "mod cancel", "focused": "job"}


async def test_the_bot_hears_what_stands_there_so_far_and_which_option_is_meant() -> None:
    async with side() as played:
        played.world.put_commands(None, [MOD])
        begun = await played.do("/autocompletes", **TYPING, options={"reason": "too loud"})
        payload = played.heard()
        assert (payload["id"], payload["type"]) == (begun["interaction_id"], 4)
        (inner,) = payload["data"]["options"]
        assert (inner["name"], inner["type"]) == ("cancel", 1)
        assert inner["options"] == [
            {"name": "job", "type": 3, "value": "", "focused": True},
            {"name": "reason", "type": 3, "value": "too loud"},
        ]


async def test_what_the_bot_offers_is_seen_by_who_types() -> None:
    async with side() as played:
        played.world.put_commands(None, [MOD])
        begun = await played.do("/autocompletes", **TYPING, options={"job": "fo"})
        offered = [{"name": "a red fox", "value": "01"}]
        number = int(begun["interaction_id"])
        played.world.answer_with_choices(number, played.heard()["token"], offered)
        found = await played.get(f"/interactions/{number}", user=101)
        assert (found["state"], found["choices"], found["message_id"]) == ("answered", offered, None)


async def test_only_an_option_that_completes_itself_can_be_typed_into_like_that() -> None:
    async with side() as played:
        played.world.put_commands(None, [MOD])
        for focused in ("reason", "nothing"):
            asked = {**TYPING, "focused": focused}
            assert await played.refused("/autocompletes", **asked) == (400, 50035)


async def test_whoever_may_not_run_a_command_is_offered_nothing_by_it() -> None:
    async with side() as played:
        played.world.put_commands(None, [{**MOD, "default_member_permissions": "8192"}])
        assert await played.refused("/autocompletes", **TYPING) == (403, 50013)
