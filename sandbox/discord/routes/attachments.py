"""`POST /attachments/refresh-urls`: fresh links for old ones. Discord has it and does not document it.

The files behind the links are served by `sandbox.discord.cdn`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aiohttp import web

from sandbox.discord import errors, incoming
from sandbox.discord.answers import answer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sandbox.world.world import World


class AttachmentRoutes:
    """Routes below `/attachments`."""

    def __init__(self, world: World) -> None:
        self._world = world

    def table(self) -> Sequence[web.RouteDef]:
        """Return all routes."""
        return [web.post("/attachments/refresh-urls", self.refresh)]

    async def refresh(self, request: web.Request) -> web.Response:
        """Return a fresh link for each of 1 to 50; one that is not the CDN's stays as it is."""
        urls: Any = (await incoming.read(request)).fields().get("attachment_urls")
        if not isinstance(urls, list) or not 1 <= len(urls) <= 50:
            problem = {"code": "BASE_TYPE_BAD_LENGTH", "message": "Must be between 1 and 50 in length."}
            raise errors.invalid_form_body({"attachment_urls": {"_errors": [problem]}})
        fresh = [{"original": url, "refreshed": self._fresh(str(url))} for url in urls]
        return answer({"refreshed_urls": fresh})

    def _fresh(self, url: str) -> str:
        file_id = self._world.links.attachment_id(url)
        attachment = self._world.attachments.get(file_id) if file_id is not None else None
        if attachment is None:
            return url
        return self._world.links.to(attachment, application_id=self._world.bot_id)
