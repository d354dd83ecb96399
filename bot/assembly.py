"""Puts the parts of one process together: engine, web server, commands.

Everything is built here once and passed in; nothing here opens anything that would have to be closed.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Final

import discord
from discord import app_commands

from bot.engine.announcer import Announcer
from bot.engine.cadence import Cadence, FixedPace, LearnedPace
from bot.engine.callbacks import CallbackAddresses, Callbacks
from bot.engine.cards import Cards
from bot.engine.deliverer import Deliverer
from bot.engine.engine import Engine
from bot.engine.gate import Gate
from bot.engine.keeping import Keeper
from bot.engine.plans import DOCUMENTED_EVERY, DOCUMENTED_FIRST
from bot.engine.poller import Poller
from bot.engine.posting import Poster
from bot.engine.pruner import Pruner
from bot.engine.reach import Reach
from bot.engine.readiness import Readiness
from bot.engine.references import MAX_REFERENCE_BYTES, References, file_hosts
from bot.engine.removal import Remover
from bot.engine.sources import Sources
from bot.engine.studio import Studios
from bot.engine.submitter import Submitter
from bot.engine.workplace import Workplace
from bot.jobs import JobState
from bot.provider.budget import RequestBudget
from bot.provider.client import ApixoClient
from bot.provider.pictures import PictureFetcher
from bot.quota import Limits
from bot.service import QuotaDesk
from bot.web import WebServer
from cogs.buttons import Buttons
from cogs.edit import EditCog
from cogs.imagine import ImagineCog
from cogs.quota import MemberQuotaGroup, QuotaCog, ServerQuotaGroup

if TYPE_CHECKING:
    import aiohttp

    from bot.archive import Archive
    from bot.client import EaselClient
    from bot.clock import Clock
    from bot.engine.cadence import Pace
    from bot.engine.draining import Drainer
    from bot.engine.signals import Signals
    from bot.experience import Experience
    from bot.metrics import Metrics
    from bot.presentation.wording import Catalogue
    from bot.service import Service
    from bot.settings import Settings
    from bot.store import Store

_OWNER_BYTES: Final = 6
#: Between two looks at a task whose end a callback is to tell: they only catch what callbacks lost.
_NET_SECONDS: Final = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    """What runs together in one process."""

    client: EaselClient
    engine: Engine
    web: WebServer


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What the engine is put together from."""

    settings: Settings
    clock: Clock
    metrics: Metrics
    signals: Signals
    store: Store
    experience: Experience
    service: Service
    client: EaselClient
    catalogue: Catalogue
    drainer: Drainer
    archive: Archive
    api_session: aiohttp.ClientSession
    picture_session: aiohttp.ClientSession

    async def assemble(self) -> App:
        """Build the engine and the web server, and give the client its commands."""
        workplace = Workplace(
            store=self.store,
            signals=self.signals,
            clock=self.clock,
            metrics=self.metrics,
            owner=secrets.token_hex(_OWNER_BYTES),
            lease=timedelta(seconds=self.settings.lease_seconds),
        )
        provider = self._provider()
        gate = Gate(store=self.store, balance=provider.balance, clock=self.clock, metrics=self.metrics)
        studios = Studios(
            client=self.client, store=self.store, catalogue=self.catalogue, metrics=self.metrics
        )
        reach = Reach(workplace, client=self.client)
        reach.watch()
        cards = Cards(
            client=self.client,
            store=self.store,
            service=self.service,
            studios=studios,
            reach=reach,
            gate=gate,
            catalogue=self.catalogue,
            clock=self.clock,
            metrics=self.metrics,
        )
        references = self._references()
        engine = self._engine(
            workplace,
            provider=provider,
            gate=gate,
            studios=studios,
            reach=reach,
            cards=cards,
            references=references,
        )
        await self._serve(cards, references)
        return App(client=self.client, engine=engine, web=self._web(workplace, engine))

    async def _serve(self, cards: Cards, references: References) -> None:
        """Give the client its commands, and say who serves the buttons and forms."""
        await self.client.add_cog(ImagineCog(service=self.service, cards=cards))
        await self.client.add_cog(EditCog(service=self.service, references=references, cards=cards))
        buttons = self._buttons(cards)
        self.client.serve(presses=buttons.presses, forms=buttons.forms)
        await self._serve_quotas()

    async def _serve_quotas(self) -> None:
        desk = QuotaDesk(
            store=self.store,
            limits=limits_of(self.settings),
            wake=partial(self.signals.wake, JobState.QUEUED),
        )
        quota = QuotaCog(desk=desk, catalogue=self.catalogue)
        await self.client.add_cog(quota)
        self.client.serve(presses=quota.presses, forms={})
        mod = app_commands.Group(
            name="mod",
            description="For moderators",
            guild_only=True,
            default_permissions=discord.Permissions(manage_messages=True),
        )
        mod.add_command(MemberQuotaGroup(desk=desk, catalogue=self.catalogue))
        settings = app_commands.Group(
            name="settings",
            description="For those who manage this server",
            guild_only=True,
            default_permissions=discord.Permissions(manage_guild=True),
        )
        settings.add_command(ServerQuotaGroup(desk=desk, catalogue=self.catalogue))
        for parent in (mod, settings):
            self.client.tree.add_command(parent)

    def _buttons(self, cards: Cards) -> Buttons:
        remover = Remover(
            client=self.client,
            store=self.store,
            archive=self.archive,
            cards=cards,
            clock=self.clock,
            metrics=self.metrics,
        )
        return Buttons(service=self.service, cards=cards, remover=remover, catalogue=self.catalogue)

    def _engine(
        self,
        workplace: Workplace,
        *,
        provider: ApixoClient,
        gate: Gate,
        studios: Studios,
        reach: Reach,
        cards: Cards,
        references: References,
    ) -> Engine:
        cadence = _cadence(self.settings)
        poster = Poster(workplace, client=self.client, reach=reach, catalogue=self.catalogue)
        fetcher = PictureFetcher(
            session=self.picture_session,
            allow_private_hosts=self.settings.allow_private_picture_hosts,
        )
        return Engine(
            workplace,
            submitter=Submitter(
                workplace,
                provider=provider,
                gate=gate,
                cadence=cadence,
                experience=self.experience,
                per_member=self.settings.quota_concurrent_jobs,
                in_flight_limit=self.settings.apixo_max_concurrent_tasks,
                addresses=_addresses(self.settings),
                is_draining=lambda: self.drainer.is_on,
                references=references,
            ),
            poller=Poller(
                workplace, provider=provider, gate=gate, cadence=cadence, experience=self.experience
            ),
            deliverer=Deliverer(
                workplace,
                fetcher=fetcher,
                keeper=Keeper(workplace, archive=self.archive),
                poster=poster,
                studios=studios,
            ),
            announcer=Announcer(
                workplace,
                poster=poster,
                studios=studios,
                cards=cards,
                catalogue=self.catalogue,
            ),
            pruner=Pruner(
                workplace,
                archive=self.archive,
                keep_for=timedelta(days=self.settings.archive_days),
            ),
            cards=cards,
            drainer=self.drainer,
        )

    def _references(self) -> References:
        private = self.settings.allow_private_picture_hosts
        reads_others = self.settings.message_content_intent
        return References(
            client=self.client,
            store=self.store,
            clock=self.clock,
            sources=Sources(client=self.client, store=self.store, reads_others=reads_others),
            fetcher=PictureFetcher(
                session=self.picture_session,
                max_bytes=MAX_REFERENCE_BYTES,
                allow_private_hosts=private,
                hosts=file_hosts(self.settings.discord_api_url, private=private),
            ),
            limit=self.settings.max_reference_images,
        )

    def _provider(self) -> ApixoClient:
        return ApixoClient(
            session=self.api_session,
            base_url=self.settings.apixo_base_url,
            api_key=self.settings.apixo_api_key,
            metrics=self.metrics,
            routing=self.settings.apixo_provider,
            safety_tolerance=self.settings.apixo_safety_tolerance,
            budget=RequestBudget(
                per_minute=self.settings.apixo_requests_per_minute,
                account=self.store,
                clock=self.clock,
                metrics=self.metrics,
            ),
        )

    def _web(self, workplace: Workplace, engine: Engine) -> WebServer:
        addresses = _addresses(self.settings)
        callbacks = None
        if addresses:
            callbacks = Callbacks(
                workplace,
                addresses=addresses,
                poller=engine.poller,
                cadence=_cadence(self.settings),
                experience=self.experience,
            ).accept

        self.metrics.watch_loops(engine.standing_still)
        readiness = Readiness(
            store=self.store,
            engine=engine,
            drainer=self.drainer,
            is_connected=lambda: self.client.is_connected,
        )
        return WebServer(
            self.settings.http_host,
            self.settings.http_port,
            metrics=self.metrics,
            readiness=readiness.problems,
            callbacks=callbacks,
        )


