"""Makes a poster out of reference pictures: fewer colours, drawn outlines, a light wash of the prompt's mood.

The dominant colours of the reference stay recognisable, so that a test (and a person) can see that the
reference was used and that it was changed.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from PIL import Image, ImageChops, ImageFilter, ImageOps

from sandbox.apixo.painter.brush import glow, noise
from sandbox.apixo.painter.palette import mix

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sandbox.apixo.painter.palette import Colour
    from sandbox.apixo.painter.scene import Scene

MAX_SHOWN = 4


def poster(references: Sequence[bytes], scene: Scene) -> tuple[Image.Image, Colour, Colour]:
    """Return the poster with a dark and a bright colour of it, for the caption."""
    base = _collage([_opened(reference) for reference in references[:MAX_SHOWN]], scene.size)
    colours = 40 if scene.fine else 24
    # The filter is slow, and its patches are larger than a pixel anyway.
    patches = base.reduce(2).filter(ImageFilter.ModeFilter(5)).resize(base.size, Image.Resampling.BICUBIC)
    flat = patches.quantize(colours, Image.Quantize.MEDIANCUT).convert("RGB")
    flat = Image.blend(flat, base.filter(ImageFilter.GaussianBlur(2)), 0.15)
    grey = ImageOps.autocontrast(base.convert("L").filter(ImageFilter.GaussianBlur(1.4)))
    edges = grey.filter(ImageFilter.FIND_EDGES).filter(ImageFilter.MaxFilter(3))
    edges = edges.point([max(0, min(230, (value - 26) * 5)) for value in range(256)])
    # The filter leaves a frame of false edges.
    edges = ImageOps.expand(edges.crop((4, 4, edges.width - 4, edges.height - 4)), 4, 0)
    tones = _tones(flat)
    flat.paste(mix(tones[0], (0, 0, 0), 0.55), (0, 0), edges.filter(ImageFilter.GaussianBlur(0.7)))
    width, height = scene.size
    centre = (width * scene.rng.uniform(0.2, 0.8), height * scene.rng.uniform(0.05, 0.3))
    flat.paste(scene.palette.light, (0, 0), glow(scene.size, centre, max(scene.size) * 0.7, 70))
    paper = noise(scene.size, scene.rng, cells=(90, 60), octaves=2)
    paper = paper.point([112 + value * 32 // 255 for value in range(256)])
    return ImageChops.overlay(flat, Image.merge("RGB", (paper, paper, paper))), tones[0], tones[1]


def _opened(reference: bytes) -> Image.Image:
    with Image.open(io.BytesIO(reference)) as picture:
        upright = ImageOps.exif_transpose(picture)
        ground = Image.new("RGBA", upright.size, (255, 255, 255, 255))
        return Image.alpha_composite(ground, upright.convert("RGBA")).convert("RGB")


def _collage(pictures: list[Image.Image], size: tuple[int, int]) -> Image.Image:
    """Fit one picture to the size, or several side by side (one below the other in a tall picture)."""
    width, height = size
    sheet = Image.new("RGB", size)
    count = len(pictures)
    for index, picture in enumerate(pictures):
        if width >= height:
            box = (width * index // count, 0, width * (index + 1) // count, height)
        else:
            box = (0, height * index // count, width, height * (index + 1) // count)
        fitted = ImageOps.fit(picture, (box[2] - box[0], box[3] - box[1]), Image.Resampling.LANCZOS)
        sheet.paste(fitted, box[:2])
    return sheet


def _tones(picture: Image.Image) -> tuple[Colour, Colour]:
    """Return the darkest and the most vivid of the picture's main colours."""
    small = picture.resize((64, 64)).quantize(8).convert("RGB")
    found = small.getcolors(64 * 64) or []
    colours = [(int(c[0]), int(c[1]), int(c[2])) for _, c in found if isinstance(c, tuple)]
    darkest = min(colours, key=sum)
    vivid = max(colours, key=lambda colour: (max(colour) - min(colour), sum(colour)))
    return darkest, mix(vivid, (255, 255, 255), 0.25)
