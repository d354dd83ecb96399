"""A message's menu: the bot's commands in it, opening a thread, and all of it by keyboard."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest
from playwright.async_api import expect

from tests.e2e.harness import BEN
from tests.e2e.page.answering import EPHEMERAL, MESSAGE, MODAL
from tests.pictures import png

if TYPE_CHECKING:
    from tests.e2e.browser import PageFactory
    from tests.e2e.harness import Sandbox
    from tests.e2e.page.answering import Listener
    from tests.e2e.page.conftest import Easel

pytestmark = pytest.mark.browser

EDIT: Final = {"type": 3, "name": "Edit this picture"}
DETAILS: Final = {"type": 3, "name": "Picture details"}
MODERATE: Final = {"type": 3, "name": "Take down", "default_member_permissions": str(1 << 13)}
#: Create Public Threads and Use Application Commands, as Discord counts permissions.
CREATE_THREADS: Final = 1 << 35
USE_COMMANDS: Final = 1 << 31


async def test_a_message_command_brings_the_bot_the_message_with_its_files(
    sandbox: Sandbox, page_factory: PageFactory, listener: Listener, easel: Easel
) -> None:
    await easel.register(EDIT, DETAILS)
    message = {"content": "a wall", "attachments": [{"id": 0, "description": "A grey wall"}]}
    posted = await easel.post(await sandbox.channel("art"), message, picture=png(8, 6))
    page = await page_factory(sandbox.url)
    node = page.get_by_test_id(f"message-{posted['id']}")
    await node.locator(".content").click(button="right")
    await expect(page.get_by_role("menuitem", name="Edit this picture")).to_be_focused()
    await page.get_by_role("menuitem", name="Picture details").click()

    heard = await listener.hears()
    (resolved,) = heard["data"]["resolved"]["messages"].values()
    assert (heard["data"]["name"], heard["data"]["target_id"]) == ("Picture details", posted["id"])
    assert resolved["attachments"][0]["description"] == "A grey wall"
    await listener.answer(heard, MESSAGE, {"content": "8 x 6", "flags": EPHEMERAL})
    answer = page.locator(".message.ephemeral")
    await expect(answer).to_contain_text("Mia used Picture details")
    await answer.get_by_role("button", name="on this message").click()
    await expect(node).to_be_focused()


async def test_the_menu_works_by_keyboard_and_the_focus_comes_back_after_a_form(
    sandbox: Sandbox, page_factory: PageFactory, listener: Listener, easel: Easel
) -> None:
    await easel.register(EDIT, DETAILS)
    posted = await easel.post(await sandbox.channel("art"), {"content": "a wall"})
    page = await page_factory(sandbox.url)
    node = page.get_by_test_id(f"message-{posted['id']}")
    await page.locator("#scroll").focus()
    await page.keyboard.press("Tab")
    await expect(node).to_be_focused()
    await page.keyboard.press("ContextMenu")
    await expect(page.get_by_role("menuitem", name="Edit this picture")).to_be_focused()
    await page.keyboard.press("ArrowDown")
    await expect(page.get_by_role("menuitem", name="Picture details")).to_be_focused()
    await page.keyboard.press("Enter")
    heard = await listener.hears()
    text = {"type": 4, "custom_id": "p", "style": 1}
    components = [{"type": 18, "label": "Prompt", "component": text}]
    await listener.answer(heard, MODAL, {"title": "Edit", "custom_id": "e", "components": components})
    await expect(page.get_by_label("Prompt")).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(node).to_be_focused()
    await page.keyboard.press("Shift+F10")
    await expect(page.get_by_role("menu")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(node).to_be_focused()


async def test_only_those_commands_are_offered_that_the_person_may_use(
    sandbox: Sandbox, page_factory: PageFactory, easel: Easel
) -> None:
    await easel.register(EDIT, MODERATE)
    posted = await easel.post(await sandbox.channel("art"), {"content": "a wall"})
    page = await page_factory(sandbox.url)
    for person, offered in ((101, 0), (103, 1)):
        await page.get_by_test_id(f"person-{person}").click()
        await page.get_by_test_id(f"message-{posted['id']}").hover()
        await page.get_by_test_id(f"actions-{posted['id']}").click()
        await expect(page.get_by_role("menuitem", name="Edit this picture")).to_be_visible()
        await expect(page.get_by_role("menuitem", name="Take down")).to_have_count(offered)
        await page.keyboard.press("Escape")


async def test_the_link_of_a_message_is_copied_and_leads_to_it(
    sandbox: Sandbox, page_factory: PageFactory, easel: Easel
) -> None:
    art = await sandbox.channel("art")
    posted = await easel.post(art, {"content": "a wall"})
    page = await page_factory(sandbox.url)
    await page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await page.get_by_test_id(f"message-{posted['id']}").click(button="right")
    await page.get_by_test_id("menu-copy-link").click()
    await expect(page.get_by_text("Copied.")).to_be_visible()
    link = await page.evaluate("navigator.clipboard.readText()")
    assert link == f"https://discord.com/channels/{(await sandbox.guild())['id']}/{art}/{posted['id']}"
    await page.get_by_test_id("channel-lounge").click()
    await page.get_by_test_id("composer").fill(link)
    await page.keyboard.press("Enter")
    await page.get_by_role("button", name="#art › message").click()
    await expect(page.get_by_test_id(f"message-{posted['id']}")).to_be_focused()


async def test_where_commands_are_forbidden_the_menu_says_so(
    sandbox: Sandbox, page_factory: PageFactory, easel: Easel
) -> None:
    art = await sandbox.channel("art")
    await easel.register(EDIT)
    posted = await easel.post(art, {"content": "a wall"})
    rule = {"type": 1, "allow": "0", "deny": str(USE_COMMANDS)}
    await sandbox.ask("PUT", f"/side/world/channels/{art}/overwrites/101", json=rule)
    page = await page_factory(sandbox.url)
    await page.get_by_test_id(f"message-{posted['id']}").click(button="right")
    await expect(page.get_by_text("You may not use apps here.")).to_be_visible()
    await expect(page.get_by_role("menuitem", name="Edit this picture")).to_have_count(0)


async def test_a_thread_is_opened_from_its_message_by_keyboard_and_hangs_below_it(
    sandbox: Sandbox, page_factory: PageFactory, easel: Easel
) -> None:
    posted = await easel.post(await sandbox.channel("art"), {"content": "**a** wall"})
    page = await page_factory(sandbox.url)
    ben = await page_factory(f"{sandbox.url}/?user={BEN}")
    await expect(ben.get_by_test_id(f"message-{posted['id']}")).to_be_visible()
    await page.get_by_test_id(f"message-{posted['id']}").focus()
    await page.keyboard.press("ContextMenu")
    await page.keyboard.press("End")
    await page.get_by_test_id("menu-create-thread").press("Enter")
    await expect(page.get_by_label("Thread name")).to_be_focused()
    await expect(page.get_by_label("Thread name")).to_have_attribute("placeholder", "a wall")
    await page.keyboard.type("About the wall")
    await page.keyboard.press("Enter")
    await expect(page.locator("#header h2")).to_have_text("About the wall")
    await expect(page.get_by_test_id("composer")).to_be_focused()
    box = ben.get_by_test_id(f"thread-box-{posted['id']}")
    await expect(box).to_contain_text("About the wall")
    await ben.get_by_test_id(f"message-{posted['id']}").hover()
    await ben.get_by_test_id(f"actions-{posted['id']}").click()
    await expect(ben.get_by_role("menuitem", name="Open thread")).to_be_visible()
    await expect(ben.get_by_test_id("menu-create-thread")).to_have_count(0)


async def test_no_thread_is_offered_to_those_who_may_not_open_one(
    sandbox: Sandbox, page_factory: PageFactory, easel: Easel
) -> None:
    art = await sandbox.channel("art")
    posted = await easel.post(art, {"content": "a wall"})
    page = await page_factory(sandbox.url)
    node = page.get_by_test_id(f"message-{posted['id']}")
    await node.click(button="right")
    await expect(page.get_by_test_id("menu-create-thread")).to_be_visible()
    await page.keyboard.press("Escape")
    rule = {"type": 1, "allow": "0", "deny": str(CREATE_THREADS)}
    await sandbox.ask("PUT", f"/side/world/channels/{art}/overwrites/101", json=rule)
    await page.reload()
    await node.click(button="right")
    await expect(page.get_by_role("menuitem", name="Reply")).to_be_visible()
    await expect(page.get_by_test_id("menu-create-thread")).to_have_count(0)
