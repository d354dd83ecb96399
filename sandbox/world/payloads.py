"""INTERACTION_CREATE: an interaction as the bot hears of it.

Fields after Discord's documentation ("Receiving and Responding to Interactions") and what discord.py needs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.world import shapes
from sandbox.world.interaction import InteractionKind
from sandbox.world.models import Channel, MessageFlag

if TYPE_CHECKING:
    from sandbox.world.guilds import Guilds
    from sandbox.world.interaction import Interaction


def interaction(world: Guilds, one: Interaction) -> shapes.Shape:
    """Return the payload that the gateway dispatches."""
    channel = world.channel(one.channel_id)
    payload: shapes.Shape = {
        "id": str(one.id),
        "application_id": str(world.bot_id),
        "type": one.kind.value,
        "token": one.token,
        "version": 1,
        "data": one.data,
        "channel_id": str(channel.id),
        "channel": _channel(world, channel, one.user_id),
        "app_permissions": str(int(world.permissions(world.bot_id, channel.id))),
        "attachment_size_limit": world.upload_limit(channel.guild_id),
        "entitlements": [],
        "entitlement_sku_ids": [],
        "locale": "en-US",
        "authorizing_integration_owners": {"0": str(channel.guild_id or 0)},
        "context": 0 if channel.guild_id is not None else 1,
    }
    if channel.guild_id is None:
        payload["user"] = shapes.user(world.user(one.user_id))
    else:
        payload |= _place(world, channel.guild_id, one)
    if one.source_message_id is not None:
        payload["message"] = shapes.message(world, world.message(one.channel_id, one.source_message_id))
    return payload


def interaction_update(one: Interaction) -> shapes.Shape:
    """Return what its user may know of an interaction (`GET /side/interactions/{id}`)."""
    return {
        "id": str(one.id),
        "type": one.kind.value,
        "state": one.state.value,
        "command": one.command_name,
        "modal": one.modal,
        "message_id": str(one.response_message_id) if one.response_message_id else None,
        "error": one.error,
        **({"choices": one.choices} if one.kind is InteractionKind.AUTOCOMPLETE else {}),
    }


def callback_response(world: Guilds, one: Interaction) -> shapes.Shape:
    """Return the answer to a first response that asked for one (`with_response`)."""
    answer: shapes.Shape = {"id": str(one.id), "type": one.kind.value}
    response: shapes.Shape = {"interaction": answer}
    if one.answered_with is None or one.response_message_id is None:
        return response
    message = world.message(one.channel_id, one.response_message_id)
    answer |= {
        "response_message_id": str(message.id),
        "response_message_loading": bool(message.flags & MessageFlag.LOADING),
        "response_message_ephemeral": message.only_for is not None,
    }
    if one.answered_with in {4, 7}:
        response["resource"] = {"type": one.answered_with.value, "message": shapes.message(world, message)}
    return response


def _channel(world: Guilds, channel: Channel, user_id: int) -> shapes.Shape:
    shape = shapes.channel(world, channel, viewer=world.bot_id)
    return {**shape, "permissions": str(int(world.permissions(user_id, channel.id)))}


def _place(world: Guilds, guild_id: int, one: Interaction) -> shapes.Shape:
    guild = world.guild(guild_id)
    member = shapes.member(world, world.member(guild_id, one.user_id))
    member["permissions"] = str(int(world.permissions(one.user_id, one.channel_id)))
    return {
        "guild_id": str(guild_id),
        "guild": {"id": str(guild_id), "locale": guild.preferred_locale, "features": []},
        "guild_locale": guild.preferred_locale,
        "member": member,
    }
