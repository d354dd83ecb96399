"""Draws a scene: sky and lights, distant ridges in their haze, the land, and what stands on it.

Everything is painted from back to front, each layer nearer and darker than the one before.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp
from typing import TYPE_CHECKING, Final

from PIL import Image, ImageChops, ImageFilter

from sandbox.apixo.painter.brush import Pen, Point, curve, fade, glow, gradient, height_at, noise, ridge, rim
from sandbox.apixo.painter.living import pine
from sandbox.apixo.painter.palette import mix
from sandbox.apixo.painter.sky import paint_sky

if TYPE_CHECKING:
    from sandbox.apixo.painter.palette import Colour
    from sandbox.apixo.painter.scene import Motif, Scene


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a motif stands and how many pixels its plan's unit has; `behind` is on the last ridge but one."""

    motif: Motif
    x: float
    scale: float
    behind: bool = False


@dataclass(frozen=True, slots=True)
class _Relief:
    """How the ridges of a kind of land look."""

    layers: int
    height: float  # of the farthest crest, in shares of the picture's height
    roughness: float
    detail: int
    top: float  # where the farthest ridge lies, from the top


RELIEFS: Final = {
    "hills": _Relief(layers=4, height=0.055, roughness=0.42, detail=5, top=0.56),
    "mountains": _Relief(layers=5, height=0.15, roughness=0.56, detail=8, top=0.47),
    "dunes": _Relief(layers=4, height=0.05, roughness=0.3, detail=5, top=0.6),
    "space": _Relief(layers=2, height=0.05, roughness=0.5, detail=7, top=0.76),
    "water": _Relief(layers=2, height=0.07, roughness=0.54, detail=8, top=0.545),
}
WATER_LEVEL: Final = 0.585
#: A motif wider than this (half of it, in units of its height) is a backdrop for the others.
WIDE: Final = 1.2


def paint(scene: Scene) -> Image.Image:
    """Paint the whole picture, without its caption."""
    picture, lamp = paint_sky(scene)
    places = _places(scene, lamp)
    if scene.land == "water":
        _paint_water(picture, scene, lamp)
        for place in places:
            _paint_motif(picture, scene, lamp, place, _shore(scene))
    else:
        _paint_ridges(picture, scene, lamp, places)
    if scene.land in ("hills", "mountains"):
        _paint_grass(picture, scene)
    return _finish(picture, scene)


def _places(scene: Scene, lamp: Point) -> list[_Place]:
    """Decide where each motif stands: the wide ones behind, the others spread over the width."""
    width, height = scene.size
    motifs = sorted(scene.motifs, key=lambda motif: -motif.half_width)
    slender = [motif for motif in motifs if motif.half_width <= WIDE]
    places: list[_Place] = []
    for motif in motifs:
        scale = min(width, height) * motif.size * (1.0 if len(motifs) == 1 else 0.86)
        if motif.half_width > WIDE:
            scale = max(scale, width * 0.54 / motif.half_width)
            places.append(
                _Place(motif, width * scene.rng.uniform(0.45, 0.55), min(scale, height * 0.5), behind=True)
            )
            continue
        share = (slender.index(motif) + 1) / (len(slender) + 1)
        if len(slender) == 1:
            # A motif stands opposite the sun, so that neither hides the other.
            share = 0.63 if lamp[0] < width / 2 else 0.37
        scale = min(scale, width * 0.94 / (2 * min(motif.half_width, 1.0)) / len(slender) ** 0.7)
        places.append(_Place(motif, width * (share + scene.rng.uniform(-0.03, 0.03)), scale))
    return places


def _paint_ridges(picture: Image.Image, scene: Scene, lamp: Point, places: list[_Place]) -> None:
    """Paint the ridges from far to near; what stands on the last two is hidden by them at its foot."""
    width, height = scene.size
    relief = RELIEFS[scene.land]
    for layer in range(relief.layers):
        near = layer / (relief.layers - 1)
        line = ridge(
            scene.rng,
            width,
            level=height * (relief.top + (0.8 - relief.top) * near**1.15),
            height=height * relief.height * (1 - 0.5 * near),
            roughness=relief.roughness - 0.1 * near,
            detail=relief.detail + (1 if scene.fine else 0),
        )
        here = [place for place in places if layer == relief.layers - (2 if place.behind else 1)]
        line = _raised(line, [place for place in here if not place.behind])
        for place in here:
            _paint_motif(picture, scene, lamp, place, line)
        colour = mix(
            mix(scene.palette.horizon, scene.palette.far, 0.55), scene.palette.near, near**1.25 * 0.93
        )
        wooded = scene.land in ("hills", "mountains") and 0.4 < near < 1 and not here
        _paint_ridge(picture, scene, line, colour, lamp, near=near, wooded=wooded)


def _raised(line: list[Point], places: list[_Place]) -> list[Point]:
    """Lift the line into a flat-topped knoll below each motif that stands on it."""
    raised = line
    for place in places:
        if place.motif.stands == "sky":
            continue
        half = place.scale * place.motif.half_width * 1.3
        top = height_at(raised, place.x) - place.scale * 0.1
        lifted: list[Point] = []
        for x, y in raised:
            share = exp(-(((x - place.x) / half) ** 4))
            lifted.append((x, y * (1 - share) + top * share))
        raised = lifted
    return raised


def _paint_ridge(
    picture: Image.Image,
    scene: Scene,
    line: list[Point],
    colour: Colour,
    lamp: Point,
    *,
    near: float,
    wooded: bool = False,
) -> None:
    width, height = scene.size
    pen = Pen(scene.size, origin=(0, 0), scale=1)
    pen.polygon([(x, -y) for x, y in [*line, (width, height), (0, height)]])
    if wooded:
        _plant(pen, scene, line, near=near)
    mask = pen.mask()
    haze = mix(colour, scene.palette.horizon, 0.42 * (1 - near))
    top = max(0, round(min(y for _, y in line)))
    body = Image.new("RGB", scene.size, colour)
    depth = max(2, min(height - top, round(height * 0.2)))
    body.paste(gradient((width, depth), (mix(colour, scene.palette.light, 0.05), haze)), (0, top))
    if top + depth < height:
        body.paste(haze, (0, top + depth, width, height))
    picture.paste(body, (0, 0), mask)
    thick = 2 if near < 0.5 else 3
    edge = ImageChops.multiply(
        rim(mask, shift=(0, thick)),
        glow(scene.size, lamp, max(scene.size) * 0.55, 210 if near < 0.9 else 120),
    )
    picture.paste(scene.palette.light, (0, 0), edge)


def _paint_water(picture: Image.Image, scene: Scene, lamp: Point) -> None:
    width, height = scene.size
    _paint_ridges_far(picture, scene, lamp)
    level = round(height * WATER_LEVEL)
    depth = height - level
    source = picture.crop((0, max(0, level - depth), width, level))
    mirror = source.transpose(Image.Transpose.FLIP_TOP_BOTTOM).resize((width, depth))
    mirror = mirror.filter(ImageFilter.BoxBlur(3))
    deep = gradient((width, depth), (mix(scene.palette.horizon, scene.palette.far, 0.4), scene.palette.near))
    water = Image.composite(deep, mirror, fade((width, depth), 60, 190))
    picture.paste(water, (0, level))
    _paint_ripples(picture, scene, lamp, level)


def _paint_ridges_far(picture: Image.Image, scene: Scene, lamp: Point) -> None:
    relief = RELIEFS["water"]
    width, height = scene.size
    for layer in range(relief.layers):
        line = ridge(
            scene.rng,
            width,
            level=height * (relief.top + 0.03 * layer),
            height=height * relief.height * (1 - 0.55 * layer),
            roughness=relief.roughness,
            detail=relief.detail,
        )
        colour = mix(scene.palette.horizon, scene.palette.far, 0.5 + 0.4 * layer)
        _paint_ridge(picture, scene, line, colour, lamp, near=0.15 + 0.25 * layer)


def _paint_ripples(picture: Image.Image, scene: Scene, lamp: Point, level: int) -> None:
    """Paint the waves: long quiet streaks, and the path of light below the sun."""
    width, height = scene.size
    depth = height - level
    rng = scene.rng
    pen = Pen(scene.size, origin=(0, 0), scale=1)
    shade = Pen(scene.size, origin=(0, 0), scale=1)
    for _ in range(420 if scene.fine else 300):
        far = rng.random() ** 1.7
        y = level + 2 + far * depth
        length = width * (0.008 + 0.045 * far) * rng.uniform(0.4, 1.4)
        thick = 1 + 3.2 * far
        x = rng.uniform(-0.02, 1.02) * width
        target = pen if rng.random() < 0.45 else shade
        target.oval(x, -y, length, thick / 2, fill=round(60 + 60 * rng.random()))
    for _ in range(190 if scene.fine else 130):
        far = rng.random() ** 1.4
        y = level + 2 + far * depth
        spread = width * (0.022 + 0.055 * far)
        x = lamp[0] + rng.gauss(0, 1) * spread
        pen.oval(x, -y, width * (0.008 + 0.02 * far) * rng.uniform(0.4, 1.3), 0.8 + 1.5 * far, fill=225)
    picture.paste(mix(scene.palette.near, scene.palette.far, 0.2), (0, 0), shade.mask())
    picture.paste(mix(scene.palette.light, scene.palette.horizon, 0.25), (0, 0), pen.mask())


def _shore(scene: Scene) -> list[Point]:
    width, height = scene.size
    return [(0, height * 0.72), (width / 2, height * 0.735), (width, height * 0.72)]


def _plant(pen: Pen, scene: Scene, line: list[Point], *, near: float) -> None:
    """Let groups of pines grow along a ridge."""
    width, height = scene.size
    rng = scene.rng
    for _ in range(rng.randrange(4, 9)):
        middle, spread = rng.random() * width, rng.uniform(0.02, 0.07) * width
        for _ in range(rng.randrange(5, 15)):
            x = rng.gauss(middle, spread)
            if 0 <= x <= width:
                pine(pen, x, height * rng.uniform(0.025, 0.05) * (0.4 + near), -height_at(line, x) - 2)


def _paint_motif(picture: Image.Image, scene: Scene, lamp: Point, place: _Place, ground: list[Point]) -> None:
    motif = place.motif
    y = _stand(scene, place, ground)
    mirrored = scene.rng.random() < 0.5
    shape = Pen(scene.size, origin=(place.x, y), scale=place.scale, mirrored=mirrored)
    light = Pen(scene.size, origin=(place.x, y), scale=place.scale, mirrored=mirrored)
    if scene.land == "water" and motif.stands == "ground":
        _island(shape, motif)
    motif.draw(shape, light, scene.rng)
    waterline = _waterline(scene, motif, y)
    _set_down(picture, scene, lamp, shape.mask(), light.mask(), waterline=waterline, distant=place.behind)


def _island(shape: Pen, motif: Motif) -> None:
    half = motif.half_width * 1.25
    shape.blob(
        [
            (-half * 1.25, -0.12),
            (-half * 0.8, -0.02),
            (-half * 0.2, 0.035),
            (half * 0.5, 0.02),
            (half * 1.2, -0.12),
        ],
    )


def _waterline(scene: Scene, motif: Motif, y: float) -> int | None:
    if scene.land != "water" or motif.stands == "sky":
        return None
    return round(y + (scene.size[1] * 0.012 if motif.stands == "ground" else 0))


def _stand(scene: Scene, place: _Place, ground: list[Point]) -> float:
    height = scene.size[1]
    if place.motif.stands == "sky":
        return height * scene.rng.uniform(0.5, 0.56)
    if scene.land == "water":
        return height * (0.615 if place.behind else scene.rng.uniform(0.7, 0.76))
    if place.behind:
        return (
            max(y for x, y in ground if abs(x - place.x) < place.scale * place.motif.half_width)
            + height * 0.01
        )
    return height_at(ground, place.x) + place.scale * 0.012


