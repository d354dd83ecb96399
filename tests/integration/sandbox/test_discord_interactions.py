"""Interactions from beginning to end, answered by discord.py."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import discord
import pytest
from discord import ui

from sandbox.world import seed
from sandbox.world.interaction import InteractionState
from tests.integration.sandbox.conftest import picture

if TYPE_CHECKING:
    from tests.integration.sandbox.conftest import Bot, Rig


async def test_a_deferred_answer_is_filled_in_with_an_embed_and_its_picture(rig: Rig, bot: Bot) -> None:
    begun = rig.command(prompt="a castle")
    interaction = await bot.interaction()
    assert interaction.user.id == seed.MIA
    assert interaction.app_permissions.attach_files
    assert isinstance(interaction.channel, discord.TextChannel)
    deferred = await interaction.response.defer(thinking=True)
    assert deferred is not None
    assert deferred.is_thinking()
    assert rig.world.interaction(begun.id).state is InteractionState.THINKING
    embed = discord.Embed(title="done").set_image(url="attachment://castle.png")
    file = discord.File(io.BytesIO(picture(64, 48)), "castle.png")
    message = await interaction.edit_original_response(embed=embed, attachments=[file])
    assert message.id == deferred.message_id
    assert message.attachments == []
    assert message.embeds[0].image.width == 64
    assert message.embeds[0].image.url is not None
    assert message.embeds[0].image.url.startswith(rig.options.address)
    assert not message.flags.loading
    assert message.edited_at is None
    assert rig.world.interaction(begun.id).state is InteractionState.ANSWERED


async def test_an_answer_comes_with_its_message(rig: Rig, bot: Bot) -> None:
    rig.command()
    interaction = await bot.interaction()
    answer = await interaction.response.send_message("hello", ephemeral=True)
    assert isinstance(answer.resource, discord.InteractionMessage)
    assert answer.resource.content == "hello"
    assert answer.is_ephemeral()
    original = await interaction.original_response()
    assert original.id == answer.message_id


async def test_only_its_user_sees_an_ephemeral_answer(rig: Rig, bot: Bot) -> None:
    rig.command()
    interaction = await bot.interaction()
    answer = await interaction.response.send_message("for you", ephemeral=True)
    assert answer.message_id is not None
    message = rig.world.message(seed.ART, answer.message_id)
    assert rig.world.sees_message(seed.MIA, message)
    assert not rig.world.sees_message(seed.BEN, message)
    assert [one async for one in bot.text_channel(seed.ART).history()] == []
    with pytest.raises(discord.NotFound):
        await bot.text_channel(seed.ART).fetch_message(message.id)


async def test_a_second_answer_is_refused_with_40060(rig: Rig, bot: Bot) -> None:
    begun = rig.command()
    first = await bot.interaction()
    await first.response.send_message("one")
    with pytest.raises(discord.HTTPException) as refusal:
        await bot.http.request(
            discord.http.Route("POST", f"/interactions/{begun.id}/{begun.token}/callback"),
            json={"type": 4, "data": {"content": "two"}},
        )
    assert (refusal.value.status, refusal.value.code) == (400, 40060)


async def test_no_answer_within_3_seconds_fails_and_a_late_one_gets_10062(rig: Rig, bot: Bot) -> None:
    begun = rig.command()
    interaction = await bot.interaction()
    rig.clock.move(3)
    failed = rig.world.interaction(begun.id)
    assert failed.state is InteractionState.FAILED
    assert failed.error == "The application did not respond"
    with pytest.raises(discord.NotFound) as refusal:
        await interaction.response.send_message("late")
    assert refusal.value.code == 10062


async def test_the_token_dies_after_15_minutes(rig: Rig, bot: Bot) -> None:
    begun = rig.command()
    interaction = await bot.interaction()
    await interaction.response.defer(thinking=True)
    rig.clock.move(15 * 60)
    with pytest.raises(discord.HTTPException) as refusal:
        await interaction.edit_original_response(content="late")
    assert (refusal.value.status, refusal.value.code) == (401, 50027)
    with pytest.raises(discord.HTTPException) as refusal:
        await interaction.followup.send("late")
    assert refusal.value.code in {50027, 10015}
    assert rig.world.interaction(begun.id).state is InteractionState.FAILED


async def test_a_follow_up_before_any_answer_is_refused_with_10015(rig: Rig, bot: Bot) -> None:
    rig.command()
    interaction = await bot.interaction()
    with pytest.raises(discord.NotFound) as refusal:
        await interaction.followup.send("too soon")
    assert refusal.value.code == 10015


async def test_the_first_follow_up_after_a_deferral_is_the_deferred_answer(rig: Rig, bot: Bot) -> None:
    rig.command()
    interaction = await bot.interaction()
    deferred = await interaction.response.defer(thinking=True)
    assert deferred is not None
    first = await interaction.followup.send("here it is", wait=True)
    second = await interaction.followup.send("and more", wait=True)
    assert first.id == deferred.message_id
    assert second.id != first.id
    await second.edit(content="changed")
    await second.delete()
    await interaction.delete_original_response()
    assert rig.world.history(seed.ART) == []


async def test_while_no_session_is_there_a_command_fails_as_at_discord(rig: Rig) -> None:
    begun = rig.command()
    assert begun.state is InteractionState.PENDING
    rig.clock.move(3)
    assert rig.world.interaction(begun.id).state is InteractionState.FAILED


class _Count(ui.DynamicItem[ui.Button[Any]], template=r"count:(?P<n>\d+)"):
    def __init__(self, n: int) -> None:
        super().__init__(ui.Button(label=str(n), custom_id=f"count:{n}"))
        self.n = n

    @classmethod
    async def from_custom_id(cls, _: Any, __: Any, match: Any) -> _Count:
        return cls(int(match["n"]))

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        view: ui.View = ui.View(timeout=None).add_item(_Count(self.n + 1))
        await interaction.response.edit_message(content=f"{self.n + 1}", view=view)


async def test_a_dynamic_button_updates_its_message(rig: Rig, bot: Bot) -> None:
    bot.add_dynamic_items(_Count)
    view: ui.View = ui.View(timeout=None).add_item(_Count(1))
    message = await bot.text_channel(seed.ART).send("1", view=view)
    begun = rig.press(message.id, "count:1")
    await bot.interaction()
    await rig.until(lambda: begun.state is InteractionState.ANSWERED)
    changed = rig.world.message(seed.ART, message.id)
    assert changed.content == "2"
    assert changed.components[0]["components"][0]["custom_id"] == "count:2"


async def test_a_deferred_update_means_the_message_of_the_button(rig: Rig, bot: Bot) -> None:
    message = await bot.text_channel(seed.ART).send(
        "before", view=ui.View().add_item(ui.Button(label="x", custom_id="x"))
    )
    rig.press(message.id, "x")
    interaction = await bot.interaction()
    assert interaction.message is not None
    await interaction.response.defer()
    edited = await interaction.edit_original_response(content="after")
    assert edited.id == message.id
    more = await interaction.followup.send("only you", ephemeral=True, wait=True)
    assert rig.world.message(seed.ART, more.id).only_for == seed.MIA


async def test_a_command_cannot_be_answered_with_an_update(rig: Rig, bot: Bot) -> None:
    begun = rig.command()
    await bot.interaction()
    with pytest.raises(discord.HTTPException) as refusal:
        await bot.http.request(
            discord.http.Route("POST", f"/interactions/{begun.id}/{begun.token}/callback"),
            json={"type": 7, "data": {"content": "x"}},
        )
    assert refusal.value.code == 50035


async def test_a_modal_is_kept_for_its_user(rig: Rig, bot: Bot) -> None:
    begun = rig.command()
    interaction = await bot.interaction()
    modal = ui.Modal(title="Change it", custom_id="change:1", timeout=60)
    modal.add_item(ui.Label(text="How?", component=ui.TextInput(custom_id="how", max_length=100)))
    await interaction.response.send_modal(modal)
    opened = rig.world.interaction(begun.id)
    assert opened.state is InteractionState.MODAL
    assert opened.modal is not None
    assert opened.modal["custom_id"] == "change:1"
    modal.stop()
