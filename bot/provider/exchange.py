"""What every exchange over HTTP needs here: explicit time limits, a read that stops in time, a name.

Used by the client of the image service and by the fetcher of pictures; it knows neither of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import aiohttp

_CHUNK_BYTES: Final = 64 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeouts:
    """How long an exchange may take, in seconds.

    `connect` covers waiting for a free connection, the name's look-up, TCP and TLS; `total` everything
    up to the last byte of the body.
    """

    connect: float = 10
    total: float = 30


def user_agent() -> str:
    """Return how the bot names itself to other servers."""
    try:
        return f"Easel/{version('easel')}"
    except PackageNotFoundError:
        return "Easel"


async def read_at_most(response: aiohttp.ClientResponse, limit: int) -> bytes | None:
    """Return the body, or None as soon as it is known to have more than `limit` bytes.

    Compressed bodies count with what they unpack to. Raises what aiohttp raises on a broken body.
    """
    announced = response.content_length
    if announced is not None and announced > limit:
        response.close()
        return None
    body = bytearray()
    async for chunk in response.content.iter_chunked(_CHUNK_BYTES):
        body += chunk
        if len(body) > limit:
            response.close()
            return None
    return bytes(body)
