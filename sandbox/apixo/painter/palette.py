"""Colours: the moods a picture can have, and how colours mix.

A palette is chosen by the words of a prompt or by chance and then turned a little on the colour
wheel, so that two pictures of one mood still differ. Nothing here draws.
"""

from __future__ import annotations

import colorsys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from random import Random

Colour = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Palette:
    """The colours of one picture; `sky` runs from the zenith down to the horizon."""

    sky: tuple[Colour, ...]
    light: Colour  # sun or moon
    far: Colour
    near: Colour
    accent: Colour  # lit windows, blossoms, sails
    night: bool = False

    @property
    def horizon(self) -> Colour:
        """The colour into which everything distant fades."""
        return self.sky[-1]


def hexed(text: str) -> Colour:
    """Read `rrggbb`."""
    return int(text[0:2], 16), int(text[2:4], 16), int(text[4:6], 16)


def mix(first: Colour, second: Colour, share: float) -> Colour:
    """Return the colour that lies `share` (0 to 1) of the way from the first to the second."""
    keep = 1 - share
    return (
        round(first[0] * keep + second[0] * share),
        round(first[1] * keep + second[1] * share),
        round(first[2] * keep + second[2] * share),
    )


def turned(colour: Colour, *, hue: float, saturation: float) -> Colour:
    """Turn a colour by `hue` (in rounds of the wheel) and scale its saturation."""
    shade, strength, value = colorsys.rgb_to_hsv(*(part / 255 for part in colour))
    red, green, blue = colorsys.hsv_to_rgb((shade + hue) % 1, min(1, strength * saturation), value)
    return round(red * 255), round(green * 255), round(blue * 255)


def _palette(sky: str, light: str, far: str, near: str, accent: str, *, night: bool = False) -> Palette:
    stops = tuple(hexed(stop) for stop in sky.split())
    return Palette(stops, hexed(light), hexed(far), hexed(near), hexed(accent), night)


MOODS: Final[dict[str, Palette]] = {
    "sunset": _palette("2b1b4d 7a2e6b e0586b ffa45c ffd98a", "fff3c4", "b5506e", "1d1233", "ffc65c"),
    "dawn": _palette("3f5a8a 8a8fbf e6a8b8 ffd3b0 ffeccb", "fff6da", "a58bb0", "2a2c4f", "ff8f6b"),
    "day": _palette("2f7fc2 5aa9de 9bd0ee dcf1f5", "fffbe6", "8fb9c9", "1c4a3c", "ff7a59"),
    "dusk": _palette("141a3c 2f2f6e 6a4c93 c06c9c f2a6a0", "ffe9d6", "74558f", "0f1130", "ffd479"),
    "night": _palette("050a1f 0c1740 1b2a63 3d5a98", "f4f1de", "2c3f73", "060a1a", "ffd166", night=True),
    "aurora": _palette("04121f 082433 0e4145 1f6f62", "eafff1", "1c4f55", "030d14", "b8ffcf", night=True),
    "desert": _palette("3a6ea5 8fb3c9 f3c998 fbe3bd", "fff6dd", "e0a066", "6e3218", "1fb5a6"),
    "ocean": _palette("14608a 3497b5 8fd3d0 eaf6df", "fffbe8", "4a9db0", "0a3546", "ff6f59"),
    "winter": _palette("6f8fb8 a9c2dd dde7f1 f9f3ee", "fffaf0", "a9bdd6", "2b3a55", "e4572e"),
    "spring": _palette("7fc1e3 b5dcf7 ffd6e8 fff1e6", "fffaf0", "a9cfae", "2a573b", "ff5d8f"),
    "mars": _palette("2b0f1c 7a2331 c8553d f2a65a", "ffe3c2", "a33b2e", "260a12", "66e0ff"),
    "neon": _palette(
        "0d0221 2a0a4a 5c1a8e c42fa8 ff6ec7", "ffe2f6", "4a1a7a", "080116", "2de2e6", night=True
    ),
    "autumn": _palette("4a6fa5 a9a7a0 f2c57c fbe8c0", "fff4d4", "c98850", "3b1c12", "f25c05"),
    "storm": _palette("1d2630 37474f 607d8b a7b8bf", "f5f7f2", "5b6f7a", "10181d", "ffd54f"),
    "forest": _palette("1f5f5b 4f9a86 a9d3a6 eef3cf", "fffbd9", "6fa58a", "0d2b24", "ffb84d"),
    "space": _palette("03030d 0b0926 1d1247 3a1c66", "f3ecff", "3b2a6b", "07041a", "5ce1e6", night=True),
}


def pick(mood: str, rng: Random) -> Palette:
    """Return the mood's palette, turned a little by chance."""
    base = MOODS[mood]
    hue = rng.uniform(-0.03, 0.03)
    saturation = rng.uniform(0.88, 1.12)

    def turn(colour: Colour) -> Colour:
        return turned(colour, hue=hue, saturation=saturation)

    return Palette(
        tuple(turn(stop) for stop in base.sky),
        turn(base.light),
        turn(base.far),
        turn(base.near),
        turn(base.accent),
        base.night,
    )
