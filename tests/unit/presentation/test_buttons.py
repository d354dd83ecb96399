"""Buttons and forms fit Discord's limits, offer what there is to do, and are known again by their ids."""

from __future__ import annotations

import pytest

from bot.jobs import JobState, Kind, Mode
from bot.presentation.actions import Action, ActionButton, custom_id, read_custom_id
from bot.presentation.buttons import picture_rows
from bot.presentation.details import job_details
from bot.presentation.forms import FIELD_LENGTH, vary_form
from bot.presentation.wording import Catalogue
from bot.service import Lineage
from tests.clocks import NOON
from tests.factories import job_factory, reference_factory

CATALOGUE = Catalogue()


def actions(**fields: object) -> list[str]:
    rows = picture_rows(CATALOGUE, job_factory(**fields))
    return [item.action for row in rows for item in row.children if isinstance(item, ActionButton)]


def test_a_picture_can_be_made_again_varied_told_of_and_deleted() -> None:
    assert actions() == ["reroll", "vary", "edit", "max", "info", "delete"]


def test_what_is_made_in_max_does_not_offer_max() -> None:
    assert actions(mode=Mode.MAX) == ["reroll", "vary", "edit", "info", "delete"]


def test_outside_servers_no_button_makes_pictures() -> None:
    (row,) = picture_rows(CATALOGUE, job_factory(), in_server=False)
    assert [item.action for item in row.children if isinstance(item, ActionButton)] == ["info", "delete"]


def test_an_edit_can_be_made_again_while_it_is_known_what_it_was_made_from() -> None:
    assert actions(kind=Kind.EDIT, references=(reference_factory(),)) == actions()
    assert actions(kind=Kind.EDIT) == ["edit", "info", "delete"]
    assert actions(erased_at=NOON) == ["edit", "info", "delete"]


@pytest.mark.parametrize("action", list(Action))
def test_a_custom_id_is_read_as_it_was_written(action: Action) -> None:
    job = job_factory()
    text = custom_id(action, job.id)
    assert len(text) <= 100
    assert read_custom_id(text) == (action, job.id)


@pytest.mark.parametrize(
    "text",
    ["", "easel:", "easel:info", "easel:menu:info:1", "easel:info:a b", "other:info:1"],
)
def test_another_custom_id_is_nobodys(text: str) -> None:
    assert read_custom_id(text) is None


async def test_a_form_is_filled_with_what_there_is() -> None:
    job = job_factory(prompt="a red fox", mode=Mode.MAX)
    form = vary_form(CATALOGUE, "en-US", job).to_dict()
    prompt, mode, shape = (label["component"] for label in form["components"])
    assert form["custom_id"] == custom_id(Action.VARY, job.id)
    assert prompt["value"] == "a red fox"
    for field, chosen in ((mode, "max"), (shape, "16:9")):
        assert [option["value"] for option in field["options"] if option["default"]] == [chosen]


async def test_a_prompt_longer_than_a_form_takes_is_cut_and_the_form_says_so() -> None:
    form = vary_form(CATALOGUE, "en-US", job_factory(prompt="x" * 6000)).to_dict()
    assert form["components"][0]["component"]["value"] == "x" * FIELD_LENGTH
    assert len(form["components"][0]["description"]) <= 100
    short = vary_form(CATALOGUE, "en-US", job_factory()).to_dict()
    assert "description" not in short["components"][0]


def test_the_longest_lineage_fits_and_links_what_is_still_there() -> None:
    large = 2**63 - 1
    there = job_factory(
        state=JobState.DELIVERED, guild_id=large, member_id=large, message_channel_id=large, message_id=large
    )
    gone = job_factory(state=JobState.DELIVERED, message_channel_id=large)
    lineage = Lineage(ancestors=(gone, *[there] * 5), more=True)
    field = job_details(CATALOGUE, "en-US", job_factory(), lineage).fields[-1]
    assert len(str(field.value)) <= 1024
    first, second, *_, last = str(field.value).splitlines()
    assert "deleted picture" in first
    assert f"https://discord.com/channels/{large}/{large}/{large}" in second
    assert "earlier" in last


def test_a_picture_made_from_nothing_tells_of_no_lineage() -> None:
    names = [field.name for field in job_details(CATALOGUE, "en-US", job_factory(), Lineage()).fields]
    assert "Made from" not in names
