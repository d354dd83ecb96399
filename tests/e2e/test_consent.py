"""Whose pictures may be edited: members and servers say so by command, and every way to an edit asks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.e2e.harness import ADA, BEN
from tests.e2e.test_buttons import Hands
from tests.e2e.test_edit import RED, edit
from tests.e2e.test_editing import EDIT, told, two_pictures
from tests.pictures import png

if TYPE_CHECKING:
    from tests.e2e.harness import Bot, Sandbox


async def test_nobody_edits_the_pictures_of_who_does_not_want_that_by_any_way(
    sandbox: Sandbox, bot: Bot
) -> None:
    art = await sandbox.channel("art")
    message = await two_pictures(sandbox, art)
    await sandbox.imagine(art, "a red fox", user=BEN)
    studio = await sandbox.studio(art, "Ben")
    made = await sandbox.picture(studio)
    hands = Hands(sandbox, studio)
    opened = await sandbox.menu(art, message, EDIT)
    await sandbox.form(opened)
    await sandbox.answered(await sandbox.command(art, "mydata edits", {"others": "off"}, user=BEN))

    unwilling = "doesn't want others to edit it"
    await sandbox.submit(
        opened, {"prompt": "late", "pictures": ["0"], "mode": ["pro"], "aspect_ratio": ["nearest"]}
    )
    await told(sandbox, art, unwilling)
    await hands.press(made, "edit")
    await told(sandbox, studio, unwilling)
    where = f"https://discord.com/channels/{(await sandbox.guild())['id']}/{studio}/{made['id']}"
    lounge = await sandbox.channel("lounge")
    await sandbox.command(lounge, "edit", {"prompt": "linked", "message": where})
    await told(sandbox, lounge, unwilling)
    assert len(bot.jobs()) == 1
    form = await hands.press(made, "edit", user=BEN)
    await sandbox.form(form)
    await sandbox.submit(form, {"prompt": "my own", "mode": ["pro"], "aspect_ratio": ["nearest"]})
    await bot.states("delivered", "delivered")


async def test_a_server_can_have_everybody_edit_their_own_pictures_only(sandbox: Sandbox, bot: Bot) -> None:
    art = await sandbox.channel("art")
    message = await two_pictures(sandbox, art)
    await sandbox.answered(await sandbox.command(art, "settings edits", {"whose": "own"}, user=ADA))
    await sandbox.menu(art, message, EDIT)
    await told(sandbox, art, "everybody edits their own pictures only")
    await edit(sandbox, art, png(90, 90, RED))
    await bot.states("delivered")
