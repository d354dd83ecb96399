"""The two messages of a job: the card that answers the command, and the message that brings the picture.

The card is a classic embed, because a thread that starts from a message of components only looks empty at
its top. Both are rebuilt whole from the stored jobs each time, so no state lives in a message.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import discord

from bot.errors import N_
from bot.jobids import before_filename
from bot.jobs import JobState, Place, PlaceNote, ReferenceSource, Rung, WaitReason
from bot.presentation.actions import Action, below, button
from bot.presentation.buttons import picture_rows
from bot.presentation.details import DONE, WORKING, WRONG, address_of, message_link, options_line
from bot.presentation.failures import failure_sentence
from bot.presentation.text import alt_text, day, plain, relative, shown
from bot.provider.pictures import RESULT_LIFE, public_link

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from bot.jobs import Job
    from bot.presentation.wording import Catalogue

_SHORT_PROMPT_LENGTH: Final = 240
#: A message's texts may have 4,000 characters together.
_LONGEST_LINK: Final = 1500

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
_SOURCES: Final[dict[ReferenceSource, str]] = {
    ReferenceSource.LINKED: N_("From [this message]({link})."),
    ReferenceSource.NEWEST: N_("I took the newest picture that I found, from [this message]({link})."),
    ReferenceSource.CHOSEN: N_("From [this message]({link})."),
}
_UNDOABLE: Final = N_("If that is the wrong one, say so within the next seconds; it costs nothing then.")
#: Whether its member did it, and whether its credits stay spent: said of the only picture, and of several.
_CALLED_OFF: Final[dict[tuple[bool, bool], tuple[str, str]]] = {
    (True, False): (
        N_("Cancelled; it cost nothing."),
        N_("{count} of {total} cancelled, at no cost."),
    ),
    (True, True): (
        N_("Cancelled, but it was already being made, so its credits stay spent."),
        N_("{count} of {total} cancelled, but already being made, so their credits stay spent."),
    ),
    (False, False): (
        N_("A moderator cancelled this; it cost nothing."),
        N_("{count} of {total} cancelled by a moderator, at no cost."),
    ),
    (False, True): (
        N_("A moderator cancelled this. It was already being made, so its credits stay spent."),
        N_("{count} of {total} cancelled by a moderator; already being made, so their credits stay spent."),
    ),
}
_ONLY_FIRST: Final = N_("The image service takes one picture at a time now, so it got only the first.")


def job_card(
    catalogue: Catalogue,
    jobs: Sequence[Job],
    *,
    expected: datetime,
    waiting: WaitReason | None,
    uploading: bool = False,
    undoable: bool = False,
) -> discord.Embed:
    """Return the card of one command's jobs; `expected` is when the last of them should be done.

    `waiting` is why nothing is sent to the provider at the moment, or None; `uploading` says that the
    reference pictures come with this very message (those that are on it already are shown in any case), and
    `undoable` that there are buttons to say no to a guess.

    The time shown is Discord's relative timestamp: every reader's app counts it down without an edit.
    """
    first = jobs[0]
    # Words and name may have been kept long enough, and be gone.
    words = [shown(first.prompt), ""] if first.prompt else []
    lines = [*words, _status(catalogue, jobs, expected, waiting)]
    if first.place_note and not all(job.is_over for job in jobs):
        lines.append(catalogue.say(first.locale, _PLACE_NOTES[first.place_note]))
    lines += _reference_notes(catalogue, jobs, undoable=undoable)
    embed = discord.Embed(description="\n".join(lines), colour=_colour(jobs))
    name = plain(first.member_name, 80)
    if name:
        embed.set_author(name=name)
    embed.set_footer(text=options_line(catalogue, first, count=first.batch_size))
    shown_here = uploading or (first.references and first.references[0].attachment_id)
    # A picture in an embed cannot be hidden behind a click; as a file of the message it can.
    if shown_here and not first.spoiler:
        embed.set_image(url=f"attachment://{reference_filename(first, 0)}")
    return embed


def guess_buttons(catalogue: Catalogue, jobs: Sequence[Job]) -> discord.ui.View | None:
    """Return the buttons by which a member says whether a guess is right; None once nothing can be undone."""
    first = jobs[0]
    if not first.is_guess or any(job.state is not JobState.QUEUED for job in jobs):
        return None
    return below(*(button(catalogue, first.locale, each, first.id) for each in (Action.UNDO, Action.GO)))


def reference_filename(job: Job, index: int) -> str:
    """Return the name of the file that is a reference picture of this job on its card."""
    suffix = job.references[index].content_type.removeprefix("image/").replace("jpeg", "jpg")
    return before_filename(job.batch_id, index, f".{suffix}", spoiler=job.spoiler)


def _reference_notes(catalogue: Catalogue, jobs: Sequence[Job], *, undoable: bool) -> list[str]:
    """Return where the reference picture was found, unless the member gave it, and what was left out."""
    first = jobs[0]
    notes = []
    if first.references:
        origin = first.references[0]
        sentence = _SOURCES.get(origin.source)
        # A picture of the archive may have no message any more.
        if sentence and origin.origin_message_id is not None:
            link = address_of(first.guild_id, origin.origin_channel_id, origin.origin_message_id)
            notes.append(catalogue.say(first.locale, sentence, link=link))
        if undoable:
            notes.append(catalogue.say(first.locale, _UNDOABLE))
    if any(job.references_sent is not None for job in jobs):
        notes.append(catalogue.say(first.locale, _ONLY_FIRST))
    return notes


def _status(
    catalogue: Catalogue,
    jobs: Sequence[Job],
    expected: datetime,
    waiting: WaitReason | None,
) -> str:
    first = jobs[0]
    called_off = [job for job in jobs if job.is_called_off]
    if called_off:
        rest = [job for job in jobs if not job.is_called_off]
        status = _status(catalogue, rest, expected, waiting) if rest else ""
        return f"{status} {_called_off(catalogue, called_off)}".strip()
    done = [job for job in jobs if job.state is JobState.DELIVERED or job.is_removed]
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
        line += " " + catalogue.say_count(
            first.locale,
            "{count} of {total} is there.",
            "{count} of {total} are there.",
            count=len(done),
            total=len(jobs),
        )
    return line


def _called_off(catalogue: Catalogue, jobs: Sequence[Job]) -> str:
    """Say which pictures were called off, by whom, and whether they cost something."""
    lines = []
    for by_member in (True, False):
        for spent in (False, True):
            count = sum(
                (job.cancelled_by in {None, job.member_id}) is by_member and (job.credits > 0) is spent
                for job in jobs
            )
            if not count:
                continue
            one, several = _CALLED_OFF[by_member, spent]
            sentence = one if jobs[0].batch_size == 1 else several
            lines.append(catalogue.say(jobs[0].locale, sentence, count=count, total=jobs[0].batch_size))
    return " ".join(lines)


def _outcome(catalogue: Catalogue, jobs: Sequence[Job], done: Sequence[Job]) -> str:
    first = jobs[0]
    stuck = sum(job.state is JobState.UNDELIVERABLE and not job.is_removed for job in jobs)
    if stuck:
        return " ".join(
            part for part in (_links(catalogue, jobs, done), _stuck(catalogue, first, stuck)) if part
        )
    if not done:
        untold = next((job for job in jobs if _is_untold(job)), None)
        if untold:
            return failure_sentence(catalogue, untold)
        return catalogue.say_count(
            first.locale,
            "No picture this time; the reason is posted where it would have come.",
            "No pictures this time; the reason is posted where they would have come.",
            count=len(jobs),
        )
    return _single(catalogue, first) if len(jobs) == 1 else _links(catalogue, jobs, done)


def _single(catalogue: Catalogue, job: Job) -> str:
    """Say where the one picture is."""
    if job.is_moderated:
        return catalogue.say(job.locale, "The picture was removed by a moderator.")
    if job.is_removed:
        return catalogue.say(job.locale, "The picture was deleted.")
    link = message_link(job)
    if job.rung is Rung.DIRECT:
        return catalogue.say(job.locale, "[Your picture]({link}) came as a direct message.", link=link)
    return catalogue.say(job.locale, "[Your picture]({link}) is there.", link=link)


def _is_untold(job: Job) -> bool:
    """Whether no place took the notice of why there is no picture."""
    return job.state is JobState.FAILED and job.discord_code is not None and job.message_id is None


def _stuck(catalogue: Catalogue, first: Job, count: int) -> str:
    """Say that finished pictures could be posted nowhere, and how they can be had all the same."""
    sentence = catalogue.say_count(
        first.locale,
        "Your picture is finished, but Discord lets me post it nowhere: not in its place, and not as a "
        "direct message to you.",
        "{count} pictures are finished, but Discord lets me post them nowhere: not in their place, and not "
        "as direct messages to you.",
        count=count,
    )
    return sentence + " " + catalogue.say(first.locale, "Use `/gallery` where I may post.")


def _links(catalogue: Catalogue, jobs: Sequence[Job], done: Sequence[Job]) -> str:
    """Say which of several pictures are where; nothing if none is anywhere."""
    first = jobs[0]
    if not done:
        return ""
    links = " ".join(
        f"~~{number}~~" if job.is_removed else f"[{number}]({message_link(job)})"
        for number, job in enumerate(done, start=1)
    )
    line = catalogue.say_count(
        first.locale,
        "{count} of {total} pictures is there: {links}",
        "{count} of {total} pictures are there: {links}",
        count=len(done),
        total=len(jobs),
        links=links,
    )
    moderated = sum(job.is_moderated for job in done)
    if moderated:
        line += " " + catalogue.say_count(
            first.locale,
            "{count} was removed by a moderator.",
            "{count} were removed by a moderator.",
            count=moderated,
        )
    return line


def _colour(jobs: Sequence[Job]) -> discord.Colour:
    if not all(job.is_over for job in jobs):
        return WORKING
    return DONE if any(job.state is JobState.DELIVERED for job in jobs) else WRONG


class PictureMessage(discord.ui.LayoutView):
    """The message that brings a picture: its member mentioned, the picture with alt text, the buttons.

    Every interactive part carries the job's id, so it works after any restart; the view itself is never
    stored.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        job: Job,
        *,
        filename: str,
        before: Sequence[str] = (),
        note: str = "",
        remark: str = "",
        in_server: bool = True,
    ) -> None:
        """`before` names the files of what it was made from, shown beside it.

        `note` says why the picture comes here, `remark` what became of it on the way.
        """
        super().__init__(timeout=None)
        heading = catalogue.say(job.locale, "{member}, here is your picture.", member=f"<@{job.member_id}>")
        self.add_item(discord.ui.TextDisplay(f"{heading} {note}".rstrip()))
        gallery = discord.ui.MediaGallery[PictureMessage]()
        for name in before:
            gallery.add_item(
                media=f"attachment://{name}",
                description=catalogue.say(job.locale, "Before: what the picture was made from"),
                spoiler=job.spoiler,
            )
        gallery.add_item(media=f"attachment://{filename}", description=alt_text(job), spoiler=job.spoiler)
        words = f"{shown(job.prompt, _SHORT_PROMPT_LENGTH)}\n" if job.prompt else ""
        details = f"{words}-# {options_line(catalogue, job, count=1)}"
        if remark:
            details += f"\n-# {remark}"
        self.add_item(
            discord.ui.Container(
                gallery,
                discord.ui.TextDisplay(details),
                accent_colour=DONE,
            ),
        )
        for row in picture_rows(catalogue, job, in_server=in_server):
            self.add_item(row)


