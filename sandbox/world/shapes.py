"""The world in Discord's words: the JSON objects that its API and gateway send.

Field names and presence follow Discord's documentation and what discord.py needs. Ids are strings,
permissions are decimal strings, times are ISO 8601. Links are signed anew each time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.world import media
from sandbox.world.models import ChannelKind, MessageFlag, MessageKind
from sandbox.world.snowflakes import moment_of

if TYPE_CHECKING:
    from datetime import datetime

    from sandbox.world.models import Attachment, Channel, Command, Guild, Member, Message, Origin, Role, User
    from sandbox.world.state import State

Shape = dict[str, Any]

#: Names by which an overwrite, a role or a member is edited are those of the record; the rest is fixed here.
_MEMBER_REST = {
    "nick": None,
    "avatar": None,
    "banner": None,
    "premium_since": None,
    "communication_disabled_until": None,
    "deaf": False,
    "mute": False,
    "pending": False,
    "flags": 0,
}


_SHOWS_WHAT_IT_POINTS_TO = frozenset(
    {MessageKind.REPLY, MessageKind.THREAD_STARTER_MESSAGE, MessageKind.CONTEXT_MENU_COMMAND}
)


def when(moment: datetime | None) -> str | None:
    """Return a time as Discord words it."""
    return moment.isoformat(timespec="microseconds") if moment else None


def user(who: User) -> Shape:
    """Return a user object."""
    return {
        "id": str(who.id),
        "username": who.username,
        "global_name": who.global_name,
        "discriminator": "0",
        "avatar": None,
        "bot": who.bot,
        "system": False,
        "public_flags": 0,
        "flags": 0,
        "banner": None,
        "accent_color": None,
    }


def member(state: State, who: Member, *, with_user: bool = True) -> Shape:
    """Return a member object; inside a message it comes without the user."""
    shape: Shape = {
        "roles": [str(role) for role in who.roles],
        "joined_at": when(who.joined_at),
        **_MEMBER_REST,
    }
    if with_user:
        shape["user"] = user(state.users[who.user_id])
    return shape


def role(one: Role) -> Shape:
    """Return a role object."""
    return {
        "id": str(one.id),
        "name": one.name,
        "permissions": str(one.permissions),
        "position": one.position,
        "color": one.color,
        "colors": {"primary_color": one.color, "secondary_color": None, "tertiary_color": None},
        "hoist": False,
        "icon": None,
        "unicode_emoji": None,
        "managed": one.managed,
        "mentionable": False,
        "flags": 0,
        **({"tags": {"bot_id": str(one.bot_id)}} if one.bot_id else {}),
    }


def guild(state: State, one: Guild) -> Shape:
    """Return a server as `GET /guilds/{id}` answers."""
    return {
        "id": str(one.id),
        "name": one.name,
        "owner_id": str(one.owner_id),
        "icon": None,
        "splash": None,
        "banner": None,
        "description": None,
        "features": [],
        "emojis": [],
        "stickers": [],
        "roles": [role(r) for r in sorted(one.roles.values(), key=lambda r: r.position)],
        "premium_tier": one.premium_tier,
        "premium_subscription_count": 0,
        "preferred_locale": one.preferred_locale,
        "afk_channel_id": None,
        "afk_timeout": 300,
        "system_channel_id": None,
        "system_channel_flags": 0,
        "rules_channel_id": None,
        "public_updates_channel_id": None,
        "verification_level": 0,
        "default_message_notifications": 1,
        "explicit_content_filter": 0,
        "mfa_level": 0,
        "nsfw_level": 0,
        "nsfw": False,
        "premium_progress_bar_enabled": False,
        "vanity_url_code": None,
        "application_id": None,
        "max_members": 500_000,
        "region": "deprecated",
    }


def guild_create(state: State, one: Guild) -> Shape:
    """Return a server as GUILD_CREATE brings it: with channels, open threads and the bot's own member."""
    threads = [
        t
        for t in state.threads_of(one.id)
        if not t.thread_state().archived and state.can_view(state.bot_id, t.id)
    ]
    return {
        **guild(state, one),
        "unavailable": False,
        "large": False,
        "joined_at": when(one.members[state.bot_id].joined_at),
        "member_count": len(one.members),
        "members": [member(state, one.members[state.bot_id])],
        "channels": [channel(state, c) for c in state.channels_of(one.id)],
        "threads": [channel(state, t, viewer=state.bot_id) for t in threads],
        "presences": [],
        "voice_states": [],
        "stage_instances": [],
        "guild_scheduled_events": [],
        "soundboard_sounds": [],
    }


