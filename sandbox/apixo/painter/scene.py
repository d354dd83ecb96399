"""What a picture shows: chosen by the words of the prompt and, where they are silent, by chance.

Chance is seeded with prompt, mode and ratio, so the same request always gives the same picture and no
two prompts give the same one. Choosing is here; drawing is `landscape`'s business.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING, Final

from sandbox.apixo.painter import buildings, living
from sandbox.apixo.painter.palette import MOODS, Palette, pick

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.apixo.painter.brush import Pen

    Draw = Callable[[Pen, Pen, Random], None]

#: Pixels of one picture in mode pro; the real model draws about one megapixel.
SIZES: Final[dict[str, tuple[int, int]]] = {
    "21:9": (1568, 672),
    "16:9": (1392, 752),
    "4:3": (1184, 880),
    "1:1": (1024, 1024),
    "3:4": (880, 1184),
    "9:16": (752, 1392),
}
#: How much larger mode max draws.
MAX_SCALE: Final = 1.25


@dataclass(frozen=True, slots=True)
class Motif:
    """Something that stands, swims or flies in the picture; `size` is its share of the shorter side."""

    draw: Draw
    size: float
    stands: str = "ground"  # ground, water or sky
    half_width: float = 0.5


MOTIFS: Final[dict[str, Motif]] = {
    "castle": Motif(buildings.castle, 0.44, half_width=0.65),
    "city": Motif(buildings.city, 0.5, half_width=1.3),
    "house": Motif(buildings.house, 0.24, half_width=0.95),
    "lighthouse": Motif(buildings.lighthouse, 0.5, half_width=0.62),
    "boat": Motif(buildings.boat, 0.3, "water", half_width=0.55),
    "windmill": Motif(buildings.windmill, 0.42),
    "robot": Motif(buildings.robot, 0.5, half_width=0.4),
    "rocket": Motif(buildings.rocket, 0.52, half_width=0.4),
    "balloon": Motif(buildings.balloon, 0.42, "sky", half_width=0.3),
    "tent": Motif(buildings.tent, 0.26, half_width=0.75),
    "cat": Motif(living.cat, 0.4, half_width=0.5),
    "dog": Motif(living.dog, 0.36, half_width=0.6),
    "fox": Motif(living.fox, 0.36, half_width=0.6),
    "owl": Motif(living.owl, 0.34, half_width=0.8),
    "forest": Motif(living.forest, 0.36, half_width=1.7),
    "tree": Motif(living.tree, 0.46, half_width=0.5),
    "flower": Motif(living.flower, 0.36, half_width=0.8),
    "mushroom": Motif(living.mushroom, 0.34, half_width=0.7),
    "whale": Motif(living.whale, 0.34, "water", half_width=1.0),
    "dragon": Motif(living.dragon, 0.34, "sky", half_width=1.1),
}
#: Words that ask for a motif; the plural in -s is understood.
MOTIF_WORDS: Final[dict[str, str]] = {
    **{name: name for name in MOTIFS},
    **dict.fromkeys(("fortress", "palace", "tower", "keep", "kingdom", "knight"), "castle"),
    **dict.fromkeys(("skyline", "street", "town", "skyscraper", "cyberpunk", "cities", "tokyo"), "city"),
    **dict.fromkeys(("cottage", "cabin", "hut", "home", "village", "barn"), "house"),
    **dict.fromkeys(("beacon", "coast", "harbour", "harbor", "cliff"), "lighthouse"),
    **dict.fromkeys(("ship", "sail", "sailing", "yacht", "sailboat", "pirate"), "boat"),
    **dict.fromkeys(("mill", "farm", "holland", "tulip"), "windmill"),
    **dict.fromkeys(("android", "machine", "mech", "cyborg", "droid"), "robot"),
    **dict.fromkeys(("spaceship", "spacecraft", "launch", "astronaut"), "rocket"),
    **dict.fromkeys(("airship", "zeppelin"), "balloon"),
    **dict.fromkeys(("camp", "camping", "campfire"), "tent"),
    **dict.fromkeys(("kitten", "kitty", "tiger", "lion", "panther"), "cat"),
    **dict.fromkeys(("puppy", "hound", "corgi", "wolf", "wolves"), "dog"),
    **dict.fromkeys(("bird", "raven", "eagle"), "owl"),
    **dict.fromkeys(("wood", "woodland", "pine", "jungle", "taiga"), "forest"),
    **dict.fromkeys(("oak", "park", "apple"), "tree"),
    **dict.fromkeys(("rose", "meadow", "garden", "blossom", "daisy", "sunflower"), "flower"),
    **dict.fromkeys(("fungus", "toadstool", "fairy"), "mushroom"),
    **dict.fromkeys(("fish", "dolphin", "shark"), "whale"),
    **dict.fromkeys(("wyvern", "dinosaur"), "dragon"),
}
MOOD_WORDS: Final[dict[str, str]] = {
    **{name: name for name in MOODS},
    **dict.fromkeys(("evening", "golden", "fire", "warm"), "sunset"),
    **dict.fromkeys(("sunrise", "morning", "pastel", "soft", "watercolor", "watercolour"), "dawn"),
    **dict.fromkeys(("noon", "sunny", "summer", "blue", "bright"), "day"),
    **dict.fromkeys(("twilight", "purple", "magic", "magical", "dream"), "dusk"),
    **dict.fromkeys(("midnight", "moon", "moonlight", "moonlit", "dark", "star", "starry"), "night"),
    **dict.fromkeys(("northern", "polar", "arctic"), "aurora"),
    **dict.fromkeys(("sand", "dune", "sahara", "egypt", "camel", "pyramid"), "desert"),
    **dict.fromkeys(("sea", "beach", "wave", "island", "lake", "water", "tropical", "whale"), "ocean"),
    **dict.fromkeys(("snow", "snowy", "ice", "frozen", "cold", "christmas"), "winter"),
    **dict.fromkeys(("flower", "blossom", "cherry", "meadow", "garden", "pink"), "spring"),
    **dict.fromkeys(("red", "volcano", "lava", "martian"), "mars"),
    **dict.fromkeys(("cyberpunk", "vaporwave", "synthwave", "retro", "futuristic"), "neon"),
    **dict.fromkeys(("fall", "leaf", "leaves", "october", "orange"), "autumn"),
    **dict.fromkeys(
        ("rain", "rainy", "cloud", "grey", "gray", "fog", "foggy", "lightning", "thunder"), "storm"
    ),
    **dict.fromkeys(("jungle", "green", "wood", "moss"), "forest"),
    **dict.fromkeys(
        ("galaxy", "cosmic", "cosmos", "nebula", "planet", "universe", "astronaut", "rocket"), "space"
    ),
}
LAND_WORDS: Final[dict[str, str]] = {
    **dict.fromkeys(
        ("mountain", "alp", "peak", "valley", "cliff", "volcano", "himalaya", "everest"), "mountains"
    ),
    **dict.fromkeys(
        ("sea", "ocean", "beach", "wave", "island", "lake", "river", "water", "boat", "ship"), "water"
    ),
    **dict.fromkeys(("whale", "harbour", "harbor", "coast", "sail", "sailing", "fish", "dolphin"), "water"),
    **dict.fromkeys(("desert", "dune", "sand", "mars", "sahara"), "dunes"),
    **dict.fromkeys(
        ("space", "galaxy", "planet", "nebula", "cosmos", "cosmic", "universe", "astronaut"), "space"
    ),
    **dict.fromkeys(("hill", "meadow", "field", "countryside", "village"), "hills"),
}
#: Moods that name a place rather than a time or the weather.
PLACES: Final = frozenset({"ocean", "desert", "forest", "space", "mars", "spring"})
LANDS: Final = ("hills", "mountains", "water", "dunes", "hills", "mountains")


@dataclass(frozen=True, slots=True)
class Scene:
    """Everything that was chosen for one picture."""

    size: tuple[int, int]
    palette: Palette
    land: str
    motifs: tuple[Motif, ...]
    fine: bool
    rng: Random


def compose(prompt: str, *, mode: str, ratio: str) -> Scene:
    """Choose what the picture for this request shows."""
    seed = hashlib.sha256(f"{mode}\n{ratio}\n{prompt}".encode("utf-8", "surrogatepass")).digest()
    rng = Random(int.from_bytes(seed))
    words = [
        form
        for word in re.findall(r"[a-z]+", prompt[:6000].lower())
        for form in (word, word.removesuffix("s"))
    ]
    # The time of day says more about colours than the place: "the sea at night" is dark.
    moods = sorted(_named(words, MOOD_WORDS), key=PLACES.__contains__)
    motifs = _named(words, MOTIF_WORDS)
    lands = _named(words, LAND_WORDS)
    width, height = SIZES[ratio]
    if mode == "max":
        width, height = round(width * MAX_SCALE / 16) * 16, round(height * MAX_SCALE / 16) * 16
    if not motifs and not lands:
        motifs = [rng.choice(sorted(MOTIFS))]
    land = lands[0] if lands else _land_for(motifs, rng)
    mood = (
        moods[0] if moods else ("space" if land == "space" else rng.choice(sorted(MOODS.keys() - {"space"})))
    )
    return Scene(
        size=(width, height),
        palette=pick(mood, rng),
        land=land,
        motifs=tuple(MOTIFS[name] for name in motifs[:3]),
        fine=mode == "max",
        rng=rng,
    )


def _named(words: list[str], dictionary: dict[str, str]) -> list[str]:
    return list(dict.fromkeys(dictionary[word] for word in words if word in dictionary))


def _land_for(motifs: list[str], rng: Random) -> str:
    if any(MOTIFS[name].stands == "water" for name in motifs):
        return "water"
    return rng.choice(LANDS)
