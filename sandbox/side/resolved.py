"""`resolved`: the objects behind the ids that somebody chose, as an interaction carries them.

After Discord's documentation ("Resolved Data Structure"): members come without their user, channels
with the asker's permissions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sandbox.world import shapes

if TYPE_CHECKING:
    from sandbox.discord.validation.form import Place
    from sandbox.world.models import Attachment, Message
    from sandbox.world.world import World

USER, CHANNEL, ROLE, MENTIONABLE = "user", "channel", "role", "mentionable"

#: What a select of each component type chooses from.
SELECTS: Final = {5: USER, 6: ROLE, 7: MENTIONABLE, 8: CHANNEL}


class Resolved:
    """Collects what one interaction names. Ids are looked up in the server in which it happens."""

    def __init__(self, world: World, *, user_id: int, guild_id: int | None) -> None:
        self._world = world
        self._user_id = user_id
        self._guild_id = guild_id
        self._found: dict[str, dict[str, Any]] = {}

    def into(self, data: dict[str, Any]) -> dict[str, Any]:
        """Return the interaction's data with `resolved`, if anything was named."""
        return {**data, "resolved": self._found} if self._found else data

    def message(self, one: Message) -> None:
        """Name a message."""
        self._put("messages", one.id, shapes.message(self._world, one))

    def attachment(self, one: Attachment) -> None:
        """Name a file."""
        self._put("attachments", one.id, shapes.attachment(self._world, one))

    def entity(self, place: Place, kind: str, value: object, *, channel_types: object = None) -> None:
        """Name a person, role or channel by its id; report at `place` if there is no such one."""
        text = str(value)
        known = not isinstance(value, bool) and text.isascii() and text.isdigit()
        if not known or not self._look_up(kind, int(text), channel_types):
            place.fail("ENTITY_NOT_FOUND", f"There is no {kind} {value!r} here.")

    def _look_up(self, kind: str, entity_id: int, channel_types: object) -> bool:
        if kind == CHANNEL:
            return self._channel(entity_id, channel_types)
        if kind == MENTIONABLE:
            return self._user(entity_id) or self._role(entity_id)
        return self._user(entity_id) if kind == USER else self._role(entity_id)

    def _user(self, user_id: int) -> bool:
        user = self._world.users.get(user_id)
        if user is None:
            return False
        self._put("users", user_id, shapes.user(user))
        guild = self._world.guilds.get(self._guild_id or 0)
        if guild is not None and user_id in guild.members:
            member = shapes.member(self._world, guild.members[user_id], with_user=False)
            self._put("members", user_id, {**member, "permissions": "0"})
        return True

    def _role(self, role_id: int) -> bool:
        guild = self._world.guilds.get(self._guild_id or 0)
        if guild is None or role_id not in guild.roles:
            return False
        self._put("roles", role_id, shapes.role(guild.roles[role_id]))
        return True

    def _channel(self, channel_id: int, channel_types: object) -> bool:
        channel = self._world.channels.get(channel_id)
        if channel is None or channel.guild_id != self._guild_id:
            return False
        if isinstance(channel_types, list) and channel_types and channel.kind not in channel_types:
            return False
        if not self._world.can_view(self._user_id, channel_id):
            return False
        permissions = str(int(self._world.permissions(self._user_id, channel_id)))
        self._put(
            "channels", channel_id, {**shapes.channel(self._world, channel), "permissions": permissions}
        )
        return True

    def _put(self, kind: str, entity_id: int, shape: dict[str, Any]) -> None:
        self._found.setdefault(kind, {})[str(entity_id)] = shape
