"""Silhouettes of things that people built.

Each is drawn in a plan one unit high with the ground at 0; `shape` takes what is dark, `light` what glows.
"""

from __future__ import annotations

from math import cos, pi, sin
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from random import Random

    from sandbox.apixo.painter.brush import Pen


def _tower(shape: Pen, x: float, half: float, top: float) -> None:
    shape.rect(x - half, -0.05, x + half, top)
    shape.rect(x - half * 1.3, top - 0.05, x + half * 1.3, top)
    for tooth in range(4):
        left = x - half * 1.3 + tooth * half * 0.74
        shape.rect(left, top - 0.01, left + half * 0.4, top + 0.035)


def _spire(shape: Pen, x: float, half: float, bottom: float, top: float) -> None:
    shape.polygon([(x - half * 1.45, bottom), (x + half * 1.45, bottom), (x, top)])
    shape.line([(x, top - 0.01), (x, top + 0.09)], 0.009, smooth=False)
    shape.polygon([(x, top + 0.09), (x + 0.075, top + 0.068), (x, top + 0.045)])


def castle(shape: Pen, light: Pen, rng: Random) -> None:
    """A keep with towers, spires, flags and a gate."""
    shape.rect(-0.56, -0.08, 0.56, 0.26)
    for tooth in range(14):
        left = -0.56 + tooth * 0.0825
        shape.rect(left, 0.25, left + 0.042, 0.295)
    for x, half, top, peak in (
        (-0.52, 0.085, 0.44, 0.7),
        (0.52, 0.085, 0.4, 0.64),
        (-0.25, 0.075, 0.56, 0.86),
        (0.27, 0.08, 0.5, 0.78),
    ):
        _tower(shape, x, half, top)
        _spire(shape, x, half, top, peak)
    shape.rect(-0.15, 0, 0.16, 0.58)
    _tower(shape, 0.0, 0.12, 0.7)
    _spire(shape, 0.0, 0.12, 0.7, 1.08)
    light.rect(-0.055, 0, 0.055, 0.1)
    light.circle(0, 0.1, 0.055)
    for x, y in (
        (0, 0.6),
        (0, 0.44),
        (-0.25, 0.47),
        (0.27, 0.4),
        (-0.52, 0.35),
        (0.52, 0.31),
        (-0.38, 0.14),
        (0.38, 0.14),
    ):
        if rng.random() < 0.9:
            light.rect(x - 0.017, y - 0.035, x + 0.017, y + 0.02)
            light.circle(x, y + 0.02, 0.017)


def city(shape: Pen, light: Pen, rng: Random) -> None:
    """A skyline of tall houses with lit windows."""
    x = -1.25
    while x < 1.25:
        wide = rng.uniform(0.1, 0.2)
        middle = 1 - min(1.0, abs(x + wide / 2) / 1.35) ** 1.4
        top = 0.18 + middle * rng.uniform(0.35, 0.8)
        shape.rect(x, -0.08, x + wide, top)
        crown = rng.random()
        if crown < 0.25:
            shape.line([(x + wide / 2, top), (x + wide / 2, top + 0.14)], 0.012, smooth=False)
        elif crown < 0.45:
            shape.polygon([(x, top), (x + wide, top), (x + wide / 2, top + wide * 0.7)])
        elif crown < 0.65:
            shape.rect(x + wide * 0.2, top, x + wide * 0.8, top + 0.05)
        _windows(light, rng, x, wide, top)
        x += wide + rng.uniform(-0.02, 0.02)


def _windows(light: Pen, rng: Random, x: float, wide: float, top: float) -> None:
    columns = max(2, round(wide / 0.042))
    y = top - 0.05
    while y > 0.02:
        for column in range(columns):
            if rng.random() < 0.4:
                left = x + wide * (column + 0.28) / columns
                light.rect(left, y, left + 0.018, y + 0.022, fill=rng.choice((255, 200, 140)))
        y -= 0.048


