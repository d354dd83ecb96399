"""What a person does: talks, picks and types commands, all of it with the keyboard too."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from playwright.async_api import expect

from tests.e2e.page.conftest import IMAGINE

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.async_api import Page, Route

    from tests.e2e.browser import PageFactory
    from tests.e2e.harness import Sandbox
    from tests.e2e.page.conftest import Easel

pytestmark = pytest.mark.browser


async def ready(page: Page) -> None:
    """Wait until the page has loaded its server."""
    await expect(page.get_by_test_id("channel-art")).to_be_visible()


async def test_nothing_can_be_typed_before_the_page_has_loaded_and_so_nothing_is_lost(
    sandbox: Sandbox, page_factory: PageFactory
) -> None:
    page = await page_factory(sandbox.url)
    await ready(page)
    held = asyncio.Event()

    async def hold(route: Route) -> None:
        await held.wait()
        await route.continue_()

    await page.route("**/side/state*", hold)
    await page.reload()
    await expect(page.get_by_test_id("composer")).to_be_disabled()
    held.set()
    await page.get_by_test_id("composer").fill("good morning")
    await expect(page.get_by_test_id("composer")).to_have_attribute("placeholder", "Message #art")
    await expect(page.get_by_test_id("composer")).to_have_value("good morning")


async def test_a_message_appears_in_another_page_at_once(sandbox: Sandbox, page_factory: PageFactory) -> None:
    mia = await page_factory(f"{sandbox.url}/?user=101")
    ben = await page_factory(f"{sandbox.url}/?user=102")
    await ready(ben)
    await mia.get_by_test_id("composer").fill("good morning")
    await mia.get_by_test_id("composer").press("Enter")
    await expect(ben.locator(".message")).to_contain_text("good morning")
    await expect(ben.locator(".message .author")).to_have_text("Mia")
    await expect(mia.get_by_test_id("composer")).to_have_value("")


async def test_news_elsewhere_marks_the_channel_until_it_is_opened(
    sandbox: Sandbox, page_factory: PageFactory
) -> None:
    mia = await page_factory(f"{sandbox.url}/?user=101&channel=lounge")
    ben = await page_factory(f"{sandbox.url}/?user=102&channel=art")
    await ready(ben)
    await mia.get_by_test_id("composer").fill("who is here? <@102>")
    await mia.get_by_test_id("composer").press("Enter")
    lounge = ben.get_by_test_id("channel-lounge")
    await expect(lounge).to_have_accessible_name("lounge, text channel, 1 mentions")
    await ben.get_by_role("button", name="Go there").click()
    await expect(lounge).to_have_accessible_name("lounge, text channel")
    await expect(ben.locator(".message.mentioned")).to_contain_text("@Ben")


async def test_a_reply_names_the_message_that_it_answers(
    sandbox: Sandbox, page_factory: PageFactory, easel: Easel
) -> None:
    await easel.post(await sandbox.channel("art"), {"content": "a fox, as you asked"})
    page = await page_factory(sandbox.url)
    await page.locator(".message").hover()
    await page.get_by_role("button", name="Reply", exact=True).click()
    await page.keyboard.type("lovely")
    await page.keyboard.press("Enter")
    answer = page.locator(".message").last
    await expect(answer).to_contain_text("lovely")
    await expect(answer.locator(".context")).to_contain_text("a fox, as you asked")


async def test_files_go_with_a_message(sandbox: Sandbox, page_factory: PageFactory, tmp_path: Path) -> None:
    notes = tmp_path / "notes.txt"
    notes.write_text("words", encoding="utf-8")
    page = await page_factory(sandbox.url)
    await ready(page)
    await page.get_by_test_id("composer-files").set_input_files(notes)
    await expect(page.locator(".tray-file")).to_contain_text("notes.txt")
    await page.get_by_test_id("composer").press("Enter")
    await expect(page.locator(".message .file-card")).to_contain_text("notes.txt")
    await expect(page.locator(".tray-file")).to_have_count(0)


async def test_what_is_refused_is_said_and_not_lost(sandbox: Sandbox, page_factory: PageFactory) -> None:
    page = await page_factory(f"{sandbox.url}/?channel=lounge")
    await expect(page.get_by_test_id("composer")).to_have_attribute("placeholder", "Message #lounge")
    await page.get_by_test_id("composer").fill("x" * 2001)
    await page.get_by_test_id("composer").press("Enter")
    await expect(page.get_by_test_id("composer-error")).to_contain_text("2001 characters; 2000 is the most")
    await expect(page.get_by_test_id("composer")).to_have_value("x" * 2001)


async def test_the_picker_says_that_there_are_no_commands_yet(
    sandbox: Sandbox, page_factory: PageFactory, easel: Easel
) -> None:
    page = await page_factory(sandbox.url)
    await ready(page)
    await page.get_by_test_id("composer").press_sequentially("/")
    await expect(page.get_by_test_id("no-commands")).to_contain_text("No commands yet")
    await easel.register(IMAGINE)
    await expect(page.get_by_test_id("command-imagine")).to_be_visible()


async def test_the_hint_fills_the_box_even_while_the_bot_is_away(
    sandbox: Sandbox, page_factory: PageFactory
) -> None:
    page = await page_factory(sandbox.url, new_here=True)
    await page.get_by_test_id("hint-try").click()
    await expect(page.get_by_test_id("composer")).to_have_value("/imagine a castle on a hill at sunset")
    await page.get_by_test_id("composer").press("Enter")
    await expect(page.get_by_test_id("composer-error")).to_contain_text("The bot is offline")
    await page.get_by_test_id("hint-close").click()
    await page.reload()
    await ready(page)
    await expect(page.get_by_test_id("hint")).to_be_hidden()


async def test_the_hint_fills_the_fields_of_the_command(
    sandbox: Sandbox, page_factory: PageFactory, easel: Easel
) -> None:
    await easel.register(IMAGINE)
    page = await page_factory(sandbox.url, new_here=True)
    await ready(page)
    await page.get_by_test_id("hint-try").click()
    await expect(page.get_by_test_id("option-prompt")).to_have_value("a castle on a hill at sunset")
    await page.get_by_test_id("composer").press("Enter")
    await expect(page.locator(".message")).to_contain_text("Mia used /imagine")
    await expect(page.get_by_test_id("hint")).to_be_hidden()


async def test_a_picked_command_is_filled_in_by_keyboard_and_fails_in_words_when_nobody_answers(
    sandbox: Sandbox, page_factory: PageFactory, easel: Easel
) -> None:
    await easel.register(IMAGINE)
    page = await page_factory(sandbox.url)
    await ready(page)
    await page.keyboard.press("/")
    await expect(page.get_by_test_id("command-imagine")).to_have_attribute("aria-selected", "true")
    await page.keyboard.press("Enter")
    await expect(page.get_by_test_id("option-prompt")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.get_by_test_id("composer-error")).to_have_text("prompt is required.")
    await page.keyboard.type("a fox")
    await page.get_by_test_id("add-option-mode").focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_test_id("option-mode")).to_be_focused()
    await page.get_by_test_id("option-mode").select_option(label="Max")
    await page.get_by_test_id("run-command").click()
    await expect(page.get_by_text("The application did not respond")).to_be_visible()
    await expect(page.get_by_text("Only you can see this")).to_be_visible()
    await page.get_by_role("button", name="Dismiss message").click()
    await expect(page.locator(".message")).to_have_count(0)


@pytest.mark.parametrize(
    "line", ["/imagine a castle at sunset", "/imagine prompt: a castle at sunset mode: max"]
)
async def test_a_typed_command_runs(
    sandbox: Sandbox, page_factory: PageFactory, easel: Easel, line: str
) -> None:
    await easel.register(IMAGINE)
    page = await page_factory(sandbox.url)
    await ready(page)
    await page.get_by_test_id("composer").fill(line)
    async with page.expect_request("**/side/commands") as sent:
        await page.get_by_test_id("composer").press("Enter")
    body = (await sent.value).post_data_json
    assert body
    assert body["name"] == "imagine"
    assert body["options"] == {"prompt": "a castle at sunset"} | ({"mode": "max"} if "max" in line else {})
    await expect(page.get_by_test_id("composer")).to_have_value("")


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("/imagine a fox mode: ultra", "mode can be: Pro, Max."),
        ("/imagine a fox count: 9", "count must be at most 4."),
        ("/imagine", "prompt is required."),
    ],
)
async def test_a_typed_command_that_cannot_be_becomes_fields_to_mend(
    sandbox: Sandbox, page_factory: PageFactory, easel: Easel, line: str, problem: str
) -> None:
    await easel.register(IMAGINE)
    page = await page_factory(sandbox.url)
    await ready(page)
    await page.get_by_test_id("composer").fill(line)
    await page.keyboard.press("Escape")
    await page.get_by_test_id("composer").press("Enter")
    await expect(page.get_by_test_id("composer-error")).to_have_text(problem)
    await expect(page.get_by_test_id("run-command")).to_be_visible()


async def test_what_is_typed_after_a_button_was_pressed_goes_into_the_message_box(
    sandbox: Sandbox, page_factory: PageFactory, easel: Easel
) -> None:
    button = {"type": 2, "style": 4, "label": "Delete", "custom_id": "delete:1"}
    await easel.post(
        await sandbox.channel("art"), {"content": "x", "components": [{"type": 1, "components": [button]}]}
    )
    page = await page_factory(sandbox.url)
    await page.get_by_test_id("button-delete:1").click()
    await expect(page.get_by_text("The application did not respond")).to_be_visible()
    await expect(page.get_by_test_id("button-delete:1")).to_be_focused()
    await page.keyboard.type("oh no")
    await expect(page.get_by_test_id("composer")).to_have_value("oh no")
    await expect(page.get_by_text("The application did not respond")).to_be_visible()


async def test_the_picker_follows_a_name_of_three_words_and_offers_only_what_may_be_used_here(
    sandbox: Sandbox, page_factory: PageFactory, easel: Easel
) -> None:
    inner = {"type": 1, "name": "set", "description": "Set it"}
    group = {"type": 2, "name": "quota", "description": "Quota", "options": [inner]}
    await easel.register(IMAGINE, {"name": "mod", "description": "Moderate", "options": [group]})
    lounge = await sandbox.channel("lounge")
    rule = {"type": 1, "allow": "0", "deny": str(1 << 31)}
    await sandbox.ask("PUT", f"/side/world/channels/{lounge}/overwrites/101", json=rule)
    page = await page_factory(sandbox.url)
    await ready(page)
    await page.get_by_test_id("composer").press_sequentially("/mod quota se")
    await expect(page.get_by_test_id("command-mod quota set")).to_be_visible()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("form", name="Command mod quota set")).to_be_visible()
    await page.get_by_test_id("channel-lounge").click()
    await page.get_by_test_id("composer").press_sequentially("/")
    await expect(page.get_by_test_id("no-commands")).to_have_text("You may not use commands here.")


async def test_everything_is_reached_by_keyboard(
    sandbox: Sandbox, page_factory: PageFactory, easel: Easel
) -> None:
    await easel.post(await sandbox.channel("art"), {"content": "hello"})
    page = await page_factory(sandbox.url)
    await expect(page.locator(".message")).to_have_count(1)
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("link", name="Skip to the message box")).to_be_focused()
    await page.keyboard.press("Enter")
    await page.get_by_test_id("composer").press("ArrowUp")
    await expect(page.locator(".message")).to_be_focused()
    await page.keyboard.press("Tab")
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("button", name="Apps and more")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("menuitem").first).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("button", name="Apps and more")).to_be_focused()
    await page.get_by_test_id("person-101").focus()
    await page.keyboard.press("ArrowRight")
    await expect(page.get_by_test_id("person-102")).to_be_focused()
    await expect(page.get_by_test_id("person-102")).to_have_attribute("aria-checked", "true")
    await page.get_by_test_id("channel-lounge").focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_test_id("channel-lounge")).to_have_attribute("aria-current", "page")


async def test_a_lost_connection_is_said_and_made_good(
    sandbox: Sandbox, page_factory: PageFactory, tmp_path: Path
) -> None:
    port = sandbox.url.rsplit(":", 1)[1]
    page = await page_factory(sandbox.url)
    await ready(page)
    await sandbox.end()
    await expect(page.get_by_text("The connection to the sandbox is lost. Trying again…")).to_be_visible()
    await sandbox.spawn("sandbox", "--port", port, env={}, cwd=tmp_path)
    await expect(page.get_by_text("The connection to the sandbox is lost.")).to_be_hidden()
    await page.get_by_test_id("composer").fill("still here")
    await page.get_by_test_id("composer").press("Enter")
    await expect(page.locator(".message")).to_contain_text("still here")
