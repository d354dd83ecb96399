"""The bytes behind attachments, in memory or in a folder, and what can be told from looking at them.

Reading, writing and measuring leave the event loop. Which message a file hangs on is not known here.
"""

from __future__ import annotations

import asyncio
import io
import mimetypes
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from PIL import Image, UnidentifiedImageError

if TYPE_CHECKING:
    from pathlib import Path


class Files(Protocol):
    """Where bytes are kept under an attachment's id."""

    async def put(self, file_id: int, data: bytes) -> None:
        """Keep these bytes."""
        ...

    async def get(self, file_id: int) -> bytes | None:
        """Return the bytes, or None if there are none."""
        ...

    def drop(self, file_id: int) -> None:
        """Forget the bytes, if there are any."""
        ...


class MemoryFiles:
    """Bytes that end with the process."""

    def __init__(self) -> None:
        self._data: dict[int, bytes] = {}

    async def put(self, file_id: int, data: bytes) -> None:
        """Keep these bytes."""
        self._data[file_id] = data

    async def get(self, file_id: int) -> bytes | None:
        """Return the bytes, or None if there are none."""
        return self._data.get(file_id)

    def drop(self, file_id: int) -> None:
        """Forget the bytes, if there are any."""
        self._data.pop(file_id, None)


class FolderFiles:
    """Bytes as files in one folder, which must exist."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def put(self, file_id: int, data: bytes) -> None:
        """Keep these bytes."""
        await asyncio.to_thread((self._folder / str(file_id)).write_bytes, data)

    async def get(self, file_id: int) -> bytes | None:
        """Return the bytes, or None if there are none."""
        try:
            return await asyncio.to_thread((self._folder / str(file_id)).read_bytes)
        except FileNotFoundError:
            return None

    def drop(self, file_id: int) -> None:
        """Forget the bytes, if there are any."""
        (self._folder / str(file_id)).unlink(missing_ok=True)


@dataclass(frozen=True, slots=True)
class Look:
    """What a file is: its MIME type, and its size in pixels if it is a picture."""

    content_type: str | None
    width: int | None = None
    height: int | None = None


async def look_at(filename: str, data: bytes) -> Look:
    """Tell what these bytes are: by themselves for pictures, else by the name."""
    return await asyncio.to_thread(_look_at, filename, data)


def _look_at(filename: str, data: bytes) -> Look:
    try:
        with Image.open(io.BytesIO(data)) as picture:
            kind = Image.MIME.get(picture.format or "")
            return Look(kind, picture.width, picture.height)
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, ValueError, SyntaxError):
        return Look(mimetypes.guess_type(filename)[0])
