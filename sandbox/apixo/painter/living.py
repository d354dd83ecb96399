"""Silhouettes of animals and plants.

Each is drawn in a plan one unit high with the ground at 0; `shape` takes what is dark, `light` what glows.
"""

from __future__ import annotations

from math import cos, pi, sin
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from random import Random

    from sandbox.apixo.painter.brush import Pen


def cat(shape: Pen, light: Pen, rng: Random) -> None:
    """A cat that sits and looks at whoever looks at it."""
    del rng
    shape.blob(
        [
            (-0.23, 0.0),
            (-0.27, 0.16),
            (-0.2, 0.38),
            (-0.13, 0.56),
            (0.13, 0.56),
            (0.2, 0.38),
            (0.27, 0.16),
            (0.23, 0.0),
            (0.0, -0.02),
        ]
    )
    shape.oval(0, 0.7, 0.185, 0.16)
    for side in (-1, 1):
        shape.polygon([(side * 0.175, 0.74), (side * 0.155, 0.97), (side * 0.03, 0.83)])
        shape.oval(side * 0.1, 0.015, 0.085, 0.045)
        light.oval(side * 0.072, 0.715, 0.034, 0.04)
        light.oval(side * 0.072, 0.715, 0.011, 0.036, fill=0)
        light.line([(side * 0.06, 0.645), (side * 0.27, 0.675)], 0.005, fill=110, smooth=False)
        light.line([(side * 0.06, 0.63), (side * 0.26, 0.615)], 0.005, fill=110, smooth=False)
    light.polygon([(-0.02, 0.665), (0.02, 0.665), (0, 0.64)], fill=160)
    shape.line([(0.2, 0.05), (0.4, 0.06), (0.5, 0.2), (0.42, 0.36), (0.46, 0.48)], 0.062)


def dog(shape: Pen, light: Pen, rng: Random) -> None:
    """A dog that sits, seen from the side."""
    del rng
    shape.blob(
        [
            (-0.28, 0.0),
            (-0.34, 0.12),
            (-0.27, 0.3),
            (-0.12, 0.48),
            (0.02, 0.64),
            (0.2, 0.62),
            (0.24, 0.44),
            (0.18, 0.2),
            (0.12, 0.0),
            (-0.1, -0.02),
        ],
    )
    shape.line([(0.17, 0.46), (0.19, 0.24), (0.18, 0.03)], 0.085)
    shape.line([(0.08, 0.4), (0.1, 0.2), (0.09, 0.03)], 0.085)
    for x in (0.12, 0.22, -0.12):
        shape.oval(x, 0.012, 0.08, 0.034)
    shape.line([(-0.28, 0.06), (-0.46, 0.07), (-0.58, 0.2), (-0.56, 0.32)], 0.058)
    shape.line([(0.1, 0.56), (0.14, 0.76)], 0.19)
    shape.oval(0.15, 0.83, 0.15, 0.125)
    shape.blob([(0.2, 0.91), (0.34, 0.87), (0.43, 0.83), (0.43, 0.76), (0.34, 0.72), (0.2, 0.72)])
    shape.blob(
        [(0.03, 0.92), (0.11, 0.93), (0.12, 0.78), (0.06, 0.64), (-0.02, 0.6), (-0.06, 0.7), (-0.02, 0.84)]
    )
    light.circle(0.22, 0.86, 0.02)
    light.polygon([(0.02, 0.635), (0.03, 0.595), (0.24, 0.635), (0.235, 0.675)], fill=210)
    light.circle(0.2, 0.6, 0.026)


def fox(shape: Pen, light: Pen, rng: Random) -> None:
    """A fox that sits with its tail around its feet."""
    del rng
    shape.blob([(-0.2, 0.0), (-0.2, 0.25), (-0.12, 0.52), (0.1, 0.52), (0.18, 0.25), (0.18, 0.0)])
    shape.blob([(0.1, 0.02), (0.35, 0.0), (0.56, 0.1), (0.6, 0.3), (0.5, 0.22), (0.36, 0.18), (0.18, 0.2)])
    light.blob([(0.54, 0.12), (0.6, 0.3), (0.52, 0.23), (0.49, 0.16)], fill=150)
    shape.polygon([(-0.24, 0.72), (0.22, 0.72), (0.1, 0.58), (-0.01, 0.48), (-0.12, 0.58)])
    shape.oval(-0.01, 0.71, 0.19, 0.1)
    for side in (-1, 1):
        shape.polygon([(side * 0.19 - 0.01, 0.73), (side * 0.16 - 0.01, 0.99), (side * 0.02 - 0.01, 0.79)])
        light.oval(side * 0.075 - 0.01, 0.695, 0.026, 0.018)
    light.polygon([(-0.07, 0.44), (0.05, 0.44), (-0.01, 0.24)], fill=90)


