"""Everything that the presentation builds, as the requests that Discord would get, with extreme contents.

Each builder takes a text that somebody wrote and returns what is sent.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Final, cast

import discord

from bot.jobs import (
    Card,
    Failure,
    FailureCause,
    JobState,
    Kind,
    Place,
    PlaceNote,
    ReferenceSource,
    Rung,
    WaitReason,
)
from bot.mydata import Erasure, JobCounts, KeptBlock, KeptData, KeptGrant, KeptQuota, KeptStudio
from bot.presentation import cards, forms, gallery, mydata, queue
from bot.presentation.actions import Action, custom_id
from bot.presentation.failures import failure_sentence
from bot.presentation.wording import Catalogue
from bot.quota import (
    MOST_CREDITS,
    MOST_JOBS,
)
from bot.service.gallery import PAGE_SIZE as GALLERY_PAGE
from bot.service.gallery import GalleryPage
from bot.service.queue import PAGE_SIZE as QUEUE_PAGE
from bot.service.queue import JobStanding as Waiting
from bot.service.queue import Line, WaitCause
from bot.store.gallery import Spot
from tests.clocks import NOON
from tests.factories import job_factory, reference_factory

if TYPE_CHECKING:
    from bot.jobs import Job

CATALOGUE: Final = Catalogue()
LOCALE: Final = "en-US"
HUGE: Final = 2**63 - 1
SOON: Final = NOON + timedelta(seconds=30)
#: The most pictures that an edit starts from, and the most of them that are shown beside the result.
REFERENCES: Final = 10
BEFORE: Final = 9


@dataclass(frozen=True)
class File:
    """A file that goes with a message."""

    filename: str
    size: int = 1000


@dataclass(frozen=True, kw_only=True)
class Sent:
    """A message, a form, the name of a thread, or what is offered to somebody who types."""

    message: dict[str, Any] | None = None
    files: tuple[File, ...] = ()
    form: dict[str, Any] | None = None
    name: str | None = None
    choices: tuple[tuple[str, str], ...] | None = None


class Interaction:
    """Somebody who asks, and what they are answered."""

    def __init__(self, *, guild: object = None, direct: bool = False) -> None:
        self.locale = discord.Locale.american_english
        self.guild = guild
        self.guild_id = None if direct else HUGE
        self.user = SimpleNamespace(id=HUGE)
        self.channel = None
        self.message = SimpleNamespace(components=[])
        self.type = discord.InteractionType.application_command
        self.client = SimpleNamespace(get_guild=lambda _: guild)
        self.response = SimpleNamespace(
            send_message=self._answer, edit_message=self._answer, is_done=lambda: False
        )
        self.followup = SimpleNamespace(send=self._answer)
        self.edit_original_response = self._answer
        self.sent: list[Sent] = []

    async def _answer(self, content: str | None = None, **fields: Any) -> None:
        self.sent.append(message(content=content, **fields))


def message(
    *,
    content: str | None = None,
    embed: discord.Embed | None = None,
    embeds: tuple[discord.Embed, ...] = (),
    view: Any = None,
    files: Any = (),
    attachments: Any = (),
    **_: Any,
) -> Sent:
    """Return a message as it would be sent."""
    body: dict[str, Any] = {}
    if content is not None:
        body["content"] = content
    every = [*embeds, *([embed] if embed is not None else [])]
    if every:
        body["embeds"] = [each.to_dict() for each in every]
    if view:
        body["components"] = view.to_components()
    if isinstance(view, discord.ui.LayoutView):
        body["flags"] = 1 << 15
    return Sent(message=body, files=tuple(File(file.filename) for file in (*files, *attachments)))


def wild_job(text: str, **fields: Any) -> Job:
    """Return a job in which everything that can be long is, with this text wherever somebody writes."""
    found = {"origin_channel_id": HUGE, "origin_message_id": HUGE, "author_id": HUGE, "owner_id": HUGE}
    given: dict[str, Any] = {
        "kind": Kind.EDIT,
        "guild_id": HUGE,
        "channel_id": HUGE,
        "thread_id": HUGE,
        "member_id": HUGE,
        "member_name": text[:32],
        "prompt": text[:6000],
        "alt_text": text[:1024],
        "batch_size": 4,
        "card": Card(channel_id=HUGE, message_id=HUGE),
        "references": (reference_factory(source=ReferenceSource.LINKED, attachment_id=HUGE, **found),)
        * REFERENCES,
        "credits": MOST_CREDITS,
    }
    return job_factory(**{**given, **fields})


def done_job(text: str, **fields: Any) -> Job:
    """Return such a job whose picture was posted."""
    given: dict[str, Any] = {
        "state": JobState.DELIVERED,
        "message_channel_id": HUGE,
        "message_id": HUGE,
        "rung": Rung.THREAD,
        "archive_key": "key",
        "cost_ms": 10**9,
        "submitted_at": NOON,
        "completed_at": NOON,
        "finished_at": NOON,
        "result_urls": ("https://pictures.example/" + "a" * 1400,),
    }
    return wild_job(text, **{**given, **fields})


def _card(*jobs: Job, waiting: WaitReason | None = None) -> Sent:
    embed = cards.job_card(
        CATALOGUE, jobs, expected=SOON, waiting=waiting, uploading=True, undoable=jobs[0].is_guess
    )
    names = [cards.reference_filename(jobs[0], index) for index in range(len(jobs[0].references))]
    view = cards.guess_buttons(CATALOGUE, jobs)
    return replace(message(embed=embed, view=view), files=tuple(map(File, names)))


def job_cards(text: str) -> list[Sent]:
    """Return cards of jobs that wait, run, ended well and ended badly."""
    waiting = wild_job(text, place=Place.CHANNEL, place_note=PlaceNote.RATE_LIMITED)
    guess = replace(waiting.references[0], source=ReferenceSource.NEWEST)
    failures = [
        wild_job(text, batch_size=1, state=JobState.FAILED, discord_code=1, failure=Failure(cause=cause))
        for cause in FailureCause
    ]
    stuck = done_job(text, state=JobState.UNDELIVERABLE, message_id=None)
    several = [
        done_job(text),
        done_job(text, message_id=None, removed_by=1),
        stuck,
        wild_job(text, state=JobState.CANCELLED),
    ]
    return [
        _card(waiting, waiting, waiting, waiting),
        _card(replace(waiting, references=(guess,) * REFERENCES), waiting=WaitReason.SERVICE_PAUSED),
        _card(wild_job(text, state=JobState.RUNNING, late_told_at=NOON, references_sent=1)),
        _card(*several),
        *map(_card, failures),
    ]


def pictures(text: str) -> list[Sent]:
    """Return messages that bring a picture, with all that can be said about it."""
    job = done_job(text)
    before = [f"before-{number}.jpg" for number in range(BEFORE)]
    note = cards.elsewhere_note(CATALOGUE, job, gone=False)
    remark = cards.smaller_note(CATALOGUE, job, NOON)
    views = [
        cards.PictureMessage(
            CATALOGUE, each, filename="a.jpg", before=before, note=note, remark=remark, in_server=in_server
        )
        for each in (job, done_job(text, prompt="", alt_text=None), done_job(text, kind=Kind.IMAGINE))
        for in_server in (True, False)
    ]
    files = tuple(map(File, ("a.jpg", *before)))
    return [replace(message(view=view), files=files) for view in views]


def notices(text: str) -> list[Sent]:
    """Return what is posted in the place of a picture, for each reason."""
    jobs = [
        wild_job(text, state=JobState.FAILED, credits=0, failure=Failure(cause=cause))
        for cause in FailureCause
    ]
    return [
        message(
            content=cards.failure_notice(
                job,
                failure_sentence(CATALOGUE, job),
                note=cards.elsewhere_note(CATALOGUE, job, gone=False),
            )
        )
        for job in jobs
    ]


def thread_names(text: str) -> list[Sent]:
    """Return the names of threads."""
    job = wild_job(text)
    names = (
        cards.studio_name(CATALOGUE, job),
        cards.thread_name(CATALOGUE, job),
        cards.erased_thread_name(CATALOGUE, job),
    )
    return [Sent(name=name) for name in names]


async def all_forms(text: str) -> list[Sent]:
    """Return the forms."""
    job = done_job(text)
    built = [
        forms.vary_form(CATALOGUE, LOCALE, job),
        forms.edit_form(
            CATALOGUE,
            LOCALE,
            custom_id(Action.DRAFT, "d" * 16),
            pictures=[text[:260]] * REFERENCES,
            picked=REFERENCES,
            more=REFERENCES - 1,
        ),
        forms.alt_form(CATALOGUE, LOCALE, job),
    ]
    return [Sent(form=cast("Any", form.to_dict())) for form in built]


async def galleries(text: str) -> list[Sent]:
    """Return the fullest page of a gallery and single pictures of it."""
    interaction, direct = Interaction(), Interaction(direct=True)
    jobs = tuple(done_job(text) for _ in range(GALLERY_PAGE))
    wanted = gallery.searched(text)
    page = GalleryPage(jobs=jobs, spot=Spot(), text=wanted, newer=True, older=True, first=10**6, total=10**7)
    previews = {job.id: b"" for job in jobs}
    for asked in (interaction, direct):
        await gallery.show_page(CATALOGUE, cast("Any", asked), page, previews, None)
        for job in (
            done_job(text, private=True),
            done_job(text, state=JobState.UNDELIVERABLE, message_id=None),
            done_job(text, prompt="", alt_text=None, erased_at=NOON),
        ):
            await gallery.show_picture(
                CATALOGUE, cast("Any", asked), job, Spot(), picture=b"x", suffix=".jpg", trouble=None
            )
    return interaction.sent + direct.sent


async def queues(text: str) -> list[Sent]:
    """Return lists of what is under way, and what is offered to a moderator who types."""
    jobs = [wild_job(text) for _ in range(QUEUE_PAGE)]
    standings = tuple(
        Waiting(
            job=job,
            expected=SOON,
            place=9_999,
            cause=WaitCause.OWN_RUNNING,
            own_running=10_000,
            own_elsewhere=1,
        )
        for job in jobs
    )
    line = Line(standings=standings, waiting=10_000, total=10_000, page=1)
    views = [
        queue.line_view(CATALOGUE, LOCALE, line, whose, reads=reads, notice="Cancelled; it cost nothing.")
        for whose in queue.Whose
        for reads in (_everything, _nothing)
    ]
    offered = queue.job_choices(CATALOGUE, LOCALE, jobs * 4, reads=_everything)
    interaction = Interaction()
    await queue.say_called_off(CATALOGUE, cast("Any", interaction), wild_job(text, private=True))
    return [
        *interaction.sent,
        *(message(view=view) for view in views),
        Sent(choices=tuple((choice.name, choice.value) for choice in offered)),
    ]


def _everything(_: Job) -> bool:
    return True


def _nothing(_: Job) -> bool:
    return False


def kept(text: str) -> list[Sent]:
    """Return what is kept of somebody of whom much is."""
    data = KeptData(
        member_id=HUGE,
        since=NOON,
        edits_allowed=False,
        counts=JobCounts(
            jobs=10**6,
            wordless=10**5,
            unfinished=10**5,
            posted=10**5,
            kept_pictures=10**5,
            with_references=10**5,
        ),
        open_forms=10**5,
        studios=(KeptStudio(guild_id=1, channel_id=1, thread_id=1, updated_at=NOON),) * 500,
        blocks=(KeptBlock(guild_id=1, until=NOON, reason=text[:400], at=NOON),) * 500,
        quotas=(KeptQuota(guild_id=1, daily_credits=MOST_CREDITS, concurrent_jobs=MOST_JOBS, reset_at=None),)
        * 500,
        grants=(KeptGrant(guild_id=1, credits=MOST_CREDITS, at=NOON),) * 500,
        acts=(),
        erasure=Erasure(member_id=HUGE, asked_at=NOON, due_at=NOON, done_at=NOON, left_behind=10**6),
    )
    return [message(embed=mydata.kept_embed(CATALOGUE, LOCALE, data, names={1: text[:100]}))]
