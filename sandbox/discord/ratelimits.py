"""Discord's rate limits: one for the whole bot, and buckets for each route and what it is about.

`RateLimiter.take` counts a request and says what headers its answer carries and whether it is refused;
`middleware` does that for a whole application. Limits that hang on what a request holds (edits of old
messages, renaming) are asked for by name. Figures are data: Discord publishes none but the global one, so
those below are what has been observed of its API, or a guess where they say so (`docs/sandbox.md`).
"""

from __future__ import annotations

import hashlib
import math
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from aiohttp import web

from sandbox.discord import errors

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aiohttp.typedefs import Handler, Middleware

    from sandbox.clock import Clock
    from sandbox.discord.errors import DiscordError


@dataclass(frozen=True, slots=True)
class Limit:
    """`count` requests in a window of `seconds` that the first of them opens.

    `bucket` names a limit that several routes share; `scope` is what a 429 says of it.
    """

    count: int
    seconds: float
    bucket: str = ""
    scope: str = "user"


#: What a route has of which nothing is known: wide enough not to matter.
UNKNOWN: Final = Limit(50, 1)
_TOKEN: Final = Limit(5, 2, bucket="webhook")
#: A guess: it is known only that a channel then waits for some minutes and says "shared", not after how many.
_THREADS: Final = Limit(20, 300, bucket="threads", scope="shared")

#: By method and route, with `{}` for every parameter.
LIMITS: Final[Mapping[tuple[str, str], Limit]] = {
    ("POST", "/channels/{}/messages"): Limit(5, 5),
    ("PATCH", "/channels/{}/messages/{}"): Limit(5, 5),
    ("POST", "/channels/{}/typing"): Limit(5, 5),
    ("POST", "/channels/{}/messages/{}/crosspost"): Limit(10, 3600),
    ("POST", "/channels/{}/threads"): _THREADS,
    ("POST", "/channels/{}/messages/{}/threads"): _THREADS,
    ("PUT", "/channels/{}/messages/{}/reactions/{}/{}"): Limit(1, 0.25, bucket="reaction"),
    ("DELETE", "/channels/{}/messages/{}/reactions/{}/{}"): Limit(1, 0.25, bucket="reaction"),
    ("POST", "/interactions/{}/{}/callback"): Limit(5, 2),
    ("POST", "/webhooks/{}/{}"): _TOKEN,
    ("GET", "/webhooks/{}/{}/messages/{}"): _TOKEN,
    ("PATCH", "/webhooks/{}/{}/messages/{}"): _TOKEN,
    ("DELETE", "/webhooks/{}/{}/messages/{}"): _TOKEN,
}
#: Edits of messages older than one hour, in one channel; more are refused with 30046.
OLD_EDITS: Final = Limit(3, 6)
#: New names or topics of one channel or thread.
RENAMES: Final = Limit(2, 600)

GLOBAL_SECONDS: Final = 1.0
OLD_MESSAGE_SECONDS: Final = 3600
#: Windows that are over are forgotten when there are this many.
WINDOWS_MAX: Final = 10_000


@dataclass(frozen=True, slots=True)
class RateLimitSettings:
    """How strict the limits are.

    `scale` multiplies every count, the global one too: 10 lets ten times as much through. With `enforce` off
    nothing is refused and every answer speaks of a fresh window; `enforce_global` is the bot's limit alone.
    """

    enforce: bool = True
    enforce_global: bool = True
    global_count: int = 50
    scale: float = 1.0
    limits: Mapping[tuple[str, str], Limit] = field(default_factory=lambda: LIMITS)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the answer's headers are, and the 429 if the request is refused."""

    headers: Mapping[str, str]
    limited: DiscordError | None = None


@dataclass(frozen=True, slots=True)
class Target:
    """What a path is about, as far as limits care."""

    route: str
    major: str
    counts_globally: bool


@dataclass(slots=True)
class _Window:
    ends: float
    used: int = 0