def bird(shape: Pen, light: Pen, rng: Random) -> None:
    """An owl on a branch."""
    del light
    shape.line([(-0.7, 0.1), (-0.1, 0.06), (0.8, 0.16)], 0.05)
    for x in (-0.5, 0.5, 0.66):
        shape.oval(x, 0.2 + rng.uniform(-0.02, 0.04), 0.03, 0.07)


def owl(shape: Pen, light: Pen, rng: Random) -> None:
    """An owl on a branch."""
    bird(shape, light, rng)
    shape.blob(
        [
            (-0.2, 0.1),
            (-0.25, 0.45),
            (-0.2, 0.75),
            (0, 0.82),
            (0.2, 0.75),
            (0.25, 0.45),
            (0.2, 0.1),
            (0, 0.02),
        ]
    )
    for side in (-1, 1):
        shape.polygon([(side * 0.2, 0.7), (side * 0.19, 0.93), (side * 0.06, 0.79)])
        light.circle(side * 0.09, 0.64, 0.07)
        light.circle(side * 0.09, 0.64, 0.032, fill=0)
    light.polygon([(-0.022, 0.6), (0.022, 0.6), (0, 0.53)], fill=200)
    for row in range(3):
        for column in range(-1, 2):
            light.oval(column * 0.08, 0.4 - row * 0.09, 0.022, 0.012, fill=70)


def pine(shape: Pen, x: float, height: float, ground: float = 0.0) -> None:
    """One pine tree."""
    shape.rect(x - height * 0.025, ground - height * 0.1, x + height * 0.025, ground + height * 0.2)
    for tier in range(5):
        bottom = ground + height * (0.1 + tier * 0.165)
        half = height * (0.21 - tier * 0.034)
        shape.polygon(
            [(x - half, bottom), (x, bottom + height * 0.3), (x + half, bottom), (x, bottom + height * 0.045)]
        )


def forest(shape: Pen, light: Pen, rng: Random) -> None:
    """A wood of pines, taller towards its edges."""
    for step in range(34):
        x = -1.7 + step * 0.103 + rng.uniform(-0.04, 0.04)
        pine(shape, x, rng.uniform(0.38, 0.62) + min(0.55, abs(x) * 0.36), rng.uniform(-0.1, 0.0))
    for _ in range(16):
        light.circle(rng.uniform(-1.2, 1.2), rng.uniform(0.05, 0.5), rng.uniform(0.006, 0.012), fill=230)


def tree(shape: Pen, light: Pen, rng: Random) -> None:
    """One old tree with a round crown."""
    shape.blob([(-0.12, -0.04), (-0.05, 0.12), (-0.045, 0.42), (0.045, 0.42), (0.05, 0.12), (0.13, -0.04)])
    for lean in (-1, 1):
        shape.line([(0, 0.3), (lean * 0.12, 0.46), (lean * 0.24, 0.56)], 0.035)
    for step in range(13):
        angle = step / 13 * 2 * pi
        shape.circle(cos(angle) * 0.3, 0.68 + sin(angle) * 0.19, rng.uniform(0.12, 0.17))
    shape.oval(0, 0.68, 0.32, 0.22)
    for _ in range(14):
        light.circle(rng.gauss(0, 0.17), 0.68 + rng.gauss(0, 0.1), rng.uniform(0.009, 0.017), fill=190)


def flower(shape: Pen, light: Pen, rng: Random) -> None:
    """A few tall blossoms."""
    for x, height in ((-0.62, 0.6), (-0.3, 0.78), (0.02, 1.0), (0.36, 0.7), (0.66, 0.86)):
        lean = rng.uniform(-0.06, 0.06)
        top = (x + lean, height - 0.14)
        shape.line([(x, -0.05), (x + lean * 0.3, height * 0.4), top], 0.02)
        for side in (-1, 1):
            shape.blob(
                [
                    (x, height * 0.2),
                    (x + side * 0.1, height * 0.36),
                    (x + side * 0.16, height * 0.5),
                    (x + side * 0.04, height * 0.34),
                ]
            )
        petals = rng.choice((6, 7, 8))
        for petal in range(petals):
            angle = petal / petals * 2 * pi
            light.circle(top[0] + cos(angle) * 0.072, top[1] + sin(angle) * 0.072, 0.046, fill=235)
        light.circle(*top, 0.036, fill=90)
        shape.circle(*top, 0.04)


