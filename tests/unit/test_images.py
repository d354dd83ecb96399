"""What the bytes of a picture are, and which are refused before they can do harm."""

from __future__ import annotations

import io
import random
import struct
import zlib
from functools import partial

import pytest
from PIL import Image

from bot.errors import PictureError, PictureFault
from bot.images import MAX_PIXELS, PictureKind, check, fit, measure, other_type, preview


def picture(kind: str, *, size: tuple[int, int] = (40, 30), mode: str = "RGB", frames: int = 1) -> bytes:
    first, *others = (
        Image.frombytes("RGB", size, random.Random(number).randbytes(size[0] * size[1] * 3)).convert(mode)
        for number in range(frames)
    )
    stream = io.BytesIO()
    more = {"save_all": True, "append_images": others} if others else {}
    first.save(stream, kind, **more)
    return stream.getvalue()


def png_chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def png_bomb(width: int, height: int) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    rows = zlib.compress(b"\0" * 1_000_000)
    return (
        b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", header) + png_chunk(b"IDAT", rows) + png_chunk(b"IEND", b"")
    )


def webp_of(chunk: bytes, content: bytes) -> bytes:
    body = b"WEBP" + chunk + struct.pack("<I", len(content)) + content
    return b"RIFF" + struct.pack("<I", len(body)) + body


@pytest.mark.parametrize(
    ("kind", "content_type", "suffix"),
    [("jpeg", "image/jpeg", ".jpg"), ("png", "image/png", ".png"), ("webp", "image/webp", ".webp")],
)
def test_a_sound_picture_is_measured(kind: str, content_type: str, suffix: str) -> None:
    data = picture(kind)
    info = measure(data)
    assert (info.kind, info.width, info.height, info.size) == (PictureKind(kind), 40, 30, len(data))
    assert (info.content_type, info.suffix) == (content_type, suffix)


@pytest.mark.parametrize(
    ("kind", "mode"),
    [
        ("jpeg", "L"),
        ("jpeg", "CMYK"),
        ("png", "L"),
        ("png", "1"),
        ("png", "P"),
        ("png", "RGBA"),
        ("webp", "RGBA"),
    ],
)
def test_every_kind_of_colour_is_measured(kind: str, mode: str) -> None:
    assert measure(picture(kind, mode=mode)).width == 40


@pytest.mark.parametrize(
    "options", [{"lossless": True}, {"lossless": False}, {"lossless": True, "exif": b"Exif\0\0"}]
)
@pytest.mark.parametrize("size", [(1, 1), (64, 17), (500, 2)])
def test_every_form_of_webp_tells_its_size(options: dict[str, object], size: tuple[int, int]) -> None:
    stream = io.BytesIO()
    Image.new("RGB", size, "teal").save(stream, "webp", **options)
    info = measure(stream.getvalue())
    assert (info.width, info.height) == size


def test_a_progressive_jpeg_is_measured() -> None:
    stream = io.BytesIO()
    Image.new("RGB", (300, 200), "teal").save(stream, "jpeg", progressive=True)
    assert measure(stream.getvalue()).height == 200


async def test_a_check_says_the_same_off_the_event_loop() -> None:
    data = picture("png")
    assert await check(data) == measure(data)
    with pytest.raises(PictureError):
        await check(b"nothing")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\0",
        b"<html></html>",
        b"%PDF-1.7",
        b"RIFF\0\0\0\0WAVEfmt ",
        picture("gif"),
        picture("bmp"),
        picture("tiff"),
    ],
    ids=["empty", "zero", "html", "pdf", "wav", "gif", "bmp", "tiff"],
)
def test_what_is_no_jpeg_png_or_webp_is_refused(data: bytes) -> None:
    with pytest.raises(PictureError) as caught:
        measure(data)
    assert not caught.value.transient


@pytest.mark.parametrize("kind", ["gif", "png", "webp"])
def test_a_moving_picture_is_refused(kind: str) -> None:
    with pytest.raises(PictureError):
        measure(picture(kind, frames=3))


