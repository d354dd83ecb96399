"""Whether others may edit a member's pictures is remembered, and allowed until somebody says otherwise."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.factories import MEMBER

if TYPE_CHECKING:
    from bot.store import Store

OTHER = MEMBER + 1


async def test_only_who_said_no_is_unwilling(store: Store) -> None:
    assert await store.unwilling([MEMBER, OTHER]) == set()
    await store.set_edits_allowed(MEMBER, allowed=False)
    await store.set_edits_allowed(OTHER, allowed=True)
    assert await store.unwilling([MEMBER, OTHER]) == {MEMBER}
    assert await store.unwilling([]) == set()


async def test_a_member_can_change_their_mind(store: Store) -> None:
    await store.set_edits_allowed(MEMBER, allowed=False)
    await store.set_edits_allowed(MEMBER, allowed=True)
    assert await store.unwilling([MEMBER]) == set()
