"""Every way to an edit: from the command, a message's menu, a button, and once more from an earlier one.

However the pictures are found, they are downloaded and checked before anything is spent, the service admits
the request, and the card brings them along. What is refused leaves as the error that says why.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from bot.engine.sources import why_none
from bot.errors import BadReferenceError, OldFormError, PictureFault
from bot.intake import in_time, origin
from bot.jobs import ReferenceSource
from bot.service import EditRequest

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Sequence

    import discord

    from bot.drafts import Draft, FoundPicture
    from bot.engine.cards import Cards
    from bot.engine.references import References
    from bot.engine.sources import Sources
    from bot.jobs import Job
    from bot.service import AgainRequest, Service
    from bot.store import Store


class Editor:
    """Takes edits in."""

    def __init__(
        self, *, service: Service, store: Store, sources: Sources, references: References, cards: Cards
    ) -> None:
        self._service = service
        self._store = store
        self._sources = sources
        self._references = references
        self._cards = cards

    async def edit(
        self,
        interaction: discord.Interaction[Any],
        request: EditRequest,
        *,
        given: Sequence[discord.Attachment | None],
        link: str,
    ) -> None:
        """Edit what was given, else what is on the named message, else the newest picture here."""
        find = partial(self._sources.find, interaction, given=given, link=link)
        await self._run(interaction, request, find)

    async def begin(self, interaction: discord.Interaction[Any], message: discord.Message) -> Draft:
        """Remember the pictures of a message for the form that is about to be shown.

        Raises the `RefusedError` that would come after it, so that nobody types in vain.
        """
        asked = origin(interaction)
        await self._service.check_place(asked)
        found = await self._sources.on_message(message, ReferenceSource.CHOSEN)
        if not found:
            raise BadReferenceError(why_none(message))
        await self._service.check_consent(asked, [found[0].owner_id])
        return await self._store.begin_draft(
            guild_id=asked.guild_id or 0, member_id=asked.member_id, pictures=found
        )

    async def edit_draft(
        self,
        interaction: discord.Interaction[Any],
        request: EditRequest,
        draft_id: str,
        *,
        picked: Collection[str],
        files: Sequence[FoundPicture],
    ) -> None:
        """Edit those pictures of a form's message that were picked by number, and the files beside them."""
        draft = await self._store.draft(draft_id)
        if draft.member_id != request.member_id or draft.guild_id != request.guild_id:
            raise OldFormError
        picked_ones = [
            each for number, each in enumerate(draft.pictures) if not picked or str(number) in picked
        ]
        await self._edit_found(interaction, request, [*picked_ones, *files])

    async def editable(self, interaction: discord.Interaction[Any], job_id: str) -> Job:
        """Return a job whose picture this person may edit here, or raise what the form would end with."""
        asked = origin(interaction)
        await self._service.check_place(asked)
        job = await self._service.visible_job(job_id, guild_id=asked.guild_id, member_id=asked.member_id)
        found = await self._sources.of_job(job, interaction.message)
        if not found.url and job.archive_key is None:
            raise BadReferenceError(PictureFault.NOT_KEPT)
        await self._service.check_consent(asked, [job.member_id])
        return job

    async def edit_job(
        self,
        interaction: discord.Interaction[Any],
        request: EditRequest,
        job_id: str,
    ) -> None:
        """Edit a finished picture."""
        job = await self._service.visible_job(job_id, guild_id=request.guild_id, member_id=request.member_id)
        found = await self._sources.of_job(job, interaction.message)
        await self._edit_found(interaction, request, [found])

    async def again(self, interaction: discord.Interaction[Any], request: AgainRequest) -> None:
        """Make another picture like one that is there, from what that one was made from."""
        with self._service.once(request):
            job = await self._service.repeatable_job(request)
            wish = self._service.like(job, request)
            if isinstance(wish, EditRequest):
                await self._run(interaction, wish, partial(self._references.anew, job), parent_id=job.id)
                return
            jobs = await in_time(interaction, self._service.admit(self._service.check(wish)))
            await self._cards.answer(interaction, jobs)

    async def _edit_found(
        self,
        interaction: discord.Interaction[Any],
        request: EditRequest,
        found: Sequence[FoundPicture],
    ) -> None:
        async def all_of_them() -> list[FoundPicture]:
            return list(found)

        await self._run(interaction, request, all_of_them)

    async def _run(
        self,
        interaction: discord.Interaction[Any],
        request: EditRequest,
        find: Callable[[], Awaitable[list[FoundPicture]]],
        *,
        parent_id: str | None = None,
    ) -> None:
        await self._service.check_place_and_words(request)
        # The answer takes a download and an upload, and the files given vanish while nobody asks for them.
        await interaction.response.defer(thinking=True)
        found = await find()
        pictures = await self._references.gather(found)
        # The card and the result show what it was made from.
        request = replace(request, spoiler=request.spoiler or any(each.spoiler for each in found))
        batch = self._service.check_edit(
            request,
            [picture.reference for picture in pictures],
            parent_id=parent_id or next((each.job_id for each in pictures if each.job_id), None),
        )
        await self._cards.answer(interaction, await self._service.admit(batch), pictures)
