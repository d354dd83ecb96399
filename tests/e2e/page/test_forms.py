"""A form of the bot's: its fields, what it complains about, files by button and by drop, and what is sent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pytest
from playwright.async_api import expect

from tests.e2e.page.answering import MESSAGE, MODAL
from tests.pictures import png

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.async_api import Page

    from tests.e2e.browser import PageFactory
    from tests.e2e.harness import Sandbox
    from tests.e2e.page.answering import Interaction, Listener
    from tests.e2e.page.conftest import Easel

pytestmark = pytest.mark.browser

OPENER: Final = {
    "content": "a picture",
    "components": [
        {"type": 1, "components": [{"type": 2, "style": 1, "label": "Edit", "custom_id": "edit:1"}]}
    ],
}
RATIOS: Final = [{"label": ratio, "value": ratio} for ratio in ("1:1", "16:9", "9:16")]
_DROP: Final = """async ([field, names]) => {
    const transfer = new DataTransfer();
    for (const name of names) transfer.items.add(new File(["words"], name, { type: "text/plain" }));
    const zone = document.querySelector(`[data-field="${field}"]`);
    for (const kind of ["dragover", "drop"])
        zone.dispatchEvent(new DragEvent(kind, { bubbles: true, cancelable: true, dataTransfer: transfer }));
}"""


def label(name: str, component: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """Return a field with a label."""
    return {"type": 18, "label": name, "component": component, **fields}


async def opened(
    sandbox: Sandbox, page: Page, listener: Listener, easel: Easel, *components: dict[str, Any]
) -> Interaction:
    """Post a button, press it with the keyboard, and open a form."""
    await easel.post(await sandbox.channel("art"), OPENER)
    await page.get_by_test_id("button-edit:1").press("Enter")
    pressed = await listener.hears()
    modal = {"title": "Edit", "custom_id": "edit:1", "components": list(components)}
    await listener.answer(pressed, MODAL, modal)
    await expect(page.get_by_test_id("modal")).to_be_visible()
    return pressed


async def test_every_kind_of_field_reaches_the_bot_as_discord_sends_it(
    sandbox: Sandbox, page_factory: PageFactory, listener: Listener, easel: Easel, tmp_path: Path
) -> None:
    page = await page_factory(sandbox.url)
    options = [{"label": word, "value": word} for word in ("sharp", "bright")]
    pressed = await opened(
        sandbox,
        page,
        listener,
        easel,
        label("Prompt", {"type": 4, "custom_id": "prompt", "style": 2}, description="What should change"),
        label("Ratio", {"type": 3, "custom_id": "ratio", "options": RATIOS}),
        label("Extras", {"type": 22, "custom_id": "extras", "options": options}),
        label("Speed", {"type": 21, "custom_id": "speed", "options": options}),
        label("References", {"type": 19, "custom_id": "files", "max_values": 3}),
    )
    form = page.get_by_test_id("modal")
    await expect(form.get_by_label("Prompt")).to_be_focused()
    await expect(form.get_by_text("What should change")).to_be_visible()
    await page.keyboard.type("a fox")
    await form.get_by_test_id("modal-field-ratio").click()
    await page.get_by_test_id("choice-16:9").click()
    await form.get_by_label("bright").nth(0).check()
    await form.get_by_role("radio", name="sharp").check()
    pictures = [tmp_path / "wall.png", tmp_path / "door.png"]
    for picture in pictures:
        picture.write_bytes(png(8, 6))
    await form.get_by_test_id("modal-field-files").set_input_files(pictures)
    await form.get_by_test_id("modal-submit").click()

    submitted = await listener.hears()
    prompt, ratio, extras, speed, files = (part["component"] for part in submitted["data"]["components"])
    assert (submitted["type"], submitted["message"]["id"]) == (5, pressed["message"]["id"])
    assert (prompt["value"], ratio["values"], extras["values"]) == ("a fox", ["16:9"], ["bright"])
    assert speed["value"] == "sharp"
    sent = submitted["data"]["resolved"]["attachments"]
    assert [sent[one]["filename"] for one in files["values"]] == ["wall.png", "door.png"]
    assert all((file["width"], file["ephemeral"]) == (8, True) for file in sent.values())
    await listener.answer(submitted, MESSAGE, {"content": "Thank you", "flags": 64})
    await expect(page.get_by_text("Thank you")).to_be_visible()


async def test_a_select_of_several_a_lone_checkbox_and_a_text_are_shown_and_sent(
    sandbox: Sandbox, page_factory: PageFactory, listener: Listener, easel: Easel
) -> None:
    page = await page_factory(sandbox.url)
    several = {"type": 3, "custom_id": "ratios", "options": RATIOS, "min_values": 2, "max_values": 2}
    await opened(
        sandbox,
        page,
        listener,
        easel,
        {"type": 10, "content": "Choose **well**."},
        label("Ratios", several),
        label("Private", {"type": 23, "custom_id": "private"}, description="Only for you"),
    )
    form = page.get_by_test_id("modal")
    await expect(form.locator(".modal-text strong")).to_have_text("well")
    ratios = form.get_by_test_id("modal-field-ratios")
    await ratios.press("Enter")
    await page.keyboard.press("Enter")
    await page.keyboard.press("Escape")
    await expect(form).to_be_visible()
    await expect(ratios).to_be_focused()
    await form.get_by_test_id("modal-submit").click()
    await expect(form.get_by_text("Please choose at least 2.")).to_be_visible()
    await ratios.press("Enter")
    await page.get_by_test_id("choice-9:16").click()
    await page.get_by_role("button", name="Done").click()
    await form.get_by_label("Private").check()
    await form.get_by_test_id("modal-submit").click()
    _, chosen, private = (await listener.hears())["data"]["components"]
    assert chosen["component"]["values"] == ["1:1", "9:16"]
    assert private["component"]["value"] is True


async def test_files_are_dropped_on_their_field_listed_and_taken_back(
    sandbox: Sandbox, page_factory: PageFactory, listener: Listener, easel: Easel, tmp_path: Path
) -> None:
    page = await page_factory(sandbox.url)
    upload = {"type": 19, "custom_id": "files", "min_values": 2, "max_values": 2}
    await opened(sandbox, page, listener, easel, label("References", upload))
    form = page.get_by_test_id("modal")
    await page.evaluate(_DROP, ["files", ["one.txt", "two.txt"]])
    (tmp_path / "three.txt").write_text("words")
    await form.get_by_test_id("modal-field-files").set_input_files(tmp_path / "three.txt")
    await expect(form.locator(".upload-name")).to_have_text(["one.txt", "two.txt", "three.txt"])
    await form.get_by_test_id("modal-submit").click()
    await expect(form.get_by_text("At most 2 files, please.")).to_be_visible()
    await form.get_by_role("button", name="Remove one.txt").press("Enter")
    await expect(form.get_by_role("button", name="Choose files, References")).to_be_focused()
    await form.get_by_role("button", name="Remove two.txt").press("Enter")
    await form.get_by_test_id("modal-submit").click()
    await expect(form.get_by_text("Please choose at least 2 files.")).to_be_visible()
    await page.evaluate(_DROP, ["files", ["four.txt"]])
    await form.get_by_test_id("modal-submit").click()
    sent = (await listener.hears())["data"]["resolved"]["attachments"]
    assert sorted(file["filename"] for file in sent.values()) == ["four.txt", "three.txt"]


async def test_a_field_that_may_be_left_out_can_be_emptied_again(
    sandbox: Sandbox, page_factory: PageFactory, listener: Listener, easel: Easel
) -> None:
    page = await page_factory(sandbox.url)
    options = [{**option, "default": option["value"] == "1:1"} for option in RATIOS]
    select = {"type": 3, "custom_id": "ratio", "options": options, "required": False}
    await opened(
        sandbox,
        page,
        listener,
        easel,
        label("Ratio", select),
        label("File", {"type": 19, "custom_id": "file", "required": False}),
    )
    await page.get_by_test_id("modal-field-ratio").click()
    await page.get_by_test_id("choice-1:1").click()
    await expect(page.get_by_test_id("modal-field-ratio")).to_contain_text("Make a selection")
    await page.get_by_test_id("modal-submit").click()
    ratio, file = (part["component"] for part in (await listener.hears())["data"]["components"])
    assert (ratio["values"], file["values"]) == ([], [])


async def test_a_form_that_nobody_answers_stays_open_with_what_was_typed_and_is_sent_again(
    sandbox: Sandbox, page_factory: PageFactory, listener: Listener, easel: Easel
) -> None:
    page = await page_factory(sandbox.url)
    prompt = {"type": 4, "custom_id": "prompt", "style": 1}
    await opened(sandbox, page, listener, easel, label("Prompt", prompt))
    await page.get_by_test_id("modal-field-prompt").fill("a long thought")
    await page.get_by_test_id("modal-submit").press("Enter")
    await listener.hears()
    await expect(page.get_by_test_id("modal-submit")).to_have_attribute("aria-busy", "true")
    await expect(
        page.get_by_role("alert").filter(has_text="Something went wrong. Try again.")
    ).to_be_visible()
    await expect(page.get_by_test_id("modal-field-prompt")).to_have_value("a long thought")
    await expect(page.get_by_test_id("modal-submit")).to_be_focused()
    await page.keyboard.press("Enter")
    again = await listener.hears()
    await listener.answer(again, MESSAGE, {"content": "taken"})
    await expect(page.get_by_text("taken")).to_be_visible()
    await expect(page.get_by_test_id("modal")).to_have_count(0)


async def test_closing_a_form_leads_back_to_the_button_that_opened_it(
    sandbox: Sandbox, page_factory: PageFactory, listener: Listener, easel: Easel
) -> None:
    page = await page_factory(sandbox.url)
    await opened(
        sandbox, page, listener, easel, label("Prompt", {"type": 4, "custom_id": "prompt", "style": 1})
    )
    await page.get_by_test_id("modal-submit").click()
    await expect(page.get_by_label("Prompt")).to_have_attribute("aria-invalid", "true")
    await page.keyboard.press("Escape")
    await expect(page.get_by_test_id("modal")).to_have_count(0)
    await expect(page.get_by_test_id("button-edit:1")).to_be_focused()


async def test_a_file_dropped_beside_the_field_does_not_replace_the_page(
    sandbox: Sandbox, page_factory: PageFactory, listener: Listener, easel: Easel
) -> None:
    page = await page_factory(sandbox.url)
    await opened(sandbox, page, listener, easel, label("File", {"type": 19, "custom_id": "file"}))
    prevented = await page.evaluate("""() => {
        const transfer = new DataTransfer();
        transfer.items.add(new File(["words"], "a.txt"));
        const drop = { bubbles: true, cancelable: true, dataTransfer: transfer };
        return !document.querySelector("dialog").dispatchEvent(new DragEvent("drop", drop));
    }""")
    assert prevented
    await expect(page.locator(".upload-name")).to_have_count(0)
