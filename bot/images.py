"""What a file of bytes really is: checking, measuring and fitting finished pictures.

The type is told by the bytes, never by a name or a header, and the number of pixels is known before
anything is decoded, so that a small file cannot fill the memory. Fetching and posting are others' business.
"""

from __future__ import annotations

import asyncio
import io
import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from PIL import ExifTags, Image, ImageOps
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.WebPImagePlugin import WebPImageFile

from bot.errors import PictureError, PictureFault

if TYPE_CHECKING:
    from PIL.ImageFile import ImageFile

#: Tried in turn to make a picture small enough: JPEG quality and share of each side's length.
_FITTINGS: Final = ((92, 1.0), (85, 1.0), (85, 0.75), (80, 0.5), (75, 0.35), (70, 0.2))
_PREVIEW_QUALITY: Final = 80
#: More pixels than this are refused unseen: decoded they would need some 200 megabytes.
MAX_PIXELS: Final = 50_000_000
#: Every scan of a JPEG goes over all of its pixels once more; a progressive one has some ten of them.
_MOST_SCANS: Final = 100
_JPEG_MARKER: Final = re.compile(rb"\xff+([^\x00\xff\xd0-\xd7])", re.DOTALL)
_END_OF_JPEG: Final = b"\xd9"
_SCAN: Final = b"\xda"
#: Markers of a JPEG that no length follows.
_BARE: Final = frozenset({b"\x01", b"\xd8"})
#: The values of EXIF's orientation under which width and height are exchanged.
_ON_ITS_SIDE: Final = frozenset({5, 6, 7, 8})
_TURNED: Final = frozenset({2, 3, 4}) | _ON_ITS_SIDE
#: Types that people take for pictures that everybody takes: how they begin, or what stands a little later.
_OTHER_TYPES: Final = (
    ("GIF", b"GIF8", 0),
    ("BMP", b"BM", 0),
    ("TIFF", b"II*\0", 0),
    ("TIFF", b"MM\0*", 0),
    ("PDF", b"%PDF", 0),
    ("AVIF", b"ftypavif", 4),
    *(("HEIC", b"ftyp" + brand, 4) for brand in (b"heic", b"heix", b"heif", b"hevc", b"mif1", b"msf1")),
)
#: So much of a file is searched for what an SVG begins with.
_SVG_HEAD: Final = 1024


class PictureKind(StrEnum):
    """The file types that may be posted."""

    JPEG = "jpeg"
    PNG = "png"
    WEBP = "webp"


_SUFFIXES: Final = {PictureKind.JPEG: ".jpg", PictureKind.PNG: ".png", PictureKind.WEBP: ".webp"}


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureInfo:
    """What is known of a sound picture; `width` and `height` in pixels, `size` in bytes.

    `turned` says that its EXIF has it shown on its side: what is its width is then seen as its height.
    """

    kind: PictureKind
    width: int
    height: int
    size: int
    turned: bool = False

    @property
    def content_type(self) -> str:
        """Return the media type, for example `image/jpeg`."""
        return f"image/{self.kind}"

    @property
    def suffix(self) -> str:
        """Return the ending of a file's name, with its dot."""
        return _SUFFIXES[self.kind]


async def check(data: bytes) -> PictureInfo:
    """Do what `measure` does, off the event loop."""
    return await asyncio.to_thread(measure, data)


