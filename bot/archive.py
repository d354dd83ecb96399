"""Where finished pictures are kept for a while: a folder, an S3-compatible bucket, or nowhere.

Each picture is one object under a key that follows from its job's id, so that keeping it twice is keeping
it once. What is written is there whole or not at all. Every operation has a time limit and raises nothing
but `ArchiveError`; which picture is kept and for how long is decided in `bot.engine`.
"""

from __future__ import annotations

import asyncio
import io
import re
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

import obstore
from obstore.exceptions import BaseError
from obstore.store import LocalStore, S3Store

from bot.errors import ArchiveError, ArchiveMissingError, SettingsError
from bot.jobids import JOB_ID_LENGTH, job_id_moment

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

#: How long one operation may take, in seconds; a delivery waits for the archive no longer than that.
PATIENCE: Final = 5.0
_CHUNK_BYTES: Final = 1024 * 1024
_LISTED_AT_ONCE: Final = 200
_KEY: Final = re.compile(rf"\d{{4}}/\d{{2}}/([0-9a-z]{{{JOB_ID_LENGTH}}})\.(?:jpg|png|webp)")
#: What a write that was killed half-way leaves in a folder; the library never lists it.
_TORN: Final = "[0-9][0-9][0-9][0-9]/[0-9][0-9]/*#[0-9]*"


class FileKind(Protocol):
    """What the archive wants to know of a file; `bot.images.PictureInfo` is one."""

    @property
    def suffix(self) -> str:
        """The ending of a file's name, with its dot."""

    @property
    def content_type(self) -> str:
        """The media type."""


class Archive(Protocol):
    """Keeps pictures by keys such as `2026/11/<job id>.jpg`.

    Every operation raises `ArchiveError` if the archive cannot be used, with the reason for the operator.
    """

    async def keep(self, job_id: str, data: bytes, info: FileKind) -> str | None:
        """Keep a picture and return its key; None if pictures are not kept at all."""

    async def fetch(self, key: str) -> bytes:
        """Return a kept picture; raises `ArchiveMissingError` if there is none under this key."""

    async def remove(self, key: str) -> None:
        """Remove a picture; one that is gone already counts as removed."""

    def old_keys(self, before: datetime) -> AsyncIterator[list[str]]:
        """Give the keys of what was written before that moment, some at a time, perhaps none.

        Only what this archive itself may have written is named, whatever else lies there.
        """

    async def clean(self, before: datetime) -> int:
        """Remove what broken writes left before that moment; return how many files that were."""


def open_archive(url: str) -> Archive:
    """Open the archive at `file:<folder>`, which is made if need be, or `s3://<bucket>/<prefix>`.

    A folder is relative to the working directory; for S3 the library reads `AWS_*` from the environment
    and nothing is sent yet. An empty address keeps nothing. Raises `SettingsError`.
    """
    if not url:
        return NoArchive()
    try:
        if url.startswith("file:"):
            return FolderArchive(folder_of(url))
        return ObjectArchive(
            S3Store.from_url(
                url,
                # The bulk request is missing in some servers that are otherwise compatible. Options of the
                # client are not given here: they would put those of the environment out of force.
                config={"disable_bulk_delete": True},
                retry_config={"max_retries": 2, "retry_timeout": timedelta(seconds=PATIENCE)},
            ),
        )
    except (BaseError, OSError, ValueError) as error:
        raise SettingsError(
            f"ARCHIVE_URL: the archive {url} cannot be opened ({_words(error)}); "
            "name a folder that this user may write, an S3 bucket, or nothing.",
        ) from error


def folder_of(url: str) -> Path:
    """Return the folder that a `file:` address names; only its empty host is no part of the path."""
    path = url.removeprefix("file:")
    return Path(path.removeprefix("//") if path.startswith("///") else path)


class NoArchive:
    """Keeps nothing."""

    async def keep(self, job_id: str, data: bytes, info: FileKind) -> str | None:
        """Do nothing."""
        del job_id, data, info
        return None

    async def fetch(self, key: str) -> bytes:
        """Raise `ArchiveMissingError`."""
        raise ArchiveMissingError("pictures are not kept", key=key)

    async def remove(self, key: str) -> None:
        """Do nothing: what an earlier setting kept elsewhere is out of reach."""
        del key

    async def old_keys(self, before: datetime) -> AsyncIterator[list[str]]:
        """Give nothing."""
        del before
        nothing: tuple[list[str], ...] = ()
        for keys in nothing:
            yield keys

    async def clean(self, before: datetime) -> int:
        """Find nothing."""
        del before
        return 0


