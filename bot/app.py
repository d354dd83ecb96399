"""The composition root: opens what has to be closed, in order, and closes it in reverse.

Nothing else opens a database or a session. What is put together from these stands in `bot.assembly`, how
it starts and stops in `bot.lifetime`.
"""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Final

import aiohttp

from bot.archive import open_archive
from bot.assembly import Parts
from bot.client import EaselClient
from bot.clock import SystemClock
from bot.engine.draining import Drainer
from bot.engine.figures import Figures
from bot.engine.signals import Signals
from bot.experience import Experience
from bot.jobs import JobState
from bot.metrics import Metrics
from bot.presentation.wording import Catalogue
from bot.provider.pictures import picture_session
from bot.quota import Limits, Prices
from bot.service import Service
from bot.store import open_store

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from bot.assembly import App
    from bot.settings import Settings

#: More than the submitter and the poller ever have under way together.
_CONNECTIONS: Final = 200


@asynccontextmanager
async def build(settings: Settings, *, stop: Callable[[], None]) -> AsyncIterator[App]:
    """Build all parts from the settings; they are closed when the context ends.

    `stop` is called when the process was drained and is to end.
    """
    clock = SystemClock()
    metrics = Metrics()
    catalogue = Catalogue()
    signals = Signals()
    async with AsyncExitStack() as stack:
        store = await stack.enter_async_context(
            open_store(settings.database_url, clock=clock, watch=Figures(metrics))
        )
        # Whatever was asked of an earlier process: this one is the answer.
        await store.end_drain()
        drainer = Drainer(store=store, clock=clock, stop=stop)
        experience = Experience(store=store, clock=clock)
        limits = limits_of(settings)
        prices = Prices(pro=settings.credits_pro, max=settings.credits_max)
        service = Service(
            store=store,
            experience=experience,
            clock=clock,
            limits=limits,
            prices=prices,
            wake=partial(signals.wake, JobState.QUEUED),
            is_draining=lambda: drainer.is_on,
            guess_time=timedelta(seconds=settings.guess_seconds),
        )
        client = EaselClient(
            service=service,
            catalogue=catalogue,
            metrics=metrics,
            guild_ids=settings.discord_guild_ids,
            shard_count=settings.discord_shard_count,
            shard_ids=settings.discord_shard_ids,
            on_thread_gone=store.forget_studio,
            message_content=settings.message_content_intent,
        )
        parts = Parts(
            settings=settings,
            clock=clock,
            metrics=metrics,
            signals=signals,
            store=store,
            experience=experience,
            service=service,
            client=client,
            catalogue=catalogue,
            drainer=drainer,
            limits=limits,
            prices=prices,
            archive=await asyncio.to_thread(open_archive, settings.archive_url),
            api_session=await stack.enter_async_context(_api_session(settings)),
            picture_session=await stack.enter_async_context(
                picture_session(allow_private_hosts=settings.allow_private_picture_hosts),
            ),
        )
        yield await parts.assemble()


def _api_session(settings: Settings) -> aiohttp.ClientSession:
    """Open the session for the image service, with a connection for every request that may be under way."""
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=min(settings.apixo_max_concurrent_tasks, _CONNECTIONS)),
        cookie_jar=aiohttp.DummyCookieJar(),
    )


def limits_of(settings: Settings) -> Limits:
    """Return the operator's limits, which hold where a server has decided nothing else."""
    return Limits(
        daily_credits=settings.quota_daily_credits,
        concurrent_jobs=settings.quota_concurrent_jobs,
        server_daily_credits=settings.server_daily_credits,
        operator_daily_credits=settings.operator_daily_credits,
    )
