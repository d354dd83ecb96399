"""Moderators learn nothing from places that they do not see, whichever command they ask."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.e2e.harness import ADA, MIA, NOOR, until
from tests.e2e.reading import says
from tests.e2e.test_mod import MODERATORS, Desk, last_word

if TYPE_CHECKING:
    from tests.e2e.harness import Bot, Sandbox

VIEW_CHANNEL = 1 << 10
HIDDEN = "(in a channel that you don't see)"


async def offered(sandbox: Sandbox, channel: int, words: str, *, user: int) -> list[dict[str, Any]]:
    """Return what the option of `/mod cancel` offers to somebody who types these words."""
    asked = {
        "user": user,
        "channel_id": str(channel),
        "name": "mod cancel",
        "options": {"job": words},
        "focused": "job",
    }
    begun = await sandbox.ask("POST", "/side/autocompletes", json=asked, expect=201)

    async def look() -> list[list[dict[str, Any]]]:
        path = f"/side/interactions/{begun['interaction_id']}?user={user}"
        found = await sandbox.ask("GET", path)
        return [] if found["state"] == "pending" else [found["choices"] or []]

    (choices,) = await until(look, what="choices")
    return choices


async def test_words_from_a_channel_that_a_moderator_does_not_see_are_not_told(
    sandbox: Sandbox, bot: Bot
) -> None:
    art, lounge = await sandbox.channel("art"), await sandbox.channel("lounge")
    await sandbox.set_service(seconds=600)
    await sandbox.answered(await sandbox.imagine(lounge, "a hidden plan"))
    await sandbox.answered(await sandbox.imagine(art, "an open fox"))
    secret, _ = await bot.states("running", "running")
    rule = {"type": 0, "allow": "0", "deny": str(VIEW_CHANNEL)}
    await sandbox.ask("PUT", f"/side/world/channels/{lounge}/overwrites/{MODERATORS}", json=rule)

    desk = Desk(sandbox, art)
    listed = await desk.mod("jobs")
    assert "an open fox" in listed
    assert secret["id"] in listed
    assert HIDDEN in listed
    assert "hidden plan" not in listed
    assert "a hidden plan" in await desk.mod("jobs", user=ADA)
    assert "where that picture is" in await desk.mod("who", message=secret["id"])
    assert await offered(sandbox, art, "hidden", user=NOOR) == []
    (choice,) = await offered(sandbox, art, secret["id"], user=NOOR)
    assert choice["name"].endswith(HIDDEN)
    answer = await desk.mod("cancel", job=secret["id"])
    assert "Cancelled, but it was already being made" in answer
    assert HIDDEN in answer


async def test_whoever_lost_the_right_while_typing_is_offered_nothing_and_nobody_reads_of_a_fault(
    sandbox: Sandbox, bot: Bot
) -> None:
    art = await sandbox.channel("art")
    await sandbox.set_service(seconds=600)
    await sandbox.answered(await sandbox.imagine(art, "an open fox"))
    await bot.states("running")
    # Discord's Integrations page can give the command to whoever the admins like; the bot asks all the same.
    rule = {"type": 1, "allow": str(1 << 13), "deny": "0"}
    await sandbox.ask("PUT", f"/side/world/channels/{art}/overwrites/{MIA}", json=rule)
    assert await offered(sandbox, art, "fox", user=MIA) == []
    begun = await sandbox.command(art, "mod jobs", {}, user=MIA)
    assert "in the whole server" in says(await last_word(sandbox, art, begun, user=MIA))
    assert "Traceback" not in bot.text()


async def test_a_number_that_is_no_id_of_discords_is_no_message(sandbox: Sandbox, bot: Bot) -> None:
    desk = Desk(sandbox, await sandbox.channel("art"))
    for number in ("9" * 19, "9" * 20, "0" * 16, "1"):
        assert "I know no picture by that" in await desk.mod("who", message=number)
    assert "Traceback" not in bot.text()