class ObjectArchive:
    """Keeps pictures in a store of obstore, which works in threads of its own."""

    def __init__(self, store: LocalStore | S3Store, *, patience: float = PATIENCE) -> None:
        self._store = store
        self._patience = patience

    async def keep(self, job_id: str, data: bytes, info: FileKind) -> str | None:
        """Write the picture in one piece, from the very bytes; one that is there already is replaced whole.

        Not refusing to replace is on purpose: not every S3-compatible server and file system can.
        """
        key = key_of(job_id, info.suffix)
        attributes = {"Content-Type": info.content_type} if isinstance(self._store, S3Store) else None
        with _translated(key):
            async with asyncio.timeout(self._patience):
                await obstore.put_async(self._store, key, data, use_multipart=False, attributes=attributes)
        return key

    async def fetch(self, key: str) -> bytes:
        """Read the picture piece by piece into the buffer that is returned."""
        with _translated(key, missing=True):
            async with asyncio.timeout(self._patience):
                found = await obstore.get_async(self._store, key)
                buffer = io.BytesIO()
                async for chunk in found.stream(_CHUNK_BYTES):
                    buffer.write(chunk)
        return buffer.getvalue()

    async def remove(self, key: str) -> None:
        """Remove the picture."""
        try:
            with _translated(key, missing=True):
                async with asyncio.timeout(self._patience):
                    await obstore.delete_async(self._store, key)
        except ArchiveMissingError:
            return

    async def old_keys(self, before: datetime) -> AsyncIterator[list[str]]:
        """Walk through the months up to that moment; later ones hold nothing that is older."""
        for month in await self._months(f"{before:%Y/%m}"):
            chunks = obstore.list(self._store, month, chunk_size=_LISTED_AT_ONCE)
            while True:
                with _translated(month):
                    async with asyncio.timeout(self._patience):
                        chunk = await anext(chunks, None)
                if chunk is None:
                    break
                yield [
                    each["path"]
                    for each in chunk
                    if each["last_modified"] < before and _KEY.fullmatch(each["path"])
                ]

    async def clean(self, before: datetime) -> int:
        """Find nothing: a bucket shows nothing of a write before it is whole."""
        del before
        return 0

    async def _months(self, last: str) -> list[str]:
        months: list[str] = []
        with _translated(last):
            async with asyncio.timeout(self._patience):
                years = await obstore.list_with_delimiter_async(self._store)
                for year in years["common_prefixes"]:
                    if re.fullmatch(r"\d{4}", year) and year <= last[:4]:
                        found = await obstore.list_with_delimiter_async(self._store, year)
                        months += found["common_prefixes"]
        return sorted(month for month in months if re.fullmatch(r"\d{4}/\d{2}", month) and month <= last)


class FolderArchive(ObjectArchive):
    """Keeps pictures as files in a folder; months that became empty are removed."""

    def __init__(self, folder: Path, *, patience: float = PATIENCE) -> None:
        super().__init__(LocalStore(folder, mkdir=True, automatic_cleanup=True), patience=patience)
        self._folder = folder.resolve()

    async def clean(self, before: datetime) -> int:
        """Remove the files that killed processes left half written."""
        with _translated("what was half written"):
            return await asyncio.to_thread(self._remove_torn, before.timestamp())

    def _remove_torn(self, before: float) -> int:
        torn = [file for file in self._folder.glob(_TORN) if file.stat().st_mtime < before]
        for file in torn:
            file.unlink(missing_ok=True)
        return len(torn)


def key_of(job_id: str, suffix: str) -> str:
    """Return the key of a job's picture, in the folder of the month in which it was asked for."""
    return f"{job_id_moment(job_id):%Y/%m}/{job_id}{suffix}"


def job_id_of(key: str) -> str:
    """Return the id of the job that a key belongs to; the inverse of `key_of`."""
    found = _KEY.fullmatch(key)
    if found is None:
        raise ValueError(f"{key!r} is no key of this archive")
    return found[1]


@contextmanager
def _translated(key: str, *, missing: bool = False) -> Iterator[None]:
    """Turn what obstore raises into the archive's own errors; without `missing` nothing can be missing.

    A write to a bucket that does not exist is "not found" as well, and no missing picture.
    """
    try:
        yield
    except TimeoutError as error:
        raise ArchiveError("the archive takes too long", key=key) from error
    except FileNotFoundError as error:
        if missing:
            raise ArchiveMissingError("it is not in the archive", key=key) from error
        raise ArchiveError(_words(error), key=key) from error
    except (BaseError, OSError, ValueError) as error:
        raise ArchiveError(_words(error), key=key) from error


def _words(error: Exception) -> str:
    """Return what an error of obstore says, without the structures that it prints below."""
    return str(error).partition("\n")[0]
