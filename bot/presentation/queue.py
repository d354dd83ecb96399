"""What is waiting and running, as a private list with a Cancel button for each, and what came of a press.

The list is drawn whole each time from what the service says; its buttons hold the job, whose list it is and
the page, so they outlive a restart. Nothing here decides who may press them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import discord
from discord import app_commands

from bot.errors import N_, OldButtonError
from bot.intake import may_read
from bot.jobs import JobState
from bot.presentation.actions import ActionButton
from bot.presentation.details import WORKING, address_of, mention_of, wordless, words_of
from bot.presentation.private import answer_privately
from bot.presentation.text import plain, relative
from bot.service.queue import WaitCause

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.jobs import Job
    from bot.presentation.wording import Catalogue
    from bot.service.queue import JobStanding, Line

#: Tells whether the words of a job may be shown to whoever looks.
Reader = Callable[["Job"], bool]

_PROMPT_LENGTH: Final = 100
#: Discord's limits on what an option that is being typed is offered.
_CHOICES: Final = 25
_CHOICE_LENGTH: Final = 100


class QueueAction(StrEnum):
    """What a button of the list asks for."""

    CANCEL = "jobs_cancel"  # calls one job off, and draws the list anew
    PAGE = "jobs_page"  # draws a page of the list anew


class Whose(StrEnum):
    """Whose jobs a list holds; the value stands in the custom_ids of its buttons."""

    MINE = "m"
    SERVER = "s"


@dataclass(frozen=True, slots=True, kw_only=True)
class ListSubject:
    """What the buttons of a list are about; `job_id` is empty for those that turn its pages."""

    whose: Whose
    page: int
    job_id: str = ""

    def __str__(self) -> str:
        """Return it as it stands in a custom_id."""
        return ".".join(part for part in (self.job_id, self.whose.value, str(self.page)) if part)

    @classmethod
    def read(cls, subject: str) -> ListSubject:
        """Return what a custom_id says; `OldButtonError` if it is not one of a list."""
        *job_id, whose, page = ["", *subject.split(".")]
        try:
            return cls(whose=Whose(whose), page=int(page), job_id="".join(job_id))
        except ValueError:
            raise OldButtonError from None


_WAITS: Final[dict[WaitCause, str]] = {
    WaitCause.UPDATING: N_("I am about to be updated; it starts by itself afterwards."),
    WaitCause.PAUSED: N_("The service is paused; it starts by itself."),
    WaitCause.BUSY: N_("The service is busy; it starts by itself."),
    WaitCause.OWN_FIRST: N_("Others of yours come first."),
    WaitCause.TURN: N_("It starts when its turn comes."),
}
_STATES: Final[dict[JobState, str]] = {
    JobState.SUBMITTING: N_("Being sent to the image service, expected {when}."),
    JobState.UNCONFIRMED: N_("Sent, but the image service has not confirmed it. It ends by itself."),
    JobState.RUNNING: N_("Being made, expected {when}."),
    JobState.READY: N_("Finished; it is about to be posted."),
    JobState.HELD: N_("Finished; it waits for a moderator."),
    JobState.DELIVERING: N_("Finished; it is being posted."),
}
_LATE: Final = N_("Being made; it takes longer than usual.")
_CALLED_OFF: Final = N_(
    "Cancelled, its credits stay spent. The image service is still at it, so it still counts as running."
)


async def show_line(
    catalogue: Catalogue, interaction: discord.Interaction[Any], line: Line, whose: Whose
) -> None:
    """Answer privately with a list."""
    view = line_view(catalogue, str(interaction.locale), line, whose, reads=_reader(interaction, whose))
    await interaction.response.send_message(view=view, ephemeral=True)


async def redraw_line(
    catalogue: Catalogue,
    interaction: discord.Interaction[Any],
    line: Line,
    whose: Whose,
    *,
    cancelled: Job | None = None,
) -> None:
    """Draw the list of a pressed button anew, with what became of the job that was called off, if one was.

    Where an answer was promised meanwhile, the list comes as that answer.
    """
    locale = str(interaction.locale)
    notice = called_off_sentence(catalogue, locale, cancelled) if cancelled else ""
    view = line_view(catalogue, locale, line, whose, reads=_reader(interaction, whose), notice=notice)
    if interaction.response.is_done():
        await interaction.edit_original_response(view=view)
    else:
        await interaction.response.edit_message(view=view)


async def say_called_off(catalogue: Catalogue, interaction: discord.Interaction[Any], job: Job) -> None:
    """Answer privately with what became of a job that was called off."""
    locale = str(interaction.locale)
    sentence = called_off_sentence(catalogue, locale, job)
    heading = _heading(catalogue, locale, job, Whose.SERVER, reads=_reader(interaction, Whose.SERVER))
    # A message of components shows no previews of the addresses that a prompt may hold.
    view = discord.ui.LayoutView(timeout=None)
    view.add_item(discord.ui.TextDisplay(f"{sentence}\n-# {heading}"))
    view.stop()
    await answer_privately(interaction, view=view)


def _reader(interaction: discord.Interaction[Any], whose: Whose) -> Reader:
    """Return what tells which words a list may show: one's own always, others' where one might read them."""
    return partial(may_read, interaction) if whose is Whose.SERVER else lambda _: True


def called_off_sentence(catalogue: Catalogue, locale: str, job: Job) -> str:
    """Return which of the two it was: not sent yet and refunded, or sent and paid."""
    if job.discarded_at is None:
        return catalogue.say(locale, "Cancelled; it cost nothing.")
    return catalogue.say(locale, "Cancelled, but it was already being made, so its credits stay spent.")


def job_choices(
    catalogue: Catalogue, locale: str, jobs: Sequence[Job], *, reads: Reader
) -> list[app_commands.Choice[str]]:
    """Return jobs as what Discord offers for an option that is being typed."""
    choices = []
    for job in jobs[:_CHOICES]:
        prompt = _hidden(catalogue, locale, job)
        if reads(job):
            prompt = wordless(catalogue, locale) if job.erased_at else job.prompt
        name = plain(f"{job.id} · {job.member_name} · {prompt}", _CHOICE_LENGTH)
        choices.append(app_commands.Choice(name=name, value=job.id))
    return choices


def line_view(
    catalogue: Catalogue, locale: str, line: Line, whose: Whose, *, reads: Reader, notice: str = ""
) -> discord.ui.LayoutView:
    """Return the list: its head, an entry with a button for each job, and the buttons that turn its pages."""
    view = discord.ui.LayoutView(timeout=None)
    if notice:
        view.add_item(discord.ui.TextDisplay(f"**{notice}**"))
    head: discord.ui.TextDisplay[Any] = discord.ui.TextDisplay(_head(catalogue, locale, line, whose))
    entries = [_entry(catalogue, locale, line, each, whose, reads=reads) for each in line.standings]
    view.add_item(discord.ui.Container(head, *entries, accent_colour=WORKING))
    view.add_item(_turning(catalogue, locale, line, whose))
    # Buttons are known by their custom_id; discord.py need not remember this view.
    view.stop()
    return view


def _head(catalogue: Catalogue, locale: str, line: Line, whose: Whose) -> str:
    if not line.total:
        sentence = {
            Whose.MINE: N_("You have nothing waiting or running here. `/imagine` makes a picture."),
            Whose.SERVER: N_("Nothing is waiting or running in this server."),
        }[whose]
        return catalogue.say(locale, sentence)
    head = catalogue.say_count(
        locale, "**{count} picture under way**", "**{count} pictures under way**", count=line.total
    )
    if line.pages > 1:
        head += " · " + catalogue.say(locale, "page {page} of {pages}", page=line.page + 1, pages=line.pages)
    return head


def _entry(
    catalogue: Catalogue, locale: str, line: Line, standing: JobStanding, whose: Whose, *, reads: Reader
) -> discord.ui.Item[Any]:
    job = standing.job
    status = _status(catalogue, locale, line, standing, whose)
    text: discord.ui.TextDisplay[Any] = discord.ui.TextDisplay(
        f"{_heading(catalogue, locale, job, whose, reads=reads)}\n-# {status}"
    )
    if job.is_called_off or job.state is JobState.DELIVERING:
        return text
    subject = ListSubject(whose=whose, page=line.page, job_id=job.id)
    button = ActionButton(
        QueueAction.CANCEL,
        str(subject),
        catalogue.say(locale, "Cancel"),
        style=discord.ButtonStyle.danger,
    )
    return discord.ui.Section(text, accessory=button)


def _heading(catalogue: Catalogue, locale: str, job: Job, whose: Whose, *, reads: Reader) -> str:
    """Return which job it is, in its own words where whoever looks may read them."""
    readable = reads(job)
    words = words_of(catalogue, locale, job, _PROMPT_LENGTH) if readable else _hidden(catalogue, locale, job)
    parts = [words, job.mode.value]
    if whose is Whose.SERVER:
        parts = [mention_of(catalogue, locale, job.member_id), *parts, f"`{job.id}`"]
    if job.card:
        link = address_of(job.guild_id, job.card.channel_id, job.card.message_id)
        parts.append(catalogue.say(locale, "[card]({link})", link=link))
    return " · ".join(parts)


def _hidden(catalogue: Catalogue, locale: str, job: Job) -> str:
    """Return what stands in the place of words that whoever looks may not read."""
    if job.private:
        return catalogue.say(locale, "(in a private thread)")
    return catalogue.say(locale, "(in a channel that you don't see)")


def _status(catalogue: Catalogue, locale: str, line: Line, standing: JobStanding, whose: Whose) -> str:
    job = standing.job
    when = relative(standing.expected) if standing.expected else ""
    if job.is_called_off:
        return catalogue.say(locale, _CALLED_OFF)
    if job.late_told_at and job.state is JobState.RUNNING:
        return catalogue.say(locale, _LATE)
    if standing.place is None:
        # One that was sent between two looks of the service is on its way as well.
        state = JobState.SUBMITTING if job.state is JobState.QUEUED else job.state
        return catalogue.say(locale, _STATES[state], when=when)
    parts = [
        catalogue.say(
            locale, "Number {place} of {waiting} in the queue.", place=standing.place, waiting=line.waiting
        ),
        _why(catalogue, locale, standing, whose),
    ]
    if when:
        parts.append(catalogue.say(locale, "Expected {when}.", when=when))
    return " ".join(parts)


def _why(catalogue: Catalogue, locale: str, standing: JobStanding, whose: Whose) -> str:
    """Return why a queued job was not sent yet."""
    if standing.cause is WaitCause.OWN_FIRST and whose is Whose.SERVER:
        return catalogue.say(locale, "Others of the same member come first.")
    if standing.cause is not WaitCause.OWN_RUNNING:
        return catalogue.say(locale, _WAITS[standing.cause or WaitCause.TURN])
    if whose is Whose.SERVER:
        running = catalogue.say_count(
            locale,
            "{count} of the same member is running.",
            "{count} of the same member are running.",
            count=standing.own_running,
        )
    else:
        running = catalogue.say_count(
            locale,
            "{count} of yours is running.",
            "{count} of yours are running.",
            count=standing.own_running,
        )
    if standing.own_elsewhere:
        running += " " + catalogue.say(locale, "That counts all servers together.")
    return running


def _turning(catalogue: Catalogue, locale: str, line: Line, whose: Whose) -> discord.ui.ActionRow[Any]:
    pages = [(line.page, catalogue.say(locale, "Refresh"))]
    if line.page > 0:
        pages.insert(0, (line.page - 1, catalogue.say(locale, "Back")))
    if line.page + 1 < line.pages:
        pages.append((line.page + 1, catalogue.say(locale, "More")))
    return discord.ui.ActionRow(
        *(
            ActionButton(QueueAction.PAGE, str(ListSubject(whose=whose, page=page)), label)
            for page, label in pages
        )
    )
