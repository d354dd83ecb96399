"""The store as everybody else sees it: all operations on one object, open for a while.

Each group of operations has a module of its own beside this one; here they only come together.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

from bot.store.account import Account
from bot.store.admission import Admission
from bot.store.archiving import Archiving
from bot.store.delivery import Delivery
from bot.store.endings import Endings
from bot.store.engine import open_database
from bot.store.leases import Leases
from bot.store.looks import Looks
from bot.store.questions import Questions
from bot.store.studios import Studios
from bot.store.submission import Submission

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.clock import Clock

#: How long a statement waits for another process's lock on the file, in seconds.
_BUSY_TIMEOUT: Final = 5.0


class Store(Account, Admission, Submission, Looks, Delivery, Archiving, Endings, Leases, Studios, Questions):
    """Everything that can be done with the database.

    Any operation raises `StoreBusyError` if the database stays locked and `StoreError` if it refuses.
    One that is given a job raises `StaleJobError` if the stored job is not in that state any more, or
    not in the same worker's hands. Jobs that come back are as the operation left them.
    """


@asynccontextmanager
async def open_store(url: str, *, clock: Clock, busy_timeout: float = _BUSY_TIMEOUT) -> AsyncIterator[Store]:
    """Open the database at a SQLAlchemy address, brought up to date, for this process alone.

    Errors: `SettingsError` for an address that is no SQLite file, `InstanceRunningError` if another
    process has the file, `StoreError` if it cannot be opened or was made by a newer version.
    """
    async with open_database(url, busy_timeout=busy_timeout) as database:
        yield Store(database=database, clock=clock)
