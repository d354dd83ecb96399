"""Discord's gateway: the WebSocket by which the bot hears what happens.

It speaks version 10 in JSON as plain text; clients that ask for compression accept that. Sessions are in
`sandbox.discord.session`; here is the conversation: hello, identify or resume, heartbeats, good-bye.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import secrets
from collections import deque
from typing import TYPE_CHECKING, Any, Final

from aiohttp import WSCloseCode, WSMsgType, web

from sandbox.discord.rest import TOKEN
from sandbox.discord.session import RESUMABLE_FOR, Intent, Op, Session, frame
from sandbox.world import shapes

if TYPE_CHECKING:
    from sandbox.clock import Clock
    from sandbox.world.events import Event
    from sandbox.world.world import World

_log = logging.getLogger(__name__)

PATH: Final = "/discord/gateway"
HEARTBEAT_MILLISECONDS: Final = 41_250

#: A client may send this many payloads in this many seconds.
_SENDS_MAX: Final = 120
_SENDS_SECONDS: Final = 60

#: Discord's gateway close codes.
UNKNOWN_OPCODE, DECODE_ERROR, NOT_AUTHENTICATED, AUTHENTICATION_FAILED = 4001, 4002, 4003, 4004
ALREADY_AUTHENTICATED, INVALID_SEQUENCE, RATE_LIMITED, INVALID_SHARD = 4005, 4007, 4008, 4010


class _Closing(Exception):  # noqa: N818 - how a conversation ends, not a failure
    """The conversation ends with this close code."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


