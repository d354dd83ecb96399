"""Small real pictures for tests."""

from __future__ import annotations

import io

from PIL import Image


def png(width: int, height: int, colour: tuple[int, int, int] = (40, 90, 160)) -> bytes:
    """Return a PNG of one colour."""
    stream = io.BytesIO()
    Image.new("RGB", (width, height), colour).save(stream, "PNG")
    return stream.getvalue()


def noise(width: int, height: int) -> bytes:
    """Return a PNG of noise, which hardly compresses."""
    stream = io.BytesIO()
    Image.effect_noise((width, height), 100).convert("RGB").save(stream, "PNG")
    return stream.getvalue()
