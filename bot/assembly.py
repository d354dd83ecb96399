"""Puts the parts of one process together: engine, web server, commands.

Everything is built here once and passed in; nothing here opens anything that would have to be closed.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from bot.commands import Commands
from bot.engine.announcer import Announcer
from bot.engine.answers import Answers
from bot.engine.cadence import Cadence, FixedPace, LearnedPace
from bot.engine.callbacks import CallbackAddresses, Callbacks
from bot.engine.cards import Cards
from bot.engine.deliverer import Deliverer
from bot.engine.editing import Editor
from bot.engine.engine import Engine
from bot.engine.eraser import Eraser
from bot.engine.gate import Gate
from bot.engine.keeping import Keeper
from bot.engine.logbook import Logbook
from bot.engine.plans import DOCUMENTED_EVERY, DOCUMENTED_FIRST
from bot.engine.poller import Poller
from bot.engine.posting import Poster
from bot.engine.pruner import Pruner
from bot.engine.reach import Reach
from bot.engine.readiness import Readiness
from bot.engine.references import MAX_REFERENCE_BYTES, References, file_hosts
from bot.engine.removal import Remover
from bot.engine.retention import Retention
from bot.engine.sources import Sources
from bot.engine.studio import Studios
from bot.engine.submitter import Submitter
from bot.engine.workplace import Workplace
from bot.jobs import JobState
from bot.provider.budget import RequestBudget
from bot.provider.client import ApixoClient
from bot.provider.pictures import PictureFetcher
from bot.service.queue import Queue
from bot.web import WebServer

if TYPE_CHECKING:
    import aiohttp

    from bot.archive import Archive
    from bot.client import EaselClient
    from bot.clock import Clock
    from bot.engine.cadence import Pace
    from bot.engine.draining import Drainer
    from bot.engine.signals import Signals
    from bot.experience import Experience
    from bot.jobs import Job
    from bot.metrics import Metrics
    from bot.presentation.wording import Catalogue
    from bot.quota import Limits, Prices
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
    limits: Limits
    prices: Prices
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
        answers = Answers(client=self.client, store=self.store, service=self.service, clock=self.clock)
        studios = Studios(
            client=self.client,
            store=self.store,
            answers=answers,
            catalogue=self.catalogue,
            metrics=self.metrics,
        )
        reach = Reach(workplace, client=self.client)
        reach.watch()
        cards = Cards(
            client=self.client,
            store=self.store,
            service=self.service,
            answers=answers,
            studios=studios,
            reach=reach,
            gate=gate,
            catalogue=self.catalogue,
            clock=self.clock,
            metrics=self.metrics,
        )
        references = self._references()
        remover = self._remover(cards, answers)
        eraser = Eraser(workplace, remover=remover)
        engine = self._engine(
            workplace,
            provider=provider,
            gate=gate,
            studios=studios,
            reach=reach,
            cards=cards,
            references=references,
            eraser=eraser,
        )
        commands = self._commands(cards, references, remover=remover, eraser=eraser)
        await commands.give()
        return App(client=self.client, engine=engine, web=self._web(workplace, engine))

    def _commands(
        self, cards: Cards, references: References, *, remover: Remover, eraser: Eraser
    ) -> Commands:
        sources = Sources(
            client=self.client, store=self.store, reads_others=self.settings.message_content_intent
        )
        editor = Editor(
            service=self.service, store=self.store, sources=sources, references=references, cards=cards
        )
        return Commands(
            client=self.client,
            store=self.store,
            archive=self.archive,
            service=self.service,
            cards=cards,
            editor=editor,
            most_pictures=references.limit,
            catalogue=self.catalogue,
            clock=self.clock,
            metrics=self.metrics,
            limits=self.limits,
            prices=self.prices,
            keeps=bool(self.settings.archive_url),
            wake=self.signals.wake,
            remover=remover,
            eraser=eraser,
            queue=self._queue(),
        )

    def _queue(self) -> Queue:
        def changed(job: Job) -> None:
            if job.state is JobState.CANCELLED:
                self.signals.wake(JobState.CANCELLED)
            else:
                self.signals.refresh_card(job)

        return Queue(
            store=self.store,
            service=self.service,
            experience=self.experience,
            clock=self.clock,
            per_member=self.settings.quota_concurrent_jobs,
            in_flight_limit=self.settings.apixo_max_concurrent_tasks,
            is_draining=lambda: self.drainer.is_on,
            changed=changed,
        )

    def _remover(self, cards: Cards, answers: Answers) -> Remover:
        return Remover(
            client=self.client,
            store=self.store,
            archive=self.archive,
            cards=cards,
            answers=answers,
            catalogue=self.catalogue,
            clock=self.clock,
            metrics=self.metrics,
        )

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
        eraser: Eraser,
    ) -> Engine:
        cadence = _cadence(self.settings)
        poster = Poster(workplace, client=self.client, reach=reach, catalogue=self.catalogue)
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
            deliverer=self._deliverer(workplace, poster=poster, studios=studios, references=references),
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
            logbook=Logbook(workplace, client=self.client, catalogue=self.catalogue),
            cards=cards,
            drainer=self.drainer,
            store_loops=(self._retention(workplace).loop,),
            discord_loops=(eraser.loop,),
        )

    def _deliverer(
        self, workplace: Workplace, *, poster: Poster, studios: Studios, references: References
    ) -> Deliverer:
        fetcher = PictureFetcher(
            session=self.picture_session,
            allow_private_hosts=self.settings.allow_private_picture_hosts,
        )
        return Deliverer(
            workplace,
            fetcher=fetcher,
            keeper=Keeper(workplace, archive=self.archive),
            poster=poster,
            studios=studios,
            references=references,
        )

    def _retention(self, workplace: Workplace) -> Retention:
        days = self.settings.retention_days
        return Retention(workplace, keep_for=None if days is None else timedelta(days=days))

    def _references(self) -> References:
        private = self.settings.allow_private_picture_hosts
        return References(
            client=self.client,
            store=self.store,
            archive=self.archive,
            clock=self.clock,
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