def channel(state: State, one: Channel, *, viewer: int | None = None) -> Shape:
    """Return a channel, thread or direct conversation; a thread with `viewer`'s own membership, if any."""
    if one.kind is ChannelKind.DM:
        return {
            "id": str(one.id),
            "type": one.kind.value,
            "last_message_id": _id(one.last_message_id),
            "flags": 0,
            "recipients": [user(state.users[r]) for r in one.recipients if r != state.bot_id],
        }
    if one.is_thread:
        return _thread(one, viewer)
    shape: Shape = {
        "id": str(one.id),
        "type": one.kind.value,
        "guild_id": str(one.guild_id),
        "name": one.name,
        "position": one.position,
        "parent_id": _id(one.parent_id),
        "nsfw": one.nsfw,
        "flags": 0,
        "permission_overwrites": [
            {"id": str(o.id), "type": o.type, "allow": str(o.allow), "deny": str(o.deny)}
            for o in one.overwrites
        ],
    }
    if one.kind is not ChannelKind.CATEGORY:
        shape |= {
            "last_message_id": _id(one.last_message_id),
            "topic": one.topic,
            "rate_limit_per_user": one.slowmode_seconds,
        }
    if one.kind is ChannelKind.VOICE:
        shape |= {"bitrate": 64000, "user_limit": 0, "rtc_region": None, "video_quality_mode": 1}
    return shape


def thread_member(thread: Channel, user_id: int) -> Shape:
    """Return someone's membership of a thread."""
    joined = thread.thread_state().members[user_id]
    return {"id": str(thread.id), "user_id": str(user_id), "join_timestamp": when(joined), "flags": 1}


def attachment(state: State, one: Attachment) -> Shape:
    """Return an attachment object with a fresh link."""
    link = state.links.to(one, application_id=state.bot_id)
    shape: Shape = {
        "id": str(one.id),
        "filename": one.filename,
        "size": one.size,
        "url": link,
        "proxy_url": link,
        "flags": 1 << 3 if one.spoiler else 0,
    }
    if one.content_type:
        shape["content_type"] = one.content_type
    if one.is_image:
        shape |= {"width": one.width, "height": one.height}
    if one.description is not None:
        shape["description"] = one.description
    if one.ephemeral:
        shape["ephemeral"] = True
    return shape


def message(state: State, one: Message, *, nested: bool = False) -> Shape:
    """Return a message as REST answers; `nested` leaves out what it replies to, as one level down."""
    shown = media.shown_files(one)
    thread = state.channels.get(one.id)
    shape: Shape = {
        "id": str(one.id),
        "channel_id": str(one.channel_id),
        "type": one.kind.value,
        "author": user(state.users[one.author_id]),
        "content": one.content,
        "timestamp": when(moment_of(one.id)),
        "edited_timestamp": when(one.edited_at),
        "tts": one.tts,
        "mention_everyone": one.mention_everyone,
        "mentions": [user(state.users[u]) for u in one.mentions if u in state.users],
        "mention_roles": [str(r) for r in one.mention_roles],
        "attachments": [attachment(state, a) for a in one.attachments if a.id not in shown],
        "embeds": [] if one.flags & MessageFlag.SUPPRESS_EMBEDS else media.embeds(state, one),
        "components": media.components(state, one),
        "pinned": False,
        "flags": one.flags | (MessageFlag.HAS_THREAD if thread else 0),
    }
    if one.application_id:
        shape["application_id"] = str(one.application_id)
    if one.origin:
        shape |= {"webhook_id": str(state.bot_id), "interaction_metadata": _origin(state, one, one.origin)}
    if thread:
        shape["thread"] = channel(state, thread)
    if one.reference and not nested:
        shape |= _reference(state, one)
    return shape


