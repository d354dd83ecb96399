"""Composition: everything that the sandbox serves, in one application on one port.

`build_app` wires, `serve` listens. Nothing is decided here; each part knows its own addresses.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

from aiohttp import web

from sandbox.apixo.server import add_routes as add_image_service
from sandbox.apixo.service import ImageService
from sandbox.apixo.tasks import Config
from sandbox.clock import SystemClock
from sandbox.discord import gateway, ratelimits, requests, rest
from sandbox.discord.cdn import CDN, Cdn
from sandbox.discord.gateway import Gateway
from sandbox.discord.ratelimits import RateLimiter
from sandbox.discord.requests import RequestLog
from sandbox.faults import Faults
from sandbox.side.routes import add_routes as add_user_side
from sandbox.world import saving, seed
from sandbox.world.files import FolderFiles, MemoryFiles
from sandbox.world.links import Links
from sandbox.world.world import World

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from sandbox.clock import Clock
    from sandbox.options import Options

_log = logging.getLogger(__name__)

WORLD: Final = web.AppKey("world", World)
GATEWAY: Final = web.AppKey("gateway", Gateway)
REQUESTS: Final = web.AppKey("requests", RequestLog)
FAULTS: Final = web.AppKey("faults", Faults)

_PAGE: Final = Path(__file__).parent / "page"

#: The largest body, in bytes; what one file may have is Discord's rule and much less.
_BODY_MAX: Final = 220 * 1024 * 1024

#: How often time alone changes the world, in seconds.
_SWEEP_SECONDS: Final = 0.25


def build_app(options: Options, clock: Clock) -> web.Application:
    """Return the whole sandbox as an application; it must be served at `options.address`."""
    world = _world(options, clock)
    limiter = RateLimiter(clock=clock)
    faults = Faults()
    log = RequestLog(clock)
    app = web.Application(
        client_max_size=_BODY_MAX,
        middlewares=[
            requests.middleware(log, prefix=rest.API),
            faults.middleware,
            ratelimits.middleware(limiter, prefix=rest.API),
            rest.refusals(),
        ],
    )
    gateway_url = options.address.replace("http://", "ws://", 1) + gateway.PATH
    app[WORLD], app[REQUESTS], app[FAULTS] = world, log, faults
    app[GATEWAY] = Gateway(world=world, clock=clock, url=gateway_url)
    app.cleanup_ctx.append(_life_of(world, options))
    app[GATEWAY].add_routes(app)
    Cdn(world).add_routes(app)
    rest.add_routes(app, world=world, limiter=limiter, gateway_url=gateway_url)
    faults.add_routes(app)
    add_image_service(app, _image_service(options, clock, faults))
    add_user_side(app, world=world, request_log=log)
    app.router.add_get("/", _page)
    app.router.add_static("/static", _PAGE)
    return app


@asynccontextmanager
async def serve(
    options: Options, clock: Clock | None = None
) -> AsyncIterator[tuple[Options, web.Application]]:
    """Serve the sandbox while the block runs; yields the options with the port that was really taken."""
    listener = socket.create_server((options.host, options.port), family=_family(options.host))
    taken = replace(options, port=listener.getsockname()[1])
    runner = web.AppRunner(build_app(taken, clock or SystemClock()), access_log=None, shutdown_timeout=1.0)
    try:
        await runner.setup()
        await web.SockSite(runner, listener).start()
        yield taken, runner.app
    finally:
        await runner.cleanup()
        listener.close()


def _world(options: Options, clock: Clock) -> World:
    links = Links(clock=clock, base_url=options.address + CDN, life=timedelta(hours=options.link_hours))
    files = MemoryFiles() if options.data is None else FolderFiles(options.data / "files")
    world = World(clock=clock, files=files, links=links)
    if options.data is None:
        seed.plant(world)
    return world


def _image_service(options: Options, clock: Clock, faults: Faults) -> ImageService:
    config = Config.realistic() if options.realistic else Config(seconds=options.seconds)
    return ImageService(clock, config=config, data_dir=options.data, callback_is_lost=faults.callback_is_lost)


def _life_of(world: World, options: Options) -> Callable[[web.Application], AsyncIterator[None]]:
    """Return what loads, ages and saves the world while the application runs."""

    async def life(_: web.Application) -> AsyncIterator[None]:
        keeper = None
        if options.data is not None:
            path = options.data / "world.json"
            await asyncio.to_thread(_fill, world, path)
            keeper = saving.Keeper(world, path)
            keeper.start()
        sweeper = asyncio.create_task(_sweep(world), name="sandbox sweeper")
        yield
        sweeper.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await sweeper
        if keeper is not None:
            await keeper.close()

    return life


def _fill(world: World, path: Path) -> None:
    (path.parent / "files").mkdir(parents=True, exist_ok=True)
    if path.exists():
        saving.load(world, path.read_text(encoding="utf-8"))
    else:
        seed.plant(world)


async def _sweep(world: World) -> None:
    while True:
        await asyncio.sleep(_SWEEP_SECONDS)
        try:
            world.sweep()
        except Exception:  # noqa: BLE001 - time goes on whatever fails, or nothing would ever expire again
            _log.exception("letting time pass failed")


async def _page(_: web.Request) -> web.FileResponse:
    return web.FileResponse(_PAGE / "index.html")


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET
