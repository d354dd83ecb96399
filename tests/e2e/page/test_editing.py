"""Edits in a browser with the real bot: a dropped file, a menu of a message, a chain, a wrong guess."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING

import pytest
from playwright.async_api import expect

from tests.e2e.harness import BEN, ROOT
from tests.e2e.test_edit import BLUE, RED, colour_of, is_like, send
from tests.pictures import png

if TYPE_CHECKING:
    from playwright.async_api import Page

    from tests.e2e.browser import PageFactory
    from tests.e2e.harness import Bot, Sandbox

pytestmark = pytest.mark.browser
#: Kept for whoever wants to see what the test saw; not part of the project.
RESULTS = ROOT / "test-results"
_DROP = """async ([place, name, data]) => {
    const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
    const transfer = new DataTransfer();
    transfer.items.add(new File([bytes], name, { type: "image/png" }));
    const zone = document.querySelector(place);
    for (const kind of ["dragenter", "dragover", "drop"])
        zone.dispatchEvent(new DragEvent(kind, { bubbles: true, cancelable: true, dataTransfer: transfer }));
}"""


async def drop(page: Page, place: str, name: str, data: bytes) -> None:
    """Drop a file on a part of the page."""
    await page.evaluate(_DROP, [place, name, base64.b64encode(data).decode()])


async def test_a_dropped_picture_is_edited_and_stands_beside_what_became_of_it(
    sandbox: Sandbox, bot: Bot, page_factory: PageFactory
) -> None:
    art = await sandbox.channel("art")
    page = await page_factory(f"{sandbox.url}/?channel={art}")
    await page.get_by_test_id("composer").press_sequentially("/edit ")
    await page.get_by_test_id("option-prompt").fill("as a poster")
    await drop(page, "main", "red.png", png(320, 180, RED))
    await expect(page.get_by_test_id("option-image")).to_contain_text("red.png")
    await page.get_by_test_id("run-command").click()
    studio = await sandbox.studio(art)
    await sandbox.picture(studio)
    await page.goto(f"{sandbox.url}/?channel={studio}")
    before = page.get_by_role("img", name="Before: what the picture was made from")
    after = page.get_by_role("img", name="as a poster")
    await expect(before.first).to_be_visible()
    await expect(after.first).to_be_visible()
    boxes = [await each.first.bounding_box() for each in (before, after)]
    assert boxes[0]
    assert boxes[1]
    assert boxes[0]["x"] < boxes[1]["x"]
    assert abs(boxes[0]["y"] - boxes[1]["y"]) < 40
    await page.screenshot(path=RESULTS / "edit.png")
    await bot.states("delivered")


async def test_the_menu_of_a_message_opens_a_form_and_the_right_picture_is_edited(
    sandbox: Sandbox, bot: Bot, page_factory: PageFactory
) -> None:
    art = await sandbox.channel("art")
    files = {"files[0]": ("red.png", png(90, 90, RED)), "files[1]": ("blue.png", png(90, 90, BLUE))}
    body = {"user": BEN, "content": "which one?"}
    message = await send(sandbox, f"/side/channels/{art}/messages", body, files)
    page = await page_factory(f"{sandbox.url}/?channel={art}")
    await page.get_by_test_id(f"message-{message['id']}").click(button="right")
    await page.get_by_test_id("menu-Edit picture").click()
    form = page.get_by_test_id("modal")
    await form.get_by_test_id("modal-field-prompt").fill("as a poster")
    await form.get_by_label("1. red.png").uncheck()
    await page.screenshot(path=RESULTS / "menu.png")
    await page.get_by_test_id("modal-submit").click()
    (row,) = await bot.states("delivered")
    assert len(json.loads(row["references"])) == 1
    message = await sandbox.picture(await sandbox.studio(art))
    assert is_like(await colour_of(sandbox, message), BLUE)


async def test_a_picture_edited_three_times_over_shows_its_chain(
    sandbox: Sandbox, bot: Bot, page_factory: PageFactory
) -> None:
    art = await sandbox.channel("art")
    await sandbox.imagine(art, "a quiet harbour")
    studio = await sandbox.studio(art)
    await sandbox.picture(studio)
    page = await page_factory(f"{sandbox.url}/?channel={studio}", height=1000)
    for number, words in enumerate(("at night", "in snow", "as a poster"), start=1):
        job = (await bot.states(*["delivered"] * number))[-1]
        await page.get_by_test_id(f"button-easel:edit:{job['id']}").click()
        await page.get_by_test_id("modal-field-prompt").fill(words)
        await page.get_by_test_id("modal-submit").click()
        await expect(page.get_by_role("img", name=words).first).to_be_visible()
    newest = (await bot.states(*["delivered"] * 4))[-1]
    await page.get_by_test_id(f"button-easel:info:{newest['id']}").click()
    await expect(page.get_by_text("Made from", exact=True)).to_be_visible()
    await expect(page.get_by_role("button", name="picture", exact=True)).to_have_count(4)
    await page.screenshot(path=RESULTS / "chain.png")


async def test_a_wrong_guess_is_one_press_to_undo(
    sandbox: Sandbox, idle_bot: Bot, page_factory: PageFactory
) -> None:
    await idle_bot.start(GUESS_SECONDS="60")
    art = await sandbox.channel("art")
    await sandbox.imagine(art, "a quiet harbour")
    studio = await sandbox.studio(art)
    await sandbox.picture(studio)
    page = await page_factory(f"{sandbox.url}/?channel={studio}")
    await page.get_by_test_id("composer").fill("/edit make it night")
    await page.get_by_test_id("composer").press("Enter")
    undo = page.get_by_role("button", name="Not this picture")
    await expect(undo).to_be_visible()
    await page.screenshot(path=RESULTS / "guess.png")
    await undo.click()
    await expect(page.get_by_text("Nothing was sent, and it cost nothing")).to_be_visible()
    await expect(undo).to_have_count(0)
    await idle_bot.states("delivered", "cancelled")
