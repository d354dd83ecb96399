"""The pictures: how large they are, that they differ, and that no prompt breaks them."""

from __future__ import annotations

import io
from random import Random

import pytest
from PIL import Image, ImageChops, ImageStat

from sandbox.apixo import painter
from sandbox.apixo.painter.brush import Pen
from sandbox.apixo.painter.scene import MOTIFS, SIZES


def opened(picture: bytes) -> Image.Image:
    return Image.open(io.BytesIO(picture)).convert("RGB")


def drawn(prompt: str, *, mode: str = "pro", ratio: str = "16:9") -> Image.Image:
    return opened(painter.draw(prompt, mode=mode, ratio=ratio, output_format="jpeg"))


def difference(first: Image.Image, second: Image.Image) -> float:
    small = [picture.resize((128, 96)) for picture in (first, second)]
    return sum(ImageStat.Stat(ImageChops.difference(*small)).mean) / 3


@pytest.mark.parametrize("ratio", SIZES)
def test_a_picture_has_about_a_megapixel_in_the_asked_ratio(ratio: str) -> None:
    picture = drawn("a quiet place", ratio=ratio)
    wide, high = (int(part) for part in ratio.split(":"))
    assert picture.width / picture.height == pytest.approx(wide / high, rel=0.05)
    assert 0.9e6 < picture.width * picture.height < 1.15e6


def test_mode_max_draws_a_larger_picture() -> None:
    assert drawn("a castle", mode="max").width > drawn("a castle").width


def test_the_same_request_gives_the_same_picture() -> None:
    assert difference(drawn("a castle at sunset"), drawn("a castle at sunset")) == 0


def test_pictures_of_different_prompts_modes_and_ratios_differ() -> None:
    first = drawn("a castle at sunset")
    for other in (
        drawn("a castle at sunset!"),
        drawn("a cat at night"),
        drawn("a castle at sunset", mode="max"),
        drawn("a castle at sunset", ratio="4:3"),
    ):
        assert difference(first, other) > 3


@pytest.mark.parametrize("name", sorted(MOTIFS))
def test_every_motif_has_a_silhouette_and_fits_its_width(name: str) -> None:
    motif = MOTIFS[name]
    shape, light = (Pen((400, 160), origin=(200, 120), scale=90) for _ in range(2))
    motif.draw(shape, light, Random(1))
    box = shape.mask().getbbox()
    assert box is not None
    assert box[3] - box[1] > 50
    assert max(200 - box[0], box[2] - 200) <= motif.half_width * 90 * 1.25


@pytest.mark.parametrize("land", ["hills", "lake", "space"])
def test_motifs_stand_in_every_kind_of_land(land: str) -> None:
    assert difference(drawn(f"{land} with a fox, a city and a balloon"), drawn(f"{land} with a cat")) > 3


def test_a_sea_at_night_is_darker_than_a_sea_by_day() -> None:
    night, day = (drawn(f"the sea {time}").resize((1, 1)).convert("L") for time in ("at night", "at noon"))
    assert ImageStat.Stat(night).mean[0] < ImageStat.Stat(day).mean[0] / 1.5


@pytest.mark.parametrize(
    "prompt",
    [
        "x",
        "\n\t",
        "word " * 1200,
        "n" * 6000,
        "قلعة على التل عند الغروب \u202e\u200f",
        "一座城堡 🏰👩‍👩‍👧‍👦 à é ß – “q”",
        "@everyone `code` **bold** <@101> </imagine:1>",
        "\x00\x07\x1b[31m\ud800",
    ],
)
def test_any_prompt_is_safe(prompt: str) -> None:
    assert drawn(prompt).size == SIZES["16:9"]


def test_png_is_png() -> None:
    picture = painter.draw("x", mode="pro", ratio="1:1", output_format="png")
    assert Image.open(io.BytesIO(picture)).format == "PNG"


def test_a_redrawn_reference_is_changed_but_keeps_its_dominant_colours() -> None:
    reference = Image.new("RGB", (400, 300), (20, 60, 200))
    reference.paste((230, 40, 30), (0, 0, 200, 300))
    file = io.BytesIO()
    reference.save(file, "PNG")
    picture = opened(
        painter.redraw("as a poster", [file.getvalue()], mode="pro", ratio="16:9", output_format="png"),
    )
    assert picture.size == SIZES["16:9"]
    left = picture.crop((60, 200, 500, 500)).resize((1, 1)).getpixel((0, 0))
    right = picture.crop((900, 200, 1300, 500)).resize((1, 1)).getpixel((0, 0))
    assert isinstance(left, tuple)
    assert isinstance(right, tuple)
    assert left[0] > left[2] + 60
    assert right[2] > right[0] + 60
    assert difference(picture, reference.resize(picture.size)) > 3


def test_several_references_share_the_picture() -> None:
    files = []
    for colour in ((250, 0, 0), (0, 250, 0)):
        file = io.BytesIO()
        Image.new("RGBA", (64, 64), (*colour, 255)).save(file, "WEBP")
        files.append(file.getvalue())
    picture = opened(painter.redraw("both", files, mode="max", ratio="9:16", output_format="png"))
    top = picture.crop((100, 300, 600, 600)).resize((1, 1)).getpixel((0, 0))
    below = picture.crop((100, 1000, 600, 1200)).resize((1, 1)).getpixel((0, 0))
    assert isinstance(top, tuple)
    assert isinstance(below, tuple)
    assert top[0] > top[1]
    assert below[1] > below[0]
