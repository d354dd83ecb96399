"""Whether others may edit a member's pictures is remembered, and allowed until somebody says otherwise."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bot.acts import Act, ActKind
from bot.errors import OwnPicturesOnlyError, UnwillingOwnerError
from bot.jobs import Kind
from tests.factories import GUILD, MEMBER, NO_LIMITS, batch_factory, reference_factory

if TYPE_CHECKING:
    from bot.store import Store

BEN, CLEO = MEMBER + 1, MEMBER + 2
ASKED = batch_factory(member_id=MEMBER)


async def test_only_pictures_of_who_said_no_are_refused_and_never_ones_own(store: Store) -> None:
    await store.check_consent(ASKED, [MEMBER, BEN, None])
    await store.set_edits_allowed(MEMBER, allowed=False)
    await store.set_edits_allowed(BEN, allowed=False)
    await store.set_edits_allowed(CLEO, allowed=True)
    await store.check_consent(ASKED, [MEMBER, CLEO, None])
    await store.check_consent(ASKED, [])
    with pytest.raises(UnwillingOwnerError):
        await store.check_consent(ASKED, [CLEO, BEN])


async def test_a_member_can_change_their_mind(store: Store) -> None:
    await store.set_edits_allowed(BEN, allowed=False)
    await store.set_edits_allowed(BEN, allowed=True)
    await store.check_consent(ASKED, [BEN])


async def test_the_admission_itself_asks_whose_pictures_an_edit_starts_from(store: Store) -> None:
    theirs = replace(ASKED, kind=Kind.EDIT, references=(reference_factory(owner_id=BEN),))
    await store.admit(theirs, NO_LIMITS)
    await store.set_edits_allowed(BEN, allowed=False)
    with pytest.raises(UnwillingOwnerError):
        await store.admit(theirs, NO_LIMITS)
    act = Act(guild_id=GUILD, actor_id=MEMBER, kind=ActKind.SETTINGS)
    await store.change_server_settings(GUILD, lambda now: replace(now, own_pictures_only=True), act=act)
    with pytest.raises(OwnPicturesOnlyError):
        await store.admit(theirs, NO_LIMITS)
