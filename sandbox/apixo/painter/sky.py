"""Draws the sky of a scene: its colours, stars, clouds, the sun or the moon, and birds.

It returns where the light stands, because everything below it is lit from there.
"""

from __future__ import annotations

from math import cos, pi, sin
from typing import TYPE_CHECKING

from PIL import Image, ImageChops, ImageFilter

from sandbox.apixo.painter.brush import Pen, Point, fade, glow, gradient, noise
from sandbox.apixo.painter.palette import mix

if TYPE_CHECKING:
    from random import Random

    from sandbox.apixo.painter.scene import Scene


def paint_sky(scene: Scene) -> tuple[Image.Image, Point]:
    """Paint the sky and return it with the place of the sun or the moon."""
    width, height = scene.size
    rng = scene.rng
    horizon = 0.78 if scene.land == "space" else 0.62
    picture = Image.new("RGB", scene.size, scene.palette.horizon)
    picture.paste(gradient((width, round(height * horizon)), scene.palette.sky), (0, 0))
    lamp = (
        width * rng.choice((rng.uniform(0.2, 0.38), rng.uniform(0.62, 0.8))),
        height * rng.uniform(0.2, 0.42),
    )
    if scene.palette.night or scene.land == "space":
        _stars(picture, scene, height * horizon)
    if scene.land == "space":
        _nebula(picture, scene)
        _planet(picture, scene, lamp)
        return picture, lamp
    _light(picture, scene, lamp)
    _clouds(picture, scene)
    if scene.palette.night:
        _aurora(picture, scene)
    else:
        _birds(picture, scene, lamp)
    return picture, lamp


def _light(picture: Image.Image, scene: Scene, lamp: Point) -> None:
    width, height = scene.size
    short = min(width, height)
    palette = scene.palette
    wide = glow(scene.size, lamp, short * (0.75 if palette.night else 1.05), 120 if palette.night else 190)
    picture.paste(mix(palette.light, palette.horizon, 0.45), (0, 0), wide)
    picture.paste(palette.light, (0, 0), glow(scene.size, lamp, short * 0.3, 200))
    radius = short * scene.rng.uniform(0.07, 0.105)
    pen = Pen(scene.size, origin=(lamp[0], lamp[1]), scale=radius)
    pen.circle(0, 0, 1)
    if palette.night and scene.rng.random() < 0.6:
        pen.circle(0.42, 0.24, 0.86, fill=0)
    picture.paste(mix(palette.light, (255, 255, 255), 0.35), (0, 0), pen.mask())
    if palette.night:
        craters = Pen(scene.size, origin=(lamp[0], lamp[1]), scale=radius)
        for x, y, size in ((-0.5, -0.3, 0.16), (-0.62, 0.15, 0.1), (-0.25, -0.62, 0.12), (-0.3, -0.05, 0.08)):
            craters.circle(x, y, size, fill=60)
        picture.paste(mix(palette.light, palette.far, 0.6), (0, 0), craters.mask())


def _stars(picture: Image.Image, scene: Scene, floor: float) -> None:
    width, _ = scene.size
    rng = scene.rng
    pen = Pen(scene.size, origin=(0, 0), scale=1)
    grain = min(scene.size) / 900
    for _ in range(460 if scene.fine else 300):
        y = rng.random() ** 1.5 * floor
        pen.circle(
            rng.random() * width, -y, rng.choice((0.6, 0.6, 0.9, 1.4)) * grain, fill=rng.randrange(90, 256)
        )
    for _ in range(9):
        _sparkle(pen, rng, rng.random() * width, -rng.random() * floor * 0.8, grain)
    stars = pen.mask()
    picture.paste((255, 255, 255), (0, 0), stars)
    halo = stars.filter(ImageFilter.BoxBlur(3)).point([min(255, value * 2) for value in range(256)])
    picture.paste(mix(scene.palette.light, scene.palette.accent, 0.3), (0, 0), halo)


def _sparkle(pen: Pen, rng: Random, x: float, y: float, grain: float) -> None:
    long = rng.uniform(5, 10) * grain
    thin = long * 0.11
    pen.polygon(
        [
            (
                x + cos(step * pi / 4) * (thin if step % 2 else long),
                y + sin(step * pi / 4) * (thin if step % 2 else long),
            )
            for step in range(8)
        ],
    )


def _clouds(picture: Image.Image, scene: Scene) -> None:
    width, height = scene.size
    rng = scene.rng
    floor = round(height * 0.6)
    cover = rng.uniform(0.35, 0.9)
    veil = noise((width, floor), rng, cells=(2, 5), octaves=5)
    level = 150 - cover * 28
    veil = veil.point([max(0, min(165, round((value - level) * 3.4))) for value in range(256)])
    veil = ImageChops.multiply(veil, fade((width, floor), 235, 190))
    lit = gradient(
        (width, floor), (mix(scene.palette.sky[-2], scene.palette.light, 0.3), scene.palette.light)
    )
    if scene.palette.night:
        lit = gradient(
            (width, floor), (scene.palette.sky[-2], mix(scene.palette.horizon, scene.palette.light, 0.15))
        )
    picture.paste(lit, (0, 0), veil)


