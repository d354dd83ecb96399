"""The card says what is so, and everything on it fits Discord's limits."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.jobs import (
    Card,
    Failure,
    FailureCause,
    JobState,
    Place,
    PlaceNote,
    ReferenceSource,
    Rung,
    WaitReason,
)
from bot.presentation.cards import (
    PictureMessage,
    elsewhere_note,
    failure_notice,
    job_card,
    smaller_note,
    studio_name,
    thread_name,
)
from bot.presentation.details import job_details, message_link
from bot.presentation.wording import Catalogue
from bot.service import Lineage
from tests.clocks import NOON
from tests.factories import CHANNEL, MEMBER, THREAD, job_factory, reference_factory

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


def test_a_card_says_that_a_finished_picture_could_be_posted_nowhere() -> None:
    stuck = job_factory(state=JobState.UNDELIVERABLE, discord_code=50007)
    assert "Discord lets me post it nowhere" in card_text(stuck)
    there = job_factory(state=JobState.DELIVERED, message_channel_id=1, message_id=2)
    both = card_text(there, stuck)
    assert "1 of 2" in both
    assert "nowhere" in both


def test_a_card_does_not_offer_what_a_moderator_removed_before_any_place_took_it() -> None:
    removed = job_factory(state=JobState.UNDELIVERABLE, discord_code=50007, removed_at=NOON, removed_by=7)
    assert "The picture was removed by a moderator." in card_text(removed)
    there = job_factory(state=JobState.DELIVERED, message_channel_id=1, message_id=2)
    both = card_text(there, removed)
    assert "~~2~~" in both
    assert "1 was removed by a moderator." in both
    assert "/gallery" not in both


def test_a_card_tells_the_reason_itself_where_no_place_took_the_notice() -> None:
    failed = job_factory(state=JobState.FAILED, credits=0, failure=Failure(cause=FailureCause.CONTENT))
    assert "content rules" not in card_text(failed)
    assert "content rules" in card_text(replace(failed, discord_code=50007))


def test_a_card_says_that_the_picture_came_as_a_direct_message() -> None:
    job = job_factory(state=JobState.DELIVERED, message_channel_id=5, message_id=6, rung=Rung.DIRECT)
    assert "direct message" in card_text(job)
    assert message_link(job) == "https://discord.com/channels/@me/5/6"


def test_a_message_elsewhere_links_to_the_thread_or_says_that_it_was_deleted() -> None:
    job = job_factory(thread_id=THREAD)
    assert f"<#{THREAD}>" in elsewhere_note(CATALOGUE, job, gone=False)
    assert "deleted" in elsewhere_note(CATALOGUE, job, gone=True)
    assert f"<#{CHANNEL}>" in elsewhere_note(CATALOGUE, replace(job, thread_id=None), gone=False)


def test_a_smaller_picture_links_to_the_original_while_it_lives() -> None:
    address = "https://files.apixo.ai/results/1.png?sig=a%2Fb"
    job = job_factory(completed_at=NOON, result_urls=(address,))
    note = smaller_note(CATALOGUE, job, SOON)
    assert f"[original]({address})" in note
    assert f"<t:{int((NOON + timedelta(days=15)).timestamp())}:D>" in note
    assert "original" not in smaller_note(CATALOGUE, job, NOON + timedelta(days=15))


@pytest.mark.parametrize(
    "address",
    [
        "http://files.apixo.ai/1.png",
        "https://127.0.0.1/1.png",
        "https://[fd00::1]/1.png",
        "https://localhost/1.png",
        "https://files.internal/1.png",
        "https://user:secret@files.apixo.ai/1.png",
        "https://files.apixo.ai/1.png)](https://evil.example",
        "https://files.apixo.ai/" + "a" * 1500,
        "no address",
    ],
)
def test_an_original_that_people_cannot_or_should_not_reach_is_not_linked(address: str) -> None:
    job = job_factory(completed_at=NOON, result_urls=(address,))
    assert smaller_note(CATALOGUE, job, SOON) == "Made smaller to fit Discord's limit here."


def test_a_card_whose_words_were_kept_long_enough_begins_with_what_became_of_it() -> None:
    job = job_factory(prompt="", member_name="", erased_at=NOON, state=JobState.CANCELLED, credits=0)
    card = job_card(CATALOGUE, [job], expected=SOON, waiting=None)
    assert card.description == "Cancelled; it cost nothing."
    assert card.author.name is None


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
    job = job_factory(prompt=prompt, result_urls=("https://files.apixo.ai/" + "a" * 1470,))
    view = PictureMessage(
        CATALOGUE, job, filename="easel-1.jpg", note="N" * 200, remark=smaller_note(CATALOGUE, job, NOON)
    )
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


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (ReferenceSource.LINKED, "From [this message]"),
        (ReferenceSource.NEWEST, "I took the newest picture that I found"),
    ],
)
def test_a_card_says_where_a_picture_was_found(source: ReferenceSource, words: str) -> None:
    found = reference_factory(source=source, origin_channel_id=5, origin_message_id=6)
    text = card_text(job_factory(references=(found,)))
    assert words in text
    assert "/5/6)" in text
    assert "this message" not in card_text(job_factory(references=(reference_factory(),)))
    kept = replace(found, origin_channel_id=None, origin_message_id=None)
    assert "None" not in card_text(job_factory(references=(kept,)))


def test_a_card_says_when_only_the_first_picture_was_used() -> None:
    references = (reference_factory(), reference_factory())
    assert "only the first" in card_text(job_factory(references=references, references_sent=1))
    assert "only the first" not in card_text(job_factory(references=references))


def test_a_card_shows_the_first_picture_while_it_is_on_it() -> None:
    job = job_factory(batch_id="b" * 16, references=(reference_factory(content_type="image/jpeg"),))
    there = replace(job, references=(reference_factory(content_type="image/jpeg", attachment_id=7),))
    for shows, uploading in ((there, False), (job, True)):
        embed = job_card(CATALOGUE, [shows], expected=SOON, waiting=None, uploading=uploading)
        assert embed.image.url == f"attachment://before-{'b' * 16}-1.jpg"
    assert job_card(CATALOGUE, [job], expected=SOON, waiting=None).image.url is None


def test_a_name_of_which_nothing_can_be_seen_is_left_out() -> None:
    job = job_factory(member_name="\u2061\uf8ff", own_thread=True)
    embed = job_card(CATALOGUE, [job], expected=SOON, waiting=None)
    assert embed.author.name is None
    assert studio_name(CATALOGUE, job) == "Studio"


def test_a_thread_whose_prompt_was_erased_meanwhile_has_a_name() -> None:
    assert thread_name(CATALOGUE, job_factory(prompt="a fox")) == "a fox"
    assert thread_name(CATALOGUE, job_factory(prompt="")) == "Erased picture"


def test_a_notice_without_words_ends_with_its_sentence() -> None:
    assert failure_notice(job_factory(prompt="", erased_at=NOON), "No picture.").endswith("No picture.")