def measure(data: bytes) -> PictureInfo:
    """Return what the bytes are; blocks while it decodes them.

    Raises `PictureError` for anything but a whole, still JPEG, PNG or WebP of at most `MAX_PIXELS`.
    """
    kind = _kind_of(data)
    _check_unopened(kind, data)
    try:
        with _open(kind, data) as picture:
            width, height = picture.size
            moving = getattr(picture, "is_animated", False)
            _check_pixels(width, height)
            # Compares the checksums of a PNG, which decoding does not.
            picture.verify()
        if moving:
            message = "the picture is animated"
            raise PictureError(message, fault=PictureFault.ANIMATED)
        with _open(kind, data) as picture:
            # A JPEG then decodes at an eighth of its size, and still reads the file to its end.
            picture.draft(None, (1, 1))
            picture.load()
            turned = _orientation(picture) in _ON_ITS_SIDE
    except PictureError:
        raise
    except Exception as exc:
        # Pillow's decoders raise nearly anything on damaged data.
        message = f"the picture is damaged: {type(exc).__name__}"
        raise PictureError(message, fault=PictureFault.DAMAGED) from exc
    return PictureInfo(kind=kind, width=width, height=height, size=len(data), turned=turned)


def other_type(data: bytes) -> str:
    """Return the name of a known type of picture that nothing here can read, or nothing."""
    for name, mark, at in _OTHER_TYPES:
        if data[at : at + len(mark)] == mark:
            return name
    return "SVG" if b"<svg" in data[:_SVG_HEAD].lower() else ""


async def fit(data: bytes, info: PictureInfo, *, limit: int) -> tuple[bytes, PictureInfo]:
    """Return the picture in at most `limit` bytes: itself, or encoded anew as a smaller JPEG.

    Raises `PictureError` if even a small copy is too large.
    """
    if info.size <= limit:
        return data, info
    return await asyncio.to_thread(_encode_smaller, data, info, limit)


async def preview(data: bytes, *, side: int) -> bytes:
    """Return a small JPEG of the picture, at most `side` pixels wide and high, made off the event loop.

    Raises `PictureError` for what is no picture, or one of more than `MAX_PIXELS`.
    """
    return await asyncio.to_thread(_encode_preview, data, side)


def _encode_preview(data: bytes, side: int) -> bytes:
    kind = _kind_of(data)
    _check_unopened(kind, data)
    try:
        with _open(kind, data) as picture:
            _check_pixels(*picture.size)
            # A JPEG is decoded no larger than it has to be.
            picture.draft("RGB", (side, side))
            small = _mixable(picture)
            # Before anything else, for every other step would copy what may be 200 megabytes.
            small.thumbnail((side, side), reducing_gap=None)
            flat = _flatten(small)
    except PictureError:
        raise
    except Exception as exc:
        message = f"the picture is damaged: {type(exc).__name__}"
        raise PictureError(message, fault=PictureFault.DAMAGED) from exc
    stream = io.BytesIO()
    flat.save(stream, "JPEG", quality=_PREVIEW_QUALITY)
    return stream.getvalue()


def _encode_smaller(data: bytes, info: PictureInfo, limit: int) -> tuple[bytes, PictureInfo]:
    with _open(info.kind, data) as picture:
        flat = _flatten(picture)
    for quality, share in _FITTINGS:
        size = (max(1, round(flat.width * share)), max(1, round(flat.height * share)))
        stream = io.BytesIO()
        flat.resize(size).save(stream, "JPEG", quality=quality)
        if stream.tell() <= limit:
            fitted = PictureInfo(kind=PictureKind.JPEG, width=size[0], height=size[1], size=stream.tell())
            return stream.getvalue(), fitted
    message = f"the picture cannot be made smaller than {limit} bytes"
    raise PictureError(message, fault=PictureFault.TOO_LARGE)


def _flatten(picture: Image.Image) -> Image.Image:
    """Return the picture as a JPEG can hold it: upright without its EXIF, transparent parts on white."""
    upright = ImageOps.exif_transpose(picture) if _orientation(picture) in _TURNED else picture
    if upright.mode.startswith("I"):
        # Of sixteen bits; Pillow by itself would make everything white that is brighter than 1/256.
        return upright.convert("I").point(lambda value: value / 256).convert("L").convert("RGB")
    if not upright.has_transparency_data:
        return upright.convert("RGB")
    layer = upright.convert("RGBA")
    flat = Image.new("RGB", layer.size, "white")
    flat.paste(layer, mask=layer)
    return flat


