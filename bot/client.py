"""The discord.py client: what it connects to, its command tree, and the one error exit.

It holds no state of jobs. Whatever goes wrong in a command or at a button leaves through `answer_error`:
a known error as its own private sentence, anything else as an apology with a reference that the log has too.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, Final, cast

import aiohttp
import discord
import yarl
from discord import app_commands
from discord.ext import commands

from bot.errors import (
    BrokenOffError,
    DiscordLoginError,
    EaselError,
    OldButtonError,
    OldCommandError,
    OldFormError,
    RefusedError,
    UnusableValueError,
)
from bot.presentation.actions import OURS, ActionButton, ActionMenu, read_custom_id
from bot.presentation.failures import error_sentence

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bot.metrics import Metrics
    from bot.presentation.wording import Catalogue
    from bot.service import Service

log = logging.getLogger(__name__)

#: Discord answers frequent thread creation with waits of minutes; discord.py allows no shorter limit.
_LONGEST_RATE_LIMIT_WAIT: Final = 30.0
#: Seconds without a byte after which a request to Discord has no answer any more; by itself aiohttp would
#: let it take five minutes, and a few such requests would hold up every other picture. An upload may last.
_TIMEOUT: Final = aiohttp.ClientTimeout(total=300, sock_connect=10, sock_read=30)
#: Discord's codes for an interaction that it knows no more, or that was answered by an earlier try.
_UNKNOWN_INTERACTION: Final = 10062
_ALREADY_ACKNOWLEDGED: Final = 40060
#: What discord.py raises for a command, or options, that are not registered any more.
_OUTDATED: Final = (app_commands.CommandNotFound, app_commands.CommandSignatureMismatch)
#: What a request to Discord raises that got no answer of any use; none of it is a bug.
_BROKEN_OFF: Final = (
    aiohttp.ClientError,
    ConnectionError,
    TimeoutError,
    discord.DiscordServerError,
    discord.RateLimited,
)

#: What is done for a press of a button, a choice or a form that was sent in, with its subject.
Handler = Callable[[discord.Interaction[Any], str], Awaitable[None]]


class EaselTree(app_commands.CommandTree["EaselClient"]):
    """Commands whose errors all leave by the client's one exit."""

    async def on_error(
        self,
        interaction: discord.Interaction[EaselClient],
        error: app_commands.AppCommandError,
    ) -> None:
        """Hand the cause to the error exit."""
        cause = error.original if isinstance(error, app_commands.CommandInvokeError) else error
        await interaction.client.answer_error(interaction, cause)


