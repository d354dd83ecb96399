"""Draws the pictures of the image service.

`draw` paints a scene from a prompt, `redraw` makes a reference picture into a poster. All is pure,
deterministic and takes up to a second of computing, so it belongs on a thread and not in the event loop.
"""

from __future__ import annotations

import io
import math
import random
from typing import TYPE_CHECKING

from PIL import Image

from sandbox.apixo.painter import landscape
from sandbox.apixo.painter.caption import letter
from sandbox.apixo.painter.reference import poster
from sandbox.apixo.painter.scene import compose

if TYPE_CHECKING:
    from collections.abc import Sequence


__all__ = ["draw", "noise", "plain", "redraw"]


def draw(prompt: str, *, mode: str, ratio: str, output_format: str) -> bytes:
    """Paint a picture for the prompt and return it as a jpeg or png file."""
    scene = compose(prompt, mode=mode, ratio=ratio)
    picture = landscape.paint(scene)
    letter(
        picture,
        prompt,
        note=f"{mode}  {ratio}",
        ground=scene.palette.near,
        accent=scene.palette.accent,
    )
    return encode(picture, output_format)


def redraw(prompt: str, references: Sequence[bytes], *, mode: str, ratio: str, output_format: str) -> bytes:
    """Paint the references anew as a poster; its colours and shapes can still be recognised.

    The references must be pictures that Pillow reads; `sandbox.apixo.references` makes sure of it.
    """
    scene = compose(prompt, mode=mode, ratio=ratio)
    picture, ground, accent = poster(references, scene)
    letter(picture, prompt, note=f"{mode}  {ratio}  edit", ground=ground, accent=accent)
    return encode(picture, output_format)


def encode(picture: Image.Image, output_format: str) -> bytes:
    """Return the picture as a file of this format."""
    out = io.BytesIO()
    if output_format == "png":
        picture.save(out, "PNG", compress_level=3)
    else:
        picture.save(out, "JPEG", quality=88)
    return out.getvalue()


def plain(prompt: str, *, mode: str, ratio: str, output_format: str) -> bytes:
    """Return a small picture of one colour, for measurements in which drawing would be in the way."""
    scene = compose(prompt, mode=mode, ratio=ratio)
    width, height = scene.size
    return encode(Image.new("RGB", (width // 16, height // 16), scene.palette.accent), output_format)


def noise(megabytes: int) -> bytes:
    """Return a png of noise, which nothing makes smaller: a little more than this many megabytes."""
    side = math.isqrt(megabytes * 1024 * 1024 // 3) + 1
    picture = Image.frombytes("RGB", (side, side), random.randbytes(side * side * 3))
    out = io.BytesIO()
    picture.save(out, "PNG", compress_level=0)
    return out.getvalue()
