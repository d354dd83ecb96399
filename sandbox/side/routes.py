"""The user's side on the wire: every route of it, tied to the world.

`add_routes` is all that the application needs to call; the image service mounts its own `/side/apixo`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.side.completing import Completing
from sandbox.side.looking import Looking
from sandbox.side.stream import Streams
from sandbox.side.turning import Turning
from sandbox.side.wire import guarded

if TYPE_CHECKING:
    from aiohttp import web
    from aiohttp.typedefs import Handler

    from sandbox.discord.requests import RequestLog
    from sandbox.world.world import World

_ID = r"{id:\d+}"
_CHANNEL = r"{channel:\d+}"
_GUILD = r"/side/world/guilds/{guild:\d+}/members"


def add_routes(
    app: web.Application,
    *,
    world: World,
    request_log: RequestLog,
    heartbeat_seconds: float = 15,
) -> None:
    """Mount the user's side below `/side`. Streams end when the app begins to shut down."""
    looking, playing = Looking(world), Completing(world)
    turning = Turning(world, request_log)
    streams = Streams(world, heartbeat_seconds=heartbeat_seconds)
    app.on_shutdown.append(streams.end)
    routes: list[tuple[str, str, Handler]] = [
        ("GET", "/side/people", looking.people),
        ("GET", "/side/state", looking.state),
        ("GET", f"/side/channels/{_CHANNEL}/messages", looking.messages),
        ("POST", f"/side/channels/{_CHANNEL}/messages", playing.post),
        ("POST", f"/side/channels/{_CHANNEL}/messages/{{message:\\d+}}/threads", playing.thread),
        ("POST", "/side/direct", playing.direct),
        ("POST", "/side/commands", playing.command),
        ("POST", "/side/autocompletes", playing.autocomplete),
        ("POST", "/side/menus", playing.menu),
        ("POST", "/side/components", playing.component),
        ("POST", "/side/modals", playing.modal),
        ("GET", f"/side/interactions/{_ID}", looking.interaction),
        ("GET", "/side/events", streams.events),
        ("POST", "/side/world/channels", turning.create_channel),
        ("PATCH", f"/side/world/channels/{_ID}", turning.change_channel),
        ("DELETE", f"/side/world/channels/{_ID}", turning.delete_channel),
        ("PUT", f"/side/world/channels/{_ID}/overwrites/{{target:\\d+}}", turning.set_overwrite),
        ("DELETE", f"/side/world/channels/{_ID}/overwrites/{{target:\\d+}}", turning.remove_overwrite),
        ("PATCH", f"/side/world/roles/{_ID}", turning.change_role),
        ("DELETE", f"/side/world/messages/{_CHANNEL}/{_ID}", turning.delete_message),
        ("POST", _GUILD, turning.add_member),
        ("DELETE", _GUILD + r"/{user:\d+}", turning.remove_member),
        ("GET", "/side/world/requests", turning.requests),
        ("GET", f"/side/world/threads/{_ID}/messages", turning.all_messages),
    ]
    for method, path, handler in routes:
        app.router.add_route(method, path, guarded(handler))
