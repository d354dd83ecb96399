"""Opening and closing the database, its transactions, and the one place where its errors are translated.

A SQLite file belongs to one process at a time, held by a lock file beside it; a command may look in
beside it. Writing goes through one connection whose transactions take the write lock at once; reading
has connections of its own, so a read never waits for a writer. What is read and written stands elsewhere.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

import sqlalchemy as sa
from filelock import FileLock, Timeout
from sqlalchemy.exc import OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import create_async_engine

from bot.errors import InstanceRunningError, SettingsError, StoreBusyError, StoreError, StoreUnwritableError
from bot.store.migrations import admits_guests, upgrade
from bot.store.writability import Writability

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from sqlalchemy.engine import URL
    from sqlalchemy.engine.interfaces import DBAPIConnection
    from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

    from bot.clock import Clock
    from bot.store.moves import Move, Watch

_DRIVER: Final = "sqlite+aiosqlite"
_READERS: Final = 4
#: How long a start waits for the lock of the file, in seconds: a command may be looking whether it is held.
_LOCK_SECONDS: Final = 0.2
_MOVES: Final = "moves"
#: How long a writer waits for its turn inside this process, in seconds.
_TURN_TIMEOUT: Final = 30.0
#: SQLite's words for "somebody else has the lock".
_BUSY_WORDS: Final = ("is locked", "is busy")
_UNWRITABLE_WORDS: Final = ("readonly database", "unable to open", "disk is full", "disk i/o error")


class Database:
    """An open database: hands out transactions, and lets no exception of a driver through."""

    def __init__(
        self, *, writer: AsyncEngine, reader: AsyncEngine, name: str, clock: Clock, watch: Watch | None
    ) -> None:
        self._writer = writer
        self._reader = reader
        self._name = name
        self._watch = watch
        self.writability = Writability(clock=clock)

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncConnection]:
        """Give a transaction that holds the write lock from its first moment; commit it at the end.

        Errors: `StoreBusyError` if the lock is not to be had in time, `StoreUnwritableError` if the disk
        or the file does not let it, `StoreError` for any other refusal.
        """
        moves: list[Move] = []
        try:
            with _translated(self._name):
                async with self._writer.begin() as connection:
                    connection.info[_MOVES] = moves
                    yield connection
        except StoreUnwritableError as error:
            self.writability.refused(error)
            raise
        if self._watch:
            for move in moves:
                self._watch(move)

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """Give a transaction that sees one moment of the database and cannot change it."""
        with _translated(self._name):
            async with self._reader.connect() as connection:
                yield connection

    async def try_writing(self) -> None:
        """While writes are refused, make a small one to see whether they are taken again."""
        if self.writability.is_well:
            return
        async with self.writing() as connection:
            # A number in the file's head that nobody uses: writing it again changes nothing.
            number = (await connection.exec_driver_sql("PRAGMA user_version")).scalar_one()
            await connection.exec_driver_sql(f"PRAGMA user_version = {int(number)}")
        self.writability.accepted()

    async def wipe_log(self) -> None:
        """Move all that was written into the file itself, so that the log beside it holds nothing older.

        A reader that is at it longer than a lock is waited for leaves that to the next time.
        """
        with _translated(self._name):
            async with self._writer.connect() as connection:
                # It is refused within a transaction, which every statement of the connection itself begins.
                raw = cast("Any", (await connection.get_raw_connection()).driver_connection)
                await (await raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")).close()

    @property
    def is_watched(self) -> bool:
        """Whether anybody is told of moves."""
        return self._watch is not None

    def moved(self, connection: AsyncConnection, move: Move) -> None:
        """Have a move told to whoever watches, if and when the transaction is committed."""
        connection.info[_MOVES].append(move)


@asynccontextmanager
async def open_database(
    address: str, *, clock: Clock, busy_timeout: float, watch: Watch | None = None
) -> AsyncIterator[Database]:
    """Lock, migrate and open the database at a SQLAlchemy address; close it at the end.

    `busy_timeout` is how long, in seconds, a statement waits for somebody else's lock. `watch` is told
    every move of a job after it was committed.
    Errors: `SettingsError` for an address that is not one of a SQLite file, `InstanceRunningError` if
    another process has the file, `StoreError` if it cannot be read, written or understood.
    """
    url = _checked(address)
    file = Path(str(url.database))
    with _exclusive(file), _translated(str(file)):
        # Where even this fails, aiosqlite would leave a thread behind that outlives the event loop.
        await asyncio.to_thread(_touch, file, busy_timeout=busy_timeout)
        await _migrate(url, busy_timeout=busy_timeout, name=str(file))
        async with _opened(url, clock=clock, busy_timeout=busy_timeout, watch=watch) as database:
            yield database


@asynccontextmanager
async def open_database_beside(address: str, *, clock: Clock, busy_timeout: float) -> AsyncIterator[Database]:
    """Open an existing database beside the process that it belongs to, without its lock and unmigrated.

    Errors: `SettingsError` as `open_database`, `StoreError` if there is none, or it is of a newer version
    or a much older one.
    """
    url = _checked(address)
    file = Path(str(url.database))
    with _translated(str(file)):
        try:
            there = await asyncio.to_thread(file.is_file)
        except OSError as exc:
            msg = f"The folder of the database file {file} cannot be read: {exc.strerror}."
            raise StoreError(msg) from exc
        if not there:
            msg = f"There is no database at {file} yet; `easel run` makes it."
            raise StoreError(msg)
        async with _opened(url, clock=clock, busy_timeout=busy_timeout) as database:
            async with database.reading() as connection:
                if not await connection.run_sync(admits_guests):
                    msg = f"{file} belongs to another version of Easel; ask that version's own command."
                    raise StoreError(msg)
            yield database


def is_in_use(address: str) -> bool:
    """Return whether a process has the database at this address as its own."""
    lock = _lock_of(Path(str(_checked(address).database)))
    try:
        lock.acquire(blocking=False)
    except Timeout:
        return True
    except OSError:
        return False
    lock.release()
    return False


@asynccontextmanager
async def _opened(
    url: URL, *, clock: Clock, busy_timeout: float, watch: Watch | None = None
) -> AsyncIterator[Database]:
    writer = _engine(url, begin="BEGIN IMMEDIATE", size=1, busy_timeout=busy_timeout)
    reader = _engine(
        url, begin="BEGIN", size=_READERS, busy_timeout=busy_timeout, pragmas=("query_only = ON",)
    )
    try:
        yield Database(writer=writer, reader=reader, name=str(url.database), clock=clock, watch=watch)
    finally:
        # The last connection to close tidies the write-ahead log away, so that is the writer's.
        await reader.dispose()
        await writer.dispose()


def _checked(address: str) -> URL:
    try:
        url = sa.make_url(address)
    except SQLAlchemyError as exc:
        msg = f"DATABASE_URL is not an address of a database. Write it like {_DRIVER}:///data/easel.db."
        raise SettingsError(msg) from exc
    if url.drivername != _DRIVER or not url.database or url.database.startswith((":memory:", "file:")):
        shown = url.render_as_string(hide_password=True)
        msg = f"DATABASE_URL must name a SQLite file, like {_DRIVER}:///data/easel.db, not {shown}."
        raise SettingsError(msg)
    return url


@contextmanager
def _exclusive(file: Path) -> Iterator[None]:
    """Hold the lock beside the file; the system lets go of it when the process dies."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        lock = _lock_of(file)
        lock.acquire(timeout=_LOCK_SECONDS)
    except Timeout as exc:
        msg = f"Another Easel is already using {file}. Stop it first, or give this one its own DATABASE_URL."
        raise InstanceRunningError(msg) from exc
    except OSError as exc:
        msg = f"The folder of the database file {file} cannot be written: {exc.strerror or exc}."
        raise StoreError(msg) from exc
    try:
        yield
    finally:
        lock.release()