class RateLimiter:
    """Counts one bot's requests. Not shared between bots or applications."""

    def __init__(self, *, clock: Clock, settings: RateLimitSettings | None = None) -> None:
        self._clock = clock
        self._settings = settings or RateLimitSettings()
        self._windows: dict[tuple[str, str], _Window] = {}

    def take(self, *, method: str, route: str, major: str, counts_globally: bool) -> Verdict:
        """Count a request and say what becomes of it.

        `route` is the path with a pair of braces for every parameter, whatever is in them; `major` is the
        channel, server or webhook (id and token) that the bucket is kept for.
        """
        route = re.sub(r"\{[^}]*\}", "{}", route)
        limit = self._settings.limits.get((method, route), UNKNOWN)
        name = limit.bucket or f"{method} {route}"
        bucket = hashlib.sha256(name.encode()).hexdigest()[:32]
        if counts_globally and self._settings.enforce and self._settings.enforce_global:
            whole = Limit(self._settings.global_count, GLOBAL_SECONDS)
            wait = self._count("global", "", whole)
            if wait is not None:
                return Verdict({}, errors.rate_limited(wait, is_global=True))
        wait = self._count(name, major, limit)
        headers = self._headers(name, major, limit, bucket)
        if wait is None:
            return Verdict(headers)
        refusal = errors.rate_limited(wait, scope=limit.scope)
        refusal.headers.update(headers)
        return Verdict(headers, refusal)

    def check_old_edit(self, *, channel_id: int, age: float) -> None:
        """Count the edit of a message that is `age` seconds old; raise 30046 if it is one too many."""
        if age < OLD_MESSAGE_SECONDS:
            return
        wait = self._count("old edits", str(channel_id), OLD_EDITS)
        if wait is not None:
            raise errors.too_many_edits(wait)

    def check_rename(self, *, channel_id: int) -> None:
        """Count a new name or topic of a channel or thread; raise a 429 if it is one too many."""
        wait = self._count("renames", str(channel_id), RENAMES)
        if wait is not None:
            raise errors.rate_limited(wait)

    def _allowed(self, limit: Limit) -> int:
        return max(1, math.floor(limit.count * self._settings.scale))

    def _count(self, name: str, major: str, limit: Limit) -> float | None:
        """Count one, or return how many seconds to wait."""
        if not self._settings.enforce:
            return None
        now = self._clock.now().timestamp()
        self._forget(now)
        window = self._windows.get((name, major))
        if window is None or window.ends <= now:
            window = self._windows[name, major] = _Window(ends=now + limit.seconds)
        if window.used >= self._allowed(limit):
            return window.ends - now
        window.used += 1
        return None

    def _headers(self, name: str, major: str, limit: Limit, bucket: str) -> dict[str, str]:
        now = self._clock.now().timestamp()
        allowed = self._allowed(limit)
        window = self._windows.get((name, major)) or _Window(ends=now + limit.seconds, used=1)
        return {
            "X-RateLimit-Limit": str(allowed),
            "X-RateLimit-Remaining": str(max(0, allowed - window.used)),
            "X-RateLimit-Reset": f"{window.ends:.3f}",
            "X-RateLimit-Reset-After": f"{max(0.0, window.ends - now):.3f}",
            "X-RateLimit-Bucket": bucket,
        }

    def _forget(self, now: float) -> None:
        if len(self._windows) < WINDOWS_MAX:
            return
        self._windows = {key: window for key, window in self._windows.items() if window.ends > now}


def identify(path: str) -> Target:
    """Return what a path below the API's prefix is about, such as `/channels/5/messages`.

    Interactions and webhooks with a token are outside the bot's own limit of 50 a second.
    """
    parts = [part for part in path.split("/") if part]
    kind = parts[0] if parts else ""
    if kind in ("webhooks", "interactions") and len(parts) > 2:
        rest = ["{}" if part.isdigit() or part.startswith("@") else part for part in parts[3:]]
        return Target(
            "/".join(["", kind, "{}", "{}", *rest]), f"{parts[1]}/{parts[2]}", counts_globally=False
        )
    major = parts[1] if kind in ("channels", "guilds", "webhooks") and len(parts) > 1 else ""
    route = ["{}" if part.isdigit() else part for part in parts]
    if "reactions" in route:
        after = route.index("reactions") + 1
        route[after:] = ["{}"] * len(route[after:])
    return Target("/".join(["", *route]), major, counts_globally=True)


def middleware(limiter: RateLimiter, *, prefix: str) -> Middleware:
    """Return a middleware that counts every request below `prefix` and marks its answer.

    Put it outside of whatever turns a `DiscordError` into an answer, so that refusals of other kinds carry
    the headers as well; a request over the limit never reaches its handler.
    """

    @web.middleware
    async def count(request: web.Request, handler: Handler) -> web.StreamResponse:
        if not request.path.startswith(prefix):
            return await handler(request)
        target = identify(request.path.removeprefix(prefix))
        verdict = limiter.take(
            method=request.method,
            route=target.route,
            major=target.major,
            counts_globally=target.counts_globally,
        )
        if verdict.limited is not None:
            return verdict.limited.response()
        response = await handler(request)
        if not response.prepared:
            response.headers.update(verdict.headers)
        return response

    return count
