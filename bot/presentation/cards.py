"""The two messages of a job: the card that answers the command, and the message that brings the picture.

The card is a classic embed, because a thread that starts from a message of components only looks empty at
its top. Both are rebuilt whole from the stored jobs each time, so no state lives in a message.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import discord

from bot.errors import N_
from bot.jobs import JobState, Place, PlaceNote, WaitReason
from bot.presentation.buttons import picture_rows
from bot.presentation.details import DONE, WORKING, WRONG, message_link, options_line
from bot.presentation.text import alt_text, plain, relative, shown

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from bot.jobs import Job
    from bot.presentation.wording import Catalogue

_SHORT_PROMPT_LENGTH: Final = 240

_PLACE_NOTES: Final[dict[PlaceNote, str]] = {
    PlaceNote.NO_PERMISSION: N_("It comes as a reply here, because I may not open threads in this channel."),
    PlaceNote.NOT_POSSIBLE: N_("It comes as a reply here, because this kind of channel has no threads."),
    PlaceNote.RATE_LIMITED: N_(
        "It comes as a reply here, because Discord lets nobody open threads here for some minutes.",
    ),
    PlaceNote.FAILED: N_("It comes as a reply here, because Discord would not open a thread."),
}
_WAITS: Final[dict[WaitReason, str]] = {
    WaitReason.SERVICE_PAUSED: N_("Waiting for the image service. Nothing is lost; it starts by itself."),
    WaitReason.SERVICE_BUSY: N_("The image service is busy. Nothing is lost; it starts by itself."),
}


def job_card(
    catalogue: Catalogue,
    jobs: Sequence[Job],
    *,
    expected: datetime,
    waiting: WaitReason | None,
) -> discord.Embed:
    """Return the card of one command's jobs; `expected` is when the last of them should be done.

    `waiting` is why nothing is sent to the provider at the moment, or None.

    The time shown is Discord's relative timestamp: every reader's app counts it down without an edit.
    """
    first = jobs[0]
    lines = [shown(first.prompt), "", _status(catalogue, jobs, expected, waiting)]
    if first.place_note and not all(job.state.is_final for job in jobs):
        lines.append(catalogue.say(first.locale, _PLACE_NOTES[first.place_note]))
    embed = discord.Embed(description="\n".join(lines), colour=_colour(jobs))
    embed.set_author(name=plain(first.member_name, 80))
    embed.set_footer(text=options_line(catalogue, first, count=first.batch_size))
    return embed


def _status(
    catalogue: Catalogue,
    jobs: Sequence[Job],
    expected: datetime,
    waiting: WaitReason | None,
) -> str:
    first = jobs[0]
    done = [job for job in jobs if job.state is JobState.DELIVERED]
    if all(job.state.is_final for job in jobs):
        return _outcome(catalogue, jobs, done)
    if waiting and any(job.state is JobState.QUEUED for job in jobs):
        return catalogue.say(first.locale, _WAITS[waiting])
    if any(job.late_told_at for job in jobs if not job.state.is_final):
        return catalogue.say(
            first.locale,
            "This is taking longer than usual. I keep looking and post it as soon as it is there.",
        )
    where = (
        catalogue.say(first.locale, "Coming to {thread}", thread=f"<#{first.thread_id}>")
        if first.thread_id and first.place is Place.STUDIO
        else catalogue.say(first.locale, "In the works")
    )
    line = catalogue.say(first.locale, "{where}, expected {when}.", where=where, when=relative(expected))
    if len(jobs) > 1 and done:
        line += " " + catalogue.say(
            first.locale,
            "{done} of {count} are there.",
            done=len(done),
            count=len(jobs),
        )
    return line


def _outcome(catalogue: Catalogue, jobs: Sequence[Job], done: Sequence[Job]) -> str:
    first = jobs[0]
    if any(job.state is JobState.UNDELIVERABLE for job in jobs):
        return catalogue.say(first.locale, "It is finished, but Discord let me post it nowhere.")
    if not done:
        return catalogue.say_count(
            first.locale,
            "No picture this time; the reason is posted where it would have come.",
            "No pictures this time; the reason is posted where they would have come.",
            count=len(jobs),
        )
    if len(jobs) == 1:
        if first.is_removed:
            return catalogue.say(first.locale, "The picture was deleted.")
        return catalogue.say(first.locale, "[Your picture]({link}) is there.", link=message_link(first))
    links = " ".join(
        f"~~{number}~~" if job.is_removed else f"[{number}]({message_link(job)})"
        for number, job in enumerate(done, start=1)
    )
    return catalogue.say(
        first.locale,
        "{done} of {count} pictures are there: {links}",
        done=len(done),
        count=len(jobs),
        links=links,
    )


def _colour(jobs: Sequence[Job]) -> discord.Colour:
    if not all(job.state.is_final for job in jobs):
        return WORKING
    return DONE if any(job.state is JobState.DELIVERED for job in jobs) else WRONG


class PictureMessage(discord.ui.LayoutView):
    """The message that brings a picture: its member mentioned, the picture with alt text, the buttons.

    Every interactive part carries the job's id, so it works after any restart; the view itself is never
    stored.
    """

    def __init__(self, catalogue: Catalogue, job: Job, *, filename: str, note: str = "") -> None:
        super().__init__(timeout=None)
        heading = catalogue.say(job.locale, "{member}, here is your picture.", member=f"<@{job.member_id}>")
        self.add_item(discord.ui.TextDisplay(f"{heading} {note}".rstrip()))
        gallery = discord.ui.MediaGallery[PictureMessage]()
        gallery.add_item(media=f"attachment://{filename}", description=alt_text(job.prompt))
        details = f"{shown(job.prompt, _SHORT_PROMPT_LENGTH)}\n-# {options_line(catalogue, job, count=1)}"
        self.add_item(
            discord.ui.Container(
                gallery,
                discord.ui.TextDisplay(details),
                accent_colour=DONE,
            ),
        )
        for row in picture_rows(catalogue, job):
            self.add_item(row)


def elsewhere_note(catalogue: Catalogue, job: Job) -> str:
    """Return the remark for a picture that could not come to the thread it belongs to."""
    if job.thread_id is None:
        return ""
    return catalogue.say(job.locale, "I could not post in {thread}.", thread=f"<#{job.thread_id}>")


def failure_notice(job: Job, sentence: str) -> str:
    """Return the message that tells a member why there is no picture."""
    return f"<@{job.member_id}> {sentence}\n-# {shown(job.prompt, _SHORT_PROMPT_LENGTH)}"


def studio_name(catalogue: Catalogue, job: Job) -> str:
    """Return the name of a member's studio thread, within Discord's 100 characters."""
    return catalogue.say(job.locale, "{name}'s studio", name=plain(job.member_name, 60))[:100]
