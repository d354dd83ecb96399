"""What a run of chaos does, chosen by its seed: who asks for what, when the bot is killed, what is spoilt.

Pure: the same seed gives the same choices. What becomes of them depends on the machine's timing as well.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING, Any, Final

from tests.e2e.harness import ADA, BEN, MIA, NOOR

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Every change of state that these runs can meet, as the history of a job words it; None is the admission.
#: What is left out needs a picture that is held, or a Discord that refuses for good.
CHANGES: Final[tuple[tuple[str | None, str], ...]] = (
    (None, "queued"),
    ("queued", "submitting"),
    ("submitting", "running"),
    ("submitting", "queued"),
    ("submitting", "unconfirmed"),
    ("submitting", "failed"),
    ("queued", "cancelled"),
    ("unconfirmed", "running"),
    ("running", "ready"),
    ("running", "failed"),
    ("ready", "delivering"),
    ("ready", "cancelled"),
    ("delivering", "delivered"),
    ("delivering", "ready"),
)
#: Those that every job makes, so that nobody waits for them in vain.
COMMON: Final[tuple[tuple[str | None, str], ...]] = (
    (None, "queued"),
    ("queued", "submitting"),
    ("submitting", "running"),
    ("running", "ready"),
    ("ready", "delivering"),
    ("delivering", "delivered"),
)
PEOPLE: Final = (MIA, BEN, NOOR, ADA)
#: Who has everything erased.
ERASED: Final = MIA
#: What people do besides asking, the frequent things more than once: see `tests.e2e.chaos.meddling`.
_MEDDLINGS: Final = (
    *("edit", "edit", "edit", "guess", "guess", "again", "again", "again"),
    *("cancel", "cancel", "give_up", "remove", "remove", "block", "erase"),
)
#: The image service refuses a prompt with this word.
FORBIDDEN: Final = "forbidden-test-word"
_DISCORD_CALLS: Final = r"^/(channels|interactions|webhooks)/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """One command: `mark` is in its prompt and in no other."""

    mark: str
    user: int
    place: int
    prompt: str
    count: int
    options: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kill:
    """Wait for some `seconds`, then kill the bot right after this change of any job; None means at once.

    `down` is how long it stays dead, in seconds.
    """

    change: tuple[str | None, str] | None
    seconds: float
    down: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A run: about `jobs` pictures in `places` channels and threads, asked for during `seconds`."""

    seed: int
    jobs: int
    places: int
    seconds: float
    least_kills: int
    #: Seconds in which a change must come before the kill comes anyhow.
    patience: float
    #: Seconds of peace before each kill, at most.
    breath: float
    #: Seconds after which the image service brings a callback again that was not taken.
    retries: tuple[float, ...]
    #: The changes at which it is killed, besides random moments.
    killing: tuple[tuple[str | None, str], ...] = CHANGES

    def chance(self, purpose: str) -> Random:
        """Return a source of chance that is this run's own, the same for the same purpose."""
        return Random(f"{self.seed} {purpose}")

    def wishes(self) -> Iterator[Wish]:
        """Return commands without end."""
        chance, number = self.chance("wishes"), 0
        while True:
            number += 1
            mark = f"no{number:05}"
            refused = f" {FORBIDDEN}" if chance.random() < 0.05 else ""
            yield Wish(
                mark=mark,
                user=chance.choice(PEOPLE),
                place=chance.randrange(self.places),
                prompt=f"a picture {mark} of chaos{refused}",
                count=chance.randint(1, 4),
                options={
                    "mode": chance.choice(("pro", "pro", "max")),
                    "aspect_ratio": chance.choice(("1:1", "16:9", "9:16")),
                    "output_format": chance.choice(("jpeg", "png")),
                },
            )

    def pauses(self) -> Iterator[float]:
        """Return the seconds between the commands: bursts, and quiet between them."""
        chance, mean = self.chance("pauses"), self.seconds * 2.5 / self.jobs
        while True:
            yield chance.choice((0.0, 0.0, 1.0, 3.0)) * mean

    def meddlings(self) -> Iterator[tuple[str, float]]:
        """Return what somebody does besides, without end, each with the seconds before it."""
        chance, mean = self.chance("meddlings"), self.seconds * 3 / self.jobs
        while True:
            for kind in chance.sample(_MEDDLINGS, len(_MEDDLINGS)):
                yield kind, chance.uniform(0.0, 2 * mean)

    def kills(self) -> Iterator[Kill]:
        """Return kills without end: each change in an order of chance, and random moments in between."""
        chance = self.chance("kills")
        while True:
            for change in chance.sample(self.killing, len(self.killing)):
                yield self._kill(chance, change)
                if chance.random() < 0.3:
                    yield self._kill(chance, None)

    def _kill(self, chance: Random, change: tuple[str | None, str] | None) -> Kill:
        return Kill(
            change=change,
            seconds=chance.uniform(0.0, self.breath),
            down=chance.choice((0.0, 0.0, chance.uniform(0.0, 3.0))),
        )

    def faults(self) -> Iterator[dict[str, Any]]:
        """Return the faults on both sides; a request meets at most one of them.

        Of 100 requests about 5 get a 5xx, 5 a 429, 2 hang, 2 bring nonsense and 2 lose their connection,
        half of them before anything was done and half afterwards.
        """
        chance = self.chance("faults")

        def fault(target: str, share: float, action: dict[str, Any], **where: Any) -> dict[str, Any]:
            return {
                "target": target,
                "action": action,
                "probability": share,
                "seed": chance.randrange(2**31),
                **where,
            }

        # An answer that comes late enough for the callback to overtake it.
        yield fault(
            "apixo",
            0.05,
            {"kind": "delay", "seconds": 1.5},
            path="generateTask",
            method="POST",
            phase="after",
        )
        yield fault("apixo", 0.1, {"kind": "lose_callback"})
        for target, where in (("apixo", {}), ("files", {}), ("discord", {"path": _DISCORD_CALLS})):
            # 503 says that nothing was done, and so it is the one that never comes afterwards.
            for phase, statuses in (("before", (500, 503)), ("after", (500, 502))):
                for status in statuses:
                    yield fault(target, 0.0125, {"kind": "status", "status": status}, phase=phase, **where)
                yield fault(target, 0.01, {"kind": "hang"}, phase=phase, **where)
                yield fault(target, 0.01, {"kind": "drop"}, phase=phase, **where)
            limit = {"kind": "ratelimit", "retry_after": 1}
            yield fault(target, 0.05, limit, phase="before", **where)
            nonsense = {"kind": "body", "text": "<html>Bad gateway</html>", "content_type": "text/html"}
            yield fault(target, 0.01, nonsense, phase="after", **where)
            yield fault(target, 0.01, {"kind": "truncate"}, **where)
