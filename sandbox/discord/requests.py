"""What the bot asked of Discord's REST API, with each answer's status; for tests and for the page.

Each request is noted once, in the order of their answers, spoilt and refused ones included; the oldest are
forgotten. Bodies and headers are not kept, so neither are tokens but those in a path.
"""

from __future__ import annotations

from collections import deque
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

from aiohttp import web

if TYPE_CHECKING:
    from datetime import datetime

    from aiohttp.typedefs import Handler, Middleware

    from sandbox.clock import Clock

#: How many requests are remembered.
_KEPT: Final = 50_000


@dataclass(frozen=True, slots=True)
class BotRequest:
    """One request. `route` has parameters in braces; `status` is None if there was no answer."""

    n: int
    at: datetime
    method: str
    route: str
    path: str
    status: int | None

    def shape(self) -> dict[str, Any]:
        """Return it as `GET /side/world/requests` does."""
        return {**asdict(self), "at": self.at.isoformat()}


class RequestLog:
    """The latest requests, oldest first, numbered from 1."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._requests: deque[BotRequest] = deque(maxlen=_KEPT)
        self._count = 0

    def since(self, n: int = 0) -> list[BotRequest]:
        """Return all requests after number `n`."""
        return [request for request in self._requests if request.n > n]

    def note(self, *, method: str, route: str, path: str, status: int | None) -> None:
        """Remember a request."""
        self._count += 1
        self._requests.append(BotRequest(self._count, self._clock.now(), method, route, path, status))


def middleware(log: RequestLog, *, prefix: str) -> Middleware:
    """Return a middleware that notes every request below `prefix`; put it outside of all others."""

    @web.middleware
    async def note(request: web.Request, handler: Handler) -> web.StreamResponse:
        if not request.path.startswith(f"{prefix}/"):
            return await handler(request)
        status: int | None = None
        try:
            response = await handler(request)
            status = response.status
        except web.HTTPException as refusal:
            status = refusal.status
            raise
        finally:
            path = request.path.removeprefix(prefix)
            log.note(method=request.method, route=_route(request, prefix), path=path, status=status)
        return response

    return note


def _route(request: web.Request, prefix: str) -> str:
    resource = request.match_info.route.resource
    template = resource.canonical.removeprefix(prefix) if resource is not None else ""
    return template if template and "{tail}" not in template else request.path.removeprefix(prefix)
