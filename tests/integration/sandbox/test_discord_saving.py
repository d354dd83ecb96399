"""A world in a folder: what was there before a restart is there after it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aiohttp

from sandbox.app import WORLD, serve
from sandbox.options import Options
from sandbox.world import seed, shapes
from sandbox.world.drafts import Draft
from sandbox.world.interaction import InteractionKind
from sandbox.world.models import Overwrite
from tests.integration.sandbox.conftest import picture

if TYPE_CHECKING:
    from pathlib import Path


async def test_the_world_outlives_a_restart(tmp_path: Path) -> None:
    options = Options(port=0, data=tmp_path / "world")
    async with serve(options) as (_, app):
        world = app[WORLD]
        file = await world.keep_file("a.png", picture(), description="teal")
        card = world.post_message(seed.ART, seed.BOT, Draft(content="card", attachments=[file]))
        world.open_thread(seed.ART, seed.BOT, "studio", message_id=card.id)
        world.set_overwrite(seed.ART, Overwrite(id=seed.EASEL_ROLE, type=0, deny=1 << 35))
        world.put_commands(None, [{"name": "imagine", "description": "x", "type": 1}])
        begun = world.begin_interaction(
            InteractionKind.COMMAND, user_id=seed.MIA, channel_id=seed.ART, data={"name": "imagine"}
        )
        world.answer_later(begun.id, begun.token)
        before = [shapes.channel(world, one) for one in world.channels.values()]
    async with serve(options) as (taken, app):
        again = app[WORLD]
        assert [shapes.channel(again, one) for one in again.channels.values()] == before
        assert again.message(seed.ART, card.id).attachments[0].description == "teal"
        assert [one.name for one in again.commands_in(seed.STUDIO)] == ["imagine"]
        assert again.follow_up(begun.token, Draft(content="done")).id == begun.response_message_id
        assert again.ids.next() > begun.id
        link = again.links.to(again.attachments[file.id], application_id=seed.BOT)
        assert link.startswith(taken.address)
        async with aiohttp.ClientSession() as http, http.get(link) as response:
            assert await response.read() == picture()


async def test_a_world_without_a_folder_begins_anew(tmp_path: Path) -> None:
    async with serve(Options(port=0)) as (_, app):
        app[WORLD].post_message(seed.ART, seed.MIA, Draft(content="hello"))
    async with serve(Options(port=0)) as (_, app):
        assert app[WORLD].history(seed.ART) == []
        assert {101, 102, 103, 104} <= app[WORLD].users.keys()