def test_a_photo_with_a_second_picture_inside_is_an_ordinary_jpeg() -> None:
    stream = io.BytesIO()
    Image.new("RGB", (40, 30)).save(stream, "mpo", save_all=True, append_images=[Image.new("RGB", (8, 8))])
    assert measure(stream.getvalue()).kind is PictureKind.JPEG


@pytest.mark.parametrize("kind", ["jpeg", "png", "webp"])
@pytest.mark.parametrize("share", [0.02, 0.3, 0.6, 0.9, 0.97])
def test_a_truncated_picture_is_refused(kind: str, share: float) -> None:
    data = picture(kind, size=(200, 150))
    with pytest.raises(PictureError, match=r"damaged|not a JPEG"):
        measure(data[: int(len(data) * share)])


def test_a_png_with_one_flipped_bit_is_refused() -> None:
    data = bytearray(picture("png", size=(100, 100)))
    data[len(data) // 2] ^= 1
    with pytest.raises(PictureError, match="damaged"):
        measure(bytes(data))


def test_a_png_whose_checksum_is_wrong_is_refused_although_it_can_be_decoded() -> None:
    data = bytearray(picture("png"))
    data[data.index(b"IEND") - 5] ^= 1  # the last byte of the checksum before the end's length
    with pytest.raises(PictureError, match="damaged"):
        measure(bytes(data))


@pytest.mark.parametrize(
    "data",
    [
        png_bomb(50_000, 50_000),
        png_bomb(7072, 7072),
        png_bomb(2**31 - 1, 2**31 - 1),
        webp_of(
            b"VP8X", b"\x10\0\0\0" + (12_000 - 1).to_bytes(3, "little") + (12_000 - 1).to_bytes(3, "little")
        ),
        webp_of(b"VP8L", b"\x2f" + (0x3FFF | 0x3FFF << 14).to_bytes(4, "little") + b"\0" * 20),
        webp_of(b"VP8L", b"\x2f" + (0x3FFF | 0x3FFF << 14).to_bytes(4, "little")),
        webp_of(b"VP8 ", b"\0\0\0\x9d\x01\x2a" + struct.pack("<HH", 0x3FFF, 0x3FFF) + b"\0" * 20),
    ],
    ids=[
        "png",
        "png-just-above",
        "png-largest",
        "webp-extended",
        "webp-lossless",
        "webp-shortest",
        "webp-lossy",
    ],
)
def test_a_picture_of_too_many_pixels_is_refused_before_it_is_decoded(data: bytes) -> None:
    with pytest.raises(PictureError, match=f"more than {MAX_PIXELS}"):
        measure(data)


def test_a_jpeg_of_too_many_pixels_is_refused_before_it_is_decoded() -> None:
    data = bytearray(picture("jpeg"))
    at = data.index(b"\xff\xc0") + 5  # the height and width of the frame header
    data[at : at + 4] = struct.pack(">HH", 65_000, 65_000)
    with pytest.raises(PictureError, match=f"more than {MAX_PIXELS}"):
        measure(bytes(data))


def test_a_picture_that_claims_more_pixels_than_it_holds_is_refused() -> None:
    with pytest.raises(PictureError, match="damaged"):
        measure(png_bomb(2000, 2000))


@pytest.mark.parametrize("kind", ["jpeg", "png", "webp"])
def test_damage_anywhere_ends_in_a_measure_or_in_one_error(kind: str) -> None:
    whole = picture(kind, size=(60, 40))
    chance = random.Random(7)
    for _ in range(150):
        data = bytearray(whole)
        for _ in range(chance.randint(1, 8)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        try:
            measure(bytes(data))
        except PictureError:
            continue


async def test_a_picture_that_fits_stays_as_it_is() -> None:
    data = picture("png")
    info = measure(data)
    assert await fit(data, info, limit=len(data)) == (data, info)


@pytest.mark.parametrize("kind", ["jpeg", "png", "webp"])
@pytest.mark.parametrize("share", [0.9, 0.2, 0.05])
async def test_a_picture_that_is_too_large_becomes_a_jpeg_within_the_limit(kind: str, share: float) -> None:
    data = picture(kind, size=(300, 200))
    limit = int(len(data) * share)
    smaller, info = await fit(data, measure(data), limit=limit)
    assert info == measure(smaller)
    assert info.kind is PictureKind.JPEG
    assert info.size <= limit
    assert info.width / info.height == pytest.approx(1.5, rel=0.02)


async def test_a_picture_that_no_encoding_makes_small_enough_is_refused() -> None:
    data = picture("png")
    with pytest.raises(PictureError, match="smaller than 100 bytes"):
        await fit(data, measure(data), limit=100)


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
async def test_what_is_transparent_becomes_white_when_a_picture_is_made_smaller(mode: str) -> None:
    stream = io.BytesIO()
    Image.new("RGBA", (60, 40), (200, 0, 0, 0)).convert(mode).save(stream, "png", compress_level=0)
    data = stream.getvalue()
    smaller, _ = await fit(data, measure(data), limit=len(data) - 1)
    with Image.open(io.BytesIO(smaller)) as flat:
        assert min(flat.tobytes()) > 250


async def test_a_picture_that_lies_on_its_side_is_upright_when_it_is_made_smaller() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was turned by a quarter
    stream = io.BytesIO()
    Image.effect_noise((60, 40), 90).save(stream, "jpeg", quality=100, exif=exif)
    data = stream.getvalue()
    _, info = await fit(data, measure(data), limit=len(data) - 1)
    assert (info.width, info.height) == (40, 60)


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (picture("GIF"), "GIF"),
        (picture("BMP"), "BMP"),
        (picture("TIFF"), "TIFF"),
        (b"%PDF-1.7", "PDF"),
        (b"\0\0\0\x18ftypheic", "HEIC"),
        (b"\0\0\0\x1cftypavif", "AVIF"),
        (b"<?xml version='1.0'?>\n<SVG>", "SVG"),
        (b"these are words", ""),
        (b"", ""),
    ],
)
def test_types_that_cannot_be_read_are_named(data: bytes, name: str) -> None:
    assert other_type(data) == name
    with pytest.raises(PictureError) as caught:
        measure(data)
    assert caught.value.fault is PictureFault.OTHER_TYPE


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize(("orientation", "turned"), [(1, False), (3, False), (6, True), (8, True)])
def test_a_picture_that_is_shown_on_its_side_says_so(kind: str, orientation: int, turned: bool) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    stream = io.BytesIO()
    Image.new("RGB", (40, 30)).save(stream, kind, exif=exif)
    info = measure(stream.getvalue())
    assert (info.width, info.height, info.turned) == (40, 30, turned)


