"""Tells the customer that a task has ended: one POST, and up to three more until it is taken.

A callback is taken if the answer is exactly HTTP 200 within 30 seconds; nothing else is read of it.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

import aiohttp

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from sandbox.apixo.wire import Envelope

log = logging.getLogger(__name__)

_TIMEOUT: Final = aiohttp.ClientTimeout(total=30)


async def deliver(
    http: aiohttp.ClientSession,
    url: str,
    body: Envelope,
    *,
    delays: Sequence[float],
    sleep: Callable[[float], Awaitable[None]],
) -> bool:
    """Post the envelope, again after each of the `delays` (seconds), and tell whether it was taken."""
    for wait in (0.0, *delays):
        if wait:
            await sleep(wait)
        if await _post(http, url, body):
            return True
    return False


async def _post(http: aiohttp.ClientSession, url: str, body: Envelope) -> bool:
    try:
        async with http.post(url, json=body.model_dump(), timeout=_TIMEOUT) as answer:
            if answer.status == 200:
                return True
            log.info("a callback was answered with %s", answer.status)
    except (aiohttp.ClientError, TimeoutError) as exc:
        log.info("a callback did not arrive: %s", type(exc).__name__)
    return False