class EaselClient(commands.AutoShardedBot):
    """The connection to Discord; the intent for servers is all it needs, `message_content` all it can use."""

    def __init__(
        self,
        *,
        service: Service,
        catalogue: Catalogue,
        metrics: Metrics,
        guild_ids: Sequence[int],
        shard_count: int | None,
        shard_ids: Sequence[int],
        on_thread_gone: Callable[[int], Awaitable[None]],
        message_content: bool = False,
    ) -> None:
        super().__init__(
            command_prefix=commands.when_mentioned,
            help_command=None,
            tree_cls=EaselTree,
            intents=discord.Intents(guilds=True, message_content=message_content),
            allowed_mentions=discord.AllowedMentions.none(),
            allowed_contexts=app_commands.AppCommandContext(
                guild=True, dm_channel=False, private_channel=False
            ),
            allowed_installs=app_commands.AppInstallationType(guild=True, user=False),
            max_ratelimit_timeout=_LONGEST_RATE_LIMIT_WAIT,
            max_messages=None,
            chunk_guilds_at_startup=False,
            member_cache_flags=discord.MemberCacheFlags.none(),
            shard_count=shard_count,
            # None is the documented default, though the annotation leaves it out.
            shard_ids=list(shard_ids) or None,  # type: ignore[arg-type]
        )
        self.service = service
        self.catalogue = catalogue
        self._metrics = metrics
        self._guild_ids = guild_ids
        self._on_thread_gone = on_thread_gone
        self._on_press: dict[str, Handler] = {}
        self._on_form: dict[str, Handler] = {}
        self._command_ids: dict[tuple[int | None, str], int] = {}

    def serve(self, *, presses: Mapping[str, Handler], forms: Mapping[str, Handler] | None = None) -> None:
        """Say who does what for these buttons and menus, and for these forms; each family says it once."""
        self._on_press |= presses
        self._on_form |= forms or {}

    async def setup_hook(self) -> None:
        """Register buttons and commands; called once, after the login and before the connection."""
        give_up_after(self.http, _TIMEOUT)
        refuse_nonsense(self.http)
        _, gateway, _ = await self.http.get_bot_gateway()
        # After an invalidated session discord.py dials this address instead of the one it was given.
        discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(gateway)
        self.add_dynamic_items(ActionButton, ActionMenu)
        for guild_id in self._guild_ids:
            guild = discord.Object(guild_id)
            self.tree.copy_global_to(guild=guild)
            try:
                self._remember_ids(guild_id, await self.tree.sync(guild=guild))
            except (discord.Forbidden, discord.NotFound) as error:
                raise DiscordLoginError(
                    f"DISCORD_GUILD_IDS names the server {guild_id}, where Easel may not register commands "
                    f"({error}); invite it there, or take the number out.",
                ) from error
        if not self._guild_ids:
            self._remember_ids(None, await self.tree.sync())

    def _remember_ids(self, guild_id: int | None, synced: Sequence[app_commands.AppCommand]) -> None:
        self._command_ids |= {(guild_id, command.name): command.id for command in synced}

    def command_id(self, guild_id: int | None, name: str) -> int | None:
        """Return Discord's id of a command in a server, if Discord has told it; it makes the name a link."""
        return self._command_ids.get((guild_id, name)) or self._command_ids.get((None, name))

    @property
    def is_connected(self) -> bool:
        """Whether Discord has told what there is and no connection is broken off at the moment."""
        return self.is_ready() and not any(shard.is_closed() for shard in self.shards.values())

    async def on_ready(self) -> None:
        """Log it; Discord may say so many times."""
        log.info("Connected to Discord as %s, in %d servers", self.user, len(self.guilds))

    async def pressed(self, interaction: discord.Interaction[Any], action: str, subject: str) -> None:
        """Do what a button or a menu is for; an error leaves by the one exit."""
        handler = self._on_press.get(action)
        if handler is None:
            await self.answer_error(interaction, OldButtonError())
            return
        await self._serve(handler, interaction, subject)

    async def on_interaction(self, interaction: discord.Interaction[Any]) -> None:
        """Take in forms by their custom_id, because discord.py discards those that it did not open itself."""
        if interaction.type is not discord.InteractionType.modal_submit:
            return
        custom_id = str(cast("dict[str, Any]", interaction.data)["custom_id"])
        if not custom_id.startswith(OURS):
            return
        asked = read_custom_id(custom_id)
        handler = self._on_form.get(asked.action) if asked else None
        if asked is None or handler is None:
            await self.answer_error(interaction, OldFormError())
            return
        await self._serve(handler, interaction, asked.subject)

    async def _serve(self, handler: Handler, interaction: discord.Interaction[Any], subject: str) -> None:
        try:
            await handler(interaction, subject)
        except Exception as error:  # noqa: BLE001 - the error exit sorts them all
            await self.answer_error(interaction, error)

    async def on_raw_thread_delete(self, payload: discord.RawThreadDeleteEvent) -> None:
        """Forget a studio whose thread is gone."""
        await self._on_thread_gone(payload.thread_id)

    async def on_error(self, event_method: str, /, *args: Any, **kwargs: Any) -> None:
        """Log what an event handler raised; the connection goes on."""
        self._metrics.loop_error("events")
        log.exception("The handler of %s failed", event_method)  # noqa: LOG004 - called from discord.py's handler

    async def answer_error(self, interaction: discord.Interaction[Any], error: Exception) -> None:
        """Tell the person privately what went wrong, whatever state the interaction is in."""
        locale = str(interaction.locale)
        if isinstance(error, app_commands.TransformerError):
            error = UnusableValueError(value=error.value)
        elif isinstance(error, _OUTDATED):
            error = OldCommandError()
        if _is_broken_off(error):
            error = BrokenOffError(str(error) or type(error).__name__)
        if isinstance(error, EaselError):
            sentence = error_sentence(self.catalogue, locale, error, guild=interaction.guild)
            if not isinstance(error, RefusedError):
                log.warning("A command of %d failed: %s", interaction.user.id, error)
        else:
            reference = secrets.token_hex(4)
            log.error("A command of %d failed, reference %s", interaction.user.id, reference, exc_info=error)
            sentence = self.catalogue.say(
                locale,
                "Something went wrong on our side. If it happens again, "
                "tell this bot's operator the reference {reference}.",
                reference=reference,
            )
        try:
            await _say_privately(interaction, sentence)
        except (discord.DiscordException, aiohttp.ClientError, OSError) as failure:
            self._metrics.discord_error(getattr(failure, "code", 0))
            log.warning("Could not tell %d what went wrong: %s", interaction.user.id, failure)


