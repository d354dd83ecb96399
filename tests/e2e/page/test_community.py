"""What members, moderators and admins see of their commands in a browser, with the real bot behind them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.async_api import expect

from tests.e2e.harness import ADA, BEN, MIA, NOOR, ROOT

if TYPE_CHECKING:
    from playwright.async_api import Page

    from tests.e2e.browser import PageFactory
    from tests.e2e.harness import Bot, Sandbox

pytestmark = pytest.mark.browser
#: Kept for whoever wants to see what the test saw; not part of the project.
RESULTS = ROOT / "test-results"
PROMPTS = ("a castle on a hill at sunset", "a lighthouse in a storm", "a red fox in the snow")


async def run(page: Page, line: str) -> None:
    """Type a command and run it; one that has only its name is picked from the list first."""
    await page.get_by_test_id("composer").fill(line)
    await page.get_by_test_id("composer").press("Enter")
    if ":" not in line:
        await page.get_by_test_id("run-command").click()


async def some_pictures(sandbox: Sandbox) -> None:
    """Have Mia make some pictures in #art."""
    art = await sandbox.channel("art")
    for number, prompt in enumerate(PROMPTS, start=1):
        await sandbox.imagine(art, prompt)
        await sandbox.picture(await sandbox.studio(art), number)


async def test_a_member_finds_their_pictures_credits_and_commands(
    sandbox: Sandbox, bot: Bot, page_factory: PageFactory
) -> None:
    await some_pictures(sandbox)
    await bot.states(*["delivered"] * len(PROMPTS))
    lounge = await sandbox.channel("lounge")
    page = await page_factory(f"{sandbox.url}/?user={MIA}&channel={lounge}", height=1000)
    await run(page, "/gallery")
    await expect(page.get_by_role("img", name=PROMPTS[0]).first).to_be_visible()
    await expect(page.get_by_text("Only you can see this")).to_be_visible()
    await page.screenshot(path=RESULTS / "gallery.png")
    await run(page, "/quota")
    await expect(page.get_by_text("17 of 20").first).to_be_visible()
    await page.screenshot(path=RESULTS / "quota.png")
    await run(page, "/help")
    await expect(page.get_by_text("/imagine").first).to_be_visible()
    await expect(page.get_by_text("/mod who")).to_have_count(0)
    await page.screenshot(path=RESULTS / "help.png")


async def test_a_member_sees_what_waits_and_cancels_it(
    sandbox: Sandbox, bot: Bot, page_factory: PageFactory
) -> None:
    lounge = await sandbox.channel("lounge")
    await sandbox.set_service(seconds=60)
    await sandbox.imagine(lounge, PROMPTS[0], count=4)
    await bot.states("running", "running", "running", "queued")
    page = await page_factory(f"{sandbox.url}/?user={MIA}&channel={lounge}", height=1000)
    await run(page, "/jobs")
    await expect(page.get_by_text("3 of yours are running")).to_be_visible()
    await page.screenshot(path=RESULTS / "jobs.png")
    last = bot.jobs()[-1]["id"]
    await page.locator(f"[data-testid*='jobs_cancel'][data-testid*='{last}']").click()
    await expect(page.get_by_text("Cancelled; it cost nothing.").first).to_be_visible()
    await bot.states("running", "running", "running", "cancelled")


async def test_a_moderator_learns_who_made_a_picture_and_blocks_its_member(
    sandbox: Sandbox, bot: Bot, page_factory: PageFactory
) -> None:
    art = await sandbox.channel("art")
    await sandbox.imagine(art, PROMPTS[1], user=BEN)
    await sandbox.picture(await sandbox.studio(art, "Ben"))
    (job,) = await bot.states("delivered")
    staff = await sandbox.channel("staff")
    await sandbox.answered(await sandbox.command(staff, "settings log", {"channel": staff}, user=ADA))
    page = await page_factory(f"{sandbox.url}/?user={NOOR}&channel={staff}", height=1000)
    await run(page, f"/mod who message:{job['id']}")
    await expect(page.get_by_text(PROMPTS[1]).first).to_be_visible()
    await page.get_by_test_id("composer").press_sequentially("/mod block ")
    await page.get_by_test_id("option-member").press_sequentially("be")
    await page.get_by_test_id(f"completion-{BEN}").click()
    await page.get_by_test_id("option-for").press_sequentially("1")
    await page.get_by_role("option", name="1 day").click()
    await page.get_by_test_id("option-reason").fill("floods #art")
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("floods #art").last).to_be_visible()
    await page.screenshot(path=RESULTS / "moderator.png")


async def test_an_admin_decides_in_the_panel(sandbox: Sandbox, bot: Bot, page_factory: PageFactory) -> None:
    assert bot.process
    staff = await sandbox.channel("staff")
    page = await page_factory(f"{sandbox.url}/?user={ADA}&channel={staff}", height=1100)
    await run(page, "/settings show")
    await expect(page.get_by_text("Thread").first).to_be_visible()
    await page.screenshot(path=RESULTS / "settings.png")
    await run(page, "/settings spoiler state:on")
    await expect(page.get_by_text("Spoiler").first).to_be_visible()
