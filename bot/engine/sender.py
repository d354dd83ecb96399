"""Makes the request of one job and hands it to the provider, with addresses of its references that last.

`image_urls` is a list, but some routes of the model take one picture only. They refuse more with a 400, for
which nothing is billed: the first picture is then sent alone. When a job is sent, and what becomes of it,
is the submitter's business.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final, Protocol

from bot.errors import TaskRefusedError
from bot.jobs import FailureCause
from bot.provider.client import TaskRequest

if TYPE_CHECKING:
    from datetime import datetime

    from bot.clock import Clock
    from bot.engine.callbacks import CallbackAddresses
    from bot.jobs import Job
    from bot.provider.client import ApixoClient

log = logging.getLogger(__name__)

#: How long the provider gets one reference at a time after it refused several.
_ONE_FOR: Final = timedelta(days=1)


class ReferenceAddresses(Protocol):
    """Anything that knows where the provider can fetch a job's references now."""

    async def fresh_urls(self, job: Job) -> tuple[str, ...]:
        """Return the addresses; `ReferenceGoneError` or `PostponedError` if there are none."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A task that the provider accepted; `references` is how many it got, None if that is all of them."""

    task_id: str
    references: int | None = None


class Sender:
    """Knows what a request is made of, and whether the provider takes several references.

    The latter is only in memory: what a restart forgets costs one more refused request.
    """

    def __init__(
        self,
        *,
        provider: ApixoClient,
        addresses: CallbackAddresses | None,
        references: ReferenceAddresses,
        clock: Clock,
    ) -> None:
        self._provider = provider
        self._addresses = addresses
        self._references = references
        self._clock = clock
        self._one_until: datetime | None = None

    async def send(self, job: Job, *, era: int | None) -> Sent:
        """Hand a job in; raises what the provider's client raises, and what `fresh_urls` does."""
        if not job.references:
            return Sent(task_id=await self._provider.submit(self._request(job, ()), era=era))
        urls = await self._references.fresh_urls(job)
        takes_one = self._one_until is not None and self._clock.now() < self._one_until
        if len(urls) == 1 or not takes_one:
            try:
                return Sent(task_id=await self._provider.submit(self._request(job, urls), era=era))
            except TaskRefusedError as error:
                if len(urls) == 1 or not _may_be_the_number(error):
                    raise
                era = None
        task_id = await self._provider.submit(self._request(job, urls[:1]), era=era)
        if not takes_one:
            log.warning("The image service refused several references; for a day it gets one at a time")
            self._one_until = self._clock.now() + _ONE_FOR
        return Sent(task_id=task_id, references=1)

    def _request(self, job: Job, urls: tuple[str, ...]) -> TaskRequest:
        return TaskRequest(
            mode=job.mode,
            prompt=job.prompt,
            aspect_ratio=job.aspect_ratio,
            output_format=job.output_format,
            image_urls=urls,
            callback_url=self._addresses.of(job.id) if self._addresses else None,
        )


def _may_be_the_number(error: TaskRefusedError) -> bool:
    """Whether a request may have been refused for having several pictures, not for what it says."""
    speaks_of_words = error.cause in {FailureCause.CONTENT, FailureCause.PROMPT}
    return "400" in {str(error.status), error.code} and not speaks_of_words
