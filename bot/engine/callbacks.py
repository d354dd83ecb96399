"""Callbacks of the provider: their signed addresses, and what a body may change.

An address is unguessable without the secret and good for one job only. A body is believed for its own job
alone and only if it names the task that the job has, or binds the first one that an unconfirmed job gets.
Nothing is signed by the provider itself, so polling stays as the net.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
from typing import TYPE_CHECKING

from bot.errors import ProviderError, StaleJobError, UnknownJobError
from bot.jobs import JobState
from bot.provider.client import parse_callback

if TYPE_CHECKING:
    from bot.engine.cadence import Cadence
    from bot.engine.poller import Poller
    from bot.engine.workplace import Workplace
    from bot.experience import Experience
    from bot.jobs import Job
    from bot.provider.client import TaskStatus

log = logging.getLogger(__name__)

_AWAITING_TASK = frozenset({JobState.SUBMITTING, JobState.UNCONFIRMED})


class CallbackAddresses:
    """Makes and checks the signed address of each job."""

    def __init__(self, public_url: str, secret: str) -> None:
        self._public_url = public_url
        self._secret = secret.encode()

    def of(self, job_id: str) -> str:
        """Return the address that the provider calls for this job."""
        return f"{self._public_url}/callbacks/{job_id}/{self._sign(job_id)}"

    def is_genuine(self, job_id: str, signature: str) -> bool:
        """Whether the signature was made by `of`, compared in constant time."""
        return hmac.compare_digest(self._sign(job_id).encode(), signature.encode())

    def _sign(self, job_id: str) -> str:
        return hmac.new(self._secret, job_id.encode(), hashlib.sha256).hexdigest()


class Callbacks:
    """Takes in what the provider posts."""

    def __init__(
        self,
        workplace: Workplace,
        *,
        addresses: CallbackAddresses,
        poller: Poller,
        cadence: Cadence,
        experience: Experience,
    ) -> None:
        self._at = workplace
        self._addresses = addresses
        self._poller = poller
        self._cadence = cadence
        self._experience = experience

    async def accept(self, job_id: str, signature: str, body: bytes) -> bool:
        """Take in one callback; False if the address is forged or unknown, and then nothing changed.

        What it tells is in the database when this returns True, so an answer of 200 loses nothing.
        """
        if not self._addresses.is_genuine(job_id, signature):
            return False
        try:
            job = await self._at.store.job(job_id)
        except UnknownJobError:
            return False
        try:
            await self._take_in(job, parse_callback(body))
        except ProviderError as error:
            log.warning("The callback for job %s makes no sense: %s", job_id, error)
        except StaleJobError:
            log.debug("The callback for job %s came after somebody else had seen its end", job_id)
        return True

    async def _take_in(self, job: Job, status: TaskStatus) -> None:
        if job.state in _AWAITING_TASK:
            outlook = await self._experience.outlook(job)
            look_at = self._cadence.first_look(self._at.clock.now(), outlook)
            job = await self._at.store.mark_running(job, task_id=status.task_id, look_at=look_at)
            self._at.signals.wake(JobState.RUNNING)
        if job.state is not JobState.RUNNING:
            return
        if status.task_id != job.task_id:
            log.warning("A callback for job %s names another task; ignored", job.id)
            return
        await self._poller.settle(job, status)
