"""The few strokes that all parts of a picture are made of.

Shapes are drawn as masks at twice the size and reduced, which gives smooth edges without drawing the
whole picture at twice the size. Everything is deterministic: chance comes from the caller's generator.
"""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING, Final

from PIL import Image, ImageChops, ImageDraw

from sandbox.apixo.painter.palette import mix

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

    from sandbox.apixo.painter.palette import Colour

Point = tuple[float, float]
OVERSAMPLE: Final = 2


def gradient(size: tuple[int, int], stops: Sequence[Colour]) -> Image.Image:
    """Return a picture that runs through the colours from top to bottom."""
    width, height = size
    column = Image.new("RGB", (1, height))
    steps = len(stops) - 1
    for y in range(height):
        place = y / max(1, height - 1) * steps
        index = min(steps - 1, int(place)) if steps else 0
        column.putpixel((0, y), mix(stops[index], stops[min(steps, index + 1)], place - index))
    return column.resize((width, height))


def fade(size: tuple[int, int], top: int, bottom: int) -> Image.Image:
    """Return a mask that runs evenly from one strength (0 to 255) to another."""
    column = Image.linear_gradient("L").resize((1, size[1]))
    return column.point([round(top + (bottom - top) * value / 255) for value in range(256)]).resize(size)


def noise(size: tuple[int, int], rng: Random, *, cells: tuple[int, int], octaves: int = 4) -> Image.Image:
    """Return soft clouds of grey: layers of coarse chance, each twice as fine and half as strong."""
    picture: Image.Image | None = None
    for octave in range(octaves):
        columns, rows = cells[0] << octave, cells[1] << octave
        layer = Image.frombytes("L", (columns, rows), rng.randbytes(columns * rows))
        layer = layer.resize(size, Image.Resampling.BICUBIC)
        picture = layer if picture is None else Image.blend(picture, layer, 1 / (2**octave + 1))
    assert picture is not None  # noqa: S101 - octaves is never 0
    return picture


def glow(size: tuple[int, int], centre: Point, radius: float, strength: int) -> Image.Image:
    """Return a mask that is strong at the centre and gone at the radius."""
    across = max(2, round(radius * 2))
    disc = Image.radial_gradient("L")
    disc = disc.point([round(strength * max(0.0, 1 - value / 180) ** 2) for value in range(256)])
    mask = Image.new("L", size, 0)
    mask.paste(disc.resize((across, across)), (round(centre[0] - radius), round(centre[1] - radius)))
    return mask


def curve(points: Sequence[Point], *, steps: int = 8, closed: bool = True) -> list[Point]:
    """Return a smooth line through the points (Catmull-Rom)."""
    count = len(points)
    line: list[Point] = []
    for index in range(count if closed else count - 1):
        around = [
            points[(index + shift) % count if closed else min(count - 1, max(0, index + shift))]
            for shift in (-1, 0, 1, 2)
        ]
        line.extend(_between(around, step / steps) for step in range(steps))
    if not closed:
        line.append(points[-1])
    return line


def _between(around: Sequence[Point], t: float) -> Point:
    def axis(a: float, b: float, c: float, d: float) -> float:
        return 0.5 * (
            2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t * t + (3 * b - a - 3 * c + d) * t**3
        )

    (ax, ay), (bx, by), (cx, cy), (dx, dy) = around
    return axis(ax, bx, cx, dx), axis(ay, by, cy, dy)


class Pen:
    """Draws shapes given in a small plan (x to the right, y up, the ground at 0) onto a mask.

    `scale` is how many pixels of the final picture one unit of the plan has.
    """

    def __init__(self, size: tuple[int, int], *, origin: Point, scale: float, mirrored: bool = False) -> None:
        self._mask = Image.new("L", (size[0] * OVERSAMPLE, size[1] * OVERSAMPLE), 0)
        self._draw = ImageDraw.Draw(self._mask)
        self._origin = (origin[0] * OVERSAMPLE, origin[1] * OVERSAMPLE)
        self._scale = scale * OVERSAMPLE
        self._turn = -1 if mirrored else 1

    def mask(self) -> Image.Image:
        """Return what was drawn, with smooth edges, at the picture's own size."""
        return self._mask.reduce(OVERSAMPLE)

    def polygon(self, points: Sequence[Point], fill: int = 255) -> None:
        """Fill a shape with straight edges."""
        self._draw.polygon([self._place(point) for point in points], fill=fill)

    def blob(self, points: Sequence[Point], fill: int = 255) -> None:
        """Fill a shape with a smooth edge through the points."""
        self.polygon(curve(points), fill)

    def rect(self, left: float, bottom: float, right: float, top: float, fill: int = 255) -> None:
        """Fill an upright rectangle."""
        self.polygon([(left, bottom), (right, bottom), (right, top), (left, top)], fill)

    def circle(self, x: float, y: float, radius: float, fill: int = 255) -> None:
        """Fill a circle."""
        self.oval(x, y, radius, radius, fill)

    def oval(self, x: float, y: float, wide: float, high: float, fill: int = 255) -> None:
        """Fill an ellipse given by its half axes."""
        centre_x, centre_y = self._place((x, y))
        wide, high = wide * self._scale, high * self._scale
        self._draw.ellipse([centre_x - wide, centre_y - high, centre_x + wide, centre_y + high], fill=fill)

    def line(self, points: Sequence[Point], width: float, fill: int = 255, *, smooth: bool = True) -> None:
        """Draw a line of this width with round ends."""
        path = curve(points, closed=False) if smooth and len(points) > 2 else list(points)
        placed = [self._place(point) for point in path]
        thick = max(1, round(width * self._scale))
        self._draw.line(placed, fill=fill, width=thick, joint="curve")
        radius = thick / 2
        for x, y in (placed[0], placed[-1]):
            self._draw.ellipse([x - radius, y - radius, x + radius, y + radius], fill=fill)

    def _place(self, point: Point) -> Point:
        return (
            self._origin[0] + point[0] * self._scale * self._turn,
            self._origin[1] - point[1] * self._scale,
        )


def rim(mask: Image.Image, *, shift: tuple[int, int]) -> Image.Image:
    """Return the edge that stays when the shape is moved by `shift`: (2, 2) is lit from the upper left."""
    return ImageChops.subtract(mask, ImageChops.offset(mask, *shift))


def ridge(
    rng: Random,
    width: int,
    *,
    level: float,
    height: float,
    roughness: float,
    detail: int,
) -> list[Point]:
    """Return a line of hills by repeated halving: `roughness` 0.3 is a dune, 0.6 a rocky crest."""
    line = [rng.uniform(-0.5, 0.5), rng.uniform(-1, 1), rng.uniform(-0.5, 0.5), rng.uniform(-1, 1)]
    swing = 0.6
    for _ in range(detail):
        finer: list[float] = []
        for left, right in itertools.pairwise(line):
            finer += [left, (left + right) / 2 + rng.uniform(-swing, swing)]
        line = [*finer, line[-1]]
        swing *= roughness
    step = width / (len(line) - 1)
    return [(index * step, level - value * height) for index, value in enumerate(line)]


def height_at(line: Sequence[Point], x: float) -> float:
    """Return the y of a ridge at this x."""
    step = line[1][0] - line[0][0]
    index = max(0, min(len(line) - 2, math.floor(x / step)))
    share = max(0.0, min(1.0, x / step - index))
    return line[index][1] * (1 - share) + line[index + 1][1] * share
