"""Small copies of pictures: never larger than asked for, upright, and of nothing that could do harm."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from bot.errors import PictureError, PictureFault
from bot.images import measure, preview
from tests.pictures import noise, png
from tests.unit.test_images import png_bomb

ORIENTATION = 0x0112


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize(
    ("size", "small"), [((640, 320), (64, 32)), ((30, 900), (2, 64)), ((20, 10), (20, 10))]
)
async def test_a_preview_keeps_the_shape_and_is_never_enlarged(
    kind: str, size: tuple[int, int], small: tuple[int, int]
) -> None:
    stream = io.BytesIO()
    Image.new("RGB", size, "teal").save(stream, kind)
    made = await preview(stream.getvalue(), side=64)
    info = measure(made)
    assert (info.kind, info.width, info.height) == ("jpeg", *small)


async def test_even_a_preview_of_noise_is_small() -> None:
    assert len(await preview(noise(1600, 1200), side=320)) < 100_000


async def test_a_preview_is_upright_and_what_is_transparent_becomes_white() -> None:
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    stream = io.BytesIO()
    Image.new("RGB", (80, 40), "red").save(stream, "JPEG", exif=exif)
    assert opened(await preview(stream.getvalue(), side=40)).size == (20, 40)
    stream = io.BytesIO()
    Image.new("RGBA", (8, 8), (0, 0, 0, 0)).save(stream, "PNG")
    assert opened(await preview(stream.getvalue(), side=8)).getpixel((4, 4)) == (255, 255, 255)


@pytest.mark.parametrize(("mode", "grey"), [("I;16", 0x8000), ("L", 0x80), ("1", 1), ("P", 0x80)])
@pytest.mark.parametrize("side", [4, 64])
async def test_a_preview_of_few_or_many_bits_keeps_its_brightness(mode: str, grey: int, side: int) -> None:
    picture = Image.new("L", (32, 32), 0x80).convert("P") if mode == "P" else Image.new(mode, (32, 32), grey)
    stream = io.BytesIO()
    picture.save(stream, "PNG")
    seen = opened(await preview(stream.getvalue(), side=side)).convert("L").getpixel((2, 2))
    assert isinstance(seen, int)
    assert abs(seen - (0xFF if mode == "1" else 0x80)) < 8


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        (b"GIF89a", PictureFault.OTHER_TYPE),
        (png(640, 480)[:-60], PictureFault.DAMAGED),
        (png_bomb(60_000, 60_000), PictureFault.TOO_MANY_PIXELS),
    ],
)
async def test_what_is_no_sound_picture_has_no_preview(data: bytes, fault: PictureFault) -> None:
    with pytest.raises(PictureError) as told:
        await preview(data, side=64)
    assert told.value.fault is fault
