"""The CDN: attachments under signed links that end.

An ended link, a wrong signature and a file that is gone are answered alike, as at Discord.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aiohttp import web

if TYPE_CHECKING:
    from sandbox.world.world import World

CDN: Final = "/discord/cdn"
_GONE: Final = "This content is no longer available."


class Cdn:
    """Serves the files of one world."""

    def __init__(self, world: World) -> None:
        self._world = world

    def add_routes(self, app: web.Application) -> None:
        """Add the CDN's addresses."""
        for kind in ("attachments", "ephemeral-attachments"):
            app.router.add_get(rf"{CDN}/{kind}/{{place:\d+}}/{{file:\d+}}/{{name}}", self._file)

    async def _file(self, request: web.Request) -> web.Response:
        attachment = self._world.attachments.get(int(request.match_info["file"]))
        if attachment is None or not self._world.links.is_alive(
            request.path.removeprefix(CDN), request.query
        ):
            return _gone()
        data = await self._world.files.get(attachment.id)
        if data is None:
            return _gone()
        kind = attachment.content_type or "application/octet-stream"
        return web.Response(
            body=data,
            headers={
                "Content-Type": kind,
                "Content-Disposition": "attachment",
                "Access-Control-Allow-Origin": "*",
                "X-Robots-Tag": "noindex, nofollow, noarchive, nocache, noimageindex, noodp",
            },
        )


def _gone() -> web.Response:
    return web.Response(text=_GONE, status=404)
