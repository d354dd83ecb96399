"""What a person sees: places, messages as they are written, and nobody else's business."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING

import pytest
from PIL import Image
from playwright.async_api import expect

from tests.e2e.harness import BEN, MIA
from tests.e2e.page.conftest import IMAGINE

if TYPE_CHECKING:
    from tests.e2e.browser import PageFactory
    from tests.e2e.harness import Sandbox
    from tests.e2e.page.conftest import Easel

pytestmark = pytest.mark.browser

NASTY = """<img src=x onerror="window.hacked=1"> <script>window.hacked=1</script>
[press](javascript:window.hacked=1) <svg onload=window.hacked=1> <b>bold</b>"""
WRITTEN = """**fat** *slanted* __lined__ ~~struck~~ `code` ||hidden||
> a quote
- a point
### A heading
[a link](https://example.org/) <@101> <#303> <t:0:D>
```py
print("code")
```"""


async def say(sandbox: Sandbox, channel: int, content: str, user: int = BEN) -> None:
    """Post a message as a person."""
    path = f"/side/channels/{channel}/messages"
    await sandbox.ask("POST", path, json={"user": str(user), "content": content}, expect=201)


def picture() -> bytes:
    """Return a small PNG."""
    file = io.BytesIO()
    Image.new("RGB", (320, 180), "teal").save(file, "PNG")
    return file.getvalue()


async def test_it_opens_in_art_as_mia_and_says_what_it_is(
    sandbox: Sandbox, page_factory: PageFactory
) -> None:
    page = await page_factory(sandbox.url)
    await expect(page).to_have_title("Easel sandbox")
    await expect(page.get_by_test_id("channel-art")).to_have_attribute("aria-current", "page")
    await expect(page.get_by_test_id("person-101")).to_have_attribute("aria-checked", "true")
    await expect(page.get_by_text("Local stand-in, not Discord")).to_be_visible()
    await expect(page.get_by_test_id("bot-status")).to_have_text("Easel is offline")


async def test_mia_does_not_see_the_staff_channel_and_noor_does(
    sandbox: Sandbox, page_factory: PageFactory
) -> None:
    page = await page_factory(sandbox.url)
    await expect(page.get_by_test_id("channel-art")).to_be_visible()
    await expect(page.get_by_test_id("channel-staff")).to_have_count(0)
    await page.get_by_test_id("person-103").click()
    await expect(page.get_by_test_id("channel-staff")).to_be_visible()


async def test_the_chosen_person_is_kept_for_the_next_visit(
    sandbox: Sandbox, page_factory: PageFactory
) -> None:
    page = await page_factory(sandbox.url)
    await page.get_by_test_id("person-102").click()
    await expect(page.get_by_test_id("person-102")).to_have_attribute("aria-checked", "true")
    assert "user=102" in page.url
    await page.goto(sandbox.url)
    await expect(page.get_by_test_id("person-102")).to_have_attribute("aria-checked", "true")


async def test_the_address_names_the_person_and_the_channel(
    sandbox: Sandbox, page_factory: PageFactory
) -> None:
    page = await page_factory(f"{sandbox.url}/?user=noor&channel=staff")
    await expect(page.get_by_test_id("channel-staff")).to_have_attribute("aria-current", "page")
    await page.get_by_test_id("channel-lounge").click()
    await page.go_back()
    await expect(page.get_by_test_id("channel-staff")).to_have_attribute("aria-current", "page")


async def test_an_address_that_one_may_not_see_leads_to_art_and_says_so(
    sandbox: Sandbox, page_factory: PageFactory
) -> None:
    staff = await sandbox.channel("staff")
    page = await page_factory(f"{sandbox.url}/?user=101&channel={staff}")
    await expect(page.get_by_test_id("channel-art")).to_have_attribute("aria-current", "page")
    await expect(page.get_by_text("Mia cannot see that place.")).to_be_visible()


async def test_markup_in_a_message_is_shown_and_never_run(
    sandbox: Sandbox, page_factory: PageFactory
) -> None:
    page = await page_factory(sandbox.url)
    await say(sandbox, await sandbox.channel("art"), NASTY)
    message = page.locator(".message").last
    await expect(message).to_contain_text("<script>window.hacked=1</script>")
    await expect(message).to_contain_text("[press](javascript:window.hacked=1)")
    assert await message.locator(".content").locator("img, script, svg, b, a").count() == 0
    assert await page.evaluate("window.hacked") is None


async def test_discords_markdown_is_drawn(sandbox: Sandbox, page_factory: PageFactory) -> None:
    page = await page_factory(sandbox.url)
    await say(sandbox, await sandbox.channel("art"), WRITTEN)
    content = page.locator(".message .content")
    drawn = {"strong": "fat", "em": "slanted", "u": "lined", "s": "struck", ".md-code": "code"}
    for tag, text in drawn.items():
        await expect(content.locator(tag)).to_have_text(text)
    await expect(content.locator("blockquote")).to_have_text("a quote")
    await expect(content.locator("li")).to_have_text("a point")
    await expect(content.get_by_role("heading")).to_have_text("A heading")
    await expect(content.locator("pre")).to_have_text('print("code")')
    await expect(content.get_by_role("link", name="a link")).to_have_attribute("href", "https://example.org/")
    await expect(content.locator(".pill.mine")).to_have_text("@Mia")
    await expect(content.locator("time")).to_have_attribute("datetime", "1970-01-01T00:00:00.000Z")
    await expect(content.get_by_text("hidden")).to_be_hidden()
    await content.get_by_role("button", name="Spoiler").click()
    await expect(content.get_by_text("hidden")).to_be_visible()
    await content.get_by_role("button", name="#lounge").click()
    await expect(page.get_by_test_id("channel-lounge")).to_have_attribute("aria-current", "page")


async def test_a_relative_time_counts_by_itself(
    sandbox: Sandbox, page_factory: PageFactory, easel: Easel
) -> None:
    page = await page_factory(sandbox.url)
    soon = int(await page.evaluate("Math.floor(Date.now() / 1000)")) + 60
    await easel.post(await sandbox.channel("art"), {"content": f"<t:{soon}:R>"})
    time = page.locator(".message time[data-relative]")
    await expect(time).to_have_text(re.compile(r"^in \d\d seconds$"))
    await expect(time).not_to_have_text(await time.inner_text())


async def test_a_picture_has_its_words_and_opens_large(
    sandbox: Sandbox, page_factory: PageFactory, easel: Easel
) -> None:
    page = await page_factory(sandbox.url)
    message = {"attachments": [{"id": 0, "filename": "picture.png", "description": "A teal wall"}]}
    await easel.post(await sandbox.channel("art"), message, picture=picture())
    image = page.locator(".message").get_by_role("img", name="A teal wall")
    await expect(image).to_be_visible()
    await expect(image).to_have_js_property("naturalWidth", 320)
    await expect(page.get_by_role("button", name="Alternative text: A teal wall")).to_have_text("ALT")
    await page.get_by_role("button", name="Open large: A teal wall").click()
    await expect(page.get_by_role("dialog")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("dialog")).to_have_count(0)


async def test_components_are_drawn_with_their_pictures_and_buttons(
    sandbox: Sandbox, page_factory: PageFactory, easel: Easel
) -> None:
    page = await page_factory(sandbox.url)
    gallery = {"type": 12, "items": [{"media": {"url": "attachment://picture.png"}, "description": "Teal"}]}
    row = {
        "type": 1,
        "components": [
            {"type": 2, "style": 4, "label": "Cancel", "custom_id": "cancel:1"},
            {"type": 2, "style": 2, "label": "Later", "custom_id": "later:1", "disabled": True},
        ],
    }
    text = {"type": 10, "content": "**Done** for <@101>"}
    container = {"type": 17, "accent_color": 0xE0863D, "components": [text, gallery, row]}
    message = {
        "flags": 1 << 15,
        "components": [container],
        "attachments": [{"id": 0, "filename": "picture.png"}],
    }
    await easel.post(await sandbox.channel("art"), message, picture=picture())
    shown = page.locator(".message .container")
    await expect(shown.locator(".text-display strong")).to_have_text("Done")
    await expect(shown.get_by_role("img", name="Teal")).to_have_js_property("naturalWidth", 320)
    await expect(shown.get_by_test_id("button-later:1")).to_be_disabled()
    await shown.get_by_test_id("button-cancel:1").click()
    await expect(page.get_by_text("The application did not respond")).to_be_visible()


async def test_a_thread_hangs_below_its_message_and_leads_back(
    sandbox: Sandbox, page_factory: PageFactory, easel: Easel
) -> None:
    art = await sandbox.channel("art")
    page = await page_factory(sandbox.url)
    thread = await easel.thread(await easel.post(art, {"content": "the card"}), "Mia's studio")
    await expect(page.get_by_test_id(f"thread-{thread}")).to_be_visible()
    await easel.post(thread, {"content": f"<@{MIA}> it is ready"})
    box = page.get_by_test_id(f"thread-box-{thread}")
    await expect(box).to_contain_text("Mia's studio")
    await expect(box).to_contain_text("1 message")
    await expect(page.get_by_text("Easel mentioned you in Mia's studio")).to_be_visible()
    await expect(page.get_by_test_id(f"thread-{thread}").locator(".badge")).to_have_text("1")
    await box.click()
    await expect(page.locator(".message.mentioned")).to_contain_text("@Mia it is ready")
    await expect(page.locator(".message").first).to_contain_text("the card")
    await expect(page.get_by_test_id(f"thread-{thread}").locator(".badge")).to_have_count(0)
    await page.get_by_test_id("thread-back").click()
    await expect(page.get_by_test_id("channel-art")).to_have_attribute("aria-current", "page")


async def test_the_channels_of_a_category_stand_below_its_name_and_the_open_place_is_in_view(
    sandbox: Sandbox, page_factory: PageFactory
) -> None:
    guild = (await sandbox.guild())["id"]
    art = await sandbox.channel("art")
    for number in range(12):
        thread = {"guild_id": guild, "name": f"thread {number}", "type": 11, "parent_id": str(art)}
        await sandbox.ask("POST", "/side/world/channels", json=thread, expect=201)
    workshop = {"guild_id": guild, "name": "workshop", "type": 4}
    parent = (await sandbox.ask("POST", "/side/world/channels", json=workshop, expect=201))["id"]
    bench = {"guild_id": guild, "name": "bench", "parent_id": parent}
    await sandbox.ask("POST", "/side/world/channels", json=bench, expect=201)
    page = await page_factory(f"{sandbox.url}/?channel=bench", height=500)
    inside = page.get_by_role("region", name="workshop").get_by_test_id("channel-bench")
    await expect(inside).to_be_in_viewport()
    await expect(
        page.get_by_role("region", name="Text channels").get_by_test_id("channel-bench")
    ).to_have_count(0)
    await page.get_by_test_id("channel-art").click()
    await page.get_by_role("log").get_by_role("button", name="thread 11", exact=True).click()
    await expect(page.locator("#header h2")).to_have_text("thread 11")


async def test_older_messages_come_on_scrolling_up(
    sandbox: Sandbox, page_factory: PageFactory, easel: Easel
) -> None:
    art = await sandbox.channel("art")
    for number in range(60):
        await say(sandbox, art, f"number {number}")
    page = await page_factory(sandbox.url)
    await expect(page.get_by_text("number 59", exact=True)).to_be_in_viewport()
    await expect(page.get_by_text("number 9", exact=True)).to_have_count(0)
    await page.locator("#scroll").evaluate("node => { node.scrollTop = 0; }")
    await expect(page.get_by_text("number 0", exact=True)).to_be_attached()
    await expect(page.get_by_text("number 12", exact=True)).to_be_in_viewport()


async def test_older_messages_that_could_not_be_fetched_are_fetched_on_asking_again(
    sandbox: Sandbox, page_factory: PageFactory
) -> None:
    art = await sandbox.channel("art")
    for number in range(51):
        await say(sandbox, art, f"number {number}")
    page = await page_factory(sandbox.url)
    await expect(page.get_by_text("number 50", exact=True)).to_be_in_viewport()
    await page.route("**/messages?*before=*", lambda route: route.abort())
    await page.locator("#scroll").evaluate("node => { node.scrollTop = 0; }")
    await expect(page.get_by_text("The sandbox does not answer")).to_be_visible()
    await expect(page.get_by_text("Welcome to #art!")).to_have_count(0)
    await page.unroute("**/messages?*before=*")
    await page.get_by_role("button", name="Try again").click()
    await expect(page.get_by_text("number 0", exact=True)).to_be_attached()
    await expect(page.get_by_text("Welcome to #art!")).to_be_attached()


async def test_a_link_leads_to_a_message_far_above_and_says_when_it_is_gone(
    sandbox: Sandbox, page_factory: PageFactory, easel: Easel
) -> None:
    guild = (await sandbox.guild())["id"]
    lounge = await sandbox.channel("lounge")
    art = await sandbox.channel("art")
    first = await easel.post(art, {"content": "the first"})
    for number in range(60):
        await say(sandbox, art, f"number {number}")
    links = [f"https://discord.com/channels/{guild}/{art}/{message}" for message in (first["id"], 1)]
    await easel.post(lounge, {"content": f"[there]({links[0]}) or [nowhere]({links[1]})"})
    page = await page_factory(f"{sandbox.url}/?channel=lounge")
    await page.get_by_role("button", name="there", exact=True).click()
    await expect(page.get_by_test_id(f"message-{first['id']}")).to_be_focused()
    await expect(page.get_by_text("the first", exact=True)).to_be_in_viewport()
    await page.get_by_test_id("channel-lounge").click()
    await page.get_by_role("button", name="nowhere").click()
    await expect(page.get_by_text("That message is not there any more.")).to_be_visible()


async def test_a_command_that_is_mentioned_is_put_into_the_message_box(
    sandbox: Sandbox, page_factory: PageFactory, easel: Easel
) -> None:
    await easel.register(IMAGINE)
    await easel.post(await sandbox.channel("art"), {"content": "try </imagine:1> or </gone:2>"})
    page = await page_factory(sandbox.url)
    await page.get_by_role("button", name="/gone").click()
    await expect(page.get_by_test_id("composer-error")).to_have_text("You cannot use /gone here.")
    await page.get_by_role("button", name="/imagine").press("Enter")
    await expect(page.get_by_test_id("option-prompt")).to_be_focused()


async def test_it_fits_a_narrow_window(sandbox: Sandbox, page_factory: PageFactory) -> None:
    page = await page_factory(sandbox.url, width=400, height=700, new_here=True)
    await expect(page.get_by_test_id("channel-art")).to_be_hidden()
    await page.get_by_test_id("drawer").click()
    await page.get_by_test_id("channel-lounge").click()
    await expect(page.get_by_test_id("channel-lounge")).to_be_hidden()
    await expect(page.get_by_test_id("composer")).to_have_attribute("placeholder", "Message #lounge")
    assert await page.evaluate("document.documentElement.scrollWidth") == 400


async def test_a_direct_message_of_the_bot_has_its_place(
    sandbox: Sandbox, page_factory: PageFactory, easel: Easel
) -> None:
    page = await page_factory(sandbox.url)
    await expect(page.get_by_test_id("channel-art")).to_be_visible()
    await easel.post(await easel.conversation(MIA), {"content": "your picture came here"})
    await page.get_by_test_id("channel-Easel").click()
    await expect(page.locator(".message")).to_contain_text("your picture came here")
    await page.get_by_test_id("person-102").click()
    await expect(page.get_by_test_id("person-102")).to_have_attribute("aria-checked", "true")
    await expect(page.get_by_test_id("channel-Easel")).to_have_count(0)
