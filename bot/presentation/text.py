"""Member-written text made safe to show: one line, cut, without markdown, mentions or direction tricks.

The stored prompt is never changed; only what a message shows of it passes through here.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Final

from discord.utils import escape_mentions

if TYPE_CHECKING:
    from datetime import datetime

    from bot.jobs import Job

#: Discord's limit on an attachment's description, its alt text.
ALT_TEXT_LENGTH: Final = 1024
#: Escaping can double the length, so shown prompts are cut well below the message limits.
SHOWN_PROMPT_LENGTH: Final = 600

_ISOLATE_START: Final = "\u2068"  # first strong isolate
_ISOLATE_END: Final = "\u2069"
#: No script puts more marks on a letter; a pile of them is painted over the lines above and below.
_MOST_MARKS: Final = 4
#: An address, in which a backslash would be shown, or a character that makes markdown. discord.py's own way
#: to escape takes all from the first masked link to the last for one, and leaves what is between alive.
_MARKDOWN: Final = re.compile(r"https?://[^\s\\<>\[\]()*~|`]+|([\\*_~|`\[\]])")
#: An address as Discord's app reads it, up to a space, a bracket or the end: it takes in the backslash that
#: makes the bracket harmless, and the end of the isolate.
_ADDRESS: Final = re.compile(r"(://[^\s<]*?)(\\(?=<)|(?=\s)|$)")
_LINE_MARKS: Final = ("#", "-", ">", "*", "+")


def flat(text: str, *, enough: int | None = None) -> str:
    """Return the text on one line, without control characters and without marks that turn its direction.

    Joiners stay, because emoji and several scripts are written with them; of a pile of accents a few do.
    Above `enough` characters the rest is not looked at.
    """
    kept: list[str] = []
    marks = 0
    for character in " ".join(text.split()):
        category = unicodedata.category(character)
        if category in {"Cc", "Cf", "Cs", "Co"} and character not in {"\u200c", "\u200d"}:
            continue
        marks = marks + 1 if category in {"Mn", "Me"} else 0
        if marks > _MOST_MARKS or (character == " " and kept[-1:] in ([], [" "])):
            continue
        kept.append(character)
        if enough is not None and len(kept) > enough and character != " ":
            break
    return "".join(kept).strip()


def cut(text: str, length: int) -> str:
    """Return at most `length` characters, ending in “…” where something was left out.

    A cut never leaves half a joined emoji or a letter without its accent or vowel.
    """
    if len(text) <= length:
        return text
    end = length - 1
    while end > 0 and (
        "\u200d" in text[end - 1 : end + 1] or unicodedata.category(text[end]).startswith("M")
    ):
        end -= 1
    return text[:end].rstrip() + "…"


def plain(text: str, length: int) -> str:
    """Return text for a place that renders no markdown and no mentions, such as a name or a title."""
    return cut(flat(text, enough=length), length)


def shown(text: str, length: int = SHOWN_PROMPT_LENGTH) -> str:
    """Return member-written text ready for a message: flat, cut, without markdown or mentions.

    It is wrapped in a direction isolate, so that right-to-left text cannot reorder what stands around it.
    """
    safe = _MARKDOWN.sub(lambda found: f"\\{found[1]}" if found[1] else found[0], plain(text, length))
    # discord.py leaves mentions of channels, timestamps and bare addresses in angle brackets alone.
    safe = _ADDRESS.sub(_ended, escape_mentions(safe).replace("<", "\\<"))
    if safe.startswith(_LINE_MARKS):
        safe = "\\" + safe
    return f"{_ISOLATE_START}{safe}{_ISOLATE_END}"


def _ended(address: re.Match[str]) -> str:
    """Return the address with a space between it and what does not belong to it."""
    before_space = not address[2] and address.end() < len(address.string)
    return address[0] if before_space else f"{address[1]} {address[2]}"


def alt_text(job: Job) -> str:
    """Return the words for those who cannot see a picture: its member's own, or else the prompt."""
    return plain(job.alt_text or "", ALT_TEXT_LENGTH) or plain(job.prompt, ALT_TEXT_LENGTH)


def relative(moment: datetime) -> str:
    """Return Discord's markup for a moment as each reader's app shows it: “in 20 seconds”, and so on."""
    return f"<t:{int(moment.timestamp())}:R>"


def day(moment: datetime) -> str:
    """Return Discord's markup for a day as each reader's app writes it."""
    return f"<t:{int(moment.timestamp())}:D>"


def at(moment: datetime) -> str:
    """Return Discord's markup for a day and a time of day as each reader's app writes them."""
    return f"<t:{int(moment.timestamp())}:f>"