def house(shape: Pen, light: Pen, rng: Random) -> None:
    """A cottage with a chimney and its smoke."""
    shape.rect(-0.4, -0.06, 0.4, 0.42)
    shape.polygon([(-0.5, 0.4), (0.5, 0.4), (0.26, 0.78), (-0.26, 0.78)])
    shape.rect(0.14, 0.7, 0.25, 0.96)
    shape.rect(0.12, 0.93, 0.27, 0.98)
    shape.line([(-0.5, 0.0), (-0.9, 0.0)], 0.02)
    for post in range(5):
        shape.rect(-0.9 + post * 0.09, -0.04, -0.87 + post * 0.09, 0.12)
    shape.rect(-0.92, 0.06, -0.42, 0.08)
    for x in (-0.24, 0.24):
        light.rect(x - 0.085, 0.16, x + 0.085, 0.31)
        light.rect(x - 0.085, 0.228, x + 0.085, 0.242, fill=0)
        light.rect(x - 0.008, 0.16, x + 0.008, 0.31, fill=0)
    light.rect(-0.055, -0.01, 0.055, 0.24, fill=190)
    smoke = 0.05 + rng.random() * 0.05
    for step in range(5):
        shape.circle(0.2 + smoke * step * 0.7, 1.04 + step * 0.075, 0.03 + step * 0.012, fill=110 - step * 18)


def lighthouse(shape: Pen, light: Pen, rng: Random) -> None:
    """A lighthouse on its rock; the beams fall to both sides."""
    del rng
    light.polygon([(0.0, 0.84), (9.5, 2.14), (9.5, -0.06)], fill=36)
    light.polygon([(0.0, 0.84), (-9.5, 1.74), (-9.5, 0.34)], fill=28)
    shape.blob([(-0.6, -0.1), (-0.42, 0.05), (-0.2, 0.1), (0.1, 0.11), (0.36, 0.06), (0.62, -0.1)])
    shape.polygon([(-0.13, 0.05), (0.13, 0.05), (0.085, 0.76), (-0.085, 0.76)])
    shape.rect(-0.13, 0.74, 0.13, 0.775)
    shape.rect(-0.07, 0.77, -0.055, 0.9)
    shape.rect(0.055, 0.77, 0.07, 0.9)
    shape.polygon([(-0.1, 0.9), (0.1, 0.9), (0, 1.0)])
    shape.line([(0, 0.98), (0, 1.06)], 0.012, smooth=False)
    shape.rect(0.13, 0.05, 0.36, 0.2)
    shape.polygon([(0.1, 0.2), (0.39, 0.2), (0.245, 0.3)])
    light.rect(-0.055, 0.775, 0.055, 0.9)
    light.rect(0.21, 0.1, 0.27, 0.16)
    for y in (0.3, 0.52):
        light.rect(-0.015, y, 0.015, y + 0.05, fill=210)


def boat(shape: Pen, light: Pen, rng: Random) -> None:
    """A small sailing boat."""
    del rng
    shape.polygon([(-0.5, 0.12), (0.56, 0.12), (0.36, -0.06), (-0.36, -0.06)])
    shape.rect(-0.012, 0.1, 0.012, 1.0)
    shape.polygon([(0.03, 0.18), (0.03, 0.96), (0.5, 0.2)])
    light.polygon([(-0.03, 0.2), (-0.03, 0.86), (-0.36, 0.22)], fill=200)
    shape.polygon([(0, 1.0), (0.13, 0.965), (0, 0.93)])


def windmill(shape: Pen, light: Pen, rng: Random) -> None:
    """A windmill with four sails."""
    shape.polygon([(-0.2, -0.06), (0.2, -0.06), (0.12, 0.6), (-0.12, 0.6)])
    shape.polygon([(-0.14, 0.59), (0.14, 0.59), (0.07, 0.71), (-0.07, 0.71)])
    turn = rng.uniform(0.15, 0.6)
    for quarter in range(4):
        across, up = _direction(turn + quarter * 0.25)
        shape.line([(0, 0.62), (across * 0.46, 0.62 + up * 0.46)], 0.018, smooth=False)
        near, far = 0.1, 0.45
        side_x, side_y = -up * 0.095, across * 0.095
        shape.polygon(
            [
                (across * near, 0.62 + up * near),
                (across * far, 0.62 + up * far),
                (across * far + side_x, 0.62 + up * far + side_y),
                (across * near + side_x, 0.62 + up * near + side_y),
            ],
            fill=235,
        )
    light.rect(-0.03, 0.3, 0.03, 0.37)
    light.rect(-0.04, 0.0, 0.04, 0.12, fill=200)


def _direction(rounds: float) -> tuple[float, float]:
    return cos(rounds * 2 * pi), sin(rounds * 2 * pi)


