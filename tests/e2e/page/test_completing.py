"""An option that completes itself: what is offered while somebody types, and how they choose from it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pytest
from playwright.async_api import expect

from tests.e2e.harness import BEN, NOOR
from tests.e2e.page.answering import CHOICES

if TYPE_CHECKING:
    from playwright.async_api import Locator, Page

    from tests.e2e.browser import PageFactory
    from tests.e2e.harness import Sandbox
    from tests.e2e.page.answering import Interaction, Listener
    from tests.e2e.page.conftest import Easel

pytestmark = pytest.mark.browser

SHOUT: Final = {
    "type": 1,
    "name": "shout",
    "description": "Say it loud",
    "options": [
        {"type": 3, "name": "word", "description": "What", "required": True, "autocomplete": True},
        {"type": 3, "name": "to", "description": "To whom", "required": True},
        {"type": 4, "name": "times", "description": "How often", "max_value": 9},
    ],
}


async def typing(page: Page, easel: Easel) -> Locator:
    """Begin the command, and return the field that completes itself."""
    await easel.register(SHOUT)
    await expect(page.get_by_test_id("channel-art")).to_be_visible()
    await page.get_by_test_id("composer").press_sequentially("/shout")
    await expect(page.get_by_test_id("command-shout")).to_be_visible()
    await page.keyboard.press("Enter")
    field = page.get_by_test_id("option-word")
    await expect(field).to_be_focused()
    return field


async def hears(listener: Listener, text: str) -> Interaction:
    """Return what the bot is asked when this stands in the field; what it was asked before is past."""
    while True:
        asked = await listener.hears()
        (word,) = [one for one in asked["data"]["options"] if one["name"] == "word"]
        assert (asked["type"], word["focused"]) == (4, True)
        if word["value"] == text:
            return asked


async def offer(listener: Listener, asked: Interaction, **choices: str) -> None:
    """Answer with these values by their names."""
    listed = [{"name": name, "value": value} for name, value in choices.items()]
    await listener.answer(asked, CHOICES, {"choices": listed})


async def test_what_fits_is_offered_and_chosen_with_the_keyboard(
    sandbox: Sandbox, page_factory: PageFactory, listener: Listener, easel: Easel
) -> None:
    page = await page_factory(sandbox.url)
    field = await typing(page, easel)
    await expect(page.get_by_text("Loading options…")).to_be_visible()
    await offer(listener, await hears(listener, ""), fox="1", owl="2", bear="3")
    await expect(page.get_by_role("option")).to_have_text(["fox", "owl", "bear"])
    await expect(field).to_have_attribute("aria-expanded", "true")
    await page.keyboard.press("ArrowDown")
    chosen = page.get_by_test_id("completion-2")
    await expect(chosen).to_have_attribute("aria-selected", "true")
    await expect(field).to_have_attribute("aria-activedescendant", await chosen.get_attribute("id") or "")
    await page.keyboard.press("Enter")
    await expect(field).to_have_value("owl")
    await expect(field).to_be_focused()
    await expect(page.get_by_test_id("completion")).to_be_hidden()
    await page.get_by_test_id("option-to").fill("all")
    await page.keyboard.press("Enter")
    sent = (await listener.hears())["data"]["options"]
    assert {one["name"]: one["value"] for one in sent} == {"word": "2", "to": "all"}


async def test_a_choice_is_clicked_or_taken_with_tab_which_goes_on(
    sandbox: Sandbox, page_factory: PageFactory, listener: Listener, easel: Easel
) -> None:
    page = await page_factory(sandbox.url)
    field = await typing(page, easel)
    await offer(listener, await hears(listener, ""), fox="1", owl="2")
    await page.get_by_test_id("completion-2").click()
    await expect(field).to_have_value("owl")
    await field.fill("fo")
    await offer(listener, await hears(listener, "fo"), fox="1")
    await expect(page.get_by_role("option")).to_have_text(["fox"])
    await page.keyboard.press("Tab")
    await expect(field).to_have_value("fox")
    await expect(page.get_by_test_id("option-to")).to_be_focused()
    await expect(page.get_by_test_id("completion")).to_be_hidden()


async def test_the_bot_is_told_what_else_stands_in_the_command(
    sandbox: Sandbox, page_factory: PageFactory, listener: Listener, easel: Easel
) -> None:
    page = await page_factory(sandbox.url)
    field = await typing(page, easel)
    await page.get_by_test_id("option-to").fill("Ben")
    await page.get_by_test_id("add-option-times").click()
    await page.get_by_test_id("option-times").fill("100")
    await field.press_sequentially("x")
    asked = await hears(listener, "x")
    named = {one["name"]: one["value"] for one in asked["data"]["options"]}
    assert named == {"word": "x", "to": "Ben"}, "what is wrong so far is left out"


async def test_an_answer_to_what_was_typed_before_is_not_shown(
    sandbox: Sandbox, page_factory: PageFactory, listener: Listener, easel: Easel
) -> None:
    page = await page_factory(sandbox.url)
    field = await typing(page, easel)
    earlier = await hears(listener, "")
    await field.press_sequentially("o")
    later = await hears(listener, "o")
    await offer(listener, later, owl="2")
    await offer(listener, earlier, fox="1")
    # What is told after the belated answer comes after it.
    await easel.post(await sandbox.channel("art"), {"content": "later still"})
    await expect(page.get_by_text("later still")).to_be_visible()
    await expect(page.get_by_role("option")).to_have_text(["owl"])


async def test_what_is_typed_is_sent_as_it_is_where_nothing_matches_or_the_list_is_closed(
    sandbox: Sandbox, page_factory: PageFactory, listener: Listener, easel: Easel
) -> None:
    page = await page_factory(sandbox.url)
    field = await typing(page, easel)
    await page.get_by_test_id("option-to").fill("all")
    await field.fill("newt")
    await offer(listener, await hears(listener, "newt"))
    await expect(page.get_by_text("No options match what you typed.")).to_be_visible()
    await field.fill("fox")
    await offer(listener, await hears(listener, "fox"), **{"red fox": "1"})
    await expect(page.get_by_role("option")).to_have_text(["red fox"])
    await page.keyboard.press("Escape")
    await expect(page.get_by_test_id("completion")).to_be_hidden()
    await expect(field).to_have_value("fox")
    await page.keyboard.press("Enter")
    sent: dict[str, Any] = (await listener.hears())["data"]
    assert sent["options"][0]["value"] == "fox"


async def test_nobody_answering_is_said_and_hinders_nothing(
    sandbox: Sandbox, page_factory: PageFactory, listener: Listener, easel: Easel
) -> None:
    page = await page_factory(sandbox.url)
    field = await typing(page, easel)
    await hears(listener, "")
    await expect(page.get_by_text("Loading options failed")).to_be_visible()
    await field.press_sequentially("f")
    await expect(page.get_by_text("Loading options…")).to_be_visible()
    await offer(listener, await hears(listener, "f"), fox="1")
    await expect(page.get_by_role("option")).to_have_text(["fox"])


async def test_leaving_the_command_takes_its_list_away(
    sandbox: Sandbox, page_factory: PageFactory, listener: Listener, easel: Easel
) -> None:
    page = await page_factory(sandbox.url)
    await typing(page, easel)
    await offer(listener, await hears(listener, ""), fox="1")
    await expect(page.get_by_test_id("completion-1")).to_be_visible()
    await page.get_by_test_id("channel-lounge").click()
    await expect(page.get_by_test_id("completion")).to_have_count(0)
    await expect(page.get_by_test_id("composer")).to_have_attribute("placeholder", "Message #lounge")


async def test_people_are_found_by_a_part_of_their_name_and_those_who_left_named_by_their_id(
    sandbox: Sandbox, page_factory: PageFactory, listener: Listener, easel: Easel
) -> None:
    guild = (await sandbox.guild())["id"]
    await sandbox.ask("DELETE", f"/side/world/guilds/{guild}/members/{BEN}", expect=204)
    option = {"type": 6, "name": "member", "description": "Whom", "required": True}
    await easel.register({**SHOUT, "options": [option]})
    page = await page_factory(sandbox.url)
    for typed, key, chosen in (("OO", "Tab", NOOR), (str(BEN), "Enter", BEN), (f"<@{NOOR}>", "Enter", NOOR)):
        await page.get_by_test_id("composer").press_sequentially("/shout ")
        field = page.get_by_test_id("option-member")
        await field.press_sequentially(typed)
        await page.keyboard.press(key)
        if key == "Tab":
            await expect(field).to_have_value("Noor")
            await page.get_by_test_id("run-command").click()
        sent: dict[str, Any] = (await listener.hears())["data"]
        assert sent["options"][0]["value"] == str(chosen)
        await expect(page.get_by_test_id("run-command")).to_have_count(0)