class Gateway:
    """All sessions of the bot, and those that can still be resumed."""

    def __init__(self, *, world: World, clock: Clock, url: str) -> None:
        self._world = world
        self._clock = clock
        self._url = url
        self._sessions: dict[str, Session] = {}
        self._connections: set[_Connection] = set()
        self._unsubscribe = world.subscribe(self._hear)

    def add_routes(self, app: web.Application) -> None:
        """Serve the gateway, and hang up when the application shuts down."""
        app.router.add_get(PATH, self._connect)
        app.router.add_get(f"{PATH}/", self._connect)
        app.on_shutdown.append(self._shut_down)

    async def ask_to_reconnect(self) -> None:
        """Send every client away with a request to resume (opcode 7)."""
        for connection in tuple(self._connections):
            connection.send(frame(Op.RECONNECT, None))

    async def hang_up(self, code: int = WSCloseCode.SERVICE_RESTART) -> None:
        """Close every connection; the sessions can be resumed."""
        for connection in tuple(self._connections):
            await connection.hang_up(code)

    def identify(self, data: dict[str, Any], line: asyncio.Queue[str]) -> Session:
        """Open a session for a client that has named itself, and tell it what there is."""
        index, count = data.get("shard") or (0, 1)
        if not 0 <= index < count:
            raise _Closing(INVALID_SHARD, "Invalid shard.")
        session = Session(
            secrets.token_hex(16), state=self._world, intents=int(data["intents"]), shard=(index, count)
        )
        session.line = line
        self._sessions[session.id] = session
        mine = [
            g for g in self._world.guilds.values() if self._world.bot_id in g.members and session.has(g.id)
        ]
        session.dispatch(
            "READY",
            {
                "v": 10,
                "user": {**shapes.user(self._world.user(self._world.bot_id)), "verified": True},
                "session_id": session.id,
                "resume_gateway_url": self._url,
                "guilds": [{"id": str(guild.id), "unavailable": True} for guild in mine],
                "application": {"id": str(self._world.bot_id), "flags": 0},
                "private_channels": [],
                "relationships": [],
                "shard": [index, count],
            },
        )
        if session.intents & Intent.GUILDS:
            for guild in mine:
                session.dispatch("GUILD_CREATE", shapes.guild_create(self._world, guild))
        self.note_presence(session)
        return session

    def resume(self, data: dict[str, Any], line: asyncio.Queue[str]) -> Session | None:
        """Go on with a session; None if it is not known any more or too much was missed."""
        session = self._sessions.get(str(data.get("session_id")))
        if session is None or self._is_over(session):
            return None
        session.line = line
        if not session.replay(int(data.get("seq") or 0)):
            del self._sessions[session.id]
            return None
        session.lost_at = None
        session.dispatch("RESUMED", {})
        self.note_presence(session)
        return session

    def leave(self, session: Session, line: asyncio.Queue[str], *, for_good: bool) -> None:
        """Note that a client's connection is gone; `for_good` ends its session."""
        if session.line is not line:
            return
        session.line = None
        session.lost_at = self._clock.now()
        if for_good:
            self._sessions.pop(session.id, None)
        self._sessions = {key: one for key, one in self._sessions.items() if not self._is_over(one)}
        self.note_presence(session)

    def members_chunk(self, session: Session, data: dict[str, Any]) -> None:
        """Answer a request for a server's members, all in one piece."""
        guild = self._world.guilds.get(int(data["guild_id"]))
        if guild is None or self._world.bot_id not in guild.members:
            return
        asked: Any = data.get("user_ids") or []
        wanted = {int(one) for one in (asked if isinstance(asked, list) else [asked])}
        beginning = str(data.get("query") or "").lower()
        found = [
            shapes.member(self._world, member)
            for member in guild.members.values()
            if (not wanted or member.user_id in wanted)
            and self._world.users[member.user_id].username.startswith(beginning)
        ]
        chunk = {"guild_id": str(guild.id), "members": found, "chunk_index": 0, "chunk_count": 1}
        session.dispatch("GUILD_MEMBERS_CHUNK", {**chunk, "nonce": data.get("nonce")})

    def note_presence(self, session: Session) -> None:
        """Tell the world whether any session is connected."""
        online = any(one.line is not None for one in self._sessions.values())
        self._world.set_bot_online(online=online, reads_content=session.reads_content)

    async def _connect(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(max_msg_size=4096 * 4)
        await socket.prepare(request)
        connection = _Connection(socket, self, self._clock)
        self._connections.add(connection)
        try:
            await connection.converse()
        finally:
            self._connections.discard(connection)
        return socket

    async def _shut_down(self, _: web.Application) -> None:
        self._unsubscribe()
        await self.hang_up(WSCloseCode.GOING_AWAY)

    def _hear(self, event: Event) -> None:
        for session in self._sessions.values():
            session.hear(event)

    def _is_over(self, session: Session) -> bool:
        return session.lost_at is not None and self._clock.now() - session.lost_at > RESUMABLE_FOR


class _Connection:
    """One WebSocket and, once the client has named itself, its session."""

    def __init__(self, socket: web.WebSocketResponse, gateway: Gateway, clock: Clock) -> None:
        self.socket = socket
        self._gateway = gateway
        self._clock = clock
        self._session: Session | None = None
        self._line: asyncio.Queue[str] = asyncio.Queue()
        self._sends: deque[float] = deque(maxlen=_SENDS_MAX)
        self._ended_here = False

    def send(self, text: str) -> None:
        """Send a frame after all that wait already."""
        self._line.put_nowait(text)

    async def hang_up(self, code: int, reason: str = "") -> None:
        """End the conversation from this side, which leaves the session to be resumed."""
        self._ended_here = True
        await self.socket.close(code=code, message=reason.encode())

    async def converse(self) -> None:
        """Talk until one of both hangs up."""
        self.send(frame(Op.HELLO, {"heartbeat_interval": HEARTBEAT_MILLISECONDS}))
        writer = asyncio.create_task(self._write(), name="gateway writer")
        try:
            await self._listen()
        except _Closing as end:
            await self._drain()
            await self.hang_up(end.code, end.reason)
        finally:
            writer.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await writer
            if self._session is not None:
                # A client that is hung up on may well answer with 1000; that is no good-bye of its own.
                said_goodbye = self.socket.close_code in {WSCloseCode.OK, WSCloseCode.GOING_AWAY}
                for_good = said_goodbye and not self._ended_here
                self._gateway.leave(self._session, self._line, for_good=for_good)

    async def _listen(self) -> None:
        async for message in self.socket:
            if message.type is not WSMsgType.TEXT:
                raise _Closing(DECODE_ERROR, "Error while decoding payload.")
            self._count()
            try:
                payload = json.loads(message.data)
                op, data = Op(payload["op"]), payload.get("d")
            except (ValueError, KeyError, TypeError):
                known = message.data.startswith("{") and '"op"' in message.data
                code = UNKNOWN_OPCODE if known else DECODE_ERROR
                raise _Closing(code, "Error while decoding payload.") from None
            try:
                self._take(op, data)
            except (KeyError, TypeError, ValueError, AttributeError):
                raise _Closing(DECODE_ERROR, "Error while decoding payload.") from None

    def _take(self, op: Op, data: Any) -> None:
        if op is Op.HEARTBEAT:
            self.send(frame(Op.HEARTBEAT_ACK, None))
        elif op in {Op.IDENTIFY, Op.RESUME}:
            self._enter(op, data)
        elif self._session is None:
            raise _Closing(NOT_AUTHENTICATED, "Not authenticated.")
        elif op is Op.REQUEST_GUILD_MEMBERS:
            self._gateway.members_chunk(self._session, data)
        elif op not in {Op.PRESENCE_UPDATE, Op.VOICE_STATE_UPDATE}:
            raise _Closing(UNKNOWN_OPCODE, "Unknown opcode.")

    def _enter(self, op: Op, data: dict[str, Any]) -> None:
        if self._session is not None:
            raise _Closing(ALREADY_AUTHENTICATED, "Already authenticated.")
        if str(data.get("token", "")).removeprefix("Bot ") != TOKEN:
            raise _Closing(AUTHENTICATION_FAILED, "Authentication failed.")
        if op is Op.IDENTIFY:
            self._session = self._gateway.identify(data, self._line)
            return
        self._session = self._gateway.resume(data, self._line)
        if self._session is None:
            self.send(frame(Op.INVALID_SESSION, False))

    def _count(self) -> None:
        now = self._clock.now().timestamp()
        if len(self._sends) == _SENDS_MAX and now - self._sends[0] < _SENDS_SECONDS:
            raise _Closing(RATE_LIMITED, "You are being rate limited.")
        self._sends.append(now)

    async def _write(self) -> None:
        while True:
            await self._send_now(await self._line.get())

    async def _drain(self) -> None:
        while not self._line.empty():
            await self._send_now(self._line.get_nowait())

    async def _send_now(self, text: str) -> None:
        # The client may be gone already; what it missed is replayed when it resumes.
        with contextlib.suppress(ConnectionError, RuntimeError):
            await self.socket.send_str(text)
