"""A member's own pictures as private pages: a list with previews, and one picture with what can be done.

A page is known again after any restart: its place in the list is in the custom_ids of its buttons, and what
was looked for stands in its heading, from where it is read. Nothing here decides anything.
"""

from __future__ import annotations

import io
import re
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

import discord

from bot.errors import N_
from bot.jobids import picture_filename
from bot.presentation.actions import Action, ActionButton, ActionMenu, button
from bot.presentation.details import DONE, message_link, options_line, wordless, words_of
from bot.presentation.text import alt_text, flat, plain, relative
from bot.service.gallery import TEXT_LENGTH, PictureStanding, ShelfTrouble, may_leave, standing
from bot.store.gallery import Spot

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bot.jobs import Job
    from bot.presentation.wording import Catalogue
    from bot.service.gallery import GalleryPage


class GalleryAction(StrEnum):
    """What the buttons and the menu of a gallery ask for; the values stand in messages that are out there."""

    PAGE = "gallery_page"  # another page, or back to one
    PICK = "gallery_pick"  # one picture of the page
    POST = "gallery_post"  # it is posted again
    CLAIM = "gallery_claim"  # it is delivered here, for no place took it before


#: The number of the heading among a message's components; Discord itself counts from 1.
_HEADING: Final = 9000
_PAGE_PROMPT_LENGTH: Final = 160
_NEWEST: Final = "newest"
_STANDINGS: Final[dict[PictureStanding, str]] = {
    PictureStanding.WHOLE: N_("[Open it]({link})"),
    PictureStanding.POSTED: N_("[Open it]({link}). I keep no copy of it any more."),
    PictureStanding.KEPT: N_("Its message is gone, but I still have a copy."),
    PictureStanding.WAITING: N_("Finished, but Discord let me post it nowhere. Choose it to have it posted."),
    PictureStanding.DELETED: N_("It was deleted. Only its words are left."),
    PictureStanding.GONE: N_("Its message is gone, and I keep no copy any more. Only its words are left."),
}
_NOTHING_LEFT: Final = N_("Nothing is left of it.")
_WAITING_ELSEWHERE: Final = N_(
    "Finished, but Discord let me post it nowhere. Use `/gallery` in its server to have it posted."
)
_NOT_FOUND: Final = N_("No prompt of yours has these words.")
_TROUBLES: Final[dict[ShelfTrouble, str]] = {
    ShelfTrouble.OFF: N_("There are no previews, because this bot keeps no copies of pictures."),
    ShelfTrouble.OUT_OF_REACH: N_(
        "There are no previews just now, because I can't reach the shelf where I keep pictures.",
    ),
}
_TROUBLES_OF_ONE: Final[dict[ShelfTrouble, str]] = {
    ShelfTrouble.OFF: N_("I can't show it here, because this bot keeps no copies of pictures."),
    ShelfTrouble.OUT_OF_REACH: N_(
        "I can't show it just now, because I can't reach the shelf where I keep pictures.",
    ),
}
_ONLY_THERE: Final = N_(
    "You asked for it in a private thread, so it can be posted again only there: use `/gallery` in {thread}.",
)


def searched(text: str) -> str:
    """Return what is looked for as a heading can hold it: one line, without the marks that end it there."""
    return flat(text.replace("`", " "))[:TEXT_LENGTH].strip()


def read_search(message: discord.Message | None) -> str:
    """Return what the pages of this gallery are looked for by, out of the message itself."""
    for component in message.components if message else ():
        if isinstance(component, discord.TextDisplay) and component.id == _HEADING:
            found = re.search(r"`([^`]+)`", component.content)
            return searched(found[1]) if found else ""
    return ""


def spot_subject(spot: Spot) -> str:
    """Return a place in the list as the subject of a button."""
    if spot.job_id is None:
        return _NEWEST
    return f"{'older' if spot.older else 'newer'}.{spot.job_id}"


def read_spot(subject: str) -> Spot:
    """Return the place in the list that a subject names; the newest for what names none."""
    way, _, job_id = subject.partition(".")
    return Spot(job_id=job_id, older=way != "newer") if job_id else Spot()


async def show_page(
    catalogue: Catalogue,
    interaction: discord.Interaction[Any],
    page: GalleryPage,
    previews: Mapping[str, bytes],
    trouble: ShelfTrouble | None,
) -> None:
    """Put a page of pictures in place of the deferred answer, or of the page before."""
    view = _PageView(catalogue, interaction, page, previews, trouble)
    files = [
        discord.File(io.BytesIO(previews[job.id]), filename=_preview_name(job))
        for job in page.jobs
        if job.id in previews
    ]
    # Buttons are known by their custom_id; discord.py need not remember this view.
    view.stop()
    await interaction.edit_original_response(view=view, attachments=files)