def elsewhere_note(catalogue: Catalogue, job: Job, *, gone: bool) -> str:
    """Return the note for a message that could not come where it belongs; `gone` if that was deleted."""
    if gone and job.thread_id is not None:
        return catalogue.say(job.locale, "The thread it belongs to was deleted.")
    if gone:
        return catalogue.say(job.locale, "The channel it belongs to was deleted.")
    place = f"<#{job.thread_id or job.channel_id}>"
    return catalogue.say(job.locale, "It belongs to {place}, but I may not post there.", place=place)


def smaller_note(catalogue: Catalogue, job: Job, now: datetime) -> str:
    """Return the remark for a picture that was made smaller, with a link to the original while it lives."""
    sentence = catalogue.say(job.locale, "Made smaller to fit Discord's limit here.")
    until = (job.completed_at or job.created_at) + RESULT_LIFE
    link = public_link(job.result_urls[0]) if job.result_urls and now < until else None
    if link is None or len(link) > _LONGEST_LINK:
        return sentence
    original = catalogue.say(
        job.locale, "The [original]({link}) can be had until {day}.", link=link, day=day(until)
    )
    return f"{sentence} {original}"


def failure_notice(job: Job, sentence: str, *, note: str = "") -> str:
    """Return the message that tells a member why there is no picture; `note` says why it comes here."""
    told = " ".join(part for part in (f"<@{job.member_id}>", sentence, note) if part)
    return f"{told}\n-# {shown(job.prompt, _SHORT_PROMPT_LENGTH)}" if job.prompt else told


def studio_name(catalogue: Catalogue, job: Job) -> str:
    """Return the name of a member's studio thread, within Discord's 100 characters."""
    name = plain(job.member_name, 60)
    if not name:  # it has none but characters that nobody sees
        return catalogue.say(job.locale, "Studio")[:100]
    return catalogue.say(job.locale, "{name}'s studio", name=name)[:100]


def thread_name(catalogue: Catalogue, job: Job) -> str:
    """Return the name of a thread that is for one command alone, within Discord's 100 characters."""
    return plain(job.prompt, 100) or erased_thread_name(catalogue, job)


def erased_thread_name(catalogue: Catalogue, job: Job) -> str:
    """Return what such a thread is called when its prompt was erased."""
    return catalogue.say(job.locale, "Erased picture")[:100]
