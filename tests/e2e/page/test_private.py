"""Answers that one person sees: their files, their controls, and pages that are turned in them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import pytest
from playwright.async_api import expect

from tests.e2e.harness import BEN, MIA
from tests.e2e.page.answering import EPHEMERAL, MESSAGE, THINKING, UPDATE, V2
from tests.pictures import png

if TYPE_CHECKING:
    from tests.e2e.browser import PageFactory
    from tests.e2e.harness import Sandbox
    from tests.e2e.page.answering import Interaction, Listener
    from tests.e2e.page.conftest import Easel

pytestmark = pytest.mark.browser

COMMAND: Final = {"type": 1, "name": "gallery", "description": "Your pictures"}
RED: Final = (220, 30, 30)
BLUE: Final = (30, 30, 220)


def leaf(number: int) -> dict[str, Any]:
    """Return a page of a private gallery, with one picture and a button to the next page."""
    name = f"page-{number}.png"
    button = {"type": 2, "style": 2, "label": "Next", "custom_id": f"page:{number + 1}"}
    return {
        "components": [
            {"type": 10, "content": f"Page {number}"},
            {"type": 12, "items": [{"media": {"url": f"attachment://{name}"}, "description": name}]},
            {"type": 1, "components": [button]},
        ],
        "attachments": [{"id": 0, "filename": name}],
    }


async def asked(sandbox: Sandbox, listener: Listener, easel: Easel) -> Interaction:
    """Let Mia use the command."""
    await easel.register(COMMAND)
    await sandbox.command(await sandbox.channel("art"), "gallery", {})
    return await listener.hears()


async def test_a_private_gallery_turns_its_pages_with_new_pictures(
    sandbox: Sandbox, page_factory: PageFactory, listener: Listener, easel: Easel
) -> None:
    page = await page_factory(sandbox.url)
    interaction = await asked(sandbox, listener, easel)
    first = {**leaf(1), "flags": V2 | EPHEMERAL}
    await listener.answer(interaction, MESSAGE, first, {"page-1.png": png(60, 40, RED)})
    private = page.locator(".message.ephemeral")
    shown = private.get_by_role("img", name="page-1.png")
    await expect(shown).to_have_js_property("naturalWidth", 60)
    old = await shown.get_attribute("src")
    await private.get_by_test_id("button-page:2").press("Enter")
    pressed = await listener.hears()
    assert pressed["message"]["flags"] & EPHEMERAL
    await listener.answer(pressed, UPDATE, leaf(2), {"page-2.png": png(80, 40, BLUE)})
    await expect(private.get_by_role("img", name="page-2.png")).to_have_js_property("naturalWidth", 80)
    await expect(private).to_contain_text("Page 2")
    await expect(private.get_by_role("img")).to_have_count(1)
    await expect(private).to_be_focused()
    assert (await page.request.get(f"{sandbox.url}{old}")).status == 404


async def test_nobody_else_is_shown_a_private_answer_its_edits_or_what_follows_it(
    sandbox: Sandbox, page_factory: PageFactory, listener: Listener, easel: Easel
) -> None:
    mia = await page_factory(sandbox.url)
    ben = await page_factory(f"{sandbox.url}/?user={BEN}")
    await expect(ben.get_by_test_id("channel-art")).to_be_visible()
    interaction = await asked(sandbox, listener, easel)
    secret = {"content": "only Mia", "flags": EPHEMERAL, "attachments": [{"id": 0, "description": "A wall"}]}
    await listener.answer(interaction, MESSAGE, secret, {"wall.png": png(60, 40)})
    await expect(mia.get_by_role("img", name="A wall")).to_be_visible()
    await listener.edit(interaction, {"content": "only Mia, changed"})
    more = {"content": "one more", "flags": EPHEMERAL, "attachments": [{"id": 0, "description": "A door"}]}
    await listener.follow_up(interaction, more, {"door.png": png(60, 40)})
    await expect(mia.get_by_role("img", name="A door")).to_be_visible()
    await expect(mia.locator(".message.ephemeral").first).to_contain_text("only Mia, changed")
    await easel.post(await sandbox.channel("art"), {"content": "for everyone"})
    await expect(ben.get_by_text("for everyone")).to_be_visible()
    await expect(ben.locator(".message")).to_have_count(1)
    await ben.reload()
    await expect(ben.get_by_text("for everyone")).to_be_visible()
    await expect(ben.locator(".message")).to_have_count(1)


async def test_a_promised_answer_that_never_comes_is_given_up_after_fifteen_minutes(
    sandbox: Sandbox, page_factory: PageFactory, listener: Listener, easel: Easel
) -> None:
    page = await page_factory(sandbox.url)
    await listener.answer(await asked(sandbox, listener, easel), THINKING, {"flags": EPHEMERAL})
    await expect(page.get_by_text("Easel is thinking…")).to_be_visible()
    await page.clock.set_fixed_time(datetime.now(tz=UTC) + timedelta(minutes=16))
    await page.reload()
    await expect(page.get_by_text("The application did not respond")).to_be_visible()
    await expect(page.get_by_text("Easel is thinking…")).to_have_count(0)


async def test_controls_are_taken_from_a_private_answer_by_an_edit_and_by_an_update(
    sandbox: Sandbox, page_factory: PageFactory, listener: Listener, easel: Easel
) -> None:
    page = await page_factory(sandbox.url)
    interaction = await asked(sandbox, listener, easel)
    options = [{"label": "One", "value": "1"}]
    rows = [
        {"type": 1, "components": [{"type": 3, "custom_id": "pick", "options": options}]},
        {"type": 1, "components": [{"type": 2, "style": 1, "label": "Sure", "custom_id": "sure"}]},
    ]
    question = {"content": "Sure?", "flags": EPHEMERAL, "components": rows}
    await listener.answer(interaction, MESSAGE, question)
    private = page.locator(".message.ephemeral")
    await private.get_by_test_id("select-pick").click()
    await page.get_by_test_id("choice-1").click()
    chosen = await listener.hears()
    assert chosen["data"]["values"] == ["1"]
    await listener.answer(chosen, UPDATE, {"content": "One it is.", "components": rows[1:]})
    await expect(private.get_by_test_id("select-pick")).to_have_count(0)
    await expect(private.get_by_test_id("button-sure")).to_be_visible()
    await listener.edit(interaction, {"content": "Too late.", "components": []})
    await expect(private).to_contain_text("Too late.")
    await expect(private.get_by_role("button", name="Sure")).to_have_count(0)


async def test_a_private_answer_is_put_away_for_good(
    sandbox: Sandbox, page_factory: PageFactory, listener: Listener, easel: Easel
) -> None:
    page = await page_factory(sandbox.url)
    interaction = await asked(sandbox, listener, easel)
    await listener.answer(interaction, MESSAGE, {"content": "psst", "flags": EPHEMERAL})
    await page.get_by_role("button", name="Dismiss message").press("Enter")
    await expect(page.get_by_text("psst")).to_have_count(0)
    await expect(page.get_by_test_id("composer")).to_be_focused()
    await easel.post(await sandbox.channel("art"), {"content": "for everyone"})
    for user in (BEN, MIA):
        await page.get_by_test_id(f"person-{user}").click()
        await expect(page.get_by_test_id(f"person-{user}")).to_have_attribute("aria-checked", "true")
    await expect(page.get_by_text("for everyone")).to_be_visible()
    await expect(page.get_by_text("psst")).to_have_count(0)
    await page.reload()
    await expect(page.get_by_text("for everyone")).to_be_visible()
    await expect(page.get_by_text("psst")).to_have_count(0)
