"""What of Discord's faults passes by itself, told the same way whatever was asked of it.

A passing fault becomes `PostponedError`. A refusal that stays goes through as discord.py raised it: what it
means is known where it was asked.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import aiohttp
import discord

from bot.errors import PostponedError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.metrics import Metrics

#: All that a request to Discord raises, for whoever does without its answer.
ANY_FAULT: Final = (discord.HTTPException, discord.RateLimited, aiohttp.ClientError, OSError)
#: A refused token and a rate limit say nothing about what was asked for.
_PASSING_STATUSES: Final = frozenset({401, 429})
#: Direct messages opened too fast; Discord overloaded.
_PASSING_CODES: Final = frozenset({40003, 130000})
_PAUSE_SECONDS: Final = 60.0


def raise_if_passing(error: discord.HTTPException) -> None:
    """Raise `PostponedError` for a fault that passes; a refusal that stays is left to the caller."""
    if error.status >= 500:
        # Discord may have done it and failed only afterwards.
        raise PostponedError(str(error), doubtful=True) from error
    if error.code in _PASSING_CODES:
        raise PostponedError(str(error), retry_after=_PAUSE_SECONDS) from error
    if error.status in _PASSING_STATUSES:
        raise PostponedError(str(error)) from error


@contextmanager
def lost_answers(*, doubtful: bool = False) -> Iterator[None]:
    """Raise `PostponedError` where Discord was not asked, or its answer did not arrive.

    `doubtful` says that in the latter case it may have done what was asked.
    """
    try:
        yield
    except discord.RateLimited as error:
        raise PostponedError(str(error), retry_after=error.retry_after) from error
    except (aiohttp.ClientError, OSError) as error:
        raise PostponedError(str(error), doubtful=doubtful) from error


@contextmanager
def passing_faults(metrics: Metrics | None = None) -> Iterator[None]:
    """Raise `PostponedError` for every fault that passes; with `metrics` what Discord answered is counted."""
    try:
        with lost_answers():
            yield
    except discord.HTTPException as error:
        if metrics:
            metrics.discord_error(error.code)
        raise_if_passing(error)
        raise
