"""The card says what is so, and everything on it fits Discord's limits."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.jobs import Card, JobState, Place, PlaceNote, Rung, WaitReason
from bot.presentation.cards import PictureMessage, failure_notice, job_card, studio_name
from bot.presentation.details import job_details
from bot.presentation.wording import Catalogue
from bot.service import Lineage
from tests.clocks import NOON
from tests.factories import MEMBER, THREAD, job_factory

CATALOGUE = Catalogue()
SOON = NOON + timedelta(seconds=30)
LONGEST = "*_`~|" * 1200


def card_text(*jobs: object, waiting: WaitReason | None = None) -> str:
    return str(job_card(CATALOGUE, list(jobs), expected=SOON, waiting=waiting).description)  # type: ignore[arg-type]


def test_a_waiting_card_counts_down_without_an_edit() -> None:
    assert f"<t:{int(SOON.timestamp())}:R>" in card_text(job_factory())


def test_a_card_names_the_studio_it_comes_to() -> None:
    assert f"<#{THREAD}>" in card_text(job_factory(thread_id=THREAD))


@pytest.mark.parametrize("note", list(PlaceNote))
def test_a_card_says_why_the_picture_comes_to_the_channel(note: PlaceNote) -> None:
    assert "as a reply here" in card_text(job_factory(place=Place.CHANNEL, place_note=note))


def test_a_card_says_when_the_service_is_waited_for() -> None:
    assert "Waiting for the image service" in card_text(job_factory(), waiting=WaitReason.SERVICE_PAUSED)


def test_a_running_job_is_not_said_to_wait() -> None:
    text = card_text(job_factory(state=JobState.RUNNING), waiting=WaitReason.SERVICE_PAUSED)
    assert "Waiting" not in text


def test_a_late_job_is_said_to_be_late() -> None:
    assert "longer than usual" in card_text(job_factory(state=JobState.RUNNING, late_told_at=NOON))


def test_a_done_card_links_to_the_picture() -> None:
    job = job_factory(state=JobState.DELIVERED, message_channel_id=THREAD, message_id=99, rung=Rung.THREAD)
    assert f"/{THREAD}/99" in card_text(job)


def test_a_card_of_four_counts_those_that_are_there() -> None:
    jobs = [job_factory(batch_index=index, batch_size=4) for index in range(4)]
    jobs[1] = replace(jobs[1], state=JobState.DELIVERED, message_channel_id=1, message_id=2)
    assert "1 of 4" in card_text(*jobs)


def test_a_failed_card_promises_nothing_more() -> None:
    assert "<t:" not in card_text(job_factory(state=JobState.FAILED))


def test_the_longest_prompt_fits_the_card_and_the_details() -> None:
    job = job_factory(prompt=LONGEST)
    assert len(job_card(CATALOGUE, [job], expected=SOON, waiting=None)) <= 6000
    assert len(card_text(job)) <= 4096
    assert len(str(job_details(CATALOGUE, "en-US", job, Lineage()).description)) <= 4096


def test_the_longest_prompt_fits_the_failure_notice() -> None:
    assert len(failure_notice(job_factory(prompt=LONGEST), "It failed.")) <= 2000


def wire(view: PictureMessage) -> str:
    return str(view.to_components())  # type: ignore[no-untyped-call]


@pytest.mark.parametrize("prompt", [LONGEST, "画" * 6000, "👩‍🎨" * 1500])
def test_a_picture_message_fits_discords_limits_in_characters_and_bytes(prompt: str) -> None:
    view = PictureMessage(CATALOGUE, job_factory(prompt=prompt), filename="easel-1.jpg")
    assert view.content_length() <= 4000
    assert len(wire(view).encode()) < 10_000


def test_a_picture_message_mentions_its_member_and_carries_alt_text() -> None:
    view = PictureMessage(CATALOGUE, job_factory(prompt="a red fox"), filename="easel-1.jpg")
    shown = wire(view)
    assert f"<@{MEMBER}>" in shown
    assert "'description': 'a red fox'" in shown


def test_a_studio_is_named_after_its_member_within_discords_limit() -> None:
    assert studio_name(CATALOGUE, job_factory(member_name="Mia")) == "Mia's studio"
    assert len(studio_name(CATALOGUE, job_factory(member_name="x" * 200))) <= 100


def test_a_card_needs_no_card_to_be_drawn() -> None:
    """The card can be redrawn from the jobs alone, with or without its message known."""
    with_card = job_factory(card=Card(channel_id=1, message_id=2))
    assert card_text(with_card) == card_text(replace(with_card, card=None))
