"""Gives the client its commands, and says who serves which button, menu and form.

What each does stands in `cogs`; nothing is decided here.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from bot.engine.describing import Describer
from bot.engine.finder import Finder
from bot.engine.shelf import Shelf
from bot.exports import Exporter
from bot.intake import is_for_adults
from bot.jobs import JobState
from bot.service import QuotaDesk
from bot.service.administration import Administration
from bot.service.gallery import Gallery
from bot.service.guidance import Guidance
from bot.service.moderation import Moderation
from bot.service.mydata import MyDataService
from cogs.buttons import Buttons
from cogs.edit import EditCog
from cogs.gallery import GalleryCog
from cogs.guesses import GuessButtons
from cogs.help import HelpCog
from cogs.imagine import ImagineCog
from cogs.jobs import JobModeration, JobsCog
from cogs.menus import EditMenus
from cogs.mod import ModCog
from cogs.mydata import MyDataCog
from cogs.quota import MemberQuotaGroup, QuotaCog, ServerQuotaGroup
from cogs.settings import SettingsGroup

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.archive import Archive
    from bot.client import EaselClient
    from bot.clock import Clock
    from bot.engine.cards import Cards
    from bot.engine.editing import Editor
    from bot.engine.eraser import Eraser
    from bot.engine.removal import Remover
    from bot.metrics import Metrics
    from bot.presentation.wording import Catalogue
    from bot.quota import Limits, Prices
    from bot.service import Service
    from bot.service.queue import Queue
    from bot.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Commands:
    """What the commands are made from.

    `most_pictures` is how many one edit may start from, `keeps` whether there is an archive, and `wake` tells
    the engine that a job came into a state.
    """

    client: EaselClient
    store: Store
    archive: Archive
    service: Service
    cards: Cards
    editor: Editor
    most_pictures: int
    catalogue: Catalogue
    clock: Clock
    metrics: Metrics
    limits: Limits
    prices: Prices
    keeps: bool
    wake: Callable[[JobState], None]
    remover: Remover
    eraser: Eraser
    queue: Queue

    async def give(self) -> None:
        """Register everything, once, before the client logs in."""
        await self._pictures()
        desk = QuotaDesk(store=self.store, limits=self.limits, wake=partial(self.wake, JobState.QUEUED))
        await self._quotas(desk)
        await self._moderation(desk)
        await self._gallery()
        await self._my_data()
        self._settings(desk)
        guidance = Guidance(store=self.store, limits=self.limits, prices=self.prices)
        await self.client.add_cog(HelpCog(guidance=guidance, catalogue=self.catalogue))

    async def _pictures(self) -> None:
        await self.client.add_cog(ImagineCog(service=self.service, cards=self.cards))
        await self.client.add_cog(EditCog(editor=self.editor))
        menus = EditMenus(editor=self.editor, catalogue=self.catalogue, limit=self.most_pictures)
        for menu in menus.commands:
            self.client.tree.add_command(menu)
        guesses = GuessButtons(service=self.service, cards=self.cards, catalogue=self.catalogue)
        buttons = Buttons(
            service=self.service,
            editor=self.editor,
            remover=self.remover,
            describer=Describer(client=self.client, store=self.store, metrics=self.metrics),
            catalogue=self.catalogue,
        )
        jobs = JobsCog(queue=self.queue, catalogue=self.catalogue)
        await self.client.add_cog(jobs)
        self.client.serve(presses=jobs.presses)
        self.client.serve(presses=guesses.presses)
        for family in (menus, buttons):
            self.client.serve(presses=family.presses, forms=family.forms)

    async def _moderation(self, desk: QuotaDesk) -> None:
        moderation = Moderation(
            store=self.store,
            service=self.service,
            clock=self.clock,
            wake=partial(self.wake, JobState.CANCELLED),
        )
        moderating = ModCog(
            moderation=moderation,
            finder=Finder(client=self.client, store=self.store),
            remover=self.remover,
            catalogue=self.catalogue,
        )
        for command in JobModeration(queue=self.queue, catalogue=self.catalogue).commands:
            moderating.mod.add_command(command)
        moderating.mod.add_command(MemberQuotaGroup(desk=desk, catalogue=self.catalogue))
        await self.client.add_cog(moderating)
        self.client.serve(presses=moderating.presses)

    def _settings(self, desk: QuotaDesk) -> None:
        administration = Administration(store=self.store, limits=self.limits)
        group = SettingsGroup(administration=administration, catalogue=self.catalogue)
        group.add_command(ServerQuotaGroup(desk=desk, catalogue=self.catalogue))
        self.client.tree.add_command(group)
        self.client.serve(presses=group.presses)

    async def _gallery(self) -> None:
        shelf = Shelf(
            client=self.client,
            store=self.store,
            archive=self.archive,
            keeps=self.keeps,
            cards=self.cards,
            catalogue=self.catalogue,
            clock=self.clock,
            metrics=self.metrics,
        )
        # The deliverer, which is woken by pictures that are ready, also takes over those that were claimed.
        gallery = Gallery(
            store=self.store,
            wake=partial(self.wake, JobState.READY),
            for_adults=partial(is_for_adults, self.client),
        )
        commands = GalleryCog(gallery=gallery, shelf=shelf, catalogue=self.catalogue)
        await self.client.add_cog(commands)
        self.client.serve(presses=commands.presses)

    async def _my_data(self) -> None:
        service = MyDataService(
            store=self.store,
            exporter=Exporter(store=self.store, archive=self.archive),
            clock=self.clock,
            wake=self.eraser.loop.wake,
        )
        commands = MyDataCog(service=service, eraser=self.eraser, catalogue=self.catalogue)
        await self.client.add_cog(commands)
        self.client.serve(presses=commands.presses)

    async def _quotas(self, desk: QuotaDesk) -> None:
        quota = QuotaCog(desk=desk, catalogue=self.catalogue)
        await self.client.add_cog(quota)
        self.client.serve(presses=quota.presses)