async def show_picture(
    catalogue: Catalogue,
    interaction: discord.Interaction[Any],
    job: Job,
    spot: Spot,
    *,
    picture: bytes | None,
    suffix: str,
    trouble: ShelfTrouble | None,
) -> None:
    """Put one picture with what can be done in place of the page that it was chosen on."""
    filename = picture_filename(job.id, suffix)
    view = discord.ui.LayoutView(timeout=None)
    for part in _picture_parts(
        catalogue, interaction, job, spot, filename=filename if picture else "", trouble=trouble
    ):
        view.add_item(part)
    view.stop()
    files = [discord.File(io.BytesIO(picture), filename=filename)] if picture else []
    await interaction.edit_original_response(view=view, attachments=files)


async def say_posted(catalogue: Catalogue, interaction: discord.Interaction[Any], job: Job) -> None:
    """Say where the picture was posted again."""
    sentence = catalogue.say(
        str(interaction.locale), "[Your picture]({link}) is posted again.", link=message_link(job)
    )
    await interaction.edit_original_response(content=sentence)


async def say_claimed(catalogue: Catalogue, interaction: discord.Interaction[Any]) -> None:
    """Say that a picture is on its way to where it was claimed."""
    sentence = catalogue.say(str(interaction.locale), "Your picture is on its way to this place.")
    await interaction.edit_original_response(content=sentence)


def again_note(catalogue: Catalogue, job: Job) -> str:
    """Return the note on a message that brings a picture once more."""
    return catalogue.say(job.locale, "It was made {when} and is posted again.", when=relative(job.created_at))


class _PageView(discord.ui.LayoutView):
    """One page of the list."""

    def __init__(
        self,
        catalogue: Catalogue,
        interaction: discord.Interaction[Any],
        page: GalleryPage,
        previews: Mapping[str, bytes],
        trouble: ShelfTrouble | None,
    ) -> None:
        super().__init__(timeout=None)
        locale, direct = str(interaction.locale), interaction.guild_id is None
        self.add_item(_heading(catalogue, locale, page.text, direct=direct))
        for number, job in enumerate(page.jobs, start=page.first or 1):
            text = _entry(catalogue, locale, job, number=number, direct=direct)
            self.add_item(_beside_preview(text, job) if job.id in previews else _text(text))
        for line in _below(catalogue, locale, page, trouble, direct=direct):
            self.add_item(_text(f"-# {line}"))
        if page.jobs:
            self.add_item(discord.ui.ActionRow(_menu(catalogue, locale, page)))
        ways = [
            ActionButton(GalleryAction.PAGE, spot_subject(spot), catalogue.say(locale, label))
            for is_there, spot, label in _ways(page)
            if is_there
        ]
        if ways:
            self.add_item(discord.ui.ActionRow(*ways))


def _ways(page: GalleryPage) -> list[tuple[bool, Spot, str]]:
    """Return the neighbouring pages: whether they are there, where they begin, and their names."""
    if not page.jobs:
        # Whatever was there once, the way back to it stays.
        return [(page.spot.job_id is not None, Spot(), N_("Newest"))]
    newer, older = Spot(job_id=page.jobs[0].id, older=False), Spot(job_id=page.jobs[-1].id)
    return [(page.newer, newer, N_("Newer")), (page.older, older, N_("Older"))]


def _heading(catalogue: Catalogue, locale: str, text: str, *, direct: bool) -> discord.ui.TextDisplay[Any]:
    if text:
        sentence = (
            N_("Your pictures with {text}") if direct else N_("Your pictures in this server with {text}")
        )
    else:
        sentence = N_("Your pictures, of all servers") if direct else N_("Your pictures in this server")
    # Bold would end at the first two stars of the text: Discord looks for them before it looks for code.
    return discord.ui.TextDisplay(f"### {catalogue.say(locale, sentence, text=f'`{text}`')}", id=_HEADING)


def _entry(catalogue: Catalogue, locale: str, job: Job, *, number: int, direct: bool) -> str:
    facts = f"{options_line(catalogue, job, count=1)} · {relative(job.created_at)}"
    return (
        f"**{number}.** {words_of(catalogue, locale, job, _PAGE_PROMPT_LENGTH)}\n-# {facts}\n"
        f"-# {_standing_line(catalogue, locale, job, direct=direct)}"
    )


def _standing_line(catalogue: Catalogue, locale: str, job: Job, *, direct: bool) -> str:
    how = standing(job)
    if job.erased_at and how in {PictureStanding.DELETED, PictureStanding.GONE}:
        return catalogue.say(locale, _NOTHING_LEFT)
    if direct and how is PictureStanding.WAITING:
        return catalogue.say(locale, _WAITING_ELSEWHERE)
    return catalogue.say(locale, _STANDINGS[how], link=message_link(job))