def _mixable(picture: Image.Image) -> Image.Image:
    """Return the picture in colours that can be mixed, as it takes to make it smaller: without a palette."""
    if picture.mode == "1":
        return picture.convert("L")
    return (
        picture.convert("RGBA" if picture.has_transparency_data else "RGB")
        if picture.mode == "P"
        else picture
    )


def _orientation(picture: Image.Image) -> int | None:
    """Return how its EXIF has the picture turned; one that makes no sense turns nothing."""
    try:
        found = picture.getexif().get(ExifTags.Base.Orientation)
    except Exception:  # noqa: BLE001 - Pillow raises nearly anything on damaged data
        return None
    return found if isinstance(found, int) else None


def _kind_of(data: bytes) -> PictureKind:
    if data.startswith(b"\xff\xd8\xff"):
        return PictureKind.JPEG
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return PictureKind.PNG
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return PictureKind.WEBP
    message = "the bytes are not a JPEG, PNG or WebP picture"
    raise PictureError(message, fault=PictureFault.OTHER_TYPE)


def _open(kind: PictureKind, data: bytes) -> ImageFile:
    """Open by the plugin itself: `Image.open` warns of large pictures through process-wide settings."""
    stream = io.BytesIO(data)
    if kind is PictureKind.JPEG:
        return JpegImageFile(stream)
    return PngImageFile(stream) if kind is PictureKind.PNG else WebPImageFile(stream)


def _check_unopened(kind: PictureKind, data: bytes) -> None:
    """Refuse what would already do harm when it is opened or decoded."""
    if kind is PictureKind.WEBP:
        # Pillow makes room for all pixels of a WebP when it opens it.
        _check_pixels(*_webp_canvas(data))
    if kind is PictureKind.JPEG and _has_too_many_scans(data):
        message = "the picture has too many scans"
        raise PictureError(message, fault=PictureFault.DAMAGED)


def _has_too_many_scans(data: bytes) -> bool:
    """Whether it would take minutes to decode a JPEG: some kilobytes can hold thousands of scans."""
    scans, at = 0, 2
    while marker := _JPEG_MARKER.search(data, at):
        at = marker.end()
        # What stands behind the end, such as the film of a moving photo, nobody decodes.
        if marker[1] == _END_OF_JPEG:
            return False
        scans += marker[1] == _SCAN
        if scans > _MOST_SCANS:
            return True
        if marker[1] not in _BARE:
            at += int.from_bytes(data[at : at + 2], "big")
    return False


def _check_pixels(width: int, height: int) -> None:
    if width < 1 or height < 1:
        message = "the picture has no pixels"
        raise PictureError(message, fault=PictureFault.DAMAGED)
    if width * height > MAX_PIXELS:
        message = f"the picture has {width} x {height} pixels, more than {MAX_PIXELS}"
        raise PictureError(message, fault=PictureFault.TOO_MANY_PIXELS)


def _webp_canvas(data: bytes) -> tuple[int, int]:
    """Return width and height out of a WebP's header (RFC 9649, sections 2.5 to 2.7)."""
    chunk, header = data[12:16], data[20:30]
    if chunk == b"VP8X" and len(header) == 10:
        return int.from_bytes(header[4:7], "little") + 1, int.from_bytes(header[7:10], "little") + 1
    if chunk == b"VP8L" and len(header) >= 5 and header[0] == 0x2F:
        bits = int.from_bytes(header[1:5], "little")
        return (bits & 0x3FFF) + 1, ((bits >> 14) & 0x3FFF) + 1
    if chunk == b"VP8 " and len(header) == 10 and header[3:6] == b"\x9d\x01\x2a":
        return (
            int.from_bytes(header[6:8], "little") & 0x3FFF,
            int.from_bytes(header[8:10], "little") & 0x3FFF,
        )
    message = "the picture is damaged: no size in its header"
    raise PictureError(message, fault=PictureFault.DAMAGED)
