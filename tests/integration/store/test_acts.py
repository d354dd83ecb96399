"""Acts are read in pages, each server its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.factories import GUILD

if TYPE_CHECKING:
    from bot.acts import ActPage
    from bot.store import Store


async def fill(store: Store, count: int) -> None:
    for number in range(count):
        for guild in (GUILD, GUILD + 1):
            await store.block(guild_id=guild, member_id=1, until=None, reason=str(number), actor_id=7)


def shape(page: ActPage) -> tuple[list[str], bool, bool]:
    return [act.reason for act in page.acts], page.has_newer, page.has_older


async def test_pages_lead_back_and_forth_through_all_acts_of_a_server(store: Store) -> None:
    await fill(store, 5)
    newest = await store.acts_of(GUILD, at_most=2)
    assert shape(newest) == (["4", "3"], False, True)
    middle = await store.acts_of(GUILD, at_most=2, before=newest.acts[-1].id)
    assert shape(middle) == (["2", "1"], True, True)
    oldest = await store.acts_of(GUILD, at_most=2, before=middle.acts[-1].id)
    assert shape(oldest) == (["0"], True, False)
    assert await store.acts_of(GUILD, at_most=2, after=oldest.acts[0].id) == middle
    assert await store.acts_of(GUILD, at_most=2, after=middle.acts[0].id) == newest


async def test_a_server_without_acts_has_an_empty_page(store: Store) -> None:
    await fill(store, 1)
    assert shape(await store.acts_of(GUILD + 2, at_most=2)) == ([], False, False)