def _below(
    catalogue: Catalogue, locale: str, page: GalleryPage, trouble: ShelfTrouble | None, *, direct: bool
) -> Sequence[str]:
    """Return the lines below the entries: which of how many these are, and what is the matter."""
    lines = []
    if not page.jobs:
        nothing = (
            N_("You have no pictures yet.")
            if direct
            else N_("You have no pictures here yet. `/imagine` makes one.")
        )
        lines.append(catalogue.say(locale, _NOT_FOUND if page.text else nothing))
    elif page.first is not None:
        last = page.first + len(page.jobs) - 1
        sentence = N_("{first} to {last} of {total}") if last > page.first else N_("{first} of {total}")
        lines.append(catalogue.say(locale, sentence, first=page.first, last=last, total=page.total))
    if trouble and page.jobs:
        lines.append(catalogue.say(locale, _TROUBLES[trouble]))
    return lines


def _menu(catalogue: Catalogue, locale: str, page: GalleryPage) -> ActionMenu:
    options = [
        discord.SelectOption(
            label=f"{number}. {wordless(catalogue, locale) if job.erased_at else plain(job.prompt, 90)}",
            value=job.id,
            description=options_line(catalogue, job, count=1),
        )
        for number, job in enumerate(page.jobs, start=page.first or 1)
    ]
    select = discord.ui.Select[Any](
        placeholder=catalogue.say(locale, "Choose a picture")[:150], options=options
    )
    return ActionMenu(GalleryAction.PICK, spot_subject(page.spot), select)


def _beside_preview(text: str, job: Job) -> discord.ui.Section[Any]:
    thumbnail = discord.ui.Thumbnail[Any](
        f"attachment://{_preview_name(job)}",
        description=alt_text(job) or None,
        spoiler=job.spoiler,
    )
    return discord.ui.Section(_text(text), accessory=thumbnail)


def _preview_name(job: Job) -> str:
    return f"preview-{job.id}.jpg"


def _text(text: str) -> discord.ui.TextDisplay[Any]:
    return discord.ui.TextDisplay(text)


def _picture_parts(
    catalogue: Catalogue,
    interaction: discord.Interaction[Any],
    job: Job,
    spot: Spot,
    *,
    filename: str,
    trouble: ShelfTrouble | None,
) -> list[discord.ui.Item[Any]]:
    locale = str(interaction.locale)
    direct = interaction.guild_id is None
    here = interaction.channel.id if isinstance(interaction.channel, discord.Thread) else None
    parts: list[discord.ui.Item[Any]] = []
    if filename:
        gallery = discord.ui.MediaGallery[Any]()
        gallery.add_item(
            media=f"attachment://{filename}", description=alt_text(job) or None, spoiler=job.spoiler
        )
        parts.append(gallery)
    facts = f"{options_line(catalogue, job, count=1)} · {relative(job.created_at)}"
    state = _standing_line(catalogue, locale, job, direct=direct)
    lines = [words_of(catalogue, locale, job), f"-# {facts}", f"-# {state}"]
    if trouble:
        lines.append(f"-# {catalogue.say(locale, _TROUBLES_OF_ONE[trouble])}")
    if not may_leave(job, here):
        lines.append(f"-# {catalogue.say(locale, _ONLY_THERE, thread=_thread_link(job))}")
    parts.append(_text("\n".join(lines)))
    rows: list[list[ActionButton]] = [
        _picture_buttons(catalogue, locale, job, free=may_leave(job, here) and not direct),
        [ActionButton(GalleryAction.PAGE, spot_subject(spot), catalogue.say(locale, "Back"))],
    ]
    return [
        _heading(catalogue, locale, read_search(interaction.message), direct=direct),
        discord.ui.Container(*parts, accent_colour=DONE),
        *(_row(buttons) for buttons in rows if buttons),
    ]


def _row(buttons: Sequence[ActionButton]) -> discord.ui.ActionRow[Any]:
    return discord.ui.ActionRow(*buttons)


def _thread_link(job: Job) -> str:
    """Return a mention of the thread; apps show it as unknown where it is gone or not the reader's."""
    return f"<#{job.thread_id}>"


def _picture_buttons(catalogue: Catalogue, locale: str, job: Job, *, free: bool) -> list[ActionButton]:
    """Return what can be done with one picture; it is made and posted only where it is `free` to be."""
    how = standing(job)
    buttons = []
    if free and how in {PictureStanding.WHOLE, PictureStanding.KEPT}:
        buttons.append(
            ActionButton(
                GalleryAction.POST,
                job.id,
                catalogue.say(locale, "Post again"),
                style=discord.ButtonStyle.primary,
            )
        )
    if free and how is PictureStanding.WAITING:
        buttons.append(
            ActionButton(
                GalleryAction.CLAIM,
                job.id,
                catalogue.say(locale, "Post it here"),
                style=discord.ButtonStyle.primary,
            )
        )
    if free and job.is_repeatable:
        buttons.append(button(catalogue, locale, Action.REROLL, job.id))
    if how not in {PictureStanding.DELETED, PictureStanding.GONE}:
        buttons += [button(catalogue, locale, each, job.id) for each in (Action.INFO, Action.DELETE)]
    return buttons