def message_event(state: State, one: Message) -> Shape:
    """Return a message as the gateway brings it: with the server's id, its author's member and the nonce."""
    shape = message(state, one)
    guild_id = state.channels[one.channel_id].guild_id
    if guild_id is not None:
        shape["guild_id"] = str(guild_id)
        author = state.guilds[guild_id].members.get(one.author_id)
        if author and not one.origin:
            shape["member"] = member(state, author, with_user=False)
    if one.nonce is not None:
        shape["nonce"] = one.nonce
    return shape


def command(one: Command) -> Shape:
    """Return an application command."""
    spec = one.spec
    shape: Shape = {
        "id": str(one.id),
        "application_id": str(one.application_id),
        "version": str(one.version),
        "type": one.kind.value,
        "name": one.name,
        "name_localizations": spec.get("name_localizations"),
        "description": spec.get("description") or "",
        "description_localizations": spec.get("description_localizations"),
        "default_member_permissions": spec.get("default_member_permissions"),
        "nsfw": bool(spec.get("nsfw", False)),
        "contexts": spec.get("contexts"),
        "integration_types": spec.get("integration_types") or [0],
    }
    if spec.get("options"):
        shape["options"] = spec["options"]
    if one.guild_id is None:
        contexts = spec.get("contexts")
        # Deprecated by `contexts`, from which it follows where a command has them.
        shape["dm_permission"] = spec.get("dm_permission", True) if contexts is None else 1 in contexts
    else:
        shape["guild_id"] = str(one.guild_id)
    return shape


def _thread(one: Channel, viewer: int | None) -> Shape:
    state = one.thread_state()
    metadata: Shape = {
        "archived": state.archived,
        "auto_archive_duration": state.auto_archive_minutes,
        "archive_timestamp": when(state.archive_changed_at),
        "create_timestamp": when(state.created_at),
        "locked": state.locked,
    }
    if one.kind is ChannelKind.PRIVATE_THREAD:
        metadata["invitable"] = state.invitable
    shape: Shape = {
        "id": str(one.id),
        "type": one.kind.value,
        "guild_id": str(one.guild_id),
        "parent_id": _id(one.parent_id),
        "owner_id": str(state.owner_id),
        "name": one.name,
        "last_message_id": _id(one.last_message_id),
        "message_count": state.message_count,
        "total_message_sent": state.total_messages_sent,
        "member_count": min(len(state.members), 50),
        "rate_limit_per_user": one.slowmode_seconds,
        "flags": 0,
        "thread_metadata": metadata,
    }
    if viewer in state.members:
        shape["member"] = {"join_timestamp": when(state.members[viewer]), "flags": 1}
    return shape


def _origin(state: State, one: Message, origin: Origin) -> Shape:
    guild_id = state.channels[one.channel_id].guild_id
    shape: Shape = {
        "id": str(origin.interaction_id),
        "type": origin.kind,
        "user": user(state.users[origin.user_id]),
        "authorizing_integration_owners": {"0": str(guild_id or 0)},
    }
    if origin.command_name:
        shape["name"] = origin.command_name
    if origin.target_message_id:
        shape["target_message_id"] = str(origin.target_message_id)
    return shape


def _reference(state: State, one: Message) -> Shape:
    reference = one.reference
    if reference is None:
        return {}
    shape: Shape = {
        "message_reference": {
            "type": 0,
            "channel_id": str(reference.channel_id),
            **({"message_id": str(reference.message_id)} if reference.message_id else {}),
            **({"guild_id": str(reference.guild_id)} if reference.guild_id else {}),
        }
    }
    if one.kind in _SHOWS_WHAT_IT_POINTS_TO:
        target = state.messages.get(reference.channel_id, {}).get(reference.message_id or 0)
        shape["referenced_message"] = message(state, target, nested=True) if target else None
    return shape


def _id(snowflake: int | None) -> str | None:
    return None if snowflake is None else str(snowflake)
