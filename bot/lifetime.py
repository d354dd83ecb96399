"""The life of one bot process: start, hold the connection, stop in good order, and its exit code.

A first SIGTERM or Ctrl-C lets what is under way finish and gives back what is held, in `STOP_SECONDS` at
most; a second one ends the process at once. A connection that discord.py gives up on ends it with an
error, so that whoever supervises it starts it again. What runs is put together by `bot.app`.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
from typing import TYPE_CHECKING, Any, Final

import aiohttp
import discord

from bot.app import build
from bot.errors import DiscordLoginError
from bot.ratelimits import mend_rate_limits

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from bot.assembly import App
    from bot.client import EaselClient
    from bot.settings import Settings

log = logging.getLogger(__name__)

#: How long a stop takes at most, in seconds.
STOP_SECONDS: Final = 20.0
#: The part of it that is kept for closing connections.
_CLOSE_SECONDS: Final = 4.0
_SIGNALS: Final = (signal.SIGTERM, signal.SIGINT)
_FAILED: Final = 1


async def run(settings: Settings) -> int:
    """Run the bot until it is told to stop; return the process's exit code.

    Raises an `EaselError` whose message is for the operator if it cannot start.
    """
    discord.http.Route.BASE = settings.discord_api_url
    mend_rate_limits()
    # Voice is not used, so what it would need is not missed.
    discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False
    stopping = asyncio.Event()
    _listen(stopping)
    async with build(settings, stop=stopping.set) as app:
        try:
            if await _first(_log_in(app.client, settings), stopping):
                app.engine.start()
                await app.web.start()
                log.info("Health and metrics are on port %d", app.web.port)
                return await _until_stopped(app, stopping)
            return 0
        finally:
            await _stop(app)


def _listen(stopping: asyncio.Event) -> None:
    """Take the first signal as a wish to stop, and the next one as an order."""
    loop = asyncio.get_running_loop()

    def wished() -> None:
        for number in _SIGNALS:
            loop.remove_signal_handler(number)
            # Not through the loop, which may be what hangs.
            signal.signal(number, lambda _number, _frame: _end_at_once())
        stopping.set()

    for number in _SIGNALS:
        loop.add_signal_handler(number, wished)


def _end_at_once() -> None:
    log.error("Asked to stop a second time: ending at once; the next start takes up what was under way")
    os._exit(_FAILED)


async def _first(work: Coroutine[Any, Any, None], stopping: asyncio.Event) -> bool:
    """Do the work unless a stop is asked for first; return whether it was done."""
    task = asyncio.create_task(work)
    wish = asyncio.create_task(stopping.wait())
    await asyncio.wait({task, wish}, return_when=asyncio.FIRST_COMPLETED)
    wish.cancel()
    if task.done():
        await task
        return True
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    return False


async def _log_in(client: EaselClient, settings: Settings) -> None:
    try:
        await client.login(settings.discord_token.get_secret_value())
    except discord.LoginFailure as error:
        raise DiscordLoginError(
            "Discord refuses DISCORD_TOKEN; copy the bot's token anew from the developer portal.",
        ) from error
    except (discord.HTTPException, aiohttp.ClientError, OSError) as error:
        raise DiscordLoginError(
            f"Discord cannot be reached at {settings.discord_api_url} ({error}); "
            "check DISCORD_API_URL and the network, or start again later.",
        ) from error
    except (LookupError, TypeError, ValueError) as error:
        if client.application is not None:
            raise
        # discord.py stumbles over the answer to its first questions.
        raise DiscordLoginError(
            f"What answers at {settings.discord_api_url} is not Discord; "
            "check DISCORD_API_URL and the network.",
        ) from error


async def _until_stopped(app: App, stopping: asyncio.Event) -> int:
    """Hold the connection until a stop is asked for (0) or discord.py gives it up (1).

    Raises `DiscordLoginError` if Discord ends it because of a setting.
    """
    connection = asyncio.create_task(app.client.connect(reconnect=True), name="gateway connection")
    posting = asyncio.create_task(_post_once_known(app), name="start of posting")
    wish = asyncio.create_task(stopping.wait(), name="wish to stop")
    try:
        await asyncio.wait({connection, wish}, return_when=asyncio.FIRST_COMPLETED)
        if wish.done():
            return 0
        error = connection.exception()
        if isinstance(error, discord.PrivilegedIntentsRequired):
            raise DiscordLoginError(
                "Discord does not grant the message content intent; turn it on in the developer portal "
                "(page “Bot”) or take MESSAGE_CONTENT_INTENT out of the settings.",
            ) from error
        log.error("The connection to Discord ended for good", exc_info=error)
        return _FAILED
    finally:
        for task in (posting, wish):
            task.cancel()
        await asyncio.gather(posting, wish, return_exceptions=True)


async def _post_once_known(app: App) -> None:
    """Start posting when Discord has told which servers and channels there are."""
    await app.client.wait_until_ready()
    app.engine.start_posting()


async def _stop(app: App) -> None:
    log.info("Stopping: finishing what is under way, for %.0f s at most", STOP_SECONDS)
    await app.engine.stop(within=STOP_SECONDS - _CLOSE_SECONDS)
    try:
        async with asyncio.timeout(_CLOSE_SECONDS):
            await asyncio.gather(app.client.close(), app.web.stop())
    except TimeoutError:
        log.warning("Not everybody at the other end of a connection agreed to its end in time")
    log.info("Stopped")
