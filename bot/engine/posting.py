"""Puts messages where they belong, once each, and says by which rung of the ladder.

The ladder: the thread; the parent channel with a mention and a link (never for a private thread); a direct
message. What is known to be refused costs no request. discord.py already repeats what is worth repeating
and waits out rate limits, so a passing fault is only reported, and the caller's lease brings the job back.
"""

from __future__ import annotations

import io
import logging
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import discord

from bot.engine.faults import lost_answers, raise_if_passing
from bot.engine.ladder import direct_channel, server_rungs
from bot.engine.lookback import LookBack
from bot.engine.refusals import (
    NO_REPLY_WITHOUT_HISTORY,
    THREAD_ARCHIVED,
    THREAD_LOCKED,
    TOO_LARGE,
    UNKNOWN_CHANNEL,
    UNKNOWN_MESSAGE,
    Need,
)
from bot.errors import NowhereError, PictureError, PostponedError
from bot.images import fit
from bot.jobids import before_filename, picture_filename
from bot.jobs import Job, JobState, Rung
from bot.presentation.cards import PictureMessage, elsewhere_note, failure_notice, smaller_note

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from bot.engine.keeping import Original
    from bot.engine.reach import Reach
    from bot.engine.workplace import Workplace
    from bot.presentation.wording import Catalogue

log = logging.getLogger(__name__)

#: How long the bot's return to a server is waited for before the ladder goes on without it.
PATIENCE: Final = timedelta(hours=24)
_SHORTEST_WAIT: Final = timedelta(seconds=2)
_LONGEST_WAIT: Final = timedelta(hours=1)
#: Each wait for the bot's return is this share of the time waited so far.
_GROWTH: Final = 0.25
_CLOSED: Final = frozenset({THREAD_ARCHIVED, THREAD_LOCKED})
_CONTENT_TOO_LARGE: Final = 413
#: How often a picture is made smaller because Discord takes less than it said.
_SHRINKS: Final = 2
_DEFAULT_LIMIT: Final = discord.utils.DEFAULT_FILE_SIZE_LIMIT_BYTES


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """Where a message went; `code` is Discord's for the refusal that led to a lower rung, if any.

    `message_id` is None if the message was there and somebody has deleted it since.
    """

    channel_id: int
    message_id: int | None
    rung: Rung
    code: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Try:
    """One try on one rung.

    `code` is why not on the rung above and `first_code` why not on the first one, `limit` how many bytes a
    file may have here. A direct message has no `channel_id`.
    """

    job: Job
    need: Need
    rung: Rung
    limit: int
    channel_id: int | None = None
    code: int | None = None
    first_code: int | None = None
    reply: bool = False
    reopened: bool = False
    shrinks: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Draft:
    """What is passed to discord.py, and the size of its file in bytes."""

    fields: dict[str, Any]
    size: int = 0


_Compose: TypeAlias = "Callable[[_Try], Awaitable[_Draft]]"


class Poster:
    """Posts pictures and notices with the bot's own token, which does not run out."""

    def __init__(
        self,
        workplace: Workplace,
        *,
        client: discord.Client,
        reach: Reach,
        catalogue: Catalogue,
    ) -> None:
        self._at = workplace
        self._client = client
        self._reach = reach
        self._catalogue = catalogue
        self._look_back = LookBack(client=client, reach=reach, metrics=workplace.metrics)

    async def post_picture(self, job: Job, picture: Original, before: Sequence[bytes] = ()) -> Posted:
        """Post the finished picture, made smaller where the place takes less, beside what it was made from.

        Raises `PostponedError` for a passing fault, `NowhereError` if no place takes it.
        """
        names = [before_filename(job.batch_id, index, ".jpg") for index in range(len(before))]

        async def compose(attempt: _Try) -> _Draft:
            data, info = await fit(picture.data, picture.info, limit=attempt.limit)
            message = PictureMessage(
                self._catalogue,
                job,
                filename=picture_filename(job.id, info.suffix),
                before=names,
                note=self._note(attempt),
                remark=""
                if data is picture.data
                else smaller_note(self._catalogue, job, self._at.clock.now()),
                in_server=attempt.rung is not Rung.DIRECT,
            )
            files = [(data, picture_filename(job.id, info.suffix)), *zip(before, names, strict=True)]
            fields = {
                "view": message,
                "files": [discord.File(io.BytesIO(each), filename=name) for each, name in files],
            }
            return _Draft(fields=fields, size=info.size)

        return await self._climb_down(job, Need.PICTURE, compose)

    async def post_failure(self, job: Job, sentence: str) -> Posted:
        """Tell the member why there is no picture; raises as `post_picture` does."""

        async def compose(attempt: _Try) -> _Draft:
            notice = failure_notice(job, sentence, note=self._note(attempt))
            return _Draft(fields={"content": notice, "suppress_embeds": True})

        return await self._climb_down(job, Need.NOTICE, compose)

    async def find_posted(self, job: Job) -> Posted | None:
        """Return the message that an interrupted delivery posted for this job, if there is one.

        Raises `PostponedError` for a passing fault.
        """
        found = await self._look_back.find(job)
        if found is None:
            return None
        return Posted(
            channel_id=found.channel_id,
            message_id=found.message_id,
            rung=found.rung,
            code=job.discord_code,
        )

    def _note(self, attempt: _Try) -> str:
        if attempt.first_code is None:
            return ""
        return elsewhere_note(self._catalogue, attempt.job, gone=attempt.first_code == UNKNOWN_CHANNEL)

    async def _climb_down(self, job: Job, need: Need, compose: _Compose) -> Posted:
        self._be_patient(job)
        code: int | None = None
        first_code: int | None = None
        for rung, channel_id in server_rungs(job):
            known = self._reach.refusal(job, channel_id, need)
            if known is not None:
                code = known
            else:
                attempt = _Try(
                    job=job,
                    need=need,
                    rung=rung,
                    limit=self._limit(job),
                    channel_id=channel_id,
                    code=code,
                    first_code=first_code,
                    reply=rung is Rung.CHANNEL and self._may_reply(job),
                )
                outcome = await self._attempt(attempt, compose)
                if isinstance(outcome, Posted):
                    return outcome
                if await self._reach.has_left(job, outcome):
                    self._be_patient(job)
                code = outcome
            first_code = code if first_code is None else first_code
        return await self._post_directly(
            _Try(
                job=job, need=need, rung=Rung.DIRECT, limit=_DEFAULT_LIMIT, code=code, first_code=first_code
            ),
            compose,
        )

    async def _post_directly(self, attempt: _Try, compose: _Compose) -> Posted:
        outcome: Posted | int | None = self._reach.direct_refusal(attempt.job.member_id, attempt.need)
        if outcome is None:
            outcome = await self._attempt(attempt, compose)
        if isinstance(outcome, Posted):
            return outcome
        raise NowhereError(outcome)

    def _be_patient(self, job: Job) -> None:
        """Raise `PostponedError` while the bot is not in the job's server and may still come back."""
        if not self._reach.is_away(job.guild_id):
            return
        waited = self._at.clock.now() - (job.finished_at or job.completed_at or job.created_at)
        if waited < PATIENCE:
            self._reach.wait_for(job.guild_id)
            wait = min(max(waited * _GROWTH, _SHORTEST_WAIT), _LONGEST_WAIT)
            message = "the bot is not in the server at the moment"
            raise PostponedError(message, retry_after=wait.total_seconds())

    def _limit(self, job: Job) -> int:
        """Return how many bytes a file may have in the job's server."""
        guild = self._client.get_guild(job.guild_id) if job.guild_id else None
        return guild.filesize_limit if guild else _DEFAULT_LIMIT

    def _may_reply(self, job: Job) -> bool:
        on_the_card = job.card is not None and job.card.channel_id == job.channel_id
        return on_the_card and self._reach.refusal(job, job.channel_id, Need.HISTORY) is None

    async def _attempt(self, attempt: _Try, compose: _Compose) -> Posted | int:
        """Post on one rung; return Discord's code for a refusal that no other try would change."""
        job = attempt.job
        if attempt.code is not None and job.state is JobState.DELIVERING:
            await self._at.store.step_down(job, rung=attempt.rung, discord_code=attempt.code)
        while True:
            try:
                draft = await compose(attempt)
            except PictureError as error:
                log.info("The picture of job %s fits nowhere on rung %s: %s", job.id, attempt.rung, error)
                return TOO_LARGE
            try:
                return await self._send(attempt, draft.fields)
            except discord.HTTPException as error:
                self._at.metrics.discord_error(error.code)
                raise_if_passing(error)
                remedied = await self._remedied(attempt, error, size=draft.size)
                if remedied is None:
                    await self._refused(attempt, error)
                    return error.code
                attempt = remedied

    async def _send(self, attempt: _Try, fields: dict[str, Any]) -> Posted:
        """Send with the job's id as nonce, so that Discord itself refuses a second copy for some minutes."""
        job = attempt.job
        channel = await self._channel(attempt)
        if attempt.reply and job.card:
            fields["reference"] = discord.MessageReference(
                message_id=job.card.message_id,
                channel_id=job.card.channel_id,
                fail_if_not_exists=False,
            )
        only_its_member = discord.AllowedMentions(
            everyone=False,
            roles=False,
            replied_user=False,
            users=[discord.Object(job.member_id)],
        )
        try:
            with lost_answers(doubtful=True):
                sent = await channel.send(nonce=job.id, allowed_mentions=only_its_member, **fields)
        except discord.NotFound as error:
            if error.code == UNKNOWN_MESSAGE:
                return Posted(channel_id=channel.id, message_id=None, rung=attempt.rung, code=error.code)
            raise
        self._at.metrics.delivery(attempt.rung.value)
        return Posted(channel_id=channel.id, message_id=sent.id, rung=attempt.rung, code=attempt.code)

    async def _channel(self, attempt: _Try) -> discord.PartialMessageable | discord.DMChannel:
        if attempt.channel_id is None:
            return await direct_channel(self._client, attempt.job)
        return self._client.get_partial_messageable(attempt.channel_id, guild_id=attempt.job.guild_id)

    async def _refused(self, attempt: _Try, error: discord.HTTPException) -> None:
        """Take note of a refusal that nothing helped against."""
        if attempt.channel_id is None:
            self._reach.refused_direct(attempt.job.member_id, attempt.need, error)
            return
        self._reach.refused(attempt.job, attempt.channel_id, attempt.need, error)
        if error.code == UNKNOWN_CHANNEL and attempt.rung is Rung.THREAD:
            # The bot may not have been connected when it was deleted.
            await self._at.store.forget_studio(attempt.channel_id)

    async def _remedied(self, attempt: _Try, error: discord.HTTPException, *, size: int) -> _Try | None:
        """Return how to try again on the same rung, or None if nothing helps."""
        if error.code == NO_REPLY_WITHOUT_HISTORY and attempt.reply and attempt.channel_id:
            self._reach.refused(attempt.job, attempt.channel_id, Need.HISTORY, error)
            return replace(attempt, reply=False)
        if error.code == TOO_LARGE or error.status == _CONTENT_TOO_LARGE:
            return _smaller(attempt, size)
        if error.code in _CLOSED and attempt.rung is Rung.THREAD and not attempt.reopened:
            return replace(attempt, reopened=True) if await self._reopened(attempt) else None
        return None

    async def _reopened(self, attempt: _Try) -> bool:
        """Open a closed thread if the bot may; a lock stays, for whoever manages threads may write in it."""
        if attempt.channel_id is None or not self._reach.manages_threads(attempt.job):
            return False
        try:
            with lost_answers():
                thread = await self._client.fetch_channel(attempt.channel_id)
                if isinstance(thread, discord.Thread):
                    await thread.edit(archived=False)
        except discord.HTTPException as error:
            self._at.metrics.discord_error(error.code)
            log.info("Thread %d could not be opened: %s", attempt.channel_id, error)
            return False
        return True


def _smaller(attempt: _Try, size: int) -> _Try | None:
    """Return a try with a smaller file than the refused one of `size` bytes.

    The server may take less than it did when it was asked for its limit.
    """
    if attempt.need is not Need.PICTURE or attempt.shrinks == _SHRINKS:
        return None
    limit = _DEFAULT_LIMIT if size > _DEFAULT_LIMIT else size // 2
    return replace(attempt, limit=limit, shrinks=attempt.shrinks + 1)
