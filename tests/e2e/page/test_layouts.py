"""Components V2, spoilers and alternative text: how they are drawn and pressed, and what an edit does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pytest
from playwright.async_api import expect

from tests.e2e.page.answering import UPDATE, V2
from tests.pictures import png

if TYPE_CHECKING:
    from playwright.async_api import Locator

    from tests.e2e.browser import PageFactory
    from tests.e2e.harness import Sandbox
    from tests.e2e.page.answering import Listener
    from tests.e2e.page.conftest import Easel

pytestmark = pytest.mark.browser

TWO: Final = {"wall.png": png(320, 240), "SPOILER_door.png": png(320, 240, (200, 40, 40))}


#: Everything in a message that stands out of the list of messages at its right, or is wider than its own box.
_SPILLS: Final = """() => {
    const edge = document.querySelector("#scroll").clientWidth;
    const boxes = "button, .container, .embed";
    const is_wider = (node) => node.matches(boxes) && node.scrollWidth > node.clientWidth + 1;
    return [...document.querySelectorAll(".message *")]
        .filter((node) => node.getBoundingClientRect().right > edge || is_wider(node))
        .map((node) => node.outerHTML.slice(0, 120));
}"""


def item(url: str, **fields: Any) -> dict[str, Any]:
    """Return an item of a gallery, or what a thumbnail holds."""
    return {"media": {"url": url}, **fields}


def gallery(*items: dict[str, Any]) -> dict[str, Any]:
    """Return a message that is a gallery in a container."""
    return {"flags": V2, "components": [{"type": 17, "components": [{"type": 12, "items": list(items)}]}]}


async def is_blurred(holder: Locator) -> bool:
    """Tell whether a picture is blurred by the style sheet."""
    return "blur" in await holder.locator(".picture-open").evaluate("node => getComputedStyle(node).filter")


async def test_two_pictures_of_a_gallery_stand_side_by_side(
    sandbox: Sandbox, page_factory: PageFactory, easel: Easel
) -> None:
    message = gallery(
        item("attachment://wall.png", description="Before"),
        item("attachment://SPOILER_door.png", description="After"),
    )
    await easel.post(await sandbox.channel("art"), message, files=TWO)
    page = await page_factory(sandbox.url)
    before = await page.get_by_role("img", name="Before").bounding_box()
    after = await page.get_by_role("img", name="After").bounding_box()
    assert before
    assert after
    assert before["y"] == after["y"]
    assert before["x"] + before["width"] < after["x"] < before["x"] + before["width"] + 20
    assert before["width"] == pytest.approx(after["width"], abs=1)


async def test_a_spoiler_is_blurred_until_it_is_clicked_and_its_words_can_be_read(
    sandbox: Sandbox, page_factory: PageFactory, easel: Easel
) -> None:
    message = {
        "content": "look",
        "attachments": [{"id": 0, "filename": "SPOILER_door.png", "description": "A door"}],
    }
    posted = await easel.post(
        await sandbox.channel("art"), message, files={"SPOILER_door.png": png(320, 240)}
    )
    page = await page_factory(sandbox.url)
    shown = page.locator(".message .picture")
    await expect(shown.locator(".picture-open")).to_have_js_property("inert", True)
    assert await is_blurred(shown)
    await expect(shown.locator(".alt-tip")).to_be_hidden()
    await shown.get_by_role("button", name="Alternative text: A door").click()
    await page.mouse.move(0, 0)
    await expect(shown.locator(".alt-tip")).to_contain_text("A door")
    assert await is_blurred(shown)
    await shown.get_by_role("button", name="Spoiler: show the picture").click()
    await expect(shown.get_by_role("img", name="A door")).to_be_visible()
    assert not await is_blurred(shown)
    await easel.edit(posted, {"content": "look again"})
    await expect(page.locator(".message .content")).to_contain_text("look again")
    await expect(shown.get_by_role("button", name="Spoiler: show the picture")).to_have_count(0)


async def test_spoilers_and_alt_texts_of_a_gallery_are_reached_by_keyboard(
    sandbox: Sandbox, page_factory: PageFactory, easel: Easel
) -> None:
    message = gallery(item("attachment://wall.png", description="A wall", spoiler=True))
    await easel.post(await sandbox.channel("art"), message, files={"wall.png": png(320, 240)})
    page = await page_factory(sandbox.url)
    await page.locator("article.message").focus()
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("button", name="Spoiler: show the picture")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("button", name="Open large: A wall")).to_be_focused()
    await page.keyboard.press("Tab")
    await expect(page.locator(".alt-tip")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(page.locator(".alt-tip")).to_be_hidden()
    await page.keyboard.press("Shift+Tab")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("dialog").get_by_role("img", name="A wall")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("button", name="Open large: A wall")).to_be_focused()


async def test_an_edit_that_names_a_file_by_its_address_keeps_it_and_changes_its_words(
    sandbox: Sandbox, page_factory: PageFactory, easel: Easel
) -> None:
    message = gallery(item("attachment://wall.png", description="A wall"))
    posted = await easel.post(await sandbox.channel("art"), message, files={"wall.png": png(320, 240)})
    page = await page_factory(sandbox.url)
    await expect(page.get_by_role("img", name="A wall")).to_have_js_property("naturalWidth", 320)
    (shown,) = posted["components"][0]["components"][0]["items"]
    change = gallery({**shown, "description": "A grey wall", "spoiler": True})
    await easel.edit(posted, change)
    await page.get_by_role("button", name="Spoiler: show the picture").click()
    await expect(page.get_by_role("img", name="A grey wall")).to_have_js_property("naturalWidth", 320)
    await easel.edit(posted, gallery(item("attachment://wall.png", description="A wall again")))
    await expect(page.get_by_role("img", name="A wall again")).to_have_js_property("naturalWidth", 320)


async def test_a_select_keeps_what_was_chosen_and_the_bot_hears_it(
    sandbox: Sandbox, page_factory: PageFactory, listener: Listener, easel: Easel
) -> None:
    options = [{"label": ratio, "value": ratio} for ratio in ("1:1", "16:9")]
    selects = [
        {"type": 3, "custom_id": "ratio", "placeholder": "Ratio", "options": options},
        {"type": 5, "custom_id": "who", "placeholder": "Who"},
        {"type": 6, "custom_id": "role", "placeholder": "Role"},
        {"type": 8, "custom_id": "where", "placeholder": "Where"},
    ]
    rows = [{"type": 1, "components": [select]} for select in selects]
    await easel.post(await sandbox.channel("art"), {"flags": V2, "components": rows})
    page = await page_factory(sandbox.url)
    for custom_id, choice, words in (
        ("ratio", "16:9", "16:9"),
        ("who", "102", "Ben"),
        ("role", "202", "@Moderator"),
        ("where", "303", "lounge"),
    ):
        control = page.get_by_test_id(f"select-{custom_id}")
        await control.press("Enter")
        await page.get_by_test_id(f"choice-{choice}").press("Enter")
        heard = await listener.hears()
        assert heard["data"]["values"] == [choice]
        assert custom_id == "ratio" or any(choice in found for found in heard["data"]["resolved"].values())
        await listener.answer(heard, 6, {})
        await expect(control).to_contain_text(words)
        await expect(control).to_be_focused()


async def test_buttons_of_a_section_and_of_links_are_drawn_as_they_are(
    sandbox: Sandbox, page_factory: PageFactory, listener: Listener, easel: Easel
) -> None:
    text = {"type": 10, "content": "words"}
    thumbnail = {"type": 11, **item("attachment://wall.png", description="Small", spoiler=True)}
    link = {"type": 2, "style": 5, "label": "There", "url": "https://example.org/"}
    parts = [
        {"type": 9, "components": [text], "accessory": thumbnail},
        {
            "type": 9,
            "components": [text],
            "accessory": {"type": 2, "style": 3, "label": "Go", "custom_id": "go"},
        },
        {"type": 1, "components": [link, {**link, "label": "Not there", "disabled": True}]},
    ]
    message = {"flags": V2, "components": parts}
    await easel.post(await sandbox.channel("art"), message, files={"wall.png": png(320, 240)})
    page = await page_factory(sandbox.url)
    await expect(page.get_by_role("link", name="There", exact=True)).to_have_attribute(
        "href", "https://example.org/"
    )
    await expect(page.get_by_role("link", name="Not there")).to_be_disabled()
    await page.get_by_role("button", name="Spoiler: show the picture").click()
    await expect(page.get_by_role("img", name="Small")).to_be_visible()
    await page.get_by_test_id("button-go").press("Enter")
    heard = await listener.hears()
    await expect(page.get_by_test_id("button-go")).to_be_focused()
    await listener.answer(heard, UPDATE, {"components": [text]})
    await expect(page.get_by_test_id("button-go")).to_have_count(0)
    await expect(page.locator("article.message")).to_be_focused()


async def test_the_arrow_keys_lead_through_the_pictures_of_a_message_but_not_behind_a_spoiler(
    sandbox: Sandbox, page_factory: PageFactory, easel: Easel
) -> None:
    names = ("one", "SPOILER_two", "three")
    files = {f"{name}.png": png(60, 60) for name in names}
    items = [item(f"attachment://{name}.png", description=name, spoiler="SPOILER" in name) for name in names]
    await easel.post(await sandbox.channel("art"), gallery(*items), files=files)
    page = await page_factory(sandbox.url)
    await page.get_by_role("button", name="Open large: three").click()
    shown = page.get_by_role("dialog").get_by_role("img")
    await expect(shown).to_have_accessible_name("three")
    await page.keyboard.press("ArrowRight")
    await expect(shown).to_have_accessible_name("one")
    await expect(page.get_by_role("dialog")).to_contain_text("1 of 2")
    await page.get_by_role("button", name="Picture before").click()
    await expect(shown).to_have_accessible_name("three")
    await page.keyboard.press("Escape")
    await page.get_by_role("button", name="Spoiler: show the picture").click()
    await page.keyboard.press("Enter")
    await expect(shown).to_have_accessible_name("SPOILER_two")
    await page.keyboard.press("ArrowLeft")
    await expect(shown).to_have_accessible_name("one")


async def test_ten_pictures_fill_their_rows_and_what_is_long_stays_in_its_container(
    sandbox: Sandbox, page_factory: PageFactory, easel: Easel
) -> None:
    art = await sandbox.channel("art")
    files = {f"{number}.png": png(60, 60) for number in range(10)}
    items = [item(f"attachment://{name}", description=name) for name in files]
    await easel.post(art, gallery(*items), files=files)
    button = {"type": 2, "style": 1, "label": "D" * 80, "custom_id": "long"}
    menu = {
        "type": 3,
        "custom_id": "pick",
        "options": [{"label": "a", "value": "a"}],
        "placeholder": "P" * 150,
    }
    rows = [{"type": 1, "components": [button]}, {"type": 1, "components": [menu]}]
    words = {"type": 10, "content": "short"}
    long = {"flags": V2, "components": [{"type": 17, "components": [words, *rows]}]}
    await easel.post(art, long)
    fields = [{"name": "f", "value": "v" * 200, "inline": True} for _ in range(3)]
    await easel.post(art, {"embeds": [{"title": "T", "fields": fields}]})
    page = await page_factory(sandbox.url, width=600)
    pictures = page.locator(".gallery").get_by_role("img")
    await expect(pictures).to_have_count(10)
    boxes = [await one.bounding_box() for one in await pictures.all()]
    tops = [round(box["y"]) for box in boxes if box]
    assert [tops.count(top) for top in sorted(set(tops))] == [1, 3, 3, 3]
    await expect(page.locator(".embed")).to_be_visible()
    await expect(page.get_by_test_id("button-long")).to_be_visible()
    assert await page.evaluate(_SPILLS) == []