def progressive(scans: int, *, size: tuple[int, int] = (64, 48)) -> bytes:
    """Return a JPEG in which the last scan comes so many times more."""
    stream = io.BytesIO()
    Image.new("L", size, 100).save(stream, "JPEG", progressive=True)
    data = stream.getvalue()
    return data[:-2] + data[data.rindex(b"\xff\xda") : -2] * scans + data[-2:]


async def test_a_jpeg_whose_scans_would_take_hours_is_refused_unseen() -> None:
    assert measure(progressive(50)).width == 64
    for look in (check, partial(preview, side=8)):
        with pytest.raises(PictureError) as told:
            await look(progressive(200))
        assert told.value.fault is PictureFault.DAMAGED


def test_what_stands_behind_or_inside_a_jpeg_counts_for_no_scans() -> None:
    film = b"\xff\xda\x00\x02" * 500
    assert measure(progressive(0) + film).width == 64
    comment = b"\xff\xfe" + struct.pack(">H", len(film) + 2) + film
    assert measure(b"\xff\xd8" + comment + progressive(0)[2:]).width == 64


@pytest.mark.parametrize("kind", ["jpeg", "png", "webp"])
async def test_an_exif_that_makes_no_sense_does_not_make_a_picture_damaged(kind: str) -> None:
    stream = io.BytesIO()
    Image.new("RGB", (40, 30), "teal").save(stream, kind, exif=b"Exif\0\0 no sense at all")
    info = measure(stream.getvalue())
    assert (info.width, info.height, info.turned) == (40, 30, False)
    assert measure(await preview(stream.getvalue(), side=8)).width == 8