def limits_of(settings: Settings) -> Limits:
    """Return the operator's limits, which hold where a server has decided nothing else."""
    return Limits(
        daily_credits=settings.quota_daily_credits,
        concurrent_jobs=settings.quota_concurrent_jobs,
        server_daily_credits=settings.server_daily_credits,
        operator_daily_credits=settings.operator_daily_credits,
    )


def _cadence(settings: Settings) -> Cadence:
    return Cadence(
        pace=_pace(settings),
        soft_deadline=timedelta(seconds=settings.soft_deadline_seconds),
        hard_deadline=timedelta(seconds=settings.hard_deadline_seconds),
    )


def _pace(settings: Settings) -> Pace:
    """Return the pace that the operator set; else a mere net under callbacks, or the learned one."""
    first, every = settings.poll_first_seconds, settings.poll_every_seconds
    if first is None and every is None and settings.public_url:
        return FixedPace(_NET_SECONDS, _NET_SECONDS)
    if first is None and every is None:
        return LearnedPace(requests_per_minute=settings.apixo_requests_per_minute)
    return FixedPace(first or DOCUMENTED_FIRST, every or DOCUMENTED_EVERY)


def _addresses(settings: Settings) -> CallbackAddresses | None:
    if settings.public_url is None or settings.callback_secret is None:
        return None
    return CallbackAddresses(settings.public_url, settings.callback_secret.get_secret_value())