def robot(shape: Pen, light: Pen, rng: Random) -> None:
    """A friendly robot with glowing eyes."""
    del rng
    shape.blob([(-0.17, 0.62), (0.17, 0.62), (0.2, 0.72), (0.18, 0.86), (-0.18, 0.86), (-0.2, 0.72)])
    shape.rect(-0.19, 0.63, 0.19, 0.85)
    shape.line([(0, 0.85), (0, 0.95)], 0.014, smooth=False)
    light.circle(0, 0.97, 0.028)
    shape.rect(-0.25, 0.7, -0.18, 0.79)
    shape.rect(0.18, 0.7, 0.25, 0.79)
    shape.rect(-0.06, 0.56, 0.06, 0.64)
    shape.polygon([(-0.24, 0.58), (0.24, 0.58), (0.2, 0.22), (-0.2, 0.22)])
    for side in (-1, 1):
        shape.circle(side * 0.26, 0.54, 0.055)
        shape.line([(side * 0.27, 0.53), (side * 0.35, 0.4), (side * 0.33, 0.26)], 0.055)
        shape.circle(side * 0.33, 0.23, 0.05)
        shape.rect(side * 0.1 - 0.045, 0.02, side * 0.1 + 0.045, 0.24)
        shape.blob([(side * 0.11 - 0.09, -0.02), (side * 0.11 + 0.09, -0.02), (side * 0.11, 0.08)])
        light.circle(side * 0.085, 0.755, 0.04)
    light.rect(-0.07, 0.67, 0.07, 0.685, fill=170)
    light.circle(0, 0.42, 0.05, fill=200)
    light.rect(-0.1, 0.3, 0.1, 0.315, fill=140)


def rocket(shape: Pen, light: Pen, rng: Random) -> None:
    """A rocket just off the ground, with fire and smoke below."""
    for _step in range(9):
        shape.circle(rng.uniform(-0.42, 0.42), rng.uniform(-0.1, 0.02), rng.uniform(0.05, 0.12), fill=130)
    light.blob([(-0.08, 0.22), (0.08, 0.22), (0.07, 0.1), (0, -0.1), (-0.07, 0.1)])
    shape.blob([(-0.1, 0.22), (-0.14, 0.5), (-0.1, 0.78), (0, 1.02), (0.1, 0.78), (0.14, 0.5), (0.1, 0.22)])
    shape.polygon([(-0.11, 0.42), (-0.27, 0.16), (-0.09, 0.24)])
    shape.polygon([(0.11, 0.42), (0.27, 0.16), (0.09, 0.24)])
    shape.rect(-0.07, 0.18, 0.07, 0.24)
    light.circle(0, 0.66, 0.052)
    light.circle(0, 0.48, 0.03, fill=170)


def balloon(shape: Pen, light: Pen, rng: Random) -> None:
    """A hot-air balloon in the sky."""
    del rng
    shape.blob(
        [
            (-0.05, 0.42),
            (-0.25, 0.6),
            (-0.29, 0.8),
            (-0.16, 0.98),
            (0, 1.02),
            (0.16, 0.98),
            (0.29, 0.8),
            (0.25, 0.6),
            (0.05, 0.42),
        ]
    )
    light.blob(
        [(-0.02, 0.44), (-0.09, 0.7), (-0.05, 0.98), (0.05, 0.98), (0.09, 0.7), (0.02, 0.44)], fill=150
    )
    light.blob([(-0.04, 0.44), (-0.21, 0.66), (-0.2, 0.88), (-0.13, 0.95), (-0.16, 0.7)], fill=110)
    light.blob([(0.04, 0.44), (0.21, 0.66), (0.2, 0.88), (0.13, 0.95), (0.16, 0.7)], fill=110)
    for side in (-1, 1):
        shape.line([(side * 0.05, 0.43), (side * 0.035, 0.32)], 0.008, smooth=False)
    shape.rect(-0.05, 0.24, 0.05, 0.33)
    light.circle(0, 0.4, 0.022)


def tent(shape: Pen, light: Pen, rng: Random) -> None:
    """A tent that glows from within, and a fire beside it."""
    shape.polygon([(-0.55, -0.02), (0.35, -0.02), (-0.1, 0.62)])
    light.polygon([(-0.26, -0.02), (0.06, -0.02), (-0.1, 0.5)], fill=215)
    shape.line([(-0.1, 0.5), (-0.1, 0)], 0.012, smooth=False)
    for lean in (-0.1, 0.0, 0.1):
        light.polygon(
            [(0.62 + lean - 0.06, 0), (0.62 + lean + 0.06, 0), (0.62 + lean * 0.4, rng.uniform(0.16, 0.32))]
        )
    shape.line([(0.48, 0.0), (0.76, 0.035)], 0.035, smooth=False)
    shape.line([(0.48, 0.035), (0.76, 0.0)], 0.035, smooth=False)
