"""Faults on demand: which are set, when one applies, and the routes by which they are set.

A `Faults` belongs to one application: its `middleware` looks at every request, and `add_routes` serves
`/faults`. With a seed, a fault with a probability falls on the same requests every time. What a fault looks
like to the caller is in `sandbox.faults_play`.
"""

from __future__ import annotations

import asyncio
import json
import random
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from aiohttp import web
from pydantic import ValidationError

from sandbox.faults_play import Call, play
from sandbox.faults_spec import PREFIXES, FaultSpec, LoseCallbackAction, Target

if TYPE_CHECKING:
    from aiohttp.typedefs import Handler


@dataclass(slots=True)
class Fault:
    """A fault that is set, and how often it has struck."""

    id: int
    spec: FaultSpec
    hits: int = 0
    _path: re.Pattern[str] = field(init=False)
    _random: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self._path = re.compile(self.spec.path)
        self._random = random.Random(self.spec.seed)

    def strikes(self, target: Target, method: str | None, path: str) -> bool:
        """Whether it falls on this request; that counts as a hit. `path` is without the target's prefix."""
        spec = self.spec
        if spec.target is not target or (spec.method is not None and spec.method != method):
            return False
        if not self._path.search(path) or (spec.times is not None and self.hits >= spec.times):
            return False
        if self._random.random() >= spec.probability:
            return False
        self.hits += 1
        return True

    def as_json(self) -> dict[str, Any]:
        """Return it as `GET /faults` lists it."""
        return {"id": self.id, "hits": self.hits, **self.spec.model_dump(mode="json")}


class Faults:
    """The faults of one application. Of several that could apply, the one that was set first does."""

    def __init__(self) -> None:
        self._faults: dict[int, Fault] = {}
        self._next_id = 1
        self._stopping = asyncio.Event()

    def add(self, spec: FaultSpec) -> Fault:
        """Set a fault."""
        fault = Fault(self._next_id, spec)
        self._faults[fault.id] = fault
        self._next_id += 1
        return fault

    def remove(self, fault_id: int) -> bool:
        """Remove a fault; return whether it was there. Requests that it holds stay held."""
        return self._faults.pop(fault_id, None) is not None

    def clear(self) -> None:
        """Remove all."""
        self._faults.clear()

    def all(self) -> list[Fault]:
        """Return all that are set, those that are used up included."""
        return list(self._faults.values())

    def callback_is_lost(self, path: str) -> bool:
        """Whether the image service should not send this callback, which counts as a hit.

        `path` is the address that would be called; a fault's `path` is searched in it.
        """
        return any(
            fault.strikes(Target.APIXO, "POST", path)
            for fault in self._faults.values()
            if isinstance(fault.spec.action, LoseCallbackAction)
        )

    @web.middleware
    async def middleware(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Let a fault have its way with this request, or pass it on.

        Put it outside of everything that makes or changes an answer, or else what it gives gets changed.
        """
        fault = self._find(request)
        if fault is None:
            return await handler(request)
        call = Call(
            request=request,
            target=fault.spec.target,
            phase=fault.spec.phase,
            real=lambda: handler(request),
            stopping=self._stopping,
        )
        return await play(fault.spec.action, call)

    def add_routes(self, app: web.Application) -> None:
        """Serve `/faults`, and let go of held requests when the application shuts down."""
        app.router.add_get("/faults", self._list)
        app.router.add_post("/faults", self._add)
        app.router.add_delete("/faults", self._clear)
        app.router.add_delete(r"/faults/{id:\d+}", self._remove)
        app.on_shutdown.append(self._stop)

    def _find(self, request: web.Request) -> Fault | None:
        for target, prefix in PREFIXES.items():
            path = request.path.removeprefix(prefix)
            if path == request.path or path[:1] not in ("", "/"):
                continue
            for fault in self._faults.values():
                if isinstance(fault.spec.action, LoseCallbackAction):
                    continue
                if fault.strikes(target, request.method, path):
                    return fault
        return None

    async def _list(self, request: web.Request) -> web.Response:
        return web.json_response([fault.as_json() for fault in self.all()])

    async def _add(self, request: web.Request) -> web.Response:
        try:
            spec = FaultSpec.model_validate(await request.json())
        except json.JSONDecodeError as error:
            return _wrong(f"The body is not JSON: {error}")
        except ValidationError as error:
            return _wrong("; ".join(map(_worded, error.errors(include_url=False))))
        return web.json_response({"id": self.add(spec).id}, status=201)

    async def _remove(self, request: web.Request) -> web.Response:
        if not self.remove(int(request.match_info["id"])):
            return _wrong("There is no such fault.", status=404)
        return web.Response(status=204)

    async def _clear(self, request: web.Request) -> web.Response:
        self.clear()
        return web.Response(status=204)

    async def _stop(self, app: web.Application) -> None:
        self._stopping.set()


def _worded(error: Any) -> str:
    """Return one of pydantic's findings as `field.field: what is wrong`."""
    place = ".".join(str(part) for part in error["loc"])
    return f"{place}: {error['msg']}" if place else str(error["msg"])


def _wrong(message: str, *, status: int = 400) -> web.Response:
    return web.json_response({"error": {"status": status, "code": 0, "message": message}}, status=status)
