"""A newcomer with a real browser gets a picture from the real bot, knowing nothing of Discord."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.async_api import expect

from tests.e2e.harness import BEN, ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from tests.e2e.browser import PageFactory
    from tests.e2e.harness import Bot, Sandbox

pytestmark = pytest.mark.browser
#: Kept for whoever wants to see what the test saw; not part of the project.
RESULTS: Path = ROOT / "test-results"


async def test_a_newcomer_finds_the_picture_that_the_hint_asks_for(
    sandbox: Sandbox, bot: Bot, page_factory: PageFactory
) -> None:
    page = await page_factory(sandbox.url, new_here=True)
    await page.get_by_test_id("hint-try").click()
    await page.get_by_test_id("composer").press("Enter")

    art = await sandbox.channel("art")
    studio = await sandbox.studio(art)
    await sandbox.picture(studio)
    await expect(page.get_by_text("is there.")).to_be_visible()
    await page.get_by_test_id(f"thread-box-{studio}").click()
    picture = page.get_by_role("img", name="castle").first
    await expect(picture).to_be_visible()
    assert await picture.evaluate("image => image.decode().then(() => image.naturalWidth > 500)")
    await page.screenshot(path=RESULTS / "first-picture.png")

    (job,) = await bot.states("delivered")
    await page.get_by_test_id(f"button-easel:info:{job['id']}").click()
    await expect(page.get_by_text(f"Job {job['id']}")).to_be_visible()


async def test_somebody_else_sees_the_picture_but_not_the_private_details(
    sandbox: Sandbox, bot: Bot, page_factory: PageFactory
) -> None:
    art = await sandbox.channel("art")
    await sandbox.imagine(art, "a quiet harbour")
    studio = await sandbox.studio(art)
    message = await sandbox.picture(studio)
    (job,) = await bot.states("delivered")
    await sandbox.reply(await sandbox.press(studio, int(message["id"]), f"easel:info:{job['id']}"), studio)

    page = await page_factory(f"{sandbox.url}/?user={BEN}&channel={studio}")
    await expect(page.get_by_role("img", name="a quiet harbour").first).to_be_visible()
    await expect(page.get_by_text(f"Job {job['id']}")).to_have_count(0)


async def test_a_refusal_is_shown_on_the_page(sandbox: Sandbox, bot: Bot, page_factory: PageFactory) -> None:
    channel = await sandbox.channel("look-only")
    page = await page_factory(f"{sandbox.url}/?channel={channel}")
    await page.get_by_test_id("composer").fill("/imagine a red fox")
    await page.get_by_test_id("composer").press("Enter")
    await expect(page.get_by_text("I am missing")).to_be_visible()
    await expect(page.get_by_text("Only you can see this")).to_be_visible()
