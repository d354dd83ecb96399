"""Pages of a gallery stay within Discord's limits, say what there is, and are read back as they were made."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import discord
import pytest

from bot.jobs import JobState, Kind
from bot.presentation.actions import custom_id
from bot.presentation.gallery import (
    GalleryAction,
    read_search,
    read_spot,
    searched,
    show_page,
    show_picture,
    spot_subject,
)
from bot.presentation.wording import Catalogue
from bot.service.gallery import PAGE_SIZE, GalleryPage, PictureStanding, ShelfTrouble, standing
from bot.store.gallery import Spot
from tests.clocks import NOON
from tests.factories import GUILD, THREAD, job_factory

CATALOGUE = Catalogue()
PICTURE = b"picture"


class Interaction:
    """Takes in what is put in place of its answer."""

    def __init__(
        self, *, channel: object = None, components: list[Any] | None = None, guild_id: int | None = GUILD
    ) -> None:
        self.guild_id = guild_id
        self.locale = discord.Locale.american_english
        self.channel = channel
        self.message = SimpleNamespace(components=components or [])
        self.view: discord.ui.LayoutView | None = None
        self.files: list[discord.File] = []

    async def edit_original_response(
        self, *, view: discord.ui.LayoutView, attachments: list[discord.File]
    ) -> None:
        self.view, self.files = view, attachments

    def parts(self) -> list[dict[str, Any]]:
        """Return all components at any depth."""
        assert self.view
        return _all(cast("Any", self.view).to_components())


def _all(parts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    found = []
    for part in parts:
        inner = [*part.get("components", ()), *([part["accessory"]] if "accessory" in part else [])]
        found += [part, *_all(inner)]
    return found


def delivered(**fields: Any) -> Any:
    whole = {"state": JobState.DELIVERED, "message_id": 9, "message_channel_id": THREAD, "archive_key": "k"}
    return job_factory(**{**whole, **fields})


async def page_of(*jobs: Any, **fields: Any) -> Interaction:
    interaction = Interaction(guild_id=fields.pop("guild_id", GUILD))
    given: dict[str, Any] = {"spot": Spot(), "text": "", "newer": True, "older": True, **fields}
    trouble = given.pop("trouble", None)
    previews = {job.id: PICTURE for job in jobs}
    page = GalleryPage(jobs=jobs, **given)
    await show_page(CATALOGUE, cast("Any", interaction), page, {} if trouble else previews, trouble)
    return interaction


async def one(
    job: Any, *, channel: object = None, picture: bytes | None = PICTURE, guild_id: int | None = GUILD
) -> Interaction:
    interaction = Interaction(channel=channel, guild_id=guild_id)
    await show_picture(
        CATALOGUE, cast("Any", interaction), job, Spot(), picture=picture, suffix=".jpg", trouble=None
    )
    return interaction


def actions(interaction: Interaction) -> list[str]:
    return [part["custom_id"].split(":")[1] for part in interaction.parts() if "custom_id" in part]


@pytest.mark.parametrize("letter", ["x", "*", "漢", "🗼", "<"])
async def test_the_fullest_page_fits_into_a_message(letter: str) -> None:
    jobs = [delivered(prompt=letter * 6000) for _ in range(PAGE_SIZE)]
    interaction = await page_of(*jobs, text=searched(letter * 200), first=100_001, total=999_999)
    parts = interaction.parts()
    texts = [part["content"] for part in parts if "content" in part]
    assert len(parts) <= 40
    assert sum(map(len, texts)) <= 4000
    assert sum(len(text.encode()) + 12 for text in texts) <= 10_170
    (menu,) = [part for part in parts if "options" in part]
    assert all(len(option["label"]) <= 100 for option in menu["options"])
    assert all(len(part["custom_id"]) <= 100 for part in parts if "custom_id" in part)
    assert all(len(part.get("description") or "") <= 1024 for part in parts)
    names = {file.filename for file in interaction.files}
    assert names == {p["media"]["url"].removeprefix("attachment://") for p in parts if "media" in p}
    assert len(names) == PAGE_SIZE


@pytest.mark.parametrize("letter", ["x", "*", "漢"])
async def test_the_longest_picture_page_fits_into_a_message(letter: str) -> None:
    interaction = await one(delivered(prompt=letter * 6000, private=True, thread_id=THREAD))
    parts = interaction.parts()
    assert sum(len(part.get("content", "")) for part in parts) <= 4000
    assert len(parts) <= 40


@pytest.mark.parametrize("text", ["fox", "a `red` fox", "**fox**", "<@1> \\", "fox\n fox", "مرحبا", "`"])
async def test_what_is_looked_for_is_read_back_from_the_page(text: str) -> None:
    wanted = searched(text)
    interaction = await page_of(delivered(), text=wanted)
    heading = next(part for part in interaction.parts() if part["type"] == 10)
    message = SimpleNamespace(components=[_received(heading)])
    assert read_search(cast("Any", message)) == wanted
    assert searched(wanted) == wanted


def _received(part: dict[str, Any]) -> Any:
    """Return a component as discord.py reads it from a message."""
    return discord.components._component_factory(cast("Any", part))


def test_a_page_without_a_heading_of_ours_looks_for_nothing() -> None:
    other = _received({"type": 10, "id": 1, "content": "`fox`"})
    assert read_search(cast("Any", SimpleNamespace(components=[other]))) == ""
    assert read_search(None) == ""


@pytest.mark.parametrize(
    "spot", [Spot(), Spot(job_id="01kkp" + "0" * 11), Spot(job_id="0" * 16, older=False)]
)
def test_a_place_in_the_list_is_read_as_it_was_written(spot: Spot) -> None:
    assert read_spot(spot_subject(spot)) == spot
    assert len(custom_id(GalleryAction.PICK, spot_subject(spot), kind="menu")) <= 100


@pytest.mark.parametrize(
    ("fields", "wanted"),
    [
        ({}, PictureStanding.WHOLE),
        ({"archive_key": None}, PictureStanding.POSTED),
        ({"message_id": None}, PictureStanding.KEPT),
        ({"message_id": None, "archive_key": None}, PictureStanding.GONE),
        ({"message_id": None, "removed_at": NOON}, PictureStanding.DELETED),
        ({"state": JobState.UNDELIVERABLE, "message_id": None}, PictureStanding.WAITING),
        (
            {"state": JobState.UNDELIVERABLE, "archive_key": None, "result_urls": ("https://x/1.png",)},
            PictureStanding.WAITING,
        ),
        ({"state": JobState.UNDELIVERABLE, "archive_key": None}, PictureStanding.GONE),
        ({"state": JobState.UNDELIVERABLE, "removed_at": NOON}, PictureStanding.DELETED),
    ],
)
def test_what_there_is_of_a_picture_follows_from_its_job(
    fields: dict[str, Any], wanted: PictureStanding
) -> None:
    assert standing(delivered(**fields)) is wanted


@pytest.mark.parametrize(
    ("fields", "wanted"),
    [
        ({}, ["gallery_post", "reroll", "info", "delete"]),
        ({"message_id": None}, ["gallery_post", "reroll", "info", "delete"]),
        ({"archive_key": None}, ["reroll", "info", "delete"]),
        ({"message_id": None, "archive_key": None}, ["reroll"]),
        ({"message_id": None, "archive_key": None, "kind": Kind.EDIT}, []),
        ({"message_id": None, "removed_at": NOON}, ["reroll"]),
        (
            {"state": JobState.UNDELIVERABLE, "message_id": None},
            ["gallery_claim", "reroll", "info", "delete"],
        ),
        ({"private": True, "thread_id": THREAD}, ["info", "delete"]),
    ],
)
async def test_a_picture_offers_what_can_be_done_with_it(fields: dict[str, Any], wanted: list[str]) -> None:
    assert actions(await one(delivered(**fields))) == [*wanted, "gallery_page"]


async def test_a_direct_conversation_shows_pictures_and_makes_and_posts_none() -> None:
    assert actions(await one(delivered(), guild_id=None)) == ["info", "delete", "gallery_page"]
    stuck = delivered(state=JobState.UNDELIVERABLE, message_id=None)
    page = await page_of(stuck, guild_id=None)
    said = " ".join(part.get("content", "") for part in page.parts())
    assert "Your pictures, of all servers" in said
    assert "Use `/gallery` in its server" in said


async def test_what_lost_its_words_by_time_says_so() -> None:
    lost = {"prompt": "", "erased_at": NOON}
    page = await page_of(delivered(**lost), delivered(**lost, message_id=None, archive_key=None))
    said = " ".join(part.get("content", "") for part in page.parts())
    assert said.count("(its words are erased)") == 2
    assert "Nothing is left of it." in said
    assert "Only its words are left" not in said
    (menu,) = [part for part in page.parts() if "options" in part]
    assert menu["options"][0]["label"].endswith("(its words are erased)")
    assert all(part.get("description") != "" for part in page.parts())


async def test_a_spoiler_and_words_of_its_own_go_with_a_picture() -> None:
    job = delivered(spoiler=True, alt_text="an otter")
    (thumbnail,) = [part for part in (await page_of(job)).parts() if part["type"] == 11]
    (gallery,) = [part for part in (await one(job)).parts() if part["type"] == 12]
    for shown in (thumbnail, *gallery["items"]):
        assert (shown["spoiler"], shown["description"]) == (True, "an otter")


@pytest.mark.parametrize("trouble", list(ShelfTrouble))
async def test_a_page_without_previews_says_why(trouble: ShelfTrouble) -> None:
    interaction = await page_of(delivered(), trouble=trouble)
    assert not [part for part in interaction.parts() if part["type"] in {9, 11}]
    assert "no previews" in " ".join(part.get("content", "") for part in interaction.parts())


async def test_an_empty_page_leads_to_the_newest_or_nowhere() -> None:
    assert actions(await page_of()) == []
    assert actions(await page_of(spot=Spot(job_id="0" * 16))) == ["gallery_page"]


async def test_a_page_says_which_of_how_many_it_shows() -> None:
    assert "-# 1 of 1" in _said(await page_of(delivered(), first=1, total=1))
    assert "-# 6 to 7 of 9" in _said(await page_of(delivered(), delivered(), first=6, total=9))


async def test_stars_in_what_is_looked_for_end_nothing_in_the_heading() -> None:
    heading = (await page_of(delivered(), text=searched("** fox **"))).parts()[0]["content"]
    assert heading == "### Your pictures in this server with `** fox **`"


def _said(interaction: Interaction) -> list[str]:
    return [part["content"] for part in interaction.parts() if "content" in part]
