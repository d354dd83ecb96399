"""Application commands, for everywhere and for one server.

A command that breaks Discord's rules is refused as a form, with each wrong field named; the rules are in
`sandbox.discord.validation`. Running commands belongs to the user's side.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aiohttp import web

from sandbox.discord import errors, incoming
from sandbox.discord.answers import answer, nothing
from sandbox.discord.validation import check_command, check_commands
from sandbox.world import shapes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sandbox.world.world import World

_EVERYWHERE = "/applications/{application}/commands"
_IN_GUILD = "/applications/{application}/guilds/{guild}/commands"


class CommandRoutes:
    """Routes below `/applications/{application}`."""

    def __init__(self, world: World) -> None:
        self._world = world

    def table(self) -> Sequence[web.RouteDef]:
        """Return all routes."""
        routes: list[web.RouteDef] = []
        for base in (_EVERYWHERE, _IN_GUILD):
            routes += [
                web.get(base, self.all),
                web.put(base, self.replace_all),
                web.post(base, self.add),
                web.get(f"{base}/{{command}}", self.one),
                web.patch(f"{base}/{{command}}", self.change),
                web.delete(f"{base}/{{command}}", self.delete),
            ]
        return routes

    async def all(self, request: web.Request) -> web.Response:
        """Return all commands of this place."""
        return answer([shapes.command(one) for one in self._world.commands_of(self._place(request))])

    async def one(self, request: web.Request) -> web.Response:
        """Return one command."""
        place = self._place(request)
        return answer(shapes.command(self._world.command(_command(request), place)))

    async def replace_all(self, request: web.Request) -> web.Response:
        """Replace all commands of this place."""
        place = self._place(request)
        specs: Any = (await incoming.read(request)).json
        check_commands(specs)
        return answer([shapes.command(one) for one in self._world.put_commands(place, specs)])

    async def add(self, request: web.Request) -> web.Response:
        """Add one command, or replace its namesake."""
        place = self._place(request)
        spec = (await incoming.read(request)).fields()
        check_command(spec)
        command, is_new = self._world.put_command(place, spec)
        return answer(shapes.command(command), status=201 if is_new else 200)

    async def change(self, request: web.Request) -> web.Response:
        """Change some fields of a command."""
        place = self._place(request)
        changes = (await incoming.read(request)).fields()
        check_command({**self._world.command(_command(request), place).spec, **changes})
        return answer(shapes.command(self._world.change_command(_command(request), place, changes)))

    async def delete(self, request: web.Request) -> web.Response:
        """Take a command away."""
        self._world.delete_command(_command(request), self._place(request))
        return nothing()

    def _place(self, request: web.Request) -> int | None:
        if request.match_info["application"] != str(self._world.bot_id):
            raise errors.unknown_application()
        guild = request.match_info.get("guild")
        if guild is None:
            return None
        if not guild.isdigit() or self._world.bot_id not in self._world.guild(int(guild)).members:
            raise errors.missing_access()
        return int(guild)


def _command(request: web.Request) -> int:
    command = request.match_info["command"]
    if not command.isdigit():
        raise errors.unknown_application_command()
    return int(command)
