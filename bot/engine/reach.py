"""Whether the bot can do something in a place, told without a request where that is possible.

The client's cache knows most refusals beforehand, and `Refusals` those that Discord gave lately. Both are
right only for as long as events keep them so: any change of a server's channels, roles or threads, or of
the bot's own place in it, lets the next request through. Posting itself belongs to `posting`.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final, Protocol

import discord

from bot.engine.faults import ANY_FAULT
from bot.engine.refusals import (
    MISSING_ACCESS,
    MISSING_PERMISSIONS,
    NOT_IN_A_FORUM,
    REMEMBERED_FOR,
    THREAD_LOCKED,
    UNKNOWN_GUILD,
    Need,
    Refusals,
)
from bot.jobs import JobState

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from datetime import datetime

    from discord.ext import commands

    from bot.engine.workplace import Workplace
    from bot.jobs import Job

log = logging.getLogger(__name__)

#: The key of direct messages among the servers.
_NO_SERVER: Final = 0
_FORBIDDEN: Final = 403


class _PartOfServer(Protocol):
    """A channel, a thread, a role or a member."""

    guild: discord.Guild


class Reach:
    """What can be reached, by the client's cache and by what Discord refused."""

    def __init__(self, workplace: Workplace, *, client: commands.AutoShardedBot) -> None:
        self._at = workplace
        self._client = client
        self._refusals = Refusals(clock=workplace.clock)
        # What the cache says is asked anew each time; only its log lines are remembered.
        self._told = Refusals(clock=workplace.clock)
        self._left: dict[int, datetime] = {}
        self._waited_for: set[int] = set()

    def watch(self) -> None:
        """Hear of everything after which an earlier refusal may not hold any more."""
        listeners: dict[str, Callable[..., Coroutine[Any, Any, None]]] = {
            "on_guild_channel_delete": self._on_part,
            "on_guild_channel_update": self._on_changed_part,
            "on_guild_role_delete": self._on_part,
            "on_guild_role_update": self._on_changed_part,
            "on_member_update": self._on_changed_part,
            "on_raw_thread_update": self._on_thread_update,
            "on_thread_join": self._on_part,
            "on_guild_join": self._on_guild,
            "on_guild_available": self._on_guild,
            "on_guild_remove": self._on_guild_remove,
        }
        for event, listener in listeners.items():
            self._client.add_listener(listener, event)

    def is_away(self, guild_id: int | None) -> bool:
        """Whether the bot is not in the server at the moment.

        A server that Discord calls unavailable is still one of the bot's. Of servers that another process
        hears of (`DISCORD_SHARD_IDS`) only Discord's answers tell, see `has_left`.
        """
        if guild_id is None or not self._client.is_ready():
            return False
        if self._client.get_guild(guild_id) is not None or not self._hears_of(guild_id):
            return self._is_known_to_have_left(guild_id)
        return True

    def wait_for(self, guild_id: int | None) -> None:
        """Take note that jobs wait for the bot's return to this server."""
        if guild_id is not None:
            self._waited_for.add(guild_id)

    async def has_left(self, job: Job, code: int | None) -> bool:
        """Ask Discord whether the bot is still in the job's server, if its last refusal (`code`) hints at it.

        The cache misses a removal that happened while there was no connection.
        """
        if job.guild_id is None or code not in {MISSING_ACCESS, UNKNOWN_GUILD}:
            return False
        try:
            await self._client.http.get_guild(job.guild_id, with_counts=False)
        except (discord.Forbidden, discord.NotFound) as error:
            self._at.metrics.discord_error(error.code)
            log.info("The bot is not in server %d any more: %s", job.guild_id, error)
            self._left[job.guild_id] = self._at.clock.now()
            return True
        except ANY_FAULT as error:
            log.info("Could not ask whether the bot is in server %d: %s", job.guild_id, error)
        return False

    def refusal(self, job: Job, channel_id: int, need: Need) -> int | None:
        """Return the code with which a channel or thread would refuse this; None if it may work."""
        server = job.guild_id or _NO_SERVER
        remembered = self._refusals.code(server, channel_id, need)
        if remembered is not None:
            return remembered
        if self.is_away(job.guild_id):
            return MISSING_ACCESS
        code = self._by_cache(job, channel_id, need)
        if code is not None and self._told.remember(server, channel_id, need, code=code, status=_FORBIDDEN):
            _log(server, channel_id, need, code)
        return code

    def direct_refusal(self, member_id: int, need: Need) -> int | None:
        """Return the code with which a direct message to this member was refused lately."""
        return self._refusals.code(_NO_SERVER, member_id, need)

    def refused(self, job: Job, channel_id: int, need: Need, error: discord.HTTPException) -> None:
        """Remember and, if it is news, log what Discord refused in a channel or thread."""
        self._refused(job.guild_id or _NO_SERVER, channel_id, need, error)

    def refused_direct(self, member_id: int, need: Need, error: discord.HTTPException) -> None:
        """Do the same for direct messages to a member."""
        self._refused(_NO_SERVER, member_id, need, error)

    def manages_threads(self, job: Job) -> bool:
        """Whether the bot may open a closed thread of the job's channel."""
        if job.thread_id is None:
            return False
        guild = self._client.get_guild(job.guild_id or 0)
        allowed = self._allowed(guild, job, job.thread_id) if guild else None
        return allowed is not None and allowed.manage_threads

    def _refused(self, server: int, place: int, need: Need, error: discord.HTTPException) -> None:
        if self._refusals.remember(server, place, need, code=error.code, status=error.status):
            _log(server, place, need, error.code)

    def _is_known_to_have_left(self, guild_id: int) -> bool:
        left_at = self._left.get(guild_id)
        return left_at is not None and timedelta(0) <= self._at.clock.now() - left_at < REMEMBERED_FOR

    def _hears_of(self, guild_id: int) -> bool:
        """Whether this process's shards get the server's events (Discord's documentation, "Sharding")."""
        count = self._client.shard_count or 1
        return (guild_id >> 22) % count in self._client.shards

    def _by_cache(self, job: Job, channel_id: int, need: Need) -> int | None:
        guild = self._client.get_guild(job.guild_id or 0)
        if guild is None or guild.unavailable:
            return None
        allowed = self._allowed(guild, job, channel_id)
        if allowed is None:
            return None
        found = guild.get_channel_or_thread(channel_id)
        if need is Need.HISTORY:
            return _unreadable(allowed)
        if isinstance(found, discord.Thread) and found.locked and not allowed.manage_threads:
            return THREAD_LOCKED
        if isinstance(found, discord.ForumChannel):
            return NOT_IN_A_FORUM
        in_thread = channel_id == job.thread_id or isinstance(found, discord.Thread)
        return _unwritable(allowed, need, in_thread=in_thread)

    def _allowed(self, guild: discord.Guild, job: Job, channel_id: int) -> discord.Permissions | None:
        """Return the bot's permissions by the cache; a thread has those of its channel, also an archived one.

        None where the cache does not know the channel or the bot itself.
        """
        me = guild.get_member(self._client.user.id) if self._client.user else None
        found = guild.get_channel_or_thread(channel_id)
        if isinstance(found, discord.Thread) or (found is None and channel_id == job.thread_id):
            parent = guild.get_channel(found.parent_id if found else job.channel_id)
            # A channel's own method would take away what comes with writing in the channel itself.
            return discord.abc.GuildChannel.permissions_for(parent, me) if parent and me else None
        return found.permissions_for(me) if found and me else None

    def _forget(self, server: int) -> None:
        self._refusals.forget_server(server)
        self._told.forget_server(server)

    async def _on_part(self, changed: _PartOfServer) -> None:
        self._forget(changed.guild.id)

    async def _on_changed_part(self, _: _PartOfServer, changed: _PartOfServer) -> None:
        self._forget(changed.guild.id)

    async def _on_thread_update(self, payload: discord.RawThreadUpdateEvent) -> None:
        for memory in (self._refusals, self._told):
            memory.forget_place(payload.guild_id, payload.thread_id)

    async def _on_guild_remove(self, guild: discord.Guild) -> None:
        self._forget(guild.id)

    async def _on_guild(self, guild: discord.Guild) -> None:
        """Let everything that waited for the bot's return be posted at once."""
        self._forget(guild.id)
        self._left.pop(guild.id, None)
        if guild.id not in self._waited_for:
            return
        self._waited_for.discard(guild.id)
        hurried = await self._at.store.hurry(guild.id)
        log.info("The bot is back in server %d; %d outcomes waited for it", guild.id, hurried)
        self._at.signals.wake(JobState.READY)
        self._at.signals.wake(JobState.FAILED)


def _unreadable(allowed: discord.Permissions) -> int | None:
    if not allowed.view_channel:
        return MISSING_ACCESS
    return None if allowed.read_message_history else MISSING_PERMISSIONS


def _unwritable(allowed: discord.Permissions, need: Need, *, in_thread: bool) -> int | None:
    if not allowed.view_channel:
        return MISSING_ACCESS
    if need is Need.EDIT:
        # Discord takes the edit all the same and leaves out the embed, which is all that a card is.
        return None if allowed.embed_links else MISSING_PERMISSIONS
    writes = allowed.send_messages_in_threads if in_thread else allowed.send_messages
    complete = writes and (need is not Need.PICTURE or allowed.attach_files)
    return None if complete else MISSING_PERMISSIONS


def _log(server: int, place: int, need: Need, code: int) -> None:
    where = f"place {place} of server {server}" if server else f"direct messages to {place}"
    log.info("The bot may not %s in %s (Discord's code %d)", need.value, where, code)