def mushroom(shape: Pen, light: Pen, rng: Random) -> None:
    """Three mushrooms with spotted caps."""
    for x, height in ((0.0, 1.0), (-0.42, 0.55), (0.4, 0.42)):
        shape.blob(
            [
                (x - height * 0.1, -0.03),
                (x - height * 0.07, height * 0.5),
                (x + height * 0.07, height * 0.5),
                (x + height * 0.11, -0.03),
            ]
        )
        shape.blob(
            [
                (x - height * 0.38, height * 0.5),
                (x - height * 0.3, height * 0.76),
                (x, height * 0.95),
                (x + height * 0.3, height * 0.76),
                (x + height * 0.38, height * 0.5),
                (x, height * 0.46),
            ]
        )
        for _ in range(6):
            light.oval(
                x + rng.uniform(-0.2, 0.2) * height,
                height * rng.uniform(0.58, 0.8),
                height * 0.035,
                height * 0.027,
                fill=220,
            )


def whale(shape: Pen, light: Pen, rng: Random) -> None:
    """A whale that breathes out, half above the water."""
    del rng
    shape.blob(
        [
            (-0.75, 0.05),
            (-0.66, 0.3),
            (-0.3, 0.5),
            (0.1, 0.44),
            (0.5, 0.2),
            (0.72, 0.22),
            (0.74, 0.05),
            (0.2, -0.12),
            (-0.5, -0.12),
        ]
    )
    shape.blob(
        [
            (0.66, 0.16),
            (0.72, 0.4),
            (0.6, 0.6),
            (0.82, 0.46),
            (0.9, 0.42),
            (1.08, 0.52),
            (0.94, 0.3),
            (0.82, 0.14),
        ]
    )
    light.circle(-0.5, 0.2, 0.024)
    light.line([(-0.7, 0.08), (-0.45, 0.06), (-0.2, 0.1)], 0.012, fill=130)
    for side in (-1, 1):
        light.line(
            [
                (-0.32, 0.52),
                (-0.32 + side * 0.05, 0.76),
                (-0.32 + side * 0.2, 0.82),
                (-0.32 + side * 0.26, 0.68),
            ],
            0.022,
            fill=170,
        )


def dragon(shape: Pen, light: Pen, rng: Random) -> None:
    """A dragon in flight."""
    del rng
    shape.line([(-0.78, 0.5), (-0.5, 0.4), (-0.2, 0.5), (0.1, 0.58), (0.34, 0.56)], 0.05)
    shape.blob([(-0.3, 0.5), (-0.05, 0.6), (0.22, 0.66), (0.32, 0.58), (0.18, 0.47), (-0.1, 0.44)])
    shape.blob(
        [
            (0.28, 0.62),
            (0.42, 0.76),
            (0.5, 0.84),
            (0.68, 0.8),
            (0.74, 0.73),
            (0.56, 0.72),
            (0.46, 0.66),
            (0.36, 0.53),
        ]
    )
    shape.polygon([(0.5, 0.83), (0.4, 0.96), (0.56, 0.85)])
    shape.polygon([(-0.78, 0.5), (-0.94, 0.62), (-0.86, 0.48), (-0.92, 0.36)])
    shape.polygon(
        [
            (0.0, 0.56),
            (-0.12, 1.02),
            (-0.62, 1.12),
            (-0.4, 0.92),
            (-0.52, 0.76),
            (-0.3, 0.76),
            (-0.3, 0.6),
            (-0.14, 0.64),
        ]
    )
    shape.polygon([(0.1, 0.58), (0.22, 1.0), (0.02, 1.2), (0.0, 0.98), (-0.12, 0.9), (0.02, 0.82)], fill=200)
    shape.line([(0.0, 0.48), (-0.06, 0.36), (0.04, 0.32)], 0.035)
    shape.line([(0.18, 0.48), (0.14, 0.36), (0.24, 0.33)], 0.035)
    light.circle(0.56, 0.79, 0.016)
    light.blob([(0.74, 0.74), (0.9, 0.78), (1.15, 0.72), (1.0, 0.68), (1.12, 0.6), (0.88, 0.67)], fill=220)
