"""Presses and forms reach who serves them, and whatever goes wrong there leaves by the one exit."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import discord
import pytest
from discord.app_commands import CommandNotFound, Transformer, TransformerError

from bot.client import EaselClient
from bot.errors import UnknownJobError
from bot.intake import form_files, form_values
from bot.metrics import Metrics
from bot.presentation.actions import Action, custom_id
from bot.presentation.forms import open_form, vary_form
from bot.presentation.wording import Catalogue
from tests.factories import job_factory

JOB = job_factory(id="0123456789abcdef")


class Answered:
    """An interaction that remembers what it was answered with."""

    def __init__(self, custom_id: str, *fields: dict[str, Any]) -> None:
        self.type = discord.InteractionType.modal_submit
        self.locale = discord.Locale.american_english
        self.guild = None
        self.user = SimpleNamespace(id=7)
        self.data: dict[str, Any] = {
            "custom_id": custom_id,
            "components": [{"type": 18, "component": field} for field in fields],
        }
        self.said: list[str] = []
        self.modals: list[discord.ui.Modal] = []
        self.response = SimpleNamespace(is_done=lambda: False, send_message=self._say, send_modal=self._open)

    async def _say(self, sentence: str, *, ephemeral: bool) -> None:
        assert ephemeral
        self.said.append(sentence)

    async def _open(self, modal: discord.ui.Modal) -> None:
        self.modals.append(modal)


@pytest.fixture
async def client() -> EaselClient:
    return EaselClient(
        service=cast("Any", None),
        catalogue=Catalogue(),
        metrics=Metrics(),
        guild_ids=(),
        shard_count=None,
        shard_ids=(),
        on_thread_gone=cast("Any", None),
    )


async def sent_in(client: EaselClient, interaction: Answered) -> list[str]:
    await client.on_interaction(cast("Any", interaction))
    return interaction.said


async def test_a_form_reaches_who_serves_it_with_the_jobs_id(client: EaselClient) -> None:
    served: list[str] = []

    async def serve(_: object, job_id: str) -> None:
        served.append(job_id)

    client.serve(presses={}, forms={Action.VARY: serve})
    assert await sent_in(client, Answered(custom_id(Action.VARY, JOB.id))) == []
    assert served == [JOB.id]


async def test_what_goes_wrong_with_a_press_or_a_form_is_told_privately(client: EaselClient) -> None:
    async def serve(_: object, job_id: str) -> None:
        raise UnknownJobError(job=job_id)

    client.serve(presses={Action.INFO: serve}, forms={Action.VARY: serve})
    (sentence,) = await sent_in(client, Answered(custom_id(Action.VARY, JOB.id)))
    assert "don't know that picture" in sentence
    pressed = Answered(custom_id(Action.INFO, JOB.id))
    await client.pressed(cast("Any", pressed), Action.INFO, JOB.id)
    assert pressed.said == [sentence]


@pytest.mark.parametrize(
    "text", [custom_id(Action.VARY, JOB.id), "easel:paint:0123456789abcdef", "easel:vary"]
)
async def test_a_form_that_nobody_serves_is_said_to_be_old(client: EaselClient, text: str) -> None:
    (sentence,) = await sent_in(client, Answered(text))
    assert "open it again" in sentence


async def test_a_value_of_the_wrong_kind_is_named_and_the_way_out_is_said(client: EaselClient) -> None:
    interaction = Answered("")
    wrong = TransformerError("*general*", discord.AppCommandOptionType.channel, Transformer())
    await client.answer_error(cast("Any", interaction), wrong)
    (said,) = interaction.said
    assert r"\*general\*" in said
    assert "can't be used there" in said


async def test_a_command_that_an_app_still_has_from_earlier_is_said_to_be_old(client: EaselClient) -> None:
    interaction = Answered("")
    await client.answer_error(cast("Any", interaction), CommandNotFound("paint", []))
    (said,) = interaction.said
    assert "restart Discord" in said


async def test_a_button_that_nobody_serves_is_said_to_be_old(client: EaselClient) -> None:
    interaction = Answered("")
    await client.pressed(cast("Any", interaction), "paint", JOB.id)
    (sentence,) = interaction.said
    assert "don't know this button" in sentence


async def test_a_form_of_somebody_elses_making_is_let_be(client: EaselClient) -> None:
    assert await sent_in(client, Answered("another-form")) == []


async def test_discord_py_does_not_take_in_our_forms_beside_us() -> None:
    interaction = Answered("")
    await open_form(cast("Any", interaction), vary_form(Catalogue(), "en-US", JOB))
    (modal,) = interaction.modals
    assert modal.is_finished()


def test_what_a_form_holds_is_read_by_the_names_of_its_fields() -> None:
    interaction = Answered(
        "",
        {"type": 4, "custom_id": "prompt", "value": "a fox"},
        {"type": 3, "custom_id": "mode", "values": ["max"]},
        {"type": 3, "custom_id": "nothing", "values": []},
    )
    assert form_values(cast("Any", interaction)) == {"prompt": "a fox", "mode": "max", "nothing": ""}


def test_files_of_a_form_are_read_in_the_order_in_which_they_were_given() -> None:
    interaction = Answered("", {"type": 19, "custom_id": "files", "values": ["8", "7", "9"]})
    interaction.data["resolved"] = {
        "attachments": {
            "7": {"id": "7", "filename": "b.png", "size": 2, "url": "https://cdn.discordapp.com/b.png"},
            "8": {"id": "8", "filename": "a.png", "size": 1, "url": "https://cdn.discordapp.com/a.png"},
        }
    }
    found = form_files(cast("Any", interaction), "files")
    assert [(each.filename, each.size) for each in found] == [("a.png", 1), ("b.png", 2)]
    assert form_files(cast("Any", interaction), "others") == []
