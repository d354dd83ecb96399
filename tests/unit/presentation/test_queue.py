"""The list of what is under way: what it says of each job, what it hides, and that it fits a message."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from bot.errors import OldButtonError
from bot.jobs import Card, Job, JobState
from bot.presentation.actions import ActionButton
from bot.presentation.cards import job_card
from bot.presentation.queue import (
    ListSubject,
    Whose,
    called_off_sentence,
    job_choices,
    line_view,
)
from bot.presentation.wording import Catalogue
from bot.service.queue import PAGE_SIZE, JobStanding, Line, WaitCause
from tests.clocks import NOON
from tests.factories import MEMBER, job_factory

if TYPE_CHECKING:
    from collections.abc import Callable

CATALOGUE = Catalogue()
SOON = NOON + timedelta(seconds=30)
LONGEST = "*_`~|" * 1200


def queued(cause: WaitCause, **fields: Any) -> JobStanding:
    given: dict[str, Any] = {"job": job_factory(), "expected": SOON, "place": 3, "cause": cause}
    return JobStanding(**{**given, **fields})


def everything(_: Job) -> bool:
    return True


def drawn(
    *standings: JobStanding,
    whose: Whose = Whose.MINE,
    total: int = 0,
    page: int = 0,
    reads: Callable[[Job], bool] = everything,
) -> Any:
    line = Line(standings=standings, waiting=7, total=total or len(standings), page=page)
    return line_view(CATALOGUE, "en-US", line, whose, reads=reads)


def text(view: Any) -> str:
    return "\n".join(item.content for item in view.walk_children() if hasattr(item, "content"))


def labels(view: Any) -> list[str]:
    return [item.item.label for item in view.walk_children() if hasattr(item, "action")]


@pytest.mark.parametrize(
    ("cause", "words"),
    [
        (WaitCause.UPDATING, "about to be updated"),
        (WaitCause.PAUSED, "The service is paused"),
        (WaitCause.BUSY, "The service is busy"),
        (WaitCause.OWN_RUNNING, "3 of yours are running."),
        (WaitCause.OWN_FIRST, "Others of yours come first."),
        (WaitCause.TURN, "when its turn comes"),
    ],
)
def test_every_reason_to_wait_has_its_words(cause: WaitCause, words: str) -> None:
    said = text(drawn(queued(cause, own_running=3)))
    assert "Number 3 of 7 in the queue." in said
    assert words in said
    assert f"Expected <t:{int(SOON.timestamp())}:R>." in said


@pytest.mark.parametrize("whose", Whose)
def test_what_runs_in_other_servers_is_said_to_count(whose: Whose) -> None:
    told = [
        text(drawn(queued(WaitCause.OWN_RUNNING, own_running=3, own_elsewhere=elsewhere), whose=whose))
        for elsewhere in (1, 0)
    ]
    assert ["are running. That counts all servers together." in each for each in told] == [True, False]


def test_where_nobody_can_say_when_no_time_is_said() -> None:
    assert "<t:" not in text(drawn(queued(WaitCause.PAUSED, expected=None)))


@pytest.mark.parametrize("state", [state for state in JobState if not state.is_final])
def test_every_state_has_its_words_and_only_what_is_being_posted_has_no_button(state: JobState) -> None:
    view = drawn(JobStanding(job=job_factory(state=state), expected=SOON))
    assert text(view).splitlines()[-1].startswith("-# ")
    assert len(text(view).splitlines()[-1]) > 10
    assert labels(view) == (["Refresh"] if state is JobState.DELIVERING else ["Cancel", "Refresh"])


def test_a_late_one_is_said_to_be_late() -> None:
    late = job_factory(state=JobState.RUNNING, late_told_at=NOON)
    assert "longer than usual" in text(drawn(JobStanding(job=late, expected=SOON)))


def test_what_was_called_off_still_counts_and_has_no_button() -> None:
    job = job_factory(state=JobState.RUNNING, discarded_at=NOON)
    view = drawn(JobStanding(job=job, expected=None))
    assert "still counts as running" in text(view)
    assert labels(view) == ["Refresh"]


def test_an_empty_list_says_so_and_can_be_refreshed() -> None:
    assert "You have nothing waiting or running here" in text(drawn())
    assert "Nothing is waiting or running in this server" in text(drawn(whose=Whose.SERVER))
    assert labels(drawn()) == ["Refresh"]


def test_the_list_of_a_server_names_members_and_jobs_and_hides_what_was_asked_in_private() -> None:
    open_one = job_factory(prompt="a red fox")
    secret = job_factory(prompt="a blue fox", private=True, member_id=5)
    standings = [queued(WaitCause.OWN_RUNNING, job=job, own_running=2) for job in (open_one, secret)]
    said = text(drawn(*standings, whose=Whose.SERVER, reads=lambda job: job is open_one))
    assert f"<@{MEMBER}>" in said
    assert f"`{secret.id}`" in said
    assert "a red fox" in said
    assert "blue" not in said
    assert "2 of the same member are running." in said
    assert "Others of the same member come first." in text(
        drawn(queued(WaitCause.OWN_FIRST), whose=Whose.SERVER)
    )
    assert "blue" in text(drawn(*standings))


def test_a_job_is_linked_to_its_card() -> None:
    job = job_factory(card=Card(channel_id=7, message_id=8))
    assert f"[card](https://discord.com/channels/{job.guild_id}/7/8)" in text(
        drawn(queued(WaitCause.TURN, job=job))
    )


def test_the_longest_list_fits_into_a_message() -> None:
    card = Card(channel_id=2**63 - 1, message_id=2**63 - 1)
    jobs = [
        job_factory(prompt=LONGEST, card=card, guild_id=2**63 - 1, member_id=2**63 - 1)
        for _ in range(PAGE_SIZE)
    ]
    standings = [queued(WaitCause.OWN_RUNNING, job=job, own_running=99) for job in jobs]
    line = Line(standings=tuple(standings), waiting=99999, total=99999, page=500)
    notice = "Cancelled, but it was already being made, so its credits stay spent."
    view = line_view(CATALOGUE, "en-US", line, Whose.SERVER, reads=everything, notice=notice)
    assert labels(view)[-3:] == ["Back", "Refresh", "More"]
    assert view.total_children_count <= 40
    assert len(text(view)) <= 4000
    names = [item.custom_id for item in view.walk_children() if isinstance(item, ActionButton)]
    assert len(set(names)) == len(names) == PAGE_SIZE + 3
    assert max(map(len, names)) <= 100


@pytest.mark.parametrize(
    "subject",
    [
        ListSubject(whose=Whose.MINE, page=0),
        ListSubject(whose=Whose.SERVER, page=12, job_id="01abcdefghjkmnpq"),
    ],
)
def test_what_a_button_is_about_can_be_read_again(subject: ListSubject) -> None:
    assert ListSubject.read(str(subject)) == subject


@pytest.mark.parametrize("subject", ["", "m", "x.1", "m.one", "01abcdefghjkmnpq"])
def test_a_button_of_another_version_is_known_as_one(subject: str) -> None:
    with pytest.raises(OldButtonError):
        ListSubject.read(subject)


def test_what_is_offered_to_who_types_fits_and_hides_secrets() -> None:
    jobs = [job_factory(prompt=LONGEST) for _ in range(40)]
    secrets = [job_factory(prompt="blue", private=True), job_factory(prompt="blue")]
    choices = job_choices(CATALOGUE, "en-US", [*secrets, *jobs], reads=lambda job: job not in secrets)
    assert len(choices) == 25
    assert all(len(choice.name) <= 100 for choice in choices)
    assert choices[0].name.endswith("(in a private thread)")
    assert choices[1].name.endswith("(in a channel that you don't see)")
    assert choices[2].value == jobs[0].id


def card_text(*jobs: Job) -> str:
    return str(job_card(CATALOGUE, list(jobs), expected=SOON, waiting=None).description)


MINE = {"cancelled_by": MEMBER}
THEIRS = {"cancelled_by": 5}
FREE = {"state": JobState.CANCELLED, "credits": 0}


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        (FREE | MINE, "Cancelled; it cost nothing."),
        (FREE, "Cancelled; it cost nothing."),
        ({"state": JobState.RUNNING, "discarded_at": NOON} | MINE, "so its credits stay spent"),
        ({"state": JobState.CANCELLED, "discarded_at": NOON} | MINE, "so its credits stay spent"),
        ({"state": JobState.FAILED, "discarded_at": NOON, "credits": 0} | MINE, "it cost nothing"),
        (FREE | THEIRS, "A moderator cancelled this; it cost nothing."),
        (
            {"state": JobState.UNCONFIRMED, "discarded_at": NOON} | THEIRS,
            "A moderator cancelled this. It was",
        ),
    ],
)
def test_a_card_says_who_called_it_off_and_what_it_cost(fields: dict[str, Any], words: str) -> None:
    said = card_text(job_factory(**fields))
    assert words in said
    assert "expected" not in said
    assert "No picture this time" not in said


def test_a_card_of_several_counts_those_that_were_called_off_beside_the_others() -> None:
    batch = {"batch_size": 4}
    there = job_factory(**batch, batch_index=0, state=JobState.DELIVERED, message_channel_id=1, message_id=2)
    free = job_factory(**batch, **FREE, **MINE, batch_index=1)
    spent = job_factory(**batch, **THEIRS, batch_index=2, state=JobState.RUNNING, discarded_at=NOON)
    running = job_factory(**batch, batch_index=3, state=JobState.RUNNING)
    said = card_text(there, free, spent, running)
    assert "1 of 2 is there." in said
    assert "1 of 4 cancelled, at no cost." in said
    assert "1 of 4 cancelled by a moderator; already being made" in said
    done = card_text(there, free, spent)
    assert "Your picture" in done
    assert "expected" not in done


def test_the_answer_says_exactly_which_of_the_two_it_was() -> None:
    assert "cost nothing" in called_off_sentence(CATALOGUE, "en-US", job_factory(**FREE))
    sent = job_factory(state=JobState.RUNNING, discarded_at=NOON)
    assert "stay spent" in called_off_sentence(CATALOGUE, "en-US", sent)


def test_what_is_still_made_after_its_words_were_erased_says_so() -> None:
    erased = job_factory(prompt="", erased_at=NOON, discarded_at=NOON, state=JobState.RUNNING)
    assert "(its words are erased) · pro" in text(drawn(JobStanding(job=erased, expected=None)))
    (choice,) = job_choices(CATALOGUE, "en-US", [erased], reads=everything)
    assert choice.name.endswith("(its words are erased)")