def _lock_of(file: Path) -> FileLock:
    # Resolved, so that two ways of writing one path meet at the same lock.
    return FileLock(f"{file.resolve()}.lock", thread_local=False)


def _touch(file: Path, *, busy_timeout: float) -> None:
    """Open the file once as SQLite does, making it if it does not exist."""
    sqlite3.connect(file, timeout=busy_timeout).close()
    # SQLite opens a file that it may only read without a word, and would refuse the first write.
    if not os.access(file, os.W_OK):
        raise _unwritable(str(file), "it is read-only")


async def _migrate(url: URL, *, busy_timeout: float, name: str) -> None:
    # SQLite changes a table by building it anew and dropping the old one, which enforced foreign keys
    # would turn into deleting everything that refers to it; they are checked as a whole afterwards.
    engine = _engine(
        url, begin="BEGIN IMMEDIATE", size=1, busy_timeout=busy_timeout, pragmas=("foreign_keys = OFF",)
    )
    try:
        async with engine.begin() as connection:
            if not await connection.run_sync(upgrade):
                # Nothing was built anew, and a look through the whole history takes seconds.
                return
            broken = (await connection.exec_driver_sql("PRAGMA foreign_key_check")).first()
            if broken is not None:
                msg = f"The database file {name} is damaged: a row of {broken[0]} refers to a missing one."
                raise StoreError(msg)
    finally:
        await engine.dispose()


def _engine(
    url: URL, *, begin: str, size: int, busy_timeout: float, pragmas: tuple[str, ...] = ()
) -> AsyncEngine:
    """Make an engine whose transactions start with `begin`, instead of where the driver would start them."""
    engine = create_async_engine(
        url,
        pool_size=size,
        max_overflow=0,
        pool_timeout=_TURN_TIMEOUT,
        # Bound values hold prompts and interaction tokens, which belong in no exception and no log.
        hide_parameters=True,
        connect_args={"timeout": busy_timeout},
    )

    @sa.event.listens_for(engine.sync_engine, "connect")
    def prepare(connection: DBAPIConnection, record: object) -> None:
        del record
        connection.isolation_level = None
        cursor = connection.cursor()
        # Without secure_delete, words that were erased would stay in the file until their place is needed.
        first = ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON", "secure_delete = ON")
        for pragma in (*first, *pragmas):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @sa.event.listens_for(engine.sync_engine, "begin")
    def start(connection: sa.Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine


@contextmanager
def _translated(name: str) -> Iterator[None]:
    """Turn what SQLAlchemy and its drivers raise into the store's own errors."""
    try:
        yield
    except PoolTimeoutError as exc:
        msg = f"{name} has too many writers waiting"
        raise StoreBusyError(msg) from exc
    except (OperationalError, sqlite3.OperationalError) as exc:
        words = str(getattr(exc, "orig", exc))
        if any(word in words.lower() for word in _BUSY_WORDS):
            msg = f"{name}: {words}"
            raise StoreBusyError(msg) from exc
        if any(word in words.lower() for word in _UNWRITABLE_WORDS):
            raise _unwritable(name, words) from exc
        msg = f"{name}: {words}"
        raise StoreError(msg) from exc
    except SQLAlchemyError as exc:
        msg = f"{name}: {getattr(exc, 'orig', None) or exc}"
        raise StoreError(msg) from exc


def _unwritable(name: str, why: str) -> StoreUnwritableError:
    return StoreUnwritableError(
        f"The database file {name} cannot be written ({why}). "
        "Check that this user may write it and its folder, and that the disk has room."
    )