def _is_broken_off(error: Exception) -> bool:
    """Whether Discord's answer to a command's request was lost, or came too late to be of use."""
    code = error.code if isinstance(error, discord.HTTPException) else None
    return isinstance(error, _BROKEN_OFF) or code in {_UNKNOWN_INTERACTION, _ALREADY_ACKNOWLEDGED}


def give_up_after(http: discord.http.HTTPClient, timeout: aiohttp.ClientTimeout) -> None:
    """Limit how long the requests of a logged-in client may take; discord.py has no setting for it."""
    session: aiohttp.ClientSession = http._HTTPClient__session  # type: ignore[attr-defined]  # noqa: SLF001
    session._timeout = timeout  # noqa: SLF001


def refuse_nonsense(http: discord.http.HTTPClient) -> None:
    """Have an answer that is no JSON raise `aiohttp.ClientPayloadError`, as one that was cut off does.

    discord.py returns it as a text, over which its own code then stumbles.
    """
    ask = http.request

    async def request(route: discord.http.Route, **how: Any) -> Any:
        return _checked(route, await ask(route, **how))

    http.request = request  # type: ignore[method-assign]
    # A new adapter would be seen by this task and its children only; this one serves everybody.
    discord.webhook.async_.async_context.get().__class__ = _StrictWebhooks


class _StrictWebhooks(discord.webhook.async_.AsyncWebhookAdapter):
    """The calls that answer interactions."""

    async def request(self, route: discord.http.Route, *args: Any, **how: Any) -> Any:
        return _checked(route, await super().request(route, *args, **how))


def _checked(route: discord.http.Route, answer: Any) -> Any:
    if isinstance(answer, str) and answer:
        raise aiohttp.ClientPayloadError(f"{route.method} {route.path} was answered with no JSON")
    return answer


async def _say_privately(interaction: discord.Interaction[Any], sentence: str) -> None:
    """Answer ephemerally; a “thinking” that is still shown, perhaps to everybody, goes away first."""
    if not interaction.response.is_done():
        try:
            await interaction.response.send_message(sentence, ephemeral=True)
        except discord.HTTPException as error:
            if error.code != _ALREADY_ACKNOWLEDGED:
                raise
            # The first answer arrived after all; only Discord's word for it was lost.
            await interaction.followup.send(sentence, ephemeral=True)
        return
    if interaction.response.type is discord.InteractionResponseType.deferred_channel_message:
        await _take_promise_back(interaction)
    await interaction.followup.send(sentence, ephemeral=True)


async def _take_promise_back(interaction: discord.Interaction[Any]) -> None:
    """Delete a “thinking” that is still shown: the next answer would fill it, perhaps for all to read."""
    try:
        promised = await interaction.original_response()
    except discord.NotFound:
        return
    except discord.HTTPException:
        await interaction.delete_original_response()
        return
    # What was promised may have come by now, and then it stays: the first files of many, for one.
    if promised.flags.loading:
        await promised.delete()
