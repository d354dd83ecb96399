"""Jobs brought into any state by the store's own operations."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from bot.jobs import Failure, FailureCause, Job, JobState, Rung
from tests.factories import NO_LIMITS, THREAD, batch_factory

if TYPE_CHECKING:
    from bot.store import Store
    from tests.clocks import FakeClock

LEASE: Final = timedelta(seconds=30)
LEASE_SECONDS: Final = 30
FAILURE: Final = Failure(cause=FailureCause.PROVIDER, code="E500", detail="it broke")


class Road:
    """Takes jobs along their way; `worker` is who holds the lease where a state needs one."""

    def __init__(self, store: Store, clock: FakeClock, *, worker: str = "worker-1") -> None:
        self.store = store
        self.clock = clock
        self.worker = worker

    async def queued(self, **fields: Any) -> Job:
        """Return a fresh job in the queue."""
        return (await self.store.admit(batch_factory(**fields), NO_LIMITS))[0]

    async def submitting(self, **fields: Any) -> Job:
        """Return a job whose request is being made."""
        job = await self.queued(**fields)
        claimed = await self.store.claim_submissions(
            owner=self.worker, lease=LEASE, at_most=100, per_member=100, in_flight_limit=100
        )
        return next(each for each in claimed if each.id == job.id)

    async def unconfirmed(self, **fields: Any) -> Job:
        """Return a job of which nobody knows whether the provider has it; its deadline is now."""
        job = await self.submitting(**fields)
        return await self.store.mark_unconfirmed(job, deadline=self.clock.now(), reason="no answer")

    async def running(self, **fields: Any) -> Job:
        """Return a job that the provider has and that is due to be looked at."""
        job = await self.submitting(**fields)
        return await self.store.mark_running(job, task_id=f"task-{job.id}", look_at=self.clock.now())

    async def looked_at(self, **fields: Any) -> Job:
        """Return a running job in the worker's hands."""
        job = await self.running(**fields)
        claimed = await self.store.claim_looks(owner=self.worker, lease=LEASE, at_most=100)
        return next(each for each in claimed if each.id == job.id)

    async def ready(self, **fields: Any) -> Job:
        """Return a finished job that waits to be fetched."""
        job = await self.looked_at(**fields)
        return await self.store.mark_ready(
            job, result_urls=["https://cdn.example/1.png"], cost_ms=None, completed_at=self.clock.now()
        )

    async def fetched(self, **fields: Any) -> Job:
        """Return a finished job in the worker's hands."""
        job = await self.ready(**fields)
        claimed = await self.store.claim_ready(owner=self.worker, lease=LEASE, at_most=100)
        return next(each for each in claimed if each.id == job.id)

    async def delivering(self, **fields: Any) -> Job:
        """Return a job that is being posted."""
        return await self.store.begin_delivery(await self.fetched(**fields))

    async def delivered(self, **fields: Any) -> Job:
        """Return a job whose picture was posted."""
        job = await self.delivering(**fields)
        return await self.store.mark_delivered(job, channel_id=THREAD, message_id=9, rung=Rung.THREAD)

    async def undeliverable(self, **fields: Any) -> Job:
        """Return a job that no place takes."""
        return await self.store.mark_undeliverable(await self.delivering(**fields), reason="no place")

    async def failed(self, **fields: Any) -> Job:
        """Return a job that ended without a picture."""
        return await self.store.fail(await self.queued(**fields), FAILURE)

    async def cancelled(self, **fields: Any) -> Job:
        """Return a job that was called off."""
        job = await self.queued(**fields)
        return await self.store.call_off(job.id, by=job.member_id, actor="member:1", reason="changed my mind")

    async def to(self, state: JobState, **fields: Any) -> Job:
        """Return a job in the state, by the name of the state."""
        job = await getattr(self, state.value)(**fields)
        assert isinstance(job, Job)
        assert job.state is state
        return job

    async def way(self, job: Job) -> list[str]:
        """Return a job's history as words: where it came from and went to."""
        return [
            f"{event.source.value if event.source else ''}>{event.target.value}"
            for event in await self.store.events(job.id)
        ]
