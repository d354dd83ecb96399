"""Fetches reference pictures, as the service does: anything that is not a small enough picture is refused.

Every address is fetched, this machine's too. What becomes of a task with a bad reference is decided by
`sandbox.apixo.service`.
"""

from __future__ import annotations

import asyncio
import io
import warnings
from typing import TYPE_CHECKING, Final

import aiohttp
from PIL import Image

if TYPE_CHECKING:
    from collections.abc import Sequence

#: The provider's page: JPG, PNG, WebP, max 10MB per image.
MAX_BYTES: Final = 10 * 1024 * 1024
FORMATS: Final = ("JPEG", "PNG", "WEBP")
_MAX_PIXELS: Final = 50_000_000
_TIMEOUT: Final = aiohttp.ClientTimeout(total=20)
_CHUNK: Final = 1 << 16


class BadReferenceError(Exception):
    """A reference cannot be fetched or is not a picture that the service takes."""


async def fetch_all(http: aiohttp.ClientSession, urls: Sequence[str]) -> list[bytes]:
    """Return the pictures behind these addresses or raise `BadReferenceError` for the first bad one."""
    return [await _fetch(http, url) for url in urls]


async def _fetch(http: aiohttp.ClientSession, url: str) -> bytes:
    body = bytearray()
    try:
        async with http.get(url, timeout=_TIMEOUT) as answer:
            if answer.status != 200:
                msg = f"HTTP {answer.status}"
                raise BadReferenceError(msg)
            async for chunk in answer.content.iter_chunked(_CHUNK):
                body += chunk
                if len(body) > MAX_BYTES:
                    msg = "larger than 10 MB"
                    raise BadReferenceError(msg)
    except (aiohttp.ClientError, TimeoutError, ValueError) as exc:
        raise BadReferenceError(str(exc)) from exc
    picture = bytes(body)
    await asyncio.to_thread(_check, picture)
    return picture


def _check(picture: bytes) -> None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(picture), formats=FORMATS) as opened:
                if opened.width * opened.height > _MAX_PIXELS:
                    msg = "too many pixels"
                    raise BadReferenceError(msg)
                opened.load()
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as exc:
        raise BadReferenceError(str(exc)) from exc
