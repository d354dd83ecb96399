"""What an admin decides about Easel in their server.

Every change is one transaction with its act, and answers with what is stored afterwards, so two admins at
once see the same. Who may decide is found out where the interaction is read.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bot.acts import Act, ActKind
from bot.errors import LogChannelError
from bot.servers import ThreadMode
from bot.service.requests import choice

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from bot.acts import LogTrouble
    from bot.quota import Limits
    from bot.servers import ServerSettings
    from bot.service.requests import Officer
    from bot.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Decisions:
    """What a server has decided, and what an admin has to know beside it.

    `limits` are the bot's own, which hold where a server has none; `log_trouble` says why the log channel
    takes nothing, or why there is none any more.
    """

    settings: ServerSettings
    limits: Limits
    log_trouble: LogTrouble | None = None


class Administration:
    """The settings of servers, for whoever was found to manage one."""

    def __init__(self, *, store: Store, limits: Limits) -> None:
        self._store = store
        self._limits = limits

    async def settings(self, officer: Officer) -> Decisions:
        """Return what the server has decided."""
        return await self._decisions(await self._store.server_settings(officer.guild_id))

    async def allow_places(self, officer: Officer, places: Collection[int]) -> Decisions:
        """Let pictures be made in these channels and categories, beside those that are allowed already."""
        return await self._change(
            officer,
            f"places: added {_mentions(places)}",
            lambda now: replace(now, places=now.places | frozenset(places)),
        )

    async def forbid_places(self, officer: Officer, places: Collection[int]) -> Decisions:
        """Take channels and categories from those that are allowed; without the last, all are."""
        return await self._change(
            officer,
            f"places: removed {_mentions(places)}",
            lambda now: replace(now, places=now.places - frozenset(places)),
        )

    async def allow_everywhere(self, officer: Officer) -> Decisions:
        """Let pictures be made in all channels."""
        return await self._change(officer, "places: all", lambda now: replace(now, places=frozenset()))

    async def set_threads(self, officer: Officer, mode: str) -> Decisions:
        """Decide where pictures come that are asked for in a text channel; `OptionError` for no such mode."""
        wanted = choice(ThreadMode, "mode", mode)
        return await self._change(
            officer, f"threads: {wanted.value}", lambda now: replace(now, thread_mode=wanted)
        )

    async def set_spoiler(self, officer: Officer, *, on: bool) -> Decisions:
        """Decide whether every new picture is hidden behind a click."""
        return await self._change(
            officer, f"spoiler: {'on' if on else 'off'}", lambda now: replace(now, spoiler=on)
        )

    async def set_edits(self, officer: Officer, *, own_only: bool) -> Decisions:
        """Decide whether members may edit pictures of others."""
        return await self._change(
            officer,
            f"edits: {'own' if own_only else 'anyone'}",
            lambda now: replace(now, own_pictures_only=own_only),
        )

    async def set_log(
        self, officer: Officer, channel_id: int | None, *, missing: Collection[str] = ()
    ) -> Decisions:
        """Decide where acts are told, None for nowhere; a channel that took nothing is tried again at once.

        `missing` are the permissions that the bot lacks there: any raises `LogChannelError`.
        """
        if channel_id is not None and missing:
            raise LogChannelError(channel_id, tuple(missing))
        told = "none" if channel_id is None else f"<#{channel_id}>"
        await self._change(
            officer, f"log channel: {told}", lambda now: replace(now, log_channel_id=channel_id)
        )
        await self._store.try_log_again(officer.guild_id)
        return await self.settings(officer)

    async def _change(
        self, officer: Officer, detail: str, change: Callable[[ServerSettings], ServerSettings]
    ) -> Decisions:
        act = Act(guild_id=officer.guild_id, actor_id=officer.actor_id, kind=ActKind.SETTINGS, detail=detail)
        return await self._decisions(
            await self._store.change_server_settings(officer.guild_id, change, act=act)
        )

    async def _decisions(self, settings: ServerSettings) -> Decisions:
        trouble = await self._store.log_trouble(settings.guild_id)
        return Decisions(settings=settings, limits=self._limits, log_trouble=trouble)


def _mentions(places: Collection[int]) -> str:
    return " ".join(f"<#{place}>" for place in sorted(places))
