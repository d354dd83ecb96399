"""Writing down what is known and can be learned from nowhere else, for as long as the process lives.

Most writes need none of this: what they say can be asked again. That the provider accepted a task, or that
nothing was sent, is known to this process alone.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Final, TypeVar

from bot.errors import StaleJobError, StoreError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

log = logging.getLogger(__name__)

_FIRST_PAUSE: Final = 1.0
#: Short enough for a try within the time that a stop has.
_LONGEST_PAUSE: Final = 5.0

_Result = TypeVar("_Result")


async def insist(write: Callable[[], Awaitable[_Result]], *, news: str) -> _Result:
    """Write until it is written; the first refusal is logged with the `news`, so that they are not lost.

    Errors: `StaleJobError` if somebody else has moved the job; that is an answer, not a refusal.
    """
    pause, refused = _FIRST_PAUSE, False
    while True:
        try:
            result = await write()
        except StaleJobError:
            raise
        except StoreError as error:
            if not refused:
                log.error("%s, but the database does not take it yet: %s", news, error)  # noqa: TRY400 - no bug
            refused = True
        else:
            if refused:
                log.info("%s: written down now", news)
            return result
        await asyncio.sleep(pause)
        pause = min(2 * pause, _LONGEST_PAUSE)
