"""Servers, their roles and who is in them.

A changed role and whoever comes or goes is told as an event. Nobody's permission is asked here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.discord import errors
from sandbox.world import shapes
from sandbox.world.channels import Channels
from sandbox.world.models import Member

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sandbox.world.models import Role, User


class Guilds(Channels):
    """What can happen to servers."""

    def role(self, role_id: int) -> tuple[int, Role]:
        """Return a server's id and its role; 10011 if there is none."""
        for guild in self.guilds.values():
            if role_id in guild.roles:
                return guild.id, guild.roles[role_id]
        raise errors.unknown_role()

    def change_role(self, role_id: int, *, permissions: int) -> Role:
        """Change what a role may do."""
        guild_id, role = self.role(role_id)
        role.permissions = permissions
        data = {"guild_id": str(guild_id), "role": shapes.role(role)}
        self.emit("GUILD_ROLE_UPDATE", data, guild_id=guild_id)
        return role

    def add_user(self, user: User) -> User:
        """Let somebody exist who was not there before; they are in no server yet."""
        self.users[user.id] = user
        return user

    def add_member(self, guild_id: int, user_id: int, roles: Sequence[int] = ()) -> Member:
        """Let someone into a server, or back in; the bot gets GUILD_CREATE."""
        guild = self.guild(guild_id)
        user = self.user(user_id)
        unknown = [role for role in roles if role not in guild.roles]
        if unknown:
            raise errors.unknown_role()
        member = Member(user_id=user.id, roles=list(roles), joined_at=self.clock.now())
        guild.members[user.id] = member
        if user_id == self.bot_id:
            self.emit(
                "GUILD_CREATE", shapes.guild_create(self, guild), only_for=self.bot_id, guild_id=guild_id
            )
            self.emit("COMMANDS_UPDATE", {"guild_id": str(guild_id)}, guild_id=guild_id)
        data = {**shapes.member(self, member), "guild_id": str(guild_id)}
        self.emit("GUILD_MEMBER_ADD", data, guild_id=guild_id)
        return member

    def remove_member(self, guild_id: int, user_id: int) -> None:
        """Take someone out of a server; the bot gets GUILD_DELETE, and its commands for this server end."""
        guild = self.guild(guild_id)
        self.member(guild_id, user_id)
        audience = frozenset(guild.members)
        del guild.members[user_id]
        for thread in self.threads_of(guild_id):
            thread.thread_state().members.pop(user_id, None)
        if user_id == self.bot_id:
            gone = [c.id for c in self.commands.values() if c.guild_id == guild_id]
            for command_id in gone:
                del self.commands[command_id]
            self.emit("GUILD_DELETE", {"id": str(guild_id)}, only_for=self.bot_id, guild_id=guild_id)
            self.emit("COMMANDS_UPDATE", {"guild_id": str(guild_id)}, guild_id=guild_id)
        data = {"guild_id": str(guild_id), "user": shapes.user(self.users[user_id])}
        self.emit("GUILD_MEMBER_REMOVE", data, guild_id=guild_id, seen_by=audience - {self.bot_id})

    def upload_limit(self, guild_id: int | None) -> int:
        """Return how many bytes one file may have here.

        By boost tier as Discord's API is seen to answer: 10 MiB, from tier 2 on 50 MiB, from tier 3 on 100
        MiB.
        """
        tier = self.guild(guild_id).premium_tier if guild_id is not None else 0
        return {2: 50, 3: 100}.get(tier, 10) * 1024 * 1024
