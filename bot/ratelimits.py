"""discord.py's own bookkeeping of Discord's rate limits, with one defect mended.

With a longest wait set, discord.py 2.7.1 refuses a request as soon as its bucket's window lasts longer than
that, although requests are left in the window. Here a request that is allowed is simply made; only one that
would really have to wait too long is refused. Everything else is discord.py's.
"""

from __future__ import annotations

from typing import Any

import discord


class Bucket(discord.http.Ratelimit):
    """One route's window and what is left of it."""

    async def acquire(self) -> None:
        """Take a request from the window, or wait for the next as discord.py does.

        Raises `discord.RateLimited` if the wait would be longer than the longest one allowed.
        """
        if self.remaining <= 0 or self.is_expired():
            await super().acquire()
            return
        self._last_request = self._loop.time()
        self.remaining -= 1
        self.outgoing += 1

    async def __aexit__(self, *error: Any) -> None:
        """Give the requests that wait what is left of the window."""
        left = self.remaining - (self.outgoing - 1)
        if left > 0 and self._pending_requests and not self._sleeping.locked():
            self.outgoing -= 1
            self._wake(left)
            return
        await super().__aexit__(*error)


def mend_rate_limits() -> None:
    """Have discord.py use `Bucket` for every route from now on."""
    discord.http.Ratelimit = Bucket  # type: ignore[misc]
