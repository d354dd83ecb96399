"""What `attachment://name` means inside embeds and components, and how Discord answers with media.

Embeds and components are kept as they were sent; links are put in when they are worded. A file that an embed
or a component shows is left out of the message's `attachments` (Discord's documentation, "Message Object").
"""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sandbox.world.models import Attachment, Message
    from sandbox.world.state import State

_SCHEME: Final = "attachment://"
#: Discord's words for whether a medium could be had.
_LOADED: Final = 2
_NOT_FOUND: Final = 3

#: Where an embed holds a link that may name an attachment.
_EMBED_MEDIA: Final = (("image", "url"), ("thumbnail", "url"), ("video", "url"))
_EMBED_ICONS: Final = (("author", "icon_url"), ("footer", "icon_url"))


def shown_files(message: Message) -> set[int]:
    """Return the ids of those attachments that an embed or a component of this message shows."""
    names = {url for url in _links_in(message) if url.startswith(_SCHEME)}
    return {a.id for a in message.attachments if f"{_SCHEME}{a.filename}" in names}


def embeds(state: State, message: Message) -> list[dict[str, Any]]:
    """Return the message's embeds with links that work."""
    worded = deepcopy(message.embeds)
    for embed in worded:
        embed.setdefault("type", "rich")
        for part, key in _EMBED_MEDIA:
            if isinstance(embed.get(part), dict) and embed[part].get(key):
                embed[part].update(_resolved(state, message, embed[part][key]))
        for part, key in _EMBED_ICONS:
            if isinstance(embed.get(part), dict) and embed[part].get(key):
                url = _resolved(state, message, embed[part][key])["url"]
                embed[part] |= {key: url, f"proxy_{key}": url}
    return worded


def components(state: State, message: Message) -> list[dict[str, Any]]:
    """Return the message's components with links that work and what is known of each medium."""
    worded = deepcopy(message.components)
    for medium in _media_in(worded):
        resolved = _resolved(state, message, medium["url"])
        medium.update(
            {"width": None, "height": None, "content_type": None, "loading_state": _LOADED, "flags": 0}
        )
        medium.update(resolved)
    for part in nested(worded):
        _describe_file(state, message, part)
    return worded


def nested(parts: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield all components, those inside others too, in the order in which Discord numbers them."""
    for part in parts:
        yield part
        inner = [*part.get("components", [])]
        inner += [part[key] for key in ("component", "accessory") if isinstance(part.get(key), dict)]
        yield from nested(inner)


def _describe_file(state: State, message: Message, part: dict[str, Any]) -> None:
    file = part.get("file")
    if part.get("type") != 13 or not isinstance(file, dict):
        return
    attachment = _attachment(state, message, file.get("url", ""))
    if attachment:
        part |= {"name": attachment.filename, "size": attachment.size}


def _media_in(parts: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for part in nested(parts):
        candidates = [part.get("media"), part.get("file")]
        candidates += [item.get("media") for item in part.get("items", []) if isinstance(item, dict)]
        for candidate in candidates:
            if isinstance(candidate, dict) and isinstance(candidate.get("url"), str):
                yield candidate


def _links_in(message: Message) -> Iterator[str]:
    for embed in message.embeds:
        for part, key in (*_EMBED_MEDIA, *_EMBED_ICONS):
            if isinstance(embed.get(part), dict):
                yield str(embed[part].get(key, ""))
    for medium in _media_in(message.components):
        yield str(medium["url"])


def _resolved(state: State, message: Message, url: str) -> dict[str, Any]:
    known: dict[str, Any]
    attachment = _attachment(state, message, url)
    if attachment is None:
        known = {"url": url, "proxy_url": url}
        return {**known, "loading_state": _NOT_FOUND} if state.links.attachment_id(url) else known
    link = state.links.to(attachment, application_id=state.bot_id)
    known = {"url": link, "proxy_url": link, "content_type": attachment.content_type}
    if attachment.is_image:
        known |= {"width": attachment.width, "height": attachment.height}
    if url.startswith(_SCHEME):
        known["attachment_id"] = str(attachment.id)
    return known


def _attachment(state: State, message: Message, url: str) -> Attachment | None:
    """Return the file meant: by name among the message's own, or by a link of ours, even an old one."""
    if url.startswith(_SCHEME):
        name = url.removeprefix(_SCHEME)
        return next((a for a in message.attachments if a.filename == name), None)
    file_id = state.links.attachment_id(url)
    return state.attachments.get(file_id) if file_id is not None else None
