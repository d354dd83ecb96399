"""The store as everybody else sees it: all operations on one object, open for a while.

Each group of operations has a module of its own beside this one; here they only come together.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

from bot.store.account import Account
from bot.store.acts import Acts
from bot.store.admission import Admission
from bot.store.archiving import Archiving
from bot.store.blocks import Blocks
from bot.store.calling_off import CallingOff
from bot.store.consents import Consents
from bot.store.delivery import Delivery
from bot.store.drafts import Drafts
from bot.store.draining import Draining
from bot.store.endings import Endings
from bot.store.engine import open_database, open_database_beside
from bot.store.erasing import Erasing
from bot.store.gallery import Gallery
from bot.store.leases import Leases
from bot.store.looks import Looks
from bot.store.moments import Moments
from bot.store.mydata import MyData
from bot.store.questions import Questions
from bot.store.queue import Queue
from bot.store.quotas import Quotas
from bot.store.removal import Removal
from bot.store.servers import Servers
from bot.store.studios import Studios
from bot.store.submission import Submission

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.clock import Clock
    from bot.store.moves import Watch

#: How long a statement waits for another process's lock on the file, in seconds.
_BUSY_TIMEOUT: Final = 5.0


class Store(
    Account,
    Acts,
    Admission,
    Submission,
    Looks,
    Delivery,
    Archiving,
    Blocks,
    CallingOff,
    Consents,
    Endings,
    Gallery,
    Leases,
    Moments,
    Drafts,
    Quotas,
    Draining,
    Removal,
    Servers,
    Studios,
    Questions,
    MyData,
    Erasing,
    Queue,
):
    """Everything that can be done with the database.

    Any operation raises `StoreBusyError` if the database stays locked, `StoreUnwritableError` if the disk
    or the file lets nothing be written, and `StoreError` if it refuses for another reason.
    One that is given a job raises `StaleJobError` if the stored job is not in that state any more, or
    not in the same worker's hands. Jobs that come back are as the operation left them.
    """

    @property
    def takes_writes(self) -> bool:
        """Whether no write is refused for want of room or of the right to write, as far as is known."""
        return self._database.writability.is_well

    async def try_writing(self) -> None:
        """While writes are refused, find out whether they are taken again."""
        await self._database.try_writing()


@asynccontextmanager
async def open_store(
    url: str, *, clock: Clock, busy_timeout: float = _BUSY_TIMEOUT, watch: Watch | None = None
) -> AsyncIterator[Store]:
    """Open the database at a SQLAlchemy address, brought up to date, for this process alone.

    `watch` is told each move of a job after it was committed.
    Errors: `SettingsError` for an address that is no SQLite file, `InstanceRunningError` if another
    process has the file, `StoreError` if it cannot be opened or was made by a newer version.
    """
    async with open_database(url, clock=clock, busy_timeout=busy_timeout, watch=watch) as database:
        yield Store(database=database, clock=clock)


@asynccontextmanager
async def open_beside(url: str, *, clock: Clock, busy_timeout: float = _BUSY_TIMEOUT) -> AsyncIterator[Store]:
    """Open an existing database as a guest beside the bot that may be running: to look, or ask for a drain.

    Errors: `SettingsError` for an address that is no SQLite file, `StoreError` if there is no database
    there, or one of a newer version or a much older one.
    """
    async with open_database_beside(url, clock=clock, busy_timeout=busy_timeout) as database:
        yield Store(database=database, clock=clock)