def _set_down(
    picture: Image.Image,
    scene: Scene,
    lamp: Point,
    mask: Image.Image,
    lights: Image.Image,
    *,
    waterline: int | None,
    distant: bool,
) -> None:
    """Put a silhouette into the picture: its body, the light along its edge, its lamps, its mirror image."""
    palette = scene.palette
    if waterline is not None:
        mask.paste(0, (0, waterline, scene.size[0], scene.size[1]))
        _mirror(picture, scene, mask, waterline)
    box = mask.getbbox()
    if box is None:
        return
    dark = mix(palette.near, mix(palette.horizon, palette.far, 0.55), 0.34) if distant else palette.near
    body = gradient((box[2] - box[0], box[3] - box[1]), (mix(dark, palette.horizon, 0.07), dark))
    picture.paste(body, box[:2], mask.crop(box))
    side = 2 if lamp[0] > (box[0] + box[2]) / 2 else -2
    edge = rim(mask, shift=(-side, 2)).crop(box).point([value * 3 // 5 for value in range(256)])
    picture.paste(mix(palette.light, palette.horizon, 0.3), box[:2], edge)
    halo = lights.filter(ImageFilter.BoxBlur(max(4, min(scene.size) // 90)))
    picture.paste(palette.accent, (0, 0), halo.point([min(255, value * 4 // 5) for value in range(256)]))
    picture.paste(mix(palette.accent, (255, 255, 255), 0.28), (0, 0), lights)


def _mirror(picture: Image.Image, scene: Scene, mask: Image.Image, waterline: int) -> None:
    width, height = scene.size
    depth = height - waterline
    if depth <= 2:
        return
    above = mask.crop((0, max(0, waterline - depth), width, waterline)).transpose(
        Image.Transpose.FLIP_TOP_BOTTOM
    )
    squeezed = Image.new("L", (width, depth), 0)
    squeezed.paste(above.resize((width, max(1, round(above.height * 0.72)))), (0, 0))
    waves = noise((width, depth), scene.rng, cells=(3, 26), octaves=2)
    waves = waves.point([max(0, min(255, (value - 70) * 3)) for value in range(256)])
    faded = ImageChops.multiply(
        ImageChops.multiply(squeezed.filter(ImageFilter.BoxBlur(2)), waves), fade((width, depth), 190, 30)
    )
    picture.paste(mix(scene.palette.near, scene.palette.far, 0.15), (0, waterline), faded)


def _paint_grass(picture: Image.Image, scene: Scene) -> None:
    """Frame the foreground with blades of grass, thicker towards the sides."""
    width, height = scene.size
    rng = scene.rng
    pen = Pen(scene.size, origin=(0, 0), scale=1)
    bank = [(width * step / 12, -height * (0.925 - 0.035 * (abs(step / 6 - 1) ** 2))) for step in range(13)]
    pen.polygon([*curve(bank, closed=False), (width, -height), (0, -height)])
    for _ in range(620 if scene.fine else 430):
        x = rng.random() * width
        away = abs(x / width - 0.5) * 2
        long = height * rng.uniform(0.02, 0.05) * (0.5 + 1.1 * away)
        lean = rng.uniform(-0.5, 0.5) * long
        base = height * (0.935 - 0.035 * away**2)
        thick = max(1.1, width / 800)
        pen.polygon([(x - thick, -base), (x + lean, -(base - long)), (x + thick, -base)])
    picture.paste(mix(scene.palette.near, (0, 0, 0), 0.35), (0, 0), pen.mask())


def _finish(picture: Image.Image, scene: Scene) -> Image.Image:
    """Darken the corners a little and lay a light grain over all."""
    width, height = scene.size
    corners = Image.radial_gradient("L").resize(scene.size)
    corners = corners.point([max(0, min(105, (value - 125) * 4 // 5)) for value in range(256)])
    picture.paste(mix(scene.palette.near, (0, 0, 0), 0.5), (0, 0), corners)
    grain = Image.frombytes("L", (width, height), scene.rng.randbytes(width * height))
    grain = grain.point([121 + value * 14 // 255 for value in range(256)])
    return ImageChops.overlay(picture, Image.merge("RGB", (grain, grain, grain)))
