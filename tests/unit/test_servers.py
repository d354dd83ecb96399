"""What follows from a server's decisions for a picture that somebody asks for."""

from __future__ import annotations

import pytest

from bot.errors import MissingPermissionsError, NotInThisChannelError
from bot.jobs import Place, PlaceNote
from bot.servers import ServerSettings, ThreadMode, as_decided, missing_permissions
from tests.factories import CHANNEL, GUILD, THREAD, batch_factory

CATEGORY = 77


def server(**decisions: object) -> ServerSettings:
    return ServerSettings(guild_id=GUILD, **decisions)  # type: ignore[arg-type]


@pytest.mark.parametrize("places", [set(), {CHANNEL}, {CATEGORY}, {1, CATEGORY}])
def test_a_channel_is_allowed_itself_or_by_its_category(places: set[int]) -> None:
    batch = batch_factory(category_id=CATEGORY)
    assert as_decided(server(places=frozenset(places)), batch) == batch


@pytest.mark.parametrize("category_id", [None, CATEGORY])
def test_elsewhere_pictures_are_refused_with_the_places_where_they_are_not(category_id: int | None) -> None:
    with pytest.raises(NotInThisChannelError) as refusal:
        as_decided(server(places=frozenset({9, 1})), batch_factory(category_id=category_id))
    assert refusal.value.places == (1, 9)


def test_a_thread_for_each_command_is_opened_where_a_studio_would_be() -> None:
    per_job = server(thread_mode=ThreadMode.PER_JOB)
    assert as_decided(per_job, batch_factory()).own_thread
    assert not as_decided(per_job, batch_factory(place=Place.THREAD, thread_id=THREAD)).own_thread
    without = batch_factory(place=Place.CHANNEL, place_note=PlaceNote.NO_PERMISSION)
    assert as_decided(per_job, without) == without


def test_without_threads_the_channel_takes_it_and_no_thread_is_missed() -> None:
    inline = server(thread_mode=ThreadMode.INLINE)
    for batch in (
        batch_factory(has_choice=True),
        batch_factory(has_choice=True, place=Place.CHANNEL, place_note=PlaceNote.NO_PERMISSION),
    ):
        decided = as_decided(inline, batch)
        assert (decided.place, decided.place_note, decided.own_thread) == (Place.CHANNEL, None, False)
    in_thread = batch_factory(place=Place.THREAD, thread_id=THREAD)
    assert as_decided(inline, in_thread) == in_thread
    voice = batch_factory(place=Place.CHANNEL, place_note=PlaceNote.NOT_POSSIBLE)
    assert as_decided(inline, voice) == voice


def test_only_what_the_decided_place_needs_can_be_missing() -> None:
    batch = batch_factory(has_choice=True, missing=("send_messages_in_threads",), missing_inline=())
    with pytest.raises(MissingPermissionsError):
        as_decided(server(), batch)
    inline = server(thread_mode=ThreadMode.INLINE)
    assert as_decided(inline, batch).place is Place.CHANNEL
    closed = batch_factory(has_choice=True, missing_inline=("send_messages",))
    assert missing_permissions(inline, closed) == ("send_messages",)
    assert missing_permissions(server(), closed) == ()


def test_a_picture_is_hidden_if_its_member_or_its_server_wants_that() -> None:
    assert as_decided(server(spoiler=True), batch_factory()).spoiler
    assert as_decided(server(), batch_factory(spoiler=True)).spoiler
    assert not as_decided(server(), batch_factory()).spoiler
