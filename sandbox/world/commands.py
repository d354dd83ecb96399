"""The bot's application commands: those for everywhere and those for one server, and who may use them.

Specifications are kept as they were sent; `sandbox.discord.validation` has checked them before. Running a
command is an interaction, see `sandbox.world.interactions`.
"""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING

from sandbox.discord import errors
from sandbox.discord.permissions import Permission
from sandbox.world.guilds import Guilds
from sandbox.world.models import Command, CommandKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sandbox.world.models import Json


class Commands(Guilds):
    """What can happen to commands. `guild_id` None means everywhere."""

    def commands_of(self, guild_id: int | None) -> list[Command]:
        """Return the commands registered for exactly this place, by their age."""
        found = [command for command in self.commands.values() if command.guild_id == guild_id]
        return sorted(found, key=lambda command: command.id)

    def commands_in(self, guild_id: int | None) -> list[Command]:
        """Return the commands that people find here: none in a server without the bot.

        In a direct conversation (None) only those that are registered for everywhere and not kept out of it.
        """
        everywhere = self.commands_of(None)
        if guild_id is None:
            return [command for command in everywhere if _works_in_dms(command)]
        if self.bot_id not in self.guild(guild_id).members:
            return []
        return [command for command in everywhere if _works_in_guilds(command)] + self.commands_of(guild_id)

    def may_use(self, user_id: int, command: Command, channel_id: int) -> bool:
        """Whether this person finds and may run this command in this channel."""
        channel = self.channel(channel_id)
        if command not in self.commands_in(channel.guild_id) or not self.can_view(user_id, channel_id):
            return False
        if channel.guild_id is None:
            return True
        held = self.permissions(user_id, channel_id)
        if Permission.ADMINISTRATOR in held:
            return True
        needed = command.spec.get("default_member_permissions")
        if needed is not None and (int(needed) == 0 or int(needed) & ~held):
            return False
        return Permission.USE_APPLICATION_COMMANDS in held

    def command(self, command_id: int, guild_id: int | None) -> Command:
        """Return a command of exactly this place; 10063 if there is none."""
        command = self.commands.get(command_id)
        if command is None or command.guild_id != guild_id:
            raise errors.unknown_application_command()
        return command

    def put_commands(self, guild_id: int | None, specs: Sequence[Json]) -> list[Command]:
        """Replace all commands of this place; those of the same name and type keep their ids."""
        kept = [self._set(guild_id, spec) for spec in specs]
        wanted = {command.id for command in kept}
        for gone in [c.id for c in self.commands_of(guild_id) if c.id not in wanted]:
            del self.commands[gone]
        self._tell(guild_id)
        return kept

    def put_command(self, guild_id: int | None, spec: Json) -> tuple[Command, bool]:
        """Add one command, or replace the one of the same name and type; say whether it is new."""
        known = set(self.commands)
        command = self._set(guild_id, spec)
        self._tell(guild_id)
        return command, command.id not in known

    def change_command(self, command_id: int, guild_id: int | None, changes: Json) -> Command:
        """Change some fields of a command."""
        command = self.command(command_id, guild_id)
        command.spec = {**command.spec, **deepcopy(changes)}
        command.name = command.spec["name"]
        command.version = self.ids.next()
        self._tell(guild_id)
        return command

    def delete_command(self, command_id: int, guild_id: int | None) -> None:
        """Take a command away."""
        del self.commands[self.command(command_id, guild_id).id]
        self._tell(guild_id)

    def _set(self, guild_id: int | None, spec: Json) -> Command:
        if guild_id is not None and self.bot_id not in self.guild(guild_id).members:
            raise errors.missing_access()
        kind = CommandKind(spec.get("type") or CommandKind.CHAT_INPUT)
        for command in self.commands_of(guild_id):
            if command.kind is kind and command.name == spec["name"]:
                if command.spec != spec:
                    command.spec = deepcopy(spec)
                    command.version = self.ids.next()
                return command
        command = Command(
            id=self.ids.next(),
            application_id=self.bot_id,
            guild_id=guild_id,
            version=self.ids.next(),
            kind=kind,
            name=spec["name"],
            spec=deepcopy(spec),
        )
        self.commands[command.id] = command
        return command

    def _tell(self, guild_id: int | None) -> None:
        data = {"guild_id": None if guild_id is None else str(guild_id)}
        self.emit("COMMANDS_UPDATE", data, guild_id=guild_id)


def _works_in_dms(command: Command) -> bool:
    contexts = command.spec.get("contexts")
    return bool(command.spec.get("dm_permission", True)) if contexts is None else 1 in contexts


def _works_in_guilds(command: Command) -> bool:
    contexts = command.spec.get("contexts")
    return contexts is None or 0 in contexts
