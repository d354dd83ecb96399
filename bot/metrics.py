"""The numbers an operator watches, in a registry of their own.

The rest of the bot calls the named methods; only this file knows the names and labels of the metrics.
Labels come from closed sets, never from members, prompts or job ids.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    generate_latest,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

#: Upper bounds in seconds; a picture takes half a minute, a bad day takes an hour.
_LONG: Final = (0.25, 0.5, 1, 2, 5, 10, 20, 30, 45, 60, 90, 120, 300, 900, 3600)
_LOOKS: Final = (0, 1, 2, 3, 5, 8, 13, 21, 34, 100, 500)
_SHORT: Final = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)


class Metrics:
    """One bot's counters, gauges and histograms."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._pause_reason: str | None = None
        ProcessCollector(registry=self._registry)
        PlatformCollector(registry=self._registry)
        self._add_jobs(self._registry)
        self._add_neighbours(self._registry)
        self._add_loops(self._registry)

    def _add_jobs(self, registry: CollectorRegistry) -> None:
        self._finished = Counter(
            "easel_jobs_finished",
            "Jobs that ended, by their final state and the cause of a failure.",
            ["state", "cause"],
            registry=registry,
        )
        self._deliveries = Counter(
            "easel_deliveries",
            "Pictures posted: in the thread, the channel or a direct message.",
            ["rung"],
            registry=registry,
        )
        self._lateness = Histogram(
            "easel_delivery_lateness_seconds",
            "From the provider's completion of a picture to the picture in its thread.",
            buckets=_LONG,
            registry=registry,
        )
        self._seen = Histogram(
            "easel_completion_seen_seconds",
            "From the provider's completion of a picture to the bot's knowing of it.",
            buckets=_LONG,
            registry=registry,
        )
        self._jobs = Gauge(
            "easel_jobs",
            "Jobs that are not at their end.",
            ["state"],
            registry=registry,
        )
        self._looks = Histogram(
            "easel_job_looks",
            "How often this process looked at a task until its end; 0 where a callback told it.",
            buckets=_LOOKS,
            registry=registry,
        )
        self._repeats = Counter(
            "easel_submissions_repeated",
            "Jobs that went back to the queue because their request did nothing.",
            registry=registry,
        )
        self._stages = Histogram(
            "easel_stage_seconds",
            "How long jobs were in the state that they left.",
            ["stage"],
            buckets=_LONG,
            registry=registry,
        )

    def _add_neighbours(self, registry: CollectorRegistry) -> None:
        self._requests = Counter(
            "easel_provider_requests",
            "Requests to the image service (submit, look, balance), and how they ended: "
            "ok, unreachable, busy, timeout, fault, key, balance, refused, missing.",
            ["operation", "outcome"],
            registry=registry,
        )
        self._request_seconds = Histogram(
            "easel_provider_request_seconds",
            "How long requests to the image service took, without the wait for the budget.",
            ["operation"],
            buckets=_SHORT,
            registry=registry,
        )
        self._paused = Gauge(
            "easel_provider_paused",
            "1 while nothing is sent: the key, the balance or the service itself refuses.",
            registry=registry,
        )
        self._pause_reasons = Gauge(
            "easel_provider_pause",
            "1 for the reason for which nothing is sent, 0 for those of earlier pauses.",
            ["reason"],
            registry=registry,
        )
        self._pace = Gauge(
            "easel_provider_pace",
            "The share of the request budget in use: 1 until the service refuses too much.",
            registry=registry,
        )
        self._pace.set(1)
        self._granted = Counter(
            "easel_provider_requests_granted",
            "Requests that this process took out of the account's budget.",
            registry=registry,
        )
        self._discord_errors = Counter(
            "easel_discord_errors",
            "Errors that Discord answered, by its own code; 0 where it gave none.",
            ["code"],
            registry=registry,
        )

        self._picture_errors = Counter(
            "easel_picture_errors",
            "Finished pictures that could not be fetched: passing, missing, or refused for what they are.",
            ["kind"],
            registry=registry,
        )
        self._archive = Counter(
            "easel_archive_operations",
            "What was done with the archive of pictures (keep, fetch, remove, list), and how it ended.",
            ["operation", "outcome"],
            registry=registry,
        )

    def _add_loops(self, registry: CollectorRegistry) -> None:
        self._loop_errors = Counter(
            "easel_loop_errors",
            "Turns of a background loop, or its steps with single jobs, that failed.",
            ["loop"],
            registry=registry,
        )
        self._loop_turns = Gauge(
            "easel_loop_last_turn_timestamp_seconds",
            "When a background loop last finished a turn.",
            ["loop"],
            registry=registry,
        )
        self._log_lines = Counter(
            "easel_log_lines",
            "Acts of moderators for the log channels of their servers: told, refused (the channel takes "
            "nothing), failed (a passing fault), or left (given up after a week).",
            ["outcome"],
            registry=registry,
        )
        self._standing = Gauge(
            "easel_loops_standing_still",
            "How many background loops have finished no turn for a minute.",
            registry=registry,
        )

    def job_finished(self, state: str, cause: str | None = None) -> None:
        """Count a job that reached a final state; `cause` only for a failure."""
        self._finished.labels(state, cause or "").inc()

    def jobs(self, counts: Mapping[str, int]) -> None:
        """Say how many jobs are in each state."""
        for state, count in counts.items():
            self._jobs.labels(state).set(count)

    def submission_repeated(self) -> None:
        """Count a job whose request did nothing and that is sent again."""
        self._repeats.inc()

    def looked(self, times: int) -> None:
        """Note how often a task was looked at until its end."""
        self._looks.observe(times)

    def seen_after(self, seconds: float) -> None:
        """Note how long after a picture's completion the bot knew of it."""
        self._seen.observe(max(seconds, 0.0))

    def picture_error(self, kind: str) -> None:
        """Count a finished picture that could not be fetched; `kind` is passing, missing or refused."""
        self._picture_errors.labels(kind).inc()

    def provider_request(self, operation: str, outcome: str, seconds: float) -> None:
        """Count one request to the image service and how long it took."""
        self._requests.labels(operation, outcome).inc()
        self._request_seconds.labels(operation).observe(max(seconds, 0.0))

    def provider_paused(self, reason: str | None) -> None:
        """Say why sending is paused, None while it is not."""
        self._paused.set(1 if reason else 0)
        if self._pause_reason:
            self._pause_reasons.labels(self._pause_reason).set(0)
        if reason:
            self._pause_reasons.labels(reason).set(1)
        self._pause_reason = reason

    def provider_pace(self, share: float, *, granted: int = 0) -> None:
        """Note the account's pace, a share of its limit, and count requests granted to this process."""
        self._pace.set(share)
        self._granted.inc(granted)

    def delivery(self, rung: str) -> None:
        """Count a picture posted on this step of the ladder."""
        self._deliveries.labels(rung).inc()

    def discord_error(self, code: int) -> None:
        """Count an error answer of Discord by its JSON code; 0 where it gave none."""
        self._discord_errors.labels(str(code)).inc()

    def log_line(self, outcome: str, count: int = 1) -> None:
        """Count acts for a log channel; `outcome` is told, refused, failed or left."""
        self._log_lines.labels(outcome).inc(count)

    def archive(self, operation: str, outcome: str) -> None:
        """Count an operation of the archive; `outcome` is ok, failed, missing or skipped."""
        self._archive.labels(operation, outcome).inc()

    def loop_error(self, name: str) -> None:
        """Count a failed turn of the loop `name`."""
        self._loop_errors.labels(name).inc()

    def loop_turn(self, name: str, at: datetime) -> None:
        """Note when the loop `name` finished a turn."""
        self._loop_turns.labels(name).set(at.timestamp())

    def watch_loops(self, standing_still: Callable[[], Sequence[str]]) -> None:
        """Have the loops that stand still counted whenever somebody reads the figures."""
        self._standing.set_function(lambda: len(standing_still()))

    def lateness(self, seconds: float) -> None:
        """Note how long a finished picture took to reach its thread."""
        self._lateness.observe(max(seconds, 0.0))

    def stage_seconds(self, stage: str, seconds: float) -> None:
        """Note how long a job spent in `stage`."""
        self._stages.labels(stage).observe(max(seconds, 0.0))

    def render(self) -> bytes:
        """Return all of it in the text format that Prometheus reads."""
        return generate_latest(self._registry)
