"""Whether requests may be sent to the provider at this moment, and why not: for all processes together.

A bad key, an empty account or a run of failures pauses sending. After a pause that doubles, one process
asks something free, then requests go out one at a time on trial, and the first that works ends it. The
pause is in the store, so nobody else goes on hammering and a restart neither forgets it nor tells it again.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Final, Protocol

from bot.errors import (
    BalanceError,
    OperatorError,
    ProviderBusyError,
    ProviderError,
    ProviderHeldError,
    ProviderUnreachableError,
    StoreError,
)
from bot.jobs import FailureCause, WaitReason
from bot.store.pause import Pause, PauseReason, ProviderCall

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime
    from decimal import Decimal

    from bot.clock import Clock
    from bot.metrics import Metrics

log = logging.getLogger(__name__)

#: So many failures of one call without a success between them, within this time, are an outage.
FAILURES: Final = 5
FAILURE_WINDOW: Final = timedelta(minutes=1)
LONGEST_PAUSE: Final = timedelta(minutes=5)
_FIRST_PAUSE: Final = {
    PauseReason.KEY: timedelta(seconds=15),
    PauseReason.BALANCE: timedelta(seconds=15),
    PauseReason.BUSY: timedelta(seconds=2),
    PauseReason.OUTAGE: timedelta(seconds=5),
}
#: When a job whose request was not taken, without a pause for everybody, may be tried again.
_RETRY: Final = timedelta(seconds=2)
#: How long one process has the right to probe before another may.
_PROBE_LEASE: Final = timedelta(minutes=1)
_PROBE_SECONDS: Final = 10.0
#: After so many failed probes the free question is not believed any more: it may be broken by itself.
_BELIEVED: Final = 5
_CAUSES: Final = {
    PauseReason.KEY: FailureCause.ACCESS,
    PauseReason.BALANCE: FailureCause.BALANCE,
    PauseReason.BUSY: FailureCause.PROVIDER,
    PauseReason.OUTAGE: FailureCause.PROVIDER,
}
_HOW_TO_MEND: Final = {
    PauseReason.KEY: "APIXO_API_KEY is refused; check the key",
    PauseReason.BALANCE: "the APIXO account has no credit left; top it up",
    PauseReason.BUSY: "the image service asks to come back later",
    PauseReason.OUTAGE: "the image service fails or cannot be reached",
}


class SharedPause(Protocol):
    """Where the pause is kept for all processes; the store."""

    async def service_pause(self) -> Pause | None:
        """Return the pause, None while everything is sent."""
        ...

    async def change_service_pause(
        self, change: Callable[[Pause | None], Pause | None]
    ) -> tuple[Pause | None, Pause | None]:
        """Put what `change` makes of it in its place, alone; return both, the old one first."""
        ...


class Gate:
    """Open, closed until a moment for a reason, or on trial.

    What the properties say is as of the last `refresh`, which the submitter calls every few seconds.
    `balance` is the free question: it raises `ProviderError`, or returns None where it says nothing.
    """

    def __init__(
        self,
        *,
        store: SharedPause,
        balance: Callable[[], Awaitable[Decimal | None]],
        clock: Clock,
        metrics: Metrics,
    ) -> None:
        self._store = store
        self._balance = balance
        self._clock = clock
        self._metrics = metrics
        self._pause: Pause | None = None
        self._fresh = True
        #: Of each call: when the run of failures began, and how many there are.
        self._runs: dict[ProviderCall, tuple[datetime, int]] = {}

    @property
    def paused_since(self) -> datetime | None:
        """Since when sending is paused or on trial; None while nothing holds it back."""
        return self._pause.since if self._pause else None

    @property
    def reason(self) -> WaitReason | None:
        """Why jobs wait, or None while they do not: open, or on trial."""
        if self._pause is None or self._pause.is_trial:
            return None
        return WaitReason.SERVICE_PAUSED if self._pause.reason.is_operators else WaitReason.SERVICE_BUSY

    @property
    def cause(self) -> FailureCause:
        """What to say of a job that waited until its deadline."""
        return _CAUSES[self._pause.reason] if self._pause else FailureCause.PROVIDER

    @property
    def reopens_at(self) -> datetime | None:
        """When the next probe is due; None while requests may be sent."""
        return self._clock.now() + self._left() if self._pause and not self._pause.is_trial else None

    @property
    def looks_held(self) -> timedelta:
        """How long no task is to be looked at: nothing while that call is not concerned."""
        pause = self._pause
        if pause is None or not (pause.call is ProviderCall.LOOK or pause.reason is PauseReason.KEY):
            return timedelta()
        return self._left()

    def room(self, free: int, *, in_hand: int, call: ProviderCall = ProviderCall.SUBMIT) -> int:
        """Return how many of `free` requests may be sent beside those in hand: all, one on trial, or none."""
        if self._pause is None or (call is ProviderCall.LOOK and self._pause.call is not call):
            return free
        if not self._pause.is_trial:
            # Looks are taken up all the same: they are put off one by one, or end at their deadline.
            return free if call is ProviderCall.LOOK else 0
        return min(free, 1) if in_hand == 0 else 0

    async def refresh(self) -> None:
        """Take in what all processes know, and probe if that is due and nobody else does it.

        The first refresh of a process probes at once where the operator had to act: a new start is
        usually the answer to that.
        """
        self._take_in(await self._store.service_pause())
        fresh, self._fresh = self._fresh, False
        pause = self._pause
        if pause is None or pause.is_trial:
            return
        if fresh:
            log.info(
                "Sending is still paused since %s: %s", f"{pause.since:%F %T} UTC", _HOW_TO_MEND[pause.reason]
            )
        at_once = fresh and pause.reason.is_operators
        if not at_once and self._left():
            return
        claim = partial(_claimed, now=self._clock.now(), at_once=at_once)
        before, after = await self._store.change_service_pause(claim)
        self._take_in(after)
        if after is not None and after != before:
            await self._probe(after)

    async def failed(self, error: ProviderError, call: ProviderCall) -> datetime:
        """Take in that a request was not answered well; return when the same one may be tried again."""
        now = self._clock.now()
        after = timedelta(seconds=error.retry_after) if error.retry_after else _RETRY
        if isinstance(error, ProviderHeldError):
            return now + after
        if not self._is_enough(error, call, now):
            return now + _RETRY
        reason = _reason_of(error)
        if isinstance(error, ProviderUnreachableError):
            # No call gets through to a service that cannot be reached, so any that does ends it.
            call = ProviderCall.LOOK
        elif reason is PauseReason.BALANCE:
            call = ProviderCall.SUBMIT
        change = partial(
            _closed,
            reason=reason,
            call=call,
            now=now,
            at_least=after if error.retry_after else timedelta(),
        )
        await self._close(change, error)
        return now

    async def succeeded(self, call: ProviderCall, *, accepted: bool = True) -> None:
        """Take in that the service answered well; `accepted` is False if it refused for what was in it."""
        self._runs.pop(call, None)
        if self._pause is None or not self._pause.is_trial:
            return
        before, after = await self._change(partial(_opened, call=call, accepted=accepted))
        if before and not after:
            log.info("The image service accepts tasks again")

    def _left(self) -> timedelta:
        return self._pause.left(self._clock.now()) if self._pause else timedelta()

    def _take_in(self, pause: Pause | None) -> None:
        self._pause = pause
        self._metrics.provider_paused(pause.reason if pause and not pause.is_trial else None)

    def _is_enough(self, error: ProviderError, call: ProviderCall, now: datetime) -> bool:
        """Whether this failure is a reason to pause for everybody: a verdict, a wish, or one of a run."""
        if isinstance(error, OperatorError):
            return True
        if call is ProviderCall.SUBMIT and isinstance(error, ProviderBusyError) and error.retry_after:
            return True
        began, count = self._runs.get(call, (now, 0))
        if not timedelta() <= now - began <= FAILURE_WINDOW:
            began, count = now, 0
        self._runs[call] = (began, count + 1)
        pause = self._pause
        on_trial = pause is not None and pause.is_trial and not pause.reason.is_operators
        return count + 1 >= FAILURES or (
            on_trial and pause is not None and pause.call in {call, ProviderCall.LOOK}
        )

    async def _change(
        self, change: Callable[[Pause | None], Pause | None]
    ) -> tuple[Pause | None, Pause | None]:
        """Change the pause for all processes, or for this one alone if the store refuses.

        What became of a request must not be lost because the pause could not be written down.
        """
        try:
            before, after = await self._store.change_service_pause(change)
        except StoreError as error:
            log.warning("The pause of sending could not be written down: %s", error)
            before, after = self._pause, change(self._pause)
        self._take_in(after)
        return before, after

    async def _close(self, change: Callable[[Pause | None], Pause], error: object) -> None:
        before, after = await self._change(change)
        if after and (before is None or before.reason is not after.reason):
            self._runs.clear()
            level = {PauseReason.BUSY: logging.INFO, PauseReason.OUTAGE: logging.WARNING}
            log.log(
                level.get(after.reason, logging.ERROR),
                "Sending is paused: %s (%s)",
                _HOW_TO_MEND[after.reason],
                error,
            )

    async def _probe(self, pause: Pause) -> None:
        """Ask what costs nothing; if it does not speak against it, let single requests try."""
        against = await self._speaks_against(pause)
        if against and pause.failed_probes < _BELIEVED:
            change = partial(
                _closed,
                reason=pause.reason,
                call=pause.call,
                now=self._clock.now(),
                at_least=timedelta(),
                probed=True,
            )
            await self._close(change, against)
            return
        await self._change(_on_trial)

    async def _speaks_against(self, pause: Pause) -> str:
        """Return what says that it is still as it was; empty if nothing does."""
        if pause.reason is PauseReason.BUSY:
            return ""
        try:
            async with asyncio.timeout(_PROBE_SECONDS):
                balance = await self._balance()
        except ProviderError as error:
            return str(error) or type(error).__name__
        except TimeoutError:
            return "no answer in time"
        if pause.reason is PauseReason.BALANCE and balance is not None and balance <= 0:
            return f"the balance is {balance:.2f} USD"
        return ""


def how_to_mend(reason: PauseReason) -> str:
    """Return what to tell the operator of a pause, as half a sentence."""
    return _HOW_TO_MEND[reason]


def _reason_of(error: ProviderError) -> PauseReason:
    if isinstance(error, BalanceError):
        return PauseReason.BALANCE
    if isinstance(error, OperatorError):
        return PauseReason.KEY
    if isinstance(error, ProviderBusyError) and "503" not in {str(error.status), error.code}:
        return PauseReason.BUSY
    return PauseReason.OUTAGE


def _closed(
    before: Pause | None,
    *,
    reason: PauseReason,
    call: ProviderCall,
    now: datetime,
    at_least: timedelta,
    probed: bool = False,
) -> Pause:
    """Return the pause after a reason for one; requests that were under way when it began change little."""
    first = Pause(
        reason=reason,
        call=call,
        since=now,
        closed_at=now,
        reopens_at=now + max(_FIRST_PAUSE[reason], at_least),
    )
    if before is None:
        return first
    if before.reason is not reason:
        under_way = not before.is_trial and before.reason.is_operators and not reason.is_operators
        return before if under_way else first
    if before.reopens_at is not None and not probed:
        return replace(
            before,
            call=ProviderCall.LOOK if call is ProviderCall.LOOK else before.call,
            reopens_at=max(before.reopens_at, now + at_least),
        )
    failed = before.failed_probes + 1
    pause = min(_FIRST_PAUSE[reason] * 2 ** min(failed, 16), LONGEST_PAUSE)
    return replace(before, closed_at=now, reopens_at=now + max(pause, at_least), failed_probes=failed)


def _claimed(before: Pause | None, *, now: datetime, at_once: bool) -> Pause | None:
    """Return the pause with the right to probe taken, or as it was if there is nothing to probe."""
    if before is None or before.is_trial or (before.left(now) and not at_once):
        return before
    return replace(before, closed_at=now, reopens_at=now + _PROBE_LEASE)


def _on_trial(before: Pause | None) -> Pause | None:
    return replace(before, reopens_at=None) if before else None


def _opened(before: Pause | None, *, call: ProviderCall, accepted: bool) -> Pause | None:
    """Return nothing if a request that worked proves that the pause is over, else the pause."""
    if before is None or not before.is_trial:
        return before
    if call is not ProviderCall.SUBMIT and before.call is ProviderCall.SUBMIT:
        return before
    return before if before.reason.is_operators and not accepted else None
