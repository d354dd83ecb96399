"""`POST /attachments/refresh-urls`: fresh links for old ones. Discord has it and does not document it.

The files behind the links are served by `sandbox.discord.cdn`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aiohttp import web

from sandbox.discord import incoming
from sandbox.discord.answers import answer
from sandbox.discord.validation.form import Form, listing, record, url

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sandbox.world.world import World


_REFRESH: Final = record(
    {"attachment_urls": listing(url("http", "https"), 1, 50)}, required=("attachment_urls",)
)


class AttachmentRoutes:
    """Routes below `/attachments`."""

    def __init__(self, world: World) -> None:
        self._world = world

    def table(self) -> Sequence[web.RouteDef]:
        """Return all routes."""
        return [web.post("/attachments/refresh-urls", self.refresh)]

    async def refresh(self, request: web.Request) -> web.Response:
        """Return a fresh link for each of 1 to 50; one that is not the CDN's stays as it is."""
        body = (await incoming.read(request)).fields()
        form = Form()
        _REFRESH(form, body)
        form.settle()
        fresh = [{"original": one, "refreshed": self._fresh(one)} for one in body["attachment_urls"]]
        return answer({"refreshed_urls": fresh})

    def _fresh(self, old: str) -> str:
        file_id = self._world.links.attachment_id(old)
        attachment = self._world.attachments.get(file_id) if file_id is not None else None
        if attachment is None:
            return old
        return self._world.links.to(attachment, application_id=self._world.bot_id)
