"""The buttons below a picture in a real browser: a form that is filled in, and a picture that goes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.async_api import expect

if TYPE_CHECKING:
    from tests.e2e.browser import PageFactory
    from tests.e2e.harness import Bot, Sandbox

pytestmark = pytest.mark.browser


async def test_a_member_varies_a_picture_and_deletes_the_first_one(
    sandbox: Sandbox, bot: Bot, page_factory: PageFactory
) -> None:
    art = await sandbox.channel("art")
    await sandbox.imagine(art, "a quiet harbour")
    studio = await sandbox.studio(art)
    await sandbox.picture(studio)
    (job,) = await bot.states("delivered")

    page = await page_factory(f"{sandbox.url}/?channel={studio}")
    await page.get_by_test_id(f"button-easel:vary:{job['id']}").click()
    prompt = page.get_by_test_id("modal-field-prompt")
    await expect(prompt).to_have_value("a quiet harbour")
    await prompt.fill("a stormy harbour")
    await page.get_by_test_id("modal-submit").click()
    await expect(page.get_by_role("img", name="a stormy harbour").first).to_be_visible()
    varied = (await bot.states("delivered", "delivered"))[1]
    await page.get_by_test_id(f"button-easel:info:{varied['id']}").click()
    await expect(page.get_by_role("button", name="picture", exact=True)).to_be_visible()

    await page.get_by_test_id(f"button-easel:delete:{job['id']}").click()
    await page.get_by_test_id(f"button-easel:confirm:{job['id']}").click()
    await expect(page.get_by_text("The picture is deleted.")).to_be_visible()
    await expect(page.get_by_role("img", name="a quiet harbour")).to_have_count(0)
    await expect(page.get_by_role("img", name="a stormy harbour").first).to_be_visible()
