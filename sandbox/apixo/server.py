"""The image service on the wire: the provider's endpoints, its files, and the page to inspect and turn it.

`add_routes(app, service)` mounts everything and ties the service's life to the app's. Faults on demand
are the app's middleware and unknown here.
"""

from __future__ import annotations

from json import JSONDecodeError
from typing import TYPE_CHECKING, Final

from aiohttp import web
from pydantic import ValidationError

from sandbox.apixo.wire import (
    RATE_LIMITED,
    UNAUTHORIZED,
    UNKNOWN_MODEL,
    Envelope,
    envelope,
    first_problem,
    invalid,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from sandbox.apixo.service import ImageService

    Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

API_KEY: Final = "sandbox-key"
MODEL: Final = "flux-kontext"
_BASE: Final = "/apixo/api/v1"


def add_routes(app: web.Application, service: ImageService) -> None:
    """Mount the service below `/apixo`, its inspection at `/side/apixo`; it opens and closes with the app."""
    server = _Server(service)
    app.router.add_post(_BASE + "/generateTask/{model}", server.guarded(server.generate))
    app.router.add_get(_BASE + "/statusTask/{model}", server.guarded(server.status))
    app.router.add_get(_BASE + "/apikeys/current-balance", server.guarded(server.balance))
    app.router.add_get("/apixo/files/{name}", server.file)
    app.router.add_get("/side/apixo", server.inspect)
    app.router.add_patch("/side/apixo", server.turn)

    async def life(_: web.Application) -> AsyncIterator[None]:
        await service.open()
        yield
        await service.close()

    app.cleanup_ctx.append(life)


def _answer(body: Envelope) -> web.Response:
    return web.json_response(body.model_dump(), status=body.code)


class _Server:
    def __init__(self, service: ImageService) -> None:
        self._service = service

    def guarded(self, handler: Handler) -> Handler:
        """Ask for the key and count the request before the handler sees it."""

        async def guard(request: web.Request) -> web.StreamResponse:
            if request.headers.get("Authorization") != f"Bearer {API_KEY}":
                return _answer(UNAUTHORIZED)
            if not self._service.book.admit_request():
                return _answer(RATE_LIMITED)
            if request.match_info.get("model", MODEL) != MODEL:
                return _answer(UNKNOWN_MODEL)
            return await handler(request)

        return guard

    async def generate(self, request: web.Request) -> web.Response:
        try:
            body = await request.json()
        except (JSONDecodeError, UnicodeDecodeError):
            return _answer(invalid("The body is not valid JSON"))
        return _answer(await self._service.generate(body, origin=str(request.url.origin())))

    async def status(self, request: web.Request) -> web.Response:
        task_id = request.query.get("taskId", "")
        if not task_id:
            return _answer(invalid("taskId: Field required"))
        return _answer(self._service.status(task_id))

    async def balance(self, _: web.Request) -> web.Response:
        return _answer(envelope(float(self._service.book.balance)))

    async def file(self, request: web.Request) -> web.StreamResponse:
        path = self._service.file(request.match_info["name"])
        return web.FileResponse(path) if path else web.Response(status=404, text="Not Found")

    async def inspect(self, _: web.Request) -> web.Response:
        return web.json_response(self._service.inspect())

    async def turn(self, request: web.Request) -> web.Response:
        try:
            changes = await request.json()
            self._service.turn(changes if isinstance(changes, dict) else {"": changes})
        except ValidationError as exc:
            return _refused(first_problem(exc))
        except (JSONDecodeError, UnicodeDecodeError):
            return _refused("The body is not valid JSON")
        return web.json_response(self._service.inspect())


def _refused(reason: str) -> web.Response:
    return web.json_response({"error": {"status": 400, "code": 50035, "message": reason}}, status=400)
