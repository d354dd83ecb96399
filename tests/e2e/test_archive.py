"""Finished pictures are kept beside the database, and a broken archive keeps nobody waiting."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from tests.e2e.reading import pictures_of

if TYPE_CHECKING:
    from tests.e2e.harness import Bot, Sandbox


async def test_a_picture_is_kept_as_the_member_sees_it(sandbox: Sandbox, bot: Bot) -> None:
    art = await sandbox.channel("art")
    await sandbox.imagine(art)
    (picture,) = pictures_of(await sandbox.picture(await sandbox.studio(art)))
    (job,) = await bot.states("delivered")
    kept = await asyncio.to_thread((bot.images / job["archive_key"]).read_bytes)
    async with sandbox.session.get(picture.url) as answer:
        assert await answer.read() == kept
    assert job["archive_key"].endswith(f"{job['id']}.jpg")


async def test_a_picture_that_cannot_be_kept_is_posted_all_the_same(sandbox: Sandbox, bot: Bot) -> None:
    in_the_way = bot.images / f"{datetime.now(UTC):%Y}"
    await asyncio.to_thread(in_the_way.write_text, "a file where a folder should be")
    art = await sandbox.channel("art")
    for _ in range(2):
        await sandbox.imagine(art)
    await sandbox.picture(await sandbox.studio(art), 2)
    jobs = await bot.states("delivered", "delivered")
    assert [(job["archive_key"], job["archived_at"]) for job in jobs] == [(None, None)] * 2
    assert bot.text().count("The archive cannot keep pictures: ") == 1
    assert "Traceback" not in bot.text()
