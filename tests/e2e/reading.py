"""What a message says and shows, read out of Discord's shape of it.

Nothing here asks anybody: it reads what `tests.e2e.harness` has brought.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

Message = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Shown:
    """A picture as a message shows it; the size is in pixels."""

    filename: str
    url: str
    alt: str
    width: int
    height: int
    spoiler: bool = False


def pictures_of(message: Message) -> list[Shown]:
    """Return the finished pictures in a message's galleries."""
    return [shown for shown in gallery_of(message) if not shown.filename.startswith("before-")]


def befores_of(message: Message) -> list[Shown]:
    """Return what a picture was made from, as its message shows it."""
    return [shown for shown in gallery_of(message) if shown.filename.startswith("before-")]


def gallery_of(message: Message) -> list[Shown]:
    """Return the pictures in a message's galleries."""
    found: list[Shown] = []
    for component in every_component(message):
        for item in component.get("items", ()):
            media = item["media"]
            filename = media["url"].partition("?")[0].rpartition("/")[2]
            found.append(
                Shown(
                    filename=filename,
                    url=media["url"],
                    alt=item.get("description") or "",
                    width=media["width"],
                    height=media["height"],
                    spoiler=bool(item.get("spoiler")),
                )
            )
    return found


def every_component(part: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the components of a message at any depth."""
    found: list[dict[str, Any]] = []
    inner = [*part.get("components", ()), *([part["accessory"]] if part.get("accessory") else [])]
    for component in inner:
        found += [component, *every_component(component)]
    return found


def texts(component: Any) -> Sequence[str]:
    """Return all text of a message, its embeds and components, in order."""
    found: list[str] = []
    if isinstance(component, dict):
        keys = ("content", "description", "title", "name", "value", "text")
        found += [component[key] for key in keys if isinstance(component.get(key), str)]
        for key in ("embeds", "components", "fields", "author", "footer"):
            found += texts(component.get(key))
    elif isinstance(component, list):
        for each in component:
            found += texts(each)
    return found


def says(message: Message) -> str:
    """Return everything a message says."""
    return "\n".join(texts(message))
