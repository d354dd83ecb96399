"""Requests are judged before anything is stored or spent."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, cast

import pytest

from bot.errors import BadReferenceError, NotHereError, OptionError, PromptEmptyError, PromptTooLongError
from bot.jobs import AspectRatio, Kind, Mode, OutputFormat, Place
from bot.quota import Prices
from bot.service import PROMPT_LENGTH, EditRequest, ImagineRequest, Service
from tests.clocks import FakeClock
from tests.factories import CHANNEL, GUILD, MEMBER, NO_LIMITS, reference_factory


def request(**fields: Any) -> ImagineRequest:
    given: dict[str, Any] = {
        "guild_id": GUILD,
        "channel_id": CHANNEL,
        "thread_id": None,
        "private": False,
        "place": Place.STUDIO,
        "place_note": None,
        "member_id": MEMBER,
        "member_name": "Mia",
        "locale": "en-US",
        "prompt": "a castle",
        "mode": "pro",
        "aspect_ratio": "16:9",
        "output_format": "jpeg",
        "count": 1,
    }
    return ImagineRequest(**{**given, **fields})


@pytest.fixture
def service() -> Service:
    return Service(
        store=cast("Any", None),
        experience=cast("Any", None),
        clock=FakeClock(),
        limits=NO_LIMITS,
        prices=Prices(pro=1, max=2),
        wake=lambda: None,
        is_draining=lambda: False,
    )


@pytest.mark.parametrize(
    "prompt",
    ["", "   \n\t ", "\u200b\u200d", "\u202e\u202c", "\x00\x07", "\u3000", "\u3164 \u2800", "\ufe0f"],
)
def test_a_prompt_with_nothing_to_see_is_refused(service: Service, prompt: str) -> None:
    with pytest.raises(PromptEmptyError):
        service.check(request(prompt=prompt))


def test_the_longest_prompt_is_taken_and_one_more_character_is_not(service: Service) -> None:
    assert len(service.check(request(prompt="x" * PROMPT_LENGTH)).prompt) == PROMPT_LENGTH
    with pytest.raises(PromptTooLongError):
        service.check(request(prompt="x" * (PROMPT_LENGTH + 1)))


@pytest.mark.parametrize(
    "prompt",
    ["<@1> and @everyone", "`code` **bold**", "\u202eשלום", "👩‍🎨 paints", "🦊", "line one\nline two"],
)
def test_a_prompt_reaches_the_provider_as_it_was_written(service: Service, prompt: str) -> None:
    assert service.check(request(prompt=prompt)).prompt == prompt


def test_space_around_a_prompt_and_control_characters_in_it_are_removed(service: Service) -> None:
    assert service.check(request(prompt="  a\x00 castle \n")).prompt == "a castle"


@pytest.mark.parametrize(
    ("option", "value"),
    [("mode", "ultra"), ("aspect_ratio", "2:1"), ("output_format", "webp"), ("count", 0), ("count", 5)],
)
def test_a_value_that_is_not_offered_is_refused_with_the_choices(
    service: Service, option: str, value: object
) -> None:
    with pytest.raises(OptionError) as caught:
        service.check(request(**{option: value}))
    assert caught.value.values["option"] == option
    assert caught.value.values["choices"]


def test_a_request_outside_servers_is_refused(service: Service) -> None:
    with pytest.raises(NotHereError):
        service.check(request(guild_id=None))


@pytest.mark.parametrize(("mode", "cost"), [("pro", 1), ("max", 2)])
def test_each_picture_costs_what_its_mode_costs(service: Service, mode: str, cost: int) -> None:
    batch = service.check(request(mode=mode, count=4))
    assert batch.credits_each == cost
    assert batch.count == 4
    assert batch.mode is Mode(mode)
    assert batch.aspect_ratio is AspectRatio.WIDE
    assert batch.output_format is OutputFormat.JPEG


def edit_request(**fields: Any) -> EditRequest:
    return EditRequest(**{**asdict(request(aspect_ratio="")), **fields})


def test_an_edit_has_the_shape_of_its_first_picture_unless_another_is_asked_for(service: Service) -> None:
    references = [reference_factory(width=90, height=160), reference_factory()]
    batch = service.check_edit(edit_request(), references, parent_id="p" * 16)
    assert (batch.kind, batch.aspect_ratio, batch.parent_id) == (Kind.EDIT, AspectRatio.TALL, "p" * 16)
    assert batch.references == tuple(references)
    assert batch.held_for
    asked = service.check_edit(edit_request(aspect_ratio="1:1"), references)
    assert asked.aspect_ratio is AspectRatio.SQUARE


def test_an_edit_without_a_picture_is_refused(service: Service) -> None:
    with pytest.raises(BadReferenceError):
        service.check_edit(edit_request(), [])


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"prompt": " "}, PromptEmptyError),
        ({"aspect_ratio": "2:1"}, OptionError),
        ({"mode": "ultra"}, OptionError),
        ({"guild_id": None}, NotHereError),
    ],
)
def test_the_words_of_an_edit_are_judged_without_its_pictures(
    service: Service, wrong: dict[str, Any], error: type[Exception]
) -> None:
    service.check_words(edit_request())
    with pytest.raises(error):
        service.check_words(edit_request(**wrong))
