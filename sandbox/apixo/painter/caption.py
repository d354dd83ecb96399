"""The band below a picture that carries its prompt.

Any text is safe: control characters become spaces, letters that the font lacks lose their accents or
become a neutral dot, and what does not fit is cut with an ellipsis.
"""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Final

from PIL import Image, ImageDraw, ImageFont

from sandbox.apixo.painter.brush import fade
from sandbox.apixo.painter.palette import mix

if TYPE_CHECKING:
    from sandbox.apixo.painter.palette import Colour

LINES: Final = 2
MARK: Final = "·"
_ELLIPSIS: Final = "..."
#: Beyond this many characters nothing can be visible.
_READ: Final = 600


def letter(picture: Image.Image, text: str, *, note: str, ground: Colour, accent: Colour) -> None:
    """Write `text` into a band at the bottom of the picture, and `note` small at its right end."""
    width, height = picture.size
    size = max(15, round(min(width, height) * 0.031))
    font = ImageFont.load_default(size)
    small = ImageFont.load_default(max(11, round(size * 0.62)))
    margin = round(size * 1.3)
    known = _Known(font)
    note_width = round(small.getlength(note))
    lines = _wrap(known.clean(text), font, width - 3 * margin - note_width)
    band = round(size * (1.35 * len(lines) + 1.5))
    top = height - band
    strip = Image.new("RGB", (width, band), mix(ground, (0, 0, 0), 0.3))
    picture.paste(strip, (0, top), Image.new("L", strip.size, 205))
    rise = round(size * 1.6)
    picture.paste(mix(ground, (0, 0, 0), 0.3), (0, top - rise), fade((width, rise), 0, 205))
    draw = ImageDraw.Draw(picture)
    draw.rectangle(
        (margin, top + round(size * 0.75), margin + max(2, size // 8), height - round(size * 0.75)),
        fill=accent,
    )
    for number, line in enumerate(lines):
        at = (margin + round(size * 0.7), top + round(size * (0.68 + 1.35 * number)))
        draw.text(at, line, font=font, fill=(246, 244, 240))
    draw.text(
        (width - margin - note_width, height - round(size * 0.75) - round(size * 0.66)),
        note,
        font=small,
        fill=mix(accent, (255, 255, 255), 0.35),
    )


class _Known:
    """Which characters the font can draw."""

    def __init__(self, font: ImageFont.FreeTypeFont | ImageFont.ImageFont) -> None:
        self._font = font
        self._missing = self._look("\U0010fffd")
        self._seen: dict[str, bool] = {}

    def clean(self, text: str) -> str:
        """Return the text with only characters that can be drawn, in one line."""
        drawn = "".join(self._nearest(character) for character in " ".join(text[:_READ].split()))
        return drawn.strip() or MARK

    def _nearest(self, character: str) -> str:
        if unicodedata.category(character) in ("Cc", "Cf", "Mn", "Me", "Cs"):
            return ""
        if self._has(character):
            return character
        plain = "".join(part for part in unicodedata.normalize("NFKD", character) if self._has(part))
        return plain or _SUBSTITUTES.get(character, MARK if self._has(MARK) else "*")

    def _has(self, character: str) -> bool:
        if character not in self._seen:
            self._seen[character] = character.isspace() or (
                unicodedata.category(character)[0] not in "CM" and self._look(character) != self._missing
            )
        return self._seen[character]

    def _look(self, character: str) -> bytes:
        mask = self._font.getmask(character)
        return bytes(mask) + str(mask.size).encode()


_SUBSTITUTES: Final = {
    "“": '"',
    "”": '"',
    "‘": "'",
    "’": "'",
    "–": "-",
    "—": "-",
    "…": "...",
    "ß": "ss",
    "æ": "ae",
    "ø": "o",
    "œ": "oe",
}


def _wrap(text: str, font: ImageFont.FreeTypeFont | ImageFont.ImageFont, room: float) -> list[str]:
    lines: list[str] = []
    words = text.split(" ")
    while words and len(lines) < LINES:
        line = words.pop(0)
        while words and font.getlength(f"{line} {words[0]}") <= room:
            line = f"{line} {words.pop(0)}"
        if font.getlength(line) > room:
            head = _cut(line, font, room)
            words.insert(0, line[len(head) :])
            line = head
        lines.append(line)
    if words:
        lines[-1] = _cut(lines[-1], font, room - font.getlength(_ELLIPSIS)).rstrip() + _ELLIPSIS
    return lines


def _cut(line: str, font: ImageFont.FreeTypeFont | ImageFont.ImageFont, room: float) -> str:
    while len(line) > 1 and font.getlength(line) > room:
        line = line[: max(1, min(len(line) - 1, int(len(line) * room / font.getlength(line))))]
    return line
