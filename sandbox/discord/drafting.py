"""From a request's body to a draft or a change that the world can take: fields, files, what is replied to.

The body has been checked by `sandbox.discord.validation` before. Parts of Discord that are not modelled
(stickers, polls, forwarding) are refused here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sandbox.discord import errors
from sandbox.discord.incoming import clean_name
from sandbox.discord.validation import Existing, Kept
from sandbox.world.drafts import Change, Draft, Left
from sandbox.world.models import SPOILER_PREFIX, Message, Reference

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sandbox.discord.incoming import Upload
    from sandbox.world.models import Attachment
    from sandbox.world.state import State
    from sandbox.world.world import World

_NOT_MODELLED: Final = ("sticker_ids", "poll", "shared_client_theme")


def existing(message: Message) -> Existing:
    """Return what the rules have to know of a message that is edited."""
    return Existing(
        content=message.content,
        embeds=len(message.embeds),
        components=len(message.components),
        flags=message.flags,
        attachments=[Kept(one.id, one.filename) for one in message.attachments],
    )


def refuse_unknown(body: Mapping[str, Any]) -> None:
    """Raise 501 for parts of a message that the sandbox does not have."""
    for name in _NOT_MODELLED:
        if body.get(name):
            raise errors.not_modelled("POST", f"a message with {name}")


async def draft(world: World, channel_id: int, body: Mapping[str, Any], files: Sequence[Upload]) -> Draft:
    """Return a new message's draft; its files are kept by then."""
    refuse_unknown(body)
    return Draft(
        content=body.get("content") or "",
        embeds=body.get("embeds") or (),
        components=body.get("components") or (),
        attachments=await _keep(world, body, files),
        flags=body.get("flags") or 0,
        nonce=body.get("nonce"),
        enforce_nonce=bool(body.get("enforce_nonce")),
        reference=_reference(world, channel_id, body.get("message_reference")),
        allowed_mentions=body.get("allowed_mentions"),
        tts=bool(body.get("tts")),
    )


async def change(world: World, message: Message, body: Mapping[str, Any], files: Sequence[Upload]) -> Change:
    """Return a message's change; null empties a field, and new files come after those that are kept."""
    refuse_unknown(body)
    return Change(
        content=_given(body, "content", ""),
        embeds=_given(body, "embeds", ()),
        components=_given(body, "components", ()),
        attachments=await _changed_files(world, message, body, files),
        flags=_given(body, "flags", 0),
        allowed_mentions=body.get("allowed_mentions"),
    )


def _given(body: Mapping[str, Any], name: str, empty: Any) -> Any:
    return (body[name] or empty) if name in body else Left.OUT


async def _changed_files(
    world: World, message: Message, body: Mapping[str, Any], files: Sequence[Upload]
) -> list[Attachment] | Left:
    if "attachments" not in body and not files:
        return Left.OUT
    kept = list(message.attachments)
    if "attachments" in body:
        listed = {str(entry.get("id")): entry for entry in body["attachments"] or ()}
        kept = [_redescribed(one, listed[str(one.id)]) for one in kept if str(one.id) in listed]
    return [*kept, *await _keep(world, body, files)]


def _redescribed(kept: Attachment, entry: Mapping[str, Any]) -> Attachment:
    """Return a kept attachment as the edit wants it; the world's own changes only if it takes the edit."""
    changes: dict[str, Any] = {}
    if "description" in entry:
        changes["description"] = entry["description"]
    if entry.get("is_spoiler") is not None:
        changes["spoiler"] = entry["is_spoiler"] or kept.filename.startswith(SPOILER_PREFIX)
    return kept.model_copy(update=changes)


async def _keep(world: World, body: Mapping[str, Any], files: Sequence[Upload]) -> list[Attachment]:
    about = {str(entry.get("id")): entry for entry in body.get("attachments") or ()}
    kept = []
    for file in files:
        said = about.get(file.key, {})
        kept.append(
            await world.keep_file(
                clean_name(said.get("filename") or file.filename),
                file.data,
                description=said.get("description"),
                spoiler=bool(said.get("is_spoiler")),
            )
        )
    return kept


def _reference(state: State, channel_id: int, given: Mapping[str, Any] | None) -> Reference | None:
    if not given:
        return None
    if given.get("type"):
        raise errors.not_modelled("POST", "a forwarded message")
    message_id = int(given["message_id"])
    elsewhere = given.get("channel_id") is not None and int(given["channel_id"]) != channel_id
    found = None if elsewhere else state.messages.get(channel_id, {}).get(message_id)
    if found is None or found.only_for is not None:
        if given.get("fail_if_not_exists", True):
            problem = {"code": "REPLIES_UNKNOWN_MESSAGE", "message": "Unknown message"}
            raise errors.invalid_form_body({"message_reference": {"_errors": [problem]}})
        return None
    return Reference(
        message_id=message_id, channel_id=channel_id, guild_id=state.channel(channel_id).guild_id
    )
