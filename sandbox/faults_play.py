"""How each fault is played on the wire.

`play` takes the request and a way to get the real answer, and returns what the caller sees: an answer that is
spoilt or late. When a fault applies is decided in `sandbox.faults`.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import json
import struct
import zlib
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final, Literal

from aiohttp import web

from sandbox.discord import errors
from sandbox.faults_spec import (
    BodyAction,
    BombAction,
    DelayAction,
    DropAction,
    HangAction,
    HugeAction,
    RateLimitAction,
    StatusAction,
    Target,
    TruncateAction,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from sandbox.faults_spec import Action

BOMB_SIDE: Final = 30_000
CHUNK: Final = 256 * 1024
MEGABYTE: Final = 1024 * 1024
#: How often a hung request looks whether its caller is still there, in seconds.
LOOK_EVERY: Final = 0.05

PNG_SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"


@dataclass(frozen=True, slots=True)
class Call:
    """A request that a fault falls on.

    `real` runs the handler and gives its answer; `stopping` ends every wait when the application shuts down.
    """

    request: web.Request
    target: Target
    phase: Literal["before", "after"]
    real: Callable[[], Awaitable[web.StreamResponse]]
    stopping: asyncio.Event


async def play(action: Action, call: Call) -> web.StreamResponse:
    """Return what the caller sees."""
    if call.phase == "after" and not isinstance(action, DelayAction | TruncateAction):
        # A refusal of the handler is as good as any other answer to spoil.
        with contextlib.suppress(web.HTTPException):
            await call.real()
    return await _answer(action, call)


@functools.singledispatch
async def _answer(action: Action, call: Call) -> web.StreamResponse:
    """Return the answer that this kind of action gives; one that is not for requests gives the real one."""
    return await call.real()


@_answer.register
async def _status(action: StatusAction, call: Call) -> web.StreamResponse:
    if action.body is None:
        response = _own_error(call.target, action.status)
    elif isinstance(action.body, str):
        response = web.Response(body=action.body.encode(), status=action.status, content_type="text/plain")
    else:
        response = _json(action.body, action.status)
    response.headers.update(action.headers)
    return response


@_answer.register
async def _delay(action: DelayAction, call: Call) -> web.StreamResponse:
    if call.phase == "after":
        answer = await call.real()
        await _sleep(action.seconds, call.stopping)
        return answer
    await _sleep(action.seconds, call.stopping)
    return await call.real()


@_answer.register
async def _hang(action: HangAction, call: Call) -> web.StreamResponse:
    transport = call.request.transport
    while not call.stopping.is_set() and transport is not None and not transport.is_closing():
        await _sleep(LOOK_EVERY, call.stopping)
    return _hang_up(call.request)


@_answer.register
async def _drop(action: DropAction, call: Call) -> web.StreamResponse:
    return _hang_up(call.request)


@_answer.register
async def _truncate(action: TruncateAction, call: Call) -> web.StreamResponse:
    """Send the real headers and half of the real body; an answer without a body is not sent at all."""
    answer = await call.real()
    body = answer.body if isinstance(answer, web.Response) and not answer.prepared else None
    if not isinstance(body, bytes | bytearray) or not body:
        return _hang_up(call.request)
    half = web.StreamResponse(status=answer.status, headers=answer.headers)
    half.content_length = len(body)
    await half.prepare(call.request)
    with contextlib.suppress(ConnectionError):
        await half.write(bytes(body[: len(body) // 2]))
    _hang_up(call.request)
    return half


@_answer.register
async def _body(action: BodyAction, call: Call) -> web.StreamResponse:
    return web.Response(body=action.text.encode(), status=action.status, content_type=action.content_type)


@_answer.register
async def _huge(action: HugeAction, call: Call) -> web.StreamResponse:
    """Stream it in chunks, without saying how long it is: whoever trusts a length would not be tested."""
    is_picture = call.target in (Target.CDN, Target.FILES)
    answer = web.StreamResponse()
    answer.content_type = "image/png" if is_picture else "application/json"
    start, nothing, end = (PNG_SIGNATURE, b"\0", b"") if is_picture else (b"", b" ", b"{}")
    chunks, rest = divmod(action.megabytes * MEGABYTE - len(start) - len(end), CHUNK)
    chunk = nothing * CHUNK
    await answer.prepare(call.request)
    # A caller who has seen enough hangs up, and that is what the fault is for.
    with contextlib.suppress(ConnectionError):
        await answer.write(start + nothing * rest)
        for _ in range(chunks):
            await answer.write(chunk)
        await answer.write_eof(end)
    return answer


@_answer.register
async def _bomb(action: BombAction, call: Call) -> web.StreamResponse:
    picture = await asyncio.to_thread(bomb)
    return web.Response(body=picture, content_type="image/png")


@_answer.register
async def _rate_limit(action: RateLimitAction, call: Call) -> web.StreamResponse:
    if call.target in (Target.DISCORD, Target.CDN):
        is_global = action.scope == "global"
        return errors.rate_limited(action.retry_after, is_global=is_global, scope=action.scope).response()
    response = _own_error(call.target, HTTPStatus.TOO_MANY_REQUESTS)
    response.headers["Retry-After"] = f"{action.retry_after:g}"
    return response


@functools.cache
def bomb() -> bytes:
    """Return a valid PNG of about 100 KB that unfolds to 30,000 x 30,000 black pixels.

    The first call takes a moment, the others nothing.
    """
    header = struct.pack(">IIBBBBB", BOMB_SIDE, BOMB_SIDE, 1, 0, 0, 0, 0)
    row = bytes(1 + (BOMB_SIDE + 7) // 8)
    press = zlib.compressobj(9)
    rows = b"".join(press.compress(row * 100) for _ in range(BOMB_SIDE // 100)) + press.flush()
    return PNG_SIGNATURE + _png_chunk(b"IHDR", header) + _png_chunk(b"IDAT", rows) + _png_chunk(b"IEND", b"")


def _png_chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def _own_error(target: Target, status: int) -> web.Response:
    """Return the answer that the target itself gives with this status."""
    phrase = _phrase(status)
    if target is Target.DISCORD:
        return DISCORD_ERRORS.get(status, _any_discord_error(status, phrase)).response()
    if target is Target.APIXO:
        return _json({"code": status, "message": APIXO_MESSAGES.get(status, phrase), "data": None}, status)
    if target is Target.CDN and status == HTTPStatus.NOT_FOUND:
        phrase = "This content is no longer available."
    return web.Response(body=phrase.encode(), status=status, content_type="text/plain")


def _any_discord_error(status: int, phrase: str) -> errors.DiscordError:
    return errors.DiscordError(status, 0, f"{status}: {phrase}")


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown Error"


def _json(body: Any, status: int) -> web.Response:
    return web.Response(body=json.dumps(body).encode(), status=status, content_type="application/json")


def _hang_up(request: web.Request) -> web.Response:
    """Close the connection; what is returned goes nowhere."""
    if request.transport is not None:
        request.transport.close()
    return web.Response()


async def _sleep(seconds: float, stopping: asyncio.Event) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await stopping.wait()


DISCORD_ERRORS: Final = {
    401: errors.unauthorized(),
    403: errors.missing_permissions(),
    404: errors.not_found(),
    405: errors.method_not_allowed(),
    413: errors.request_entity_too_large(),
    429: errors.rate_limited(1.0),
}
#: In the words of the provider's page where it has some.
APIXO_MESSAGES: Final = {429: "Rate limit exceeded"}