def _aurora(picture: Image.Image, scene: Scene) -> None:
    width, height = scene.size
    rng = scene.rng
    if rng.random() < 0.5:
        return
    floor = round(height * 0.55)
    curtain = noise((width, 24), rng, cells=(7, 1), octaves=4).resize((width, floor))
    curtain = curtain.point([max(0, min(150, (value - 130) * 4)) for value in range(256)])
    rise = ImageChops.multiply(fade((width, floor), 0, 255), fade((width, floor), 255, 0))
    curtain = ImageChops.multiply(curtain, rise.point([min(255, value * 4) for value in range(256)]))
    curtain = ImageChops.multiply(curtain, noise((width, floor), rng, cells=(3, 2), octaves=2))
    picture.paste(scene.palette.accent, (0, 0), curtain)


def _nebula(picture: Image.Image, scene: Scene) -> None:
    rng = scene.rng
    colours = (scene.palette.accent, mix(scene.palette.far, (255, 90, 160), 0.6), scene.palette.sky[-1])
    for colour in colours:
        veil = noise(scene.size, rng, cells=(3, 3), octaves=6)
        veil = veil.point([max(0, min(120, (value - 138) * 3)) for value in range(256)])
        picture.paste(colour, (0, 0), veil)


def _planet(picture: Image.Image, scene: Scene, lamp: Point) -> None:
    short = min(scene.size)
    rng = scene.rng
    radius = short * rng.uniform(0.15, 0.21)
    palette = scene.palette
    picture.paste(palette.accent, (0, 0), glow(scene.size, lamp, radius * 2.2, 130))
    disc = Pen(scene.size, origin=lamp, scale=radius)
    disc.circle(0, 0, 1)
    mask = disc.mask()
    across = round(radius * 2) + 4
    corner = (round(lamp[0] - across / 2), round(lamp[1] - across / 2))
    stops = [mix(palette.accent, palette.far, rng.random()) for _ in range(7)]
    bands = gradient((across, across), stops).rotate(
        rng.uniform(-25, 25), Image.Resampling.BICUBIC, fillcolor=stops[3]
    )
    body = picture.copy()
    body.paste(bands, corner)
    dark = Image.new("L", scene.size, 0)
    dark.paste(fade((across, across), 0, 215).rotate(40, fillcolor=110), corner)
    body.paste(palette.near, (0, 0), dark)
    picture.paste(body, (0, 0), mask)
    if rng.random() < 0.7:
        _ring(picture, scene, lamp, radius, mask)


def _ring(picture: Image.Image, scene: Scene, lamp: Point, radius: float, disc: Image.Image) -> None:
    ring = Pen(scene.size, origin=lamp, scale=radius)
    ring.oval(0, 0, 1.85, 0.42, fill=190)
    ring.oval(0, 0, 1.62, 0.35, fill=90)
    ring.oval(0, 0, 1.55, 0.33, fill=210)
    ring.oval(0, 0, 1.28, 0.25, fill=0)
    mask = ring.mask()
    behind = Image.new("L", scene.size, 0)
    behind.paste(255, (0, 0, scene.size[0], round(lamp[1])))
    hidden = ImageChops.multiply(behind, disc)
    mask = ImageChops.subtract(mask, hidden).rotate(14, Image.Resampling.BICUBIC, center=lamp)
    picture.paste(mix(scene.palette.light, scene.palette.accent, 0.35), (0, 0), mask)


def _birds(picture: Image.Image, scene: Scene, lamp: Point) -> None:
    width, height = scene.size
    rng = scene.rng
    size = min(width, height) * 0.016
    x, y = lamp[0] + rng.uniform(-0.2, 0.2) * width, height * rng.uniform(0.2, 0.36)
    pen = Pen(scene.size, origin=(0, 0), scale=1)
    for _ in range(rng.randrange(4, 9)):
        at_x, at_y = x + rng.gauss(0, 0.06) * width, y + rng.gauss(0, 0.035) * height
        span = size * rng.uniform(0.6, 1.2)
        for side in (-1, 1):
            pen.line(
                [
                    (at_x, -at_y),
                    (at_x + side * span * 0.5, -at_y + span * 0.42),
                    (at_x + side * span, -at_y + span * 0.12),
                ],
                max(1.0, span * 0.12),
            )
    picture.paste(scene.palette.near, (0, 0), pen.mask().point([value * 4 // 5 for value in range(256)]))
