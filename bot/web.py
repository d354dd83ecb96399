"""The web server: health, readiness, metrics and, where asked for, the provider's callbacks.

It says the same 404 to every whole request it does not know, and never logs a path: callback paths are
secrets. What a callback means is for the function that is passed in.
"""

from __future__ import annotations

import asyncio
import errno
import logging
from typing import TYPE_CHECKING, Final

from aiohttp import http_exceptions, web
from prometheus_client import CONTENT_TYPE_LATEST

from bot.errors import SettingsError, StoreError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from bot.metrics import Metrics

log = logging.getLogger(__name__)
#: What aiohttp says of requests, without what anybody who finds the port could fill the log with.
_requests_log = logging.getLogger(f"{__name__}.requests")

#: Bytes; a status body of the provider is a few kilobytes.
MAX_CALLBACK_BYTES: Final = 256 * 1024
#: Seconds a caller has to send its callback's body.
CALLBACK_BODY_SECONDS: Final = 10.0
_SHUTDOWN_SECONDS: Final = 5.0
_HEADERS: Final = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


class WebServer:
    """Serves from `start()` to `stop()`; afterwards it can be started again."""

    def __init__(
        self,
        host: str,
        port: int,
        *,
        metrics: Metrics,
        readiness: Callable[[], Awaitable[Sequence[str]]],
        callbacks: Callable[[str, str, bytes], Awaitable[bool]] | None = None,
    ) -> None:
        """`readiness` returns sentences that say what is missing, none when all is well.

        `callbacks` takes a job id, a signature and the body, and returns whether it accepts them.
        """
        self._host = host
        self._wanted_port = port
        self._metrics = metrics
        self._readiness = readiness
        self._callbacks = callbacks
        self._runner: web.AppRunner | None = None

    @property
    def port(self) -> int:
        """The port it listens on; the one asked for while it does not."""
        if self._runner is None or not self._runner.addresses:
            return self._wanted_port
        return int(self._runner.addresses[0][1])

    async def start(self) -> None:
        """Listen. Raises `SettingsError` when the address cannot be had."""
        app = web.Application(client_max_size=MAX_CALLBACK_BYTES)
        app.on_response_prepare.append(_finish_headers)
        app.router.add_get("/healthz", self._health)
        app.router.add_get("/readyz", self._ready)
        app.router.add_get("/metrics", self._numbers)
        if self._callbacks is not None:
            app.router.add_route("*", "/callbacks/{job_id}/{signature}", self._callback)
        _requests_log.addFilter(_is_not_the_callers_fault)
        self._runner = web.AppRunner(
            app, access_log=None, logger=_requests_log, shutdown_timeout=_SHUTDOWN_SECONDS
        )
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, self._host, self._wanted_port).start()
        except OSError as error:
            await self.stop()
            raise SettingsError(self._refusal(error)) from error

    async def stop(self) -> None:
        """Stop listening and let requests under way finish."""
        runner, self._runner = self._runner, None
        if runner is not None:
            await runner.cleanup()

    def _refusal(self, error: OSError) -> str:
        if error.errno == errno.EADDRINUSE:
            return f"HTTP_PORT {self._wanted_port} is used by another program; set another one, or 0 for any."
        if error.errno == errno.EACCES:
            return f"HTTP_PORT {self._wanted_port} may not be used by this user; set one above 1023."
        return f"HTTP_HOST {self._host} is not an address of this machine; 127.0.0.1 always is."

    async def _health(self, _: web.Request) -> web.Response:
        return web.json_response({"status": "ok"})

    async def _ready(self, _: web.Request) -> web.Response:
        problems = list(await self._readiness())
        if problems:
            return web.json_response({"status": "not ready", "problems": problems}, status=503)
        return web.json_response({"status": "ready"})

    async def _numbers(self, _: web.Request) -> web.Response:
        return web.Response(body=self._metrics.render(), headers={"Content-Type": CONTENT_TYPE_LATEST})

    async def _callback(self, request: web.Request) -> web.Response:
        if self._callbacks is None or request.method != "POST":
            raise web.HTTPNotFound
        try:
            async with asyncio.timeout(CALLBACK_BODY_SECONDS):
                body = await request.read()
        except TimeoutError:
            raise web.HTTPRequestTimeout from None
        except (ConnectionError, web.RequestPayloadError) as error:
            log.info("A callback broke off or was no valid HTTP (%s)", type(error).__name__)
            raise web.HTTPBadRequest from None
        job_id, signature = request.match_info["job_id"], request.match_info["signature"]
        try:
            accepted = await self._callbacks(job_id, signature, body)
        except StoreError as error:
            # The service calls again, and the looks go on in any case.
            log.warning("A callback could not be written down: %s", error)
            raise web.HTTPServiceUnavailable from None
        if not accepted:
            raise web.HTTPNotFound
        return web.json_response({"status": "ok"})


def _is_not_the_callers_fault(record: logging.LogRecord) -> bool:
    error = record.exc_info[1] if record.exc_info else None
    return not isinstance(error, http_exceptions.HttpProcessingError | web.RequestPayloadError)


async def _finish_headers(_: web.Request, response: web.StreamResponse) -> None:
    # aiohttp names itself and Python's version before this runs.
    response.headers.pop("Server", None)
    response.headers.update(_HEADERS)
